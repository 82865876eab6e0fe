"""The lines of the scorecard, found out but not yet put into words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

import polars as pl

from indicators import catalog
from indicators.catalog import Metric
from indicators.catalog.scorecard import Goal, OfficialTarget, goals, targets
from indicators.catalog.scorecard import Line as Entry
from indicators.charts import tables
from indicators.charts.tables import NOTHING, TONE_MARKS, Badge, Quantity, Tone
from indicators.errors import UsageError
from indicators.i18n import Text
from indicators.metrics import compute, ledger, process_chart, published, status
from indicators.metrics.change import Change, year_on_year
from indicators.metrics.series import Series
from indicators.metrics.status import RULES, Assessment, Status, Target, assess
from indicators.metrics.windows import windows
from indicators.periods import Clock, add_months, months_between
from indicators.report import sentences
from indicators.report import view as quarter
from indicators.report.view import View, current
from indicators.warehouse import query


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
    return None if baseline.is_empty() else Target(period, official.value)


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
    found = query.select(
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


TONES: dict[str, Tone] = {
    "target_met": "good", "improving": "good",
    "getting_worse": "bad", "worsening": "bad", "overdue": "bad",
    "little_or_no_change": "flat", "no_detectable_change": "flat",
    "unusually_high": "shown", "unusually_low": "shown", "usual": "shown", "watch": "shown",
    "present": "shown", "shown": "shown",
    "not_assessable": "unknown", "not_published": "unknown", "not_at_hand": "unknown",
}  # fmt: skip


def table() -> tables.Table:
    """The scorecard as a table, by goal."""
    view = current()
    text = view.text
    columns = ("metric", "status", "latest", "change", "signal", "grade")
    rows = [_row(view, line) for line in lines(view)]
    return tables.Table(
        name="scorecard",
        title=text.t("scorecard.title", quarter=quarter.quarter_words(view.quarter, text).lower()),
        columns=_columns(text, columns),
        rows=tuple(rows),
        groups=_groups(view),
        notes=(
            text.t("scorecard.rules"),
            text.t("scorecard.intervals"),
            text.t("scorecard.ledger"),
            text.t("scorecard.grades"),
            _false_alarms(view),
        ),
        source_line=view.source_line([line.series for line in lines(view) if line.series]),
        csv=tables.to_csv(_data(view)),
        lang=text.lang,
    )


def accountability() -> tables.Table:
    """Who answers for each line in either country, and the official target where there is one."""
    view = current()
    text = view.text
    rows = [
        (
            name(view, line),
            text.agency(line.metric.owner_us) or NOTHING,
            text.agency(line.metric.owner_mx) or NOTHING,
            line.target.set_by[text.lang] if line.target else text.t("status.no_target"),
            text.t(f"rule.{line.assessment.status.rule}"),
        )
        for line in lines(view)
    ]
    return tables.Table(
        name="accountability",
        title=text.t("scorecard.accountability"),
        columns=_columns(text, ("metric", "owner_us", "owner_mx", "target", "rule")),
        rows=tuple(rows),
        groups=_groups(view),
        csv=tables.to_csv(_data(view).select("objective", "metric", "place", "target", "rule")),
        lang=text.lang,
    )


def _row(view: View, line: Line) -> tuple[tables.Cell, ...]:
    text = view.text
    if line.series is None or line.latest is None:
        return (name(view, line), _badge(text, line), *[NOTHING] * 4)
    on_record = line.metric.klass == "ledger"
    return (
        name(view, line),
        _badge(text, line),
        Quantity(*sentences.latest(text, line.latest)),
        NOTHING if on_record else Quantity(*sentences.change(text, line.yearly, line.series.unit)),
        _signal_words(text, line),
        line.grade or NOTHING,
    )


def _groups(view: View) -> tuple[tuple[str, int], ...]:
    """The goals, each with how many lines it has."""
    counted = Counter(line.goal.id for line in lines(view))
    return tuple((goal.name[view.text.lang], counted[goal.id]) for goal in goals() if counted[goal.id])


def _columns(text: Text, names: Iterable[str]) -> tuple[tables.Column, ...]:
    return tuple(
        tables.Column(text.t(f"scorecard.column.{name}"), numeric=name in ("latest", "change"))
        for name in names
    )


def name(view: View, line: Line, *, objective: bool = True) -> str:
    """What a line is about: its objective, its metric, and the place unless the metric's name says it already."""
    named, place = line.metric.name[view.text.lang], view.place(line.place)
    if line.metric.klass != "ledger" and not sentences.says_place(named, place):
        named = f"{named}, {place}"
    return f"{line.metric.objective} · {named}" if objective and line.metric.objective != "G" else named


