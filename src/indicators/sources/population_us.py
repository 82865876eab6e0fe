"""Resident population of the United States and its states on 1 July (Census Bureau, NST-EST, all data).

One row a place, one column a year. Every vintage revises all years since the last census, so a new vintage
replaces its decade whole. The year ten of an old decade is left to the decade that starts with it: the
2020 of NST-EST2020 stands on the census of 2010. Puerto Rico has a row, and is not in the nation's.
"""

from __future__ import annotations

import polars as pl

from indicators.sources import Release, Tidy
from indicators.sources.columns import categories, every_key_once, whole_numbers
from indicators.sources.population import codes, residents

TODO = "the file looks cut or edited: download it again"


def tidy(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``population``. Raises DataError."""
    file, headers = release.file, release.headers
    # NST-EST2024 went through a spreadsheet and came with 40 for 040 and 1 for 01
    rows = rows.with_columns(pl.col("level").str.zfill(3), pl.col("state").str.zfill(2))
    levels = release.source.categories["level"]
    rows = categories(rows, "level", levels, file, headers, where="[population_us.categories.level]")
    rows = rows.filter(pl.col("level").is_in(["nation", "state"]))
    rows = categories(rows, "state", codes("US"), file, headers, where="a row", catalogue="places.csv")
    every_key_once(rows, ["state"], file)
    base = int(headers["base"][-4:])
    columns = sorted(name for name in rows.columns if name.startswith("population_"))
    kept = [name for name in columns if base <= _year(name) < base + 10]
    counts = whole_numbers(rows, kept, file, headers, least=1, blanks=False).unpivot(
        on=kept, index="state", variable_name="year", value_name="persons"
    )
    tidied = residents(
        counts.select(pl.col("state").alias("place"), pl.col("year").str.slice(-4).cast(pl.Int32), "persons"),
        nation="US",
        part=f"NST-EST {base}s",
        last_estimate=_year(columns[-1]),
        file=file,
        todo=TODO,
    )
    left = [str(_year(name)) for name in columns if name not in kept]
    notes = [("years_left_to_the_next_census", {"years": " ".join(left)})] if left else []
    return Tidy(tidied.facts, tidied.parts, notes)


def _year(name: str) -> int:
    return int(name[-4:])
