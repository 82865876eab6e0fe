"""The public series: recognise a file by its header, and tidy it into rows of one fact table.

A source is one module beside this one, named as in ``catalog/sources.toml``, with one function ::

    def tidy(rows: pl.DataFrame, release: Release) -> Tidy

Where the layout's format is ``large_table`` it is given a LargeTable, of JSON the document.
Pure: text in, typed frame out; no network, no database, no clock of the wall.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module

import polars as pl

from indicators import catalog
from indicators.errors import DataError
from indicators.readers import privacy
from indicators.readers.files import JsonDocument, LargeTable, TextTable, open_file


@dataclass(frozen=True)
class Match:
    """What a file was recognised as; ``headers`` gives each of our names the header it stood under."""

    source: catalog.Source
    layout: str
    content: TextTable | LargeTable | JsonDocument
    headers: dict[str, str] = field(default_factory=dict)

    def rows(self) -> pl.DataFrame:
        """The cells under our own column names; ignored columns dropped."""
        assert isinstance(self.content, TextTable)
        back = {header: name for name, header in self.headers.items()}
        return self.content.rows.select("line", *back).rename(back)


@dataclass(frozen=True)
class Release:
    """What is known of a file beside its cells."""

    file: str
    source: catalog.Source
    layout: str
    headers: dict[str, str]
    released: date
    data_month: date | None = None  # last day of the month that the file's name says it reaches


AGAIN = "download the file again"
MUNICIPALITIES = {
    "part": pl.String,
    "place": pl.String,
    "municipality_code": pl.String,
    "municipality": pl.String,
    "kind": pl.String,
    "period_from": pl.Date,
    "period_through": pl.Date,
}


@dataclass(frozen=True)
class Tidy:
    """Rows of the source's fact table, what each part covers, and what was noticed on the way.

    ``parts`` has a row for each part (what a newer release replaces as a whole) with the first and last day
    its data cover; ``notes`` are (code, facts) pairs that become findings. ``municipalities`` are the stretches
    in which a part has each of them (columns of MUNICIPALITIES), for a source that tells them.
    """

    facts: pl.DataFrame
    parts: pl.DataFrame
    notes: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    municipalities: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MUNICIPALITIES))


def recognise(name: str, data: bytes) -> Match:
    """Say which source and layout a file is of, by its header alone. Raises DataError."""
    layouts = [one for source in catalog.sources().values() for one in source.layouts.values()]
    large = [one.accepted() for one in layouts if one.format == "large_table"]
    content = open_file(name, data, [one.sheets for one in layouts if one.sheets], large)
    if isinstance(content, JsonDocument):
        return _recognise_json(content)
    best: tuple[float, catalog.Source, str] | None = None
    found = set(content.header)
    for source in catalog.sources().values():
        for layout_name, layout in source.layouts.items():
            if layout.format == "json":
                continue
            accepted = layout.accepted(content.header)
            names = [accepted[one] for one in content.header if one in accepted]
            strangers = {one for one in found - set(accepted) if not layout.ignores(one)}
            if set(names) == set(accepted.values()) and len(names) == len(set(names)) and not strangers:
                headers = {accepted[one]: one for one in content.header if one in accepted}
                return Match(source, layout_name, content, headers)
            likeness = len(found & set(accepted)) / len(strangers | set(accepted))
            if best is None or likeness > best[0]:
                best = (likeness, source, layout_name)
    assert best is not None
    raise _unrecognised(content, *best)


def _unrecognised(
    content: TextTable | LargeTable, likeness: float, source: catalog.Source, layout_name: str
) -> DataError:
    layout = source.layouts[layout_name]
    accepted = layout.accepted(content.header)
    added = [one for one in content.header if one not in accepted and not layout.ignores(one)]
    if named := privacy.about_persons(added):
        return _personal(content.file, f'a column "{named[0]}"')
    if likeness < 0.3:
        todo = "check that it is one of the series in `indicators status`, and its header the agency's own"
        return DataError(content.file, "the header of a known series", _short(content.header), todo, line=1)
    missing = [one for one in accepted if one not in content.header]
    changes = []
    for one in missing:
        near = [new for new in added if one.casefold() in new.casefold()]
        near = near or difflib.get_close_matches(one, added, n=1, cutoff=0.6)
        changes.append(f'"{one}" missing' + (f' (renamed to "{near[0]}"?)' if near else ""))
    changes += [f'"{one}" is new' for one in added]
    todo = (
        f"if the agency changed its table, say so in [{source.id}.layouts.{layout_name}] of "
        "catalog/sources.toml (one line a column); if the text is garbled, download the file again"
    )
    expected = f"the header of {source.id} ({layout_name})"
    return DataError(content.file, expected, "; ".join(changes), todo, line=1)


def _personal(file: str, found: str) -> DataError:
    todo = "this project takes aggregates only: do not add files about single persons"
    return DataError(file, "counts, no persons", found, todo, line=1)


def _short(header: tuple[str, ...]) -> str:
    text = ", ".join(header)
    return text if len(text) <= 160 else text[:160] + "…"


def _recognise_json(document: JsonDocument) -> Match:
    content = document.content
    first = content[0] if isinstance(content, list) and content else content
    keys = set(first) if isinstance(first, dict) else set()
    if named := privacy.about_persons(sorted(keys)):
        raise _personal(document.file, f'a key "{named[0]}"')
    for source in catalog.sources().values():
        for layout_name, layout in source.layouts.items():
            if layout.format == "json" and first is content and set(layout.accepted()) <= keys:
                return Match(source, layout_name, document)
    todo = "add the answer that holds the totals, or the agency's table"
    found = ", ".join(sorted(keys)[:8]) or "no object"
    raise DataError(document.file, "the JSON answer of a known series", found, todo)


def tidy(match: Match, *, released: date, data_month: date | None = None) -> Tidy:
    """Turn a recognised file into rows of its source's fact table. Raises DataError."""
    module = import_module(f"indicators.readers.{match.source.id}")
    content = match.content
    release = Release(content.file, match.source, match.layout, match.headers, released, data_month)
    _refuse_without_rows(match)
    given = content.content if isinstance(content, JsonDocument) else content
    result: Tidy = module.tidy(match.rows() if isinstance(content, TextTable) else given, release)
    _refuse_open_end(match)
    if result.facts.is_empty():  # it would stand as a release, and take the place of the edition's
        raise DataError(content.file, "a figure", "none", AGAIN)
    return result


