"""A metric over time: lines or bars, with intervals, what is not final yet, gaps and breaks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from indicators.catalog import Break
from indicators.charts import axes, look, points
from indicators.charts.chart import Chart
from indicators.charts.look import Layout, Trace
from indicators.charts.points import Point
from indicators.errors import UsageError
from indicators.metrics.series import Series
from indicators.periods import Clock
from indicators.tables import check_id
from indicators.text import Text

BAR_DAYS = {Clock.MONTH: 24, Clock.QUARTER: 75, Clock.YEAR: 290, Clock.FISCAL_YEAR: 290}


def trend(
    series: Series | Sequence[Series],
    text: Text,
    *,
    id: str,
    title: str | None = None,
    subtitle: str | None = None,
    labels: Sequence[str] | None = None,
    source_line: str | None = None,
    notes: Sequence[str] = (),
    style: Literal["line", "bars"] = "line",
    from_zero: bool = True,
) -> Chart:
    """A chart over time of one series, or of up to four that share clock and unit.

    ``title`` should say what the chart shows (without one: the metric's name and latest value), ``subtitle``
    the unit (without one: the series' own); ``labels`` name the lines (without: the places). Values of a
    period that is not final are hollow and dashed, missing ones a gap; a blocking break cuts the line.
    Raises UsageError for series that cannot share an axis, too many of them, and two series as bars.
    """
    check_id(id)
    many = [series] if isinstance(series, Series) else list(series)
    points.same_axis(many)
    if len(many) > len(look.COLOURS) or (style == "bars" and len(many) > 1):
        raise UsageError(f'chart "{id}": {len(many)} series are too many; use small multiples')
    names = list(labels or (points.place_name(one.place, text.lang) for one in many))
    lines = [points.points(one, text) for one in many]
    marks = sorted((mark for line in lines for mark in line), key=lambda mark: mark.day)
    breaks = points.breaks_within(many, marks)
    title = title or points.default_title(many[0], text)
    unit = many[0].unit

    traces: list[Trace] = []
    for number, (one, line, name) in enumerate(zip(many, lines, names, strict=True)):
        if style == "bars":
            traces += _bars(one, line, text)
        else:
            traces += _line(one, line, name, number, len(many) > 1, text)
    layout, narrow, cut = _layout(marks, unit, breaks, text, from_zero or style == "bars")
    if len(many) == 1 and style == "line":
        layout["annotations"] += _last_value(lines[0])
        layout["margin"] = {**layout["margin"], "r": 64}
    layout["showlegend"] = len(many) > 1

    said = points.break_notes(breaks, text) + points.point_notes(marks, text)
    if any(mark.lower is not None and mark.value is not None for mark in marks):
        said.append(text.t("chart.interval_note"))
    if cut:
        said.append(text.t("chart.axis_note"))
    sentences = " ".join(points.alt_line(n, m, text) for n, m in zip(names, lines, strict=True))
    kind = "trend" if style == "line" else "bars_over_time"
    alt = text.t(f"chart.alt.{kind}", unit=text.unit(unit), lines=sentences)
    return Chart(
        id=id,
        title=title,
        subtitle=subtitle or points.heading(unit, text),
        source_line=source_line or points.source_line(many, text),
        alt=alt + points.alt_rest(marks, breaks, text),
        figure=look.figure(traces, layout),
        table=points.numbers_table(id, title, many, names, lines, text),
        data=points.data_frame(many),
        lang=text.lang,
        notes=(*said, *notes),
        narrow=narrow,
    )


def _hover(mark: Point, name: str, unit: str, text: Text) -> str:
    words = text.amount(mark.value, unit)
    if mark.lower is not None and mark.upper is not None:
        lower, upper = text.value(mark.lower, unit), text.value(mark.upper, unit)
        words = text.t("chart.lower_upper", value=words, lower=lower, upper=upper)
    if not mark.final:
        words += f"<br>{look.plain(text.t(f'maturity.{mark.maturity}'))}"
    return (f"<b>{look.plain(name)}</b><br>" if name else "") + f"{look.plain(mark.label)}<br>{words}"


def _line(
    series: Series, line: list[Point], name: str, number: int, several: bool, text: Text
) -> list[Trace]:
    """Band, settled line, unsettled line, markers, and the legend's own entry."""
    colour, symbol = look.COLOURS[number], look.SYMBOLS[number]
    runs = points.stretches(series, line)
    quiet = {"hoverinfo": "skip", "showlegend": False, "mode": "lines", "type": "scatter"}
    traces: list[Trace] = []
    for run in runs:
        inside = [mark for mark in run if mark.lower is not None and mark.upper is not None]
        if len(inside) > 1:
            back = inside[::-1]
            traces.append({
                **quiet, "fill": "toself", "fillcolor": look.rgba(colour, look.BAND), "line": {"width": 0},
                "x": [mark.day.isoformat() for mark in inside + back],
                "y": [mark.lower for mark in inside] + [mark.upper for mark in back],
            })  # fmt: skip
    for settled, piece in (one for run in runs for one in points.pieces(run)):
        line_style = {"color": colour, "width": 2.25, "dash": "solid" if settled else look.DASH}
        xs, ys = [mark.day.isoformat() for mark in piece], [mark.value for mark in piece]
        traces.append({**quiet, "x": xs, "y": ys, "line": line_style})
    known = [mark for run in runs for mark in run]
    shown = {run[0].day for run in runs if len(run) == 1} | {mark.day for mark in known[-1:]}
    if several:
        shown |= {mark.day for mark in known[number * 3 :: 12]}  # a few of each shape: not by colour alone
    size = 7 if len(known) <= 48 else 5
    traces.append({
        "type": "scatter", "mode": "markers", "showlegend": False,
        "x": [mark.day.isoformat() for mark in known],
        "y": [mark.value for mark in known],
        "marker": {
            "symbol": symbol, "opacity": 1, "line": {"color": colour, "width": 1.5},
            "size": [size if not mark.final or mark.day in shown else 0 for mark in known],
            "color": [colour if mark.final else look.PAPER for mark in known],
        },
        "text": [_hover(mark, name if several else "", series.unit, text) for mark in known],
        "hovertemplate": "%{text}<extra></extra>",
    })  # fmt: skip
    if several:
        traces.append({
            "type": "scatter", "mode": "lines+markers", "name": look.plain(name), "x": [None], "y": [None],
            "line": {"color": colour, "width": 2.25}, "marker": {"symbol": symbol, "size": 8, "color": colour},
        })  # fmt: skip
    return traces


def _bars(series: Series, line: list[Point], text: Text) -> list[Trace]:
    """Bars from zero, hatched where not final, with a whisker where there is an interval."""
    known = [mark for mark in line if mark.value is not None]
    trace: Trace = {
        "type": "bar",
        "x": [mark.day.isoformat() for mark in known],
        "y": [mark.value for mark in known],
        "width": BAR_DAYS.get(series.clock, 24) * 86_400_000,
        "marker": {
            "color": look.COLOURS[0],
            "line": {"width": 1, "color": look.COLOURS[0]},
            "pattern": {
                "shape": ["" if mark.final else "/" for mark in known],
                "fgcolor": look.PAPER, "size": 6, "solidity": 0.5, "fillmode": "overlay",
            },
        },
        "text": [_hover(mark, "", series.unit, text) for mark in known],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip
    return [trace]


def _layout(
    marks: list[Point], unit: str, breaks: list[Break], text: Text, from_zero: bool
) -> tuple[Layout, Layout, bool]:
    """The layout, its changes on a phone, and whether the axis was cut above zero."""
    values = [x for mark in marks for x in (mark.value, mark.lower, mark.upper) if x is not None] or [0.0]
    low = min(values)
    ticks = axes.nice_ticks(min(0.0, low) if from_zero else low, max(values))
    layout = look.theme(look.HEIGHT)
    layout["yaxis"] |= axes.value_axis(ticks, unit, text)
    layout["shapes"], layout["annotations"] = axes.break_marks(breaks)
    narrow: Layout = {"height": look.NARROW_HEIGHT}
    if marks:
        wide, narrow["xaxis"] = axes.time_axis(marks[0].day, marks[-1].day, text)
        layout["xaxis"] |= wide
    return layout, narrow, ticks[0] > 0


def _last_value(line: list[Point]) -> list[Layout]:
    """The latest value, written beside its point."""
    known = [mark for mark in line if mark.value is not None]
    return [
        {
            "text": f"<b>{look.plain(mark.words)}</b>", "x": mark.day.isoformat(), "y": mark.value,
            "xanchor": "left", "xshift": 8, "showarrow": False, "font": {"size": 13, "color": look.COLOURS[0]},
        }
        for mark in known[-1:]
    ]  # fmt: skip
