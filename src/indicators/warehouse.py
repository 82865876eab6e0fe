"""The DuckDB warehouse: built whole from every vintage, swapped in atomically, opened read-only.

Each fact has a macro ``<fact>_asof(day)`` that shows it as it was known on that day: of every part (a fiscal
year, an instrument, a status) the newest release out by then, whole, so that rows an agency removed are gone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
from filelock import FileLock, Timeout

from indicators import catalog, trace, vintages
from indicators.errors import IndicatorsError, UsageError
from indicators.inputs import read as read_inputs
from indicators.paths import Home

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
COVERAGE_SCHEMA = {
    "vintage": pl.String,
    "part": pl.String,
    "place": pl.String,
    "municipality_code": pl.String,
    "municipality": pl.String,
    "kind": pl.String,
    "period_from": pl.Date,
    "period_through": pl.Date,
}
PATIENCE_SECONDS = 120
OWN_TABLES: dict[str, dict[str, type[pl.DataType]]] = {
    "vintage": VINTAGE_SCHEMA,
    "vintage_part": PART_SCHEMA,
    "finding": FINDING_SCHEMA,
    "municipality_coverage": COVERAGE_SCHEMA,
}

READER = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
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


def build(
    raw: Path,
    edition: Path,
    target: Path,
    *,
    as_of: date | None = None,
    fingerprint: str = "",
    kept_in: Path | None = None,
) -> list[str]:
    """Build the warehouse at ``target`` and return the ids of the vintages in it.

    Each source comes from the store where that has any release of it, else from the edition. The last good
    warehouse stays until the new one is whole. Rows kept in the folder ``kept_in`` are not made again.
    Raises DataError, UsageError.
    """
    with alone(target):
        return _build(raw, edition, target, as_of, fingerprint, kept_in)


def _build(
    raw: Path, edition: Path, target: Path, as_of: date | None, fingerprint: str, kept_in: Path | None
) -> list[str]:
    temporary = target.with_suffix(".building")
    _remove(temporary)
    try:
        with duckdb.connect(str(temporary)) as connection:
            connection.begin()  # one commit waits for the disk once, not once a release
            _create_tables(connection, fingerprint)
            _add_store(connection, raw, as_of, kept_in)
            _add_findings(connection)
            _add_edition(connection, edition, {one.source for one in vintages.all_vintages(raw)}, as_of)
            _add_hand_kept(connection, raw, as_of)
            ids = [row[0] for row in connection.sql("SELECT vintage FROM vintage ORDER BY ALL").fetchall()]
            connection.commit()
        os.replace(temporary, target)
    finally:
        _remove(temporary)
    return ids


def _remove(path: Path) -> None:
    """Remove a database and the log beside it, which a killed run leaves and the next would read."""
    for one in (path, path.with_name(f"{path.name}.wal")):
        one.unlink(missing_ok=True)


def ensure(home: Home, progress: Callable[[str], None] = lambda line: None) -> str:
    """Build the warehouse unless it stands on these very inputs already; return the inputs' fingerprint."""
    inputs = fingerprint(home)
    with alone(home.warehouse):
        if _built_from(home.warehouse) != inputs:
            progress("building the warehouse")
            _build(home.raw, home.edition, home.warehouse, None, inputs, home.cache)
    return inputs


def is_current(home: Home) -> bool:
    """Whether the warehouse stands on the releases, tables and code that are there now, all of them."""
    return _built_from(home.warehouse) == fingerprint(home)


def fingerprint(home: Home) -> str:
    """One hash over what a warehouse is made of: releases, hand-kept tables, edition, catalogue and readers."""
    return read_inputs(home).warehouse_sha256


def _built_from(path: Path) -> str | None:
    try:
        with connect(path) as connection:
            return str(connection.sql("SELECT inputs_sha256 FROM build").fetchall()[0][0])
    except (IndicatorsError, duckdb.Error, IndexError):
        return None


@contextmanager
def alone(target: Path) -> Iterator[None]:
    """Let one maker of ``target`` at a time through; the next one waits, then says who is in the way."""
    target.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(target.with_suffix(".lock"))
    try:
        lock.acquire(timeout=PATIENCE_SECONDS)
    except Timeout:
        raise UsageError(
            f"another run has held {lock.lock_file} for {PATIENCE_SECONDS} seconds: let it end first"
        ) from None
    try:
        yield
    finally:
        lock.release()


def _create_tables(connection: duckdb.DuckDBPyConnection, fingerprint: str) -> None:
    from indicators import contracts

    empty = {table: contracts.zero_rows(table) for table in contracts.FACTS}
    empty |= {name: pl.DataFrame(schema=schema) for name, schema in OWN_TABLES.items()}
    empty["build"] = pl.DataFrame({"inputs_sha256": [fingerprint]})
    for table, frame in empty.items():
        connection.register("incoming", frame.to_arrow())
        connection.execute(f"CREATE TABLE {table} AS FROM incoming")
        connection.unregister("incoming")
    for table in contracts.FACTS:
        connection.execute(ASOF.format(fact=table))


