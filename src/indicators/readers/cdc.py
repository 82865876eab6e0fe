"""CDC/NCHS provisional drug overdose deaths (VSRR, data.cdc.gov xkb8-kh2a), by state of occurrence.

Every value is the sum of the twelve months that end with its month: months are never added. Drug classes
overlap and are never added either. The state of New York excludes New York City, which has rows of its own.
"""

from __future__ import annotations

import polars as pl

from indicators.errors import DataError
from indicators.periods import MONTHS_EN, Clock
from indicators.readers.base import Release, Tidy, parts_of, with_codes
from indicators.readers.columns import decimals, every_key_once, refuse, whole_numbers

SHARE = "drugs_specified_pct"  # published as an indicator of its own; here a column of its state and month
PERIOD = ["state", "period_end"]


def tidy(rows: pl.DataFrame, release: Release) -> Tidy:
    """Return the rows of ``overdose_deaths``. Raises DataError."""
    rows = rows.with_columns(pl.col("month").str.to_lowercase(), pl.col("complete_pct").str.replace(r"\+$", ""))
    rows = with_codes(rows, release, ["state", "month", "indicator", "maturity", "period"])
    rows = whole_numbers(rows, ["year"], release, (1999, release.released.year), blanks=False)
    rows = decimals(rows, ["complete_pct", "pending_pct"], release)
    every_key_once(rows, ["state", "year", "month", "indicator"], release.file)
    month = pl.date("year", pl.col("month").replace_strict(MONTHS_EN, range(1, 13)), 1)
    rows = rows.with_columns(period_start=month.dt.offset_by("-11mo"), period_end=month.dt.month_end())
    _refuse_holes(rows, release.file)
    is_share = pl.col("indicator") == SHARE
    shares = decimals(rows.filter(is_share), ["reported"], release).select(*PERIOD, pl.col("reported").alias(SHARE))
    deaths = whole_numbers(rows.filter(~is_share), ["reported", "predicted"], release)
    withheld = deaths.filter(pl.col("reported") == 0, _why_withheld() != "not_published")
    todo = "an empty cell was saved as zero: download the file again, and add it as it came"
    refuse(withheld, release, "reported", "an empty cell, as the footnote beside it says", todo)
    facts = deaths.join(shares, on=PERIOD, how="left").select(
        pl.col("state").alias("place"),
        "period_start",
        "period_end",
        pl.lit(str(Clock.TWELVE_MONTH_ENDING)).alias("clock"),
        "indicator",
        pl.col("reported").alias("reported_deaths"),
        pl.col("predicted").alias("predicted_deaths"),
        "complete_pct",
        "pending_pct",
        SHARE,
        "maturity",
        missing_code=pl.when(pl.col("reported").is_null()).then(_why_withheld()),
        part=pl.lit("all"),
    )
    return Tidy(facts, parts_of(facts))


def _refuse_holes(rows: pl.DataFrame, file: str) -> None:
    """Refuse a month without a row between two with one: it was cut, as a withheld count has a row and a footnote."""
    series = rows.sort("state", "indicator", "period_end").with_columns(
        pl.col("period_end").shift(-1).over("state", "indicator").alias("next"),
        pl.col("period_end").dt.offset_by("1mo").dt.month_end().alias("due"),
    )
    holes = series.filter(pl.col("next") > pl.col("due")).sort("due", "state", "indicator")
    if not holes.is_empty():
        hole = holes.row(0, named=True)
        expected = f"{hole['indicator']} of {hole['state']} in every month between its first and its last"
        todo = "the file was cut or filtered: download it again, whole"
        raise DataError(file, expected, f"none in {hole['due']:%Y-%m}", todo)


def _why_withheld() -> pl.Expr:
    """Return the reason of a blank count, from the footnote beside it (the wording of September 2019 on)."""
    note = pl.col("footnote").str.to_lowercase()
    return (
        pl.when(note.str.contains("suppressed"))
        .then(pl.lit("suppressed"))
        .when(note.str.contains("low data quality"))
        .then(pl.lit("low_quality"))
        .otherwise(pl.lit("not_published"))
    )
