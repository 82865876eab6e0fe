"""The build of the warehouse: whole from every release, then swapped in."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from indicators import catalog
from indicators.catalog.tables import FACTS
from indicators.errors import IndicatorsError
from indicators.files import file_lock
from indicators.paths import Home
from indicators.readers import hand_kept
from indicators.readers.base import MUNICIPALITIES, UNREPORTED
from indicators.releases import checks, store, tidy_cache
from indicators.releases.check_rules import Finding
from indicators.releases.totals import Totals
from indicators.warehouse.query import fingerprint, is_current, refuse_in_use

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
    "release_order": pl.Int64,
    "provenance": pl.String,
    "found_at": pl.String,
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
OWN_TABLES: dict[str, dict[str, type[pl.DataType]]] = {
    "vintage": VINTAGE_SCHEMA,
    "vintage_part": PART_SCHEMA,
    "finding": FINDING_SCHEMA,
    "municipality_coverage": {"vintage": pl.String, **MUNICIPALITIES},
    "unreported": {"vintage": pl.String, **UNREPORTED},
}

ORDERS_A_DAY = 1_000  # places in the order of releases
# A period is answered by the newest release that covers it. A release of a source that states its zeros covers the
# cells of which it has a row; any other covers all cells of each part, from its first to its last day.
ASOF_STATED = """
CREATE MACRO {fact}_asof(day) AS TABLE
SELECT fact.* FROM {fact} AS fact JOIN vintage USING (vintage) WHERE released <= CAST(day AS DATE)
QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY release_order DESC) = 1
"""
ASOF_IMPLIED = """
CREATE MACRO {fact}_asof(day) AS TABLE
SELECT fact.* FROM {fact} AS fact JOIN in_effect('{fact}', day) AS newest
ON fact.part = newest.part AND fact.vintage = newest.vintage
AND fact.period_start >= newest.period_from AND fact.period_start <= newest.period_through
"""
IN_EFFECT = """
CREATE MACRO in_effect(table_name, day) AS TABLE
WITH covered AS (
    SELECT part, vintage, period_from, period_through, release_order FROM vintage_part JOIN vintage USING (vintage)
    WHERE fact = table_name AND released <= CAST(day AS DATE)
), edges AS (
    SELECT part, period_from AS first FROM covered UNION SELECT part, period_through + 1 FROM covered
), stretches AS (
    SELECT part, first, lead(first) OVER (PARTITION BY part ORDER BY first) - 1 AS last FROM edges
)
SELECT stretches.part, arg_max(vintage, release_order) AS vintage, first AS period_from, last AS period_through
FROM stretches JOIN covered
ON stretches.part = covered.part AND first >= covered.period_from AND last <= covered.period_through
GROUP BY stretches.part, first, last
"""

KNOWN = """
CREATE MACRO {table}_asof(day) AS TABLE SELECT * FROM {table} WHERE known_from <= CAST(day AS DATE)
"""


@dataclass(frozen=True)
class BuildInputs:
    """The inputs of a warehouse: the store, the edition, and the last release day that goes in (None: all).

    ``fingerprint`` is the hash of the inputs that the warehouse records; ``cache`` the folder of rows that are
    read already.
    """

    raw: Path
    edition: Path
    as_of: date | None = None
    fingerprint: str = ""
    cache: Path | None = None


def build(inputs: BuildInputs, target: Path) -> list[str]:
    """Build the warehouse at ``target`` and return the ids of the vintages in it.

    The releases are those of the store, and those of the edition that the store lacks. The last good warehouse stays
    until the new one is whole. Raise DataError, UsageError.
    """
    with file_lock(target):
        return _build(inputs, target)


def ensure(home: Home, progress: Callable[[str], None] = lambda line: None) -> str:
    """Build the warehouse unless it is current, and return the fingerprint of its inputs."""
    inputs = BuildInputs(home.raw, home.edition, None, fingerprint(home), home.cache)
    with file_lock(home.warehouse):
        if not is_current(home):
            progress("building the warehouse")
            _build(inputs, home.warehouse)
    return inputs.fingerprint


def _build(inputs: BuildInputs, target: Path) -> list[str]:
    temporary = target.with_suffix(".building")
    refuse_in_use(target)
    _remove(temporary)
    try:
        with duckdb.connect(str(temporary)) as connection:
            connection.execute("SET preserve_insertion_order = false")  # no query depends on the order of rows
            connection.begin()  # one commit waits for the disk once, not once a release
            # no SELECT before the commit: DuckDB 2.0.0 hides a large insert from its own transaction
            create_tables(connection, inputs.fingerprint)
            _add_findings(connection, _add_store(connection, inputs))
            _add_edition(connection, inputs)
            add_hand_kept(connection, inputs.raw, inputs.as_of)
            connection.commit()
            ids = [row[0] for row in connection.sql("SELECT vintage FROM vintage ORDER BY ALL").fetchall()]
        target.with_name(f"{target.name}.wal").unlink(missing_ok=True)  # a killed program's: no other fits the new one
        os.replace(temporary, target)
    except (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException) as error:  # a full disk
        raise IndicatorsError(f"the warehouse could not be written, and the last one stays: {error}") from None
    finally:
        _remove(temporary)
    return ids


def _remove(path: Path) -> None:
    """Remove a database and the log beside it, which a killed run leaves and the next run would read."""
    for one in (path, path.with_name(f"{path.name}.wal")):
        one.unlink(missing_ok=True)


def create_tables(connection: duckdb.DuckDBPyConnection, fingerprint: str) -> None:
    """Create every table, empty, and the macro of each fact."""
    empty = {table: FACTS[table].empty() for table in FACTS}
    empty |= {name: pl.DataFrame(schema=schema) for name, schema in OWN_TABLES.items()}
    empty["build"] = pl.DataFrame({"inputs_sha256": [fingerprint]})
    for table, frame in empty.items():
        _execute(connection, f"CREATE TABLE {table} AS FROM incoming", frame)
    connection.execute(IN_EFFECT)
    zeros = {one.table: one.zeros for one in catalog.sources().values()}
    for table, declared in FACTS.items():
        macro = ASOF_STATED if zeros[table] == "stated" else ASOF_IMPLIED
        connection.execute(macro.format(fact=table, key=", ".join(declared.key)))


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame | Sequence[Path]) -> None:
    """Insert the rows of a frame or of Parquet files into a table, by the names of the columns."""
    if isinstance(rows, pl.DataFrame):
        _execute(connection, f"INSERT INTO {table} BY NAME FROM incoming", rows)
    else:
        connection.execute(f"INSERT INTO {table} BY NAME FROM read_parquet(?)", [list(map(str, rows))])


def _execute(connection: duckdb.DuckDBPyConnection, sql: str, incoming: pl.DataFrame) -> None:
    """Execute a statement that reads a frame under the name ``incoming``."""
    connection.register("incoming", incoming.to_arrow())
    connection.execute(sql)
    connection.unregister("incoming")


def _add_store(connection: duckdb.DuckDBPyConnection, inputs: BuildInputs) -> dict[store.Vintage, Totals]:
    """Insert every stored vintage released by ``as_of``, one at a time in memory, and return their totals."""
    totals: dict[store.Vintage, Totals] = {}
    frames: dict[str, list[pl.DataFrame]] = {name: [] for name in OWN_TABLES if name != "finding"}
    cached: dict[str, list[Path]] = {}
    notes: list[Finding] = []
    vintages = store.all_vintages(inputs.raw)
    orders = release_orders(((one.source, one.released) for one in vintages), after=ORDERS_A_DAY // 2)
    for one, order in zip(vintages, orders, strict=True):
        if inputs.as_of and one.released > inputs.as_of:
            continue
        stored = tidy_cache.read(inputs.raw, one, inputs.cache)
        table = catalog.sources()[one.source].table
        if isinstance(stored.rows, Path):
            cached.setdefault(table, []).append(stored.rows)
        else:
            insert(connection, table, stored.rows)
        totals[one] = stored.totals
        own = {"vintage": one.id, "data_through": stored.parts["period_through"].max(), "rows": stored.height}
        own["release_order"] = order
        vintage = pl.lit(one.id).alias("vintage")
        frames["vintage"].append(pl.DataFrame([asdict(one) | own], VINTAGE_SCHEMA))
        frames["vintage_part"].append(stored.parts.with_columns(vintage, fact=pl.lit(table)))
        frames["municipality_coverage"].append(stored.municipalities.with_columns(vintage))
        frames["unreported"].append(stored.unreported.with_columns(vintage))
        said = [*stored.notes, *([("accepted", {"reason": one.accepted})] if one.accepted else [])]
        notes += [Finding("note", code, one.source, one.id, facts) for code, facts in said]
    for table, paths in cached.items():
        insert(connection, table, paths)
    for table, rows in frames.items():
        if rows:
            insert(connection, table, pl.concat(rows))
    _insert_findings(connection, notes)
    return totals


def _add_findings(connection: duckdb.DuckDBPyConnection, totals: Mapping[store.Vintage, Totals]) -> None:
    """Insert the findings of the checks about the stored releases, each against the last one before it."""
    by_source: dict[str, list[Totals]] = {}
    for one in totals:
        by_source.setdefault(one.source, []).append(totals[one])
    found = (one for releases in by_source.values() for one in checks.findings_of(releases))
    _insert_findings(connection, found)


def _insert_findings(connection: duckdb.DuckDBPyConnection, findings: Iterable[Finding]) -> None:
    rows = [asdict(one) | {"facts": json.dumps(one.facts, ensure_ascii=False)} for one in findings]
    insert(connection, "finding", pl.DataFrame(rows, FINDING_SCHEMA))


def release_orders(releases: Iterable[tuple[str, date]], after: int = 0) -> list[int]:
    """Return the places of releases (source and day, oldest first) among all of a source, ``after`` others of a day.

    Those of the store come after the edition's: a file that is added corrects a shipped one of the same day.
    """
    last: dict[str, int] = {}
    found = []
    for source, day in releases:
        last[source] = max(last.get(source, 0) + 1, day.toordinal() * ORDERS_A_DAY + after)
        found.append(last[source])
    return found


def _add_edition(connection: duckdb.DuckDBPyConnection, inputs: BuildInputs) -> None:
    """Insert the edition's releases that the store lacks: releases accumulate, in the edition or in the store."""
    if not (inputs.edition / "vintage.parquet").exists():
        return
    stored = [one.id for one in store.all_vintages(inputs.raw)]
    released = pl.lit(True) if inputs.as_of is None else pl.col("released") <= inputs.as_of
    vintages = pl.read_parquet(inputs.edition / "vintage.parquet").sort("source", "release_order")
    orders = release_orders(vintages.select("source", "released").iter_rows())
    vintages = vintages.with_columns(release_order=pl.Series(orders, dtype=pl.Int64))
    vintages = vintages.filter(~pl.col("vintage").is_in(stored) & released)
    insert(connection, "vintage", vintages)
    for table in [*FACTS, "vintage_part", "unreported", "finding"]:
        path = inputs.edition / f"{table}.parquet"
        if path.exists():
            rows = pl.read_parquet(path).filter(pl.col("vintage").is_in(vintages["vintage"].to_list()))
            insert(connection, table, rows)


def add_hand_kept(connection: duckdb.DuckDBPyConnection, raw: Path, as_of: date | None) -> None:
    """Insert the tables kept by hand, each row valid from the day of its publication."""
    for table, frame in hand_kept.load(raw).items():
        rows = frame if as_of is None else frame.filter(pl.col("known_from") <= as_of)
        _execute(connection, f"CREATE TABLE {table} AS FROM incoming", rows)
        connection.execute(KNOWN.format(table=table))
