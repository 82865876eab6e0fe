"""Rates per 100,000, shares, and their intervals.

The method depends on the number of events, as in the technical guide of Public Health England: exact (gamma) below
ten events, Byar's approximation from ten on, Wilson's score interval for shares.

NumPy and SciPy are imported inside the functions: a query that computes no interval starts faster without them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from indicators.catalog.schema import MATURITIES
from indicators.errors import UsageError
from indicators.metrics.series import NotComparable, Series, series_frame
from indicators.periods import mid_point

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

CONFIDENCE = 0.95  # of every interval but those of a nowcast
PER = 100_000
EXACT_BELOW = 10  # events; from here on Byar's interval is within 0.2 % of the exact one
HELD_DAYS = 366  # twelve months: how long the last population counts after its day, and the first one before it
HELD = "population held"  # a note: the population is the nearest one, of another day
UNKNOWN = "population unknown"  # a note: no population is near enough


def z_of(confidence: float) -> float:
    """Return the two-sided normal quantile: 1.96 for 0.95."""
    from scipy.special import ndtri

    return float(ndtri((1 + confidence) / 2))


def count_interval(events: ArrayLike) -> tuple[Floats, Floats]:
    """Return the bounds, at CONFIDENCE, of the expected number behind counts that follow Poisson's law.

    The interval is exact (Garwood 1936; Fay and Feuer 1997 for the gamma form) below ten events, and Byar's
    (Breslow and Day 1987) from ten on. A count that is NaN has NaN bounds.
    """
    import numpy as np
    from scipy.special import gammainccinv, gammaincinv, ndtri

    count = np.asarray(events, dtype=float)
    tail = (1 - CONFIDENCE) / 2
    z = -ndtri(tail)
    with np.errstate(invalid="ignore", divide="ignore"):
        exact_lower = np.where(count > 0, gammaincinv(count, tail), 0.0)
        exact_upper = gammainccinv(count + 1, tail)
        byar_lower = count * (1 - 1 / (9 * count) - z / (3 * np.sqrt(count))) ** 3
        more = count + 1
        byar_upper = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
    small = count < EXACT_BELOW
    lower, upper = np.where(small, exact_lower, byar_lower), np.where(small, exact_upper, byar_upper)
    absent = np.isnan(count)
    return np.where(absent, np.nan, lower), np.where(absent, np.nan, upper)


def wilson(events: ArrayLike, of: ArrayLike, z: float | None = None) -> tuple[Floats, Floats]:
    """Return the bounds of Wilson's score interval (1927) of shares, at CONFIDENCE unless ``z`` is another quantile.

    The counts need not be whole numbers: an over-dispersed count is replaced by its effective size. The bounds are
    NaN where ``events`` is NaN or ``of`` is not above 0.
    """
    import numpy as np

    z = z_of(CONFIDENCE) if z is None else z
    k, n = np.asarray(events, dtype=float), np.asarray(of, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        n = np.where(n > 0, n, np.nan)
        p = k / n
        middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def rate_bounds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with value, lower and upper: the rate per 100,000 of numerator over denominator."""
    lower, upper = count_interval(frame["numerator"].to_numpy())
    bounds = {"lower": pl.Series(lower).fill_nan(None), "upper": pl.Series(upper).fill_nan(None)}
    rate = pl.col("value", "lower", "upper") / pl.col("denominator") * PER
    return frame.with_columns(value="numerator", **bounds).with_columns(rate)


