"""Small multiples: the same little chart for every place, instead of a knot of lines."""

from collections.abc import Sequence
from datetime import date

from indicators.charts import axes, points, style
from indicators.charts.chart import Chart
from indicators.charts.points import Line, Point
from indicators.charts.style import Layout, Trace
from indicators.charts.tables import Caption, Column, Table
from indicators.charts.trend import bands, hover_words, paths
from indicators.errors import UsageError
from indicators.i18n import Text
from indicators.metrics.series import Series

PANEL, HEADER, FOOTER, GAP = 78, 36, 20, 14  # pixels: the panel, name and value above, years below, the gap
FEW, TALL = 8, 130  # up to so many panels are so high
WIDE, NARROW = 4, 2  # panels side by side
YEAR_WITHIN = 0.1  # of a panel's width: half a year's name
INSIDE = {
    "yshift": 0, "yanchor": "top", "xanchor": "left", "borderwidth": 0, "bgcolor": style.rgba(style.PAPER, 0),
}  # fmt: skip


def small_multiples(many: Sequence[Series], text: Text, caption: Caption, labels: Sequence[str] = ()) -> Chart:
    """Return one panel a series, in their order, on one shared vertical axis from zero.

    Panels are named after their places (or by ``labels``), with the latest value beside the name; four are side by
    side on a screen and two on a phone. Raises UsageError for series that differ in clock or unit, and without a
    period.
    """
    lines = points.lines(many, text, labels)
    marks, breaks, first = points.all_points(lines), points.breaks_of(lines), lines[0].series
    if not marks:
        raise UsageError(f'chart "{caption.name}" has no period to show')
    newest = next(iter(points.with_value(marks[::-1])), None)
    notes = [
        text.t("chart.same_axis_note", period=newest.label if newest else text.number(None)),
        *points.notes_of(lines, breaks, text, "provisional_panels_note"),
    ]
    if any(point.lower is not None for point in marks):
        notes.append(text.t("chart.interval_note"))
    notes.append(text.t("chart.panels_table_note"))
    layout = _layout(lines, newest, text)
    traces = [trace for number, line in enumerate(lines) for trace in _panel(line, _key(number), text)]
    ends = [(line.name, valued[-1]) for line, valued in _valued(lines) if valued]
    latest = [(points.by_value(point), name, point.words) for name, point in ends]
    alt = points.alt_extremes(
        "chart.alt.panels", latest, text, ", ".join(line.name for line in lines), count=len(lines),
        unit=points.measured(first.unit, text, first.clock, caption.title),
    )  # fmt: skip
    return Chart(
        **vars(points.captioned(caption, lines, text, notes)),
        alt=alt + points.alt_rest((), breaks, text),
        figure=style.figure(style.shared(traces, layout["template"]), layout),
        table=_table(caption, lines, text),
        data=points.data_frame(lines),
        lang=text.lang,
        narrow=arrangement(len(many), NARROW),
    )


def _valued(lines: Sequence[Line]) -> list[tuple[Line, list[Point]]]:
    return [(line, points.with_value(line.points)) for line in lines]


def _key(number: int) -> str:
    """Return plotly's suffix for the axes of a panel: none for the first, then 2, 3 and so on."""
    return "" if number == 0 else str(number + 1)


