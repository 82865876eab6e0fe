"""SESNSP's tables for the tests: a frame of text cells, as its file and as what a reader makes of it."""

from collections.abc import Callable

import polars as pl

from indicators import catalog

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


def victims_by_municipality(cases: pl.DataFrame) -> pl.DataFrame:
    """RNID's table of victims by municipality, from files by state: 38 municipalities a state, no row of zeros.

    Each municipality has three crimes, and at least one victim in each published month.
    """
    months = cases.columns[-12:]
    sexes, ages = ["Hombre", "Mujer", "No identificado"], catalog.sources()["sesnsp_victims"].categories
    bands = list(ages["RNID age_group"])
    row = pl.int_range(pl.len()).over("Clave_Ent")
    town, number = 1 + row % 38, pl.col("Clave_Ent").cast(pl.Int64)
    table = cases.with_columns(
        (number * 1000 + town).cast(pl.String).alias("Cve. Municipio"),
        pl.format("Municipio {}", town).alias("Municipio"),
        (row % 3).replace_strict(dict(enumerate(sexes))).alias("Sexo"),
        (row % 6).replace_strict(dict(enumerate(bands))).alias("Rango de edad"),
        *(pl.when((row < 38) & (pl.col(name) == "0")).then(pl.lit("1")).otherwise(name).alias(name) for name in months),
        Clave_Ent=number.cast(pl.String),
    )
    columns = [
        *cases.columns[:3],
        "Cve. Municipio",
        "Municipio",
        *cases.columns[3:-12],
        "Sexo",
        "Rango de edad",
        *months,
    ]
    return table.filter(pl.any_horizontal(~pl.col(months).is_in(["0", ""]))).select(columns)
