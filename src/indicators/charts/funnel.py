"""The funnel: rates of places by their population, within what chance and ordinary difference allow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from indicators import catalog
from indicators.charts import axes, points, style
from indicators.charts.chart import Chart
from indicators.charts.style import Layout, Trace
from indicators.charts.tables import Column, Table, check_id
from indicators.i18n import Text
from indicators.metrics.funnel import LEVELS, Funnel
from indicators.metrics.rates import PER

MARKS = {  # band: colour, symbol, size
    "within": (style.BLUE, "circle", 8),
    "between": (style.BLUE, "diamond-open", 10),
    "above_998": (style.VERMILLION, "triangle-up", 13),
    "below_998": (style.VERMILLION, "triangle-down", 13),
}
DASHES = {"95": "6px 4px", "998": "solid"}
DOTS = "1px 4px"
STEPS = 60  # points of each limit
ROOM = 1.2  # how far the vertical axis goes beyond what stands on it, as a factor
WIDE, NARROW = (600, 350), (230, 270)  # about the pixels of the plot, on a screen and on a phone

Row = dict[str, Any]


def funnel(
    found: Funnel,
    text: Text,
    *,
    id: str,
    title: str,
    unit: str,
    source_line: str,
    notes: Sequence[str] = (),
) -> Chart:
    """Population and rate per 100,000, both on logarithmic axes; ``unit`` is that of the rate.

    Only on these can all limits be seen: as factors they lie as far above the typical rate as below it. Places
    outside the limits are named; those outside the 99.8% limits have a shape and colour of their own. Places
    whose rate is not known are in the table alone.
    """
    check_id(id)
    rows = [
        {**row, "label": points.place_name(row["place"], text.lang)}
        for row in found.frame.iter_rows(named=True)
    ]
    known = [row for row in rows if row["rate"] is not None]
    layout, narrow = _layout(found, known, text)
    return Chart(
        id=id,
        title=title,
        subtitle=points.heading(unit, text),
        source_line=source_line,
        alt=_alt(found, known, unit, text),
        figure=style.figure([*_limits(found, known), *_places(found, known, unit, text)], layout),
        table=_table(id, title, rows, unit, text),
        data=found.frame,
        lang=text.lang,
        notes=(
            text.t("funnel.lines"),
            *([text.t("funnel.zero")] if any(row["rate"] == 0 for row in known) else []),
            *notes,
        ),
        narrow=narrow,
    )


def mark_of(band: str) -> str:
    """The kind of mark of a band: within, between the limits on either side, above or below both."""
    return band if band in MARKS else "between"


def _limits(found: Funnel, known: list[Row]) -> list[Trace]:
    """The typical rate, and both limits on either side of it, at every population between the places."""
    persons = np.geomspace(*_span(known), STEPS)
    quiet = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False}
    line = {"color": style.QUIET, "width": 1.25}
    xs = [float(one) for one in persons]
    traces: list[Trace] = [{**quiet, "x": xs, "y": [found.center] * STEPS, "line": {**line, "dash": DOTS}}]
    for name, level in LEVELS.items():
        for bound in found.limits(persons, level):
            ys = [float(one) for one in bound]
            traces.append({**quiet, "x": xs, "y": ys, "line": {**line, "dash": DASHES[name]}})
    return traces


def _span(known: list[Row]) -> tuple[float, float]:
    persons = [row["population"] for row in known]
    return min(persons) * 0.9, max(persons) * 1.1


def _heights(found: Funnel, known: list[Row]) -> tuple[float, float]:
    """The ends of the vertical axis: around every rate and limit above zero, which a logarithm does not have."""
    limits = [float(one) for bound in found.limits(_span(known), LEVELS["998"]) for one in bound]
    above = [one for one in (*limits, found.center, *(row["rate"] for row in known)) if one > 0]
    return min(above) / ROOM, max(above) * ROOM


def _places(found: Funnel, known: list[Row], unit: str, text: Text) -> list[Trace]:
    low, _ = _heights(found, known)
    traces: list[Trace] = []
    for mark, (colour, symbol, size) in MARKS.items():
        rows = [row for row in known if mark_of(row["band"]) == mark]
        if rows:
            traces.append({
                "type": "scatter", "mode": "markers", "cliponaxis": False, "name": text.t(f"funnel.mark.{mark}"),
                "x": [float(row["population"]) for row in rows],
                "y": [max(row["rate"], low) for row in rows],
                "marker": {"color": colour, "symbol": symbol, "size": size, "opacity": 1},
                "text": [_hover(row, unit, text) for row in rows],
                "hovertemplate": "%{text}<extra></extra>",
            })  # fmt: skip
    return traces


def _hover(row: Row, unit: str, text: Text) -> str:
    rate = text.amount(row["rate"], unit)
    counted = text.amount(row["events"], unit.removesuffix("_per_100k"))
    persons = text.t("funnel.population", persons=text.number(row["population"]))
    reading = text.t(f"funnel.band.{row['band']}")
    said = [style.plain(words) for words in (rate, counted, persons, reading)]
    return "<br>".join([f"<b>{style.plain(row['label'])}</b>", *said])


def _layout(found: Funnel, known: list[Row], text: Text) -> tuple[Layout, Layout]:
    """The layout, and its changes on a phone."""
    (first, last), (low, high) = _span(known), _heights(found, known)
    layout = style.theme(style.HEIGHT + 60)
    layout["margin"] = {**layout["margin"], "r": 64}
    layout["yaxis"] |= {
        "type": "log",
        "range": [float(np.log10(low)), float(np.log10(high))],
        **_rate_ticks(low, high, text),
    }
    layout["xaxis"] |= {
        "type": "log",
        "range": [float(np.log10(first)), float(np.log10(last))],
        "title": {"text": style.plain(text.t("funnel.axis")), "font": {"size": 12, "color": style.QUIET}},
        **_population_ticks(first, last, (1, 2, 5), text),
    }
    ends = {text.t(f"funnel.level.{name}"): found.limits([last], level) for name, level in LEVELS.items()}
    lines = [
        _at_end(last, float(bound[0]), words)
        for words, both in ends.items()
        for bound in both
        if bound[0] > 0
    ]
    lines.append(_at_end(last, found.center, text.t("funnel.center")))
    layout["annotations"] = lines + _names(found, known, lambda row: str(row["label"]), WIDE)
    layout["showlegend"] = len({mark_of(row["band"]) for row in known}) > 1
    narrow: Layout = {
        "height": style.HEIGHT,
        "annotations": lines + _names(found, known, _short, NARROW),
        "xaxis": _population_ticks(first, last, (1, 5) if last / first > 4 else (1, 2, 5), text),
    }
    return layout, narrow


def _rate_ticks(low: float, high: float, text: Text) -> Layout:
    """1, 2, 5, 10, ... between two rates."""
    ticks = [digit * 10.0**power for power in range(-3, 6) for digit in (1, 2, 5)]
    inside = [tick for tick in ticks if low <= tick <= high]
    decimals = [max(0, -int(np.floor(np.log10(tick)))) for tick in inside]
    words = [text.number(tick, places) for tick, places in zip(inside, decimals, strict=True)]
    return {"tickvals": inside, "ticktext": words}


def _population_ticks(first: float, last: float, digits: Sequence[int], text: Text) -> Layout:
    """Round numbers of people between two, told in millions."""
    ticks = [digit * 10.0**power for power in range(3, 10) for digit in digits]
    inside = [tick for tick in ticks if first <= tick <= last]
    decimals = [0 if tick >= PER * 10 else 1 if tick >= PER else 2 for tick in inside]
    words = [
        text.t("funnel.millions", n=text.number(tick / 1e6, places))
        for tick, places in zip(inside, decimals, strict=True)
    ]
    return {"tickvals": inside, "ticktext": words}


def _at_end(last: float, y: float, words: str) -> Layout:
    """What a line is, written at its right end."""
    return {
        "text": style.plain(words), "x": float(np.log10(last)), "y": float(np.log10(y)), "xanchor": "left", "xshift": 4,
        "showarrow": False, "font": {"size": 11, "color": style.QUIET},
    }  # fmt: skip


def _short(row: Row) -> str:
    """A place's short name, for a phone; the table and the text alternative have the whole."""
    place = catalog.places().get(row["place"])
    return place.short if place and place.short else str(row["label"])


