"""Horizontal bars: places or parts beside each other, with intervals and the values written out."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import polars as pl

from indicators.charts import axes, points, style
from indicators.charts.chart import Chart
from indicators.charts.style import Layout, Trace
from indicators.charts.tables import Column, Table, check_id
from indicators.errors import UsageError
from indicators.i18n import Text

ROW = 28  # pixels a bar and its gap take
VALUE_SHARE = 0.84  # of the width for bars; the rest holds the values


def bars(
    frame: pl.DataFrame,
    text: Text,
    *,
    id: str,
    title: str,
    unit: str,
    source_line: str,
    subtitle: str | None = None,
    heading: str | None = None,
    notes: Sequence[str] = (),
    emphasis: Sequence[str] = (),
) -> Chart:
    """Bars from zero, in the order of the rows, longest names wrapped.

    ``frame`` has ``label`` and ``value``; ``lower`` and ``upper`` draw an interval, ``missing_code`` says why
    a value is absent. Labels in ``emphasis`` keep full colour, the others step back. ``heading`` names the
    first column of the table. Raises UsageError for a missing column and for a negative value.
    """
    check_id(id)
    if lacking := {"label", "value"} - set(frame.columns):
        raise UsageError(f'chart "{id}" needs the columns {sorted(lacking)}')
    rows = _rows(frame)
    if any(row["value"] is not None and row["value"] < 0 for row in rows):
        raise UsageError(f'chart "{id}": bars start at zero; a negative value needs another chart')
    words = [_words(row, unit, text) for row in rows]
    traces, layout, narrow = _drawn(rows, words, unit, text, set(emphasis))
    whiskers = any(row["lower"] is not None for row in rows)
    columns = [Column(heading or text.t("chart.place")), Column(text.t("chart.value"), numeric=True)]
    if whiskers:
        columns.append(Column(text.t("chart.interval"), numeric=True))
    cells = [
        (row["label"], said, *([_interval(row, unit, text)] if whiskers else []))
        for row, said in zip(rows, words, strict=True)
    ]
    return Chart(
        id=id,
        title=title,
        subtitle=subtitle or points.heading(unit, text),
        source_line=source_line,
        alt=_alt(rows, unit, text),
        figure=style.figure(traces, layout),
        table=Table(id, title, tuple(columns), tuple(cells), lang=text.lang),
        data=frame,
        lang=text.lang,
        notes=(*([text.t("chart.whisker_note")] if whiskers else []), *notes),
        narrow=narrow,
    )


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    empty = {"lower": None, "upper": None, "missing_code": None}
    return [{**empty, **row} for row in frame.iter_rows(named=True)]


def _words(row: dict[str, Any], unit: str, text: Text) -> str:
    if row["value"] is None:
        return text.t(f"missing.{row['missing_code'] or 'not_published'}")
    return text.value(row["value"], unit)


def _interval(row: dict[str, Any], unit: str, text: Text) -> str:
    if row["lower"] is None or row["upper"] is None:
        return text.number(None)
    return text.t(
        "number.interval", lower=text.value(row["lower"], unit), upper=text.value(row["upper"], unit)
    )


def _drawn(
    rows: list[dict[str, Any]], words: list[str], unit: str, text: Text, emphasis: set[str]
) -> tuple[list[Trace], Layout, Layout]:
    known = [(number, row) for number, row in enumerate(rows) if row["value"] is not None]
    top = max((row["upper"] or row["value"] for _, row in known), default=0.0) or 1.0
    trace: Trace = {
        "type": "bar",
        "orientation": "h",
        "x": [row["value"] for _, row in known],
        "y": [number for number, _ in known],
        "width": 0.62,
        "marker": {"color": [_shade(row["label"], emphasis) for _, row in known]},
        "text": [_hover(row, unit, text) for _, row in known],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }
    if any(row["lower"] is not None for _, row in known):
        trace["error_x"] = {
            "type": "data", "symmetric": False, "color": style.INK, "thickness": 1.25, "width": 0,
            "array": [(row["upper"] or row["value"]) - row["value"] for _, row in known],
            "arrayminus": [row["value"] - (row["value"] if row["lower"] is None else row["lower"]) for _, row in known],
        }  # fmt: skip
    labels = [row["label"] for row in rows]
    ticks = axes.nice_ticks(0.0, top, unit=unit)
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
    start, end = {"xref": "x", "x": 0, "xanchor": "left"}, {"xref": "paper", "x": 1, "xanchor": "right"}
    layout["annotations"] = [
        {
            "text": style.plain(said) if row["value"] is None else f"<b>{style.plain(said)}</b>",
            **(end if row["value"] is not None else start), "yref": "y", "y": number, "showarrow": False,
            "font": {"size": 12, "color": style.QUIET} if row["value"] is None else {"size": 13, "color": style.INK},
        }
        for number, (row, said) in enumerate(zip(rows, words, strict=True))
    ]  # fmt: skip
    few = ticks[:: 2 if len(ticks) > 3 else 1]
    wrapped = ["<br>".join(style.plain(line) for line in textwrap.wrap(label, 17)) for label in labels]
    lines = max((label.count("<br>") + 1 for label in wrapped), default=1)
    narrow: Layout = {
        "height": len(rows) * max(ROW, 15 * lines + 6) + 40,
        "xaxis": {"domain": [0, 0.74], "tickvals": few, "ticktext": axes.tick_labels(few, unit, text)},
        "yaxis": {"ticktext": wrapped, "tickfont": {"size": 12, "color": style.INK}},
    }
    return [trace], layout, narrow


def _shade(label: str, emphasis: set[str]) -> str:
    return style.BLUE if not emphasis or label in emphasis else style.LIGHT_BLUE


def _hover(row: dict[str, Any], unit: str, text: Text) -> str:
    words = f"<b>{style.plain(row['label'])}</b><br>{style.plain(text.amount(row['value'], unit))}"
    if row["lower"] is None or row["upper"] is None:
        return words
    return f"{words}<br>{style.plain(text.t('chart.interval'))}: {_interval(row, unit, text)}"


def _alt(rows: list[dict[str, Any]], unit: str, text: Text) -> str:
    known = [row for row in rows if row["value"] is not None]
    if not known:
        return text.t("chart.alt.empty_line", label=", ".join(row["label"] for row in rows))
    high, low = max(known, key=lambda row: row["value"]), min(known, key=lambda row: row["value"])
    return text.t(
        "chart.alt.bars", unit=text.unit(unit), count=len(rows),
        high_label=high["label"], high=text.value(high["value"], unit),
        low_label=low["label"], low=text.value(low["value"], unit),
    )  # fmt: skip
