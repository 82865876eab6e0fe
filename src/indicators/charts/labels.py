"""Where the name of a point stands: beside its mark, clear of the other marks, of lines and of other names."""

from __future__ import annotations

from collections.abc import Sequence

from indicators.charts.look import Layout

Spot = tuple[float, float]  # a place within the plot, in pixels from its lower left corner

LETTER, LINE = 7.5, 15  # pixels of a bold letter of size 12, and of a line of them
AWAY = 10  # from the mark to its name
CLEAR = 5  # between a name and whatever else is drawn
SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))  # the first that is free
ANCHORS = {1: "left", 0: "center", -1: "right"}, {1: "bottom", 0: "middle", -1: "top"}


def beside(
    names: Sequence[tuple[str, Spot]], drawn: Sequence[Spot], size: tuple[float, float]
) -> list[Layout]:
    """Anchor and shift of each name, on the side of its mark with the fewest of the ``drawn`` spots in its way.

    ``size`` is the plot's width and height; a side on which the name would leave it comes last.
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
    """Left, lower, right and upper edge of a name on one side of its mark."""
    width, (x, y), (across, up) = len(words) * LETTER, spot, side
    left = x + across * AWAY - width * (1 - across) / 2
    low = y + up * AWAY - LINE * (1 - up) / 2
    return left, low, left + width, low + LINE


def _in_the_way(
    box: tuple[float, float, float, float], taken: Sequence[Spot], size: tuple[float, float]
) -> tuple[bool, int]:
    left, low, right, high = box
    outside = left < 0 or low < 0 or right > size[0] or high > size[1]
    hit = (
        left - CLEAR <= x <= right + CLEAR and low - CLEAR <= y <= high + CLEAR
        for x, y in taken
    )  # fmt: skip
    return outside, sum(hit)
