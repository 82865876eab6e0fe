"""The edition: the small set of real published figures that ships with the project, written from a warehouse.

Facts and figures at reporting grain, never an agency's file; which releases and what grain is declared in
``catalog/edition.toml``.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import duckdb
import polars as pl

from indicators import catalog, contracts
from indicators.errors import UsageError
from indicators.warehouse import PART_SCHEMA, VINTAGE_SCHEMA, connect, select

MAX_BYTES = 3_000_000


def export(warehouse: Path, target: Path) -> int:
    """Write the edition into the folder ``target`` and return its size in bytes.

    The same warehouse gives the same bytes. Raises UsageError where it would grow beyond three megabytes.
    """
    grain = tomllib.loads((catalog.HERE / "edition.toml").read_text(encoding="utf-8"))
    target.mkdir(parents=True, exist_ok=True)
    with connect(warehouse) as connection:
        shipped = _shipped(connection, grain["releases"])
        frames = {
            table: _fact(connection, table, grain.get(table, []), shipped["vintage"].to_list())
            for table in contracts.FACTS
            if table in grain
        }
        parts = select(connection, "FROM vintage_part ORDER BY ALL")
    frames["vintage"] = shipped.select(list(VINTAGE_SCHEMA))
    frames["vintage_part"] = parts.filter(pl.col("vintage").is_in(shipped["vintage"].to_list())).select(list(PART_SCHEMA))
    for table, frame in frames.items():
        frame.write_parquet(target / f"{table}.parquet", compression="zstd", compression_level=19)
    (target / "README.md").write_text(_readme(shipped, frames), encoding="utf-8")
    size = sum(path.stat().st_size for path in target.iterdir())
    if size > MAX_BYTES:
        raise UsageError(
            f"the edition would be {size:,} bytes, more than {MAX_BYTES:,}: take less in edition.toml"
        )
    return size


def _shipped(connection: duckdb.DuckDBPyConnection, releases: dict[str, list[str]]) -> pl.DataFrame:
    known = select(connection, "FROM vintage ORDER BY source, released, vintage")
    chosen = [
        source not in releases or str(released) in releases[source]
        for source, released in known.select("source", "released").iter_rows()
    ]
    return known.filter(pl.Series(chosen, dtype=pl.Boolean)).with_columns(how=pl.lit("edition"))


def _fact(
    connection: duckdb.DuckDBPyConnection, table: str, grains: list[dict[str, object]], vintages: list[str]
) -> pl.DataFrame:
    """The rows of one fact at the grain that is declared for it, in a fixed order."""
    columns = list(contracts.zero_rows(table).columns)
    measures = [
        name for name in columns if contracts.FACTS[table].columns.get(name) and _is_measure(table, name)
    ]
    pieces = []
    for grain in grains:
        added = list(grain.get("all", []))  # type: ignore[call-overload]
        kept = {name: f"{_sum(table, name)} AS {name}" for name in measures} if added else {}
        kept |= {name: f"'all' AS {name}" for name in added}
        pieces.append(
            select(
                connection,
                f"SELECT {', '.join(kept.get(name, name) for name in columns)} FROM {table} "
                f"WHERE list_contains($vintages, vintage) AND ({grain.get('where', 'true')}) "
                f"{'GROUP BY ALL' if added else ''}",
                {"vintages": vintages},
            )
        )
    order = [name for name in columns if name not in measures]
    return pl.concat(pieces).sort(
        ["vintage", "part", *(name for name in order if name not in ("vintage", "part"))]
    )


def _is_measure(table: str, name: str) -> bool:
    return contracts.FACTS[table].columns[name].dtype.type in (pl.Int64, pl.Float64)


def _sum(table: str, name: str) -> str:
    """The sum of a measure: of pounds and dollars as decimals, as that of floats depends on their order."""
    if contracts.FACTS[table].columns[name].dtype.type == pl.Int64:
        return f"sum({name})::BIGINT"
    return f"sum({name}::DECIMAL(30, 8))::DOUBLE"


def _readme(shipped: pl.DataFrame, frames: dict[str, pl.DataFrame]) -> str:
    lines = [
        "# The edition",
        "",
        "Real published figures at reporting grain: aggregates by place and period, no file of any agency and no",
        "row about a person. Written by `indicators export-edition`; what goes in is declared in",
        "`src/indicators/catalog/edition.toml`. A release day marked ~ is estimated (the last day of the month in",
        "which it was published).",
        "",
        "| source | agency | release | data through | licence | sha256 of the file |",
        "|---|---|---|---|---|---|",
    ]
    for row in shipped.iter_rows(named=True):
        source = catalog.sources()[row["source"]]
        day = f"~{row['released']}" if row["released_estimated"] else str(row["released"])
        lines.append(
            f"| {row['source']} | {source.agency.en} | {day} | {row['data_through']} | {source.licence.en}"
            f" | `{row['sha256'][:16]}…` |"
        )
    lines += ["", "| table | rows |", "|---|---|"]
    lines += [f"| {table} | {frame.height:,} |" for table, frame in frames.items()]
    return "\n".join(lines) + "\n"
