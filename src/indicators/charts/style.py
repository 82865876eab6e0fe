"""The one look all charts share: colours, type, the layout they start from, and the templates of HTML and SVG."""

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, FileSystemLoader, StrictUndefined

# The palette of Okabe and Ito (2008), distinct for colour-blind readers; those with a contrast of 3:1 on white.
BLUE, VERMILLION, GREEN, INK = "#0072B2", "#D55E00", "#009E73", "#1b1f24"
QUIET, GRID, PAPER = "#565e68", "#e4e7eb", "#ffffff"
SHADES = ("#e3eef7", "#b3d1e8", "#74a9cf", "#2b7bb3", "#04497d")  # of a tile map: one hue, light to dark
EDGE, HATCH = "#8a929c", "#c9ced5"  # around a tile, and within a tile without data
PALETTE = {  # the variables of the style sheet
    "ink": INK, "quiet": QUIET, "rule": "#d9dde2", "wash": "#f5f6f8", "paper": PAPER, "accent": "#0b4f83",
    "good": "#00694c", "bad": "#a03d00", "caution": "#fff8e6", "caution-edge": "#b07a00",
    "soft": "#333a42", "grid": GRID, "line": BLUE,  # text of an opening; of the headlines' drawings
}  # fmt: skip
COLOURS = (BLUE, VERMILLION, GREEN, INK)
SYMBOLS = ("circle", "square", "diamond", "triangle-up")
DRUGS = {"fentanyl": BLUE, "methamphetamine": VERMILLION, "cocaine": GREEN, "marijuana": INK}  # on every page
HEIGHT, NARROW_HEIGHT = 360, 300  # pixels
END = 76  # pixels beside a line for its latest value, up to six digits of it
DASH = "4px 3px"  # a line that is not final
BAND = 0.16  # opacity of an interval's band
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'

Layout = dict[str, Any]
Trace = dict[str, Any]


def plain(words: str) -> str:
    """Return words for a figure, with the signs escaped that plotly would take for mark-up."""
    return escape(words, quote=False)


def css_variables() -> str:
    """Return the block of a style sheet that declares the colours of PALETTE."""
    return ":root {\n" + "".join(f"  --{name}: {colour};\n" for name, colour in PALETTE.items()) + "}\n\n"


AXIS = {
    "automargin": True, "fixedrange": True, "showgrid": False, "zeroline": False,
    "ticks": "outside", "ticklen": 5, "tickcolor": "rgba(0, 0, 0, 0)",  # room, not a mark
    "tickfont": {"size": 12, "color": QUIET},
}  # fmt: skip
STYLE: Layout = {
    "autosize": True,
    "font": {"family": FONT, "size": 13, "color": INK},
    "paper_bgcolor": PAPER,
    "plot_bgcolor": PAPER,
    "colorway": list(COLOURS),
    "dragmode": False,
    "hovermode": "closest",
    "hoverdistance": 30,
    "hoverlabel": {
        "bgcolor": PAPER, "bordercolor": QUIET, "align": "left", "font": {"size": 13, "color": INK},
    },
    "showlegend": False,
    "legend": {
        "orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom",
        "itemclick": False, "itemdoubleclick": False, "font": {"size": 13},
    },
    "separators": ".,",
    "xaxis": {**AXIS, "showline": True, "linecolor": QUIET},
    "yaxis": {**AXIS, "showgrid": True, "gridcolor": GRID, "zeroline": True, "zerolinecolor": QUIET},
}  # fmt: skip


def theme(height: int, **changes: Any) -> Layout:
    """Return the layout that all charts start from, the look in its template; ``changes`` replace whole keys."""
    margin = {"l": 4, "r": 16, "t": 16, "b": 8, "pad": 0}
    start = {"height": height, "margin": margin, "xaxis": {}, "yaxis": {}, "shapes": [], "annotations": []}
    return {"template": {"layout": STYLE}, **start, **changes}


def figure(traces: list[Trace], layout: Layout) -> go.Figure:
    """Return the figure, checked by plotly, in numbers no finer than a picture can show."""
    return go.Figure({"data": [_rounded(trace) for trace in traces], "layout": layout})


def _rounded(trace: Trace) -> Trace:
    """Return the trace with numbers no finer than are read, and those of a band no finer than are seen."""
    shorten = _coarse if "fill" in trace else fine
    return {key: [shorten(x) for x in value] if key in ("x", "y") else value for key, value in trace.items()}


def shared(traces: list[Trace], template: Layout) -> list[Trace]:
    """Return the traces without what the first line trace says, and put that into the template for all of them."""
    lines = [trace for trace in traces if "hovertemplate" in trace]
    if not lines:
        return traces
    common = {key: lines[0][key] for key in ("mode", "showlegend", "hoverinfo", "hovertemplate", "line")}
    template["data"] = {"scatter": [{"type": "scatter", **common}]}
    return [_without(trace, common) for trace in traces]


def _without(trace: Trace, common: Trace) -> Trace:
    """Return what a trace says beyond ``common``, in nested dictionaries too."""
    return {
        key: _without(value, common[key]) if isinstance(value, dict) and key in common else value
        for key, value in trace.items()
        if value != common.get(key)
    }


def fine(x: Any) -> Any:
    """Return a number with a decimal or two more than is read; anything else unchanged."""
    if not isinstance(x, float):
        return x
    return int(x) if x.is_integer() else round(x, 2) if abs(x) >= 10 else float(f"{x:.4g}")


def _coarse(x: Any) -> Any:
    if not isinstance(x, float):
        return x
    return round(x) if abs(x) >= 1000 else round(x, 1) if abs(x) >= 10 else float(f"{x:.3g}")


SILENT: Trace = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False}
HOVER = "%{text}<extra></extra>"


def band(xs: Sequence[Any], ys: Sequence[Any], colour: str) -> Trace:
    """Return a pale area within an outline."""
    fill = {"fill": "toself", "fillcolor": rgba(colour, BAND)}
    return {**SILENT, "x": xs, "y": ys, "line": {"width": 0}, **fill}


def whiskers(bounds: Sequence[tuple[float, float, float]]) -> Trace:
    """Return the error bars of values, each with its lower bound before it and its upper bound after it."""
    return {
        "type": "data", "symmetric": False, "color": INK, "thickness": 1.25, "width": 0,
        "array": [upper - value for _, value, upper in bounds],
        "arrayminus": [value - lower for lower, value, _ in bounds],
    }  # fmt: skip


def hover(*lines: str, head: str = "") -> str:
    """Return the words beside the pointer, one line below the other, the head in bold."""
    return "<br>".join([*([f"<b>{plain(head)}</b>"] if head else []), *map(plain, lines)])


def colours(metrics: Sequence[str]) -> list[str]:
    """Return a colour for each line: its own for a drug, else those of the palette in order."""
    own = [DRUGS.get(metric.partition("_")[0], "") for metric in metrics]
    return own if all(own) and len(set(own)) == len(own) else list(COLOURS[: len(metrics)])


def rgba(colour: str, opacity: float) -> str:
    """Return ``#rrggbb`` with an opacity."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity})"


def templates(folder: Path) -> Callable[..., str]:
    """Return the function that fills in a template of a folder, by its name; every value is escaped."""
    loader = FileSystemLoader(folder)
    found = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)

    def render(template: str, **values: Any) -> str:
        return found.get_template(template).render(values)

    return render


render = templates(Path(__file__).parent / "templates")
