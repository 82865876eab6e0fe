"""A metric over time: lines or bars, with intervals, what is not final yet, gaps and breaks."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import chain

from indicators.charts import axes, points, style
from indicators.charts.chart import Chart
from indicators.charts.points import Line, Point
from indicators.charts.style import Layout, Trace
from indicators.charts.tables import Caption
from indicators.errors import UsageError
from indicators.i18n import Text, unit_digits
from indicators.metrics.series import Series
from indicators.periods import Clock

MOST_HOLLOW = 24  # markers; a longer stretch that is not final is dashed only
PLOT, ROW = 260, 17  # pixels of a plot's height, about, and of a value written beside it
TICKS = 68  # pixels left of a plot for labels such as 600,000
FEW_BARS = 6  # each has its value above it, and of months its name below
LEGEND_LETTERS = 40  # in a line of the legend on a phone
BAR_DAYS = {Clock.MONTH: 24, Clock.QUARTER: 75, Clock.YEAR: 290, Clock.FISCAL_YEAR: 290}

Span = tuple[date, date]


def trend(
    many: Sequence[Series], text: Text, caption: Caption, labels: Sequence[str] = (), span: Span | None = None
) -> Chart:
    """Return a chart over time of up to four series that share clock and unit, as lines from zero.

    ``labels`` name the lines (without: the places); an empty title becomes the metrics' names and latest values.
    Values of a period that is not final are hollow and dashed, missing ones a gap; a blocking break cuts the line.
    ``span`` is the time axis' first and last day, for charts below each other. Raises UsageError for series that
    cannot share an axis, and for too many of them.
    """
    caption, lines = _titled(many, text, caption, labels)
    _at_most(len(style.COLOURS), many, caption)
    colours = style.colours([series.metric for series in many])
    traces = []
    for number, (line, colour) in enumerate(zip(lines, colours, strict=True)):
        traces += _line(line, colour, text, number if len(lines) > 1 else None)
    layout, narrow = _layout(lines, text, span)
    layout["annotations"] += _last_values(lines, colours, layout["yaxis"]["range"])
    layout["margin"] |= {"r": style.END} | ({"l": TICKS} if span else {})
    hollow = max(sum(not point.final for point in line.points) for line in lines) <= MOST_HOLLOW
    keys = ("trend", "provisional_note" if hollow else "provisional_dashed_note", "interval_note")
    return _chart(lines, text, caption, keys, (traces, layout, narrow))


def bars_over_time(many: Sequence[Series], text: Text, caption: Caption) -> Chart:
    """Return a chart over time of one series as bars, hatched where not final. Raises UsageError for several."""
    _at_most(1, many, caption)
    caption, lines = _titled(many, text, caption)
    keys = ("bars_over_time", "provisional_bars_note", "whisker_note")
    layout, narrow = _layout(lines, text)
    drawn = points.with_value(lines[0].points)
    if lines[0].series.clock == Clock.MONTH and len(drawn) <= FEW_BARS:  # a tick under each bar
        labels = [text.month_short(point.day) for point in drawn]
        ticks = {"tickvals": [point.day.isoformat() for point in drawn], "ticktext": labels}
        layout["xaxis"] |= ticks
        narrow["xaxis"] |= ticks
    return _chart(lines, text, caption, keys, ([_bars(lines[0], text)], layout, narrow))


def _at_most(most: int, many: Sequence[Series], caption: Caption) -> None:
    if len(many) > most:
        raise UsageError(f'chart "{caption.name}": {len(many)} series are too many; use small multiples')


def _titled(
    many: Sequence[Series], text: Text, caption: Caption, labels: Sequence[str] = ()
) -> tuple[Caption, list[Line]]:
    """Return the caption with a title, and the lines without the words that the title says for all."""
    lines = points.lines(many, text, labels)
    if caption.title:
        return caption, lines
    _, short = points.shortened([line.name for line in lines])
    named = [replace(line, name=name) for line, name in zip(lines, short, strict=True)]
    return replace(caption, title=points.default_title(many, text)), named


def _chart(
    lines: list[Line],
    text: Text,
    caption: Caption,
    keys: tuple[str, str, str],
    drawn: tuple[list[Trace], Layout, Layout],
) -> Chart:
    """Return the chart of what is drawn; ``keys`` name its alternative text and its notes on maturity and intervals."""
    (kind, unsettled, interval), (traces, layout, narrow) = keys, drawn
    marks, first = points.all_points(lines), lines[0].series
    breaks = points.breaks_of(lines)
    notes = points.notes_of(lines, breaks, text, unsettled)
    if any(point.lower is not None and point.value is not None for point in marks):
        notes.append(text.t(f"chart.{interval}"))
    alt = text.t(
        f"chart.alt.{kind}",
        unit=points.measured(first.unit, text, first.clock, caption.title),
        lines=" ".join(points.alt_series(line, text) for line in lines),
    )
    return Chart(
        **vars(points.captioned(caption, lines, text, notes)),
        alt=alt + points.alt_rest(marks, breaks, text),
        figure=style.figure(traces, layout),
        table=points.table(caption, lines, text),
        data=points.data_frame(lines),
        lang=text.lang,
        narrow=narrow,
    )


def _line(line: Line, colour: str, text: Text, number: int | None) -> list[Trace]:
    """Return band, settled line, unsettled line and markers; of one of several lines (its number) the legend too."""
    symbol, several = style.SYMBOLS[style.COLOURS.index(colour)], number is not None
    runs = points.stretches(line.series, line.points)
    traces = bands(runs, colour)
    for trace, through in paths(runs, colour, 2.25):
        traces.append(trace | hover_words(through, line.name if several else "", line.series.unit, text))
    valued = [point for run in runs for point in run]
    shown = {run[0].day for run in runs if len(run) == 1} | {point.day for point in valued[-1:]}
    if number is not None:
        shown |= {point.day for point in valued[number * 3 :: 12]}  # a few of each shape: not by colour alone
    unsettled = {point.day for point in valued if not point.final}
    if len(unsettled) <= MOST_HOLLOW:
        shown |= unsettled
    drawn = [point for point in valued if point.day in shown]
    traces.append({
        **style.SILENT, "mode": "markers", **points.xy(drawn),
        "marker": {
            "symbol": symbol, "opacity": 1, "line": {"color": colour, "width": 1.5},
            "size": 7 if len(valued) <= 48 else 5,
            "color": [colour if point.final else style.PAPER for point in drawn],
        },
    })  # fmt: skip
    if several:
        legend = "<br>".join(style.plain(part) for part in textwrap.wrap(line.name, LEGEND_LETTERS))
        traces.append({
            "type": "scatter", "mode": "lines+markers", "name": legend, "x": [None], "y": [None],
            "line": {"color": colour, "width": 2.25}, "marker": {"symbol": symbol, "size": 8, "color": colour},
        })  # fmt: skip
    return traces


def bands(runs: list[list[Point]], colour: str) -> list[Trace]:
    """Return the intervals of all runs as one trace of separate shapes; no trace where there is no interval."""
    xs: list[str | None] = []
    ys: list[float | None] = []
    for run in runs:
        inside = [point for point in run if point.lower is not None and point.upper is not None]
        if len(inside) > 1:
            xs += [*(point.day.isoformat() for point in chain(inside, inside[::-1])), None]
            ys += [*(point.lower for point in inside), *(point.upper for point in inside[::-1]), None]
    return [style.band(xs[:-1], ys[:-1], colour)] if xs else []


def paths(runs: list[list[Point]], colour: str, width: float) -> list[tuple[Trace, list[Point | None]]]:
    """Return the line through all runs: a solid trace where both ends are final, a dashed one for the rest.

    With each come the points of the trace, ``None`` where the line is interrupted.
    """
    made: list[tuple[Trace, list[Point | None]]] = []
    for settled, dash in ((True, "solid"), (False, style.DASH)):
        chosen = [piece for run in runs for kind, piece in points.pieces(run) if kind is settled]
        through: list[Point | None] = [point for piece in chosen for point in (*piece, None)][:-1]
        if through:
            look = {"color": colour, "width": width, "dash": dash}
            made.append(({**style.SILENT, **points.xy(through), "line": look}, through))
    return made


def hover_words(marks: Sequence[Point | None], name: str, unit: str, text: Text, *, intervals: bool = True) -> Trace:
    """Return the words beside the pointer: name, period, value with unit, interval, and whether it is final.

    Plotly writes the numbers in the format of the template; both languages share the separators.
    """
    form = ".1%" if unit == "share" else f",.{unit_digits(unit)}f"
    value = f"%{{y:{form}}}"
    words = value if unit == "share" else text.t("number.amount", value=value, unit=style.plain(text.unit(unit)))
    said: Trace = {"hoverinfo": "all", "text": [_label(point, text) for point in marks]}
    drawn = [point for point in marks if point]
    if intervals and drawn and all(point.lower is not None and point.upper is not None for point in drawn):
        lower, upper = (f"%{{customdata[{number}]:{form}}}" for number in (0, 1))
        between = text.t("number.interval", lower=lower, upper=upper)
        words += f"<br>{style.plain(text.t('chart.interval'))}: {between}"
        said["customdata"] = [point and [style.fine(point.lower), style.fine(point.upper)] for point in marks]
    if name:
        said["meta"] = style.plain(name)
    head = "<b>%{meta}</b><br>" if name else ""
    return {**said, "hovertemplate": f"{head}%{{text}}<br>{words}<extra></extra>"}


def _label(point: Point | None, text: Text) -> str:
    if point is None:
        return ""
    label = style.plain(point.label)
    return label if point.final else f"{label} · {style.plain(text.t(f'maturity.{point.maturity}'))}"


def _bars(line: Line, text: Text) -> Trace:
    """Return bars from zero, hatched where not final, with a whisker where there is an interval."""
    drawn = points.with_value(line.points)
    trace: Trace = {
        "type": "bar", **points.xy(drawn),
        "width": BAR_DAYS.get(line.series.clock, 24) * 86_400_000,  # milliseconds
        "marker": {
            "color": style.BLUE,
            "line": {"width": 1, "color": style.BLUE},
            "pattern": {
                "shape": ["" if point.final else "/" for point in drawn],
                "fgcolor": style.PAPER, "size": 6, "solidity": 0.5, "fillmode": "overlay",
            },
        },
        "textposition": "none",
        **hover_words(drawn, "", line.series.unit, text),
    }  # fmt: skip
    if "customdata" in trace:
        bounds = zip(trace["customdata"], trace["y"], strict=True)
        trace["error_y"] = style.whiskers([(lower, y, upper) for (lower, upper), y in bounds])
    elif len(drawn) <= FEW_BARS:
        form = ".1%" if line.series.unit == "share" else f",.{unit_digits(line.series.unit)}f"
        trace |= {"texttemplate": f"%{{y:{form}}}", "textposition": "outside", "cliponaxis": False}
    return trace


def _layout(lines: Sequence[Line], text: Text, span: Span | None = None) -> tuple[Layout, Layout]:
    """Return the layout, and its changes on a phone."""
    marks, breaks = points.all_points(lines), points.breaks_of(lines)
    values = [x for point in marks for x in (point.value, point.lower, point.upper) if x is not None]
    days = span or ((marks[0].day, marks[-1].day) if marks else None)
    layout, narrow = axes.over_time(days, [0.0, *values], lines[0].series.unit, breaks, text)
    layout["showlegend"] = len(lines) > 1
    legend = {"y": 1.14 if breaks else 1.06}  # above the top tick
    return layout, {"height": style.NARROW_HEIGHT, "legend": legend, **narrow}


def _last_values(lines: Sequence[Line], colours: Sequence[str], height: Sequence[float]) -> list[Layout]:
    """Return the latest value of each line, written beside its point; of close ones, one above the other."""
    pixel = (height[1] - height[0]) / PLOT
    ends = [
        (points.by_value(point) / pixel, point, colour)
        for line, colour in zip(lines, colours, strict=True)
        for point in points.with_value(line.points)[-1:]
    ]
    written, lowest = [], -math.inf
    for at, point, colour in sorted(ends, key=lambda end: end[0]):
        lowest = max(at, lowest + ROW)
        written.append({
            "text": f"<b>{style.plain(point.words)}</b>", "x": point.day.isoformat(), "y": point.value,
            "xanchor": "left", "xshift": 8, "yshift": round(lowest - at), "showarrow": False,
            "font": {"size": 13, "color": colour},
        })  # fmt: skip
    return written
