"""DHS's long history of Border Patrol encounters: nation, border and sector by month, since October 1999.

From the workbook of the Key Homeland Security Metrics, of which the three monthly sheets are read, each for
its own level. Every number is rounded to ten, so levels do not add up to each other, nor months to the
workbook's years; a month without a row had fewer than five. It is a series of its own, never added to CBP's.
"""

from __future__ import annotations

import dataclasses

import polars as pl

from indicators.errors import DataError
from indicators.readers import cbp
from indicators.readers.base import Release, Tidy, with_codes
from indicators.readers.columns import refuse, whole_numbers

NATION, REGION, SECTOR = "Monthly Count", "Monthly Region", "Monthly Sector"
ROUNDED_TO = 10
AGAIN = "the workbook was cut or edited: download it again"


def tidy(rows: pl.DataFrame, release: Release) -> Tidy:
    """Return the rows of ``encounters_long``. Raises DataError."""
    rows = pl.concat([_level(rows, release, sheet) for sheet in (NATION, REGION, SECTOR)])
    rows = cbp.months(_with_open_year(rows), release, "long")
    parts = cbp.covered(rows, release, each="sheet")
    facts = cbp.above_zero(rows, release, [], ["encounters"])
    _refuse_gaps_between_levels(rows, release)
    return Tidy(facts, parts)


def _level(rows: pl.DataFrame, release: Release, sheet: str) -> pl.DataFrame:
    """Return the rows of one sheet, typed, with ``place``: the nation, a border, or a sector."""
    release = dataclasses.replace(release, file=f'{release.file}, sheet "{sheet}"')
    rows = rows.filter(sheet=sheet)
    if rows.is_empty():
        raise DataError(release.file, "rows below the header", "none", AGAIN)
    rows = with_codes(rows, release, ["month"])
    rows = whole_numbers(rows, ["encounters"], release, blanks=False)
    todo = "if DHS has ended rounding, this is another series: say so before it is added"
    odd = rows.filter(pl.col("encounters") % ROUNDED_TO != 0)
    refuse(odd, release, "encounters", f"a number rounded to {ROUNDED_TO}", todo)
    if sheet == NATION:
        return rows.with_columns(place=pl.lit("US"))
    name = "region" if sheet == REGION else "sector"
    return with_codes(rows, release, [name]).with_columns(place=name)


def _with_open_year(rows: pl.DataFrame) -> pl.DataFrame:
    """Mark the last fiscal year as CBP marks its open one, unless it has reached September."""
    last = rows["fiscal_year"].max()
    is_open = rows.filter(pl.col("fiscal_year") == last, pl.col("month") == "SEP").is_empty()
    marked = pl.when((pl.col("fiscal_year") == last) & is_open).then(pl.lit(" (FYTD)")).otherwise(pl.lit(""))
    return rows.with_columns(fiscal_year=pl.col("fiscal_year") + marked)


def _refuse_gaps_between_levels(rows: pl.DataFrame, release: Release) -> None:
    """Refuse a month in which borders or sectors do not make up the nation, but for the rounding of each."""
    sectors = len(release.source.categories["sector"])
    for sheet, most in ((REGION, 3), (SECTOR, sectors)):
        sums = rows.filter(sheet=sheet).group_by("period_start").agg(pl.col("encounters").sum())
        both = rows.filter(sheet=NATION).join(sums, on="period_start", suffix="_of_parts")
        apart = (pl.col("encounters") - pl.col("encounters_of_parts")).abs() > (most + 1) * ROUNDED_TO / 2
        bad = both.filter(apart).sort("period_start")
        if not bad.is_empty():
            first = bad.row(0, named=True)
            expected = f'"{sheet}" to make up "{NATION}" in every month, but for rounding'
            found = f"{first['encounters_of_parts']:,} of {first['encounters']:,} in {first['period_start']:%Y-%m}"
            raise DataError(release.file, expected, found, AGAIN)
