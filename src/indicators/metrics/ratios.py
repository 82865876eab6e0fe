"""Ratios of two numbers: twelve months over the years before them, one register over another.

``over_earlier_years`` follows the seizure rate of 6 U.S.C. 223: what was seized in a fiscal year over the average of
the five fiscal years immediately before it. ``quotient`` divides two counts that must never be added: they count
different things, or may count one person twice.
"""

from dataclasses import replace

import polars as pl

from indicators.catalog.schema import MATURITIES
from indicators.metrics.series import NotComparable, Series, series_frame
from indicators.metrics.windows import windows
from indicators.periods import Clock


def over_earlier_years(monthly: Series, years: int) -> Series:
    """Return each twelve months over the mean of the ``years`` fiscal years that had ended when they began.

    Takes a monthly count or amount and returns a ratio by rolling twelve months, without interval: ``numerator`` is
    the sum of the twelve months, ``denominator`` the mean. Twelve months that end in September are a fiscal year,
    and have the ratio of the statute. The code is ``not_published`` where a month of either is missing,
    ``not_applicable`` where the mean is zero or a blocking break lies in between.
    """
    earlier = windows(monthly, Clock.FISCAL_YEAR).frame.select(
        pl.col("period_end").alias("ended"),
        pl.col("value").rolling_mean(years).alias("mean"),
        pl.col("period_start").shift(years - 1).alias("since"),
    )
    frame = (
        windows(monthly, Clock.TWELVE_MONTH_ROLLING)
        .frame.with_columns(began=pl.col("period_start").dt.offset_by("-1d"))
        .join_asof(earlier, left_on="began", right_on="ended", strategy="backward")
    )
    bounds = frame.select("since", "period_end").iter_rows()
    broken = pl.Series([bool(since and monthly.broken(since, last)) for since, last in bounds], dtype=pl.Boolean)
    no_mean = pl.when(~broken, pl.col("mean").is_null()).then(pl.lit("not_published"))
    code = no_mean.otherwise(pl.lit("not_applicable"))
    frame = frame.with_columns(
        value=pl.when(~broken, pl.col("mean") > 0).then(pl.col("numerator") / pl.col("mean")),
        denominator="mean",
        vintage=_vintages(frame, monthly.frame),
    ).with_columns(missing_code=pl.when(pl.col("value").is_null()).then(pl.coalesce("missing_code", code)))
    return replace(monthly, clock=Clock.TWELVE_MONTH_ROLLING, kind="ratio", unit="ratio", frame=series_frame(frame))


def quotient(name: str, top: Series, bottom: Series) -> Series:
    """Return the metric ``name``: ``top`` over ``bottom``, in the periods that both series have.

    It is a ratio without interval, as each register has errors of its own. It has the breaks of both, the lower
    maturity, and needs equal ages to be compared where either does. The code is ``not_applicable`` where
    ``bottom`` is zero. Raise NotComparable where clock or place differ.
    """
    if (top.clock, top.place) != (bottom.clock, bottom.place):
        raise NotComparable(f"{top.clock} in {top.place} and {bottom.clock} in {bottom.place}")
    both = top.frame.drop("numerator", "denominator", "lower", "upper").join(
        bottom.frame, on=["period_start", "period_end"], suffix="_of", maintain_order="left"
    )
    missing = pl.coalesce("missing_code", "missing_code_of", pl.lit("not_applicable"))
    frame = both.with_columns(
        value=pl.when(pl.col("value_of") > 0).then(pl.col("value") / pl.col("value_of")),
        numerator="value",
        denominator="value_of",
        maturity=pl.max_horizontal(pl.col("maturity", "maturity_of").cast(pl.Enum(MATURITIES))),
        vintage=pl.concat_str("vintage", "vintage_of", separator="; ", ignore_nulls=True),
    ).with_columns(missing_code=pl.when(pl.col("value").is_null()).then(missing))
    return replace(
        top,
        metric=name,
        kind="ratio",
        unit="ratio",
        frame=series_frame(frame.drop("lower", "upper")),
        breaks=tuple({found.id: found for found in (*top.breaks, *bottom.breaks)}.values()),
        equal_age=top.equal_age or bottom.equal_age,
    )


def _vintages(frame: pl.DataFrame, months: pl.DataFrame) -> pl.Series:
    """Return the releases behind the twelve months and the years before them, joined by semicolons."""
    named = months.select("period_start", "vintage").drop_nulls().rows()
    texts = [
        "; ".join(sorted({release for day, release in named if (since or first) <= day <= last}))
        for since, first, last in frame.select("since", "period_start", "period_end").iter_rows()
    ]
    return pl.Series("vintage", [text or None for text in texts], dtype=pl.String)
