"""The lines of the scorecard, found out but not yet put into words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

import polars as pl

from indicators import catalog, warehouse
from indicators.catalog import Metric
from indicators.catalog.scorecard import Goal, OfficialTarget, goals, targets
from indicators.catalog.scorecard import Line as Entry
from indicators.errors import UsageError
from indicators.metrics import compute, ledger, published, status
from indicators.metrics.change import Change, year_on_year
from indicators.metrics.series import Series
from indicators.metrics.status import RULES, Assessment, Status, Target, assess
from indicators.metrics.windows import windows
from indicators.periods import Clock, add_months, months_between
from indicators.report.view import View


@dataclass(frozen=True)
class Line:
    """One line of the scorecard. Without a figure ``series``, ``latest`` and ``grade`` are None, and the status
    says why; ``due`` is the day for which what the ledger tells was announced, where it was."""

    goal: Goal
    metric: Metric
    place: str
    series: Series | None
    latest: Series | None  # over twelve months where the series is monthly: what the change compares
    assessment: Assessment
    target: OfficialTarget | None = None
    grade: str | None = None
    due: date | None = None

    @property
    def yearly(self) -> Change:
        """The change a reader expects: against the year before, also where the status is told from a baseline."""
        return year_on_year(self.series) if self.target and self.series else self.assessment.change


@cache
def lines(view: View) -> tuple[Line, ...]:
    """Every line of the scorecard, in its order."""
    return tuple(_lines(view))


def _lines(view: View) -> Iterator[Line]:
    for goal in goals():
        for entry in goal.lines:
            metric = catalog.metrics()[entry.metric]
            series = _series(view, metric, entry.place)
            if metric.klass == "ledger":
                yield _on_record(view, goal, metric, entry.place, series)
            elif series is None:
                yield _without_figure(goal, metric, entry.place)
            else:
                yield _measured(view, goal, metric, entry, series)


def _series(view: View, metric: Metric, place: str) -> Series | None:
    """The series up to the quarter's end; a share by months. None where there is no figure of it.

    A coding of texts is taken as of the report's day: it tells of the texts, not of the day it was made.
    """
    try:
        if metric.rule == "framework":
            return compute.series(view.connection, metric.id, place, view.as_of)
        return view.series(metric.id, place, Clock.MONTH if metric.kind == "share" else None)
    except UsageError:
        return None


def _measured(view: View, goal: Goal, metric: Metric, entry: Entry, series: Series) -> Line:
    official = targets()[entry.target] if entry.target else None
    found = assess(metric, series, target=_target(series, official))
    if metric.kind == "published" and found.change.distinguishable is not None:
        found = found if published.carries_status(series) else _by_the_press_alone(found)
    ours = series.clock == Clock.MONTH and metric.kind != "published"  # what others made is not summed
    return Line(
        goal,
        metric,
        entry.place,
        series,
        windows(series, Clock.TWELVE_MONTH_ROLLING) if ours else series,
        found,
        official,
        grade(view, series),
    )


def _by_the_press_alone(found: Assessment) -> Assessment:
    return Assessment(Status("not_assessable", found.status.rule, "press"), found.change, found.signal)


def _without_figure(goal: Goal, metric: Metric, place: str) -> Line:
    code = "not_published" if metric.searched else "not_at_hand"
    rule = RULES[metric.klass]
    return Line(goal, metric, place, None, None, Assessment(Status(code, rule), Change(reason="missing")))


def _on_record(view: View, goal: Goal, metric: Metric, place: str, series: Series | None) -> Line:
    """A line of the ledger: whether what was to happen or to be published did, by the quarter's end."""
    day = min(view.as_of, view.ends)
    if metric.rule == "framework":
        last, due = _complete(series), None
    else:
        last, due = ledger.dates(view.connection, metric, view.as_of, day)
    found = Assessment(status.ledger(last, due, day), Change(reason="clock"))
    return Line(goal, metric, place, series, series, found, due=due)


def _complete(series: Series | None) -> date | None:
    """The day of the coding, where any objective has its metric whole."""
    row = series.frame.row(-1, named=True) if series else None
    return row["period_start"] if row and row["value"] else None


def _target(series: Series, official: OfficialTarget | None) -> Target | None:
    """The target with its baseline as the series has it; none where the series lacks the baseline period."""
    if official is None:
        return None
    period = (official.baseline_first, official.baseline_last)
    baseline = series.frame.filter(
        (pl.col("period_start") == period[0]) & (pl.col("period_end") == period[1])
    )["value"].drop_nulls()
    return None if baseline.is_empty() else Target(baseline[0], period, official.value, official.due)


def grade(view: View, series: Series) -> str:
    """A, B or C: how much of what a comparison needs is there.

    It reaches the end of the quarter; no break, blocking or not, lies in the two years compared; three releases
    or more hold figures of these two years, so that their revisions are known. A: all three; B: two; C: fewer, or
    it ends a year or more before.
    """
    through = series.through
    assert through  # what has no value has no line
    compared = add_months(through, -23), through
    met = [through >= view.ends, series.touched(*compared) is None, _releases(view, series, *compared) >= 3]
    if months_between(through, view.ends) >= 12:
        return "C"
    return {3: "A", 2: "B"}.get(sum(met), "C")


def _releases(view: View, series: Series, first: date, last: date) -> int:
    """How many releases out by the report's day hold, between two days, figures of the parts (an instrument, a
    fiscal year, a status of the register) that the series is made of."""
    used = (
        series.frame.filter(pl.col("period_end") >= first)["vintage"].drop_nulls().str.split("; ").explode()
    )
    found = warehouse.select(
        view.connection,
        "SELECT DISTINCT vintage FROM vintage_part JOIN vintage USING (vintage)"
        " WHERE source = $source AND released <= $day AND period_from <= $last AND period_through >= $first"
        " AND part IN (SELECT part FROM vintage_part WHERE list_contains($used, vintage))",
        {
            "source": series.source,
            "day": view.as_of,
            "first": first,
            "last": last,
            "used": sorted(used.unique()),
        },
    )
    return found.height
