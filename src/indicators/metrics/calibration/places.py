"""Do places of one spread stay within the funnel's limits as often as these say?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from indicators.metrics.calibration.months import SEED
from indicators.metrics.funnel import funnel
from indicators.metrics.rates import PER

# 32 places, evenly spread on a logarithmic scale between Mexico's smallest and largest state
POPULATION = np.geomspace(750_000, 17_500_000, 32)


@dataclass(frozen=True)
class Spread:
    """Places whose rates lie around ``rate`` per 100,000 with a standard deviation of their logarithms ``tau``;
    one of them, where ``odd``, at that many times its rate."""

    name: str
    rate: float
    tau: float
    odd: float = 1.0


SPREADS = (
    Spread("chance alone", 20, 0.0),
    Spread("states nearly alike", 20, 0.1),
    Spread("states differ", 20, 0.3),
    Spread("states differ as Mexico's in killings", 20, 0.86),
    Spread("rare events", 1, 0.3),
    Spread("states differ, one at 3 times its rate", 20, 0.3, odd=3),
    Spread("states differ, one at 10 times its rate", 20, 0.3, odd=10),
)


def funnels(spreads: Iterable[Spread], count: int = 1000, seed: int = SEED) -> pl.DataFrame:
    """For each spread: the tau found (median), the share of ordinary places outside either limit, and how often
    the odd place, where there is one, lies outside the 99.8 % limits. ``count`` funnels of 32 places each."""
    return pl.DataFrame(
        [_seen(one, np.random.default_rng([seed, 3000 + n]), count) for n, one in enumerate(spreads)]
    )


def _seen(spread: Spread, rng: np.random.Generator, count: int) -> dict[str, object]:
    taus, outside_95, outside_998, caught = [], [], [], []
    for _ in range(count):
        odd = np.arange(len(POPULATION)) == rng.integers(len(POPULATION))
        rates = spread.rate * np.exp(spread.tau * rng.standard_normal(len(POPULATION)))
        events = rng.poisson(rates * np.where(odd, spread.odd, 1) * POPULATION / PER)
        places = [str(number) for number in range(len(POPULATION))]
        found = funnel(pl.DataFrame({"place": places, "events": events, "population": POPULATION}))
        bands = found.frame["band"].to_numpy()
        ordinary = bands[~odd] if spread.odd != 1 else bands
        taus.append(found.tau)
        outside_95.append(np.mean(ordinary != "within"))
        outside_998.append(np.mean([band.endswith("_998") for band in ordinary]))
        caught.append(bands[odd][0].endswith("_998"))
    return {
        "states": spread.name,
        "rate": spread.rate,
        "tau": spread.tau,
        "tau found": float(np.median(taus)),
        "outside 95": float(np.mean(outside_95)),
        "outside 99.8": float(np.mean(outside_998)),
        "odd one outside 99.8": float(np.mean(caught)) if spread.odd != 1 else None,
    }
