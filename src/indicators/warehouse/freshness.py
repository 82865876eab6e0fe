"""The age of the releases: for each source the last release, and how overdue the next one is on a day.

A release is due one cadence (``cadence_days`` of sources.toml) after the last. ``checked.csv`` beside the releases
of a source has the days on which the same file was found again: then the agency is late, and not this project.
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
    """Return one row of COLUMNS for every source, in the catalogue's order.

    ``data_through`` is the newest day by ``as_of`` of which its releases have data, null where there is none;
    ``checked`` the last day by then on which its newest file was found again. ``state``: ``current`` ·
    ``unchanged`` (due, but found again since it was due) · ``overdue`` · ``none`` (no release).
    """
    newest = select(
        connection,
        "SELECT source, arg_max(vintage, release_order) AS vintage,"
        " arg_max(released_estimated, release_order) AS released_estimated,"
        " max(released) AS released"
        " FROM vintage WHERE released <= $day GROUP BY source",
        {"day": as_of},
    )
    sources = catalog.sources().values()
    rows = pl.DataFrame({"source": [one.id for one in sources], "cadence_days": [one.cadence_days for one in sources]})
    for key, frame in (
        ("source", newest),
        ("source", _data_through(connection, as_of)),
        ("vintage", _last_checks(raw, as_of)),
    ):
        rows = rows.join(frame, on=key, how="left", maintain_order="left")
    since = (pl.lit(as_of) - pl.col("released")).dt.total_days()
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
    """Return the newest day by ``as_of`` of which the releases of each source have data: source, data_through.

    Of a release that reaches beyond that day, as projections do, the rows are asked for their last day by then.
    """
    reached = select(
        connection,
        "SELECT source, max(data_through) AS data_through FROM vintage"
        " WHERE released <= $day AND data_through <= $day GROUP BY source",
        {"day": as_of},
    )
    beyond = select(
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
            {"source": source, "vintages": vintages, "day": as_of},
        )
        for source, vintages in beyond.iter_rows()
    ]
    return pl.concat([reached, *newest]).group_by("source").agg(pl.col("data_through").max())


def _last_checks(raw: Path, as_of: date) -> pl.DataFrame:
    """Return the last day by ``as_of`` on which the file of each vintage was found again: vintage, checked."""
    rows = [(check.vintage, check.day) for check in store.checks(raw) if check.day <= as_of]
    frame = pl.DataFrame(rows, schema={"vintage": pl.String, "checked": pl.Date}, orient="row")
    return frame.group_by("vintage").agg(pl.col("checked").max())
