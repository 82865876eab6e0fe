"""An address with the period in it: the newest period whose file is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from indicators.catalog.downloads import Dated
from indicators.fetch.file import Asking, File, Unchanged, ask
from indicators.fetch.problem import Problem
from indicators.periods import MONTHS_ES, add_months


def files(way: Dated, asking: Asking) -> Iterator[File | Unchanged]:
    """The newest file that is there. Raises Problem where none of them is."""
    for url in addresses(way, asking.today):
        if file := ask(url, way, asking, folder=way.folder, absent=frozenset(way.absent)):
            yield file
            return
    tried = f"none of {way.back} periods" if way.back > 1 else "none"
    raise Problem("moved", way.address, "a file at this address", tried)


def addresses(way: Dated, today: date) -> list[str]:
    """The addresses that are tried, newest first: from the last whole month, or this year, back."""
    if way.every == "once":
        return [way.address]
    if way.every == "year":
        days = [date(today.year - number, 1, 1) for number in range(way.back)]
    else:
        first = today.replace(day=1)
        days = [add_months(first, -number) for number in range(1, way.back + 1)]
    return [
        way.address.format(year=day.year, yy=f"{day.year % 100:02}", mes=MONTHS_ES[day.month - 1][:3])
        for day in days
    ]
