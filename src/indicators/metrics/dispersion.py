"""Dispersion of a monthly series beyond Poisson's law, and the correlation of its months.

The total of a year inherits both: its variance is the mean times ``phi`` times what the correlation of its months
adds. The season is one factor for each month of the year and the trend a line bent once a year, so that anything
slower than a year counts as change and anything faster as noise.
"""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import stdtrit

from indicators.metrics.rates import CONFIDENCE, z_of
from indicators.metrics.series import Series
from indicators.metrics.windows import unbroken
from indicators.periods import Clock

Floats = NDArray[np.float64]
Correlation = Callable[[NDArray[np.int64], float], Floats]

MONTHS_MIN = 24  # fewer do not show the spread around a season
MONTHS_MAX = 96  # more mix times in which the noise itself was another
CORRELATIONS = np.linspace(-0.3, 0.9, 25)  # tried for neighbouring months


@dataclass(frozen=True)
class Noise:
    """The noise of a monthly series around its season and trend.

    ``phi`` is the variance over Poisson's (over the binomial's for a share), ``rho`` the correlation of
    neighbouring months, ``degrees`` the degrees of freedom behind phi.
    """

    phi: float
    rho: float
    degrees: float

    def of_change(self, months: int, apart: int) -> tuple[float, float]:
        """Return the effective dispersion of a change between two windows, and the quantile of its interval.

        The windows have ``months`` each and begin ``apart`` months from each other. The quantile is Student's,
        with the degrees of freedom that the errors of both phi and rho leave. Dispersion is at least 1, which is
        Poisson's; that needs no estimate, and has the normal quantile.
        """
        index = np.concatenate([np.arange(months), np.arange(months) + apart])
        sign = np.repeat([-1.0, 1.0], months)

        def correlated(rho: float) -> float:
            return float(sign @ _correlation(index, rho) @ sign) / len(sign)

        total = self.phi * correlated(self.rho)
        if total <= 1:
            return 1.0, z_of(CONFIDENCE)
        slope = math.log(correlated(self.rho + 0.05) / correlated(self.rho - 0.05)) / 0.1
        log_variance = (2 + slope**2 * (1 - self.rho**2)) / self.degrees
        return total, float(stdtrit(max(2 / log_variance, 1), (1 + CONFIDENCE) / 2))


def of_series(series: Series, at: date | None = None, most: int = MONTHS_MAX) -> Noise | None:
    """Return the noise of the last ``most`` unbroken months of a series up to ``at``.

    None for fewer than MONTHS_MIN, another clock, or a kind that counts nothing.
    """
    ending = series.clock == Clock.TWELVE_MONTH_ENDING
    kinds = ("count", "rate") if ending else ("count", "rate", "share")
    if series.clock not in (Clock.MONTH, Clock.TWELVE_MONTH_ENDING) or series.kind not in kinds:
        return None
    months = unbroken(series, at, most)
    if len(months) < MONTHS_MIN:
        return None
    counts = months["value" if series.kind == "count" else "numerator"].to_numpy()
    if ending:
        return of_yearly_differences(counts)
    month = months["period_end"].dt.month().cast(pl.Int64).to_numpy()
    if series.kind == "share":
        return of_shares(counts, months["denominator"].to_numpy(), month)
    return of_counts(counts, months["period_end"].dt.day().cast(pl.Float64).to_numpy(), month)


def of_counts(counts: Floats, days: Floats, month: NDArray[np.int64]) -> Noise:
    """Return the noise of monthly counts (or amounts), by quasi-Poisson regression (McCullagh and Nelder 1989).

    ``counts``, ``days`` (in the month) and ``month`` (1 to 12) run over consecutive months, oldest first, at
    least MONTHS_MIN. Raise ValueError for fewer.
    """
    from statsmodels.genmod.families import Poisson

    design = _season_and_trend(month)
    if not counts.any():
        return Noise(0.0, 0.0, float(len(counts)))
    mean = np.maximum(_fitted(counts, design, family=Poisson(), offset=np.log(days)), 1e-9)
    return _noise(counts - mean, mean, design, _correlation)


