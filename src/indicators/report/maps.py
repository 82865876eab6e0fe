"""Tile maps: one square for each state of Mexico or the United States, darker where the value is higher."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import polars as pl

from indicators import catalog
from indicators.charts.axes import tick_labels
from indicators.charts.exhibit import Exhibit
from indicators.charts.points import heading
from indicators.errors import UsageError
from indicators.i18n import Text
from indicators.report.tiles import grid, svg
from indicators.tables import Column, Table, check_id

MIME = "application/vnd.indicators.map+json"

SHADES = ("#e3eef7", "#b3d1e8", "#74a9cf", "#2b7bb3", "#04497d")  # one hue, light to dark


@dataclass(frozen=True, eq=False, kw_only=True)
class Map(Exhibit):
    """A tile map and its words; it shows and publishes as a chart does. ``tiles`` are ready to be drawn."""

    country: str
    tiles: tuple[dict[str, Any], ...]
    legend: tuple[tuple[str, str], ...]  # fill ("" where there is no data) and its words

    def payload(self) -> dict[str, Any]:
        legend = [list(one) for one in self.legend]
        return super().payload() | {"country": self.country, "tiles": list(self.tiles), "legend": legend}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        payload = json.loads(json.dumps(self.payload()))
        lines = (self.subtitle, *(f"■ {words}" for _, words in self.legend), *self.notes, self.source_line)
        below = "".join(f"<p>{escape(line)}</p>" for line in lines)
        html = f"<h4>{escape(self.title)}</h4>{svg(payload)}{below}"
        return {"text/plain": self.alt, "text/html": html, MIME: payload}


def tile_map(
    frame: pl.DataFrame,
    text: Text,
    *,
    country: Literal["MX", "US"],
    id: str,
    title: str,
    unit: str,
    source_line: str,
    classes: Sequence[float] | None = None,
    subtitle: str | None = None,
    notes: Sequence[str] = (),
) -> Map:
    """A map of one value for each state, darker where higher.

    ``frame`` has ``place`` and ``value``, and may have ``missing_code``; states it leaves out are missing.
    ``classes`` are the bounds between at most five shades, lowest and highest included (without: round ones).
    Raises UsageError for a place that is no state of the country, or is there twice.
    """
    check_id(id)
    rows = {row["place"]: row for row in frame.iter_rows(named=True)}
    places = grid(country)
    if wrong := sorted(set(rows) - set(places)):
        raise UsageError(f'map "{id}": {", ".join(wrong)} is no state of {country}')
    if len(rows) != frame.height:
        raise UsageError(f'map "{id}": a state is there twice')
    values = {place: row["value"] for place, row in rows.items() if row["value"] is not None}
    bounds = list(classes or _classes(list(values.values())))
    if len(bounds) - 1 > len(SHADES):
        raise UsageError(f'map "{id}": {len(bounds) - 1} classes; at most {len(SHADES)} can be told apart')
    if values and (min(values.values()) < bounds[0] or max(values.values()) > bounds[-1]):
        raise UsageError(f'map "{id}": values outside the classes {bounds[0]} to {bounds[-1]}')
    tiles = tuple(_tile(place, spot, rows.get(place), bounds, unit, text) for place, spot in places.items())
    words = tick_labels(bounds, unit, text)
    legend = [
        (fill, text.t("map.last_class" if high == words[-1] else "map.class", lower=low, upper=high))
        for fill, low, high in zip(_shades(len(bounds) - 1), words, words[1:], strict=False)
    ]
    if len(values) < len(places):
        legend.append(("", text.t("map.missing")))
    return Map(
        id=id,
        title=title,
        subtitle=subtitle or heading(unit, text),
        source_line=source_line,
        alt=_alt(values, len(places), unit, text),
        country=country,
        tiles=tiles,
        legend=tuple(legend),
        table=_table(id, title, tiles, values, text),
        data=frame,
        lang=text.lang,
        notes=(text.t("map.note"), *notes),
    )


def _classes(values: list[float]) -> list[float]:
    """Round bounds of at most five classes of one width that hold all values, from zero where that is near."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    low = 0.0 if 0 <= low < high * 0.4 else low
    power = 10.0 ** math.floor(math.log10((high - low) or abs(high) or 1.0) - 1)
    for step in (round * factor * power for factor in (1, 10) for round in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)):
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first <= len(SHADES):
            return [float(f"{number * step:.10g}") for number in range(first, max(last, first + 1) + 1)]
    raise AssertionError("unreachable: the widest step holds any range")


def _shades(count: int) -> list[str]:
    """The fills of ``count`` classes, spread over the whole ramp."""
    return [SHADES[round(n * (len(SHADES) - 1) / max(1, count - 1))] for n in range(count)]


def _tile(
    place: str,
    spot: tuple[int, int],
    row: Mapping[str, Any] | None,
    bounds: list[float],
    unit: str,
    text: Text,
) -> dict[str, Any]:
    known = catalog.places()[place]
    value = row["value"] if row else None
    fill = ""
    if value is not None:
        shades = _shades(len(bounds) - 1)
        fill = shades[next(n for n, high in enumerate(bounds[1:]) if value < high or high == bounds[-1])]
        words = text.value(value, unit)
    elif row and row.get("missing_code"):
        words = text.t(f"missing.{row['missing_code']}")
    else:
        words = text.t("map.missing")
    code = place.split("-")[1]
    return {
        "code": code,
        "name": known.name(text.lang),
        "words": words,
        "fill": fill,
        "x": spot[0],
        "y": spot[1],
    }


def _table(
    id: str, title: str, tiles: Sequence[Mapping[str, Any]], values: Mapping[str, float], text: Text
) -> Table:
    """All states, highest value first, those without value last."""
    by_code = {place.split("-")[1]: value for place, value in values.items()}
    ordered = sorted(tiles, key=lambda tile: (-by_code.get(tile["code"], float("-inf")), tile["name"]))
    columns = (Column(text.t("chart.place")), Column(text.t("chart.value"), numeric=True))
    return Table(id, title, columns, tuple((tile["name"], tile["words"]) for tile in ordered), lang=text.lang)


def _alt(values: Mapping[str, float], count: int, unit: str, text: Text) -> str:
    if not values:
        return text.t("chart.alt.empty_line", label=text.unit(unit))
    high, low = max(values, key=values.__getitem__), min(values, key=values.__getitem__)
    name = {place: catalog.places()[place].name(text.lang) for place in (high, low)}
    return text.t(
        "map.alt", unit=text.unit(unit), count=count, high_label=name[high], high=text.value(values[high], unit),
        low_label=name[low], low=text.value(values[low], unit),
    )  # fmt: skip
