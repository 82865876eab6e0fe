"""SESNSP's table of offences under federal law (IDEFF), by month, from 2012 on.

A row for every state, year and offence, zeros included, and a column for every month; a last "state" holds
offences abroad, and has no code. Each release holds all years again. An offence is named by law, concept and
type: CONTRA LA SALUD is a concept, and a type under organised crime as well.
"""

from __future__ import annotations

import polars as pl

from indicators import catalog
from indicators.errors import DataError
from indicators.periods import Clock
from indicators.readers.base import Release, Tidy, parts_of
from indicators.readers.columns import categories, every_key_once, refuse, whole_numbers
from indicators.readers.files import LINE
from indicators.readers.sesnsp import AGAIN, MONTHS, last_month, long, maturity

FIRST_YEAR = 2012
OFFENCE = ["law", "concept", "offence"]
SINCE = "offence since "


def tidy(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``federal_offences``. Raises DataError."""
    file, headers = release.file, release.headers
    last_year = release.released.year  # every year up to the last is laid out: 20255 would fill the memory
    rows = whole_numbers(rows, ["year"], file, headers, least=FIRST_YEAR, most=last_year, blanks=False)
    rows = whole_numbers(_with_place(rows, release), MONTHS, file, headers)
    every_key_once(rows, ["year", "place", *OFFENCE], file)
    _refuse_other_rows(rows, release)
    last, notes = last_month(rows, release)
    facts = long(rows, "offences").select(
        "place",
        "period_start",
        *OFFENCE,
        "offences",
        period_end=pl.col("period_start").dt.month_end(),
        clock=pl.lit(str(Clock.MONTH)),
        maturity=maturity(last),
        part=pl.format("{}", "year"),
    )
    return Tidy(facts, parts_of(facts), notes)


def _states(source: catalog.Source) -> dict[str, str]:
    labels = source.categories["state"]
    assert isinstance(labels, dict)
    return labels


def _offences(source: catalog.Source) -> pl.DataFrame:
    """The offences of the table: a column for each of OFFENCE, and the year ``since`` which it has them."""
    listed = [
        (*line.split(" | "), int(name.removeprefix(SINCE)))
        for name, lines in source.categories.items()
        if name.startswith(SINCE)
        for line in lines
    ]
    return pl.DataFrame(listed, schema=[*OFFENCE, "since"], orient="row")


def _with_place(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    file, headers, known = release.file, release.headers, _states(release.source)
    entry = f"[{release.source.id}.categories.state]"
    rows = rows.with_columns(place="state")
    rows = categories(rows, "place", known, file, {"place": headers["state"]}, where=entry)
    codes = {place: catalog.places()[place].code.lstrip("0") for place in known.values()}
    other = rows["state_code"].str.strip_chars_start("0") != rows["place"].replace_strict(codes)
    expected = "the code of the state on the same line (blank for abroad)"
    refuse(rows, other, file, "state_code", headers["state_code"], expected, AGAIN)
    return rows


def _refuse_other_rows(rows: pl.DataFrame, release: Release) -> None:
    """Every year from 2012 on has a row for each place and each offence known by then, and no other."""
    last = rows["year"].max()
    assert isinstance(last, int)
    offences = _offences(release.source)
    years = pl.DataFrame({"year": range(FIRST_YEAR, last + 1)}, schema={"year": pl.Int64})
    places = pl.DataFrame({"place": list(_states(release.source).values())})
    key = ["year", "place", *OFFENCE]
    grid = years.join(offences, how="cross").filter(pl.col("year") >= pl.col("since"))
    grid = grid.join(places, how="cross").select(key)
    strange = rows.join(grid, on=key, how="anti").sort(LINE)
    if not strange.is_empty():
        first = strange.row(0, named=True)
        found = f"{' | '.join(first[name] for name in OFFENCE)} in {first['year']}"
        todo = f'if the agency has a new offence, add it to "{SINCE}…" in [{release.source.id}.categories]'
        expected = f"one of {offences.height} known offences"
        raise DataError(release.file, expected, found, todo, line=first[LINE])
    missing = grid.join(rows, on=key, how="anti").sort(key)
    if not missing.is_empty():
        expected = "a row for every year from 2012 on, every place and every offence"
        found = f"{missing.height} missing, first {' | '.join(map(str, missing.row(0)))}"
        raise DataError(release.file, expected, found, AGAIN)
