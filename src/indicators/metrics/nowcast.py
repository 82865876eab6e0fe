"""Estimates of the newest months, which are not settled, from how much such months grew in earlier releases.

The reporting triangle has the value of each month as first published, one release later, and so on until it is
mature. The factor from each age to maturity (the chain ladder's factor to ultimate) scales the young months; a test
that leaves each release out once decides whether these estimates are shown.
"""

import math
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from indicators import catalog
from indicators.errors import UsageError
from indicators.metrics import compute
from indicators.metrics.series import COLUMNS
from indicators.periods import Clock
from indicators.warehouse.query import select

MATURE_MONTHS = 7  # SESNSP: nearly all net change comes within seven months; later moves are rare and small
NOWCAST_CONFIDENCE = 0.8  # few releases carry no more: 95 % would take twenty of them
PAIRS_MIN = 5  # of one age: four are left when one is taken out, the fewest that give an 80 % bound
GAIN_MIN = 0.1  # of the mean absolute error
WINS_MIN = 2 / 3  # of the releases taken out
COVERAGE_SLACK = 0.1  # by which the interval may fall short of its confidence in the test
HALF = 0.5  # added to both sides of a ratio, so that a small count may be zero
VALUES = ["period_start", "period_end", "vintage", "maturity", "value"]
SHOWN = ["period_start", "period_end", "age_months", "reported", "estimate", "lower", "upper", "vintage"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Backtest:
    """The errors of the estimates on months that are mature by now, with each release left out once.

    ``rows`` has the columns of ``pairs`` with estimate, lower and upper. Errors are mean absolute ones, in the unit
    of the series; NaN where nothing could be tested.
    """

    rows: pl.DataFrame

    @property
    def releases(self) -> int:
        """The number of releases left out in turn."""
        return self.rows["vintage"].n_unique()

    @property
    def error(self) -> float:
        """The error of the estimates."""
        return self._mean(pl.col("estimate") - pl.col("mature_value"))

    @property
    def error_unadjusted(self) -> float:
        """The error of the reported figures."""
        return self._mean(pl.col("value") - pl.col("mature_value"))

    @property
    def coverage(self) -> float:
        """The share of the mature values inside their interval."""
        return self._mean(pl.col("mature_value").is_between("lower", "upper").cast(pl.Float64))

    @property
    def releases_won(self) -> int:
        """The number of releases for whose months the estimate came nearer, on average, than the reported figure."""
        miss = {name: (pl.col(name) - pl.col("mature_value")).abs().mean() for name in ("estimate", "value")}
        by_release = self.rows.group_by("vintage").agg(**miss)
        return by_release.filter(pl.col("estimate") < pl.col("value")).height

    @property
    def reason(self) -> str | None:
        """The reason to show no nowcast: ``too_few_releases`` · ``not_better`` · ``interval_misses``; None: show it."""
        if self.rows.is_empty():
            return "too_few_releases"
        if (
            self.error > (1 - GAIN_MIN) * self.error_unadjusted
            or self.releases_won < WINS_MIN * self.releases
            or self.error_unadjusted == 0
        ):
            return "not_better"
        return "interval_misses" if self.coverage < NOWCAST_CONFIDENCE - COVERAGE_SLACK else None

    def _mean(self, values: pl.Expr) -> float:
        mean = self.rows.select(values.abs().mean()).item()
        return math.nan if mean is None else float(mean)


@dataclass(frozen=True)
class Nowcast:
    """The estimates of a series: ``frame`` has a row of SHOWN for each young month, none where there is a ``reason``.

    ``factors`` has age_months, pairs, factor, lower and upper.
    """

    metric: str
    place: str
    frame: pl.DataFrame
    factors: pl.DataFrame
    test: Backtest
    reason: str | None


def nowcast(connection: duckdb.DuckDBPyConnection, name: str, place: str, as_of: date) -> Nowcast:
    """Return the nowcast of a monthly count or amount from the releases by a day; errors as for ``triangle``."""
    return from_triangle(name, place, triangle(connection, name, place, as_of))


def triangle(connection: duckdb.DuckDBPyConnection, name: str, place: str, as_of: date) -> pl.DataFrame:
    """Return one row for every month and every release by a day that contains it.

    Columns: period_start, period_end, vintage, released, ``age_months`` (whole months from the month to the
    end of the data of the release: 0 in the first release with the month), maturity and value. Months before the
    newest change of instrument are left out. Raise UsageError unless the metric is a monthly count or amount.
    """
    metric = compute.metric(name)
    if metric.table is None or metric.clock != Clock.MONTH or metric.kind not in ("count", "amount"):
        raise UsageError(f"{name} is no monthly count: its releases make no triangle")
    releases = select(
        connection,
        "SELECT vintage, released, data_through FROM vintage"
        " WHERE source = $source AND released <= $day ORDER BY released",
        {"source": catalog.source_of(metric.table).id, "day": as_of},
    )
    days = releases["released"].unique(maintain_order=True)
    series = [found for day in days if (found := compute.all_series(connection, name, day, [place]).get(place))]
    valued = [found.frame.filter(pl.col("value").is_not_null()).select(VALUES) for found in series]
    seen = pl.concat([pl.DataFrame(schema={name: COLUMNS[name] for name in VALUES}), *valued])
    starts = seen["period_start"].unique().to_list()
    through, end = pl.col("data_through").dt, pl.col("period_end").dt
    age = (through.year() - end.year()) * 12 + through.month() - end.month()
    return (
        seen.unique(["period_start", "vintage"], maintain_order=True)
        .filter(pl.col("period_start").is_in([day for day in starts if not series[-1].split(day, max(starts))]))
        .join(releases, on="vintage", maintain_order="left")
        .with_columns(age_months=age.cast(pl.Int64))
        .select("period_start", "period_end", "vintage", "released", "age_months", "maturity", "value")
        .sort("period_start", "released", "vintage")
    )


def pairs(triangle: pl.DataFrame) -> pl.DataFrame:
    """Return every young value with the mature value of its month, by age and month.

    Columns: period_start, vintage, age_months, value, mature_value and mature_vintage, the first release with the
    month as mature.
    """
    rows = triangle.sort("period_start", "released")
    mature = (
        rows.filter(_is_mature())
        .group_by("period_start")
        .agg(mature_value=pl.col("value").first(), mature_vintage=pl.col("vintage").first())
    )
    return (
        rows.filter(~_is_mature(), pl.col("age_months") >= 0)
        .unique(["period_start", "age_months"], keep="last", maintain_order=True)
        .join(mature, on="period_start")
        .select("period_start", "vintage", "age_months", "value", "mature_value", "mature_vintage")
        .sort("age_months", "period_start")
    )


def from_triangle(name: str, place: str, known: pl.DataFrame) -> Nowcast:
    """Return the nowcast of a metric at a place from its reporting triangle."""
    paired = pairs(known)
    test, growth = backtest(paired), factors(paired)
    newest = known.sort("released").unique("period_start", keep="last", maintain_order=True)
    estimated = (
        newest.filter(~_is_mature())
        .join(growth, on="age_months")
        .with_columns(
            reported="value",
            estimate=pl.col("value") * pl.col("factor"),
            lower=_scaled("lower"),
            upper=_scaled("upper"),
        )
    )
    shown = estimated.select(SHOWN).sort("period_start")
    return Nowcast(name, place, shown if test.reason is None else shown.clear(), growth, test, test.reason)


def factors(paired: pl.DataFrame) -> pl.DataFrame:
    """Return the growth from each age to maturity, with its interval; ages with fewer than PAIRS_MIN are left out.

    Columns: age_months, pairs (their number), factor, lower, upper.
    """
    rows = []
    for of_age in _by_age(paired):
        young, mature = _numbers(of_age)
        factor = float(np.sum(mature) / np.sum(young))
        spread = _quantile(_miss(mature, _left_out(young, mature)))
        age = of_age["age_months"].to_list()[0]
        rows.append((age, of_age.height, factor, factor * math.exp(-spread), factor * math.exp(spread)))
    integers, floats = ("age_months", "pairs"), ("factor", "lower", "upper")
    schema = dict.fromkeys(integers, pl.Int64()) | dict.fromkeys(floats, pl.Float64())
    return pl.DataFrame(rows, schema, orient="row")


def backtest(paired: pl.DataFrame) -> Backtest:
    """Estimate every young value from the other pairs of its age alone, to compare it with its mature value."""
    bounds = ("estimate", "lower", "upper")
    tested = [paired.clear().with_columns(pl.lit(0.0).alias(name) for name in bounds)]
    for of_age in _by_age(paired):
        young, mature = _numbers(of_age)
        estimate = _left_out(young, mature)
        others = [(np.delete(young, place), np.delete(mature, place)) for place in range(len(young))]
        spread = np.array([_quantile(_miss(other[1], _left_out(*other))) for other in others])
        lower, upper = ((estimate + HALF) * np.exp(sign * spread) - HALF for sign in (-1, 1))
        values = zip(bounds, (estimate, np.maximum(lower, 0), upper), strict=True)
        tested.append(of_age.with_columns(pl.Series(name, column) for name, column in values))
    return Backtest(pl.concat(tested))


def _is_mature() -> pl.Expr:
    """Return true for a month of the triangle that hardly moves any more: old enough, or of a closed fiscal year."""
    return (pl.col("age_months") >= MATURE_MONTHS) | (pl.col("maturity") == "final")


def _scaled(bound: str) -> pl.Expr:
    """Return the value times a bound of its factor, without the half that was added to take the ratio."""
    ratio = pl.col(bound) / pl.col("factor")
    return ((pl.col("value") * pl.col("factor") + HALF) * ratio - HALF).clip(0)


def _by_age(paired: pl.DataFrame) -> list[pl.DataFrame]:
    """Return the pairs of each age that has PAIRS_MIN, with events in all but one at least."""
    ages = paired.partition_by("age_months", maintain_order=True)
    return [rows for rows in ages if rows.height >= PAIRS_MIN and (rows["value"] > 0).sum() >= PAIRS_MIN - 1]


def _numbers(of_age: pl.DataFrame) -> tuple[Floats, Floats]:
    return of_age["value"].to_numpy(), of_age["mature_value"].to_numpy()


def _left_out(young: Floats, mature: Floats) -> Floats:
    """Return each young value times the factor of all the others."""
    return young * (np.sum(mature) - mature) / (np.sum(young) - young)


def _miss(mature: Floats, estimate: Floats) -> Floats:
    """Return the distance between mature value and estimate, on the scale of logarithms."""
    return np.asarray(np.abs(np.log((mature + HALF) / (estimate + HALF))), dtype=np.float64)


def _quantile(misses: Floats) -> float:
    """Return the miss within which NOWCAST_CONFIDENCE of further ones lie: an order statistic, for so few."""
    rank = math.ceil((len(misses) + 1) * NOWCAST_CONFIDENCE)
    return float(np.sort(misses)[rank - 1])
