"""Tile maps: a tile of one size for every state, darker where its value is higher, as inline SVG."""

import json
import math
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import polars as pl

from indicators import catalog
from indicators.charts import style
from indicators.charts.axes import tick_labels
from indicators.charts.chart import Exhibit
from indicators.charts.points import alt_extremes, heading
from indicators.charts.style import SHADES, render
from indicators.charts.tables import Caption, Column, Table
from indicators.errors import UsageError
from indicators.i18n import Text

Country = Literal["MX", "US"]

MIME = "application/vnd.indicators.map+json"

TILE, PITCH = 60, 64  # a tile, and from one tile to the next
READOUT = {"MX": 10, "US": 9}  # the column before which, on the first line, a tile's value is read


def grid(country: Country) -> dict[str, tuple[int, int]]:
    """Return column and line of every state's tile, from the north-west, by place, as tiles.toml draws them."""
    lines = catalog.read_toml(catalog.HERE / "tiles.toml")[country].splitlines()
    return {
        f"{country}-{code}": (column, line)
        for line, codes in enumerate(lines)
        for column, code in enumerate(codes.split())
        if code.strip(".")
    }


def svg(payload: Mapping[str, Any]) -> str:
    """Return the map of a payload as an SVG element. A tile with the focus or under the pointer shows its value.

    A frame of title, unit, legend and source is around the tiles, hidden until a reader saves the map.
    """
    return render(
        "map.svg.j2",
        map=payload,
        title=textwrap.wrap(payload["title"], 52),
        source=textwrap.wrap(payload["source"], 92),
        size=TILE,
        pitch=PITCH,
        read_at=READOUT[payload["country"]] * PITCH - 6,
        luminance=luminance,
        style=style,
    )


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb``, as the Web Content Accessibility Guidelines define it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@dataclass(frozen=True, eq=False, kw_only=True)
class Map(Exhibit):
    """A tile map and its words; notebooks show and pages publish it as a chart. ``tiles`` are ready to be drawn."""

    country: str
    tiles: tuple[dict[str, Any], ...]
    legend: tuple[tuple[str, str], ...]  # fill ("" where there is no data) and its words

    def payload(self) -> dict[str, Any]:
        """Return all that a page needs, as JSON, with the tiles and the legend."""
        legend = [list(entry) for entry in self.legend]
        return super().payload() | {"country": self.country, "tiles": list(self.tiles), "legend": legend}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        payload = json.loads(json.dumps(self.payload()))
        lines = (self.subtitle, *(f"■ {words}" for _, words in self.legend), *self.notes, self.source_line)
        below = "".join(f"<p>{escape(line)}</p>" for line in lines)
        html = f"<h4>{escape(self.title)}</h4>{svg(payload)}{below}"
        return {"text/plain": self.alt, "text/html": html, MIME: payload}


def tile_map(frame: pl.DataFrame, text: Text, caption: Caption, unit: str, country: Country) -> Map:
    """Return a map of one value for each state, in at most five round classes, darker where higher.

    ``frame`` has ``place`` and ``value`` (in ``unit``), and may have ``missing_code``; states without a row have no
    data. Raises UsageError for a place that is no state of the country, or has two rows.
    """
    rows = {row["place"]: row for row in frame.iter_rows(named=True)}
    places = grid(country)
    if wrong := sorted(set(rows) - set(places)):
        raise UsageError(f'map "{caption.name}": {", ".join(wrong)} is no state of {country}')
    if len(rows) != frame.height:
        raise UsageError(f'map "{caption.name}": a state has two rows')
    values = {place: row["value"] for place, row in rows.items() if row["value"] is not None}
    bounds = _classes(list(values.values()))
    shades = [SHADES[round(n * (len(SHADES) - 1) / max(1, len(bounds) - 2))] for n in range(len(bounds) - 1)]
    classes = list(zip(shades, bounds[1:], strict=True))
    names = {place: catalog.places()[place].name(text.lang) for place in places}
    tiles = tuple(
        {
            "code": place.split("-")[1],
            "name": names[place],
            "words": _words(rows.get(place, {"value": None}), unit, text),
            "fill": _fill(values.get(place), classes),
            "x": column,
            "y": line,
        }
        for place, (column, line) in places.items()
    )
    words = tick_labels(bounds, unit, text)
    legend = [
        (fill, text.t("map.last_class" if high == words[-1] else "map.class", lower=low, upper=high))
        for fill, low, high in zip(shades, words, words[1:], strict=False)
    ]
    if len(values) < len(places):
        legend.append(("", text.t("map.missing")))
    found = [(value, names[place], text.value(value, unit)) for place, value in values.items()]
    return Map(
        **vars(caption.filled(heading(unit, text), [text.t("map.note")])),
        alt=alt_extremes("map.alt", found, text, text.unit(unit), unit=text.unit(unit), count=len(places)),
        country=country,
        tiles=tiles,
        legend=tuple(legend),
        table=_table(caption, tiles, {names[place]: value for place, value in values.items()}, text),
        data=frame,
        lang=text.lang,
    )


def _classes(values: list[float]) -> list[float]:
    """Return round bounds of at most five classes of one width around all values, from zero where zero is near."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    low = 0.0 if 0 <= low < high * 0.4 else low
    power = 10.0 ** math.floor(math.log10((high - low) or abs(high) or 1.0) - 1)
    for step in (round * factor * power for factor in (1, 10) for round in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)):
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first <= len(SHADES):
            return [float(f"{number * step:.10g}") for number in range(first, max(last, first + 1) + 1)]
    raise AssertionError("unreachable: the widest step covers any range")


def _fill(value: float | None, classes: list[tuple[str, float]]) -> str:
    """Return the shade of the first class (shade and upper bound) that ends above a value, or of the last class."""
    if value is None:
        return ""
    return next((shade for shade, upper in classes if value < upper), classes[-1][0])


def _words(row: Mapping[str, Any], unit: str, text: Text) -> str:
    if row["value"] is not None:
        return text.value(row["value"], unit)
    return text.t(f"missing.{row['missing_code']}" if row.get("missing_code") else "map.missing")


def _table(caption: Caption, tiles: tuple[dict[str, Any], ...], values: Mapping[str, float], text: Text) -> Table:
    """Return all states, highest of the ``values`` (by name) first, those without value last."""
    ordered = sorted(tiles, key=lambda tile: (-values.get(tile["name"], -math.inf), tile["name"]))
    columns = (Column(text.t("chart.place")), Column(text.t("chart.value"), numeric=True))
    rows = tuple((tile["name"], tile["words"]) for tile in ordered)
    return Table(caption.name, caption.title, columns, rows, lang=text.lang)
