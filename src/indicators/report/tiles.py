"""How a tile map is drawn: where each state's tile lies, and the map of a payload as inline SVG."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from html import escape
from typing import Any, Literal

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
