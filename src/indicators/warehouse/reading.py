"""Opening the warehouse: read-only, and with no way out of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl

from indicators.errors import IndicatorsError, UsageError


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the warehouse read-only, with no way out of it: no files, no network, no extensions.

    Attached to a database of its own: opened by its path, a second connection of this process would share
    the first one's, and show the warehouse as it was before it was built again.
    """
    if not path.exists():
        raise IndicatorsError(f"there is no warehouse at {path}: run `indicators build` first")
    quoted = str(path).replace("'", "''")
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
                "python_enable_replacements": "false"}
    )  # fmt: skip
    try:
        connection.execute(f"ATTACH '{quoted}' AS warehouse (READ_ONLY); USE warehouse")
    except duckdb.Error as error:
        connection.close()
        raise IndicatorsError(f"{path} is no warehouse: run `indicators build` ({error})") from None
    connection.execute("SET enable_external_access = false; SET lock_configuration = true")
    return connection


def select(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object] | None = None
) -> pl.DataFrame:
    """Return the rows of one SELECT, its ``$names`` bound to ``values``."""
    rows: pl.DataFrame = connection.sql(sql, params=dict(values or {})).pl()
    return rows


def query(path: Path, sql: str) -> pl.DataFrame:
    """Return the answer to one statement of an analyst. Raise UsageError with DuckDB's own words."""
    with connect(path) as connection:
        return answer(connection, sql)


def answer(connection: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    """Return the answer to one statement on an open warehouse. Raise UsageError with DuckDB's own words."""
    try:
        found = connection.sql(sql)
        rows: pl.DataFrame = pl.DataFrame() if found is None else found.pl()
        return rows
    except (duckdb.Error, pl.exceptions.PolarsError) as error:
        raise UsageError(str(error)) from None