def _refuse_without_rows(match: Match) -> None:
    """A header above nothing is no release; nor is a large table that can't be split by its line feeds."""
    content, layout = match.content, match.source.layouts[match.layout]
    if not isinstance(content, TextTable):
        return
    if content.rows.is_empty():
        raise DataError(content.file, "rows below the header", "none that holds anything", AGAIN)
    if layout.format == "large_table":
        found = "a workbook" if content.encoding == "xlsx" else "rows that end otherwise"
        todo = "save it as CSV in UTF-8 and add that"
        raise DataError(content.file, "a CSV file whose rows end with a line feed", found, todo)


def _refuse_open_end(match: Match) -> None:
    """A file cut inside its last cell is a whole table but for one figure: only its line end is missing."""
    content = match.content
    if isinstance(content, JsonDocument) or content.ended or content.header[-1] not in match.headers.values():
        return
    todo = "it may be cut inside its last cell: download it again; if it ends so there too, add it in a zip"
    raise DataError(content.file, "a line end after the last row", "none", todo)


def parts_of(facts: pl.DataFrame) -> pl.DataFrame:
    """What each part of a fact frame covers, from its own rows."""
    covered = facts.group_by("part").agg(
        pl.col("period_start").min().alias("period_from"), pl.col("period_end").max().alias("period_through")
    )
    return covered.sort("part")
