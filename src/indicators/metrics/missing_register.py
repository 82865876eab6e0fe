"""Movements of the register of missing persons between two snapshots.

The register is alive: persons are added late, found, dated anew or taken out, and only net movements of each cohort
(year of disappearance) can be seen. A falling stock is therefore no count of persons found.
"""

from dataclasses import dataclass
from datetime import date

import duckdb
import polars as pl

from indicators.errors import UsageError
from indicators.metrics.series import Series
from indicators.warehouse.query import select


@dataclass(frozen=True)
class Snapshot:
    """The register on one day.

    ``cohorts`` has year (null: undated), missing and located (persons), one row a year; located is null throughout
    where it was not captured.
    """

    day: date
    cohorts: pl.DataFrame


@dataclass(frozen=True)
class Decomposition:
    """The terms of after = before + new + late − located − removed_or_redated, in persons.

    ``new``: net entries for the year of the earlier snapshot and later ones; ``late``: net entries for earlier or
    undated cohorts; ``removed_or_redated``: net exits of cohorts that were not located. Where located persons
    were not captured, ``located`` is None and ``removed_or_redated`` includes them.
    ``cohorts`` has the four terms by year.
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
    """Return every snapshot out by a day that publishes both stock and years of disappearance, oldest first.

    Persons without a year of disappearance form a row of their own. Located persons are counted only where the
    snapshot publishes them.
    """
    rows = select(
        connection,
        "SELECT vintage, max(period_end) FILTER (WHERE clock = 'stock') OVER (PARTITION BY vintage) AS day, clock,"
        " status, year(period_start) AS year, persons FROM missing_persons JOIN vintage USING (vintage)"
        " WHERE released <= $day AND clock IN ('stock', 'year') ORDER BY vintage",
        {"day": as_of},
    ).filter(pl.col("day").is_not_null())
    found = []
    for _, published in rows.group_by("vintage", maintain_order=True):
        missing = _by_year(published, ["missing"], "missing")
        located = _by_year(published, ["located_alive", "located_dead"], "located")
        if missing.height:
            both = missing.join(located, on="year", how="full", coalesce=True, nulls_equal=True)
            captured = ["missing", "located"] if located.height else ["missing"]
            cohorts = both.with_columns(pl.col(captured).fill_null(0)).sort("year", nulls_last=True)
            found.append(Snapshot(published["day"].to_list()[0], cohorts))
    return sorted(found, key=lambda snapshot: snapshot.day)


def decompose(series: Series, before: Snapshot, after: Snapshot) -> Decomposition:
    """Split the change of the stock ``series`` between two snapshots by cohorts.

    Raise NotComparable where a break lies between the snapshots, UsageError where they are out of order or
    contain a year twice.
    """
    if before.day >= after.day:
        raise UsageError(f"the snapshot of {before.day} is not before that of {after.day}: swap them")
    series.comparable((before.day, before.day), (after.day, after.day))
    for snapshot in (before, after):
        if snapshot.cohorts["year"].is_duplicated().any():
            raise UsageError(f"the snapshot of {snapshot.day} contains a year twice: add its rows up")
    captured = not any(snapshot.cohorts["located"].null_count() for snapshot in (before, after))
    both = before.cohorts.join(
        after.cohorts, on="year", how="full", coalesce=True, nulls_equal=True, suffix="_after"
    ).with_columns(pl.exclude("year").fill_null(0))
    located = pl.col("located_after") - pl.col("located")
    entered = pl.col("missing_after") - pl.col("missing") + (located if captured else 0)
    is_new = (pl.col("year") >= before.day.year).fill_null(False)
    cohorts = both.select(
        "year",
        new=pl.when(is_new).then(entered).otherwise(0).clip(0),
        late=pl.when(is_new).then(0).otherwise(entered).clip(0),
        located=located.cast(pl.Int64) if captured else pl.lit(None, pl.Int64),
        removed_or_redated=(-entered).clip(0),
    ).sort("year", nulls_last=True)
    return Decomposition(
        before.day,
        after.day,
        int(before.cohorts["missing"].sum()),
        int(after.cohorts["missing"].sum()),
        int(cohorts["new"].sum()),
        int(cohorts["late"].sum()),
        int(cohorts["located"].sum()) if captured else None,
        int(cohorts["removed_or_redated"].sum()),
        cohorts,
    )


def _by_year(published: pl.DataFrame, statuses: list[str], name: str) -> pl.DataFrame:
    """Return persons of some statuses by year of disappearance, null for no year; no rows without years."""
    counted = published.filter(pl.col("status").is_in(statuses))
    in_years = pl.col("clock") == "year"
    years = counted.filter(in_years).group_by("year").agg(pl.col("persons").sum())
    undated = int(counted.filter(~in_years)["persons"].sum()) - int(years["persons"].sum())
    rest = pl.DataFrame({"year": [None], "persons": [undated]}, years.schema)
    both = pl.concat([years, rest if years.height else rest.clear()])
    return both.select(pl.col("year").cast(pl.Int64), pl.col("persons").cast(pl.Int64).alias(name))
