"""How old what we hold is: for each source the last release, and how overdue the next one is on a day.

A release is due one cadence (``cadence_days`` of sources.toml) after the last. That somebody looked and found the
same file again is kept too, in ``checked.csv`` beside a source's releases: the agency is late, not we.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from indicators import catalog
from indicators.releases import store
from indicators.warehouse.query import select

COLUMNS = {
    "source": pl.String,
    "vintage": pl.String,
    "released": pl.Date,
    "released_estimated": pl.Boolean,
    "data_through": pl.Date,
    "days_since_release": pl.Int64,
    "cadence_days": pl.Int64,
    "days_overdue": pl.Int64,
    "checked": pl.Date,
    "state": pl.String,
}


def status(connection: duckdb.DuckDBPyConnection, raw: Path, as_of: date) -> pl.DataFrame:
    """One row of COLUMNS for every source, in the catalogue's order.

    ``data_through`` is the newest day by ``as_of`` that its releases hold data of, null where none is known;
    ``checked`` the last day by then on which its newest file was seen again. ``state``: ``current`` ·
    ``unchanged`` (due, but seen again since it fell due) · ``overdue`` · ``none`` (no release held).
    """
    known = select(
        connection,
        "SELECT source, arg_max(vintage, (released, data_through, vintage)) AS vintage,"
        " arg_max(released_estimated, (released, data_through, vintage)) AS released_estimated,"
        " max(released) AS released"
        " FROM vintage WHERE released <= $day GROUP BY source",
        {"day": as_of},
    ).join(_data_through(connection, as_of), on="source", how="left")
    sources = pl.DataFrame(
        [(one.id, one.cadence_days) for one in catalog.sources().values()],
        schema={"source": pl.String, "cadence_days": pl.Int64},
        orient="row",
    )
    since = (pl.lit(as_of) - pl.col("released")).dt.total_days()
    rows = sources.join(known, on="source", how="left", maintain_order="left").join(
        last_checks(raw, as_of), on="vintage", how="left", maintain_order="left"
    )
    overdue = pl.col("days_overdue") > 0
    due = pl.col("released") + pl.duration(days="cadence_days")
    state = (
        pl.when(pl.col("released").is_null()).then(pl.lit("none"))
        .when(~overdue).then(pl.lit("current"))
        .when(pl.col("checked") > due).then(pl.lit("unchanged"))
        .otherwise(pl.lit("overdue"))
    )  # fmt: skip
    return (
        rows.with_columns(days_since_release=since, days_overdue=(since - pl.col("cadence_days")).clip(0))
        .with_columns(state=state)
        .select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())
    )


def _data_through(connection: duckdb.DuckDBPyConnection, as_of: date) -> pl.DataFrame:
    """The newest day by ``as_of`` that the releases of each source hold data of: source, data_through.

    Where one reaches beyond that day, as projections do, its rows tell which day of theirs came last.
    """
    known = select(
        connection,
        "SELECT source, max(data_through) AS data_through FROM vintage"
        " WHERE released <= $day AND data_through <= $day GROUP BY source",
        {"day": as_of},
    )
    reaching = select(
        connection,
        "SELECT source, list(vintage ORDER BY vintage) AS vintages FROM vintage"
        " WHERE released <= $day AND data_through > $day GROUP BY source ORDER BY source",
        {"day": as_of},
    )
    newest = [
        select(
            connection,
            f"SELECT $source AS source, max(period_end) AS data_through FROM {catalog.sources()[source].table}"
            " WHERE list_contains($vintages, vintage) AND period_end <= $day",
            {"source": source, "vintages": store, "day": as_of},
        )
        for source, store in reaching.iter_rows()
    ]
    return pl.concat([known, *newest]).group_by("source").agg(pl.col("data_through").max())


def last_checks(raw: Path, as_of: date) -> pl.DataFrame:
    """The last day by ``as_of`` on which each vintage's file was seen again: vintage, checked."""
    rows = [(check.vintage, check.day) for check in store.checks(raw) if check.day <= as_of]
    frame = pl.DataFrame(rows, schema={"vintage": pl.String, "checked": pl.Date}, orient="row")
    return frame.group_by("vintage").agg(pl.col("checked").max())
