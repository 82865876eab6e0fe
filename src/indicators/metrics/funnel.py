"""Funnel over places: whose rate lies beyond what a place of its size may show by chance.

Limits carry the spread between the places (Spiegelhalter 2005, multiplicative phi from winsorised z-scores),
so that a small state is not shamed for noise and a large one not for ordinary difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from indicators.errors import UsageError
from indicators.metrics.rates import PER

Floats = NDArray[np.float64]
TAIL = 0.10  # of the z-scores, drawn in at either end before phi is taken
LEVELS = {"95": 0.95, "998": 0.998}
PLACES_MIN = 5


@dataclass(frozen=True)
class Funnel:
    """``frame`` has place, events, population, rate, expected (events), z, lower_95, upper_95, lower_998,
    upper_998 and band (above_998 · above_95 · within · below_95 · below_998); rates and limits are per
    100,000. ``center`` is the rate of all places together, ``phi`` the spread over Poisson's, at least 1."""

    frame: pl.DataFrame
    center: float
    phi: float

    def limits(self, population: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
        """Lower and upper limit per 100,000 at each population, for the lines of the funnel."""
        persons = np.asarray(population, dtype=float)
        lower, upper = _limits(persons * self.center / PER, self.phi, level)
        return lower / persons * PER, upper / persons * PER


def funnel(frame: pl.DataFrame) -> Funnel:
    """Funnel of ``frame``: one row a place, with place, events and population.

    Places without events or population (null) stay, with null limits. Raises UsageError below five places
    with both, or where no place has events.
    """
    known = pl.col("events").is_not_null() & (pl.col("population") > 0)
    used = frame.filter(known)
    events, persons = (used[name].cast(pl.Float64).to_numpy() for name in ("events", "population"))
    if len(used) < PLACES_MIN or not events.sum():
        raise UsageError(f"a funnel of {len(used)} places with {events.sum():.0f} events: needs 5 and some")
    share = events.sum() / persons.sum()
    expected = persons * share
    z = (events - expected) / np.sqrt(expected)
    low, high = np.quantile(z, [TAIL, 1 - TAIL])
    phi = max(1.0, float(np.mean(np.clip(z, low, high) ** 2)))
    columns = {"expected": expected, "z": z, "rate": events / persons * PER}
    band = np.full(len(used), "within", dtype=object)
    for name, level in LEVELS.items():
        lower, upper = _limits(expected, phi, level)
        band[events < lower], band[events > upper] = f"below_{name}", f"above_{name}"
        columns |= {f"lower_{name}": lower / persons * PER, f"upper_{name}": upper / persons * PER}
    found = used.select("place").with_columns(
        *(pl.Series(name, column) for name, column in columns.items()), band=pl.Series(band, dtype=pl.String)
    )
    order = ["rate", "expected", "z", "lower_95", "upper_95", "lower_998", "upper_998", "band"]
    joined = frame.select("place", "events", "population").join(
        found.select("place", *order), on="place", how="left", maintain_order="left"
    )
    return Funnel(joined, float(share * PER), phi)


def _limits(expected: Floats, phi: float, level: float) -> tuple[Floats, Floats]:
    """Counts between which a place stays with probability ``level``: negative binomial with mean
    ``expected`` and variance phi times that, which is Poisson at phi = 1."""
    tail = (1 - level) / 2
    if phi - 1 < 1e-6:
        return stats.poisson.ppf(tail, expected), stats.poisson.isf(tail, expected)
    size, chance = expected / (phi - 1), 1 / phi
    return stats.nbinom.ppf(tail, size, chance), stats.nbinom.isf(tail, size, chance)
