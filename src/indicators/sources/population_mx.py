"""Population of Mexico and its states at mid-year (CONAPO, demographic conciliation and projections).

One row a year, state, sex and age (the agency's own table), or with the ages added up already. Mid-year is
taken as 1 July. Kept are the years of the other sources and of the reports to come, 2010 to 2035, of the
1950 to 2070 that are published. Editions differ: mid-2020 was 127.8 million in 2018 and 128.2 million in
2023; a new edition replaces all years. Years after the edition's own are projections, hence provisional.
"""

from __future__ import annotations

import polars as pl

from indicators.errors import DataError
from indicators.sources import Release, Tidy
from indicators.sources.columns import categories, every_key_once, refuse, whole_numbers
from indicators.sources.population import codes, residents

FIRST_YEAR, LAST_YEAR = 2010, 2035
TODO = "the file looks cut or edited: download it again"


def tidy(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``population``. Raises DataError."""
    file, headers = release.file, release.headers
    if "inicio" in file.casefold():  # 0_Pob_Inicio… has the very same columns as 0_Pob_Mitad…
        todo = "add the table of mid-year (its name has Pob_Mitad) instead"
        raise DataError(file, "the population at mid-year", "a name that says start of the year", todo)
    rows = whole_numbers(rows, ["year"], file, headers, least=1900, blanks=False)
    rows = rows.filter(pl.col("year").is_between(FIRST_YEAR, LAST_YEAR))
    if rows.is_empty():
        raise DataError(file, f"years from {FIRST_YEAR} to {LAST_YEAR}", "none", TODO)
    rows = rows.with_columns(pl.col("state").str.zfill(2))
    rows = categories(rows, "state", codes("MX"), file, headers, where="a row", catalogue="places.csv")
    rows = whole_numbers(rows, ["persons"], file, headers, blanks=False)
    add_up = {"ages": _over_ages, "sexes": _over_sexes}[release.layout]
    counts = add_up(rows, release).rename({"state": "place"})
    last_estimate = release.released.year
    return residents(counts, nation="MX", part="CONAPO", last_estimate=last_estimate, file=file, todo=TODO)


def _over_ages(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    """Both sexes and every age added up, once no age is found missing."""
    file, headers = release.file, release.headers
    sexes = release.source.categories["sex"]
    assert isinstance(sexes, dict)
    single = {label: sex for label, sex in sexes.items() if sex != "all"}
    rows = categories(rows, "sex", single, file, headers, where="[population_mx.categories.sex]")
    rows = whole_numbers(rows, ["age"], file, headers, blanks=False)
    every_key_once(rows, ["year", "state", "age", "sex"], file)
    cells = 2 * (rows["age"].max() + 1)  # type: ignore[operator]
    counts = rows.group_by("year", "state").agg(pl.col("persons").sum(), pl.len().alias("cells"))
    short = counts.filter(pl.col("cells") != cells).sort("year", "state")
    if not short.is_empty():
        year, state, _, found = short.row(0)
        raise DataError(file, f"{cells} ages and sexes", f"{found} for {state} in {year}", TODO)
    return counts.drop("cells")


def _over_sexes(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    """The published totals, once they are found to be men and women added up."""
    file, headers = release.file, release.headers
    sexes = release.source.categories["sex"]
    rows = categories(rows, "sex", sexes, file, headers, where="[population_mx.categories.sex]")
    every_key_once(rows, ["year", "state", "sex"], file)
    summed = (pl.col("persons") * (pl.col("sex") != "all")).sum().over("year", "state")
    totals = rows.with_columns(summed.alias("summed")).filter(pl.col("sex") == "all")
    expected = "the sum of men and women"
    refuse(totals, totals["persons"] != totals["summed"], file, "persons", headers["persons"], expected, TODO)
    return totals.select("year", "state", "persons")
