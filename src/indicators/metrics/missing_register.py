"""What moved the register of missing persons between two of our snapshots.

The register is alive: people are added late, found, dated anew or taken out, and only net movements of each
cohort (year of disappearance) can be seen. A falling stock is therefore no count of people found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import polars as pl

from indicators.errors import UsageError
from indicators.metrics.series import Series
from indicators.warehouse.query import select

TOLERANCE_DAYS = 45  # how far a snapshot may be from the age that is asked for


@dataclass(frozen=True)
class Snapshot:
    """The register on one day. ``cohorts`` has year (null: undated), missing and located (persons), one row a
    year; located is null throughout where it was not captured."""

    day: date
    cohorts: pl.DataFrame


@dataclass(frozen=True)
class Decomposition:
    """after = before + new + late − located − removed_or_redated, in persons.

    ``new``: net entries for years from the earlier snapshot's on; ``late``: net entries for earlier or
    undated cohorts; ``removed_or_redated``: net exits of cohorts that were not located. Where located persons
    were not captured, ``located`` is None and they are within ``removed_or_redated``.
    ``cohorts`` has the same by year.
    """

    first: date
    last: date
    before: int
    after: int
    new: int
    late: int
    located: int | None
    removed_or_redated: int
    cohorts: pl.DataFrame


def snapshots(connection: duckdb.DuckDBPyConnection, as_of: date) -> list[Snapshot]:
    """Every snapshot known on a day that tells both stock and years of disappearance, oldest first.

    What a snapshot holds beyond its years has no year. Located people count only where it tells them.
    """
    rows = select(
        connection,
        "SELECT vintage, max(period_end) FILTER (WHERE clock = 'stock') OVER (PARTITION BY vintage) AS day, clock,"
        " status, year(period_start) AS year, persons FROM missing_persons JOIN vintage USING (vintage)"
        " WHERE released <= $day AND clock IN ('stock', 'year') ORDER BY vintage",
        {"day": as_of},
    ).filter(pl.col("day").is_not_null())
    found = []
    for _, held in rows.group_by("vintage", maintain_order=True):
        missing = _by_year(held, ["missing"], "missing")
        located = _by_year(held, ["located_alive", "located_dead"], "located")
        if missing.height:
            both = missing.join(located, on="year", how="full", coalesce=True, nulls_equal=True)
            told = ["missing", "located"] if located.height else ["missing"]
            cohorts = both.with_columns(pl.col(told).fill_null(0)).sort("year", nulls_last=True)
            found.append(Snapshot(held["day"].to_list()[0], cohorts))
    return sorted(found, key=lambda one: one.day)


def _by_year(held: pl.DataFrame, statuses: Sequence[str], name: str) -> pl.DataFrame:
    """Persons of some statuses by year of disappearance, those without a year under null; no rows without years."""
    counted = held.filter(pl.col("status").is_in(list(statuses)))
    in_years = pl.col("clock") == "year"
    years = counted.filter(in_years).group_by("year").agg(pl.col("persons").sum())
    undated = int(counted.filter(~in_years)["persons"].sum()) - int(years["persons"].sum())
    rest = pl.DataFrame({"year": [None], "persons": [undated]}, years.schema)
    both = pl.concat([years, rest if years.height else rest.clear()])
    return both.select(pl.col("year").cast(pl.Int64), pl.col("persons").cast(pl.Int64).alias(name))


def decompose(series: Series, before: Snapshot, after: Snapshot) -> Decomposition:
    """Take the change of the stock apart by cohorts; ``series`` is the stock's own, which knows its breaks.

    Raises NotComparable where a break lies between the snapshots, UsageError where they are out of order or
    hold a year twice.
    """
    if before.day >= after.day:
        raise UsageError(f"the snapshot of {before.day} is not before that of {after.day}")
    series.comparable((before.day, before.day), (after.day, after.day))
    for one in (before, after):
        if one.cohorts["year"].is_duplicated().any():
            raise UsageError(f"the snapshot of {one.day} holds a year twice")
    located_known = all(one.cohorts["located"].null_count() == 0 for one in (before, after))
    both = before.cohorts.join(
        after.cohorts, on="year", how="full", coalesce=True, nulls_equal=True, suffix="_after"
    ).with_columns(pl.exclude("year").fill_null(0))
    missing = pl.col("missing_after") - pl.col("missing")
    located = pl.col("located_after") - pl.col("located") if located_known else pl.lit(0)
    is_new = (pl.col("year") >= before.day.year).fill_null(False)
    entered = pl.col("entered")
    cohorts = (
        both.with_columns(entered=missing + located, located_now=located)
        .select(
            "year",
            new=pl.when(is_new & (entered > 0)).then(entered).otherwise(0),
            late=pl.when(~is_new & (entered > 0)).then(entered).otherwise(0),
            located=pl.col("located_now").cast(pl.Int64) if located_known else pl.lit(None, pl.Int64),
            removed_or_redated=pl.when(entered < 0).then(-entered).otherwise(0),
        )
        .sort("year", nulls_last=True)
    )
    total = {name: int(cohorts[name].sum()) for name in ("new", "late", "located", "removed_or_redated")}
    return Decomposition(
        before.day,
        after.day,
        int(before.cohorts["missing"].sum()),
        int(after.cohorts["missing"].sum()),
        total["new"],
        total["late"],
        total["located"] if located_known else None,
        total["removed_or_redated"],
        cohorts,
    )


def new_at_equal_maturity(registered: pl.DataFrame, age_days: int = 180) -> pl.DataFrame:
    """Disappearances of each period as they stood at the same age, so that a young period is not called low.

    ``registered`` has snapshot (a day), period_start, period_end and persons (missing and located together):
    one row a snapshot and period. Returns one row a period, oldest first, with value, snapshot, age (days)
    and missing_code: ``not_published`` where no snapshot lies within 45 days of the age.
    """
    age = (pl.col("snapshot") - pl.col("period_end")).dt.total_days()
    off = (pl.col("age") - age_days).abs()
    nearest = (
        registered.with_columns(age=age)
        .with_columns(off=off)
        .sort("off", "snapshot")
        .group_by("period_start", "period_end", maintain_order=True)
        .first()
        .sort("period_start")
    )
    near = pl.col("off") <= TOLERANCE_DAYS
    return nearest.select(
        "period_start",
        "period_end",
        value=pl.when(near).then(pl.col("persons").cast(pl.Float64)),
        snapshot=pl.when(near).then("snapshot"),
        age=pl.when(near).then("age"),
        missing_code=pl.when(~near).then(pl.lit("not_published")),
    )
