"""A break: days across which a source's numbers are not comparable."""

from __future__ import annotations

from datetime import date

from indicators.catalog.entries import Bilingual, Entry
from indicators.periods import Clock


class Break(Entry):
    """A stretch of days across which a source's numbers are not comparable (``first`` = ``last``: one day).

    It concerns ``sources``, or ``metrics`` of published figures. ``blocks`` forbids comparisons across it,
    ``splits`` sums across it as well (another instrument counts).
    ``clocks`` limits it to series of these clocks.
    """

    id: str
    sources: list[str] = []
    metrics: list[str] = []
    first: date
    last: date
    blocks: bool = True
    splits: bool = False
    clocks: list[Clock] = []
    reason: Bilingual
    url: str = ""

    def lies_in(self, first: date, last: date) -> bool:
        """Whether it lies between two days, or holds one of them; on the very first day it is behind both."""
        return self.last > first and self.first <= last
