"""A chart with everything a reader needs beside the picture."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go  # type: ignore[import-untyped]
import polars as pl

from indicators.charts.look import INK, QUIET, Layout, plain
from indicators.tables import Table, check_id, to_csv

MIME = "application/vnd.indicators.chart+json"

EXPORT_WIDTH = 960


@dataclass(frozen=True, eq=False)
class Chart:
    """A figure and its words.

    ``table`` holds the numbers as a reader sees them, ``data`` the raw ones for the CSV; ``narrow`` is what
    changes in the figure's layout on a phone. The title is not in the figure: it stands above it as text.
    """

    id: str
    title: str
    subtitle: str
    source_line: str
    alt: str
    figure: go.Figure
    table: Table
    data: pl.DataFrame
    lang: str
    notes: tuple[str, ...] = ()
    narrow: Layout = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_id(self.id)

    def payload(self) -> dict[str, Any]:
        """All that a page needs, as JSON; the same chart gives the same bytes."""
        return {
            "id": self.id,
            "title": self.title,
            "subtitle": self.subtitle,
            "source": self.source_line,
            "alt": self.alt,
            "lang": self.lang,
            "notes": list(self.notes),
            "figure": self._figure(),
            "narrow": self.narrow,
            "export": self._export(),
            "table": self.table.payload(),
            "csv": to_csv(self.data),
        }

    def _figure(self) -> dict[str, Any]:
        made: dict[str, Any] = json.loads(self.figure.to_json())
        return made

    def _export(self) -> Layout:
        """What the layout gains where the picture leaves the page: title, unit and source in the picture."""
        layout = self.figure.to_dict()["layout"]
        title = textwrap.wrap(self.title, 78)
        source = textwrap.wrap(self.source_line, 130)
        top, bottom = 26 * len(title) + 40, 16 * len(source) + 12
        margin = layout["margin"]
        lines = [f"<b>{plain(line)}</b>" for line in title]
        return {
            "width": EXPORT_WIDTH,
            "height": layout["height"] + top + bottom,
            "autosize": False,
            "margin": {**margin, "l": 24, "r": max(24, margin["r"]), "t": margin["t"] + top, "b": margin["b"] + bottom},
            "title": {
                "text": "<br>".join(lines),
                "subtitle": {"text": plain(self.subtitle), "font": {"size": 13, "color": QUIET}},
                "font": {"size": 19, "color": INK},
                "x": 0, "xref": "container", "xanchor": "left", "pad": {"l": 24},
                "y": 1, "yref": "container", "yanchor": "top", "automargin": False,
            },
            "annotations": [
                *layout.get("annotations", []),
                {
                    "text": "<br>".join(plain(line) for line in source),
                    "x": 0, "xref": "container", "xanchor": "left", "xshift": 24, "align": "left",
                    "y": 0, "yref": "container", "yanchor": "bottom", "yshift": 8, "showarrow": False,
                    "font": {"size": 11, "color": QUIET},
                },
            ],
        }  # fmt: skip

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        payload = self.payload()
        shown = {
            "data": payload["figure"]["data"],
            "layout": {**payload["figure"]["layout"], **payload["export"]},
        }
        return {"text/plain": self.alt, "application/vnd.plotly.v1+json": shown, MIME: payload}
