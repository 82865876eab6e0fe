"""The reporting triangle: what each month's figure was in every release, by the month's age in it.

An agency's newest months are not settled. How far they moved in the past is read from its own releases: the
value of a month as first published, one release later, and so on until it is mature.
"""

from __future__ import annotations

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
from indicators.metrics.series import COLUMNS, Series
from indicators.periods import Clock
from indicators.warehouse.query import select

MATURE_MONTHS = 7  # SESNSP: nearly all net change comes within seven months; later moves are rare and small


def triangle(connection: duckdb.DuckDBPyConnection, name: str, place: str, as_of: date) -> pl.DataFrame:
    """One row for every month and release that holds it, known on ``as_of``.

    Columns: period_start, period_end, vintage, released, ``age_months`` (whole months from the month to the
    end of the release's data: 0 in the release that first held it), maturity and value. Months before the
    newest change of instrument are left out. Raises UsageError unless it is a monthly count or amount.
    """
    one = compute.metric(name)
    if one.table is None or one.clock != Clock.MONTH or one.kind not in ("count", "amount"):
        raise UsageError(f"{name} is no monthly count: its releases make no triangle")
    source = catalog.source_of(one.table).id
    releases = select(
        connection,
        "SELECT vintage, released, data_through FROM vintage"
        " WHERE source = $source AND released <= $day ORDER BY released",
        {"source": source, "day": as_of},
    )
    days = releases["released"].unique(maintain_order=True)
    known = [compute.all_series(connection, name, day, [place]).get(place) for day in days]
    rows = [_values(one) for one in known if one is not None]
    seen = pl.concat(rows) if rows else _values(None)
    apart = pl.col("data_through")
    age = (apart.dt.year() - pl.col("period_end").dt.year()) * 12 + apart.dt.month()
    return (
        seen.unique(["period_start", "vintage"], maintain_order=True)
        .join(releases, on="vintage", maintain_order="left")
        .filter(pl.col("period_start") >= _instrument_since(source, seen["period_start"].max()))
        .with_columns(age_months=(age - pl.col("period_end").dt.month()).cast(pl.Int64))
        .select("period_start", "period_end", "vintage", "released", "age_months", "maturity", "value")
        .sort("period_start", "released", "vintage")
    )


def _values(known: Series | None) -> pl.DataFrame:
    columns = ["period_start", "period_end", "vintage", "maturity", "value"]
    if known is None:
        return pl.DataFrame(schema={name: COLUMNS[name] for name in columns})
    return known.frame.filter(pl.col("value").is_not_null()).select(columns)


def _instrument_since(source: str, newest: object) -> date:
    """The first day of the instrument that counts the newest month."""
    splits = [one.last for one in catalog.breaks_of(source, Clock.MONTH) if one.splits]
    return max((day for day in splits if newest is not None and day <= newest), default=date.min)  # type: ignore[operator]


def is_mature() -> pl.Expr:
    """Whether a row of the triangle will hardly move any more: old enough, or a closed fiscal year's."""
    return (pl.col("age_months") >= MATURE_MONTHS) | (pl.col("maturity") == "final")


def pairs(triangle: pl.DataFrame) -> pl.DataFrame:
    """Every young value beside what became of it: period_start, vintage, age_months, value, mature_value and
    mature_vintage, the first release that holds the month as mature."""
    rows = triangle.sort("period_start", "released")
    settled = rows.filter(is_mature()).group_by("period_start")
    became = settled.agg(mature_value=pl.col("value").first(), mature_vintage=pl.col("vintage").first())
    return (
        rows.filter(~is_mature(), pl.col("age_months") >= 0)
        .unique(["period_start", "age_months"], keep="last", maintain_order=True)
        .join(became, on="period_start")
        .select("period_start", "vintage", "age_months", "value", "mature_value", "mature_vintage")
        .sort("age_months", "period_start")
    )


CONFIDENCE = 0.8  # few releases carry no more: 95 % would take twenty of them
PAIRS_MIN = 5  # of one age: four are left when one is taken out, the fewest that give an 80 % bound
GAIN_MIN = 0.1  # of the mean absolute error
WINS_MIN = 2 / 3  # of the releases taken out
COVERAGE_SLACK = 0.1  # by which the interval may fall short of its confidence in the test
HALF = 0.5  # added to both sides of a ratio, so that a small count may be zero

Floats = NDArray[np.float64]
SHOWN = ["period_start", "period_end", "age_months", "reported", "estimate", "lower", "upper", "vintage"]


@dataclass(frozen=True)
class Backtest:
    """How the estimates did on months that are mature by now, each release left out once.

    ``rows`` has the columns of ``pairs`` with estimate, lower and upper. Errors are mean absolute ones, in the
    unit of the series; NaN where nothing could be tested. Where ``mature_releases`` is 1, one release decided
    what every month became: another may have moved them less, or more.
    """

    rows: pl.DataFrame

    @property
    def releases(self) -> int:
        return self.rows["vintage"].n_unique()

    @property
    def mature_releases(self) -> int:
        return self.rows["mature_vintage"].n_unique()

    @property
    def error(self) -> float:
        return self._mean(pl.col("estimate") - pl.col("mature_value"))

    @property
    def error_unadjusted(self) -> float:
        return self._mean(pl.col("value") - pl.col("mature_value"))

    @property
    def coverage(self) -> float:
        """Share of the mature values inside their interval."""
        return self._mean(pl.col("mature_value").is_between("lower", "upper").cast(pl.Float64))

    @property
    def releases_won(self) -> int:
        """Releases whose months the estimate came nearer to, on average, than the reported figure."""
        miss = {name: (pl.col(name) - pl.col("mature_value")).abs().mean() for name in ("estimate", "value")}
        by_release = self.rows.group_by("vintage").agg(**miss)
        return by_release.filter(pl.col("estimate") < pl.col("value")).height

    def _mean(self, values: pl.Expr) -> float:
        mean = self.rows.select(values.abs().mean()).item()
        return math.nan if mean is None else float(mean)

    @property
    def reason(self) -> str | None:
        """Why no nowcast is shown: ``too_few_releases`` · ``not_better`` · ``interval_misses``; None: it is."""
        if self.rows.is_empty():
            return "too_few_releases"
        if (
            self.error > (1 - GAIN_MIN) * self.error_unadjusted
            or self.releases_won < WINS_MIN * self.releases
            or self.error_unadjusted == 0
        ):
            return "not_better"
        return "interval_misses" if self.coverage < CONFIDENCE - COVERAGE_SLACK else None


