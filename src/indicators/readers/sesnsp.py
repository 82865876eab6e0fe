"""What SESNSP's tables share: counts by the month in which prosecutors opened the file.

A row for every state, year and crime (of victims: by sex and age band too), zeros included, and a column for
every month. Two instruments use the same headers: CNSP/38/15 for 2015 to 2025, re-issued whole with every
release, and RNID from 2026. They are not comparable, so the years of a file say its methodology. Under RNID
attempts stand under the ``crime_type`` of the completed crime: tell them apart by ``subtype``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from indicators import catalog
from indicators.errors import DataError
from indicators.periods import Clock, add_months, month_end
from indicators.readers.base import Release, Tidy, parts_of
from indicators.readers.columns import categories, every_key_once, refuse, whole_numbers
from indicators.readers.files import LINE

CNSP, RNID = "CNSP/38/15", "RNID"
CNSP_YEARS = range(2015, 2026)
CRIME = ["legal_good", "crime_type", "subtype", "modality"]
MONTHS = [f"month_{number:02}" for number in range(1, 13)]
PROVISIONAL_MONTHS = 12  # most of the net change comes within seven months; a thin tail reaches years back
AGAIN = "the file was filtered, edited or cut: download the agency's whole file again"

Labels = Mapping[str, str] | list[str]
Notes = list[tuple[str, dict[str, str]]]


def with_methodology(rows: pl.DataFrame, release: Release) -> tuple[pl.DataFrame, str]:
    """Rows with whole years, and the instrument that all of those years belong to. Raises DataError."""
    file, header = release.file, release.headers["year"]
    first, last = CNSP_YEARS.start, release.released.year
    rows = whole_numbers(rows, ["year"], file, release.headers, least=first, most=last, blanks=False)
    is_rnid = rows["year"] >= CNSP_YEARS.stop
    if is_rnid.any() and not is_rnid.all():
        todo = "the two are not comparable: add the agency's own files, not one joined from both"
        expected = f"years of one instrument ({CNSP} to 2025, {RNID} from 2026), as on the first line"
        refuse(rows, is_rnid != is_rnid[0], file, "year", header, expected, todo)
    years = rows["year"].unique().sort().to_list()
    first = years[0] if is_rnid[0] else first
    if years != list(range(first, years[-1] + 1)):
        found = ", ".join(map(str, years))
        raise DataError(file, f"every year from {first} on", found, AGAIN, column=header)
    return rows, RNID if is_rnid[0] else CNSP


def crimes(methodology: str) -> pl.DataFrame:
    """The crimes of an instrument: a column for each of CRIME, and ``always`` (every release has their rows)."""
    lists = catalog.sources()["sesnsp_cases"].categories
    listed = [(line, True) for line in lists[f"{methodology} crime"]]
    listed += [(line, False) for line in lists.get(f"{methodology} crime, sometimes", [])]
    cut = [(line.split(" | "), always) for line, always in listed]
    whole = [(*labels, *labels[-1:] * (len(CRIME) - len(labels)), always) for labels, always in cut]
    return pl.DataFrame(whole, schema=[*CRIME, "always"], orient="row")


def listed_in(methodology: str) -> str:
    """The entry of sources.toml that lists an instrument's crimes."""
    return f'[sesnsp_cases.categories] "{methodology} crime"'


def tidy(
    rows: pl.DataFrame,
    release: Release,
    *,
    measure: str,
    methodology: str,
    known: pl.DataFrame,
    entry: str,
    groups: Mapping[str, Labels],
) -> Tidy:
    """Rows of the source's fact table: one for every month with a count above zero. Raises DataError.

    ``known`` are the crimes (as ``crimes`` gives them) that ``entry`` of sources.toml lists; ``groups`` gives
    the labels of the columns that split them further.
    """
    file, headers = release.file, release.headers
    for name in CRIME:
        rows = categories(rows, name, known[name].unique().to_list(), file, headers, where=entry)
    for name, labels in groups.items():
        rows = categories(rows, name, labels, file, headers, where=f"[{release.source.id}.categories]")
    rows = whole_numbers(with_place(rows, release), MONTHS, file, headers)
    every_key_once(rows, ["year", "place", *CRIME, *groups], file)
    refuse_filtered(rows, known, entry, groups, file)
    _refuse_holes(rows, [*CRIME, *groups], file)
    last, notes = last_month(rows, release, last_day(methodology))
    facts = long(rows, measure).select(
        "place",
        "period_start",
        *CRIME[1:],
        *groups,
        measure,
        period_end=pl.col("period_start").dt.month_end(),
        clock=pl.lit(str(Clock.MONTH)),
        methodology=pl.lit(methodology),
        maturity=maturity(last),
        part=part(methodology),
    )
    return Tidy(facts, parts_of(facts), notes)


