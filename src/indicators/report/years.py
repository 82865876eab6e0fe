"""Metrics year by year: one row a year, one column a metric."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import polars as pl

from indicators import catalog, tables
from indicators.charts import points
from indicators.metrics.series import Series
from indicators.periods import Clock
from indicators.text import Text


def decembers(series: Series) -> Series:
    """The windows of December of a series of twelve months ending, as calendar years."""
    return dataclasses.replace(
        series, clock=Clock.YEAR, frame=series.frame.filter(pl.col("period_end").dt.month() == 12)
    )


def table(
    many: Sequence[Series], clock: Clock, text: Text, *, id: str, place: str, source_line: str
) -> tables.Table:
    """Years of series at ``place`` (its name), oldest first; a year without a value of any is left out."""
    lang, first = text.lang, many[0]
    joined = first.frame.select("period_start", "period_end", "maturity")
    for one in many:
        values = one.frame.select("period_start", "period_end", pl.col("value").alias(one.metric))
        joined = joined.join(values, on=["period_start", "period_end"], how="full", coalesce=True)
    joined = joined.filter(pl.any_horizontal(pl.col(one.metric).is_not_null() for one in many))
    joined = joined.sort("period_start").with_columns(
        period=pl.struct("period_start", "period_end").map_elements(
            lambda row: text.point(row["period_start"], row["period_end"], clock),
            return_dtype=pl.String,
        ),
        maturity=pl.col("maturity").map_elements(
            lambda code: text.t(f"maturity.{code}"), return_dtype=pl.String
        ),
    )
    stem, short = points.shortened([catalog.metrics()[one.metric].name[lang] for one in many])
    names = {one.metric: name for one, name in zip(many, short, strict=True)}
    what = ", ".join(filter(None, (stem or (short[0] if len(many) == 1 else ""), place)))
    units = dict.fromkeys(text.unit(one.unit) for one in many)
    return tables.from_frame(
        joined,
        text,
        id=id,
        title=text.t("view.years", what=what, unit=", ".join(units)),
        headers={
            "period": text.clock(clock),
            **names,
            "maturity": text.t("view.column.maturity"),
        },
        units={one.metric: one.unit for one in many},
        source_line=source_line,
    )
