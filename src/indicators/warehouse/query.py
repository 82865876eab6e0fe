"""The warehouse, opened for queries: read-only, without access to files and network."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import duckdb
import polars as pl

from indicators.errors import IndicatorsError, UsageError
from indicators.paths import Home
from indicators.releases.store import libraries
from indicators.warehouse.fingerprint import read as read_inputs


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the warehouse read-only, without files, network and extensions. Raise IndicatorsError.

    It is attached to a database in memory. Opened by its path, a second connection of this process would share the
    first one's database, and show the warehouse from before the last build.
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


def select(connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object] | None = None) -> pl.DataFrame:
    """Return the rows of one SELECT, its ``$names`` bound to ``values``."""
    found = connection.sql(sql, params=dict(values or {}))
    # Relation.pl() imports pyarrow and numpy, half as long as polars and duckdb together. Polars keeps the class of
    # what it reads until the process ends, which DuckDB reports as a leak: so polars gets the stream alone.
    return pl.DataFrame(SimpleNamespace(__arrow_c_stream__=found.__arrow_c_stream__))


def query(path: Path, sql: str) -> pl.DataFrame:
    """Return the rows of one statement of an analyst. Raise UsageError with DuckDB's own words."""
    with connect(path) as connection:
        return answer(connection, sql)


def answer(connection: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    """Return the rows of one statement on an open warehouse. Raise UsageError with DuckDB's own words."""
    try:
        found = connection.sql(sql)
        rows: pl.DataFrame = pl.DataFrame() if found is None else found.pl()
        return rows
    except (duckdb.Error, pl.exceptions.PolarsError) as error:
        raise UsageError(str(error)) from None


def is_current(home: Home) -> bool:
    """Return whether the warehouse was built from the releases, tables and code that are there now."""
    try:
        with connect(home.warehouse) as connection:
            return built_from(connection) == fingerprint(home)
    except IndicatorsError:
        return False


def fingerprint(home: Home) -> str:
    """Return one hash over everything that a warehouse is built from.

    These are releases, hand-kept tables, edition, catalogue, code, and the libraries that read the files.
    """
    return sha256(f"{read_inputs(home).warehouse_sha256}\0{libraries()}".encode()).hexdigest()


def built_from(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return the fingerprint of the inputs that a warehouse was built from; None for a broken warehouse."""
    try:
        return str(connection.sql("SELECT inputs_sha256 FROM build").fetchall()[0][0])
    except (duckdb.Error, IndexError):
        return None
