"""A file, its release and its rows: the types that every reader shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from indicators import catalog
from indicators.readers.files import JsonDocument, LargeTable, TextTable


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


def parts_of(facts: pl.DataFrame) -> pl.DataFrame:
    """What each part of a fact frame covers, from its own rows."""
    covered = facts.group_by("part").agg(
        pl.col("period_start").min().alias("period_from"), pl.col("period_end").max().alias("period_through")
    )
    return covered.sort("part")
