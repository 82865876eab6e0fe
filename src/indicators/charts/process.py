"""The process chart: is the latest figure out of the routine variation, or not?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import polars as pl

from indicators.catalog import Break
from indicators.charts import axes, points, style
from indicators.charts.chart import Chart
from indicators.charts.points import Point
from indicators.charts.style import Layout, Trace
from indicators.charts.tables import Column, Table, check_id
from indicators.errors import UsageError
from indicators.i18n import Text
from indicators.periods import Clock

NEEDED = ("period_start", "period_end", "value", "mean", "lower", "upper", "flag")


def signal(
    frame: pl.DataFrame,
    text: Text,
    *,
    id: str,
    title: str,
    unit: str,
    clock: Clock,
    source_line: str,
    breaks: Sequence[Break] = (),
    subtitle: str | None = None,
    notes: Sequence[str] = (),
) -> Chart:
    """An XmR chart: values, their mean, the limits of routine variation, and the periods that stand out.

    ``frame`` has a row a period with the columns of NEEDED; mean and limits may change in steps (and be null
    where there are none), ``flag`` is true, or a word saying which rule was met. Raises UsageError for a
    missing column.
    """
    check_id(id)
    if lacking := set(NEEDED) - set(frame.columns):
        raise UsageError(f'chart "{id}" needs the columns {sorted(lacking)}')
    rows = frame.select(NEEDED).sort("period_end").to_dicts()
    marks = [_mark(row, unit, clock, text) for row in rows]
    inside = [one for one in breaks if marks and marks[0].day < one.first <= marks[-1].day]
    layout, narrow = _layout(rows, marks, unit, inside, text)
    said = [text.t("signal.note"), *points.break_notes(inside, text)]
    if layout["yaxis"]["range"][0] > 0:
        said.append(text.t("chart.axis_note"))
    return Chart(
        id=id,
        title=title,
        subtitle=subtitle or points.heading(unit, text),
        source_line=source_line,
        alt=_alt(rows, marks, unit, text) + points.alt_rest((), inside, text),
        figure=style.figure(_traces(rows, marks, unit, text), layout),
        table=_table(id, title, rows, marks, unit, clock, text),
        data=frame.select(NEEDED),
        lang=text.lang,
        notes=(*said, *notes),
        narrow=narrow,
    )


def _mark(row: dict[str, Any], unit: str, clock: Clock, text: Text) -> Point:
    start, end = row["period_start"], row["period_end"]
    return Point(
        day=start + timedelta(days=14) if clock is Clock.MONTH else end,
        value=row["value"], lower=row["lower"], upper=row["upper"], final=True, maturity="final", missing=None,
        label=text.point(start, end, clock), words=text.value(row["value"], unit),
    )  # fmt: skip


def _traces(rows: list[dict[str, Any]], marks: list[Point], unit: str, text: Text) -> list[Trace]:
    quiet = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False}
    traces: list[Trace] = []
    for run in _steps(rows, marks):
        (first, last), mean, lower, upper = run
        xs = [first.day.isoformat(), last.day.isoformat()]
        traces += [
            {
                **quiet, "x": [*xs, xs[1], xs[0]], "y": [lower, lower, upper, upper],
                "fill": "toself", "fillcolor": style.rgba(style.QUIET, style.BAND), "line": {"width": 0},
            },
            {**quiet, "x": xs, "y": [mean, mean], "line": {"color": style.QUIET, "width": 1.5, "dash": "dash"}},
        ]  # fmt: skip
    flags = [bool(row["flag"]) for row in rows]
    traces.append({
        "type": "scatter", "mode": "lines+markers", "showlegend": False, "connectgaps": False, "cliponaxis": False,
        "x": [mark.day.isoformat() for mark in marks],
        "y": [mark.value for mark in marks],
        "line": {"color": style.BLUE, "width": 1.5},
        "marker": {
            "symbol": ["diamond" if flag else "circle" for flag in flags],
            "size": [11 if flag else 5 for flag in flags],
            "color": [style.VERMILLION if flag else style.BLUE for flag in flags],
            "opacity": 1, "line": {"color": style.PAPER, "width": 1},
        },
        "text": [_hover(row, mark, unit, text) for row, mark in zip(rows, marks, strict=True)],
        "hovertemplate": "%{text}<extra></extra>",
    })  # fmt: skip
    return traces


def _steps(
    rows: list[dict[str, Any]], marks: list[Point]
) -> list[tuple[tuple[Point, Point], float, float, float]]:
    """Stretches with the same mean and limits: first and last point, mean, lower, upper."""
    steps: list[tuple[tuple[Point, Point], float, float, float]] = []
    previous: tuple[Any, ...] = ()
    for row, mark in zip(rows, marks, strict=True):
        limits = (row["mean"], row["lower"], row["upper"])
        if None not in limits:
            if limits == previous:
                steps[-1] = ((steps[-1][0][0], mark), *limits)
            else:
                steps.append(((mark, mark), *limits))
        previous = limits
    return steps


def _hover(row: dict[str, Any], mark: Point, unit: str, text: Text) -> str:
    said = f"{style.plain(mark.label)}<br>{style.plain(text.amount(mark.value, unit))}"
    return f"{said}<br><b>{style.plain(_flag(row, text))}</b>" if row["flag"] else said


def _flag(row: dict[str, Any], text: Text) -> str:
    flag = row["flag"]
    if not flag:
        return "–"
    return flag if isinstance(flag, str) else text.t("signal.flagged")


def _layout(
    rows: list[dict[str, Any]], marks: list[Point], unit: str, breaks: Sequence[Break], text: Text
) -> tuple[Layout, Layout]:
    """The layout, and its changes on a phone."""
    values = [row[key] for row in rows for key in ("value", "lower", "upper") if row[key] is not None] or [
        0.0
    ]
    ticks = axes.nice_ticks(min(values), max(values), unit=unit)
    layout = style.theme(style.HEIGHT)
    layout["yaxis"] |= axes.value_axis(ticks, unit, text)
    axes.mark_breaks(layout, breaks)
    narrow: Layout = {"height": style.NARROW_HEIGHT}
    if marks:
        wide, narrow["xaxis"] = axes.time_axis(marks[0].day, marks[-1].day, text)
        layout["xaxis"] |= wide
    return layout, narrow


def _table(
    id: str, title: str, rows: list[dict[str, Any]], marks: list[Point], unit: str, clock: Clock, text: Text
) -> Table:
    keys = ("mean", "lower", "upper")
    columns = (
        Column(text.clock(clock)),
        Column(text.t("chart.value"), numeric=True),
        *(Column(text.t(f"signal.{key}"), numeric=True) for key in keys),
        Column(text.t("signal.flag")),
    )
    cells = [
        (mark.label, mark.words, *(text.value(row[key], unit) for key in keys), _flag(row, text))
        for row, mark in zip(rows, marks, strict=True)
    ][::-1]
    notes = (text.t("chart.latest_note", n=points.MOST),) if len(cells) > points.MOST else ()
    return Table(id, title, columns, tuple(cells[: points.MOST]), notes, lang=text.lang)


def _alt(rows: list[dict[str, Any]], marks: list[Point], unit: str, text: Text) -> str:
    line = points.alt_line(text.t("chart.value"), marks, unit, text)
    latest = next((row for row in reversed(rows) if row["mean"] is not None), None)
    limits = {key: text.value(latest[key] if latest else None, unit) for key in ("mean", "lower", "upper")}
    flagged = [mark.label for row, mark in zip(rows, marks, strict=True) if row["flag"]]
    said = text.t("chart.alt.signal", unit=text.unit(unit), line=line, **limits)
    if not flagged:
        return f"{said} {text.t('chart.alt.no_flags')}"
    return f"{said} {text.t('chart.alt.flags', n=len(flagged), periods=', '.join(flagged))}"
