"""What trend and small multiples draw alike: bands, settled and unsettled lines, and what a point says."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from indicators.charts import look, points
from indicators.charts.look import Trace
from indicators.charts.points import Point
from indicators.i18n import Text, unit_digits

QUIET = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False}


def bands(runs: list[list[Point]], colour: str) -> list[Trace]:
    """The intervals of all runs as one trace of separate shapes; nothing where there is none."""
    xs: list[str | None] = []
    ys: list[float | None] = []
    for run in runs:
        inside = [mark for mark in run if mark.lower is not None and mark.upper is not None]
        if len(inside) > 1:
            xs += [*(mark.day.isoformat() for mark in chain(inside, inside[::-1])), None]
            ys += [*(mark.lower for mark in inside), *(mark.upper for mark in inside[::-1]), None]
    if not xs:
        return []
    return [
        {
            **QUIET, "x": xs[:-1], "y": ys[:-1], "line": {"width": 0},
            "fill": "toself", "fillcolor": look.rgba(colour, look.BAND),
        }
    ]  # fmt: skip


def paths(runs: list[list[Point]], colour: str, width: float) -> list[tuple[Trace, list[Point | None]]]:
    """The line through all runs: a solid trace where both ends are final, a dashed one for the rest; with
    each the points it goes through, ``None`` where it is interrupted."""
    made: list[tuple[Trace, list[Point | None]]] = []
    for settled, dash in ((True, "solid"), (False, look.DASH)):
        pieces = [piece for run in runs for kind, piece in points.pieces(run) if kind is settled]
        through: list[Point | None] = [mark for piece in pieces for mark in (*piece, None)][:-1]
        if through:
            trace = {
                **QUIET,
                "x": [mark and mark.day.isoformat() for mark in through],
                "y": [mark and mark.value for mark in through],
                "line": {"color": colour, "width": width, "dash": dash},
            }
            made.append((trace, through))
    return made


def spoken(
    marks: Sequence[Point | None], name: str, unit: str, text: Text, *, intervals: bool = True
) -> Trace:
    """What a point says when pointed at: name, period, value with unit, interval, and whether it is final.

    Plotly writes the numbers; it is told the format, and both languages share the separators.
    """
    form = ".1%" if unit == "share" else f",.{unit_digits(unit)}f"
    value = f"%{{y:{form}}}"
    words = (
        value if unit == "share" else text.t("number.amount", value=value, unit=look.plain(text.unit(unit)))
    )
    said: Trace = {"hoverinfo": "all", "text": [_label(mark, text) for mark in marks]}
    known = [mark for mark in marks if mark]
    if intervals and known and all(mark.lower is not None and mark.upper is not None for mark in known):
        lower, upper = (f"%{{customdata[{number}]:{form}}}" for number in (0, 1))
        interval = text.t("number.interval", lower=lower, upper=upper)
        words += f"<br>{look.plain(text.t('chart.interval'))}: {interval}"
        said["customdata"] = [mark and [look.fine(mark.lower), look.fine(mark.upper)] for mark in marks]
    if name:
        said["meta"] = look.plain(name)
    head = "<b>%{meta}</b><br>" if name else ""
    return {**said, "hovertemplate": f"{head}%{{text}}<br>{words}<extra></extra>"}


def _label(mark: Point | None, text: Text) -> str:
    if mark is None:
        return ""
    label = look.plain(mark.label)
    return label if mark.final else f"{label} · {look.plain(text.t(f'maturity.{mark.maturity}'))}"
