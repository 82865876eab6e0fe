"""Tile maps: a tile of one size for every state, darker where its value is higher, as inline SVG."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import polars as pl

from indicators import catalog
from indicators.charts.axes import tick_labels
from indicators.charts.chart import Exhibit
from indicators.charts.points import alt_extremes, heading
from indicators.charts.style import EDGE, HATCH, INK, PAPER, QUIET, SHADES
from indicators.charts.tables import Caption, Column, Table
from indicators.errors import UsageError
from indicators.i18n import Text

Country = Literal["MX", "US"]

MIME = "application/vnd.indicators.map+json"

# Column by column from the west, line by line from the north; dots are an empty place.
GRIDS: dict[Country, str] = {
    "MX": """
BCN SON CHH COA ... ... ... ... ... ...
BCS SIN DUR NLE TAM ... ... ... ... ...
... NAY ZAC SLP ... ... ... ... ... ...
... JAL AGU GUA QUE HID ... ... YUC ...
... COL MIC MEX CMX TLA VER TAB CAM ROO
... ... ... GRO MOR PUE OAX CHP ... ...
""",
    "US": """
AK .. .. .. .. .. .. .. .. .. ME
.. .. .. .. .. .. .. .. .. VT NH
WA ID MT ND MN WI MI .. NY MA RI
OR NV WY SD IA IL IN OH PA NJ CT
CA UT CO NE MO KY WV VA MD DE ..
.. AZ NM KS AR TN NC SC DC .. ..
.. .. .. OK LA MS AL GA .. .. ..
HI .. .. TX .. .. .. .. FL .. ..
""",
}
TILE, PITCH = 60, 64  # a tile, and from one tile to the next
READOUT = {"MX": 10, "US": 9}  # the column before which, on the first line, a tile's value is read


def grid(country: Country) -> dict[str, tuple[int, int]]:
    """Return column and line of every state's tile, from the north-west, by place."""
    return {
        f"{country}-{code}": (column, line)
        for line, codes in enumerate(GRIDS[country].strip().splitlines())
        for column, code in enumerate(codes.split())
        if code.strip(".")
    }


def svg(payload: Mapping[str, Any]) -> str:
    """Return the map of a payload as an SVG element. A tile with the focus or under the pointer shows its value.

    A frame of title, unit, legend and source is around the tiles, hidden until a reader saves the map.
    """
    tiles = payload["tiles"]
    width = (max(tile["x"] for tile in tiles) + 1) * PITCH
    height = (max(tile["y"] for tile in tiles) + 1) * PITCH
    name = escape(payload["id"])
    frame, around = _frame(payload, width, height)
    return (
        f'<svg class="tiles" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" data-frame="{around}"'
        f' role="group" aria-label="{escape(payload["title"])}" font-family="system-ui, sans-serif">'
        f'<defs><pattern id="{name}-none" width="8" height="8" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><rect width="8" height="8" fill="{PAPER}"/>'
        f'<rect width="2" height="8" fill="{HATCH}"/></pattern></defs>'
        "<style>.tile .readout{visibility:hidden}.tile:hover .readout,.tile:focus .readout{visibility:visible}"
        f".tile:focus,.tile:hover{{outline:none}}.tile:focus .box,.tile:hover .box{{stroke:{INK};stroke-width:4}}"
        f"</style>{frame}"
        + "".join(_tile_svg(tile, name, READOUT[payload["country"]] * PITCH - 6) for tile in tiles)
        + "</svg>"
    )


def _frame(payload: Mapping[str, Any], width: int, height: int) -> tuple[str, str]:
    """Return title, unit and legend above the tiles and the source below, hidden; and the view box of all."""
    title = textwrap.wrap(payload["title"], 52)
    source = textwrap.wrap(payload["source"], 92)
    legend = [payload["legend"][start : start + 3] for start in range(0, len(payload["legend"]), 3)]
    top = -(26 * len(title) + 22 * len(legend) + 44)
    words, y = [], top + 24
    for line in title:
        words.append(_written(4, y, line, 'font-size="20" font-weight="700"'))
        y += 26
    words.append(_written(4, y - 2, payload["subtitle"], f'font-size="14" fill="{QUIET}"'))
    for entries in legend:
        y += 22
        for column, (fill, entry) in enumerate(entries):
            shade = escape(fill) or f"url(#{escape(payload['id'])}-none)"
            x = 4 + column * 200
            words.append(f'<rect x="{x}" y="{y - 11}" width="13" height="13" fill="{shade}" stroke="{EDGE}"/>')
            words.append(_written(x + 20, y, entry, 'font-size="14"'))
    for number, line in enumerate(source):
        words.append(_written(4, height + 24 + 16 * number, line, f'font-size="12" fill="{QUIET}"'))
    around = f"-12 {top - 8} {width + 24} {height - top + 16 * len(source) + 28}"
    return f'<g class="frame" display="none" fill="{INK}" aria-hidden="true">{"".join(words)}</g>', around


def _written(x: int, y: int, words: str, look: str) -> str:
    return f'<text x="{x}" y="{y}" {look}>{escape(words)}</text>'


def _tile_svg(tile: Mapping[str, Any], map_name: str, read_at: int) -> str:
    """Return one tile; its name and value appear at the pixel ``read_at`` of the first line."""
    x, y = tile["x"] * PITCH + 2, tile["y"] * PITCH
    name, words = escape(tile["name"]), escape(tile["words"])
    fill = escape(tile["fill"]) or f"url(#{map_name}-none)"
    ink = PAPER if tile["fill"] and luminance(tile["fill"]) < 0.25 else INK
    shown = words if tile["fill"] and len(tile["words"]) <= 6 else ""
    middle = x + TILE / 2
    code_y = y + (27 if shown else 36)
    value = f'<text class="value" x="{middle}" y="{y + 46}" font-size="14">{shown}</text>' if shown else ""
    return (
        f'<g class="tile" tabindex="0" role="img" aria-label="{name}: {words}">'
        f'<rect class="box" x="{x}" y="{y}" width="{TILE}" height="{TILE}" rx="4" fill="{fill}" stroke="{EDGE}"/>'
        f'<g fill="{ink}" text-anchor="middle">'
        f'<text class="code" x="{middle}" y="{code_y}" font-size="18" font-weight="600">{escape(tile["code"])}</text>'
        f"{value}</g>"
        f'<g class="readout" text-anchor="end" fill="{INK}"><text x="{read_at}" y="25" font-size="20">{name}</text>'
        f'<text x="{read_at}" y="54" font-size="24" font-weight="700">{words}</text></g></g>\n'
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
