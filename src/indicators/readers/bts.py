"""What crosses into the United States by land: vehicles, containers and persons, by port and month, since 1996 (BTS).

CBP counts at its ports of entry; nothing that leaves is counted. A person or a truck counts each time it crosses.
The driver of a truck is no passenger of any category. Two ports are called Eastport, and names have changed: the
code tells ports apart, and some releases dropped its leading zero. Releases of 2019 call containers that are
loaded full, and write months ``03/01/2019 12:00:00 AM``; those since 2023 write ``May 2005``. Rows stand in no
order, so a file that was cut lacks a little of everything: a busy port that has rows in the months around one
without is refused. Older months are revised without a mark.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from indicators import catalog
from indicators.errors import DataError
from indicators.periods import Clock
from indicators.readers.base import Release, Tidy, parts_of
from indicators.readers.columns import categories, every_key_once, refuse, whole_numbers

SERIES = ["place", "region", "port_code", "category"]
BUSY_CROSSINGS = 10_000  # a month; a port that counts so many of a category is never without one in the next
FIRST_DAYS = {"location": "%m/%d/%Y 12:00:00 AM", "coordinates": "%d %B %Y"}
FIRST_MONTH = date(1996, 1, 1)
MONTHS_AS = {"location": "03/01/2019 12:00:00 AM", "coordinates": "May 2005"}


def tidy(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``border_crossings``. Raises DataError."""
    file, headers, known = release.file, release.headers, release.source.categories
    places = catalog.places().values()
    states = {one.name_en: one.id for one in places if one.kind == "state" and one.country == "US"}
    rows = categories(rows, "state", states, file, headers, where="the states", catalogue="places.csv")
    for column in ("region", "category"):
        entry = f"[{release.source.id}.categories.{column}]"
        rows = categories(rows, column, known[column], file, headers, where=entry)
    rows = whole_numbers(rows, ["port_code", "crossings"], file, headers, blanks=False)
    rows = rows.with_columns(pl.col("port_code").cast(pl.String).str.zfill(4)).rename({"state": "place"})
    rows = _with_periods(rows, release)
    every_key_once(rows, [*SERIES, "period_start"], file)
    _refuse_gaps(rows, file)
    facts = rows.select(
        "place",
        "period_start",
        "period_end",
        pl.lit(str(Clock.MONTH)).alias("clock"),
        *SERIES[1:],
        "crossings",
        pl.lit("provisional").alias("maturity"),
        pl.lit("all").alias("part"),
    )
    return Tidy(facts.filter(pl.col("crossings") > 0), parts_of(facts))


def _with_periods(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    text = pl.format("1 {}", "month") if release.layout == "coordinates" else pl.col("month")
    rows = rows.with_columns(period_start=text.str.to_date(FIRST_DAYS[release.layout], strict=False))
    file, header = release.file, release.headers["month"]
    odd = rows["period_start"].is_null() | (rows["period_start"].dt.day() != 1)
    expected = f'the first day of a month, written as "{MONTHS_AS[release.layout]}"'
    refuse(rows, odd, file, "month", header, expected, "check the cell against the agency's own file")
    strange = ~rows["period_start"].is_between(FIRST_MONTH, release.released)
    expected = f"months from {FIRST_MONTH:%Y-%m} to the release day, {release.released}"
    refuse(rows, strange, file, "month", header, expected, "check the release day it was added with")
    return rows.with_columns(period_end=pl.col("period_start").dt.month_end())


def _refuse_gaps(rows: pl.DataFrame, file: str) -> None:
    """Refuse a table in which a busy port has no row for a month between two of its own, or for the last month."""
    last = rows["period_start"].max()
    series = rows.sort(*SERIES, "period_start").with_columns(
        pl.col("period_start").shift(-1).over(SERIES).alias("next"),
        pl.col("crossings").shift(-1).over(SERIES).alias("then"),
        pl.col("period_start").dt.offset_by("1mo").alias("due"),
    )
    busy = pl.col("crossings") >= BUSY_CROSSINGS
    between = (pl.col("next") > pl.col("due")) & (pl.col("then") >= BUSY_CROSSINGS)
    at_the_end = pl.col("next").is_null() & (pl.col("due") == last)
    gaps = series.filter(busy & (between | at_the_end)).sort("due", *SERIES)
    if not gaps.is_empty():
        one = gaps.row(0, named=True)
        expected = f"{one['category']} of port {one['port_code']} in every month"
        todo = "the file was cut or filtered: download it again, whole"
        raise DataError(file, expected, f"none in {one['due']:%Y-%m}", todo)
