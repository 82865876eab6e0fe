"""One metric at one place as a series that knows its clock, its source and its breaks.

Every comparison goes through ``Series.comparable``, so that none can be made across a break or between clocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from indicators.catalog import Break
from indicators.periods import Clock

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
    "note": pl.String,
}


class NotComparable(Exception):
    """A comparison that must not be made: ``code`` is break (``broken`` says which), clock, source, unit or age."""

    def __init__(self, why: str, broken: Break | None = None, code: str = "clock") -> None:
        super().__init__(why)
        self.broken = broken
        self.code = "break" if broken else code


@dataclass(frozen=True)
class Series:
    """``frame`` has the columns of COLUMNS, one row a period, oldest first.

    Periods of a series with ``equal_age`` fill (or empty) as they grow older: two of them are never compared
    as seen on one day.
    """

    metric: str
    place: str
    source: str
    clock: Clock
    unit: str
    kind: str  # count · amount (pounds, dollars) · rate · share · ratio · stock · published
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
        """Whether a highest and a lowest value may be named: each period may be compared with every other."""
        known = self.frame.filter(pl.col("value").is_not_null())
        if self.equal_age or known.is_empty():
            return False
        days = known["period_start"].to_list(), known["period_end"].to_list()
        return self.broken(min(days[0]), max(days[1])) is None

    def broken(self, first: date, last: date) -> Break | None:
        """The first blocking break between two days."""
        return next((one for one in self.breaks if one.blocks and one.lies_in(first, last)), None)

    def touched(self, first: date, last: date) -> Break | None:
        """The first break between two days, blocking or not."""
        return next((one for one in self.breaks if one.lies_in(first, last)), None)

    def split(self, first: date, last: date) -> Break | None:
        """The first break between two days across which not even a sum may be made."""
        return next((one for one in self.breaks if one.splits and one.lies_in(first, last)), None)

    def comparable(self, earlier: tuple[date, date], later: tuple[date, date]) -> None:
        """Raise NotComparable where a break lies between (or inside) two periods of this series, or where their
        ages differ and count."""
        if self.equal_age:
            raise NotComparable("the earlier period has had more time to fill", code="age")
        if found := self.broken(min(earlier[0], later[0]), max(earlier[1], later[1])):
            raise NotComparable(f"break {found.id} on {found.first}", found)

    def comparable_with(self, other: Series) -> None:
        """Raise NotComparable where two series may not stand in one comparison."""
        if self.clock != other.clock:
            raise NotComparable(f"two clocks: {self.clock} and {other.clock}")
        if self.source != other.source:
            raise NotComparable(f"two sources: {self.source} and {other.source}", code="source")
        if self.unit != other.unit:
            raise NotComparable(f"two units: {self.unit} and {other.unit}", code="unit")
