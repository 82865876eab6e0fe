"""Small multiples: the same little chart for every place, instead of a knot of lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from indicators.charts import axes, points, style
from indicators.charts.chart import Chart
from indicators.charts.points import Point
from indicators.charts.style import Layout, Trace
from indicators.charts.tables import Column, Table, check_id
from indicators.errors import UsageError
from indicators.i18n import Text
from indicators.metrics.series import Series

PANEL, HEADER, FOOTER, GAP = 78, 36, 20, 14  # pixels: the panel, name and value above, years below, the gap
FEW, TALL = 8, 130  # up to so many panels are so high
WIDE, NARROW = 4, 2  # panels side by side
YEAR_WITHIN = 0.1  # of a panel's width: half a year's name
INSIDE = {
    "yshift": 0,
    "yanchor": "top",
    "xanchor": "left",
    "borderwidth": 0,
    "bgcolor": style.rgba(style.PAPER, 0),
}


def small_multiples(
    many: Sequence[Series],
    text: Text,
    *,
    id: str,
    title: str,
    subtitle: str | None = None,
    labels: Sequence[str] | None = None,
    source_line: str | None = None,
    notes: Sequence[str] = (),
    intervals: bool = True,
) -> Chart:
    """One panel a series, in the order given, on one shared vertical axis from zero.

    Panels are named after their places (or by ``labels``), with the latest value beside the name; four stand
    side by side on a screen and two on a phone. Raises UsageError where clock or unit differ, and
    where there is no period at all.
    """
    check_id(id)
    many = list(many)
    points.same_axis(many)
    unit = many[0].unit
    names = list(labels or (points.place_name(one.place, text.lang) for one in many))
    told = [points.points(one, text) for one in many]
    marks = sorted((mark for line in told for mark in line), key=lambda mark: mark.day)
    if not marks:
        raise UsageError(f'chart "{id}" has no period to show')
    breaks = points.breaks_within(many, marks)
    top = max(
        (x for m in marks for x in (m.value, m.upper if intervals else None) if x is not None), default=1.0
    )
    newest = next((mark for mark in reversed(marks) if mark.value is not None), None)
    ticks = axes.nice_ticks(0.0, top, 3, unit)
    first, last = marks[0].day, marks[-1].day

    layout = style.theme(0, margin={"l": 4, "r": 20, "t": 4, "b": 4, "pad": 0})
    layout["template"] = _template(first, last, axes.value_axis(ticks, unit, text))
    layout["xaxis"] = {"range": [first.isoformat(), last.isoformat()]}
    layout["yaxis"] = {"range": [ticks[0], ticks[-1]]}
    traces: list[Trace] = []
    for number, (one, line, name) in enumerate(zip(many, told, names, strict=True), 1):
        key = "" if number == 1 else str(number)
        traces += _panel(one, line, name, key, text, intervals)
        if key:
            layout[f"xaxis{key}"] = {"anchor": f"y{key}", "matches": "x"}
            layout[f"yaxis{key}"] = {"anchor": f"x{key}", "matches": "y"}
        layout["annotations"].append(_heading(name, line, key, newest))
        shapes, numbers = axes.break_marks(breaks, key)
        layout["shapes"] += shapes
        if len(breaks) > 1:
            layout["annotations"] += [{**one, **INSIDE} for one in numbers]
    for key, change in arrangement(len(many), WIDE).items():
        layout[key] = {**layout[key], **change} if isinstance(change, dict) else change

    said = [
        text.t("chart.same_axis_note", period=newest.label if newest else text.number(None)),
        *points.break_notes(breaks, text),
        *points.point_notes(marks, text, "provisional_panels_note"),
        *points.population_notes(pl.concat(one.frame for one in many), text),
    ]
    if intervals and any(mark.lower is not None for mark in marks):
        said.append(text.t("chart.interval_note"))
    said.append(text.t("chart.panels_table_note"))
    return Chart(
        id=id,
        title=title,
        subtitle=subtitle or points.heading(unit, text, many[0].clock, title),
        source_line=source_line or points.source_line(many, text),
        alt=_alt(told, names, points.measured(unit, text, many[0].clock, title), text)
        + points.alt_rest((), breaks, text),
        figure=style.figure(style.shared(traces, layout["template"]), layout),
        table=_table(id, title, told, names, text, extremes=all(one.ranks for one in many)),
        data=points.data_frame(many),
        lang=text.lang,
        notes=(*said, *notes),
        narrow=arrangement(len(many), NARROW),
    )


def arrangement(count: int, columns: int) -> Layout:
    """Height, and where each panel's axes stand, for ``count`` panels in so many columns."""
    columns = min(columns, count)
    rows = -(-count // columns)
    panel = TALL if count <= FEW else PANEL
    row = HEADER + panel + FOOTER + GAP
    height = rows * row
    gap = 0.12 if columns == NARROW else 0.06
    width = (1 - gap * (columns - 1)) / columns
    layout: Layout = {"height": height + 8}
    for index in range(count):
        key = "" if index == 0 else str(index + 1)
        line, column = divmod(index, columns)
        left = column * (width + gap)
        above = line * row + HEADER
        layout[f"xaxis{key}"] = {"domain": [round(left, 5), round(min(1.0, left + width), 5)]}
        layout[f"yaxis{key}"] = {
            "domain": [round(1 - (above + panel) / height, 5), round(1 - above / height, 5)],
            "showticklabels": column == 0,
        }
    return layout


def _template(first: date, last: date, value_axis: Layout) -> Layout:
    """The look, with all that the panels' axes and headings have in common: it is written once."""
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
    """The years of the first and the last day as the only two ticks of a panel, so far within it that they do
    not touch those of its neighbours."""
    if first.year == last.year:
        return [last.isoformat()], [str(last.year)]
    inside = (last - first) * YEAR_WITHIN
    return [(first + inside).isoformat(), (last - inside).isoformat()], [str(first.year), str(last.year)]


def _panel(
    series: Series, line: list[Point], name: str, key: str, text: Text, intervals: bool
) -> list[Trace]:
    """Band, settled line and unsettled line of one panel; x and labels are the same lists in every panel."""
    axis = {"xaxis": f"x{key}", "yaxis": f"y{key}"}
    runs = points.stretches(series, line)
    traces = points.bands(runs, style.BLUE) if intervals else []
    for trace, through in points.paths(runs, style.BLUE, 1.75):
        traces.append({**trace, **points.spoken(through, name, series.unit, text, intervals=False)})
    if alone := [run[0] for run in runs if len(run) == 1]:
        traces.append({
            **points.QUIET, "mode": "markers", "marker": {"color": style.BLUE, "size": 5},
            "x": [mark.day.isoformat() for mark in alone],
            "y": [mark.value for mark in alone],
        })  # fmt: skip
    return [{**trace, **axis} for trace in traces]


def _heading(name: str, line: list[Point], key: str, newest: Point | None) -> Layout:
    """The panel's name and below it the latest value, with its period where others have a newer one."""
    known = [mark for mark in line if mark.value is not None]
    words = known[-1].words if known else ""
    if known and newest and known[-1].day != newest.day:
        words += f" ({known[-1].label})"
    latest = f'<br><span style="color:{style.QUIET}">{style.plain(words)}</span>' if known else ""
    return {
        "text": f"<b>{style.plain(name)}</b>{latest}", "xref": f"x{key} domain", "yref": f"y{key} domain",
    }  # fmt: skip


def _table(
    id: str, title: str, told: list[list[Point]], names: list[str], text: Text, *, extremes: bool
) -> Table:
    """First and latest value of every panel, and the highest and lowest where its periods may be compared."""
    keys = ("first", "latest", "highest", "lowest") if extremes else ("first", "latest")
    headings = [text.t(f"chart.{key}") for key in keys]
    rows = []
    for name, line in zip(names, told, strict=True):
        known = [mark for mark in line if mark.value is not None]
        if not known:
            reason = points.value_words(line[-1], text) if line else text.number(None)
            rows.append((name, *[reason] * len(keys)))
            continue
        by_value = sorted(known, key=_value)
        picked = (known[0], known[-1], by_value[-1], by_value[0])[: len(keys)]
        rows.append((name, *(text.t("chart.at", value=mark.words, period=mark.label) for mark in picked)))
    columns = (Column(text.t("chart.place")), *(Column(heading, numeric=True) for heading in headings))
    return Table(id, title, columns, tuple(rows), lang=text.lang)


def _value(mark: Point) -> float:
    return mark.value or 0.0


def _alt(told: list[list[Point]], names: list[str], measured: str, text: Text) -> str:
    latest: list[tuple[Any, str]] = []
    for line, name in zip(told, names, strict=True):
        known = [mark for mark in line if mark.value is not None]
        latest += [(known[-1], name)] if known else []
    if not latest:
        return text.t("chart.alt.empty_line", label=", ".join(names))
    high, low = max(latest, key=lambda one: _value(one[0])), min(latest, key=lambda one: _value(one[0]))
    return text.t(
        "chart.alt.panels", count=len(names), unit=measured,
        high_label=high[1], high=high[0].words, low_label=low[1], low=low[0].words,
    )  # fmt: skip
