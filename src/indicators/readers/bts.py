"""Vehicles, containers and persons that enter the United States by land, by port and month, since 1996 (BTS).

CBP counts at its ports of entry; nothing that leaves is counted. A person or a truck counts each time it crosses.
The driver of a truck is no passenger of any category. Two ports are called Eastport, and names have changed: the
code tells ports apart, and some releases dropped its leading zero. Releases of 2019 call containers that are
loaded full, and write months ``03/01/2019 12:00:00 AM``; those since 2023 write ``May 2005``. Rows come in no
order, so a file that was cut lacks a little of everything: a busy port that has rows in the months around one
without is refused. Older months are revised without a mark.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from indicators import catalog
from indicators.errors import DataError
from indicators.periods import Clock
from indicators.readers.base import Release, Tidy, located, parts_of, traced, with_codes
from indicators.readers.columns import CHECK, every_key_once, refuse, whole_numbers

SERIES = ["place", "region", "port_code", "category"]
BUSY_CROSSINGS = 10_000  # a month; a port with so many of a category always has some in the next month
FIRST_MONTH = date(1996, 1, 1)
FIRST_DAYS = {"location": "%m/%d/%Y 12:00:00 AM", "coordinates": "%d %B %Y"}
MONTHS_AS = {"location": "03/01/2019 12:00:00 AM", "coordinates": "May 2005"}


def tidy(rows: pl.DataFrame, release: Release) -> Tidy:
    """Return the rows of ``border_crossings``. Raises DataError."""
    places = catalog.places().values()
    states = {one.name_en: one.id for one in places if one.kind == "state" and one.country == "US"}
    rows = located(rows, release, "state", states, "the states")
    rows = with_codes(rows, release, ["region", "category"])
    rows = whole_numbers(rows, ["port_code", "crossings"], release, blanks=False)
    rows = _with_periods(rows.with_columns(pl.col("port_code").cast(pl.String).str.zfill(4)), release)
    every_key_once(rows, [*SERIES, "period_start"], release.file)
    _refuse_gaps(rows, release.file)
    facts = rows.filter(pl.col("crossings") > 0).select(
        "place",
        "period_start",
        "period_end",
        pl.lit(str(Clock.MONTH)).alias("clock"),
        *SERIES[1:],
        "crossings",
        *traced(rows, release),
        maturity=pl.lit("provisional"),
        part=pl.lit("all"),
    )
    return Tidy(facts, parts_of(rows.with_columns(part=pl.lit("all"))))


def _with_periods(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    text = pl.format("1 {}", "month") if release.layout == "coordinates" else pl.col("month")
    rows = rows.with_columns(period_start=text.str.to_date(FIRST_DAYS[release.layout], strict=False))
    first = pl.col("period_start")
    expected = f'the first day of a month, written as "{MONTHS_AS[release.layout]}"'
    refuse(rows.filter(first.is_null() | (first.dt.day() != 1)), release, "month", expected, CHECK)
    strange = rows.filter(~first.is_between(FIRST_MONTH, release.released))
    expected = f"months from {FIRST_MONTH:%Y-%m} to the release day, {release.released}"
    refuse(strange, release, "month", expected, "check the release day it was added with")
    return rows.with_columns(period_end=first.dt.month_end())


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
        gap = gaps.row(0, named=True)
        expected = f"{gap['category']} of port {gap['port_code']} in every month"
        todo = "the file was cut or filtered: download it again, whole"
        raise DataError(file, expected, f"none in {gap['due']:%Y-%m}", todo)
