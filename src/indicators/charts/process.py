"""The process chart: is the latest figure out of the routine variation, or not?"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import polars as pl

from indicators.catalog import Break
from indicators.charts import axes, points, style
from indicators.charts.chart import Chart
from indicators.charts.points import Point
from indicators.charts.style import Trace
from indicators.charts.tables import NOTHING, Caption, Column, latest
from indicators.errors import UsageError
from indicators.i18n import Text
from indicators.periods import Clock

NEEDED = ("period_start", "period_end", "value", "mean", "lower", "upper", "flag")
LIMITS = ("mean", "lower", "upper")

Row = dict[str, Any]


def signal(frame: pl.DataFrame, text: Text, caption: Caption, unit: str, breaks: Sequence[Break] = ()) -> Chart:
    """Return an XmR chart: monthly values, their mean, the limits of routine variation, and the months outside.

    ``frame`` has a row a month with the columns of NEEDED; mean and limits may change in steps (and be null where
    there are none), ``flag`` is true, or the words of the rule that was met. Raises UsageError for a missing column.
    """
    if lacking := set(NEEDED) - set(frame.columns):
        raise UsageError(f'chart "{caption.name}" needs the columns {sorted(lacking)}')
    rows = frame.select(NEEDED).sort("period_end").to_dicts()
    marks = [points.point(row, unit, Clock.MONTH, text) for row in rows]
    inside = points.breaks_within(breaks, marks)
    values = [row[key] for row in rows for key in ("value", "lower", "upper") if row[key] is not None]
    days = (marks[0].day, marks[-1].day) if marks else None
    layout, narrow = axes.over_time(days, values or [0.0], unit, inside, text)
    notes = [text.t("signal.note"), *points.break_notes(inside, text)]
    if layout["yaxis"]["range"][0] > 0:
        notes.append(text.t("chart.axis_note"))
    columns = (
        Column(text.clock(Clock.MONTH)),
        Column(text.t("chart.value"), numeric=True),
        *(Column(text.t(f"signal.{key}"), numeric=True) for key in LIMITS),
        Column(text.t("signal.flag")),
    )
    cells = [
        (
            point.label,
            point.words,
            *(text.value(row[key], unit) for key in LIMITS),
            _flag(row, text) or NOTHING,
        )
        for row, point in zip(rows, marks, strict=True)
    ]
    return Chart(
        **vars(caption.filled(points.heading(unit, text), notes)),
        alt=_alt(rows, marks, unit, text) + points.alt_rest((), inside, text),
        figure=style.figure([*_limits(rows, marks), _values(rows, marks, unit, text)], layout),
        table=latest(caption, columns, cells, text),
        data=frame.select(NEEDED),
        lang=text.lang,
        narrow=narrow,
    )


def _limits(rows: list[Row], marks: list[Point]) -> list[Trace]:
    """Return the band between the limits and the mean, one of each for every stretch with the same three."""
    traces: list[Trace] = []
    pairs = zip(rows, marks, strict=True)
    for (mean, lower, upper), stretch in groupby(pairs, key=lambda pair: tuple(pair[0][key] for key in LIMITS)):
        days = [point.day.isoformat() for _, point in stretch]
        if None in (mean, lower, upper):
            continue
        xs, line = [days[0], days[-1]], {"color": style.QUIET, "width": 1.5, "dash": "dash"}
        traces.append(style.band([*xs, *xs[::-1]], [lower, lower, upper, upper], style.QUIET))
        traces.append({**style.SILENT, "x": xs, "y": [mean, mean], "line": line})
    return traces


def _values(rows: list[Row], marks: list[Point], unit: str, text: Text) -> Trace:
    flags = [bool(row["flag"]) for row in rows]
    return {
        "type": "scatter", "mode": "lines+markers", "showlegend": False, "connectgaps": False, "cliponaxis": False,
        **points.xy(marks),
        "line": {"color": style.BLUE, "width": 1.5},
        "marker": {
            "symbol": ["diamond" if flag else "circle" for flag in flags],
            "size": [11 if flag else 5 for flag in flags],
            "color": [style.VERMILLION if flag else style.BLUE for flag in flags],
            "opacity": 1, "line": {"color": style.PAPER, "width": 1},
        },
        "text": [_hover(row, point, unit, text) for row, point in zip(rows, marks, strict=True)],
        "hovertemplate": style.HOVER,
    }  # fmt: skip


def _hover(row: Row, point: Point, unit: str, text: Text) -> str:
    said = style.hover(point.label, text.amount(point.value, unit))
    return f"{said}<br><b>{style.plain(_flag(row, text))}</b>" if row["flag"] else said


def _flag(row: Row, text: Text) -> str:
    flag = row["flag"]
    return flag if isinstance(flag, str) else text.t("signal.flagged") if flag else ""


def _alt(rows: list[Row], marks: list[Point], unit: str, text: Text) -> str:
    line = points.alt_line(text.t("chart.value"), marks, unit, text)
    newest: Row = next((row for row in reversed(rows) if row["mean"] is not None), dict.fromkeys(LIMITS))
    limits = {key: text.value(newest[key], unit) for key in LIMITS}
    flagged = [point.label for row, point in zip(rows, marks, strict=True) if row["flag"]]
    said = text.t("chart.alt.signal", unit=text.unit(unit), line=line, **limits)
    if not flagged:
        return f"{said} {text.t('chart.alt.no_flags')}"
    return f"{said} {text.t('chart.alt.flags', n=len(flagged), periods=', '.join(flagged))}"
