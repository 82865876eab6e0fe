"""Does the interval of a change point hold the month in which the level really changed?"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from indicators.metrics.calibration.months import LAST, SEED, Regime, as_series, simulate
from indicators.metrics.signals import change_points
from indicators.periods import add_months, months_between

SHIFTS = (
    Regime("−10 %, three years ago", 500, 8, 0.0, ratio=0.9, since=36),
    Regime("−20 %, three years ago", 500, 8, 0.0, ratio=0.8, since=36),
    Regime("−20 %, three years ago, mild autocorrelation", 500, 8, 0.2, ratio=0.8, since=36),
    Regime("−20 %, three years ago, strong autocorrelation", 500, 8, 0.5, ratio=0.8, since=36),
    Regime("−20 %, one year ago, mild autocorrelation", 500, 8, 0.2, ratio=0.8, since=12),
    Regime("+20 %, five years ago, mild autocorrelation", 500, 8, 0.2, ratio=1.2, since=60),
    Regime("−40 %, three years ago, mild autocorrelation", 500, 8, 0.2, ratio=0.6, since=36),
)


def held_dates(shifts: Iterable[Regime], count: int = 300, seed: int = SEED) -> pl.DataFrame:
    """For each shift: share of series in which a change point was found, share of those whose interval (the
    nearest one's) holds the true month, and the median width of the interval in months."""
    rows = []
    for number, shift in enumerate(shifts):
        truth = add_months(LAST.replace(day=1), 1 - shift.since)
        months, _ = simulate(shift, np.random.default_rng([seed, 2000 + number]), count)
        found = [change_points(as_series(one, shift)) for one in months]
        nearest = [
            min(points, key=lambda point: abs(months_between(truth, point.likely)))
            for points in found
            if points
        ]
        rows.append(
            {
                "shift": shift.name,
                "found": len(nearest) / count,
                "held": float(np.mean([one.first <= truth <= one.last for one in nearest])),
                "width": float(np.median([months_between(one.first, one.last) + 1 for one in nearest])),
            }
        )
    return pl.DataFrame(rows)
