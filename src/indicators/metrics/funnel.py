"""Funnel over places: the rates that differ from the others beyond the ordinary differences between places.

The limits contain two spreads: chance, which shrinks with the population of a place, and the spread tau between the
rates of places, which does not (Spiegelhalter 2005, the additive random-effects model, on logarithms as in the SHMI
of the NHS). docs/decisions/0012 compares it with a factor phi on the variance.
"""

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, pdtr, pdtrik

from indicators.errors import UsageError
from indicators.metrics.rates import CONFIDENCE, PER

Floats = NDArray[np.float64]
TAIL = 0.10  # of the z-scores at either end, winsorised before the spread is estimated
EDGE = float(ndtri(1 - TAIL))
DENSITY = math.exp(-(EDGE**2) / 2) / math.sqrt(2 * math.pi)
WINSORISED_VARIANCE = 1 - 2 * TAIL - 2 * EDGE * DENSITY + 2 * TAIL * EDGE**2  # of a standard normal variable
LEVELS = {"95": CONFIDENCE, "998": 0.998}
PLACES_MIN = 5


@dataclass(frozen=True)
class Funnel:
    """The places and the limits of a funnel, in events per 100,000 persons.

    ``frame`` has place, events, population, rate, expected (events), z, lower_95, upper_95, lower_998, upper_998 and
    band (above_998 · above_95 · within · below_95 · below_998). ``center`` is the rate of the typical place, ``tau``
    the standard deviation between places of the logarithm of their rates, beyond chance: 0 where chance explains
    all, and then ``center`` is the rate of all places together and the limits are Poisson's.
    """

    frame: pl.DataFrame
    center: float
    tau: float

    def limits(self, population: ArrayLike, level: float = CONFIDENCE) -> tuple[Floats, Floats]:
        """Return the lower and the upper limit per 100,000 at each population, for the lines of the funnel."""
        persons = np.asarray(population, dtype=float)
        lower, upper = _limits(persons * self.center / PER, self.tau, level)
        return lower / persons * PER, upper / persons * PER

    @property
    def ordinary(self) -> tuple[float, float]:
        """The rates per 100,000 between which two in three places lie, but for chance."""
        return self.center * float(np.exp(-self.tau)), self.center * float(np.exp(self.tau))


def funnel(frame: pl.DataFrame) -> Funnel:
    """Return the funnel of ``frame``: one row a place, with place, events and population.

    Places without events or population (null) stay, with null limits. Raise UsageError below PLACES_MIN places with
    both, or where no place has events.
    """
    used = frame.filter(pl.col("events").is_not_null() & (pl.col("population") > 0))
    events, persons = (used[name].cast(pl.Float64).to_numpy() for name in ("events", "population"))
    if len(used) < PLACES_MIN or not events.sum():
        raise UsageError(
            f"a funnel of {len(used)} places with {events.sum():.0f} events can't be drawn:"
            f" take {PLACES_MIN} places or more, some of them with events"
        )
    together = events.sum() / persons.sum()
    log_rate, chance = np.log((events + 0.5) / persons), 1 / (persons * together)
    tau = float(np.sqrt(between_variance(log_rate, chance)))
    share = float(np.exp(_mean(log_rate, chance + tau**2))) if tau else float(together)
    expected = persons * share
    z = (log_rate - np.log(share)) / np.sqrt(1 / expected + tau**2)
    columns = {"rate": events / persons * PER, "expected": expected, "z": z}
    band = np.full(len(used), "within", dtype=object)
    for name, level in LEVELS.items():
        lower, upper = _limits(expected, tau, level)
        band[events < lower], band[events > upper] = f"below_{name}", f"above_{name}"
        columns |= {f"lower_{name}": lower / persons * PER, f"upper_{name}": upper / persons * PER}
    found = used.select("place", **{name: pl.Series(column) for name, column in columns.items()})
    joined = frame.select("place", "events", "population").join(
        found.with_columns(band=pl.Series(band, dtype=pl.String)),
        on="place",
        how="left",
        maintain_order="left",
    )
    return Funnel(joined, share * PER, tau)


def between_variance(values: Floats, chance: Floats) -> float:
    """Return the variance between places of their true ``values``, beyond ``chance`` (the variance of each place).

    This is the moment equation of DerSimonian and Laird (1986) on winsorised z-scores, solved with weights that
    contain the solution itself (Paule and Mandel 1982), and corrected for what winsorising takes from the variance of
    a normal: with weights of chance alone, winsorising would cut the largest places and not the most unusual ones.
    0 where the places differ no more than by chance.
    """
    from scipy.optimize import brentq

    def excess(variance: float) -> float:
        total = chance + variance
        z = (values - _mean(values, total)) / np.sqrt(total)
        low, high = np.quantile(z, [TAIL, 1 - TAIL])
        winsorised = float(np.mean(np.clip(z, low, high) ** 2))
        return winsorised / WINSORISED_VARIANCE - 1 + 1 / len(values)

    if excess(0.0) <= 0:
        return 0.0
    above = 1.0
    while excess(above) > 0:
        above *= 2
    return float(brentq(excess, 0.0, above))


def _mean(values: Floats, variance: Floats) -> float:
    weights = 1 / variance
    return float(values @ weights / weights.sum())


def _limits(expected: Floats, tau: float, level: float) -> tuple[Floats, Floats]:
    """Return the counts between which a place lies with probability ``level``, around ``expected``.

    They are normal on the scale of logarithms, with the variance of chance and that between places; Poisson's own
    where the latter is 0.
    """
    tail = (1 - level) / 2
    if not tau:
        return _poisson(tail, expected), _poisson(1 - tail, expected)
    reach = np.exp(-ndtri(tail) * np.sqrt(1 / expected + tau**2))
    return expected / reach, expected * reach


def _poisson(probability: float, expected: Floats) -> Floats:
    """Return the smallest count whose cumulative Poisson probability is ``probability`` or more."""
    count = np.ceil(pdtrik(probability, expected))
    below = np.maximum(count - 1, 0)
    return np.asarray(np.where(pdtr(below, expected) >= probability, below, count))
