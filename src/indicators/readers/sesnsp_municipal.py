"""SESNSP: investigation files (carpetas), by municipality and crime, by month of opening.

The largest public table: 2.5 million rows, 99 of 100 cells zero. Stored are the counts above zero, and the
municipalities of each year of the file: only there is an absent row a zero (see ``readers.base``). Investigation
files without a municipality have codes that end in 998 (not specified) and 999 (other municipalities): they belong
to the state, and are no place. Cells of -1 are declared in sources.toml, and are missing, not zero.
"""

from __future__ import annotations

import polars as pl

from indicators.errors import DataError
from indicators.readers import sesnsp
from indicators.readers.base import MUNICIPALITIES, Release, Tidy, parts_of, traced, unreported
from indicators.readers.files import LINE, LargeTable
from indicators.readers.large_csv import blocks
from indicators.readers.sesnsp import AGAIN, CNSP, CRIME, MONTHS, RNID

MUNICIPALITY = ["state_code", "state", "municipality_code", "municipality"]
KINDS = {"998": "not_specified", "999": "other_municipalities"}
DECLARED = '[sesnsp_municipal.categories] "not a count"'


def tidy(table: LargeTable, release: Release) -> Tidy:
    """Return the rows of ``municipal_crime_cases``. Raises DataError."""
    listed = pl.concat(sesnsp.crimes_of(release.source, one).listed for one in (CNSP, RNID))
    listed = listed.unique(CRIME, maintain_order=True).cast(dict.fromkeys(CRIME, pl.Categorical))
    listed = listed.select(pl.int_range(pl.len(), dtype=pl.UInt8).alias("crime"), *CRIME)
    rows, places = _read(table, listed, release)
    rows, methodology = _located(rows, release)
    places, _ = _located(places, release)
    _refuse_filtered(listed, places, methodology, release)
    places = _refuse_holes(places, release)
    rows = rows.select(LINE, "year", "place", "municipality_code", *CRIME[1:], *MONTHS)
    counted = sesnsp.long(rows, "cases")
    negative = _negative(counted, release)
    rows = rows.with_columns(pl.col(MONTHS).clip(0))
    last, notes = sesnsp.last_month(rows, release)
    if negative:
        notes.append(("cells_not_a_count", {"cells": ", ".join(negative)}))
    facts = counted.select(
        "place",
        "municipality_code",
        "period_start",
        *CRIME[1:],
        *traced(counted, release),
        cases=pl.when(pl.col("cases") > 0).then("cases"),
        missing_code=pl.when(pl.col("cases") < 0).then(pl.lit("low_quality")),
        period_end="period_end",
        clock="clock",
        methodology=pl.lit(methodology),
        maturity=sesnsp.maturity(last),
        part=sesnsp.part(methodology),
    )
    parts = parts_of(facts)
    blank, of_states = unreported(facts, sesnsp.states(release.source).values())
    return Tidy(facts, parts, [*notes, *of_states], _municipalities(places, parts, methodology), blank)


def _read(table: LargeTable, listed: pl.DataFrame, release: Release) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that show what is published, and the ``listed`` crimes of every municipality and year."""
    showing, found = [], []
    for block in blocks(table, release.headers, MONTHS):
        rows = block.join(listed, on=CRIME, how="left", maintain_order="left")
        _refuse_unknown(rows.filter(pl.col("crime").is_null()), release)
        showing.append(_showing(rows))
        found.append(rows.group_by("year", *MUNICIPALITY).agg(pl.col(LINE).min(), "crime"))
    return pl.concat(showing), pl.concat(found)


def _showing(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with a count other than zero, and one row for each pattern of blanks of a year."""
    counted = pl.any_horizontal(pl.col(MONTHS) != 0)
    has_blanks = [name for name in MONTHS if rows[name].null_count()]
    pattern = pl.struct("year", pl.col(has_blanks).is_null())
    return rows.filter(counted | pattern.is_first_distinct()).with_columns(pl.col(MONTHS).cast(pl.Int64))


def _located(rows: pl.DataFrame, release: Release) -> tuple[pl.DataFrame, str]:
    """Return rows with whole years, the id of their state and their municipality's five digits; the instrument."""
    rows = rows.with_columns(pl.col(pl.Categorical).cast(pl.String)).sort(LINE)
    rows, methodology = sesnsp.with_methodology(rows, release)
    rows = sesnsp.with_place(rows, release)
    return sesnsp.with_municipality(rows, release), methodology


