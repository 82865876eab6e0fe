"""Residents of each state and of the nation on 1 July: CONAPO for Mexico, the Census Bureau for the United States.

The nation is a row of its own, published beside its states and never summed with them.
"""

from __future__ import annotations

import polars as pl

from indicators import catalog
from indicators.errors import DataError
from indicators.periods import Clock
from indicators.readers.base import Release, Tidy, entry, located, parts_of, traced, with_codes
from indicators.readers.columns import MAX_WHOLE, categories, every_key_once, refuse, whole_numbers
from indicators.readers.files import COLUMN

FIRST_YEAR, LAST_YEAR = 2010, 2035  # of the Mexican tables, which run from 1950 to 2070
AGAIN = "the file looks cut or edited: download it again"


def tidy_mexico(rows: pl.DataFrame, release: Release) -> Tidy:
    """Return the rows of ``population``; years after the edition's own are projections. Raises DataError."""
    file = release.file
    if "inicio" in file.casefold():  # 0_Pob_Inicio… has the very same columns as 0_Pob_Mitad…
        todo = "add the table of mid-year (its name has Pob_Mitad) instead"
        raise DataError(file, "the population at mid-year", "a name that says start of the year", todo)
    rows = whole_numbers(rows, ["year"], release, (1900, MAX_WHOLE), blanks=False)
    rows = rows.filter(pl.col("year").is_between(FIRST_YEAR, LAST_YEAR))
    if rows.is_empty():
        raise DataError(file, f"years from {FIRST_YEAR} to {LAST_YEAR}", "none", AGAIN)
    rows = _by_state(rows, release, "MX")
    rows = whole_numbers(rows, ["population_persons"], release, blanks=False)
    counts = {"ages": _over_ages, "sexes": _over_sexes}[release.layout](rows, release)
    return _residents(counts, release, "MX", "CONAPO", release.released.year)


def tidy_united_states(rows: pl.DataFrame, release: Release) -> Tidy:
    """Return the rows of ``population``; a decade ends where the next census begins. Raises DataError."""
    # NST-EST2024 went through a spreadsheet and came with 40 for 040 and 1 for 01
    rows = with_codes(rows.with_columns(pl.col("level").str.zfill(3)), release, ["level"])
    rows = _by_state(rows.filter(pl.col("level").is_in(["nation", "state"])), release, "US")
    every_key_once(rows, ["place"], release.file)
    base = int(release.headers["base"][-4:])
    years = {name: int(name[-4:]) for name in sorted(rows.columns) if name.startswith("population_")}
    last = max(years.values())
    if "EST20" in release.file.upper() and f"EST{last}" not in release.file.upper():
        todo = "the file has the name of another edition: download it again"
        raise DataError(release.file, "estimates through the year that the name says", f"through {last}", todo)
    decade = [name for name, year in years.items() if base <= year < base + 10]
    counts = whole_numbers(rows, decade, release, (1, MAX_WHOLE), blanks=False).unpivot(
        on=decade, index=["place", *traced(rows, release)], variable_name=COLUMN, value_name="population_persons"
    )
    counts = counts.with_columns(year=pl.col(COLUMN).str.tail(4).cast(pl.Int32))
    found = _residents(counts, release, "US", f"NST-EST {base}s", last)
    left = " ".join(str(year) for name, year in years.items() if name not in decade)
    notes = [("years_left_to_the_next_census", {"years": left})] if left else []
    return Tidy(found.facts, found.parts, notes)


def _by_state(rows: pl.DataFrame, release: Release, nation: str) -> pl.DataFrame:
    """Add ``place`` from the country's own two-digit state code, ``00`` the nation."""
    states = [one for one in catalog.places().values() if one.country == nation and one.code.isdigit()]
    codes = {one.code: one.id for one in states} | {"00": nation}
    return located(rows.with_columns(pl.col("state").str.zfill(2)), release, "state", codes, "a row")


def _over_ages(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    """Return both sexes and every age added up. Raises DataError where an age is missing."""
    sexes = release.source.categories["sex"]
    assert isinstance(sexes, dict)
    single = {label: sex for label, sex in sexes.items() if sex != "all"}
    rows = categories(rows, "sex", single, release, entry(release, "sex"))
    rows = whole_numbers(rows, ["age"], release, blanks=False)
    every_key_once(rows, ["year", "place", "age", "sex"], release.file)
    cells = 2 * (rows["age"].max() + 1)  # type: ignore[operator]
    counts = rows.group_by("year", "place").agg(
        pl.col("population_persons").sum(), pl.len().alias("cells"), *traced(rows, release)
    )
    short = counts.filter(pl.col("cells") != cells).sort("year", "place")
    if not short.is_empty():
        year, place, _, found = short.row(0)
        raise DataError(release.file, f"{cells} ages and sexes", f"{found} for {place} in {year}", AGAIN)
    return counts


def _over_sexes(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    """Return the published totals. Raises DataError where one is not the sum of men and women."""
    rows = with_codes(rows, release, ["sex"])
    every_key_once(rows, ["year", "place", "sex"], release.file)
    summed = (pl.col("population_persons") * (pl.col("sex") != "all")).sum().over("year", "place")
    totals = rows.with_columns(summed=summed).filter(sex="all")
    other = totals.filter(pl.col("population_persons") != pl.col("summed"))
    refuse(other, release, "population_persons", "the sum of men and women", AGAIN)
    return totals


def _residents(counts: pl.DataFrame, release: Release, nation: str, part: str, last_estimate: int) -> Tidy:
    """Return the rows of ``population`` from one count for each place and year.

    ``counts`` has the columns place, year and population_persons.

    Years up to ``last_estimate`` are estimates (final in their edition); later ones are projections. Raises
    DataError where a state or the nation lacks a year, or where the states do not add up to the nation.
    """
    states = [one.id for one in catalog.places().values() if one.country == nation and one.kind == "state"]
    wide = counts.pivot("year", index="place", values="population_persons").sort("place")
    for place in [nation, *states]:
        row = wide.filter(place=place)
        absent = sorted(year for year in wide.columns[1:] if row.is_empty() or row[year][0] is None)
        if absent:
            expected = f"{nation} and every state of it in every year"
            raise DataError(release.file, expected, f"none for {place} in {', '.join(absent[:5])}", AGAIN)
    for year in sorted(wide.columns[1:]):
        published = wide.filter(place=nation)[year][0]
        summed = wide.filter(pl.col("place").is_in(states))[year].sum()
        if summed != published:
            expected = f"states that add up to {nation} {year}: {published:,}"
            raise DataError(release.file, expected, f"{summed:,}", AGAIN)
    first_of_july = pl.date(pl.col("year"), 7, 1)
    is_estimate = pl.col("year") <= last_estimate
    facts = counts.select(
        "place",
        "population_persons",
        *traced(counts, release),
        period_start=first_of_july,
        period_end=first_of_july,
        clock=pl.lit(str(Clock.STOCK)),
        maturity=pl.when(is_estimate).then(pl.lit("final")).otherwise(pl.lit("provisional")),
        part=pl.lit(part),
    ).sort("place", "period_start")
    return Tidy(facts, parts_of(facts))
