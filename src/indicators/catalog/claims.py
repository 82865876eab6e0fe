"""Published figures to check: the claim, its author, its day, its address, and the metric that checks it."""

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
    """One published figure, or one published statement.

    ``row`` is its row in the list of checkable claims of the founding articles, ``article`` the article; the headline
    of an agency has neither. ``said`` is the year, month or day of publication. The releases of its time are those out
    by its last day, or by ``as_of``. Only a claim without a metric may have no date.

    A metric checks it: ``metric`` at ``place`` over ``period`` (first and last day). A monthly count is summed over the
    period; any other metric is published for it, with the clock ``window``. ``measure`` is the kind of figure: the
    ``level``, the ``percent_change`` or ``difference`` from ``baseline``, or the number of ``periods_higher`` among all
    of the same length from ``since`` on (``figure`` = 0: a record). ``relation`` and ``tolerance`` (in the unit of the
    figure) give the values that the wording allows: ``is`` figure ± tolerance, ``over`` figure to figure + tolerance,
    ``nearly`` figure − tolerance to figure. ``moves`` is the usual move of such a figure between releases: if the
    release of the day is missing, a value this near neither confirms nor contradicts.

    Without such a metric, or without its release, ``judged`` is the project's verdict on ``evidence`` read at
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
            raise ValueError("said is a year, a month or a day, such as 2022-05; empty without date and metric")
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
        """Return the day as of which the claim is checked; ``date.max`` for a claim without a date."""
        if self.as_of or not self.said:
            return self.as_of or date.max
        year, month, day = (*map(int, self.said.split("-")), 0, 0)[:3]
        return date(year, month, day) if day else month_end(date(year, month or 12, 1))

    def allows(self, value: float, moved: float = 0.0) -> bool:
        """Return true for a value that the wording allows, also after a move between releases of this size."""
        assert self.figure is not None
        below = 0.0 if self.relation == "over" else self.tolerance
        above = 0.0 if self.relation == "nearly" else self.tolerance
        return self.figure - below - moved <= value <= self.figure + above + moved


@cache
def claims() -> dict[str, Claim]:
    """Return every claim by its id, in the order of the file."""
    return catalog.entries(Claim, "claims.toml")
