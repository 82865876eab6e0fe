"""The answers of the RNPDNO dashboard, one JSON: totals, counts by state and by year, and what was asked.

Each section is {sex: {label: count}}; the totals are text, with thousands commas or padded with zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from indicators.errors import DataError
from indicators.sources import Release
from indicators.sources.columns import categories, whole_numbers
from indicators.sources.files import LINE


@dataclass(frozen=True)
class Answer:
    """One answer for the whole register.

    ``status`` is the one asked for; ``totals`` holds the nation's persons by status, of which only ``status``
    and its halves were asked for; ``by_state`` has place, sex and persons; ``by_year`` year (the label as
    published), sex and persons.
    """

    status: str
    totals: dict[str, int]
    by_state: pl.DataFrame
    by_year: pl.DataFrame


def read(content: dict[str, Any], release: Release) -> Answer:
    """Raises DataError where the answer is to a narrower question, or not in the form known."""
    layout, known = release.source.layouts[release.layout], release.source.categories
    section = {name: str(key) for name, key in layout.columns.items()}
    status = _status_asked(content[section["asked"]], section["asked"], release)
    totals = _totals(content[section["totals"]], section["totals"], release)
    by_state = _cells(content, section["by_state"], "place", release)
    names = {"place": section["by_state"]}
    where = "[rnpdno.categories.state]"
    by_state = categories(by_state, "place", known["state"], release.file, names, where=where)
    return Answer(status, totals, by_state, _cells(content, section["by_year"], "year", release))


def _status_asked(asked: Any, section: str, release: Release) -> str:
    known = release.source.categories
    if not isinstance(asked, dict) or "id_estatus_victima" not in asked:
        todo = "keep the parameters with the answer: without them nobody can tell what was counted"
        raise DataError(release.file, "the status that was asked for", "none", todo, column=section)
    filters = [
        f'{name} "{value}"'
        for name, value in asked.items()
        if name not in known["not_a_filter"] and str(value) not in known["no_filter"]
    ]
    if filters:
        todo = "ask without dates and other filters; an answer between dates has lost all records without one"
        found = "asked with " + ", ".join(filters)
        raise DataError(release.file, "an answer for the whole register", found, todo, column=section)
    row = _rows([(str(asked["id_estatus_victima"]),)], "status")
    where = "[rnpdno.categories.status]"
    row = categories(row, "status", known["status"], release.file, {"status": section}, where=where)
    return str(row["status"][0])


def _totals(totals: Any, section: str, release: Release) -> dict[str, int]:
    known, found = release.source.categories["total"], totals if isinstance(totals, dict) else {}
    rows = _rows([(label, str(found.get(label, ""))) for label in known], "label", "persons")
    rows = whole_numbers(rows, ["persons"], release.file, {"persons": section}, blanks=False)
    where = "[rnpdno.categories.total]"
    return dict(
        categories(rows, "label", known, release.file, {}, where=where).select("label", "persons").rows()
    )


def _cells(content: dict[str, Any], section: str, label: str, release: Release) -> pl.DataFrame:
    series = content[section]
    if not isinstance(series, dict) or not all(isinstance(counts, dict) for counts in series.values()):
        todo = "fetch the answer again, and keep its form: {sex: {label: count}}"
        raise DataError(release.file, "counts by sex and label", type(series).__name__, todo, column=section)
    cells = [
        (sex, one.strip(), str(count)) for sex, counts in series.items() for one, count in counts.items()
    ]
    rows = _rows(cells, "sex", label, "persons")
    names = {"sex": section, "persons": section}
    known = release.source.categories["sex"]
    rows = categories(rows, "sex", known, release.file, names, where="[rnpdno.categories.sex]")
    return whole_numbers(rows, ["persons"], release.file, names, blanks=False)


def _rows(cells: Sequence[tuple[str, ...]], *names: str) -> pl.DataFrame:
    """Rows of text that stood on no line."""
    rows = pl.DataFrame(cells, dict.fromkeys(names, pl.String), orient="row")
    return rows.with_columns(pl.lit(None, pl.Int64).alias(LINE))
