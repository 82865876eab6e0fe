"""Windows of months: quarters, years, fiscal years and rolling years, summed from a monthly series.

Only whole windows have a value. A published 12-month total is never summed again, as its windows overlap.
"""

from dataclasses import replace
from datetime import date

import polars as pl
from polars import selectors as cs

from indicators.catalog.schema import MATURITIES
from indicators.errors import UsageError
from indicators.metrics.rates import share_bounds
from indicators.metrics.series import PROVENANCE, NotComparable, Series, series_frame
from indicators.periods import (
    Clock,
    add_months,
    fiscal_year,
    fiscal_year_bounds,
    month_end,
    months_between,
    parse_quarter,
    quarter_of,
    twelve_months_ending,
)

Period = tuple[date, date]
SUMMED = (
    Clock.QUARTER, Clock.YEAR, Clock.YEAR_TO_DATE, Clock.FISCAL_YEAR, Clock.FISCAL_YEAR_TO_DATE,
    Clock.TWELVE_MONTH_ROLLING,
)  # fmt: skip


def moved(period: Period, months: int) -> Period:
    """Return a period of whole months, later by ``months``."""
    return add_months(period[0], months), month_end(add_months(period[1], months))


def window_of(day: date, clock: Clock) -> Period:
    """Return the window of ``clock`` that the month of ``day`` ends (rolling, to date) or lies in (the others).

    Raise UsageError for a clock that is no sum of months.
    """
    match clock:
        case Clock.QUARTER:
            return parse_quarter(quarter_of(day))
        case Clock.YEAR:
            return date(day.year, 1, 1), date(day.year, 12, 31)
        case Clock.FISCAL_YEAR:
            return fiscal_year_bounds(fiscal_year(day))
        case Clock.FISCAL_YEAR_TO_DATE:
            return fiscal_year_bounds(fiscal_year(day))[0], month_end(day)
        case Clock.YEAR_TO_DATE:
            return date(day.year, 1, 1), month_end(day)
        case Clock.TWELVE_MONTH_ROLLING:
            return twelve_months_ending(day)
    raise UsageError(f'"{clock}" is no sum of months: take one of {", ".join(SUMMED)}')


def windows(monthly: Series, clock: Clock) -> Series:
    """Sum a monthly count or amount (or the two counts of a monthly share) over the windows of ``clock``.

    Return a series of that clock with one row a window, oldest first. A window that lacks a month has the missing
    code of the month (``not_published`` where the month has no row) and a note of how many months have a value; one
    with a splitting break inside has ``not_applicable`` and a note that names the break. The maturity is the lowest of
    its months.
    Raise NotComparable for any clock but the month, UsageError for a kind that can't be summed.
    """
    if monthly.clock != Clock.MONTH:
        raise NotComparable(f"windows are summed from months, never from {monthly.clock}")
    if monthly.kind not in ("count", "amount", "share"):
        raise UsageError(f"a {monthly.kind} can't be summed over months: sum the events, then divide")
    starts = monthly.frame["period_start"].to_list()
    months = pl.date_range(starts[0], starts[-1], "1mo", eager=True).to_list() if starts else []
    if clock == Clock.TWELVE_MONTH_ROLLING:
        months = months[11:]
    bounds = sorted({window_of(month, clock) for month in months})
    return replace(monthly, clock=clock, frame=sums(monthly, bounds))


def sums(monthly: Series, bounds: list[Period]) -> pl.DataFrame:
    """Sum a monthly series as ``windows`` does, over periods of whole months: one row of COLUMNS each."""
    breaks = [monthly.split(*period) for period in bounds]
    periods = pl.DataFrame(
        [(*period, found and found.id) for period, found in zip(bounds, breaks, strict=True)],
        {"window_start": pl.Date, "window_end": pl.Date, "broken": pl.String},
        orient="row",
    )
    months = periods.with_columns(period_start=pl.date_ranges("window_start", "window_end", interval="1mo")).explode(
        "period_start"
    )
    code = pl.when(pl.col("value").is_null()).then(pl.col("missing_code").fill_null("not_published"))
    maturity = pl.col("maturity").cast(pl.Enum(MATURITIES))
    summed = (
        months.join(monthly.frame, on="period_start", how="left", maintain_order="left")
        .with_columns(missing_code=code, maturity=maturity, provenance=pl.col("provenance").cast(PROVENANCE))
        .group_by("window_start", "window_end", "broken", maintain_order=True)
        .agg(
            pl.col("missing_code").drop_nulls().first(),
            pl.col("value").count().alias("valued"),
            pl.len().alias("months"),
            pl.col("value", "numerator", "denominator").sum(),
            pl.col("maturity", "provenance").max().cast(pl.String),
            pl.col("vintage", "note").drop_nulls().unique().sort().str.join("; ").replace("", None),
        )
        .rename({"window_start": "period_start", "window_end": "period_end"})
    )
    if monthly.kind == "share":
        counted = share_bounds(summed)
    else:
        counted = summed.drop("denominator").with_columns(numerator="value")
    broken = pl.col("broken").is_not_null()
    whole = pl.col("missing_code").is_null() & ~broken
    partial = ~whole & (pl.col("valued") > 0)
    return series_frame(
        counted.with_columns(
            pl.when(whole).then(cs.float()).name.keep(),
            missing_code=pl.when(broken).then(pl.lit("not_applicable")).otherwise("missing_code"),
            note=pl.when(broken)
            .then("break " + pl.col("broken"))
            .when(partial)
            .then(pl.format("{} of {} months", "valued", "months"))
            .otherwise("note"),
        )
    )


def with_values(series: Series, at: date | None) -> pl.DataFrame:
    """Return the rows with a value that end by ``at``; without it, those that are not ``incomplete``."""
    complete = pl.col("maturity").fill_null("final") != "incomplete"
    return series.frame.filter(pl.col("value").is_not_null(), complete if at is None else pl.col("period_end") <= at)


def unbroken(series: Series, at: date | None, most: int) -> pl.DataFrame:
    """Return the last ``most`` of ``with_values`` that are consecutive months without a blocking break."""
    rows = with_values(series, at)
    starts, ends = (rows[name].to_list()[::-1][:most] for name in ("period_start", "period_end"))
    run = 0
    for start, end in zip(starts, ends, strict=True):
        if months_between(end, ends[0]) != run or series.broken(start, ends[0]):
            break
        run += 1
    return rows.tail(run)
