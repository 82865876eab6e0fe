"""Horizontal bars: places or parts beside each other, with intervals and the values written out."""

import textwrap
from typing import Any

import polars as pl

from indicators.charts import axes, points, style
from indicators.charts.chart import Chart
from indicators.charts.style import Layout, Trace
from indicators.charts.tables import Caption, Column, Table
from indicators.errors import UsageError
from indicators.i18n import Text

ROW = 28  # pixels a bar and its gap take
VALUE_SHARE = 0.84  # of the width for bars; the rest is for the values

Row = dict[str, Any]


def bars(frame: pl.DataFrame, text: Text, caption: Caption, unit: str, heading: str = "") -> Chart:
    """Return bars from zero, in the order of the rows, long names wrapped.

    ``frame`` has ``label`` and ``value`` (in ``unit``), and may have ``lower`` and ``upper`` of an interval, and
    ``missing_code`` of an absent value. ``heading`` names the first column of the table. Raises UsageError for a
    missing column and for a negative value.
    """
    if lacking := {"label", "value"} - set(frame.columns):
        raise UsageError(f'chart "{caption.name}" needs the columns {sorted(lacking)}')
    empty = {"lower": None, "upper": None, "missing_code": None}
    rows = [{**empty, **row} for row in frame.iter_rows(named=True)]
    valued = [row for row in rows if row["value"] is not None]
    if any(row["value"] < 0 for row in valued):
        raise UsageError(f'chart "{caption.name}": bars start at zero; a negative value needs another chart')
    for row in rows:
        row["words"] = _words(row, unit, text)
        row["interval"] = points.interval(row["lower"], row["upper"], unit, text)
    whiskers = any(row["lower"] is not None for row in rows)
    columns = [Column(heading or text.t("chart.place")), Column(text.t("chart.value"), numeric=True)]
    if whiskers:
        columns.append(Column(text.t("chart.interval"), numeric=True))
    cells = tuple((row["label"], row["words"], row["interval"])[: len(columns)] for row in rows)
    top = max((row["upper"] or row["value"] for row in valued), default=0.0) or 1.0
    layout, narrow = _layout(rows, axes.nice_ticks(0.0, top, unit=unit), unit, text)
    notes = [text.t("chart.whisker_note")] if whiskers else []
    found = [(row["value"], row["label"], row["words"]) for row in valued]
    names, measure = ", ".join(row["label"] for row in rows), text.unit(unit)
    return Chart(
        **vars(caption.filled(points.heading(unit, text), notes)),
        alt=points.alt_extremes("chart.alt.bars", found, text, names, unit=measure, count=len(rows)),
        figure=style.figure([_trace(rows, unit, text)], layout),
        table=Table(caption.name, caption.title, tuple(columns), cells, lang=text.lang),
        data=frame,
        lang=text.lang,
        narrow=narrow,
    )


def _words(row: Row, unit: str, text: Text) -> str:
    if row["value"] is None:
        return text.t(f"missing.{row['missing_code'] or 'not_published'}")
    return text.value(row["value"], unit)


def _trace(rows: list[Row], unit: str, text: Text) -> Trace:
    valued = [(number, row) for number, row in enumerate(rows) if row["value"] is not None]
    trace: Trace = {
        "type": "bar",
        "orientation": "h",
        "x": [row["value"] for _, row in valued],
        "y": [number for number, _ in valued],
        "width": 0.62,
        "marker": {"color": [style.BLUE] * len(valued)},
        "text": [_hover(row, unit, text) for _, row in valued],
        "textposition": "none",
        "hovertemplate": style.HOVER,
    }
    if any(row["lower"] is not None for _, row in valued):
        trace["error_x"] = style.whiskers([
            (row["value"] if row["lower"] is None else row["lower"], row["value"], row["upper"] or row["value"])
            for _, row in valued
        ])  # fmt: skip
    return trace


def _hover(row: Row, unit: str, text: Text) -> str:
    whole = row["lower"] is not None and row["upper"] is not None
    interval = [f"{text.t('chart.interval')}: {row['interval']}"] if whole else []
    return style.hover(text.amount(row["value"], unit), *interval, head=row["label"])


def _layout(rows: list[Row], ticks: list[float], unit: str, text: Text) -> tuple[Layout, Layout]:
    """Return the layout, and its changes on a phone."""
    labels = [row["label"] for row in rows]
    layout = style.theme(len(rows) * ROW + 40)
    layout["margin"] |= {"t": 4}
    layout["xaxis"] |= {
        "range": [0, ticks[-1]], "domain": [0, VALUE_SHARE], "showgrid": True, "gridcolor": style.GRID,
        "tickvals": ticks, "ticktext": axes.tick_labels(ticks, unit, text), "showline": False,
    }  # fmt: skip
    layout["yaxis"] |= {
        "range": [len(rows) - 0.4, -0.6], "showgrid": False, "zeroline": False, "tickvals": list(range(len(rows))),
        "ticktext": [style.plain(label) for label in labels], "tickfont": {"size": 13, "color": style.INK},
    }  # fmt: skip
    layout["annotations"] = [_annotation(number, row) for number, row in enumerate(rows)]
    few = ticks[:: 2 if len(ticks) > 3 else 1]
    wrapped = ["<br>".join(style.plain(line) for line in textwrap.wrap(label, 17)) for label in labels]
    lines = max((label.count("<br>") + 1 for label in wrapped), default=1)
    narrow: Layout = {
        "height": len(rows) * max(ROW, 15 * lines + 6) + 40,
        "xaxis": {"domain": [0, 0.74], "tickvals": few, "ticktext": axes.tick_labels(few, unit, text)},
        "yaxis": {"ticktext": wrapped, "tickfont": {"size": 12, "color": style.INK}},
    }
    return layout, narrow


def _annotation(number: int, row: Row) -> Layout:
    """Return the value at the right end of the chart, or the reason for its absence in place of the bar."""
    words, place = style.plain(row["words"]), {"yref": "y", "y": number, "showarrow": False}
    if row["value"] is None:
        start, quiet = {"xref": "x", "x": 0, "xanchor": "left"}, {"size": 12, "color": style.QUIET}
        return {"text": words, **start, **place, "font": quiet}
    end = {"xref": "paper", "x": 1, "xanchor": "right"}
    return {"text": f"<b>{words}</b>", **end, **place, "font": {"size": 13, "color": style.INK}}
