"""The edition: the small set of real published figures that ships with the project, written from a warehouse.

``make edition`` writes it. It has figures at reporting grain, never an agency's file; ``catalog/edition.toml`` declares
releases and grain.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from indicators import catalog
from indicators.catalog.tables import FACTS
from indicators.errors import IndicatorsError, UsageError
from indicators.files import replace_folder, writing
from indicators.paths import home
from indicators.warehouse.build import OWN_TABLES
from indicators.warehouse.query import connect, select

MAX_BYTES = 3_000_000
DECLARED = catalog.HERE / "edition.toml"
NOT_ADDED = {"percent"}  # units whose values can't be added up
Grain = dict[str, Any]


def export(warehouse: Path, target: Path, declared: Path = DECLARED) -> int:
    """Write the edition into the folder ``target`` and return its size in bytes.

    The same warehouse gives the same bytes. The last edition stays until the new one is whole. Raise UsageError
    for an edition of more than MAX_BYTES, and for a declared release that is not in the warehouse.
    """
    grain = tomllib.loads(declared.read_text(encoding="utf-8"))
    shipped, frames = _frames(warehouse, grain)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".edition-", dir=target.parent) as folder, writing(target):
        new = Path(folder) / "new"
        new.mkdir()
        for table, frame in frames.items():
            frame.write_parquet(new / f"{table}.parquet", compression="zstd", compression_level=19)
        (new / "README.md").write_text(_readme(shipped, frames), encoding="utf-8")
        size = sum(path.stat().st_size for path in new.iterdir())
        if size > MAX_BYTES:
            raise UsageError(
                f"the edition would be {size:,} bytes, more than {MAX_BYTES:,}: take less in {declared.name}"
            )
        replace_folder(new, target)
    return size


def _frames(warehouse: Path, grain: Grain) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """Return the releases that ship, and every table that has rows of them."""
    with connect(warehouse) as connection:
        shipped = _shipped(connection, grain["releases"])
        ids = shipped["vintage"].to_list()
        frames = {table: _fact(connection, table, grain[table], ids) for table in FACTS if table in grain}
        for table in ("vintage_part", "unreported", "finding"):
            rows = select(connection, f"FROM {table} WHERE list_contains($ids, vintage) ORDER BY ALL", {"ids": ids})
            frames[table] = rows.select(list(OWN_TABLES[table]))
    frames["vintage"] = shipped.select(list(OWN_TABLES["vintage"]))
    return shipped, {table: frame for table, frame in frames.items() if not frame.is_empty()}


def _shipped(connection: duckdb.DuckDBPyConnection, releases: dict[str, list[str]]) -> pl.DataFrame:
    """Return the releases that ship: all of a source without declared ones."""
    vintages = select(connection, "FROM vintage ORDER BY source, release_order")
    there = [(source, str(released)) for source, released in vintages["source", "released"].iter_rows()]
    declared = {(source, day) for source, days in releases.items() for day in days}
    if absent := sorted(declared - set(there)):
        source, day = absent[0]
        raise UsageError(f"the warehouse has no release of {source} of {day}: add it, or remove it from edition.toml")
    chosen = [one in declared or one[0] not in releases for one in there]
    shipped = vintages.filter(pl.Series(chosen, dtype=pl.Boolean))
    return shipped.with_columns(how=pl.lit("edition"), release_order=pl.int_range(pl.len()).over("source"))


def _fact(connection: duckdb.DuckDBPyConnection, table: str, grains: list[Grain], vintages: list[str]) -> pl.DataFrame:
    """Return the rows of one fact at the grain that is declared for it, in a fixed order."""
    columns = list(FACTS[table].empty().columns)
    order = ["vintage", *(name for name in columns if name in FACTS[table].key)]
    pieces = []
    for grain in grains:
        added = list(grain.get("all", []))
        changed = {**_sums(table), **{name: f"'all' AS {name}" for name in added}} if added else {}
        sql = (
            f"SELECT {', '.join(changed.get(name, name) for name in columns)} FROM {table} "
            f"WHERE list_contains($vintages, vintage) AND ({grain.get('where', 'true')}) "
            f"{'GROUP BY ALL' if added else ''}"
        )
        pieces.append(select(connection, sql, {"vintages": vintages}))
    return pl.concat(pieces).sort(order)


def _sums(table: str) -> dict[str, str]:
    """Return the sum of each measure of a table, as SQL by column.

    Amounts are summed as decimals: a sum of floats depends on the order in which threads read the rows.
    """
    sums = {}
    for name, column in FACTS[table].columns.items():
        if column.unit in NOT_ADDED:
            raise UsageError(f"{name} of {table} is in {column.unit}: this table can't be added up")
        if column.type == pl.Int64:
            sums[name] = f"sum({name})::BIGINT AS {name}"
        elif column.type == pl.Float64:
            sums[name] = f"sum({name}::DECIMAL(30, 8))::DOUBLE AS {name}"
    return sums


def _readme(shipped: pl.DataFrame, frames: dict[str, pl.DataFrame]) -> str:
    lines = [
        "# The edition",
        "",
        "Real published figures at reporting grain: aggregates by place and period, no file of any agency and no",
        "row about a person. Written by `make edition`; what goes in is declared in",
        "`src/indicators/catalog/edition.toml`. A release day marked ~ is estimated (the last day of the month in",
        "which it was published).",
        "",
        "| source | agency | release | data through | how it came | licence | sha256 of the file |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in shipped.iter_rows(named=True):
        source = catalog.sources()[row["source"]]
        day = f"~{row['released']}" if row["released_estimated"] else str(row["released"])
        lines.append(
            f"| {row['source']} | {source.agency.en} | {day} | {row['data_through']}"
            f" | {row['provenance'].replace('_', ' ')} | {source.licence.en} | `{row['sha256'][:16]}…` |"
        )
    lines += ["", "| table | rows |", "|---|---|"]
    lines += [f"| {table} | {frame.height:,} |" for table, frame in frames.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the edition of this project from its warehouse."""
    project = home()
    print(f"{project.edition}: {export(project.warehouse, project.edition):,} bytes")


if __name__ == "__main__":
    try:
        main()
    except IndicatorsError as error:
        sys.exit(str(error))
