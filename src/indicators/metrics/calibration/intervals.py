"""Do the 95 % intervals of change hold the truth?"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from indicators.metrics.calibration.months import SEED, Regime, as_series, simulate
from indicators.metrics.change import year_on_year

BAND = (0.93, 0.97)

REGIMES = (
    Regime("national homicide", 2700, 25, 0.3),
    Regime("national homicide, step +5 %", 2700, 25, 0.3, ratio=1.05),
    Regime("national homicide, slope −10 % a year", 2700, 25, 0.3, ratio=0.9, shape="slope"),
    Regime("level in a four-year wave", 500, 8, 0.3, shape="wave"),
    Regime("no autocorrelation", 500, 8, 0.0),
    Regime("mild autocorrelation", 500, 8, 0.2),
    Regime("strong autocorrelation", 500, 8, 0.5),
    Regime("three years, no autocorrelation", 500, 8, 0.0, months=36),
    Regime("three years, mild autocorrelation", 500, 8, 0.3, months=36),
    Regime("two years, mild autocorrelation", 500, 8, 0.2, months=24),
    Regime("eight years, step −20 %", 500, 8, 0.3, months=96, ratio=0.8),
    Regime("state, Poisson's noise only", 20),
    Regime("small state, step −30 %", 4, 1.5, 0.2, ratio=0.7),
    Regime("smallest state", 1),
    Regime("very uneven months (spread 75 %)", 900, 500, 0.2),
    Regime("share of a monthly total", 500, 6, 0.3, kind="share"),
    Regime("12-month totals (overdose)", 8000, 40, 0.3, months=84, kind="ending"),
    Regime("12-month totals, step −15 %", 8000, 40, 0.3, months=84, ratio=0.85, kind="ending"),
    Regime("very strong autocorrelation", 500, 8, 0.7),
    Regime("three years, strong autocorrelation", 500, 8, 0.5, months=36),
)


def coverage(regimes: Iterable[Regime], count: int = 700, seed: int = SEED) -> pl.DataFrame:
    """For each regime: share of 95 % intervals that hold the true change, share that exclude none, the
    estimated phi and rho, and the median width of the interval."""
    rows = []
    for number, regime in enumerate(regimes):
        months, mean = simulate(regime, np.random.default_rng([seed, number]), count)
        later, earlier = mean[-12:].sum(), mean[-24:-12].sum()
        share = regime.kind == "share"
        truth = (later - earlier) / (48 * regime.level) if share else later / earlier
        found = [year_on_year(as_series(one, regime)) for one in months]
        bounds = np.array(
            [(one.lower, np.inf if one.upper is None else one.upper) for one in found], dtype=float
        )
        rows.append(
            {
                "regime": regime.name, "months": regime.months, "a month": regime.level, "phi": regime.phi,
                "rho": regime.rho, "true change": regime.ratio if regime.shape != "wave" else truth,
                "coverage": float(np.mean((bounds[:, 0] <= truth) & (truth <= bounds[:, 1]))),
                "told apart": float(np.mean([bool(one.distinguishable) for one in found])),
                "phi found": float(np.median([one.dispersion for one in found if one.dispersion])),
                "rho found": float(np.median([one.autocorrelation or 0.0 for one in found])),
                "width": float(np.median(bounds[:, 1] - bounds[:, 0])),
            }
        )  # fmt: skip
    return pl.DataFrame(rows)
