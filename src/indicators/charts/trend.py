"""A metric over time: lines or bars, with intervals, what is not final yet, gaps and breaks."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from datetime import date
from typing import Literal

import polars as pl

from indicators.catalog import Break
from indicators.charts import axes, points
from indicators.charts import style as look
from indicators.charts.chart import Chart
from indicators.charts.points import Point
from indicators.charts.style import Layout, Trace
from indicators.charts.tables import check_id
from indicators.errors import UsageError
from indicators.i18n import Text
from indicators.metrics.series import Series
from indicators.periods import Clock

MOST_HOLLOW = 24  # markers; a longer stretch that is not final is dashed only
PLOT, LINE = 260, 17  # pixels of a plot's height, about, and of a value written beside it
TICKS = 68  # pixels left of a plot for labels such as 600,000
LEGEND_LETTERS = 40  # in a line of the legend: what a phone holds
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
    span: tuple[date, date] | None = None,
) -> Chart:
    """A chart over time of one series, or of up to four that share clock and unit.

    ``title`` should say what the chart shows (without one: the metric's name and latest value), ``subtitle``
    the unit (without one: the series' own); ``labels`` name the lines (without: the places). Values of a
    period that is not final are hollow and dashed, missing ones a gap; a blocking break cuts the line.
    ``span`` is the time axis' first and last day, so that charts of several clocks can stand in line.
    Raises UsageError for series that cannot share an axis, too many of them, and two series as bars.
    """
    check_id(id)
    many = [series] if isinstance(series, Series) else list(series)
    points.same_axis(many)
    if len(many) > len(look.COLOURS) or (style == "bars" and len(many) > 1):
        raise UsageError(f'chart "{id}": {len(many)} series are too many; use small multiples')
    names = list(labels or (points.place_name(one.place, text.lang) for one in many))
    told = [points.points(one, text) for one in many]
    marks = sorted((mark for line in told for mark in line), key=lambda mark: mark.day)
    breaks = points.breaks_within(many, marks)
    if title is None:
        title = points.default_title(many, text)
        stem, short = points.shortened(names)
        names = short if stem else names
    unit, colours = many[0].unit, look.colours([one.metric for one in many])

    traces: list[Trace] = []
    for number, (one, line, name) in enumerate(zip(many, told, names, strict=True)):
        if style == "bars":
            traces += _bars(one, line, text)
        else:
            traces += _line(one, line, name, number, colours[number], len(many) > 1, text)
    layout, narrow, cut = _layout(marks, unit, breaks, text, from_zero or style == "bars", span)
    if style == "line":
        layout["annotations"] += _last_values(told, colours, layout["yaxis"]["range"])
        layout["margin"] = {**layout["margin"], "r": look.END}
    if span:
        layout["margin"] = {**layout["margin"], "l": TICKS}  # years of several charts stand under each other
    layout["showlegend"] = len(many) > 1

    hollow = max(sum(not mark.final for mark in line) for line in told) <= MOST_HOLLOW
    line_note = "provisional_note" if hollow else "provisional_dashed_note"
    unsettled = line_note if style == "line" else "provisional_bars_note"
    said = points.break_notes(breaks, text) + points.point_notes(marks, text, unsettled)
    said += points.population_notes(pl.concat(one.frame for one in many), text)
    if any(mark.lower is not None and mark.value is not None for mark in marks):
        said.append(text.t("chart.interval_note" if style == "line" else "chart.whisker_note"))
    if cut:
        said.append(text.t("chart.axis_note"))
    sentences = " ".join(
        points.alt_line(name, line, unit, text, extremes=one.ranks)
        for one, name, line in zip(many, names, told, strict=True)
    )
    kind = "trend" if style == "line" else "bars_over_time"
    alt = text.t(f"chart.alt.{kind}", unit=points.measured(unit, text, many[0].clock, title), lines=sentences)
    return Chart(
        id=id,
        title=title,
        subtitle=subtitle or points.heading(unit, text, many[0].clock, title),
        source_line=source_line or points.source_line(many, text),
        alt=alt + points.alt_rest(marks, breaks, text),
        figure=look.figure(traces, layout),
        table=points.table(id, title, many, names, told, text),
        data=points.data_frame(many),
        lang=text.lang,
        notes=(*said, *notes),
        narrow=narrow,
    )


def _line(
    series: Series, line: list[Point], name: str, number: int, colour: str, several: bool, text: Text
) -> list[Trace]:
    """Band, settled line, unsettled line, markers, and the legend's own entry."""
    symbol = look.SYMBOLS[look.COLOURS.index(colour)]
    runs = points.stretches(series, line)
    traces = points.bands(runs, colour)
    for trace, through in points.paths(runs, colour, 2.25):
        traces.append({**trace, **points.spoken(through, name if several else "", series.unit, text)})
    known = [mark for run in runs for mark in run]
    shown = {run[0].day for run in runs if len(run) == 1} | {mark.day for mark in known[-1:]}
    if several:
        shown |= {mark.day for mark in known[number * 3 :: 12]}  # a few of each shape: not by colour alone
    unsettled = {mark.day for mark in known if not mark.final}
    if len(unsettled) <= MOST_HOLLOW:
        shown |= unsettled
    drawn = [mark for mark in known if mark.day in shown]
    traces.append({
        **points.QUIET, "mode": "markers",
        "x": [mark.day.isoformat() for mark in drawn],
        "y": [mark.value for mark in drawn],
        "marker": {
            "symbol": symbol, "opacity": 1, "line": {"color": colour, "width": 1.5},
            "size": 7 if len(known) <= 48 else 5,
            "color": [colour if mark.final else look.PAPER for mark in drawn],
        },
    })  # fmt: skip
    if several:
        legend = "<br>".join(look.plain(part) for part in textwrap.wrap(name, LEGEND_LETTERS))
        traces.append({
            "type": "scatter", "mode": "lines+markers", "name": legend, "x": [None], "y": [None],
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
        "textposition": "none",
        **points.spoken(known, "", series.unit, text),
    }  # fmt: skip
    if "customdata" in trace:
        trace["error_y"] = {
            "type": "data", "symmetric": False, "color": look.INK, "thickness": 1.25, "width": 0,
            "array": [upper - y for (_, upper), y in zip(trace["customdata"], trace["y"], strict=True)],
            "arrayminus": [y - lower for (lower, _), y in zip(trace["customdata"], trace["y"], strict=True)],
        }  # fmt: skip
    return [trace]


def _layout(
    marks: list[Point],
    unit: str,
    breaks: list[Break],
    text: Text,
    from_zero: bool,
    span: tuple[date, date] | None,
) -> tuple[Layout, Layout, bool]:
    """The layout, its changes on a phone, and whether the axis was cut above zero."""
    values = [x for mark in marks for x in (mark.value, mark.lower, mark.upper) if x is not None] or [0.0]
    low = min(values)
    ticks = axes.nice_ticks(min(0.0, low) if from_zero else low, max(values), unit=unit)
    layout = look.theme(look.HEIGHT)
    layout["yaxis"] |= axes.value_axis(ticks, unit, text)
    axes.mark_breaks(layout, breaks)
    narrow: Layout = {
        "height": look.NARROW_HEIGHT,
        "legend": {"y": 1.14 if breaks else 1.06},
    }  # above the top tick
    if marks:
        first, last = span or (marks[0].day, marks[-1].day)
        wide, narrow["xaxis"] = axes.time_axis(first, last, text)
        layout["xaxis"] |= wide
    return layout, narrow, ticks[0] > 0


def _last_values(
    told: Sequence[list[Point]], colours: Sequence[str], height: Sequence[float]
) -> list[Layout]:
    """The latest value of each line, written beside its point; of lines that end close together, one above
    the other."""
    pixel = (height[1] - height[0]) / PLOT
    ends = [
        (mark.value / pixel, mark, colour)
        for line, colour in zip(told, colours, strict=True)
        for mark in [mark for mark in line if mark.value is not None][-1:]
        if mark.value is not None
    ]
    written, lowest = [], -math.inf
    for at, mark, colour in sorted(ends, key=lambda end: end[0]):
        lowest = max(at, lowest + LINE)
        written.append({
            "text": f"<b>{look.plain(mark.words)}</b>", "x": mark.day.isoformat(), "y": mark.value,
            "xanchor": "left", "xshift": 8, "yshift": round(lowest - at), "showarrow": False,
            "font": {"size": 13, "color": colour},
        })  # fmt: skip
    return written
