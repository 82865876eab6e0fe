"""Windows of months: quarters, years, fiscal years and rolling years, summed from a monthly series.

Only whole windows get a value. A published 12-month total is never summed again: its windows overlap.
"""

from __future__ import annotations

import dataclasses
from datetime import date

import polars as pl

from indicators.catalog.schema import MATURITIES
from indicators.errors import UsageError
from indicators.metrics.rates import wilson
from indicators.metrics.series import COLUMNS, NotComparable, Series
from indicators.periods import (
    Clock,
    add_months,
    fiscal_year,
    fiscal_year_bounds,
    month_end,
    months_between,
    twelve_months_ending,
)

Period = tuple[date, date]
SUMMED = (
    Clock.QUARTER,
    Clock.YEAR,
    Clock.FISCAL_YEAR,
    Clock.FISCAL_YEAR_TO_DATE,
    Clock.TWELVE_MONTH_ROLLING,
)


def days() -> pl.Expr:
    """Days in the period of each row."""
    return (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1


def window_of(day: date, clock: Clock) -> Period:
    """The window of ``clock`` that the month of ``day`` ends (rolling, to date) or lies in (the others).

    Raises UsageError for a clock that is no sum of months.
    """
    match clock:
        case Clock.QUARTER:
            first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
            return first, month_end(add_months(first, 2))
        case Clock.YEAR:
            return date(day.year, 1, 1), date(day.year, 12, 31)
        case Clock.FISCAL_YEAR:
            return fiscal_year_bounds(fiscal_year(day))
        case Clock.FISCAL_YEAR_TO_DATE:
            return fiscal_year_bounds(fiscal_year(day))[0], month_end(day)
        case Clock.TWELVE_MONTH_ROLLING:
            return twelve_months_ending(day)
    raise UsageError(f'"{clock}" is no sum of months: take one of {", ".join(SUMMED)}')


def windows(monthly: Series, clock: Clock) -> Series:
    """Sum a monthly count or amount (or the two counts of a monthly share) over the windows of ``clock``.

    Returns a series of that clock with one row a window, oldest first. A window that lacks a month has the
    month's missing code (``not_published`` where the month has no row), one with a blocking break inside has
    ``not_applicable`` and a note that names the break. Maturity is that of the least mature month.
    Raises NotComparable for any clock but the month, UsageError for a kind that can't be summed.
    """
    if monthly.clock != Clock.MONTH:
        raise NotComparable(f"windows are summed from months, never from {monthly.clock}")
    if monthly.kind not in ("count", "amount", "share"):
        raise UsageError(f"a {monthly.kind} can't be summed over months: sum the events, then divide")
    bounds = [] if monthly.frame.is_empty() else _bounds(monthly.frame, clock)
    return dataclasses.replace(monthly, clock=clock, frame=sums(monthly, bounds))


def sums(monthly: Series, bounds: list[Period]) -> pl.DataFrame:
    """The same for windows of whole months given by their first and last days: one row each, in COLUMNS."""
    return _without_broken(monthly, _sums(monthly.frame, bounds, share=monthly.kind == "share"))


def daily_average(monthly: Series) -> Series:
    """The events of each period divided by its days, so that February stands level with March.

    Raises UsageError unless the series is a count or an amount.
    """
    if monthly.kind not in ("count", "amount"):
        raise UsageError(f"a daily average is made of a count, not of a {monthly.kind}")
    frame = monthly.frame.with_columns(pl.col("value", "lower", "upper") / days())
    return dataclasses.replace(monthly, unit=f"{monthly.unit}_per_day", kind="ratio", frame=frame)


def unbroken(series: Series, at: date | None, most: int) -> pl.DataFrame:
    """The rows of consecutive months with values, ``most`` at most, since the last gap or blocking break.

    They end with the last value on or before ``at``; without it, with the last that is not ``incomplete``.
    """
    incomplete = pl.col("maturity").fill_null("final") == "incomplete"
    allowed = ~incomplete if at is None else pl.col("period_end") <= at
    rows = series.frame.filter(pl.col("value").is_not_null(), allowed)
    ends = rows["period_end"].to_list()[::-1]
    if not ends:
        return rows
    since = max((one.last for one in series.breaks if one.blocks and one.first <= ends[0]), default=date.min)
    starts = rows["period_start"].to_list()[::-1]
    run = 0
    while run < min(len(ends), most) and starts[run] >= since and months_between(ends[run], ends[0]) == run:
        run += 1
    return rows.tail(run)


def _bounds(frame: pl.DataFrame, clock: Clock) -> list[Period]:
    first, last = frame["period_start"].to_list()[0], frame["period_start"].to_list()[-1]
    months = [add_months(first, step) for step in range(months_between(first, last) + 1)]
    if clock == Clock.TWELVE_MONTH_ROLLING:
        months = months[11:]
    return sorted({window_of(month, clock) for month in months})


def _sums(frame: pl.DataFrame, bounds: list[Period], share: bool) -> pl.DataFrame:
    windowed = pl.DataFrame(bounds, schema={"window_start": pl.Date, "window_end": pl.Date}, orient="row")
    months = windowed.with_columns(
        period_start=pl.date_ranges("window_start", "window_end", interval="1mo")
    ).explode("period_start")
    code = pl.when(pl.col("value").is_null()).then(pl.col("missing_code").fill_null("not_published"))
    maturity = pl.col("maturity").cast(pl.Enum(MATURITIES))
    summed = (
        months.join(frame, on="period_start", how="left", maintain_order="left")
        .with_columns(missing_code=code, maturity=maturity)
        .group_by("window_start", "window_end", maintain_order=True)
        .agg(
            pl.col("missing_code").drop_nulls().first(),
            pl.col("value", "numerator", "denominator").sum(),
            pl.col("maturity").max().cast(pl.String),
            pl.col("vintage", "note").drop_nulls().unique().sort().str.join("; "),
        )
        .rename({"window_start": "period_start", "window_end": "period_end"})
    )
    whole = pl.col("missing_code").is_null()
    if share:
        counted = summed.with_columns(value=pl.col("numerator") / pl.col("denominator"))
        lower, upper = wilson(counted["numerator"].to_numpy(), counted["denominator"].to_numpy())
        counted = counted.with_columns(lower=lower, upper=upper)
    else:
        counted = summed.with_columns(
            lower=pl.lit(None, pl.Float64),
            upper=pl.lit(None, pl.Float64),
            numerator=pl.col("value"),
            denominator=pl.lit(None, pl.Float64),
        )
    numbers = ("value", "lower", "upper", "numerator", "denominator")
    return counted.with_columns(
        *(pl.when(whole).then(pl.col(name).fill_nan(None)).alias(name) for name in numbers),
        note=pl.when(pl.col("note") != "").then("note"),
        vintage=pl.when(pl.col("vintage") != "").then("vintage"),
    ).select(*COLUMNS)


def _without_broken(monthly: Series, frame: pl.DataFrame) -> pl.DataFrame:
    found = [monthly.split(*bounds) for bounds in frame.select("period_start", "period_end").iter_rows()]
    broken = pl.Series("broken", [one.id if one else None for one in found], pl.String)
    is_broken = broken.is_not_null()
    numbers = ("value", "lower", "upper", "numerator", "denominator")
    return frame.with_columns(
        *(pl.when(~is_broken).then(name).alias(name) for name in numbers),
        missing_code=pl.when(is_broken).then(pl.lit("not_applicable")).otherwise("missing_code"),
        note=pl.when(is_broken).then("break " + broken).otherwise("note"),
    )