def of_shares(part: Floats, whole: Floats, month: NDArray[np.int64]) -> Noise:
    """Return the noise of monthly shares, by quasi-binomial regression; arguments as for ``of_counts``."""
    from statsmodels.genmod.families import Binomial

    design = _season_and_trend(month)
    fitted = _fitted(part / whole, design, family=Binomial(), var_weights=whole)
    share = np.clip(fitted, 1e-9, 1 - 1e-9)
    return _noise(part - whole * share, whole * share * (1 - share), design, _correlation)


def of_yearly_differences(totals: Floats) -> Noise:
    """Return the noise of the months behind a 12-month-ending series, from S(t) − S(t−1) = x(t) − x(t−12).

    ``totals`` runs over consecutive month ends, oldest first, at least MONTHS_MIN. A difference has the
    variance of two months, and the months it shares with the one a year on are accounted for. Differences
    have no season; their trend is the bent line.
    """
    from scipy import linalg

    _enough(totals)
    step = np.diff(totals)
    mean = np.maximum(totals / 12, 1e-9)[1:]
    year_before = np.concatenate([mean[:12], mean[:-12]])
    spread = np.sqrt(mean + year_before)
    design = _trend(len(step))
    beta = linalg.lstsq(design / spread[:, None], step / spread)[0]
    return _noise(step - design @ beta, spread**2, design / spread[:, None] ** 2, _correlation_of_yearly_differences)


def _fitted(values: Floats, design: Floats, **model: Any) -> Floats:
    """Return the values that a generalised linear model fits; a month that never had an event is fitted as 0."""
    from statsmodels.genmod.generalized_linear_model import GLM

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such a month has no finite factor
        return np.asarray(GLM(values, design, **model).fit().fittedvalues)


def _correlation(index: NDArray[np.int64], rho: float, shift: int = 0) -> Floats:
    """Return the correlation of each two months in a process of order 1 (AR), the second month later by ``shift``."""
    lag = np.abs(np.subtract.outer(index, index) + shift)
    return np.where(lag == 0, 1.0, np.sign(rho) ** lag * np.abs(rho) ** lag)


def _correlation_of_yearly_differences(index: NDArray[np.int64], rho: float) -> Floats:
    across = _correlation(index, rho, 12) + _correlation(index, rho, -12)
    return np.asarray(_correlation(index, rho) - across / 2)


@lru_cache(maxsize=8)
def _tried(correlation: Correlation, months: int) -> Floats:
    return np.array([correlation(np.arange(months), rho) for rho in CORRELATIONS])


def _enough(months: NDArray[Any]) -> None:
    if len(months) < MONTHS_MIN:
        raise ValueError(f"the noise of {len(months)} months can't be estimated: at least {MONTHS_MIN} are needed")


def _trend(months: int) -> Floats:
    back = np.arange(months) - (months - 1)
    bends = [np.maximum(back + at, 0) for at in range(12, months - 6, 12)]
    return np.column_stack([np.ones(months), back, *bends]) / 12


def _season_and_trend(month: NDArray[np.int64]) -> Floats:
    _enough(month)
    season = (month[:, None] == np.arange(2, 13)).astype(float)
    return np.hstack([season, _trend(len(month))])


def _noise(residual: Floats, variance: Floats, design: Floats, correlation: Correlation) -> Noise:
    """Return phi and rho by moments: those whose expected residuals match the observed ones.

    Fitting a season and a trend bends residuals towards negative correlation; the residual matrix of the same fit
    in the expectation removes that bias.
    """
    from scipy import linalg

    months = len(residual)
    scaled = residual / np.sqrt(variance)
    root, _ = linalg.qr(np.sqrt(variance)[:, None] * design, mode="economic")
    left = np.eye(months) - root @ root.T
    index = np.arange(months)
    neighbours = (np.abs(np.subtract.outer(index, index)) == 1) / 2
    if not (sum_of_squares := float(scaled @ scaled)):
        return Noise(0.0, 0.0, float(months - design.shape[1]))
    observed = scaled @ neighbours @ scaled / sum_of_squares
    seen = left @ neighbours @ left
    tried = _tried(correlation, months)
    expected = np.tensordot(tried, seen, 2) / np.tensordot(tried, left, 2)
    rho = float(np.interp(observed, np.maximum.accumulate(expected), CORRELATIONS))
    spread = left @ correlation(index, rho) @ left
    trace = float(np.trace(spread))
    return Noise(sum_of_squares / trace, rho, trace**2 / float(np.sum(spread**2)))
