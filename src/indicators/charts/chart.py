"""A chart or a map as a page needs it: the words around the picture, and the numbers behind it."""

import json
import textwrap
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go
import polars as pl

from indicators.charts.style import INK, QUIET, Layout, plain
from indicators.charts.tables import Caption, Table, to_csv

MIME = "application/vnd.indicators.chart+json"
EXPORT_WIDTH = 960  # pixels of a saved picture


@dataclass(frozen=True, eq=False, kw_only=True)
class Exhibit(Caption):
    """The words of a picture and its numbers.

    ``alt`` is the text alternative, ``table`` has the numbers as a reader sees them, ``data`` the raw ones for the
    CSV. The title is text above the picture, not a part of it.
    """

    alt: str
    table: Table
    data: pl.DataFrame
    lang: str

    def payload(self) -> dict[str, Any]:
        """Return all that a page needs, as JSON; the same exhibit gives the same bytes."""
        return {
            "id": self.name,
            "title": self.title,
            "subtitle": self.subtitle,
            "source": self.source_line,
            "alt": self.alt,
            "lang": self.lang,
            "notes": list(self.notes),
            "table": self.table.payload(),
            "csv": to_csv(self.data),
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class Chart(Exhibit):
    """A figure and its words; ``narrow`` are the changes of the figure's layout on a phone."""

    figure: go.Figure
    narrow: Layout = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """Return all that a page needs, as JSON, with the figure and the layout of a saved picture."""
        figure = json.loads(self.figure.to_json())
        return super().payload() | {"figure": figure, "narrow": self.narrow, "export": self._export()}

    def _export(self) -> Layout:
        """Return the layout's changes in a saved picture: title and unit above, the source below.

        The source is an annotation more than the figure has.
        """
        layout = self.figure.to_dict()["layout"]
        title = [f"<b>{plain(line)}</b>" for line in textwrap.wrap(self.title, 76)]
        source = [plain(line) for line in textwrap.wrap(self.source_line, 120)]
        top, bottom = 26 * len(title) + 68, 15 * len(source) + 52  # below the axis first come its labels
        margin = layout["margin"]
        return {
            "width": EXPORT_WIDTH,
            "height": layout["height"] + top + bottom,
            "autosize": False,
            "margin": {**margin, "l": 24, "r": max(24, margin["r"]), "t": margin["t"] + top, "b": bottom},
            "title": {
                "text": "<br>".join(title),
                "subtitle": {"text": plain(self.subtitle), "font": {"size": 13, "color": QUIET}},
                "font": {"size": 19, "color": INK},
                "x": 0, "xref": "container", "xanchor": "left", "pad": {"l": 24, "t": 20},
                "y": 1, "yref": "container", "yanchor": "top", "automargin": False,
            },
            "annotations": [
                {
                    "text": "<br>".join(source), "align": "left", "font": {"size": 11, "color": QUIET},
                    "x": 0, "xref": "paper", "xanchor": "left", "showarrow": False,
                    "y": 0, "yref": "paper", "yanchor": "top", "yshift": -44,
                },
            ],
        }  # fmt: skip

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        payload = self.payload()
        inside, around = payload["figure"]["layout"], payload["export"]
        annotations = inside.get("annotations", []) + around["annotations"]
        layout = {**inside, **around, "annotations": annotations}
        shown = {"data": payload["figure"]["data"], "layout": layout}
        return {"text/plain": self.alt, "application/vnd.plotly.v1+json": shown, MIME: payload}