def states() -> dict[str, str]:
    """The place of every state, by the name the tables give it."""
    labels = catalog.sources()["sesnsp_cases"].categories["state"]
    assert isinstance(labels, dict)
    return labels


def with_place(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    """Rows with the id of their state in ``place``, its code checked. Raises DataError."""
    file, headers = release.file, release.headers
    where = "[sesnsp_cases.categories.state]"
    rows = rows.with_columns(place="state")
    rows = categories(rows, "place", states(), file, {"place": headers["state"]}, where=where)
    codes = {place: catalog.places()[place].code for place in states().values()}
    other = rows["state_code"].str.zfill(2) != rows["place"].replace_strict(codes)
    expected = "the code of the state on the same line"
    refuse(rows, other, file, "state_code", headers["state_code"], expected, AGAIN)
    return rows


def refuse_filtered(
    rows: pl.DataFrame, known: pl.DataFrame, entry: str, groups: Mapping[str, Labels], file: str
) -> None:
    """Every crime, sex and age band has rows: what a filter took out must not be read as zero."""
    refuse_strange(rows, known, entry, file)
    if not (absent := known.filter("always").join(rows, on=CRIME, how="anti")).is_empty():
        found = f"no row of {' | '.join(absent.select(CRIME).row(0))}"
        todo = f'{AGAIN}; if the agency has dropped this crime, list it under "… crime, sometimes" instead'
        raise DataError(file, f"rows of every crime of {entry}", found, todo)
    for name, labels in groups.items():
        codes = set(labels.values() if isinstance(labels, Mapping) else labels)
        if lost := sorted(codes - set(rows[name].unique())):
            raise DataError(file, f"rows of every {name}", f"none of {', '.join(lost)}", AGAIN)


def refuse_strange(rows: pl.DataFrame, known: pl.DataFrame, entry: str, file: str) -> None:
    """Refuse known labels in a combination that is not among the ``known`` crimes."""
    if not (strange := rows.join(known, on=CRIME, how="anti")).is_empty():
        first = strange.row(0, named=True)
        found = " | ".join(first[name] for name in CRIME)
        todo = f"if the agency has a new crime, add it to {entry} in catalog/sources.toml"
        raise DataError(file, f"one of {known.height} known crimes", found, todo, line=first[LINE])


def _refuse_holes(rows: pl.DataFrame, leaf: list[str], file: str) -> None:
    """Each state has a row for every crime of the file in every year: zeros are published, never left out."""
    places = pl.DataFrame({"place": list(states().values())})
    leaves = rows.select(leaf).unique()
    grid = rows.select("year").unique().join(places, how="cross").join(leaves, how="cross")
    if grid.height > rows.height:
        missing = grid.join(rows, on=grid.columns, how="anti").sort(grid.columns)
        expected = f"in every year {leaves.height} rows for each of {places.height} states"
        found = f"{missing.height} missing, first {' | '.join(map(str, missing.row(0)))}"
        raise DataError(file, expected, found, AGAIN)


def last_day(methodology: str) -> date | None:
    """The last day that a table of this instrument can ever reach."""
    return date(CNSP_YEARS[-1], 12, 31) if methodology == CNSP else None


def part(methodology: str) -> pl.Expr:
    """What a newer release replaces as a whole: all years of CNSP/38/15, or one year of RNID."""
    return pl.lit(CNSP) if methodology == CNSP else pl.format("RNID {}", "year")


def maturity(last: date) -> pl.Expr:
    """Provisional in the twelve months up to the newest one, final before."""
    recent = pl.col("period_start") >= add_months(last, 1 - PROVISIONAL_MONTHS)
    return pl.when(recent).then(pl.lit("provisional")).otherwise(pl.lit("final"))


def last_month(rows: pl.DataFrame, release: Release, end: date | None = None) -> tuple[date, Notes]:
    """First day of the newest published month, and what was noticed about the months after it.

    A month not yet published is blank in every row, or zero in every row (RNID, by August 2026); ``end`` is
    the last day that this table can ever reach.
    """
    months = _months(rows)
    last = months.filter(pl.col("total") > 0)["start"].max()
    if not isinstance(last, date):
        raise DataError(release.file, "a month with a count above zero", "none", AGAIN)
    limit = release.data_month or release.released
    late = months.filter((pl.col("total") > 0) & (pl.col("start").dt.month_end() > limit))
    if not late.is_empty():
        said = "the month in the file's name" if release.data_month else "the day of the release"
        todo = "the two disagree: check which release this is, and give its name or day accordingly"
        bad = pl.col(late["month"][0]) > 0
        _refuse_cell(rows, late.row(0, named=True), bad, release, f"no count after {limit}, {said}", todo)
    gaps = months.filter((pl.col("start") <= last) & ((pl.col("blanks") > 0) | (pl.col("total") == 0)))
    if not gaps.is_empty():
        expected = f"a count, as months up to {last:%Y-%m} are published"
        bad = pl.col(gaps["month"][0]).is_null() if gaps["blanks"][0] else pl.col(gaps["month"][0]) == 0
        _refuse_cell(rows, gaps.row(0, named=True), bad, release, expected, AGAIN)
    notes: Notes = []
    padded = months.filter((pl.col("start") > last) & (pl.col("blanks") < pl.col("rows")))["start"]
    if not padded.is_empty():
        notes.append(("padded_months", {"months": " ".join(f"{start:%Y-%m}" for start in padded)}))
    due = min(limit, end) if end else limit
    if release.data_month and month_end(last) < due:
        notes.append(("months_missing", {"through": f"{last:%Y-%m}", "named": f"{due:%Y-%m}"}))
    return last, notes


def _months(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a month, in order: its first day, column, national total, blank cells and rows."""
    years = rows.group_by("year").agg(
        pl.col(MONTHS).sum().name.prefix("total "),
        pl.col(MONTHS).null_count().name.prefix("blanks "),
        rows=pl.len(),
    )
    months = [
        years.select(
            "year",
            start=pl.date("year", number, 1),
            month=pl.lit(name),
            total=f"total {name}",
            blanks=f"blanks {name}",
            rows="rows",
        )
        for number, name in enumerate(MONTHS, 1)
    ]
    return pl.concat(months).sort("start")


def _refuse_cell(
    rows: pl.DataFrame, month: dict[str, Any], bad: pl.Expr, release: Release, expected: str, todo: str
) -> None:
    """Raise DataError for the first cell of one month that is ``bad``."""
    rows, name = rows.filter(pl.col("year") == month["year"]), month["month"]
    refuse(rows, rows.select(bad).to_series(), release.file, name, release.headers[name], expected, todo)


def long(rows: pl.DataFrame, measure: str) -> pl.DataFrame:
    """A row for every count that is not zero, in order, with the labels of its row and its month's first day."""
    counts = (
        rows.select(LINE, *MONTHS)
        .unpivot(MONTHS, index=LINE, variable_name="month", value_name=measure)
        .filter(pl.col(measure) != 0)
        .sort(LINE, maintain_order=True)
    )
    number = pl.col("month").str.tail(2).cast(pl.Int8)
    return counts.join(rows.drop(MONTHS), on=LINE, maintain_order="left").with_columns(
        period_start=pl.date("year", number, 1)
    )


def tidy_cases(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``crime_cases``. Raises DataError."""
    rows, methodology = with_methodology(rows, release)
    return tidy(
        rows,
        release,
        measure="cases",
        methodology=methodology,
        known=crimes(methodology),
        entry=listed_in(methodology),
        groups={},
    )


def tidy_victims(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``crime_victims``. Raises DataError."""
    rows, methodology = with_methodology(rows, release)
    labels = release.source.categories
    known, entry = crimes(methodology), listed_in(methodology)
    if subtypes := labels.get(f"{methodology} subtype"):
        known = known.filter(pl.col("subtype").is_in(list(subtypes)))
        entry = f'[sesnsp_victims.categories] "{methodology} subtype"'
    else:
        known = known.with_columns(always=False)
    groups = {"sex": labels["sex"], "age_group": labels[f"{methodology} age_group"]}
    return tidy(
        rows, release, measure="victims", methodology=methodology, known=known, entry=entry, groups=groups
    )
