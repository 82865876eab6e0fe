"""What the two population sources share: residents on 1 July, the nation beside its states, checked."""

from __future__ import annotations

import polars as pl

from indicators import catalog
from indicators.errors import DataError
from indicators.periods import Clock
from indicators.sources import Tidy, parts_of


def codes(nation: str) -> dict[str, str]:
    """Places by the country's own two-digit state code, ``00`` the nation."""
    states = [one for one in catalog.places().values() if one.country == nation and one.code.isdigit()]
    return {one.code: one.id for one in states} | {"00": nation}


def residents(
    counts: pl.DataFrame, *, nation: str, part: str, last_estimate: int, file: str, todo: str
) -> Tidy:
    """Rows of ``population`` from one count of persons for each place and year (place, year, persons).

    Years up to ``last_estimate`` are estimates of the edition (final in it); later ones are projections. The
    nation is a row of its own and is never summed with its states. Raises DataError where a state or the
    nation lacks a year, or where the states do not add up to the nation: the table is cut or edited.
    """
    states = [one.id for one in catalog.places().values() if one.country == nation and one.kind == "state"]
    wide = counts.pivot("year", index="place", values="persons").sort("place")
    for place in [nation, *states]:
        row = wide.filter(pl.col("place") == place)
        if row.is_empty() or row.null_count().sum_horizontal()[0]:
            absent = [name for name in wide.columns[1:] if row.is_empty() or row[name][0] is None]
            found = f"none for {place} in {', '.join(sorted(absent)[:5])}"
            raise DataError(file, f"{nation} and every state of it in every year", found, todo)
    for year in sorted(wide.columns[1:]):
        published = wide.filter(pl.col("place") == nation)[year][0]
        summed = wide.filter(pl.col("place").is_in(states))[year].sum()
        if summed != published:
            raise DataError(
                file, f"states that add up to {nation} {year}: {published:,}", f"{summed:,}", todo
            )
    facts = counts.select(
        "place",
        pl.date(pl.col("year"), 7, 1).alias("period_start"),
        pl.date(pl.col("year"), 7, 1).alias("period_end"),
        pl.lit(str(Clock.STOCK)).alias("clock"),
        pl.col("persons").alias("population_persons"),
        pl.when(pl.col("year") <= last_estimate)
        .then(pl.lit("final"))
        .otherwise(pl.lit("provisional"))
        .alias("maturity"),
        pl.lit(part).alias("part"),
    ).sort("place", "period_start")
    return Tidy(facts, parts_of(facts))
