"""The public series: recognise a file by its header, and tidy it into rows of one fact table.

A reader is a function of the cells and the release that returns Tidy; READERS has a reader for each source of
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
from indicators.periods import month_end
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
from indicators.readers.files import AGAIN, JsonDocument, LargeTable, TextTable, open_file

MAX_HEADER = 160  # characters of a header that a message shows

READERS: dict[str, Callable[[Any, Release], Tidy]] = {
    "bts_border_crossings": bts.tidy,
    "cbp_currency": cbp.tidy_currency,
    "cbp_drugs": cbp.tidy_drugs,
    "cbp_encounters": cbp.tidy_encounters,
    "cbp_weapons": cbp.tidy_weapons,
    "cdc_injury": cdc.tidy_injury,
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
    """Return the source and layout of a file, by its header alone. Raises DataError for a header of no source."""
    layouts = [
        (source, layout_name, layout)
        for source in catalog.sources().values()
        for layout_name, layout in source.layouts.items()
    ]
    large = [layout.accepted() for *_, layout in layouts if layout.format == "large_table"]
    tables = [layout.accepted() for *_, layout in layouts if layout.format == "table"]
    small = [one for one in tables if any(set(one) > set(other) for other in large)]
    content = open_file(name, data, [layout.sheets for *_, layout in layouts if layout.sheets], large, small)
    if isinstance(content, JsonDocument):
        return _recognise_json(content)
    likeness = {}
    found = set(content.header)
    for source, layout_name, layout in layouts:
        if layout.format == "json":
            continue
        accepted = layout.accepted(content.header)
        names = [header for header in content.header if header in accepted]
        headers = {accepted[header]: header for header in names}
        strangers = {header for header in found - set(accepted) if not layout.ignores(header)}
        if len(headers) == len(names) == len(set(accepted.values())) and not strangers:
            return Match(source, layout_name, content, headers)
        likeness[source.id, layout_name] = len(found & set(accepted)) / len(strangers | set(accepted))
    nearest, layout_name = max(likeness, key=lambda key: likeness[key])
    raise _unrecognised(content, likeness[nearest, layout_name], catalog.sources()[nearest], layout_name)


def tidy(match: Match, *, released: date, data_month: date | None = None, traced: bool = False) -> Tidy:
    """Turn a recognised file into rows of its source's fact table. Raises DataError.

    ``released`` is the day of the release, ``data_month`` the last day of the month in the file's name. Facts that are
    ``traced`` have the columns of ``readers.base.CELL`` too.
    """
    content = match.content
    release = Release(content.file, match.headers, match.source, match.layout, released, data_month, traced)
    _refuse_without_rows(match)
    cells: Any = content
    if isinstance(content, TextTable):
        cells = match.rows()
    elif isinstance(content, JsonDocument):
        cells = content.content
    result = READERS[match.source.id](cells, release)
    _refuse_open_end(match)
    if result.facts.is_empty():  # as a release it would take the place of the edition's
        raise DataError(content.file, "a figure", "none", AGAIN)
    _refuse_other_month(result, release)
    return result


def _unrecognised(
    content: TextTable | LargeTable, likeness: float, source: catalog.Source, layout_name: str
) -> DataError:
    layout = source.layouts[layout_name]
    accepted = layout.accepted(content.header)
    added = [header for header in content.header if header not in accepted and not layout.ignores(header)]
    if named := privacy.about_persons(added):
        return _personal(content.file, f'a column "{named[0]}"')
    if likeness < 0.3:
        todo = "check that it is one of the series in `indicators status`, and its header the agency's own"
        header = ", ".join(content.header)
        found = header if len(header) <= MAX_HEADER else header[:MAX_HEADER] + "…"
        return DataError(content.file, "the header of a known series", found, todo, line=1)
    changes = []
    for header in accepted:
        if header not in content.header:
            near = [new for new in added if header.casefold() in new.casefold()]
            near = near or difflib.get_close_matches(header, added, n=1, cutoff=0.6)
            changes.append(f'"{header}" missing' + (f' (renamed to "{near[0]}"?)' if near else ""))
    changes += [f'"{header}" is new' for header in added]
    todo = (
        f"if the agency changed its table, say so in [{source.id}.layouts.{layout_name}] of "
        "catalog/sources.toml (one line a column); if the text is garbled, download the file again"
    )
    expected = f"the header of {source.id} ({layout_name})"
    return DataError(content.file, expected, "; ".join(changes), todo, line=1)


def _personal(file: str, found: str) -> DataError:
    todo = "this project takes aggregates only: do not add files about single persons"
    return DataError(file, "counts, no persons", found, todo, line=1)


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
    todo = "add the answer that has the totals, or the agency's table"
    found = ", ".join(sorted(keys)[:8]) or "no object"
    raise DataError(document.file, "the JSON answer of a known series", found, todo)


def _refuse_without_rows(match: Match) -> None:
    """Refuse a header above nothing, and a large table whose rows do not end with line feeds."""
    content, layout = match.content, match.source.layouts[match.layout]
    if not isinstance(content, TextTable):
        return
    if content.rows.is_empty():
        raise DataError(content.file, "rows below the header", "blank rows only", AGAIN)
    if layout.format == "large_table":
        found = "a workbook" if content.encoding == "xlsx" else "rows that end otherwise"
        todo = "save it as CSV in UTF-8 and add that"
        raise DataError(content.file, "a CSV file whose rows end with a line feed", found, todo)


def _refuse_other_month(found: Tidy, release: Release) -> None:
    """Refuse data that end in another month than the name says, or in a month after the release."""
    naming, named, last = release.source.release, release.data_month, found.parts["period_through"].max()
    assert isinstance(last, date)
    if naming.token == "released":
        named = month_end(release.released)
        fits, expected = last <= named, f"months up to {named:%Y-%m}, that of the release"
    elif named and not naming.yearly:
        fits = last == named or (last < named and last in naming.closed)
        expected = f"months through {named:%Y-%m}, as the name says"
    else:
        return
    if not fits:
        todo = "the file was cut, or has the name or day of another release: download it again"
        raise DataError(release.file, expected, f"months through {last:%Y-%m}", todo)


def _refuse_open_end(match: Match) -> None:
    """Refuse a file without a last line end: one cut inside its last cell is whole but for that figure."""
    content = match.content
    if isinstance(content, JsonDocument) or content.ended or content.header[-1] not in match.headers.values():
        return
    todo = "it may be cut inside its last cell: download it again; if it ends so there too, add it in a zip"
    raise DataError(content.file, "a line end after the last row", "none", todo)