def share_bounds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with value, lower and upper: the share of numerator in denominator, null where that is 0."""
    lower, upper = wilson(frame["numerator"].to_numpy(), frame["denominator"].to_numpy())
    share = pl.when(pl.col("denominator") > 0).then(pl.col("numerator") / pl.col("denominator"))
    bounds = {"lower": pl.Series(lower).fill_nan(None), "upper": pl.Series(upper).fill_nan(None)}
    return frame.with_columns(value=share, **bounds)


def population_at(days: list[date], population: pl.DataFrame) -> list[float | None]:
    """Return the persons on each day, on the straight line between the days of ``population``.

    ``population`` has columns ``day`` and ``population``. Up to twelve months before the first and after the last of
    its days the nearest number counts; beyond, there is none.
    """
    import numpy as np

    if population.is_empty():
        return [None] * len(days)
    known = population.select(pl.col("day").cast(pl.Date), pl.col("population").cast(pl.Float64)).sort("day")
    at = known["day"].cast(pl.Int32).to_numpy()
    asked = np.array([(day - date(1970, 1, 1)).days for day in days], dtype=float)
    persons = np.interp(asked, at, known["population"].to_numpy())
    near = (asked >= at[0] - HELD_DAYS) & (asked <= at[-1] + HELD_DAYS)
    return [float(value) if ok else None for value, ok in zip(persons, near, strict=True)]


def as_rate(counts: Series, population: pl.DataFrame, vintage: str) -> Series:
    """Return events per 100,000 persons of the mid-period population, in the period (a month's rate is not annual).

    ``population`` has columns ``day`` and ``population`` for the place; ``vintage`` names its release, and is
    joined to those of the rows. Periods without population become ``not_published``; the note says UNKNOWN there,
    and HELD where the population lies outside its days.
    Raise UsageError unless the series is a count.
    """
    if counts.kind != "count":
        raise UsageError(f"a rate is made of a count, not of a {counts.kind}")
    middles = [mid_point(*bounds) for bounds in counts.frame.select("period_start", "period_end").iter_rows()]
    known = population["day"].cast(pl.Date).to_list()
    first, last = min(known, default=date.max), max(known, default=date.min)
    outside = pl.Series([not first <= day <= last for day in middles], dtype=pl.Boolean)
    counted, without = pl.col("missing_code").is_null(), pl.col("denominator").is_null()
    source = pl.when(without).then(pl.lit(UNKNOWN)).when(outside).then(pl.lit(HELD))
    frame = counts.frame.with_columns(
        denominator=pl.Series(population_at(middles, population), dtype=pl.Float64),
        numerator=pl.col("value"),
        vintage=pl.concat_str("vintage", pl.lit(vintage or None, pl.String), separator="; ", ignore_nulls=True),
    ).with_columns(
        missing_code=pl.when(counted & without).then(pl.lit("not_published")).otherwise("missing_code"),
        note=pl.concat_str("note", pl.when(counted).then(source), separator="; ", ignore_nulls=True),
    )
    rated = rate_bounds(frame.with_columns(pl.col("note").replace("", None)))
    return replace(counts, kind="rate", unit=f"{counts.unit}_per_100k", frame=series_frame(rated))


def as_share(part: Series, whole: Series) -> Series:
    """Return the share of ``part`` in ``whole``, two counts of one source and clock, with Wilson's interval.

    Rows are the periods of ``part``; a missing half leaves its missing code.
    Raise NotComparable where clock, source, unit or place differ.
    """
    part.comparable_with(whole)
    if part.place != whole.place:
        raise NotComparable(f"two places: {part.place} and {whole.place}")
    halves = whole.frame.select(
        "period_start",
        "period_end",
        denominator="value",
        total_code="missing_code",
        total_maturity="maturity",
    )
    joined = (
        part.frame.drop("denominator")
        .with_columns(numerator="value")
        .join(halves, on=["period_start", "period_end"], how="left", maintain_order="left")
    )
    codes = pl.coalesce("missing_code", "total_code", pl.lit("not_applicable"))
    order = pl.Enum(MATURITIES)
    frame = share_bounds(joined).with_columns(
        missing_code=pl.when(pl.col("value").is_null()).then(codes),
        maturity=pl.max_horizontal(pl.col("maturity", "total_maturity").cast(order)).cast(pl.String),
    )
    return replace(part, kind="share", unit="share", frame=series_frame(frame))
