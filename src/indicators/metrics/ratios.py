"""One number set against another: twelve months against the years before them, one register against another.

``over_earlier_years`` is modelled on the seizure rate of 6 U.S.C. 223: what was seized in a fiscal year over the
average of the five fiscal years immediately before it. ``quotient`` puts two counts side by side that must never
be added, for they are of different things or may hold the same person.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_left, bisect_right

import polars as pl

from indicators.catalog.schema import MATURITIES
from indicators.metrics.series import COLUMNS, NotComparable, Series
from indicators.metrics.windows import windows
from indicators.periods import Clock


def over_earlier_years(monthly: Series, years: int) -> Series:
    """Each twelve months over the mean of the ``years`` fiscal years that had ended when they began.

    Twelve months that end in September are a fiscal year, and theirs is the statute's own ratio. Takes a
    monthly count or amount and returns a ratio by rolling twelve months, without interval; ``numerator`` are
    the twelve months, ``denominator`` is the mean. ``not_published`` where a month of either is not at hand,
    ``not_applicable`` where the mean is zero or a break that blocks lies in between.
    """
    trailing = windows(monthly, Clock.TWELVE_MONTH_ROLLING).frame
    earlier = windows(monthly, Clock.FISCAL_YEAR).frame.select(
        pl.col("period_end").alias("ended"),
        pl.col("value").rolling_mean(years).alias("mean"),
        pl.col("period_start").shift(years - 1).alias("since"),
    )
    frame = (
        trailing.drop("value", "denominator")
        .with_columns(began=pl.col("period_start").dt.offset_by("-1d"))
        .join_asof(earlier, left_on="began", right_on="ended", strategy="backward")
    )
    bounds = frame.select("since", "period_end").iter_rows()
    broken = pl.Series(
        [bool(since and monthly.broken(since, last)) for since, last in bounds], dtype=pl.Boolean
    )
    frame = frame.with_columns(
        value=pl.when(~broken, pl.col("mean") > 0).then(pl.col("numerator") / pl.col("mean")),
        denominator="mean",
    )
    absent = pl.when(~broken, pl.col("mean").is_null()).then(pl.lit("not_published"))
    code = absent.otherwise(pl.lit("not_applicable"))
    frame = frame.with_columns(
        missing_code=pl.when(pl.col("value").is_null()).then(pl.coalesce("missing_code", code)),
        lower=pl.lit(None, pl.Float64),
        upper=pl.lit(None, pl.Float64),
        vintage=_vintages(frame, monthly.frame),
    )
    return dataclasses.replace(
        monthly,
        clock=Clock.TWELVE_MONTH_ROLLING,
        kind="ratio",
        unit="ratio",
        frame=frame.select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items()),
    )


def quotient(name: str, top: Series, bottom: Series) -> Series:
    """What ``top`` counts over what ``bottom`` counts, in the periods and at the place that both have.

    A ratio without interval: two registers, each with errors of its own. It has the breaks of both, the least
    settled maturity, and is not compared at unequal ages where either may not be. ``not_applicable`` where
    ``bottom`` is zero. Raises NotComparable where clock or place differ.
    """
    if (top.clock, top.place) != (bottom.clock, bottom.place):
        raise NotComparable(f"{top.clock} in {top.place} and {bottom.clock} in {bottom.place}")
    both = top.frame.join(
        bottom.frame, on=["period_start", "period_end"], suffix="_of", maintain_order="left"
    )
    order = pl.Enum(MATURITIES)
    missing = pl.coalesce("missing_code", "missing_code_of", pl.lit("not_applicable"))
    nothing = pl.lit(None, pl.Float64)
    frame = both.with_columns(
        value=pl.when(pl.col("value_of") > 0).then(pl.col("value") / pl.col("value_of")),
        numerator="value",
        denominator="value_of",
        lower=nothing,
        upper=nothing,
        maturity=pl.max_horizontal(pl.col("maturity", "maturity_of").cast(order)).cast(pl.String),
        vintage=pl.concat_str("vintage", "vintage_of", separator="; ", ignore_nulls=True),
    ).with_columns(missing_code=pl.when(pl.col("value").is_null()).then(missing))
    breaks = {one.id: one for one in (*top.breaks, *bottom.breaks)}
    return dataclasses.replace(
        top,
        metric=name,
        kind="ratio",
        unit="ratio",
        frame=frame.select(pl.col(column).cast(kind) for column, kind in COLUMNS.items()),
        breaks=tuple(breaks.values()),
        equal_age=top.equal_age or bottom.equal_age,
    )


def _vintages(frame: pl.DataFrame, months: pl.DataFrame) -> pl.Series:
    """The releases behind the twelve months and the years before them."""
    starts, named = months.select("period_start", "vintage").drop_nulls().sort("period_start")
    days, releases = starts.to_list(), named.to_list()
    texts = [
        "; ".join(sorted(set(releases[bisect_left(days, since or first) : bisect_right(days, last)])))
        for since, first, last in frame.select("since", "period_start", "period_end").iter_rows()
    ]
    return pl.Series("vintage", [text or None for text in texts], dtype=pl.String)
