"""Building the warehouse: whole from every vintage, and swapped in when it is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
from filelock import FileLock, Timeout

from indicators import catalog
from indicators.catalog.tables import FACTS
from indicators.errors import IndicatorsError, UsageError
from indicators.paths import Home
from indicators.readers import hand_kept
from indicators.readers.base import MUNICIPALITIES
from indicators.releases import checks, store, tidy_cache
from indicators.releases.totals import Totals
from indicators.warehouse.query import fingerprint, is_current

PATIENCE_SECONDS = 120


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
            connection.execute("SET preserve_insertion_order = false")  # nobody reads a table unsorted
            connection.begin()  # one commit waits for the disk once, not once a release
            # nothing is asked before it: DuckDB 2.0.0 hides a large insert from its own transaction
            create_tables(connection, fingerprint)
            _add_findings(connection, _add_store(connection, raw, as_of, kept_in))
            _add_edition(connection, edition, {one.source for one in store.all_vintages(raw)}, as_of)
            add_hand_kept(connection, raw, as_of)
            connection.commit()
            ids = [row[0] for row in connection.sql("SELECT vintage FROM vintage ORDER BY ALL").fetchall()]
        os.replace(temporary, target)
    except (duckdb.IOException, duckdb.TransactionException) as error:  # a full disk
        raise IndicatorsError(
            f"the warehouse could not be written, and the last one stays: {error}"
        ) from None
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
        if not is_current(home):
            progress("building the warehouse")
            _build(home.raw, home.edition, home.warehouse, None, inputs, home.cache)
    return inputs


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


def add_hand_kept(connection: duckdb.DuckDBPyConnection, raw: Path, as_of: date | None) -> None:
    """Put in the tables kept by hand, each row known from the day it was published."""
    for table, frame in hand_kept.load(raw).items():
        known = frame if as_of is None else frame.filter(pl.col("known_from") <= as_of)
        connection.register("incoming", known.to_arrow())
        connection.execute(f"CREATE TABLE {table} AS FROM incoming")
        connection.unregister("incoming")
        connection.execute(KNOWN.format(table=table))


def _add_store(
    connection: duckdb.DuckDBPyConnection, raw: Path, as_of: date | None, kept_in: Path | None
) -> dict[store.Vintage, Totals]:
    """Put in every stored vintage that was out by ``as_of``; memory holds one at a time. Return each added up."""
    added_up: dict[store.Vintage, Totals] = {}
    told: dict[str, list[pl.DataFrame]] = {"vintage": [], "vintage_part": [], "municipality_coverage": []}
    notes = []
    kept: dict[str, list[Path]] = {}
    for one in store.all_vintages(raw):
        if as_of and one.released > as_of:
            continue
        stored = tidy_cache.read(raw, one, kept_in)
        table = catalog.sources()[one.source].table
        if isinstance(stored.rows, Path):
            kept.setdefault(table, []).append(stored.rows)
        else:
            insert(connection, table, stored.rows)
        added_up[one] = stored.totals
        through = stored.parts["period_through"].max()
        vintage = pl.lit(one.id).alias("vintage")
        told["vintage"].append(_vintage_row(one, through, stored.height))
        told["vintage_part"].append(stored.parts.with_columns(vintage, fact=pl.lit(table)))
        told["municipality_coverage"].append(stored.municipalities.with_columns(vintage))
        said = [*stored.notes, *([("accepted", {"reason": one.accepted})] if one.accepted else [])]
        notes += [
            ("note", code, one.source, one.id, json.dumps(facts, ensure_ascii=False)) for code, facts in said
        ]
    for table, paths in kept.items():
        insert(connection, table, paths)
    for table, frames in told.items():
        if frames:
            insert(connection, table, pl.concat(frames))
    insert(connection, "finding", pl.DataFrame(notes, FINDING_SCHEMA, orient="row"))
    return added_up


def _add_findings(connection: duckdb.DuckDBPyConnection, added_up: Mapping[store.Vintage, Totals]) -> None:
    """Put in what the checks say of the releases that are in: each held against the last one before it."""
    by_source: dict[str, list[Totals]] = {}
    for one in sorted(added_up, key=store.in_order):
        by_source.setdefault(one.source, []).append(added_up[one])
    found = [
        (one.severity, one.code, source, one.vintage, json.dumps(one.facts, ensure_ascii=False))
        for source, releases in by_source.items()
        for one in checks.findings_of(releases)
    ]
    insert(connection, "finding", pl.DataFrame(found, FINDING_SCHEMA, orient="row"))


def _vintage_row(one: store.Vintage, through: object, rows: int) -> pl.DataFrame:
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
    if not (edition / "vintage.parquet").exists():
        return
    wanted = set(catalog.sources()) - stored
    released = pl.lit(True) if as_of is None else pl.col("released") <= as_of
    known = pl.read_parquet(edition / "vintage.parquet").filter(pl.col("source").is_in(wanted) & released)
    insert(connection, "vintage", known)
    for table in [*FACTS, "vintage_part", "finding"]:
        path = edition / f"{table}.parquet"
        if path.exists():
            rows = pl.read_parquet(path).filter(pl.col("vintage").is_in(known["vintage"].to_list()))
            insert(connection, table, rows)


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
