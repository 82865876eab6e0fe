"""The tables of the warehouse beside the facts, and the macros that show a fact as it was known on a day."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl

from indicators.catalog.tables import FACTS
from indicators.readers import MUNICIPALITIES

VINTAGE_SCHEMA = {
    "vintage": pl.String,
    "source": pl.String,
    "layout": pl.String,
    "file": pl.String,
    "sha256": pl.String,
    "size_bytes": pl.Int64,
    "how": pl.String,
    "url": pl.String,
    "released": pl.Date,
    "released_estimated": pl.Boolean,
    "data_through": pl.Date,
    "rows": pl.Int64,
}
PART_SCHEMA = {
    "vintage": pl.String,
    "fact": pl.String,
    "part": pl.String,
    "period_from": pl.Date,
    "period_through": pl.Date,
}
FINDING_SCHEMA: dict[str, type[pl.DataType]] = {
    "severity": pl.String,
    "code": pl.String,
    "source": pl.String,
    "vintage": pl.String,
    "facts": pl.String,
}
COVERAGE_SCHEMA = {"vintage": pl.String, **MUNICIPALITIES}
OWN_TABLES: dict[str, dict[str, type[pl.DataType]]] = {
    "vintage": VINTAGE_SCHEMA,
    "vintage_part": PART_SCHEMA,
    "finding": FINDING_SCHEMA,
    "municipality_coverage": COVERAGE_SCHEMA,
}

ASOF = """
CREATE MACRO {fact}_asof(day) AS TABLE
SELECT fact.* FROM {fact} AS fact
SEMI JOIN (
    SELECT part, arg_max(vintage, (released, period_through, vintage)) AS vintage
    FROM vintage_part JOIN vintage USING (vintage)
    WHERE fact = '{fact}' AND released <= CAST(day AS DATE) GROUP BY part
) AS newest ON fact.part = newest.part AND fact.vintage = newest.vintage
"""

KNOWN = """
CREATE MACRO {table}_asof(day) AS TABLE SELECT * FROM {table} WHERE known_from <= CAST(day AS DATE)
"""


def create_tables(connection: duckdb.DuckDBPyConnection, fingerprint: str) -> None:
    """Make every table, empty, and the macro of each fact."""
    empty = {table: FACTS[table].empty() for table in FACTS}
    empty |= {name: pl.DataFrame(schema=schema) for name, schema in OWN_TABLES.items()}
    empty["build"] = pl.DataFrame({"inputs_sha256": [fingerprint]})
    for table, frame in empty.items():
        connection.register("incoming", frame.to_arrow())
        connection.execute(f"CREATE TABLE {table} AS FROM incoming")
        connection.unregister("incoming")
    for table in FACTS:
        connection.execute(ASOF.format(fact=table))


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame | Sequence[Path]) -> None:
    """Put the rows of a frame or of Parquet files into a table, by the names of the columns."""
    if not isinstance(rows, pl.DataFrame):
        connection.execute(f"INSERT INTO {table} BY NAME FROM read_parquet(?)", [list(map(str, rows))])
        return
    connection.register("incoming", rows.to_arrow())
    connection.execute(f"INSERT INTO {table} BY NAME FROM incoming")
    connection.unregister("incoming")
