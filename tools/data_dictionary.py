"""The data dictionary, from the contracts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandera.polars as pa

from indicators import catalog, contracts, warehouse
from indicators.docs.page import page
from indicators.markdown import code, table

OWN_TABLES = {  # what the warehouse keeps beside the facts
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


def data_dictionary() -> str:
    facts = [_fact(name, schema) for name, schema in contracts.FACTS.items()]
    by_hand = [_contract(name, schema) for name, schema in contracts.HAND_KEPT.items()]
    return page(
        "Data dictionary",
        "Every table of `data/processed/warehouse.duckdb`. A fact table, and a table kept by hand, has a macro "
        "that shows it as it was known on a day: `FROM crime_victims_asof('2024-12-31')`. In bold: the key.",
        "## Facts",
        *facts,
        "## Kept by hand\n\nThe CSV files in `data/raw/published` and `data/raw/ledger`, read by `published/`.",
        *by_hand,
        "## Releases\n\nBeside them stands `build`: one row with the hash of what the warehouse was built from.",
        *(_own(name, *OWN_TABLES[name]) for name in warehouse.OWN_TABLES),
    )


def _fact(name: str, schema: pa.DataFrameSchema) -> str:
    from_sources = [
        f"[{one.id}](sources.md#{one.id})" for one in catalog.sources().values() if one.table == name
    ]
    row = ["`vintage`", "text", "", "", "The release the row comes from"]
    return "\n".join([_contract(name, schema, f"From {', '.join(from_sources)}."), _table_row(row)])


def _contract(name: str, schema: pa.DataFrameSchema, source: str = "") -> str:
    rows = []
    for column, one in schema.columns.items():
        label = f"**`{column}`**" if column in (schema.unique or []) else f"`{column}`"
        meaning = (one.description or "") + ("; may be absent" if one.nullable else "")
        rows.append([label, _type(one.dtype.type), (one.metadata or {})["unit"], _allowed(one), meaning])
    about = f"{schema.description}. {source}".strip()
    return f"### {name}\n\n{about}\n\n" + table(["column", "type", "unit", "allowed", "meaning"], rows)


def _own(name: str, about: str, words: dict[str, str]) -> str:
    types = warehouse.OWN_TABLES[name]
    rows = [[f"`{column}`", _type(kind), words[column]] for column, kind in types.items()]
    return f"### {name}\n\n{about}.\n\n" + table(["column", "type", "meaning"], rows)


def _table_row(cells: Sequence[str]) -> str:
    return table(cells, []).splitlines()[0]


TYPES = {
    "String": "text",
    "Date": "day",
    "Int64": "whole number",
    "Float64": "number",
    "Boolean": "true or false",
}


def _type(kind: Any) -> str:
    return TYPES[str(kind)]


def _allowed(column: contracts.Column) -> str:
    said = []
    for check in column.checks:
        if "allowed_values" in check.statistics:
            said.append(code(check.statistics["allowed_values"]))
        elif check.statistics.get("min_value") == 0:
            said.append("0 or more")
    return ", ".join(said)
