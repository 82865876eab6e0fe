"""Months whose truth is known: seasonal, over-dispersed, tied to their neighbours, with and without a change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from indicators.metrics.series import COLUMNS, Series
from indicators.periods import Clock, add_months, month_end, twelve_months_ending

Floats = NDArray[np.float64]
SEED = 20220614
LAST = date(2025, 12, 31)
# Share by which a month differs from the yearly mean: no smooth wave, as in monthly counts of crime
SEASON = np.array([0.01, -0.11, 0.0, 0.01, 0.06, 0.04, 0.07, 0.06, 0.0, 0.04, -0.08, -0.10])


@dataclass(frozen=True)
class Regime:
    """A kind of series: mean events a month, variance over Poisson's, correlation of neighbouring months, how
    many months, and how its level moves (``ratio``: latest year over the year before)."""

    name: str
    level: float
    phi: float = 1.0
    rho: float = 0.0
    months: int = 72
    ratio: float = 1.0
    shape: str = "step"  # step · slope · wave: how the level gets there
    since: int = 12  # for how many months the step has lasted
    kind: str = "count"  # count · share · ending (12-month totals, months being behind)


def simulate(regime: Regime, rng: np.random.Generator, count: int) -> tuple[Floats, Floats]:
    """``count`` series of months (rows) and their expected values (one row): negative binomial (Poisson at
    phi = 1; normal quantiles of an AR(1) process make the months hang together)."""
    month = np.arange(regime.months) - regime.months + 1
    years = {"step": (month > -regime.since).astype(float), "slope": month / 12}.get(regime.shape)
    path = 0.25 * np.sin(2 * np.pi * month / 50) if years is None else np.log(regime.ratio) * years
    mean = regime.level * np.exp(path) * (1 + SEASON[month % 12 - 1])
    return _around(mean, regime, rng, count), mean


def _around(mean: Floats, regime: Regime, rng: np.random.Generator, count: int) -> Floats:
    normal = rng.standard_normal((count, len(mean)))
    for step in range(1, len(mean)):
        normal[:, step] = regime.rho * normal[:, step - 1] + np.sqrt(1 - regime.rho**2) * normal[:, step]
    chance = stats.norm.cdf(normal)
    if regime.kind == "share":
        return _beta_binomial(chance, mean, 4 * regime.level, regime.phi)
    if regime.phi == 1:
        return np.asarray(stats.poisson.ppf(chance, mean))
    return np.asarray(stats.nbinom.ppf(chance, mean / (regime.phi - 1), 1 / regime.phi))


def _beta_binomial(chance: Floats, mean: Floats, whole: float, phi: float) -> Floats:
    """Parts of ``whole`` with ``phi`` times the binomial's variance."""
    size = whole / phi - 1
    share = mean / whole
    return np.asarray(np.round(whole * stats.beta.ppf(chance, share * size, (1 - share) * size)))


def as_series(values: Floats, regime: Regime) -> Series:
    """The simulated months as the report would get them."""
    if regime.kind == "ending":
        values = np.convolve(values, np.ones(12), "valid")
    starts = [add_months(LAST, step - len(values) + 1) for step in range(len(values))]
    clock = Clock.TWELVE_MONTH_ENDING if regime.kind == "ending" else Clock.MONTH
    whole = 4 * regime.level if regime.kind == "share" else None
    frame = pl.DataFrame(
        {
            "period_start": [twelve_months_ending(one)[0] if clock != Clock.MONTH else one for one in starts],
            "period_end": [month_end(one) for one in starts],
            "value": values / whole if whole else values,
            "numerator": values,
        },
    ).with_columns(denominator=pl.lit(whole, pl.Float64), maturity=pl.lit("final"))
    absent = [pl.lit(None, kind).alias(name) for name, kind in COLUMNS.items() if name not in frame.columns]
    kind = "share" if whole else "count"
    frame = frame.with_columns(absent).select(*COLUMNS).cast(COLUMNS)  # type: ignore[arg-type]
    return Series("simulated", "mx", "simulated", clock, "events", kind, frame)
