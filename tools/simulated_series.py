"""Simulated months with a known truth: seasonal, over-dispersed, autocorrelated, with and without a change."""

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
# Share by which each month differs from the yearly mean; not a smooth wave, because monthly counts of crime are not
SEASON = np.array([0.01, -0.11, 0.0, 0.01, 0.06, 0.04, 0.07, 0.06, 0.0, 0.04, -0.08, -0.10])


@dataclass(frozen=True)
class Regime:
    """A kind of series: ``level`` events a month, ``phi`` times Poisson's variance, correlation ``rho`` of neighboring
    months, and a change of level (``ratio``: latest year over the year before)."""

    name: str
    level: float
    phi: float = 1.0
    rho: float = 0.0
    months: int = 72
    ratio: float = 1.0
    shape: str = "step"  # of the change of level: step · slope · wave
    since: int = 12  # months since the step
    kind: str = "count"  # count · share · ending (12-month totals of the months)


def simulate(regime: Regime, rng: np.random.Generator, count: int) -> tuple[Floats, Floats]:
    """Return ``count`` series of months (rows) and their expected values (one row).

    The counts are negative binomial, Poisson at phi = 1; the quantiles of an AR(1) process correlate the months.
    """
    month = np.arange(regime.months) - regime.months + 1
    years = {"step": (month > -regime.since).astype(float), "slope": month / 12}.get(regime.shape)
    path = 0.25 * np.sin(2 * np.pi * month / 50) if years is None else np.log(regime.ratio) * years
    mean = regime.level * np.exp(path) * (1 + SEASON[month % 12 - 1])
    return _around(mean, regime, rng, count), mean


def _around(mean: Floats, regime: Regime, rng: np.random.Generator, count: int) -> Floats:
    chance = stats.norm.cdf(autocorrelated(rng, (count, len(mean)), regime.rho))
    if regime.kind == "share":
        return _beta_binomial(chance, mean, 4 * regime.level, regime.phi)
    if regime.phi == 1:
        return np.asarray(stats.poisson.ppf(chance, mean))
    return np.asarray(stats.nbinom.ppf(chance, mean / (regime.phi - 1), 1 / regime.phi))


def autocorrelated(rng: np.random.Generator, shape: tuple[int, int], rho: float) -> Floats:
    """Return rows of standard normal values in which neighboring values have the correlation ``rho``."""
    normal = rng.standard_normal(shape)
    for step in range(1, shape[1]):
        normal[:, step] = rho * normal[:, step - 1] + np.sqrt(1 - rho**2) * normal[:, step]
    return normal


def _beta_binomial(chance: Floats, mean: Floats, whole: float, phi: float) -> Floats:
    """Return parts of ``whole`` with ``phi`` times the binomial's variance."""
    size = whole / phi - 1
    share = mean / whole
    return np.asarray(np.round(whole * stats.beta.ppf(chance, share * size, (1 - share) * size)))


def as_series(values: Floats, regime: Regime) -> Series:
    """Return the simulated months as the series that the report would compute."""
    if regime.kind == "ending":
        values = np.convolve(values, np.ones(12), "valid")
    starts = [add_months(LAST, step - len(values) + 1) for step in range(len(values))]
    clock = Clock.TWELVE_MONTH_ENDING if regime.kind == "ending" else Clock.MONTH
    whole = 4 * regime.level if regime.kind == "share" else None
    frame = pl.DataFrame(
        {
            "period_start": [twelve_months_ending(start)[0] if clock != Clock.MONTH else start for start in starts],
            "period_end": [month_end(start) for start in starts],
            "value": values / whole if whole else values,
            "numerator": values,
        },
    ).with_columns(denominator=pl.lit(whole, pl.Float64), maturity=pl.lit("final"))
    absent = [pl.lit(None, kind).alias(name) for name, kind in COLUMNS.items() if name not in frame.columns]
    kind = "share" if whole else "count"
    frame = frame.with_columns(absent).select(*COLUMNS).cast(COLUMNS)  # type: ignore[arg-type]
    return Series("simulated", "mx", "simulated", clock, "events", kind, frame)
