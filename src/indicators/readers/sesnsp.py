"""SESNSP: investigation files and victims of crimes under state law, by the month in which the file was opened.

A row for every state, year and crime (of victims: by sex and age band too), zeros included, and a column for
every month. Two instruments use the same headers: CNSP/38/15 for 2015 to 2025, re-issued whole with every
release, and RNID from 2026. They are not comparable, so the years of a file say its methodology. Under RNID
attempts have the ``crime_type`` of the completed crime: tell them apart by ``subtype``. RNID's victims come by
municipality too, without the rows that are zero: they are added up to states.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from indicators import catalog
from indicators.errors import DataError
from indicators.periods import Clock, add_months
from indicators.readers.base import Notes, Release, Tidy, parts_of, traced, unreported
from indicators.readers.columns import categories, every_key_once, refuse, whole_numbers
from indicators.readers.files import COLUMN, LINE

CNSP, RNID = "CNSP/38/15", "RNID"
CNSP_YEARS = range(2015, 2026)
CRIME = ["legal_good", "crime_type", "subtype", "modality"]
MONTHS = [f"month_{number:02}" for number in range(1, 13)]
MUNICIPALITY = "municipality_code"
LEAST_MUNICIPALITIES = 1_200  # with a victim in a month: 1,905 to 1,938 in January to April 2026, of homicide 448
PROVISIONAL_MONTHS = 12  # most of the net change comes within seven months; a thin tail reaches years back
AGAIN = "the file was filtered, edited or cut: download the agency's whole file again"

Labels = Mapping[str, str] | list[str]


@dataclass(frozen=True)
class Crimes:
    """The crimes of an instrument, as ``entry`` of sources.toml lists them.

    ``listed`` has a column for each of CRIME, and ``always``: every release has rows of the crime.
    """

    methodology: str
    listed: pl.DataFrame
    entry: str


def tidy_cases(rows: pl.DataFrame, release: Release) -> Tidy:
    """Return the rows of ``crime_cases``. Raises DataError."""
    rows, methodology = with_methodology(rows, release)
    return _tidy(rows, release, "cases", crimes_of(release.source, methodology), {})


def tidy_victims(rows: pl.DataFrame, release: Release) -> Tidy:
    """Return the rows of ``crime_victims``. Raises DataError."""
    rows, methodology = with_methodology(rows, release)
    labels, crimes = release.source.categories, crimes_of(release.source, methodology)
    if subtypes := labels.get(f"{methodology} subtype"):
        listed = crimes.listed.filter(pl.col("subtype").is_in(list(subtypes)))
        entry = f'[{release.source.id}.categories] "{methodology} subtype"'
        crimes = Crimes(methodology, listed, entry)
    else:
        crimes = replace(crimes, listed=crimes.listed.with_columns(always=False))
    groups = {"sex": labels["sex"], "age_group": labels[f"{methodology} age_group"]}
    return _tidy(rows, release, "victims", crimes, groups)


def crimes_of(source: catalog.Source, methodology: str) -> Crimes:
    """Return the crimes of an instrument, as SESNSP's sources share them."""
    lists, name = source.categories, f"{methodology} crime"
    lines = [(line, True) for line in lists[name]]
    lines += [(line, False) for line in lists.get(f"{name}, sometimes", [])]
    cut = [(line.split(" | "), always) for line, always in lines]
    whole = [(*labels, *labels[-1:] * (len(CRIME) - len(labels)), always) for labels, always in cut]
    listed = pl.DataFrame(whole, schema=[*CRIME, "always"], orient="row")
    return Crimes(methodology, listed, f'[shared.{source.shared}] "{name}"')


def states(source: catalog.Source) -> dict[str, str]:
    """Return the place of every state, by its name in the tables of the source."""
    labels = source.categories["state"]
    assert isinstance(labels, dict)
    return labels