def _add_hand_kept(connection: duckdb.DuckDBPyConnection, raw: Path, as_of: date | None) -> None:
    """Put in the tables kept by hand, each row known from the day it was published."""
    from indicators import published

    for table, frame in published.load(raw).items():
        known = frame if as_of is None else frame.filter(pl.col("known_from") <= as_of)
        connection.register("incoming", known.to_arrow())
        connection.execute(f"CREATE TABLE {table} AS FROM incoming")
        connection.unregister("incoming")
        connection.execute(KNOWN.format(table=table))


def _insert(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    connection.register("incoming", frame.to_arrow())
    connection.execute(f"INSERT INTO {table} BY NAME FROM incoming")
    connection.unregister("incoming")


def _add_store(
    connection: duckdb.DuckDBPyConnection, raw: Path, as_of: date | None, kept_in: Path | None
) -> None:
    """Put in every stored vintage that was out by ``as_of``, one at a time: memory holds one."""
    from indicators import tidied

    for one in vintages.all_vintages(raw):
        if as_of and one.released > as_of:
            continue
        tidy = tidied.read(raw, one, kept_in)
        table = catalog.sources()[one.source].table
        vintage = pl.lit(one.id).alias("vintage")
        _insert(connection, table, tidy.facts.with_columns(vintage))
        through = tidy.parts["period_through"].max()
        _insert(connection, "vintage", _vintage_row(one, through, tidy.facts.height))
        _insert(connection, "vintage_part", tidy.parts.with_columns(vintage, fact=pl.lit(table)))
        _insert(connection, "municipality_coverage", tidy.municipalities.with_columns(vintage))
        notes = [
            ("note", code, one.source, one.id, json.dumps(said, ensure_ascii=False))
            for code, said in tidy.notes
        ]
        if one.accepted:
            notes.append(
                (
                    "note",
                    "accepted",
                    one.source,
                    one.id,
                    json.dumps({"reason": one.accepted}, ensure_ascii=False),
                )
            )
        _insert(connection, "finding", pl.DataFrame(notes, FINDING_SCHEMA, orient="row"))


def _add_findings(connection: duckdb.DuckDBPyConnection) -> None:
    """Put in what the checks say of the releases that are in: each held against the last one before it."""
    from indicators import checks

    held = connection.sql(
        "SELECT source, vintage FROM vintage ORDER BY source, released, data_through, vintage"
    )
    by_source: dict[str, list[str]] = {}
    for source, vintage in held.fetchall():
        by_source.setdefault(source, []).append(vintage)
    found = [
        (one.severity, one.code, one.source, one.vintage, json.dumps(one.facts, ensure_ascii=False))
        for source, vintages_of_source in by_source.items()
        for one in checks.of_source(connection, source, vintages_of_source)
    ]
    _insert(connection, "finding", pl.DataFrame(found, FINDING_SCHEMA, orient="row"))


def _vintage_row(one: vintages.Vintage, through: object, rows: int) -> pl.DataFrame:
    values = {
        "vintage": one.id,
        **{name: getattr(one, name) for name in VINTAGE_SCHEMA if hasattr(one, name)},
        "data_through": through,
        "rows": rows,
    }
    return pl.DataFrame([values], VINTAGE_SCHEMA)


def _add_edition(
    connection: duckdb.DuckDBPyConnection, edition: Path, stored: set[str], as_of: date | None
) -> None:
    """Put in the edition's releases of the sources that the store has none of."""
    from indicators import contracts

    if not (edition / "vintage.parquet").exists():
        return
    wanted = set(catalog.sources()) - stored
    released = pl.lit(True) if as_of is None else pl.col("released") <= as_of
    known = pl.read_parquet(edition / "vintage.parquet").filter(pl.col("source").is_in(wanted) & released)
    _insert(connection, "vintage", known)
    for table in [*contracts.FACTS, "vintage_part", "finding"]:
        path = edition / f"{table}.parquet"
        if path.exists():
            rows = pl.read_parquet(path).filter(pl.col("vintage").is_in(known["vintage"].to_list()))
            _insert(connection, table, rows)


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
    return trace.watched(connection)


def select(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object] | None = None
) -> pl.DataFrame:
    """The answer to one SELECT, its ``$names`` bound to ``values``."""
    given = values or {}
    answer: pl.DataFrame = trace.bare(connection).sql(sql, params=trace.bound(given)).pl()
    trace.answered(sql, given, answer)
    return answer


def query(path: Path, sql: str) -> pl.DataFrame:
    """The answer to one statement of an analyst. Raises UsageError with DuckDB's own words."""
    try:
        with connect(path) as connection:
            answer = connection.sql(sql)
            rows: pl.DataFrame = pl.DataFrame() if answer is None else answer.pl()
            return rows
    except (duckdb.Error, pl.exceptions.PolarsError) as error:
        raise UsageError(str(error)) from None
