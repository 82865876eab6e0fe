"""A warehouse in memory of a few victims, and a metric counted from it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import small_warehouse
from indicators.metrics import compute
from indicators.metrics.series import Series
from indicators.periods import Clock, add_months
from small_warehouse import Row, Small

DAY = date(2024, 6, 1)
VICTIM = {**small_warehouse.VICTIM, "victims": 1}
RESIDENTS = {
    "place": "MX",
    "clock": "stock",
    "population_persons": 1_000_000,
    "maturity": "final",
    "part": "CONAPO",
}


class Counted(Small):
    """A warehouse in memory, filled by hand with what was known by ``DAY``."""

    def add(
        self,
        table: str,
        source: str,
        rows: Sequence[Row],
        released: date = DAY,
        covered: Mapping[str, tuple[date, date]] | None = None,
    ) -> str:
        return super().add(table, source, rows, released, covered)

    def series(self, metric: str, place: str, as_of: date = DAY, window: Clock | None = None) -> Series:
        return compute.series(self.connection, metric, place, as_of, window)

    def values(self, metric: str, place: str, as_of: date = DAY) -> list[float | None]:
        return self.series(metric, place, as_of).frame["value"].to_list()


def month(number: int, year: int = 2023) -> date:
    """The first day of the month ``number`` months into a year, 0 its January."""
    return add_months(date(year, 1, 1), number)


def victims(counts: list[int], **more: Any) -> list[Row]:
    """A row of VICTIM for each month from January 2023 with a count above zero."""
    return [
        {**VICTIM, "period_start": month(number), "victims": count, **more}
        for number, count in enumerate(counts)
        if count
    ]


def add_victims(small: Counted, rows: list[Row], **options: Any) -> str:
    return small.add("crime_victims", "sesnsp_victims", rows, **options)
