"""The funnel: rates of places by their population, within what chance and ordinary difference allow."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from indicators import catalog
from indicators.charts import axes, points, style
from indicators.charts.chart import Chart
from indicators.charts.style import Layout, Trace
from indicators.charts.tables import Caption, Column, Table
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
ROOM = 1.2  # factor by which the vertical axis goes beyond its marks and limits
WIDE, NARROW = (600, 350), (230, 270)  # about the pixels of the plot, on a screen and on a phone
COLUMNS = ("place", "events", "population", "rate", "95", "998", "band")

Row = dict[str, Any]
Ends = tuple[float, float]


def funnel(found: Funnel, text: Text, caption: Caption, unit: str) -> Chart:
    """Return population and rate per 100,000 of places, both on logarithmic axes; ``unit`` is the rate's unit.

    Only on these axes all limits are visible: as factors they are as far above the typical rate as below it. Places
    outside the limits are named; those outside the 99.8% limits have a shape and colour of their own. Places without
    a rate are in the table alone.
    """
    rows = [{**row, "label": points.place_name(row["place"], text.lang)} for row in found.frame.iter_rows(named=True)]
    rated = [row for row in rows if row["rate"] is not None]
    layout, narrow = _layout(found, rated, text)
    zero = [text.t("funnel.zero")] if any(row["rate"] == 0 for row in rated) else []
    return Chart(
        **vars(caption.filled(points.heading(unit, text), [text.t("funnel.lines"), *zero])),
        alt=_alt(found, rated, unit, text),
        figure=style.figure([*_limits(found, rated), *_places(found, rated, unit, text)], layout),
        table=_table(caption, rows, unit, text),
        data=found.frame,
        lang=text.lang,
        narrow=narrow,
    )


def mark_of(band: str) -> str:
    """Return the kind of mark of a band: within, between the limits on either side, above or below both."""
    return band if band in MARKS else "between"


def _limits(found: Funnel, rated: list[Row]) -> list[Trace]:
    """Return the typical rate, and both limits on either side of it, at every population between the places."""
    persons, *curves = _curves(found, rated)
    dashes = [DOTS, *(DASHES[name] for name in LEVELS for _ in "-+")]
    return [
        {**style.SILENT, "x": persons, "y": ys, "line": {"color": style.QUIET, "width": 1.25, "dash": dash}}
        for ys, dash in zip(curves, dashes, strict=True)
    ]


def _curves(found: Funnel, rated: list[Row]) -> list[list[float]]:
    """Return populations between the places, and at each of them the typical rate, then both limits of each level."""
    persons = np.geomspace(*_span(rated), STEPS)
    bounds = [bound.tolist() for level in LEVELS.values() for bound in found.limits(persons, level)]
    return [persons.tolist(), [found.center] * STEPS, *bounds]


def _span(rated: list[Row]) -> Ends:
    persons = [row["population"] for row in rated]
    return min(persons) * 0.9, max(persons) * 1.1


def _heights(found: Funnel, rated: list[Row]) -> Ends:
    """Return the ends of the vertical axis: around every rate and limit above zero, which has no logarithm."""
    limits = [float(limit) for bound in found.limits(_span(rated), LEVELS["998"]) for limit in bound]
    above = [rate for rate in (*limits, found.center, *(row["rate"] for row in rated)) if rate > 0]
    return min(above) / ROOM, max(above) * ROOM


def _places(found: Funnel, rated: list[Row], unit: str, text: Text) -> list[Trace]:
    low, _ = _heights(found, rated)
    traces: list[Trace] = []
    for mark, (colour, symbol, size) in MARKS.items():
        if rows := [row for row in rated if mark_of(row["band"]) == mark]:
            traces.append({
                "type": "scatter", "mode": "markers", "cliponaxis": False, "name": text.t(f"funnel.mark.{mark}"),
                "x": [float(row["population"]) for row in rows],
                "y": [max(row["rate"], low) for row in rows],
                "marker": {"color": colour, "symbol": symbol, "size": size, "opacity": 1},
                "text": [_hover(row, unit, text) for row in rows],
                "hovertemplate": style.HOVER,
            })  # fmt: skip
    return traces


def _hover(row: Row, unit: str, text: Text) -> str:
    return style.hover(
        text.amount(row["rate"], unit),
        text.amount(row["events"], unit.removesuffix("_per_100k")),
        text.t("funnel.population", persons=text.number(row["population"])),
        text.t(f"funnel.band.{row['band']}"),
        head=row["label"],
    )


def _layout(found: Funnel, rated: list[Row], text: Text) -> tuple[Layout, Layout]:
    """Return the layout, and its changes on a phone."""
    (first, last), heights = _span(rated), _heights(found, rated)
    layout = style.theme(style.HEIGHT + 60)
    layout["margin"] |= {"r": 64}
    layout["yaxis"] |= {"type": "log", "range": _log(*heights), **_rate_ticks(*heights, text)}
    layout["xaxis"] |= {
        "type": "log", "range": _log(first, last),
        "title": {"text": style.plain(text.t("funnel.axis")), "font": {"size": 12, "color": style.QUIET}},
        **_population_ticks((first, last), (1, 2, 5), text),
    }  # fmt: skip
    lines = [
        _at_end(last, float(bound[0]), text.t(f"funnel.level.{name}"))
        for name, level in LEVELS.items()
        for bound in found.limits([last], level)
        if bound[0] > 0
    ]
    lines.append(_at_end(last, found.center, text.t("funnel.center")))
    short = {place.id: place.short for place in catalog.places().values() if place.short}
    wide_names = {row["place"]: str(row["label"]) for row in rated}
    layout["annotations"] = lines + _names(found, rated, wide_names, WIDE)
    layout["showlegend"] = len({mark_of(row["band"]) for row in rated}) > 1
    narrow: Layout = {
        "height": style.HEIGHT,
        "annotations": lines + _names(found, rated, wide_names | short, NARROW),
        "xaxis": _population_ticks((first, last), (1, 5) if last / first > 4 else (1, 2, 5), text),
    }
    return layout, narrow


def _log(*values: float) -> list[float]:
    return [float(np.log10(value)) for value in values]


def _rate_ticks(low: float, high: float, text: Text) -> Layout:
    """Return ticks at 1, 2, 5, 10, … between two rates."""
    inside = _ticks((low, high), range(-3, 6), (1, 2, 5))
    words = [text.number(tick, max(0, -int(np.floor(np.log10(tick))))) for tick in inside]
    return {"tickvals": inside, "ticktext": words}


def _population_ticks(ends: Ends, digits: Sequence[int], text: Text) -> Layout:
    """Return ticks at round numbers of people, in millions, that begin with one of the ``digits``."""
    inside = _ticks(ends, range(3, 10), digits)
    decimals = [0 if tick >= PER * 10 else 1 if tick >= PER else 2 for tick in inside]
    words = [
        text.t("funnel.millions", n=text.number(tick / 1e6, places))
        for tick, places in zip(inside, decimals, strict=True)
    ]
    return {"tickvals": inside, "ticktext": words}


def _ticks(ends: Ends, powers: range, digits: Sequence[int]) -> list[float]:
    ticks = [digit * 10.0**power for power in powers for digit in digits]
    return [tick for tick in ticks if ends[0] <= tick <= ends[1]]


def _at_end(last: float, y: float, words: str) -> Layout:
    return {
        "text": style.plain(words), "x": float(np.log10(last)), "y": float(np.log10(y)), "xanchor": "left", "xshift": 4,
        "showarrow": False, "font": {"size": 11, "color": style.QUIET},
    }  # fmt: skip


def _names(found: Funnel, rated: list[Row], names: dict[str, str], size: Ends) -> list[Layout]:
    """Return the names of the places outside the limits, beside their marks in a plot of ``size`` pixels."""
    (first, last), (low, high) = _span(rated), _heights(found, rated)

    def spot(x: float, y: float) -> axes.Spot:
        across = np.log(x / first) / np.log(last / first)
        return float(across * size[0]), float(np.log(max(y, low) / low) / np.log(high / low) * size[1])

    persons, *curves = _curves(found, rated)
    drawn = [spot(x, y) for ys in curves for x, y in zip(persons, ys, strict=True)]
    marks = {row["place"]: spot(row["population"], row["rate"]) for row in rated}
    outside = [row for row in rated if row["band"] != "within"]
    labelled = [(names[row["place"]], marks[row["place"]]) for row in outside]
    sides = axes.beside(labelled, [*drawn, *marks.values()], size)
    return [
        {
            "text": f"<b>{style.plain(name)}</b>", "showarrow": False,
            "x": float(np.log10(row["population"])), "y": float(np.log10(max(row["rate"], low))),
            "font": {"size": 12, "color": MARKS[mark_of(row["band"])][0]}, **side,
        }
        for row, (name, _), side in zip(outside, labelled, sides, strict=True)
    ]  # fmt: skip


def _table(caption: Caption, rows: list[Row], unit: str, text: Text) -> Table:
    columns = tuple(Column(text.t(f"funnel.column.{name}"), name not in ("place", "band")) for name in COLUMNS)
    cells = tuple(
        (
            row["label"],
            text.number(row["events"]),
            text.number(row["population"]),
            text.value(row["rate"], unit),
            *(points.interval(row[f"lower_{name}"], row[f"upper_{name}"], unit, text) for name in LEVELS),
            text.t(f"funnel.band.{row['band']}") if row["band"] else text.number(None),
        )
        for row in rows
    )
    return Table(caption.name, caption.title, columns, cells, lang=text.lang)


def _alt(found: Funnel, rated: list[Row], unit: str, text: Text) -> str:
    outside = [row["label"] for row in rated if row["band"].endswith("_998")]
    between = [row["label"] for row in rated if mark_of(row["band"]) == "between"]
    said = text.t(
        "funnel.alt", unit=text.unit(unit), count=len(rated), center=text.value(found.center, unit),
        between=", ".join(between) or text.t("view.none"),
    )  # fmt: skip
    if not outside:
        return f"{said} {text.t('funnel.alt_none')}"
    return f"{said} {text.t('funnel.alt_outside', names=', '.join(outside))}"
