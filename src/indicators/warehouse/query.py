"""The warehouse, opened for queries: read-only, without access to files and network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import duckdb
import polars as pl

from indicators.errors import IndicatorsError, UsageError
from indicators.paths import Home
from indicators.releases.store import Provenance, libraries
from indicators.warehouse.fingerprint import read as read_inputs

PROVENANCES = tuple(map(str, Provenance))  # from the strongest to the weakest


class InUse(UsageError):
    """A warehouse that another program has open for writing."""


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
        connection.execute(f"ATTACH '{quoted}' AS warehouse (READ_ONLY, TYPE duckdb); USE warehouse")
        connection.execute("SELECT inputs_sha256 FROM build")
    except duckdb.Error as error:
        connection.close()
        raise _not_opened(path, str(error)) from None
    connection.execute("SET enable_external_access = false; SET lock_configuration = true")
    return connection


def refuse_in_use(path: Path) -> None:
    """Raise InUse where a program has the warehouse open for writing: its log would not fit a new warehouse."""
    try:
        connect(path).close()
    except InUse:
        raise
    except IndicatorsError:  # absent, or broken: it may be replaced
        return


def _not_opened(path: Path, reason: str) -> IndicatorsError:
    """Return the error for a warehouse that DuckDB does not open, by the words of its ``reason``."""
    if any(words in reason for words in ("Could not set lock", "Unique file handle conflict", "already open")):
        holder = re.search(r"(?:held in (.+?) )?\(PID (\d+)\)", reason)
        by = f"process {holder[2]} ({holder[1] or 'unknown'})" if holder else "another connection of this process"
        return InUse(f"{path} is in use by {by}, which may write to it: close it or wait until it ends, then try again")
    if path.is_dir():
        return IndicatorsError(f"{path} is a folder: move it away, then run `indicators build`")
    if "Permission denied" in reason:
        return IndicatorsError(f"{path} may not be read by this user: allow that, then try again")
    if "storage version" in reason:
        return IndicatorsError(f"{path} was written by a newer DuckDB: run `indicators build`, which replaces it")
    return IndicatorsError(f"{path} is no warehouse: run `indicators build` ({reason.splitlines()[0]})")


def select(connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object] | None = None) -> pl.DataFrame:
    """Return the rows of one SELECT, its ``$names`` bound to ``values``."""
    found = connection.sql(sql, params=dict(values or {}))
    # Relation.pl() imports pyarrow and numpy, half as long as polars and duckdb together. Polars keeps the class of
    # what it reads until the process ends, which DuckDB reports as a leak: so polars gets the stream alone.
    return pl.DataFrame(SimpleNamespace(__arrow_c_stream__=found.__arrow_c_stream__))


def provenances(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the provenance of every release by its id: as received, where its record has none."""
    asked = "SELECT vintage, coalesce(provenance, $received) AS provenance FROM vintage"
    return dict(select(connection, asked, {"received": str(Provenance.AS_RECEIVED)}).iter_rows())


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
    except InUse:
        raise
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
