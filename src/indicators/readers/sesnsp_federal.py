"""SESNSP's table of offences under federal law (IDEFF), by month, from 2012 on.

A row for every state, year and offence, zeros included, and a column for every month; a last "state" has the
offences abroad, and no code. Each release has all years again. An offence is named by law, concept and
type: CONTRA LA SALUD is a concept, and a type under organised crime as well.
"""

from __future__ import annotations

import polars as pl

from indicators import catalog
from indicators.errors import DataError
from indicators.readers.base import Release, Tidy, parts_of, traced, unreported
from indicators.readers.columns import every_key_once, whole_numbers
from indicators.readers.files import LINE
from indicators.readers.sesnsp import AGAIN, MONTHS, last_month, long, maturity, states, with_place

FIRST_YEAR = 2012
OFFENCE = ["law", "concept", "offence"]
SINCE = "offence since "


def tidy(rows: pl.DataFrame, release: Release) -> Tidy:
    """Return the rows of ``federal_offences``. Raises DataError."""
    years = (FIRST_YEAR, release.released.year)  # all years are laid out: 20255 would fill the memory
    rows = whole_numbers(rows, ["year"], release, years, blanks=False)
    rows = whole_numbers(with_place(rows, release), MONTHS, release)
    every_key_once(rows, ["year", "place", *OFFENCE], release.file)
    _refuse_other_rows(rows, release)
    last, notes = last_month(rows, release)
    counted = long(rows, "offences")
    facts = counted.select(
        "place",
        "period_start",
        *OFFENCE,
        "offences",
        "period_end",
        "clock",
        *traced(counted, release),
        maturity=maturity(last),
        part=pl.format("{}", "year"),
    )
    known = catalog.places()
    blank, of_states = unreported(facts, [one for one in states(release.source).values() if known[one].kind == "state"])
    return Tidy(facts, parts_of(facts), [*notes, *of_states], unreported=blank)


def _offences(source: catalog.Source) -> pl.DataFrame:
    """Return the offences of the table: a column for each of OFFENCE, and the first year ``since`` with them."""
    listed = [
        (*line.split(" | "), int(name.removeprefix(SINCE)))
        for name, lines in source.categories.items()
        if name.startswith(SINCE)
        for line in lines
    ]
    return pl.DataFrame(listed, schema=[*OFFENCE, "since"], orient="row")


def _refuse_other_rows(rows: pl.DataFrame, release: Release) -> None:
    """Refuse a table whose years from 2012 on lack a place or an offence of that year, or have another one."""
    last = rows["year"].max()
    assert isinstance(last, int)
    offences = _offences(release.source)
    years = pl.DataFrame({"year": range(FIRST_YEAR, last + 1)}, schema={"year": pl.Int64})
    places = pl.DataFrame({"place": list(states(release.source).values())})
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
