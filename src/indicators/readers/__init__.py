"""The public series: recognise a file by its header, and tidy it into rows of one fact table.

A reader is a function of the cells and the release that returns Tidy; READERS has one for each source of
``catalog/sources.toml``. A layout of the format ``large_table`` comes as a LargeTable, JSON as its document.
Readers are pure: text in, typed frame out; no network, no database, no clock.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from datetime import date
from typing import Any

from indicators import catalog
from indicators.errors import DataError
from indicators.readers import (
    bts,
    cbp,
    cdc,
    ohss,
    population,
    privacy,
    rnpdno,
    sesnsp,
    sesnsp_federal,
    sesnsp_municipal,
)
from indicators.readers.base import Match, Release, Tidy
from indicators.readers.files import JsonDocument, LargeTable, TextTable, open_file

AGAIN = "download the file again"

READERS: dict[str, Callable[[Any, Release], Tidy]] = {
    "bts_border_crossings": bts.tidy,
    "cbp_currency": cbp.tidy_currency,
    "cbp_drugs": cbp.tidy_drugs,
    "cbp_encounters": cbp.tidy_encounters,
    "cbp_weapons": cbp.tidy_weapons,
    "cdc_overdose": cdc.tidy,
    "ohss_encounters": ohss.tidy,
    "population_mx": population.tidy_mexico,
    "population_us": population.tidy_united_states,
    "rnpdno": rnpdno.tidy,
    "sesnsp_cases": sesnsp.tidy_cases,
    "sesnsp_federal": sesnsp_federal.tidy,
    "sesnsp_municipal": sesnsp_municipal.tidy,
    "sesnsp_victims": sesnsp.tidy_victims,
}


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
    content = match.content
    release = Release(content.file, match.source, match.layout, match.headers, released, data_month)
    _refuse_without_rows(match)
    given = content.content if isinstance(content, JsonDocument) else content
    result: Tidy = READERS[match.source.id](
        match.rows() if isinstance(content, TextTable) else given, release
    )
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