def _badge(text: Text, line: Line) -> Badge:
    code = line.assessment.status.code
    return Badge(text.t(f"status.{code}"), TONES[code])


def _signal_words(text: Text, line: Line) -> str:
    signal = line.assessment.signal
    return text.t(f"signal.word.{signal.code}") if signal and signal.code else NOTHING


def _false_alarms(view: View) -> str:
    charts = [line for line in lines(view) if line.assessment.signal and line.assessment.signal.code]
    correlations = [line.assessment.change.autocorrelation or 0.0 for line in charts]
    expected = view.text.number(process_chart.expected(correlations), 1)
    return view.text.t("scorecard.false_alarms", n=len(charts), expected=expected)


def _data(view: View) -> pl.DataFrame:
    """The scorecard's numbers for the CSV, one row a line."""
    rows = []
    for line in lines(view):
        change, status, series = line.yearly, line.assessment.status, line.latest
        known = series.frame.filter(pl.col("value").is_not_null()).tail(1) if series else pl.DataFrame()
        row = known.row(0, named=True) if known.height else {}
        rows.append(
            {
                "goal": line.goal.id,
                "objective": line.metric.objective,
                "metric": line.metric.id,
                "place": line.place,
                "clock": str(series.clock) if series else None,
                "period_start": row.get("period_start"),
                "period_end": row.get("period_end"),
                "value": row.get("value"),
                "unit": line.metric.unit,
                "maturity": row.get("maturity"),
                "change": change.ratio if change.scale == "ratio" else change.difference,
                "change_lower": change.lower,
                "change_upper": change.upper,
                "change_scale": change.scale,
                "change_method": change.method,
                "dispersion": change.dispersion,
                "signal": line.assessment.signal.code if line.assessment.signal else None,
                "target": line.target.value if line.target else None,
                "due": line.due,
                "status": status.code,
                "rule": status.rule,
                "reason": status.reason,
                "break": status.broken.id if status.broken else None,
                "grade": line.grade,
                "vintage": row.get("vintage"),
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def answer() -> sentences.Words:
    """Is it getting better? The lines that can be judged by name, and how many cannot."""
    view = current()
    text = view.text
    told: dict[str, list[str]] = {tone: [] for tone in TONE_MARKS}
    for line in lines(view):
        told[TONES[line.assessment.status.code]].append(_short(view, line))
    none = text.t("scorecard.answer.none")
    points = [
        text.t(f"scorecard.answer.{tone}", names="; ".join(told[tone]) or none)
        for tone in ("good", "bad", "flat")
    ]
    rest = text.t("scorecard.answer.rest", shown=len(told["shown"]), unknown=len(told["unknown"]))
    return sentences.Words("\n".join(f"- {point}" for point in points) + f"\n\n{rest}")


def _short(view: View, line: Line) -> str:
    """A line's name with its change over a year, where there is one."""
    named = name(view, line, objective=False)
    if not line.series:
        return named
    amount, _ = sentences.change(view.text, line.yearly, line.series.unit)
    return named if amount == NOTHING else f"{named} ({amount})"


def in_words() -> sentences.Words:
    """A sentence or three for every line, goal by goal."""
    view = current()
    parts = []
    for goal in goals():
        found = [line for line in lines(view) if line.goal.id == goal.id]
        if found:
            parts.append(f"### {goal.name[view.text.lang]}\n")
            parts += [f"- {_sentences(view, line)}" for line in found]
            parts.append("")
    return sentences.Words("\n".join(parts))


def _sentences(view: View, line: Line) -> str:
    text, place = view.text, view.place(line.place)
    if line.metric.klass == "ledger":
        return sentences.on_record(text, line.metric, line.latest, line.assessment.status.code, line.due)
    if line.latest is None:
        return sentences.without_figure(text, place, line.metric)
    return sentences.line(text, place, line.metric, line.latest, line.yearly, line.assessment, line.target)
