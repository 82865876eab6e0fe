"""How a tile map is drawn: where each state's tile lies, and the map of a payload as inline SVG."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import polars as pl

from indicators import catalog
from indicators.charts.axes import tick_labels
from indicators.charts.chart import Exhibit
from indicators.charts.points import heading
from indicators.charts.tables import Column, Table, check_id
from indicators.errors import UsageError
from indicators.i18n import Text

# Column by column from the west, line by line from the north; ".." is an empty place.
MEXICO = """
BCN SON CHH COA ... ... ... ... ... ...
BCS SIN DUR NLE TAM ... ... ... ... ...
... NAY ZAC SLP ... ... ... ... ... ...
... JAL AGU GUA QUE HID ... ... YUC ...
... COL MIC MEX CMX TLA VER TAB CAM ROO
... ... ... GRO MOR PUE OAX CHP ... ...
"""
UNITED_STATES = """
AK .. .. .. .. .. .. .. .. .. ME
.. .. .. .. .. .. .. .. .. VT NH
WA ID MT ND MN WI MI .. NY MA RI
OR NV WY SD IA IL IN OH PA NJ CT
CA UT CO NE MO KY WV VA MD DE ..
.. AZ NM KS AR TN NC SC DC .. ..
.. .. .. OK LA MS AL GA .. .. ..
HI .. .. TX .. .. .. .. FL .. ..
"""

LIGHT, DARK, QUIET, EDGE = "#ffffff", "#1b1f24", "#565e68", "#8a929c"
TILE, PITCH = 60, 64  # a tile, and from one tile to the next
READOUT = {"MX": 10, "US": 9}  # the column before which, on the first line, a tile's value is read


def grid(country: Literal["MX", "US"]) -> dict[str, tuple[int, int]]:
    """Place id of every state to its column and line."""
    lines = (MEXICO if country == "MX" else UNITED_STATES).strip().splitlines()
    return {
        f"{country}-{code}": (column, line)
        for line, codes in enumerate(lines)
        for column, code in enumerate(codes.split())
        if code.strip(".")
    }


def svg(payload: Mapping[str, Any]) -> str:
    """The map of a payload as an SVG element. A tile that has the focus, or is pointed at, shows its value.

    A frame of title, unit, legend and source lies around the tiles, out of sight until the map is saved.
    """
    tiles = payload["tiles"]
    width = (max(tile["x"] for tile in tiles) + 1) * PITCH
    height = (max(tile["y"] for tile in tiles) + 1) * PITCH
    id = escape(payload["id"])
    frame, around = _frame(payload, width, height)
    return (
        f'<svg class="tiles" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" data-frame="{around}"'
        f' role="group" aria-label="{escape(payload["title"])}" font-family="system-ui, sans-serif">'
        f'<defs><pattern id="{id}-none" width="8" height="8" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect width="8" height="8" fill="#fff"/>'
        '<rect width="2" height="8" fill="#c9ced5"/></pattern></defs>'
        "<style>.tile .readout{visibility:hidden}.tile:hover .readout,.tile:focus .readout{visibility:visible}"
        f".tile:focus,.tile:hover{{outline:none}}.tile:focus .box,.tile:hover .box{{stroke:{DARK};stroke-width:4}}"
        f"</style>{frame}"
        + "".join(_tile_svg(tile, id, READOUT[payload["country"]] * PITCH - 6) for tile in tiles)
        + "</svg>"
    )


def _frame(payload: Mapping[str, Any], width: int, height: int) -> tuple[str, str]:
    """Title, unit and legend above the tiles and the source below, not displayed; and the view box of it all."""
    title = textwrap.wrap(payload["title"], 52)
    source = textwrap.wrap(payload["source"], 92)
    legend = [payload["legend"][start : start + 3] for start in range(0, len(payload["legend"]), 3)]
    top = -(26 * len(title) + 22 * len(legend) + 44)
    words, y = [], top + 24
    for line in title:
        words.append(f'<text x="4" y="{y}" font-size="20" font-weight="700">{escape(line)}</text>')
        y += 26
    words.append(
        f'<text x="4" y="{y - 2}" font-size="14" fill="{QUIET}">{escape(payload["subtitle"])}</text>'
    )
    for entries in legend:
        y += 22
        for column, (fill, entry) in enumerate(entries):
            shade = escape(fill) or f"url(#{escape(payload['id'])}-none)"
            x = 4 + column * 200
            words.append(
                f'<rect x="{x}" y="{y - 11}" width="13" height="13" fill="{shade}" stroke="{EDGE}"/>'
            )
            words.append(f'<text x="{x + 20}" y="{y}" font-size="14">{escape(entry)}</text>')
    for number, line in enumerate(source):
        words.append(
            f'<text x="4" y="{height + 24 + 16 * number}" font-size="12" fill="{QUIET}">{escape(line)}</text>'
        )
    around = f"-12 {top - 8} {width + 24} {height - top + 16 * len(source) + 28}"
    return f'<g class="frame" display="none" fill="{DARK}" aria-hidden="true">{"".join(words)}</g>', around


def _tile_svg(tile: Mapping[str, Any], id: str, read_at: int) -> str:
    x, y = tile["x"] * PITCH + 2, tile["y"] * PITCH
    name, words = escape(tile["name"]), escape(tile["words"])
    fill = escape(tile["fill"]) or f"url(#{id}-none)"
    ink = LIGHT if tile["fill"] and luminance(tile["fill"]) < 0.25 else DARK
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
        f'<g class="readout" text-anchor="end" fill="{DARK}"><text x="{read_at}" y="25" font-size="20">{name}</text>'
        f'<text x="{read_at}" y="54" font-size="24" font-weight="700">{words}</text></g></g>\n'
    )


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, as the Web Content Accessibility Guidelines define it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


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