def _refuse_unknown(rows: pl.DataFrame, release: Release) -> None:
    """Refuse labels that no instrument has, and listed ones in a combination that is no listed crime."""
    if rows.is_empty():
        return
    years = rows["year"].cast(pl.String)
    methodology = RNID if (years >= str(sesnsp.CNSP_YEARS.stop)).all() else CNSP
    crimes = sesnsp.crimes_of(release.source, methodology)
    rows = rows.head(1).with_columns(pl.col(CRIME).cast(pl.String))
    sesnsp.refuse_labels(rows, crimes, release)
    sesnsp.refuse_strange(rows, crimes, release.file)


def _refuse_filtered(listed: pl.DataFrame, places: pl.DataFrame, methodology: str, release: Release) -> None:
    """Refuse a file that lacks rows of a crime of its instrument, or has rows of another."""
    found = places.select(LINE, "crime").explode("crime").group_by("crime").agg(pl.col(LINE).min())
    rows = found.join(listed, on="crime").with_columns(pl.col(CRIME).cast(pl.String)).sort(LINE)
    sesnsp.refuse_filtered(rows, sesnsp.crimes_of(release.source, methodology), {}, release.file)


def _refuse_holes(places: pl.DataFrame, release: Release) -> pl.DataFrame:
    """Return one row a municipality and year. Raises DataError where one lacks a crime, or a year lacks a state."""
    for (year,), of_year in places.group_by("year", maintain_order=True):
        if lost := sorted(set(sesnsp.states(release.source).values()) - set(of_year["place"])):
            raise DataError(release.file, f"every state in {year}", f"none of {', '.join(lost)}", AGAIN)
    key = ["year", "place", "municipality_code"]
    whole = places["crime"].explode().n_unique()
    places = places.group_by(key).agg(pl.col(LINE).min(), pl.col("municipality").unique(), pl.col("crime").explode())
    places = places.sort(LINE)
    rows, crimes = places["crime"].list.len(), places["crime"].list.n_unique()
    names = places["municipality"].list.len()
    bad = places.filter((rows != whole) | (crimes != whole) | (names != 1))
    if not bad.is_empty():
        first = bad.row(0, named=True)
        year, _, code, line, called, crime = first.values()
        municipality = f"{code} {', '.join(sorted(called))}"
        found = f"{len(crime)} rows of {len(set(crime))} crimes for {municipality} in {year}"
        expected = f"{whole} crimes once each, for one name of each municipality in every year it is in"
        raise DataError(release.file, expected, found, AGAIN, line=line)
    return places.drop("crime").with_columns(pl.col("municipality").list.first())


def _negative(counted: pl.DataFrame, release: Release) -> list[str]:
    """Return the cells below zero (municipality and month). Raises DataError for one that is not declared."""
    cell = pl.format("{} {}", "municipality_code", pl.col("period_start").dt.strftime("%Y-%m"))
    found = counted.filter(pl.col("cases") < 0).with_columns(cell=cell)
    declared = release.source.categories["not a count"]
    strange = found.filter(~pl.format("{} {}", "cell", "cases").is_in(list(declared)))
    if not strange.is_empty():
        first = strange.row(0, named=True)
        month = f"month_{first['period_start'].month:02}"
        todo = f"check the cell against the agency's own file; if it is there too, add it to {DECLARED}"
        header = release.headers[month]
        line, expected = first[LINE], "a count, 0 or more"
        raise DataError(release.file, expected, str(first["cases"]), todo, line=line, column=header)
    return found["cell"].unique().sort().to_list()


def _municipalities(places: pl.DataFrame, parts: pl.DataFrame, methodology: str) -> pl.DataFrame:
    """Return the stretches of years in which the file has each municipality, up to the last month of the part."""
    kind = pl.col("municipality_code").str.tail(3).replace_strict(KINDS, default="municipality")
    rows = places.with_columns(part=sesnsp.part(methodology), kind=kind).sort("municipality_code", "year")
    stretch = pl.col("year") - pl.col("year").rank("ordinal").over("part", "municipality_code").cast(pl.Int64)
    return (
        rows.group_by("part", "place", "municipality_code", "kind", stretch.alias("stretch"))
        .agg(
            pl.col("municipality").last(),
            period_from=pl.date(pl.col("year").min(), 1, 1),
            period_through=pl.date(pl.col("year").max(), 12, 31),
        )
        .join(parts.select("part", through="period_through"), on="part")
        .with_columns(pl.min_horizontal("period_through", "through").alias("period_through"))
        .sort("municipality_code", "period_from")
        .select(*MUNICIPALITIES)
    )
