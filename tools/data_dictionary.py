"""The data dictionary, written from the declarations of the tables."""

from __future__ import annotations

from indicators import catalog
from indicators.catalog.schema import Column
from indicators.catalog.tables import FACTS, HAND_KEPT
from indicators.warehouse import build
from markdown_blocks import code, page, rows, table

OWN_TABLES = {  # tables of the warehouse beside the facts: description, and meaning of each column
    "vintage": (
        "Every release that is held",
        {
            "vintage": "Id: source, release day and the beginning of the file's hash",
            "source": "Source, an id of sources.toml",
            "layout": "The shape in which the file came",
            "file": "Its name",
            "sha256": "Hash of its bytes",
            "size_bytes": "Its size",
            "how": "How it reached us",
            "url": "Address it was read from, if known",
            "released": "The day the agency published it; where only the month is known, its last day",
            "released_estimated": "Whether that day was told from a name and not given",
            "data_through": "Last day its data cover",
            "rows": "Rows of the fact table that its reader made",
            "provenance": "How the file came, from the strongest to the weakest: agency_bytes (fetched from the "
            "agency's own host, or equal to a checksum that it publishes), as_received (not verified; or empty), "
            "re_exported, rebuilt (from another layout) or transcribed (or scraped) by a third party. CSV files, data "
            "packages and frames of `indicators.metric` have the code for each value: of several releases the weakest",
            "found_at": "The address it was found at, if not the agency's",
            "release_order": "Place in the order of releases: where two have a figure, the later one is in effect",
        },
    ),
    "vintage_part": (
        "What each release replaces as a whole, and the days it covers: only there can an absent row mean zero",
        {
            "vintage": "The release",
            "fact": "The fact table",
            "part": "The part",
            "period_from": "First day it covers",
            "period_through": "Last day it covers",
        },
    ),
    "municipality_coverage": (
        "The stretches in which each part of municipal_crime_cases has a municipality: only there is no row zero",
        {
            "vintage": "The release",
            "part": "The part",
            "place": "Its state, an id of places.csv",
            "municipality_code": "INEGI's five digits",
            "municipality": "Its name, as published last",
            "kind": "municipality; not_specified (998) and other_municipalities (999) are no place",
            "period_from": "First day of the stretch",
            "period_through": "Last day of the stretch",
        },
    ),
    "unreported": (
        "The newest months in which a state reported no crime at all: missing, not zero",
        {
            "vintage": "The release",
            "part": "The part",
            "place": "The state, an id of places.csv",
            "period_start": "First day of the month",
        },
    ),
    "finding": (
        "What was noticed while a release was read, and when it was held against the last one",
        {
            "severity": "note, banner (said on the first page) or refusal (taken in for a reason that was given)",
            "code": "What was noticed; its words stand under finding in text/",
            "source": "The source",
            "vintage": "The release",
            "facts": "Where and how many, as JSON",
        },
    ),
}


TYPES = {
    "String": "text",
    "Date": "day",
    "Int64": "whole number",
    "Float64": "number",
    "Boolean": "true or false",
}


def data_dictionary() -> str:
    """Return the page of every table of the warehouse."""
    return page(
        "Data dictionary",
        "Every table of `data/processed/warehouse.duckdb`. A fact table, and a table kept by hand, has a macro "
        "that shows it as it was known on a day: `FROM crime_victims_asof('2024-12-31')`. In bold: the key.",
        "## Facts",
        *map(_fact, FACTS),
        "## Kept by hand\n\nThe CSV files in `data/raw/published` and `data/raw/ledger`, read by `published/`.",
        *map(_declared, HAND_KEPT),
        "## Releases\n\nBeside them stands `build`: one row with the hash of what the warehouse was built from.",
        *map(_own, build.OWN_TABLES),
    )


def _fact(name: str) -> str:
    sources = [source for source in catalog.sources().values() if source.table == name]
    links = ", ".join(f"[{source.id}](sources.md#{source.id})" for source in sources)
    vintage = ["`vintage`", "text", "", "", "The release the row comes from"]
    return "\n".join([_declared(name, f" From {links}."), rows([vintage])])


def _declared(name: str, origin: str = "") -> str:
    declared = (FACTS | HAND_KEPT)[name]
    lines = [
        [
            f"**`{label}`**" if label in declared.key else f"`{label}`",
            TYPES[str(column.type)],
            column.unit,
            _allowed(column),
            column.meaning + ("; may be absent" if column.nullable else ""),
        ]
        for label, column in declared.columns.items()
    ]
    header = ["column", "type", "unit", "allowed", "meaning"]
    return f"### {name}\n\n{declared.meaning}.{origin}\n\n" + table(header, lines)


def _allowed(column: Column) -> str:
    if column.allowed:
        return code(column.allowed)
    return "0 or more" if column.minimum == 0 else ""


def _own(name: str) -> str:
    description, meanings = OWN_TABLES[name]
    lines = [[f"`{column}`", TYPES[str(kind)], meanings[column]] for column, kind in build.OWN_TABLES[name].items()]
    return f"### {name}\n\n{description}.\n\n" + table(["column", "type", "meaning"], lines)
