"""The scorecard: every line with its latest value, its change with an interval, its signal and its status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

import polars as pl

from indicators import catalog, tables
from indicators.catalog import Metric
from indicators.catalog.scorecard import Goal, OfficialTarget, goals, targets
from indicators.errors import UsageError
from indicators.metrics.change import Change, year_on_year
from indicators.metrics.series import Series
from indicators.metrics.signals import expected_false_alarms
from indicators.metrics.status import Assessment, Target, assess
from indicators.metrics.windows import windows
from indicators.periods import Clock, add_months, months_between
from indicators.report import sentences
from indicators.report.view import View
from indicators.tables import Badge
from indicators.text import Text

TONES: dict[str, Literal["good", "bad", "unknown"]] = {
    "target_met": "good",
    "improving": "good",
    "getting_worse": "bad",
    "worsening": "bad",
    "not_assessable": "unknown",
    "not_published": "unknown",
    "overdue": "bad",
}  # fmt: skip  (what is not named is flat: neither good nor bad)


@dataclass(frozen=True)
class Line:
    """One line of the scorecard, found out but not yet put into words."""

    goal: Goal
    metric: Metric
    series: Series
    latest: Series  # over twelve months where the series is monthly: what the change compares
    assessment: Assessment
    target: OfficialTarget | None
    grade: str


@cache
def lines(view: View) -> tuple[Line, ...]:
    """Every line of the scorecard that the warehouse has data for."""
    return tuple(_lines(view))


def _lines(view: View) -> Iterator[Line]:
    for goal in goals():
        for line in goal.lines:
            metric = catalog.metrics()[line.metric]
            try:
                series = view.series(line.metric, line.place, Clock.MONTH if metric.kind == "share" else None)
            except UsageError:
                continue  # no release of it was out by that day
            if series.frame.filter(pl.col("value").is_not_null()).is_empty():
                continue
            official = targets()[line.target] if line.target else None
            yield Line(
                goal,
                metric,
                series,
                windows(series, Clock.TWELVE_MONTH_ROLLING) if series.clock == Clock.MONTH else series,
                assess(metric, series, target=_target(series, official)),
                official,
                grade(view, series),
            )


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

    It reaches the end of the quarter; no break lies in the two years compared; three releases or more are at
    hand, so that its revisions are known. A: all three; B: two; C: fewer, or it ends a year or more before.
    """
    through = series.through
    assert through  # what has no value has no line
    releases = view.releases.filter(pl.col("source") == series.source).height
    met = [through >= view.ends, series.broken(add_months(through, -23), through) is None, releases >= 3]
    if months_between(through, view.ends) >= 12:
        return "C"
    return {3: "A", 2: "B"}.get(sum(met), "C")


def table(view: View) -> tables.Table:
    """The scorecard as a table, by goal."""
    text = view.text
    columns = ("metric", "latest", "change", "signal", "status", "through", "grade")
    rows = [
        (
            _name(view, line),
            sentences.latest(text, line.latest),
            sentences.change(text, _yearly(line), line.series.unit),
            _signal_words(text, line),
            _badge(text, line),
            sentences.through(text, line.series),
            line.grade,
        )
        for line in lines(view)
    ]
    return tables.Table(
        id="scorecard",
        title=text.t("scorecard.title", quarter=view.quarter),
        columns=_columns(text, columns),
        rows=tuple(rows),
        notes=(text.t("scorecard.rules"), text.t("scorecard.grades"), _false_alarms(view)),
        source_line=view.source_line([line.series for line in lines(view)]),
        csv=tables.to_csv(_data(view)),
        lang=text.lang,
    )


def accountability(view: View) -> tables.Table:
    """Who answers for each line in either country, and the official target where there is one."""
    text = view.text
    rows = [
        (
            _name(view, line),
            line.metric.owner_us or "–",
            line.metric.owner_mx or "–",
            line.target.set_by[text.lang] if line.target else text.t("status.no_target"),
            text.t(f"rule.{line.assessment.status.rule}"),
        )
        for line in lines(view)
    ]
    return tables.Table(
        id="accountability",
        title=text.t("scorecard.accountability"),
        columns=_columns(text, ("metric", "owner_us", "owner_mx", "target", "rule")),
        rows=tuple(rows),
        csv=tables.to_csv(_data(view).select("objective", "metric", "place", "target", "rule")),
        lang=text.lang,
    )


def _columns(text: Text, names: Iterable[str]) -> tuple[tables.Column, ...]:
    return tuple(tables.Column(text.t(f"scorecard.column.{name}")) for name in names)


def _name(view: View, line: Line) -> str:
    return f"{line.metric.objective} · {line.metric.name[view.text.lang]}, {view.place(line.series.place)}"


def _badge(text: Text, line: Line) -> Badge:
    code = line.assessment.status.code
    return Badge(text.t(f"status.{code}"), TONES.get(code, "flat"))


def _signal_words(text: Text, line: Line) -> str:
    signal = line.assessment.signal
    return text.t(f"signal.word.{signal.code}") if signal and signal.code else "–"


def _yearly(line: Line) -> Change:
    """The change a reader expects: against the year before, also where the status is told from a baseline."""
    return year_on_year(line.series) if line.target else line.assessment.change


def _false_alarms(view: View) -> str:
    charts = [line for line in lines(view) if line.assessment.signal and line.assessment.signal.code]
    correlations = [line.assessment.change.autocorrelation or 0.0 for line in charts]
    expected = view.text.number(expected_false_alarms(correlations), 1)
    return view.text.t("scorecard.false_alarms", n=len(charts), expected=expected)


def _data(view: View) -> pl.DataFrame:
    """The scorecard's numbers for the CSV, one row a line."""
    rows = []
    for line in lines(view):
        change, status = _yearly(line), line.assessment.status
        known = line.latest.frame.filter(pl.col("value").is_not_null()).tail(1)
        row = known.row(0, named=True) if known.height else {}
        rows.append(
            {
                "goal": line.goal.id,
                "objective": line.metric.objective,
                "metric": line.metric.id,
                "place": line.series.place,
                "clock": str(line.latest.clock),
                "period_start": row.get("period_start"),
                "period_end": row.get("period_end"),
                "value": row.get("value"),
                "unit": line.series.unit,
                "maturity": row.get("maturity"),
                "change": change.ratio if change.scale == "ratio" else change.difference,
                "change_lower": change.lower,
                "change_upper": change.upper,
                "change_scale": change.scale,
                "change_method": change.method,
                "dispersion": change.dispersion,
                "signal": line.assessment.signal.code if line.assessment.signal else None,
                "target": line.target.value if line.target else None,
                "status": status.code,
                "rule": status.rule,
                "reason": status.reason,
                "break": status.broken.id if status.broken else None,
                "grade": line.grade,
                "vintage": row.get("vintage"),
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def in_words(view: View) -> sentences.Words:
    """A sentence or three for every line, goal by goal."""
    parts = []
    for goal in goals():
        found = [line for line in lines(view) if line.goal.id == goal.id]
        if found:
            parts.append(f"### {goal.name[view.text.lang]}\n")
            parts += [f"- {_sentences(view, line)}" for line in found]
            parts.append("")
    return sentences.Words("\n".join(parts))


def _sentences(view: View, line: Line) -> str:
    return sentences.line(
        view.text,
        view.place(line.series.place),
        line.metric,
        line.latest,
        _yearly(line),
        line.assessment,
        line.target,
    )
