"""CDC/NCHS provisional drug overdose deaths (VSRR, data.cdc.gov xkb8-kh2a), by state of occurrence.

Every value is the sum of the twelve months that end with its month: months are never added. Drug classes
overlap and are never added either. The state of New York excludes New York City, which has rows of its own.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from indicators.errors import DataError
from indicators.periods import MONTHS_EN, Clock, month_end, twelve_months_ending
from indicators.readers.base import Release, Tidy, parts_of
from indicators.readers.columns import categories, decimals, every_key_once, whole_numbers

SHARE = "drugs_specified_pct"  # published as an indicator of its own; here a column of its state and month


def tidy(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``overdose_deaths``. Raises DataError."""
    file, headers, known = release.file, release.headers, release.source.categories
    rows = rows.with_columns(
        pl.col("month").str.to_lowercase(), pl.col("complete_pct").str.replace(r"\+$", "")
    )
    for column in ("state", "month", "indicator", "maturity", "period"):
        entry = f"[{release.source.id}.categories.{column}]"
        rows = categories(rows, column, known[column], file, headers, where=entry)
    last_year = release.released.year
    rows = whole_numbers(rows, ["year"], file, headers, least=1999, most=last_year, blanks=False)
    rows = decimals(rows, ["complete_pct", "pending_pct"], file, headers)
    every_key_once(rows, ["state", "year", "month", "indicator"], file)
    rows = _with_periods(rows)
    _refuse_holes(rows, file)
    is_share = pl.col("indicator") == SHARE
    deaths = whole_numbers(rows.filter(~is_share), ["reported", "predicted"], file, headers)
    shares = decimals(rows.filter(is_share), ["reported"], file, headers)
    facts = (
        deaths.join(
            shares.select("state", "period_end", pl.col("reported").alias(SHARE)),
            on=["state", "period_end"],
            how="left",
        )
        .with_columns(
            missing_code=_missing_code(), clock=pl.lit(str(Clock.TWELVE_MONTH_ENDING)), part=pl.lit("all")
        )
        .select(
            pl.col("state").alias("place"),
            "period_start",
            "period_end",
            "clock",
            "indicator",
            pl.col("reported").alias("reported_deaths"),
            pl.col("predicted").alias("predicted_deaths"),
            "complete_pct",
            "pending_pct",
            SHARE,
            "maturity",
            "missing_code",
            "part",
        )
    )
    return Tidy(facts, parts_of(facts))


def _with_periods(rows: pl.DataFrame) -> pl.DataFrame:
    keys = rows.select("year", "month").unique(maintain_order=True)
    windows = [
        twelve_months_ending(month_end(date(year, MONTHS_EN.index(month) + 1, 1)))
        for year, month in keys.rows()
    ]
    periods = keys.with_columns(
        period_start=pl.Series([first for first, _ in windows], dtype=pl.Date),
        period_end=pl.Series([last for _, last in windows], dtype=pl.Date),
    )
    return rows.join(periods, on=["year", "month"], how="left")


def _refuse_holes(rows: pl.DataFrame, file: str) -> None:
    """What CDC withholds has a row with a footnote: a month without a row between two that have one was cut."""
    series = rows.sort("state", "indicator", "period_end").with_columns(
        pl.col("period_end").shift(-1).over("state", "indicator").alias("next"),
        pl.col("period_end").dt.offset_by("1mo").dt.month_end().alias("due"),
    )
    holes = series.filter(pl.col("next") > pl.col("due")).sort("due", "state", "indicator")
    if not holes.is_empty():
        one = holes.row(0, named=True)
        expected = f"{one['indicator']} of {one['state']} in every month between its first and its last"
        todo = "the file was cut or filtered: download it again, whole"
        raise DataError(file, expected, f"none in {one['due']:%Y-%m}", todo)


def _missing_code() -> pl.Expr:
    """Why a reported count is blank, from the footnote beside it (the wording of September 2019 on)."""
    note = pl.col("footnote").str.to_lowercase()
    return (
        pl.when(pl.col("reported").is_not_null())
        .then(None)
        .when(note.str.contains("suppressed"))
        .then(pl.lit("suppressed"))
        .when(note.str.contains("low data quality"))
        .then(pl.lit("low_quality"))
        .otherwise(pl.lit("not_published"))
    )