def _names(
    found: Funnel, known: list[Row], words: Callable[[Row], str], size: tuple[float, float]
) -> list[Layout]:
    """The names of the places outside the limits, beside their marks in a plot of ``size`` pixels."""
    (first, last), (low, high) = _span(known), _heights(found, known)

    def spot(x: float, y: float) -> axes.Spot:
        across = np.log(x / first) / np.log(last / first)
        return float(across * size[0]), float(np.log(max(y, low) / low) / np.log(high / low) * size[1])

    persons = np.geomspace(first, last, STEPS)
    bounds = [bound for level in LEVELS.values() for bound in found.limits(persons, level)]
    lines = [np.full(STEPS, found.center), *bounds]
    drawn = [spot(x, y) for line in lines for x, y in zip(persons, line, strict=True)]
    marks = {row["place"]: spot(row["population"], row["rate"]) for row in known}
    outside = [row for row in known if row["band"] != "within"]
    found_free = axes.beside(
        [(words(row), marks[row["place"]]) for row in outside], [*drawn, *marks.values()], size
    )
    return [
        {
            "text": f"<b>{style.plain(words(row))}</b>", "showarrow": False,
            "x": float(np.log10(row["population"])), "y": float(np.log10(max(row["rate"], low))),
            "font": {"size": 12, "color": MARKS[mark_of(row["band"])][0]}, **side,
        }
        for row, side in zip(outside, found_free, strict=True)
    ]  # fmt: skip


def _table(id: str, title: str, rows: list[Row], unit: str, text: Text) -> Table:
    names = ("place", "events", "population", "rate", "95", "998", "band")
    columns = tuple(
        Column(text.t(f"funnel.column.{name}"), numeric=name not in ("place", "band")) for name in names
    )
    cells = tuple(
        (
            row["label"],
            text.number(row["events"]),
            text.number(row["population"]),
            text.value(row["rate"], unit),
            *(_bounds(row, name, unit, text) for name in LEVELS),
            text.t(f"funnel.band.{row['band']}") if row["band"] else text.number(None),
        )
        for row in rows
    )
    return Table(id, title, columns, cells, lang=text.lang)


def _bounds(row: Row, name: str, unit: str, text: Text) -> str:
    lower, upper = row[f"lower_{name}"], row[f"upper_{name}"]
    if lower is None:
        return text.number(None)
    return text.t("number.interval", lower=text.value(lower, unit), upper=text.value(upper, unit))


def _alt(found: Funnel, known: list[Row], unit: str, text: Text) -> str:
    outside = [row["label"] for row in known if row["band"].endswith("_998")]
    between = [row["label"] for row in known if mark_of(row["band"]) == "between"]
    said = text.t(
        "funnel.alt", unit=text.unit(unit), count=len(known), center=text.value(found.center, unit),
        between=", ".join(between) or text.t("view.none"),
    )  # fmt: skip
    if not outside:
        return f"{said} {text.t('funnel.alt_none')}"
    return f"{said} {text.t('funnel.alt_outside', names=', '.join(outside))}"
