"""The few sums of a release that its plausibility is told by: of the nation, of its places, of its labels."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import polars as pl

from indicators import catalog
from indicators.grain import GRAINS, PERIOD, key_of, level, measures_of

SERIES = ["part", "series", "clock", "period_start", "period_end"]


@dataclass(frozen=True)
class Totals:
    """One release, added up. ``series`` names a measure and the values that are never added across.

    ``nation`` has SERIES, value, final · ``places`` the same with place · ``labels`` the same with column and
    label · ``parts`` has part, period_from, period_through. A sum in which a figure is missing is missing.
    """

    vintage: str
    source: catalog.Source
    nation: pl.DataFrame
    places: pl.DataFrame
    labels: pl.DataFrame
    parts: pl.DataFrame


def of_releases(
    connection: duckdb.DuckDBPyConnection, source: catalog.Source, vintages: list[str]
) -> list[Totals]:
    """The totals of some releases of one source, from the fact table and ``vintage_part`` of a database."""
    places = _sums(connection, source.table, ["place"], vintages)
    nation = _nation(places)
    names = _label_columns(source.table)
    # of all labels once: without places these are few rows, and quick to add up by each label in turn
    leaves = _sums(connection, source.table, names, vintages) if names else places
    labels = [
        _added_up(leaves, ["vintage", name, *SERIES])
        .rename({name: "label"})
        .with_columns(column=pl.lit(name))
        for name in names
    ]
    together = pl.concat(labels) if labels else places.clear().with_columns(label="place", column="place")
    parts = connection.sql(
        "SELECT vintage, part, period_from, period_through FROM vintage_part"
        " WHERE vintage IN (SELECT unnest($ids)) ORDER BY ALL",
        params={"ids": vintages},
    ).pl()
    frames = (nation, places, together, parts)
    return [
        Totals(one, source, *(frame.filter(pl.col("vintage") == one).drop("vintage") for frame in frames))
        for one in vintages
    ]


def _label_columns(table: str) -> list[str]:
    return [name for name in key_of(table) if name not in PERIOD and name not in GRAINS[table].apart]


def _sums(
    connection: duckdb.DuckDBPyConnection, table: str, by: list[str], vintages: list[str]
) -> pl.DataFrame:
    """SERIES, value and final by vintage and the columns named; a sum with a gap in it is null."""
    apart = [name for name in GRAINS[table].apart if name not in PERIOD]
    figures = measures_of(table)
    groups = ["vintage", *by, *(name for name in PERIOD if name != "place" and name not in by), *apart]
    sums = ", ".join(
        f'CASE WHEN count("{one}") = count(*) THEN sum("{one}")::DOUBLE END AS "{one}"' for one in figures
    )
    columns = ", ".join(f'"{name}"' for name in groups)
    wide: pl.DataFrame = connection.sql(
        f"SELECT {columns}, {sums}, bool_and(maturity = 'final') AS final FROM {table}"
        f" WHERE vintage IN (SELECT unnest($ids)) GROUP BY ALL ORDER BY {columns}",
        params={"ids": vintages},
    ).pl()
    long = wide.unpivot(figures, index=[*groups, "final"], variable_name="measure", value_name="value")
    series = pl.concat_str("measure", *apart, separator=", ")
    return long.with_columns(series=series).select("vintage", *by, *SERIES, "value", "final")


def _nation(places: pl.DataFrame) -> pl.DataFrame:
    """The nation's own rows where a series has them, else its places added up."""
    groups = ["vintage", *SERIES]
    rows = places.with_columns(is_nation=level() == "nation")
    has_own = pl.col("is_nation").any().over("vintage", "part", "series", "clock")
    rows = rows.filter(pl.col("is_nation") | ~has_own)
    return _added_up(rows, groups)


def _added_up(rows: pl.DataFrame, groups: list[str]) -> pl.DataFrame:
    whole = pl.when(pl.col("value").is_not_null().all()).then(pl.col("value").sum()).alias("value")
    return rows.group_by(groups).agg(whole, pl.col("final").all()).sort(groups)
