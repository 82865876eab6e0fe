"""Axes with round ticks, breaks across a plot, and names beside points, clear of whatever else is drawn."""

import math
from collections.abc import Sequence
from datetime import date, timedelta

from indicators.catalog import Break
from indicators.charts import style
from indicators.charts.style import Layout
from indicators.i18n import Text, unit_digits
from indicators.periods import add_months, months_between

Spot = tuple[float, float]  # a place within the plot, in pixels from its lower left corner

LETTER, LINE = 7.5, 15  # pixels of a bold letter of size 12, and of a line of them
AWAY = 10  # from the mark to its name
CLEAR = 5  # between a name and whatever else is drawn
SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))  # the first that is free
ANCHORS = {1: "left", 0: "center", -1: "right"}, {1: "bottom", 0: "middle", -1: "top"}


def beside(names: Sequence[tuple[str, Spot]], drawn: Sequence[Spot], size: tuple[float, float]) -> list[Layout]:
    """Return anchor and shift of each name, on the side of its mark with the fewest of the ``drawn`` spots in its way.

    ``size`` is the plot's width and height; a side on which the name would leave the plot comes last.
    """
    taken, found = list(drawn), []
    for words, spot in names:
        boxes = {side: _box(words, spot, side) for side in SIDES}
        side = min(SIDES, key=lambda side: _in_the_way(boxes[side], taken, size))
        left, low, right, high = boxes[side]
        taken += [(left + (right - left) * part / 4, (low + high) / 2) for part in range(5)]
        across, up = side
        found.append({
            "xanchor": ANCHORS[0][across], "xshift": across * AWAY,
            "yanchor": ANCHORS[1][up], "yshift": up * AWAY,
        })  # fmt: skip
    return found


