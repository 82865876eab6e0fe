"""The types that all readers share: a recognised file, its release, and its rows as a fact table.

A blank month is never zero. An agency leaves a month blank, writes zeros in advance or writes no row until it
publishes the month, and a zero there would report that crime or crossings had stopped. So a reader ends each part
with its last published month, refuses a blank before it, and ``Tidy.parts`` says which months a part covers: only
there does an absent row mean zero, and only where the source's ``zeros`` are implied.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from indicators import catalog
from indicators.readers.columns import Origin, categories
from indicators.readers.files import COLUMN, LINE, SHEET, JsonDocument, LargeTable, TextTable

MUNICIPALITIES = {
    "part": pl.String,
    "place": pl.String,
    "municipality_code": pl.String,
    "municipality": pl.String,
    "kind": pl.String,
    "period_from": pl.Date,
    "period_through": pl.Date,
}
UNREPORTED = {"part": pl.String, "place": pl.String, "period_start": pl.Date}
CELL = (LINE, SHEET, COLUMN)  # the place of a number in its file
Notes = list[tuple[str, dict[str, str]]]


@dataclass(frozen=True)
class Match:
    """A recognised file; ``headers`` has the published header of each of our column names."""

    source: catalog.Source
    layout: str
    content: TextTable | LargeTable | JsonDocument
    headers: dict[str, str] = field(default_factory=dict)

    def rows(self) -> pl.DataFrame:
        """Return the cells under our own column names, without the columns that the layout ignores."""
        assert isinstance(self.content, TextTable)
        back = {header: name for name, header in self.headers.items()}
        return self.content.rows.select("line", *back).rename(back)


@dataclass(frozen=True)
class Release(Origin):
    """The facts about a file that are not in its cells.

    ``data_month`` is the last day of the month that the file's name says its data reach. The facts of a release that
    is ``traced`` lead back to its cells (``traced``).
    """

    source: catalog.Source
    layout: str
    released: date
    data_month: date | None = None
    traced: bool = False


@dataclass(frozen=True)
class Tidy:
    """Rows of the source's fact table, the months that each part covers, and notes on the file.

    ``parts`` has a row for each part (what a newer release replaces as a whole) with the first and last day
    its data cover; ``notes`` are (code, facts) pairs that become findings. ``municipalities`` are the stretches
    of years in which a part has each of them (columns of MUNICIPALITIES), for a source by municipality.
    ``unreported`` has the months of a place (columns of UNREPORTED) that are covered, but were not reported: they are
    missing, not zero.
    """

    facts: pl.DataFrame
    parts: pl.DataFrame
    notes: Notes = field(default_factory=list)
    municipalities: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MUNICIPALITIES))
    unreported: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=UNREPORTED))


def parts_of(facts: pl.DataFrame) -> pl.DataFrame:
    """Return the first and last day that each part of a fact frame covers, from its own rows."""
    covered = facts.group_by("part").agg(
        period_from=pl.col("period_start").min(), period_through=pl.col("period_end").max()
    )
    return covered.sort("part")


def unreported(facts: pl.DataFrame, places: Iterable[str]) -> tuple[pl.DataFrame, Notes]:
    """Return the newest months of a part in which a place has no row at all (columns of UNREPORTED), and a note.

    Only for a state and all of its crimes, which are never all zero. Earlier months stay zero: Oaxaca entered its
    crimes of 2015 in four of the twelve months, and its year is whole.
    """
    months = facts.select("part", "period_start").unique()
    last = facts.group_by("part", "place").agg(last=pl.col("period_start").max())
    due = months.join(pl.DataFrame({"place": [*places]}, {"place": pl.String}), how="cross")
    due = due.join(last, on=["part", "place"], how="left")
    found = due.filter(pl.col("last").is_null() | (pl.col("period_start") > pl.col("last")))
    found = found.select(*UNREPORTED).sort(pl.all())
    cells = found.select(pl.format("{} {}", "place", pl.col("period_start").dt.strftime("%Y-%m"))).to_series()
    return found, [("not_reported", {"months": ", ".join(cells)})] if cells.len() else []


def traced(rows: pl.DataFrame, release: Release) -> list[str]:
    """Return the columns of CELL among the rows, which a reader keeps in the facts of a traced release; else none.

    Facts without COLUMN come from the column that has the name of the measure. Facts that are sums of rows have lists.
    """
    return [name for name in CELL if release.traced and name in rows.columns]


def entry(release: Release, name: str) -> str:
    """Return the entry of sources.toml that lists a category of the release's source."""
    return f"[{release.source.id}.categories.{name}] in catalog/sources.toml"


def with_codes(rows: pl.DataFrame, release: Release, names: Iterable[str]) -> pl.DataFrame:
    """Replace the labels of these columns by the codes that the source lists. Raises DataError for another label."""
    for name in names:
        rows = categories(rows, name, release.source.categories[name], release, entry(release, name))
    return rows


def located(rows: pl.DataFrame, release: Release, name: str, places: dict[str, str], where: str) -> pl.DataFrame:
    """Rename a column of labels to ``place`` and replace each label by the id of its place (``places``).

    ``where`` names the rows of places.csv to which a new label is added. Raises DataError for another label.
    """
    rows = categories(rows, name, places, release, f"{where} in catalog/places.csv")
    return rows.rename({name: "place"})
