"""What the two population sources share: residents on 1 July, the nation beside its states, checked."""

from __future__ import annotations

import polars as pl

from indicators import catalog
from indicators.errors import DataError
from indicators.periods import Clock
from indicators.readers.base import Release, Tidy, parts_of
from indicators.readers.columns import categories, every_key_once, refuse, whole_numbers


def codes(nation: str) -> dict[str, str]:
    """Places by the country's own two-digit state code, ``00`` the nation."""
    states = [one for one in catalog.places().values() if one.country == nation and one.code.isdigit()]
    return {one.code: one.id for one in states} | {"00": nation}


def residents(
    counts: pl.DataFrame, *, nation: str, part: str, last_estimate: int, file: str, todo: str
) -> Tidy:
    """Rows of ``population`` from one count of persons for each place and year (place, year, persons).

    Years up to ``last_estimate`` are estimates of the edition (final in it); later ones are projections. The
    nation is a row of its own and is never summed with its states. Raises DataError where a state or the
    nation lacks a year, or where the states do not add up to the nation: the table is cut or edited.
    """
    states = [one.id for one in catalog.places().values() if one.country == nation and one.kind == "state"]
    wide = counts.pivot("year", index="place", values="persons").sort("place")
    for place in [nation, *states]:
        row = wide.filter(pl.col("place") == place)
        if row.is_empty() or row.null_count().sum_horizontal()[0]:
            absent = [name for name in wide.columns[1:] if row.is_empty() or row[name][0] is None]
            found = f"none for {place} in {', '.join(sorted(absent)[:5])}"
            raise DataError(file, f"{nation} and every state of it in every year", found, todo)
    for year in sorted(wide.columns[1:]):
        published = wide.filter(pl.col("place") == nation)[year][0]
        summed = wide.filter(pl.col("place").is_in(states))[year].sum()
        if summed != published:
            raise DataError(
                file, f"states that add up to {nation} {year}: {published:,}", f"{summed:,}", todo
            )
    facts = counts.select(
        "place",
        pl.date(pl.col("year"), 7, 1).alias("period_start"),
        pl.date(pl.col("year"), 7, 1).alias("period_end"),
        pl.lit(str(Clock.STOCK)).alias("clock"),
        pl.col("persons").alias("population_persons"),
        pl.when(pl.col("year") <= last_estimate)
        .then(pl.lit("final"))
        .otherwise(pl.lit("provisional"))
        .alias("maturity"),
        pl.lit(part).alias("part"),
    ).sort("place", "period_start")
    return Tidy(facts, parts_of(facts))


FIRST_YEAR, LAST_YEAR = 2010, 2035
MEXICO_TODO = "the file looks cut or edited: download it again"


def tidy_mexico(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``population``. Raises DataError."""
    file, headers = release.file, release.headers
    if "inicio" in file.casefold():  # 0_Pob_Inicio… has the very same columns as 0_Pob_Mitad…
        todo = "add the table of mid-year (its name has Pob_Mitad) instead"
        raise DataError(file, "the population at mid-year", "a name that says start of the year", todo)
    rows = whole_numbers(rows, ["year"], file, headers, least=1900, blanks=False)
    rows = rows.filter(pl.col("year").is_between(FIRST_YEAR, LAST_YEAR))
    if rows.is_empty():
        raise DataError(file, f"years from {FIRST_YEAR} to {LAST_YEAR}", "none", MEXICO_TODO)
    rows = rows.with_columns(pl.col("state").str.zfill(2))
    rows = categories(rows, "state", codes("MX"), file, headers, where="a row", catalogue="places.csv")
    rows = whole_numbers(rows, ["persons"], file, headers, blanks=False)
    add_up = {"ages": _over_ages, "sexes": _over_sexes}[release.layout]
    counts = add_up(rows, release).rename({"state": "place"})
    last_estimate = release.released.year
    return residents(
        counts, nation="MX", part="CONAPO", last_estimate=last_estimate, file=file, todo=MEXICO_TODO
    )


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
        raise DataError(file, f"{cells} ages and sexes", f"{found} for {state} in {year}", MEXICO_TODO)
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
    refuse(
        totals,
        totals["persons"] != totals["summed"],
        file,
        "persons",
        headers["persons"],
        expected,
        MEXICO_TODO,
    )
    return totals.select("year", "state", "persons")


UNITED_STATES_TODO = "the file looks cut or edited: download it again"


def tidy_united_states(rows: pl.DataFrame, release: Release) -> Tidy:
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
        todo=UNITED_STATES_TODO,
    )
    left = [str(_year(name)) for name in columns if name not in kept]
    notes = [("years_left_to_the_next_census", {"years": " ".join(left)})] if left else []
    return Tidy(tidied.facts, tidied.parts, notes)


def _year(name: str) -> int:
    return int(name[-4:])