def _box(words: str, spot: Spot, side: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return left, lower, right and upper edge of a name on one side of its mark."""
    width, (x, y), (across, up) = len(words) * LETTER, spot, side
    left = x + across * AWAY - width * (1 - across) / 2
    low = y + up * AWAY - LINE * (1 - up) / 2
    return left, low, left + width, low + LINE


def _in_the_way(
    box: tuple[float, float, float, float], taken: Sequence[Spot], size: tuple[float, float]
) -> tuple[bool, int]:
    left, low, right, high = box
    outside = left < 0 or low < 0 or right > size[0] or high > size[1]
    hit = (left - CLEAR <= x <= right + CLEAR and low - CLEAR <= y <= high + CLEAR for x, y in taken)
    return outside, sum(hit)


EDGE = timedelta(days=16)  # room beside the first and the last point: a month lies at its middle
NUMBERS = 28  # pixels above a plot for the numbers of its breaks
STEPS = (1, 2, 3, 6, 12, 24, 36, 60, 120)  # months between the ticks of a time axis


def nice_step(span: float, count: int = 5) -> float:
    """Return the round number (1, 2, 2.5 or 5 times a power of ten) that cuts a span into about ``count`` parts."""
    raw = span / count
    power = 10.0 ** math.floor(math.log10(raw))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= raw * 0.999)


def nice_ticks(low: float, high: float, count: int = 5, unit: str = "") -> list[float]:
    """Return round values from at or below ``low`` to at or above ``high``; whole ones of a counted ``unit``."""
    if high <= low:
        high = low + (abs(low) or 1)
    step = nice_step(high - low, count)
    if unit and not unit_digits(unit) and step % 1:
        step = 5.0 if step > 2 else 1.0
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{number * step:.10g}") for number in range(first, last + 1)]


def tick_labels(ticks: list[float], unit: str, text: Text) -> list[str]:
    """Return the values as words, all with the decimals that the finest of them needs; millions as ``250 M``."""
    factor, suffix = (100.0, "%") if unit == "share" else (1.0, "")
    if max(map(abs, ticks)) * factor >= 1_000_000:
        factor, suffix = 1e-6, "\N{NO-BREAK SPACE}M"
    scaled = [tick * factor for tick in ticks]
    digits = next(d for d in range(7) if d == 6 or all(abs(x - round(x, d)) < 1e-9 for x in scaled))
    return [text.number(x, digits) + (suffix if x or suffix == "%" else "") for x in scaled]


def time_ticks(first: date, last: date, text: Text, most: int) -> tuple[list[str], list[str]]:
    """Return days and labels of at most ``most`` ticks between two days: years, or months with the year below."""
    span = max(1, months_between(first, last))
    step = next((step for step in STEPS if span / step < most), STEPS[-1])
    years = max(1, step // 12)
    start = date(first.year - first.year % years, 1, 1)
    days, labels = [], []
    while start <= last:
        if start >= first - EDGE:
            month = text.month_short(start).split()[0]
            labels.append(str(start.year) if step >= 12 else f"{month}<br>{start.year}")
            days.append(start)
        start = add_months(start, step)
    if step < 12:  # the year once, under its first month
        seen: set[int] = set()
        for number, day in enumerate(days):
            if day.year in seen:
                labels[number] = labels[number].split("<br>")[0]
            seen.add(day.year)
    return [day.isoformat() for day in days], labels


def time_axis(first: date, last: date, text: Text) -> tuple[Layout, Layout]:
    """Return the horizontal axis between two days, and its changes on a phone."""
    pad = max(EDGE, (last - first) / 60)
    days, labels = time_ticks(first, last, text, 10)
    few_days, few_labels = time_ticks(first, last, text, 5)
    wide = {"type": "date", "range": [(first - pad).isoformat(), (last + pad).isoformat()]}
    return wide | {"tickvals": days, "ticktext": labels}, {"tickvals": few_days, "ticktext": few_labels}


def value_axis(ticks: list[float], unit: str, text: Text) -> Layout:
    """Return the vertical axis from the first to the last of the ticks."""
    return {"range": [ticks[0], ticks[-1]], "tickvals": ticks, "ticktext": tick_labels(ticks, unit, text)}


def over_time(
    days: tuple[date, date] | None, values: Sequence[float], unit: str, breaks: Sequence[Break], text: Text
) -> tuple[Layout, Layout]:
    """Return the layout of a chart of ``values`` from one day to another, and its changes on a phone.

    The numbers of the breaks are above the plot, and the legend above these numbers.
    """
    layout = style.theme(style.HEIGHT)
    narrow: Layout = {"height": style.NARROW_HEIGHT}
    layout["yaxis"] |= value_axis(nice_ticks(min(values), max(values), unit=unit), unit, text)
    layout["shapes"], layout["annotations"] = break_marks(breaks)
    if breaks:
        layout["margin"] |= {"t": NUMBERS}
        layout["legend"] = {"y": 1 + NUMBERS / layout["height"]}
    if days:
        wide, narrow["xaxis"] = time_axis(*days, text)
        layout["xaxis"] |= wide
    return layout, narrow


def break_marks(breaks: Sequence[Break], axis: str = "") -> tuple[list[Layout], list[Layout]]:
    """Return shapes and labels: a dashed line at each break (grey to its last day), and its number above the plot."""
    x, y = f"x{axis}", f"y{axis} domain"
    shapes: list[Layout] = []
    labels: list[Layout] = []
    for number, found in enumerate(breaks, 1):
        first, last = found.first.isoformat(), found.last.isoformat()
        line = {"color": style.QUIET, "width": 1, "dash": "dash" if found.blocks else "dot"}
        place = {"xref": x, "yref": y, "y0": 0, "y1": 1}
        shapes.append({**place, "type": "line", "x0": first, "x1": first, "line": line})
        if first != last:
            grey = {"fillcolor": style.rgba(style.QUIET, 0.10), "line": {"width": 0}, "layer": "below"}
            shapes.append({**place, **grey, "type": "rect", "x0": first, "x1": last})
        labels.append({
            "text": str(number), "x": first, "xref": x, "y": 1, "yref": y, "yanchor": "bottom", "yshift": 2,
            "showarrow": False, "font": {"size": 11, "color": style.QUIET}, "bgcolor": style.PAPER,
            "bordercolor": style.QUIET, "borderwidth": 1, "borderpad": 2,
        })  # fmt: skip
    return shapes, labels
