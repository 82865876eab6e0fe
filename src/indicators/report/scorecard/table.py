"""The scorecard as tables: where things stand, and who answers for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import polars as pl

from indicators.catalog.scorecard import goals
from indicators.charts import tables
from indicators.charts.tables import NOTHING, Badge, Quantity, Tone
from indicators.i18n import Text
from indicators.metrics import process_chart
from indicators.report import quarter, sentences
from indicators.report.scorecard.lines import Line, lines
from indicators.report.view import View, current

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
        id="scorecard",
        title=text.t("scorecard.title", quarter=quarter.words(view.quarter, text).lower()),
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
        id="accountability",
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
