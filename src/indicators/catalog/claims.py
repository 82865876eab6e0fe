"""Figures that somebody published, as data: who said what, when, where, and which metric can check it."""

import re
from datetime import date
from functools import cache
from typing import Literal, Self

from pydantic import model_validator

from indicators import catalog
from indicators.catalog import Bilingual, Entry
from indicators.periods import Clock, month_end

Verdict = Literal["confirmed", "revised", "contradicted", "not_checkable"]


class Claim(Entry):
    """One figure, or one statement, that somebody published.

    ``row`` is its row in the list of checkable claims of the founding articles, ``article`` the article (both
    empty for an agency's own headline). ``said`` is the year, month or day it was published; what was known
    then is looked up as of its last day, or as of ``as_of``; empty where the text has no date, which only a
    claim without a metric may.

    Where a metric can check it: ``metric`` at ``place`` over ``period`` (first and last day; summed from months
    where it is a monthly count, else published with the clock ``window``). ``measure`` says what is claimed:
    the ``level``, the ``percent_change`` or ``difference`` from ``baseline``, or the number of
    ``periods_higher`` among all of its length from ``since`` on (``figure`` = 0: a record). ``relation`` and
    ``tolerance`` (in the figure's unit) say which values the wording allows: ``is`` figure ± tolerance, ``over``
    figure to figure + tolerance, ``nearly`` figure − tolerance to figure. ``moves`` is how far such a figure is
    known to move between releases: a value this near, when the release of the day is not at hand, neither
    confirms nor contradicts.

    Where none can, or the release that could is gone, ``judged`` is our verdict on ``evidence`` that was read at
    ``evidence_url``. A computed verdict goes before a judged one.
    """

    id: str
    row: int | None = None
    article: str = ""
    claim: Bilingual
    who: Bilingual
    said: str
    url: str
    as_of: date | None = None
    metric: str = ""
    place: str = ""
    window: Clock | None = None
    period: tuple[date, date] | None = None
    measure: Literal["level", "percent_change", "difference", "periods_higher"] = "level"
    baseline: tuple[date, date] | None = None
    since: date | None = None
    figure: float | None = None
    relation: Literal["is", "over", "nearly"] = "is"
    tolerance: float = 0.0
    moves: float = 0.0
    judged: Verdict | None = None
    evidence: Bilingual | None = None
    evidence_url: str = ""
    note: Bilingual | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", self.said) and (self.said or self.metric):
            raise ValueError(
                "said is a year, a month or a day, such as 2022-05; empty without date and metric"
            )
        if not self.metric and not (self.judged and self.evidence):
            raise ValueError("without a metric a claim needs judged and evidence")
        if self.metric and not (self.place and self.period and self.figure is not None):
            raise ValueError("with a metric a claim needs place, period and figure")
        if (self.measure in ("percent_change", "difference")) != (self.baseline is not None):
            raise ValueError("a change needs a baseline, and nothing else does")
        if (self.measure == "periods_higher") != (self.since is not None):
            raise ValueError("a record needs since, and nothing else does")
        return self

    @property
    def known_on(self) -> date:
        """The day as of which the releases of its time are looked up; far off for a text without a date."""
        if self.as_of or not self.said:
            return self.as_of or date.max
        year, month, day = (*map(int, self.said.split("-")), 0, 0)[:3]
        return date(year, month, day) if day else month_end(date(year, month or 12, 1))

    def allows(self, value: float) -> bool:
        """Whether the wording allows this value."""
        return self._within(value, 0.0)

    def nearly_allows(self, value: float) -> bool:
        """Whether it would, had the value moved as such figures do between releases."""
        return self._within(value, self.moves)

    def _within(self, value: float, more: float) -> bool:
        assert self.figure is not None
        below = 0.0 if self.relation == "over" else self.tolerance
        above = 0.0 if self.relation == "nearly" else self.tolerance
        return self.figure - below - more <= value <= self.figure + above + more


@cache
def claims() -> dict[str, Claim]:
    """Every claim, by its id, in the order of the file."""
    path = catalog.HERE / "claims.toml"
    read = catalog.read_toml(path)
    return {key: catalog.entry(Claim, path, key, {"id": key, **fields}) for key, fields in read.items()}