def arrangement(count: int, columns: int) -> Layout:
    """Return the height, and the place of each panel's axes, for ``count`` panels in at most so many columns."""
    columns = min(columns, count)
    rows = -(-count // columns)
    panel = TALL if count <= FEW else PANEL
    row = HEADER + panel + FOOTER + GAP
    height = rows * row
    gap = 0.12 if columns == NARROW else 0.06
    width = (1 - gap * (columns - 1)) / columns
    layout: Layout = {"height": height + 8}
    for index in range(count):
        line, column = divmod(index, columns)
        left = column * (width + gap)
        above = line * row + HEADER
        layout[f"xaxis{_key(index)}"] = {"domain": [round(left, 5), round(min(1.0, left + width), 5)]}
        layout[f"yaxis{_key(index)}"] = {
            "domain": [round(1 - (above + panel) / height, 5), round(1 - above / height, 5)],
            "showticklabels": column == 0,
        }
    return layout


def _layout(lines: Sequence[Line], newest: Point | None, text: Text) -> Layout:
    """Return the layout on a screen: axes, headings and breaks of all panels."""
    marks, breaks, unit = points.all_points(lines), points.breaks_of(lines), lines[0].series.unit
    top = max((x for point in marks for x in (point.value, point.upper) if x is not None), default=1.0)
    ticks = axes.nice_ticks(0.0, top, 3, unit)
    first, last = marks[0].day, marks[-1].day
    layout = style.theme(0, margin={"l": 4, "r": 20, "t": 4, "b": 4, "pad": 0})
    layout["template"] = _template(first, last, axes.value_axis(ticks, unit, text))
    layout["xaxis"] = {"range": [first.isoformat(), last.isoformat()]}
    layout["yaxis"] = {"range": [ticks[0], ticks[-1]]}
    for number, line in enumerate(lines):
        if key := _key(number):
            layout[f"xaxis{key}"] = {"anchor": f"y{key}", "matches": "x"}
            layout[f"yaxis{key}"] = {"anchor": f"x{key}", "matches": "y"}
        layout["annotations"].append(_heading(line, key, newest))
        shapes, numbers = axes.break_marks(breaks, key)
        layout["shapes"] += shapes
        if len(breaks) > 1:
            layout["annotations"] += [{**label, **INSIDE} for label in numbers]
    for name, change in arrangement(len(lines), WIDE).items():
        layout[name] = layout[name] | change if isinstance(change, dict) else change
    return layout


def _template(first: date, last: date, value_axis: Layout) -> Layout:
    """Return the look, with all that the panels' axes and headings have in common."""
    small = {"tickfont": {"size": 11, "color": style.QUIET}}
    years = dict(zip(("tickvals", "ticktext"), _ends(first, last), strict=True))
    x_axis = {**style.STYLE["xaxis"], **small, **years, "type": "date", "automargin": False}
    y_axis = {**style.STYLE["yaxis"], **small, **value_axis}
    heading = {
        "showarrow": False, "font": {"size": 12}, "align": "left",
        "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "yshift": 2,
    }  # fmt: skip
    return {"layout": {**style.STYLE, "xaxis": x_axis, "yaxis": y_axis, "annotationdefaults": heading}}


def _ends(first: date, last: date) -> tuple[list[str], list[str]]:
    """Return the years of the first and the last day as ticks, far enough within a panel to be clear of the next."""
    if first.year == last.year:
        return [last.isoformat()], [str(last.year)]
    inside = (last - first) * YEAR_WITHIN
    return [(first + inside).isoformat(), (last - inside).isoformat()], [str(first.year), str(last.year)]


def _panel(line: Line, key: str, text: Text) -> list[Trace]:
    """Return band, settled line and unsettled line of one panel; x and labels are the same lists in every panel."""
    runs = points.stretches(line.series, line.points)
    traces = bands(runs, style.BLUE)
    for trace, through in paths(runs, style.BLUE, 1.75):
        traces.append(trace | hover_words(through, line.name, line.series.unit, text, intervals=False))
    if alone := [run[0] for run in runs if len(run) == 1]:
        marker = {"color": style.BLUE, "size": 5}
        traces.append({**style.SILENT, "mode": "markers", "marker": marker, **points.xy(alone)})
    return [{**trace, "xaxis": f"x{key}", "yaxis": f"y{key}"} for trace in traces]


def _heading(line: Line, key: str, newest: Point | None) -> Layout:
    """Return the panel's name and below it the latest value, with its period where others have a newer one."""
    latest = ""
    if valued := points.with_value(line.points):
        late = newest and valued[-1].day != newest.day
        words = valued[-1].words + (f" ({valued[-1].label})" if late else "")
        latest = f'<br><span style="color:{style.QUIET}">{style.plain(words)}</span>'
    head = f"<b>{style.plain(line.name)}</b>{latest}"
    return {"text": head, "xref": f"x{key} domain", "yref": f"y{key} domain"}


def _table(caption: Caption, lines: Sequence[Line], text: Text) -> Table:
    """Return first and latest value of every panel, and highest and lowest where periods may be compared."""
    keys = ("first", "latest", "highest", "lowest")[: 4 if all(line.series.ranks for line in lines) else 2]
    rows = []
    for line, valued in _valued(lines):
        if not valued:
            reason = points.value_words(line.points[-1], text) if line.points else text.number(None)
            rows.append((line.name, *[reason] * len(keys)))
            continue
        ordered = sorted(valued, key=points.by_value)
        picked = (valued[0], valued[-1], ordered[-1], ordered[0])[: len(keys)]
        rows.append((line.name, *(text.t("chart.at", value=mark.words, period=mark.label) for mark in picked)))
    columns = (Column(text.t("chart.place")), *(Column(text.t(f"chart.{key}"), numeric=True) for key in keys))
    return Table(caption.name, caption.title, columns, tuple(rows), lang=text.lang)
