"""Metrics year by year: one row a year, one column a metric."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date

import polars as pl

from indicators import catalog
from indicators.catalog import Break
from indicators.charts import points, tables
from indicators.i18n import Text
from indicators.metrics.series import Series
from indicators.periods import Clock


def decembers(series: Series) -> Series:
    """The windows of December of a series of twelve months ending, as calendar years."""
    return dataclasses.replace(
        series, clock=Clock.YEAR, frame=series.frame.filter(pl.col("period_end").dt.month() == 12)
    )


def table(
    many: Sequence[Series], clock: Clock, text: Text, *, id: str, place: str, source_line: str
) -> tables.Table:
    """Years of series at ``place`` (its name), oldest first; a year without a value of any is left out.

    Where a blocking break lies within the years a column tells on which side of it each one is, or that it is cut.
    """
    lang = text.lang
    joined = many[0].frame.select("period_start", "period_end", "maturity")
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
    breaks = _breaks(many, joined)
    if breaks:
        periods = joined.select("period_start", "period_end").iter_rows()
        sides = [_side(breaks, first, last, text) for first, last in periods]
        joined = joined.with_columns(breaks=pl.Series(sides, dtype=pl.String))
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
            **({"breaks": text.t("view.column.break")} if breaks else {}),
            "maturity": text.t("view.column.maturity"),
        },
        notes=(text.t("view.years_apart"), *points.break_notes(breaks, text)) if breaks else (),
        units={one.metric: one.unit for one in many},
        source_line=source_line,
    )


def _breaks(many: Sequence[Series], years: pl.DataFrame) -> list[Break]:
    """The blocking breaks of all series within the years, oldest first, each once."""
    if years.is_empty():
        return []
    first, last = years["period_start"].to_list()[0], years["period_end"].to_list()[-1]
    found = {one.id: one for series in many for one in series.breaks if one.blocks}
    inside = [one for one in found.values() if one.lies_in(first, last)]
    return sorted(inside, key=lambda one: (one.first, one.id))


def _side(breaks: Sequence[Break], first: date, last: date, text: Text) -> str:
    """Where a year stands among the breaks, which are numbered from 1: ``before 1``, ``cut by 1``, ``after 2``."""
    cut = [str(n) for n, one in enumerate(breaks, 1) if one.lies_in(first, last)]
    if cut:
        return text.t("view.break_cuts", breaks=", ".join(cut))
    behind = sum(one.last <= first for one in breaks)
    return text.t("view.after_break", n=behind) if behind else text.t("view.before_break", n=1)
