"""The incidents that every reader refuses, by source; what one source alone refuses is in the tests of that source."""

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

import reading
from indicators.readers.files import decode
from sesnsp_tables import Nation, in_municipalities

Table = list[list[str]]


class File(NamedTuple):
    """A good file of a source; ``measure`` is the header of a measure, ``line`` that of a row which is counted."""

    source: str
    name: str
    measure: str
    released: date
    data_month: date | None = None
    line: int = 3


Edit = Callable[[Table, File], str]
OCTOBER, NOVEMBER, NEW_YEAR = date(2022, 10, 31), date(2022, 11, 30), date(2022, 12, 31)
MARCH_2016, APRIL_2016 = date(2016, 3, 31), date(2016, 4, 30)
FILES = [
    File("bts_border_crossings", "Border_Crossing_Entry_Data_20190502.csv", "Value", date(2019, 5, 2)),
    File("bts_border_crossings", "Border_Crossing_Entry_Data_20240503.csv", "Value", date(2024, 5, 3)),
    File("cbp_currency", "currency-seizures-fy22-fy23-oct.csv", "Count of Seizure Events", NOVEMBER, OCTOBER),
    File("cbp_drugs", "nationwide-drugs-fy22-fy23-nov.csv", "Sum Qty (lbs)", NEW_YEAR, NOVEMBER),
    File("cbp_drugs", "amo-drug-seizures-fy22-fy23-oct.csv", "Count of Event", NEW_YEAR, OCTOBER),
    File("cbp_encounters", "sbo-encounters-fy22-fy23-nov.csv", "Encounter Count", NEW_YEAR, NOVEMBER),
    File(
        "cbp_encounters",
        "nationwide-encounters-fy22-fy23-oct-state.csv",
        "Encounter Count",
        NEW_YEAR,
        OCTOBER,
    ),
    File("cbp_encounters", "nationwide-encounters-fy22-fy23-oct-aor.csv", "Encounter Count", NEW_YEAR, OCTOBER),
    File("cbp_weapons", "weapons-ammunition-seizures-fy22-fy23-oct.csv", "Quantity Seized", NOVEMBER, OCTOBER),
    File("cdc_overdose", "export.csv", "Data Value", date(2018, 9, 12)),
    File("cdc_overdose", "api.csv", "data_value", date(2018, 9, 12)),
    File("population_mx", "conapo_pob_ent_gender_1950_2070.csv", "pob_mid_year", date(2023, 12, 31), line=101),
    File("population_mx", "00_Pob_Mitad_1950_2070.csv", "POBLACION", date(2018, 12, 31), line=10),
    File("population_us", "NST-EST2024-ALLDATA.csv", "POPESTIMATE2020", date(2024, 12, 31), line=5),
    File("rnpdno", "rnpdno_disappeared_not_located.csv", "male", date(2024, 2, 15)),
    File("rnpdno", "rnpdno_state_year.csv", "hombre", date(2020, 7, 23)),
    File("rnpdno", "all-states-2024.csv", "conteo", date(2024, 7, 9)),
    File("sesnsp_cases", "IDEFC_one_state.csv", "Enero", APRIL_2016, MARCH_2016),
    File("sesnsp_victims", "IDVFC_one_state.csv", "Enero", APRIL_2016, MARCH_2016),
    File("sesnsp_municipal", "IDEFC_one_state.csv", "Enero", APRIL_2016, MARCH_2016),
    File("sesnsp_federal", "IDEFF_mar19.csv", "ENERO", date(2019, 4, 30), date(2019, 3, 31)),
]


def as_text(table: Table) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(table)
    return out.getvalue()


def with_cell(cell: str, line: int | None = None) -> Edit:
    """Put a text into the measure, of one line or of the row that is counted."""

    def edit(table: Table, file: File) -> str:
        at, row = table[0].index(file.measure), (line or file.line) - 1
        changed = [*table[row][:at], cell.format(measure=file.measure), *table[row][at + 1 :]]
        return as_text([*table[:row], changed, *table[row + 1 :]])

    return edit