def with_methodology(rows: pl.DataFrame, release: Release) -> tuple[pl.DataFrame, str]:
    """Return rows with whole years, and the instrument that all of those years belong to. Raises DataError."""
    first, header = CNSP_YEARS.start, release.headers["year"]
    rows = whole_numbers(rows, ["year"], release, (first, release.released.year), blanks=False)
    is_rnid = rows["year"] >= CNSP_YEARS.stop
    if is_rnid.any() and not is_rnid.all():
        todo = "the two are not comparable: add the agency's own files, not one joined from both"
        expected = f"years of one instrument ({CNSP} to 2025, {RNID} from 2026), as on the first line"
        refuse(rows.filter(is_rnid != is_rnid[0]), release, "year", expected, todo)
    years = rows["year"].unique().sort().to_list()
    first = years[0] if is_rnid[0] else first
    if years != list(range(first, years[-1] + 1)):
        found = ", ".join(map(str, years))
        raise DataError(release.file, f"every year from {first} on", found, AGAIN, column=header)
    return rows, RNID if is_rnid[0] else CNSP


def with_municipality(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    """Write the code of the municipality with five digits. Raises DataError for one of another state."""
    code = pl.col(MUNICIPALITY).str.zfill(5)
    is_other = ~code.str.contains(r"^[0-9]{5}$") | (code.str.head(2) != pl.col("state_code").str.zfill(2))
    expected = "the code of the state on the same line, and three digits"
    refuse(rows.filter(is_other), release, MUNICIPALITY, expected, AGAIN)
    return rows.with_columns(code)


def with_place(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    """Rename ``state`` to ``place`` and replace its labels by the ids of the states, their codes checked.

    Offences abroad, in the federal table alone, have a blank code. Raises DataError.
    """
    source, places = release.source, states(release.source)
    where = f"[shared.{source.shared}.state]" if source.shared else f"[{source.id}.categories.state]"
    rows = categories(rows, "state", places, release, f"{where} in catalog/sources.toml")
    rows = rows.rename({"state": "place"})
    codes = {place: catalog.places()[place].code.zfill(2) for place in places.values()}
    other = rows.filter(pl.col("state_code").str.zfill(2) != pl.col("place").replace_strict(codes))
    refuse(other, release, "state_code", "the code of the state on the same line", AGAIN)
    return rows


def refuse_filtered(rows: pl.DataFrame, crimes: Crimes, groups: Mapping[str, Labels], file: str) -> None:
    """Raise DataError where a crime, sex or age band has no row: what a filter took out is not zero."""
    refuse_strange(rows, crimes, file)
    absent = crimes.listed.filter("always").join(rows, on=CRIME, how="anti")
    if not absent.is_empty():
        found = f"no row of {' | '.join(absent.select(CRIME).row(0))}"
        todo = f'{AGAIN}; if the agency has dropped this crime, list it under "… crime, sometimes" instead'
        raise DataError(file, f"rows of every crime of {crimes.entry}", found, todo)
    for name, labels in groups.items():
        codes = set(labels.values() if isinstance(labels, Mapping) else labels)
        if lost := sorted(codes - set(rows[name].unique())):
            raise DataError(file, f"rows of every {name}", f"none of {', '.join(lost)}", AGAIN)


def refuse_labels(rows: pl.DataFrame, crimes: Crimes, release: Release) -> None:
    """Raise DataError for a label of a crime that is none of the listed crimes' own."""
    for name in CRIME:
        labels = crimes.listed[name].unique().to_list()
        categories(rows, name, labels, release, f"{crimes.entry} in catalog/sources.toml")


def refuse_strange(rows: pl.DataFrame, crimes: Crimes, file: str) -> None:
    """Raise DataError for listed labels in a combination that is none of the listed crimes."""
    strange = rows.join(crimes.listed, on=CRIME, how="anti")
    if not strange.is_empty():
        first = strange.row(0, named=True)
        found = " | ".join(first[name] for name in CRIME)
        todo = f"if the agency has a new crime, add it to {crimes.entry} in catalog/sources.toml"
        raise DataError(file, f"one of {crimes.listed.height} known crimes", found, todo, line=first[LINE])


def last_month(rows: pl.DataFrame, release: Release) -> tuple[date, Notes]:
    """Return the first day of the newest published month, and notes on the months after it.

    A month not yet published is blank in every row, or zero in every row (RNID, by August 2026): neither is
    a zero (see ``readers.base``), and a blank or an empty month before the newest one raises DataError.
    """
    months = _months(rows)
    last = months.filter(pl.col("total") > 0)["start"].max()
    if not isinstance(last, date):
        raise DataError(release.file, "a month with a count above zero", "none", AGAIN)
    limit = release.data_month or release.released
    late = months.filter((pl.col("total") > 0) & (pl.col("start").dt.month_end() > limit))
    if not late.is_empty():
        expected = f"no count after {limit}, the day of the release"
        if release.data_month:
            expected = f"months through {limit:%Y-%m}, as the name says"
        todo = "the two disagree: check which release this is, and give its name or day accordingly"
        month, year = late.select("month", "year").row(0)
        first = rows.filter(pl.col("year") == year, pl.col(month) > 0).row(0, named=True)
        found = f"{first[month]} in {late['start'][0]:%Y-%m} (counts through {last:%Y-%m})"
        header = release.headers.get(month, month)
        raise DataError(release.file, expected, found, todo, line=first[LINE], column=header)
    gaps = months.filter((pl.col("start") <= last) & ((pl.col("blanks") > 0) | (pl.col("total") == 0)))
    if not gaps.is_empty():
        month, year, blanks = gaps.select("month", "year", "blanks").row(0)
        bad = rows.filter(pl.col("year") == year, pl.col(month).is_null() if blanks else pl.col(month) == 0)
        refuse(bad, release, month, f"a count, as months up to {last:%Y-%m} are published", AGAIN)
    notes: Notes = []
    padded = months.filter((pl.col("start") > last) & (pl.col("blanks") < pl.col("rows")))["start"]
    if not padded.is_empty():
        notes.append(("padded_months", {"months": " ".join(f"{start:%Y-%m}" for start in padded)}))
    return last, notes


def long(rows: pl.DataFrame, measure: str) -> pl.DataFrame:
    """Return a row for every count that is not zero, in order, with the labels of its row and its month's days."""
    counts = (
        rows.select(LINE, *MONTHS)
        .unpivot(MONTHS, index=LINE, variable_name=COLUMN, value_name=measure)
        .filter(pl.col(measure) != 0)
        .sort(LINE, maintain_order=True)
    )
    first = pl.date("year", pl.col(COLUMN).str.tail(2).cast(pl.Int8), 1)
    return counts.join(rows.drop(MONTHS), on=LINE, maintain_order="left").with_columns(
        period_start=first, period_end=first.dt.month_end(), clock=pl.lit(str(Clock.MONTH))
    )


def maturity(last: date) -> pl.Expr:
    """Return ``provisional`` for the twelve months up to the newest one, ``final`` for those before."""
    recent = pl.col("period_start") >= add_months(last, 1 - PROVISIONAL_MONTHS)
    return pl.when(recent).then(pl.lit("provisional")).otherwise(pl.lit("final"))


def part(methodology: str) -> pl.Expr:
    """Return the part that a newer release replaces as a whole: all years of CNSP/38/15, or one year of RNID."""
    return pl.lit(CNSP) if methodology == CNSP else pl.format("RNID {}", "year")


def _tidy(rows: pl.DataFrame, release: Release, measure: str, crimes: Crimes, groups: Mapping[str, Labels]) -> Tidy:
    """Return a row for every month with a count above zero; ``groups`` has the labels that split crimes further."""
    refuse_labels(rows, crimes, release)
    for name, codes in groups.items():
        where = f"[{release.source.id}.categories] in catalog/sources.toml"
        rows = categories(rows, name, codes, release, where)
    rows = whole_numbers(with_place(rows, release), MONTHS, release)
    is_municipal = MUNICIPALITY in rows.columns
    if is_municipal:
        rows = with_municipality(rows, release)
    every_key_once(rows, ["year", MUNICIPALITY if is_municipal else "place", *CRIME, *groups], release.file)
    refuse_filtered(rows, crimes, groups, release.file)
    if not is_municipal:
        _refuse_holes(rows, [*CRIME, *groups], release)
    last, notes = last_month(rows, release)
    counted = long(rows, measure)
    if is_municipal:
        _refuse_few(counted, crimes, release)
        key = ["place", "period_start", "period_end", "clock", "year", *CRIME[1:], *groups]
        counted = counted.group_by(key, maintain_order=True).agg(pl.col(measure).sum(), LINE, COLUMN)
    facts = counted.select(
        "place",
        "period_start",
        *CRIME[1:],
        *groups,
        measure,
        "period_end",
        "clock",
        *traced(counted, release),
        methodology=pl.lit(crimes.methodology),
        maturity=maturity(last),
        part=part(crimes.methodology),
    )
    blank, of_states = unreported(facts, states(release.source).values())
    return Tidy(facts, parts_of(facts), [*notes, *of_states], unreported=blank)


def _refuse_holes(rows: pl.DataFrame, leaf: list[str], release: Release) -> None:
    """Refuse a year in which a state lacks a row for a crime of the file: zeros are published, never left out."""
    places = pl.DataFrame({"place": list(states(release.source).values())})
    leaves = rows.select(leaf).unique()
    grid = rows.select("year").unique().join(places, how="cross").join(leaves, how="cross")
    if grid.height > rows.height:
        missing = grid.join(rows, on=grid.columns, how="anti").sort(grid.columns)
        expected = f"in every year {leaves.height} rows for each of {places.height} states"
        found = f"{missing.height} missing, first {' | '.join(map(str, missing.row(0)))}"
        raise DataError(release.file, expected, found, AGAIN)


def _refuse_few(counted: pl.DataFrame, crimes: Crimes, release: Release) -> None:
    """Refuse a part of a municipal table: zeros are left out there, so an absent row is a zero only in a whole file."""
    if lost := sorted(set(states(release.source).values()) - set(counted["place"])):
        raise DataError(release.file, "victims in each of 32 states", f"none in {', '.join(lost)}", AGAIN)
    rare = release.source.categories[f"{crimes.methodology} crime_type, rare"]
    if lost := sorted(set(crimes.listed["crime_type"]) - set(counted["crime_type"]) - set(rare)):
        raise DataError(release.file, "victims of every crime but the rarest", f"none of {', '.join(lost)}", AGAIN)
    months = counted.group_by("period_start").agg(pl.col(MUNICIPALITY).n_unique()).sort("period_start")
    for month, found in months.filter(pl.col(MUNICIPALITY) < LEAST_MUNICIPALITIES).head(1).rows():
        expected = f"victims in {LEAST_MUNICIPALITIES:,} municipalities or more each month"
        raise DataError(release.file, expected, f"{found} in {month:%Y-%m}", AGAIN)


def _months(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row a month, in order: its first day, column, national total, blank cells and rows."""
    years, key = rows.group_by("year"), ["year", "month"]
    totals = years.agg(pl.col(MONTHS).sum()).unpivot(MONTHS, index="year", variable_name="month")
    blanks = years.agg(pl.col(MONTHS).null_count()).unpivot(MONTHS, index="year", variable_name="month")
    months = totals.rename({"value": "total"}).join(blanks.rename({"value": "blanks"}), on=key)
    start = pl.date("year", pl.col("month").str.tail(2).cast(pl.Int8), 1)
    return months.join(years.len("rows"), on="year").with_columns(start=start).sort("start")