@dataclass(frozen=True)
class Nowcast:
    """``frame`` has a row of SHOWN for each month not yet mature, empty where ``reason`` says why there is none.

    ``factors``: age_months, pairs, factor, lower, upper.
    """

    metric: str
    place: str
    frame: pl.DataFrame
    factors: pl.DataFrame
    test: Backtest
    reason: str | None


def nowcast(connection: duckdb.DuckDBPyConnection, name: str, place: str, as_of: date) -> Nowcast:
    """The nowcast of one monthly metric from the releases known on a day. Raises UsageError for other metrics."""
    return from_triangle(name, place, triangle(connection, name, place, as_of))


def from_triangle(name: str, place: str, known: pl.DataFrame) -> Nowcast:
    """The same from a reporting triangle."""
    held = pairs(known)
    test, grown = backtest(held), factors(held)
    newest = known.sort("released").unique("period_start", keep="last", maintain_order=True)
    young = newest.filter(~is_mature())
    estimated = young.join(grown, on="age_months").with_columns(
        reported="value",
        estimate=pl.col("value") * pl.col("factor"),
        lower=_scaled("lower"),
        upper=_scaled("upper"),
    )
    shown = estimated.select(SHOWN).sort("period_start")
    return Nowcast(name, place, shown if test.reason is None else shown.clear(), grown, test, test.reason)


def _scaled(bound: str) -> pl.Expr:
    """The value at a bound of its factor, undoing the half that was added to take the ratio."""
    ratio = pl.col(bound) / pl.col("factor")
    return ((pl.col("value") * pl.col("factor") + HALF) * ratio - HALF).clip(0)


def factors(held: pl.DataFrame) -> pl.DataFrame:
    """Growth from each age to maturity, with its interval; ages with fewer than PAIRS_MIN pairs are left out."""
    rows = []
    for of_age in _by_age(held):
        young, mature = _numbers(of_age)
        factor = float(np.sum(mature) / np.sum(young))
        spread = _quantile(_miss(mature, _left_out(young, mature)))
        age = of_age["age_months"].to_list()[0]
        rows.append((age, of_age.height, factor, factor * math.exp(-spread), factor * math.exp(spread)))
    schema = {"age_months": pl.Int64, "pairs": pl.Int64, "factor": pl.Float64, "lower": pl.Float64}
    return pl.DataFrame(rows, {**schema, "upper": pl.Float64}, orient="row")


def backtest(held: pl.DataFrame) -> Backtest:
    """Estimate every young value from the other releases and months alone, and see what became of it."""
    bounds = ("estimate", "lower", "upper")
    tested = [held.clear().with_columns(pl.lit(0.0).alias(name) for name in bounds)]
    for of_age in _by_age(held):
        young, mature = _numbers(of_age)
        estimate = _left_out(young, mature)
        others = [(np.delete(young, place), np.delete(mature, place)) for place in range(len(young))]
        spread = np.array([_quantile(_miss(kept[1], _left_out(*kept))) for kept in others])
        lower, upper = ((estimate + HALF) * np.exp(sign * spread) - HALF for sign in (-1, 1))
        values = (estimate, np.maximum(lower, 0), upper)
        tested.append(
            of_age.with_columns(pl.Series(name, one) for name, one in zip(bounds, values, strict=True))
        )
    return Backtest(pl.concat(tested))


def _by_age(held: pl.DataFrame) -> list[pl.DataFrame]:
    """The pairs of each age that has enough of them, and events in all but one at least."""
    ages = held.partition_by("age_months", maintain_order=True)
    return [rows for rows in ages if rows.height >= PAIRS_MIN and (rows["value"] > 0).sum() >= PAIRS_MIN - 1]


def _numbers(of_age: pl.DataFrame) -> tuple[Floats, Floats]:
    return of_age["value"].to_numpy(), of_age["mature_value"].to_numpy()


def _left_out(young: Floats, mature: Floats) -> Floats:
    """Each young value times the factor of all the others."""
    return young * (np.sum(mature) - mature) / (np.sum(young) - young)


def _miss(mature: Floats, estimate: Floats) -> Floats:
    """How far apart, on the scale of ratios."""
    return np.asarray(np.abs(np.log((mature + HALF) / (estimate + HALF))), dtype=np.float64)


def _quantile(misses: Floats) -> float:
    """The miss that CONFIDENCE of further ones stay within: an order statistic, for so few of them."""
    rank = math.ceil((len(misses) + 1) * CONFIDENCE)
    return float(np.sort(misses)[rank - 1])