CELL = 'line {line}, column "{measure}"\n  expected: '
INCIDENTS: dict[str, tuple[Edit, str]] = {  # the edit, and words of the message
    "measure renamed": (
        with_cell("{measure} of all", line=1),
        '"{measure}" missing (renamed to "{measure} of all"?)',
    ),
    "column added": (lambda table, _: as_text([[*row, "Rank"] for row in table]), '"Rank" is new'),
    "cut inside a row": (
        lambda table, _: as_text(table).rpartition(",")[0],
        "line {last}\n  expected: {columns} columns",
    ),
    "cut in its last cell": (lambda table, _: as_text(table)[:-1], "a line end after the last row"),
    "row twice": (
        lambda table, file: as_text([*table, table[file.line - 1]]),
        "line {next}\n  expected: every row once\n  found:    the same ",
    ),
    "no rows": (lambda table, _: as_text(table[:1]), "a header and rows below it"),
    "measure blank": (with_cell(""), CELL + "{number}\n  found:    ''"),
    "measure negative": (with_cell("-7"), CELL + "at least "),
    "measure in words": (with_cell("n.d."), CELL + "{number}\n  found:    'n.d.'"),
}
UNPUBLISHED = CELL + "a count, as months up to "
OTHERWISE = {  # None: what is an incident elsewhere is taken
    ("cbp_weapons", "row twice"): None,  # equal lines are items of their own
    ("cbp_weapons", "measure blank"): None,
    ("cdc_overdose", "measure blank"): None,  # a footnote says why
    ("population_us", "cut in its last cell"): None,  # which is not read
    ("population_us", "measure renamed"): '"{measure} of all" is new',
    ("sesnsp_cases", "measure blank"): UNPUBLISHED,
    ("sesnsp_victims", "measure blank"): UNPUBLISHED,
    ("sesnsp_federal", "measure blank"): UNPUBLISHED,
    ("sesnsp_municipal", "measure blank"): UNPUBLISHED,
    ("sesnsp_municipal", "measure negative"): CELL + "a count, 0 or more",
    ("sesnsp_municipal", "row twice"): "99 rows of 98 crimes for 01002",
}


@pytest.fixture
def whole(request: pytest.FixtureRequest, fixtures: Path) -> Callable[[File], Table]:
    """Return the cells of a good file; SESNSP's are whole nations, made of one state."""

    def cells(file: File) -> Table:
        if file.source == "sesnsp_federal":
            table: pl.DataFrame = request.getfixturevalue("federal")
        elif file.source.startswith("sesnsp"):
            nation: Nation = request.getfixturevalue("sesnsp_nation")
            folder = "sesnsp_victims" if file.source == "sesnsp_victims" else "sesnsp_cases"
            table = nation(f"{folder}/{file.name}", file.data_month)
            table = in_municipalities(table, 1, 2) if file.source == "sesnsp_municipal" else table
        else:
            text, _ = decode((fixtures / file.source / file.name).read_bytes())
            return list(csv.reader(io.StringIO(text, newline="")))
        return [table.columns, *([cell or "" for cell in row] for row in table.iter_rows())]

    return cells


@pytest.mark.parametrize("incident", INCIDENTS)
@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.source}/{file.name}")
def test_an_incident_is_refused_with_its_place(file: File, incident: str, whole: Callable[[File], Table]) -> None:
    table = whole(file)
    edit, words = INCIDENTS[incident]
    words = OTHERWISE.get((file.source, incident), words)
    data = edit(table, file).encode()
    days = {"released": file.released, "data_month": file.data_month}
    if words is None:  # no incident in this source
        assert reading.tidied(file.source, file.name, data, **days).facts.height
        return
    error = reading.refused(reading.tidied, file.source, file.name, data, **days)
    places = {"line": file.line, "last": len(table), "next": len(table) + 1, "columns": len(table[0])}
    number = "a number" if "lbs" in file.measure else "a whole number"
    assert words.format(**places, measure=file.measure, number=number) in str(error)
