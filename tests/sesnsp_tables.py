"""SESNSP's tables for the tests: a frame of text cells, as its file and as what a reader makes of it."""

from collections.abc import Callable

import polars as pl

Nation = Callable[..., pl.DataFrame]


def as_csv(table: pl.DataFrame, encoding: str = "cp1252", line_end: str = "\r\n") -> bytes:
    blank = table.with_columns(pl.all().replace("", None))
    return blank.write_csv(line_terminator=line_end).encode(encoding)


def with_cell(table: pl.DataFrame, line: int, column: str, text: str) -> pl.DataFrame:
    """The table with one cell changed; line 2 is the first below the header."""
    at = pl.int_range(pl.len()) == line - 2
    return table.with_columns(pl.when(at).then(pl.lit(text)).otherwise(pl.col(column)).alias(column))


def in_municipalities(states: pl.DataFrame, *numbers: int) -> pl.DataFrame:
    """A table by state as the municipal one: the first number has the state's counts, the others have zeros."""
    months = states.columns[-12:]
    zeros = states.with_columns(
        pl.when(pl.col(name) != "").then(pl.lit("0")).otherwise(pl.lit("")).alias(name) for name in months
    )
    names = {998: "No Especificado", 999: "Otros Municipios"}
    tables = [
        (zeros if position else states)
        .with_row_index("row")
        .with_columns(
            pl.format("{}{}", pl.col("Clave_Ent").cast(pl.Int64), pl.lit(f"{number:03}")).alias("Cve. Municipio"),
            pl.lit(names.get(number, f"Municipio {number}")).alias("Municipio"),
        )
        for position, number in enumerate(numbers)
    ]
    columns = [*states.columns[:3], "Cve. Municipio", "Municipio", *states.columns[3:]]
    return pl.concat(tables).sort("row", maintain_order=True).select(columns)
