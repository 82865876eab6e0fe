"""The one shape in which a metric leaves the project: printed, saved as CSV, or drawn."""

from __future__ import annotations

import polars as pl

from indicators.metrics.series import Series

COLUMNS = [
    "metric", "place", "period_start", "period_end", "clock", "value", "lower", "upper",
    "maturity", "missing_code", "vintage", "note",
]  # fmt: skip


def rows(series: Series) -> pl.DataFrame:
    """A series as rows of COLUMNS, one a period."""
    return series.frame.with_columns(
        metric=pl.lit(series.metric), place=pl.lit(series.place), clock=pl.lit(str(series.clock))
    ).select(COLUMNS)
