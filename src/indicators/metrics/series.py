"""One metric at one place as a series, with its clock, its source and its breaks.

Every comparison calls ``Series.comparable`` first: it refuses to cross a break.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from indicators.catalog import Break
from indicators.periods import Clock
from indicators.warehouse.query import PROVENANCES

COLUMNS: dict[str, type[pl.DataType]] = {
    "period_start": pl.Date,
    "period_end": pl.Date,
    "value": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "numerator": pl.Float64,  # events counted: the value itself for a count
    "denominator": pl.Float64,  # population, or all events for a share; null for a count
    "maturity": pl.String,  # final · provisional · incomplete
    "missing_code": pl.String,  # null where there is a value
    "vintage": pl.String,
    "provenance": pl.String,  # the weakest of the releases; null for a figure of a document, which has a grade
    "note": pl.String,
}

PROVENANCE = pl.Enum(PROVENANCES)  # the greatest is the weakest
MADE_ANEW = PROVENANCES[-2:]  # rebuilt or transcribed: the file is no copy of the agency's


def series_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of COLUMNS in their order and types; a column that the frame lacks is null."""
    columns = [pl.col(name) if name in frame.columns else pl.lit(None).alias(name) for name in COLUMNS]
    return frame.select(columns).cast(pl.Schema(COLUMNS))


def weakest(provenances: Iterable[str | None]) -> str | None:
    """Return the weakest of provenances; None where there is none."""
    return max(filter(None, provenances), key=PROVENANCES.index, default=None)


class NotComparable(Exception):
    """A comparison that must not be made: ``code`` is break (then ``broken``), clock, source, unit or age."""

    def __init__(self, why: str, broken: Break | None = None, code: str = "clock") -> None:
        super().__init__(why)
        self.broken = broken
        self.code = "break" if broken else code


@dataclass(frozen=True)
class Series:
    """The periods of a metric at a place: ``frame`` has the columns of COLUMNS, oldest period first.

    Periods of a series with ``equal_age`` fill (or empty) as they grow older: two of them, as seen on one day, are
    never compared.
    """

    metric: str
    place: str
    source: str
    clock: Clock
    unit: str
    kind: str  # count · amount (pounds, dollars) · rate · share · ratio · stock · published · ledger
    frame: pl.DataFrame
    breaks: tuple[Break, ...] = ()
    equal_age: bool = False

    @property
    def through(self) -> date | None:
        """The last day of the newest period that has a value."""
        days = self.frame.filter(pl.col("value").is_not_null())["period_end"]
        return max(days.to_list(), default=None)

    @property
    def ranks(self) -> bool:
        """True if each period may be compared with every other, so that a highest and a lowest can be named."""
        valued = self.frame.filter(pl.col("value").is_not_null())
        if self.equal_age or valued.is_empty():
            return False
        return self.broken(min(valued["period_start"].to_list()), max(valued["period_end"].to_list())) is None

    def broken(self, first: date, last: date) -> Break | None:
        """Return the first break between two days that forbids to compare them."""
        return next((found for found in self.breaks if found.blocks and found.lies_in(first, last)), None)

    def touched(self, first: date, last: date) -> Break | None:
        """Return the first break between two days, blocking or not."""
        return next((found for found in self.breaks if found.lies_in(first, last)), None)

    def split(self, first: date, last: date) -> Break | None:
        """Return the first break between two days that forbids to add them up."""
        return next((found for found in self.breaks if found.splits and found.lies_in(first, last)), None)

    def comparable(self, earlier: tuple[date, date], later: tuple[date, date]) -> None:
        """Raise NotComparable if a break lies in or between two periods, or their ages differ and matter."""
        if self.equal_age:
            raise NotComparable("the earlier period has had more time to fill", code="age")
        if found := self.broken(min(earlier[0], later[0]), max(earlier[1], later[1])):
            raise NotComparable(f"break {found.id} on {found.first}", found)

    def comparable_with(self, other: Series) -> None:
        """Raise NotComparable if clock, source or unit of two series differ."""
        for name in ("clock", "source", "unit"):
            ours, theirs = getattr(self, name), getattr(other, name)
            if ours != theirs:
                raise NotComparable(f"two {name}s: {ours} and {theirs}", code=name)
