"""A newer file that lacks a place, a label or a period is refused, or changes only what it covers: for every source."""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from drift import generated
from indicators import catalog
from indicators.catalog.tables import FACTS
from indicators.paths import Home
from indicators.readers.files import decode
from indicators.releases import ingest, store
from indicators.warehouse import build, query
from sesnsp_tables import as_csv
from wrapped import workbook

OLDER, NEWER = date(2026, 10, 5), date(2026, 11, 5)
Cells = Mapping[str, str]
SBO = "sbo-encounters-fy22-fy23-nov.csv"
DRUGS, AIR = "nationwide-drugs-fy22-fy23-nov.csv", "amo-drug-seizures-fy22-fy23-oct.csv"
WEAPONS = "weapons-ammunition-seizures-fy22-fy23-oct.csv"
BY_STATE = "nationwide-encounters-fy22-fy23-oct-state.csv"
BY_AREA, CURRENCY = "nationwide-encounters-fy22-fy25-mar-aor.csv", "currency-seizures-fy22-fy25-mar.csv"
PORTS, DEATHS, MUNICIPAL = "Border_Crossing_Entry_Data_20190502.csv", "VSRR_20250312.csv", "IDM_NM_mar16.csv"
REGISTER, YEARS = "rnpdno_disappeared_not_located.csv", "rnpdno_state_year.csv"
VICTIMS, CASES, FEDERAL = "IDVFC_NM_mar16.csv", "IDEFC_NM_mar16.csv", "IDEFF_mar19.csv"
CONAPO, CENSUS = "conapo_pob_ent_gender_1950_2070.csv", "NST-EST2024-ALLDATA.csv"
INJURIES, OF_STATES = "CDC_injury_nation_20260812.csv", "CDC_injury_states_20260812.csv"
FIXTURES = {
    "cbp_encounters": [SBO, BY_STATE], "cbp_drugs": [DRUGS, AIR], "cbp_weapons": [WEAPONS],
    "rnpdno": [REGISTER, YEARS], "population_mx": [CONAPO], "population_us": [CENSUS],
}  # fmt: skip
FIGURES = {"Encounter Count", "Count of Event", "Sum Qty (lbs)", "Quantity Seized"}  # raised to what real files have


class Lacks(NamedTuple):
    """A file that lacks the rows in which a column has this value, and what becomes of it."""

    file: str
    column: str
    value: str
    status: str


LACKING = [
    Lacks(SBO, "Component", "Office of Field Operations", "refused"),
    Lacks(SBO, "Citizenship Grouping", "Mexico", "refused"),
    Lacks(SBO, "Demographic", "Single Adults", "refused"),
    Lacks(SBO, "Fiscal Year", "2022", "added"),
    Lacks(BY_STATE, "State", "TX", "refused"),
    Lacks(BY_STATE, "Land Border Region", "Other", "refused"),
    Lacks(BY_STATE, "Fiscal Year", "2022", "added"),
    Lacks(BY_AREA, "Area of Responsibility", "Yuma Sector", "refused"),
    Lacks(BY_AREA, "Citizenship", "HONDURAS", "refused"),
    Lacks(BY_AREA, "Fiscal Year", "2022", "added"),
    Lacks(DRUGS, "Component", "U.S. Border Patrol", "refused"),
    Lacks(DRUGS, "Drug Type", "Fentanyl", "refused"),
    Lacks(DRUGS, "FY", "2022", "added"),
    Lacks(AIR, "FY", "2022", "added"),
    Lacks(WEAPONS, "Component", "U.S. Border Patrol", "refused"),
    Lacks(WEAPONS, "Seizure Type", "Weapons", "refused"),
    Lacks(WEAPONS, "Fiscal Year", "2022", "added"),
    Lacks(CURRENCY, "Area of Responsibility", "LAREDO FIELD OFFICE", "refused"),
    Lacks(CURRENCY, "Inbound/Outbound", "Inbound", "refused"),
    Lacks(CURRENCY, "Fiscal Year", "2023", "added"),
    Lacks(PORTS, "State", "Texas", "refused"),
    Lacks(PORTS, "Measure", "Trucks", "refused"),
    Lacks(PORTS, "Border", "US-Canada Border", "refused"),
    Lacks(PORTS, "Date", "01/01/2016 12:00:00 AM", "added"),
    Lacks(DEATHS, "indicator", "Number of Drug Overdose Deaths", "added"),
    Lacks(DEATHS, "state", "TX", "added"),
    Lacks(DEATHS, "state", "US", "added"),
    Lacks(DEATHS, "year", "2020", "added"),
    Lacks(DEATHS, "year", "2024", "added"),
    Lacks(INJURIES, "intent", "All_Homicide", "added"),
    Lacks(INJURIES, "type", "year", "added"),
    Lacks(OF_STATES, "geoid", "48", "added"),
    Lacks(OF_STATES, "intent", "Drug_OD", "added"),
    Lacks(OF_STATES, "period", "2024", "added"),
    Lacks(MUNICIPAL, "Entidad", "Oaxaca", "refused"),
    Lacks(MUNICIPAL, "Año", "2015", "refused"),
    Lacks(MUNICIPAL, "Subtipo de delito", "Feminicidio", "refused"),
    Lacks(VICTIMS, "Entidad", "Oaxaca", "refused"),
    Lacks(VICTIMS, "Sexo", "Mujer", "refused"),
    Lacks(VICTIMS, "Año", "2015", "refused"),
    Lacks(VICTIMS, "Subtipo de delito", "Feminicidio", "refused"),
    Lacks(CASES, "Entidad", "Oaxaca", "refused"),
    Lacks(CASES, "Año", "2015", "refused"),
    Lacks(CASES, "Modalidad", "Con arma de fuego", "refused"),
    Lacks(FEDERAL, "ENTIDAD", "OAXACA", "refused"),
    Lacks(FEDERAL, "AÑO", "2013", "refused"),
    Lacks(FEDERAL, "TIPO", "TRANSPORTE", "refused"),
    Lacks(REGISTER, "state", "aguascalientes", "refused"),
    Lacks(REGISTER, "year", "2022", "added"),
    Lacks(YEARS, "cve_ent", "08", "refused"),
    Lacks(YEARS, "estatus", "Localizado sin vida", "added"),
    Lacks(CONAPO, "nombre_estado", "Aguascalientes", "refused"),
    Lacks(CONAPO, "n_year", "2009", "added"),
    Lacks(CENSUS, "NAME", "Texas", "refused"),
]


def lines(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(decode(data)[0])))


def written(rows: list[dict[str, str]]) -> bytes:
    stream = io.StringIO()
    table = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return stream.getvalue().encode()


def raised(row: dict[str, str]) -> dict[str, str]:
    return {name: str(float(cell or 0) * 1000) if name in FIGURES else cell for name, cell in row.items()}


def injuries() -> tuple[bytes, bytes]:
    """CDC's deaths by injury: two years of the nation, and their months; two years of two states, and twelve months."""
    as_of, words = "2026-08-12T00:00:00.000", "April, 2025 to March, 2026"
    nation, states = [], []
    for intent, size in (("All_Homicide", 1_600), ("FA_Homicide", 1_200), ("Drug_OD", 6_000)):
        for year in (2024, 2025):
            dated = [(f"{year}-{month:02}-01T00:00:00.000", size + 9 * month, "month") for month in range(1, 13)]
            for period, count, kind in [*dated, (str(year), 12 * size + year, "year")]:
                nation.append(("USA", intent, period, count, "5.8", kind, as_of, ""))
        for code, name, share in (("04", "Arizona", 40), ("48", "Texas", 9)):
            for period in ("2024", "2025", "TTM"):
                states.append((code, name, intent, period, 12 * size // share, "7.2", as_of, words))
    columns = ["geoid", "intent", "period", "count", "rate", "type", "data_as_of", "ttm_date_range"]
    of_states = ["geoid", "name", "intent", "period", "count_sup", "rate", "data_as_of", "ttm_date_range"]
    return tuple(  # type: ignore[return-value]
        written([dict(zip(header, map(str, row), strict=True)) for row in rows])
        for header, rows in ((columns, nation), (of_states, states))
    )


@pytest.fixture(scope="module")
def tables(fixtures: Path, sesnsp_nation: Callable[..., pl.DataFrame], federal: pl.DataFrame) -> dict[str, bytes]:
    """A whole file of every source, by its name."""
    made = generated.tables(sesnsp_nation)
    for source, names in FIXTURES.items():
        for name in names:
            made[name] = written([raised(row) for row in lines((fixtures / source / name).read_bytes())])
    made[INJURIES], made[OF_STATES] = injuries()
    march = date(2016, 3, 31)
    made[VICTIMS] = as_csv(sesnsp_nation("sesnsp_victims/IDVFC_one_state.csv", march))
    made[CASES] = as_csv(sesnsp_nation("sesnsp_cases/IDEFC_one_state.csv", march))
    made[FEDERAL] = as_csv(federal)
    return made


def added(home: Home, name: str, data: bytes, released: date) -> ingest.Outcome:
    path = home.root / "given" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    outcome = ingest.add(path, home.raw, ingest.IngestRequest(received=date(2026, 11, 30), released=released))
    return outcome


def in_effect(home: Home, source: str, day: date) -> pl.DataFrame:
    """Every row that answers a question as of a day, with the release that it comes from."""
    return query.query(home.warehouse, f"FROM {catalog.sources()[source].table}_asof(DATE '{day}')")


def changes_only_what_it_covers(home: Home, name: str, whole: bytes, part: bytes) -> ingest.Outcome:
    """Add a whole file and then one that lacks something; assert that what is lacking stays, and where it is from."""
    first = added(home, name, whole, OLDER)
    assert first.status == "added", first.error
    outcome = added(home, name, part, NEWER)
    if outcome.status == "refused":
        assert store.all_vintages(home.raw) == [first.stored()]
        return outcome
    build.build(build.BuildInputs(home.raw, home.edition), home.warehouse)
    source = first.stored().source
    before, after = (in_effect(home, source, day) for day in (OLDER, NEWER))
    key = list(FACTS[catalog.sources()[source].table].key)
    newer = after.filter(vintage=outcome.stored().id)
    assert not newer.is_empty()
    kept = before.join(newer, on=key, how="anti")
    stays = after.join(newer, on=key, how="anti")
    assert stays.sort(key).equals(kept.sort(key))
    assert set(stays["vintage"]) <= {first.stored().id}
    return outcome


@pytest.mark.parametrize("lacks", LACKING, ids=lambda one: f"{one.file}: {one.column} {one.value}")
def test_newer_file_that_lacks_something_changes_only_what_it_covers(
    tables: dict[str, bytes], tmp_path: Path, lacks: Lacks
) -> None:
    """A file of CDC with one indicator replaced all others, and the report failed."""
    rows = lines(tables[lacks.file])
    part = [row for row in rows if row[lacks.column] != lacks.value]
    assert 0 < len(part) < len(rows)
    outcome = changes_only_what_it_covers(Home(tmp_path), lacks.file, tables[lacks.file], written(part))
    assert outcome.status == lacks.status, outcome.error


def test_every_source_is_among_them() -> None:
    known = {"sesnsp_cases", "sesnsp_victims", "sesnsp_municipal", "sesnsp_federal", "cdc_overdose"}
    known |= {"cdc_injury", "cbp_currency", "bts_border_crossings", "ohss_encounters"}
    assert known | set(FIXTURES) == set(catalog.sources())


# Sources with a file of their own kind


def test_workbook_of_dhs_that_starts_later_keeps_the_years_before(tmp_path: Path) -> None:
    months = list(catalog.sources()["ohss_encounters"].categories["month"])
    regions = [("Coastal Border", 1_000), ("Northern Land Border", 2_000), ("Southwest Land Border", 97_000)]
    sectors = [("Miami, FL", 1_000), ("Livermore, CA", 1_000), ("Blaine, WA", 1_000), ("Tucson, AZ", 97_000)]

    def book(first: int, sectors: list[tuple[str, int]]) -> bytes:
        dated = [(year, month) for year in range(first, 2004) for month in months]
        sheets: dict[str, list[list[object]]] = {
            "Annual Count": [["Fiscal\nYear", "Quantity"]],
            "Monthly Count": [["Fiscal\nYear", "Month", "Quantity"], *([*at, 100_000] for at in dated)],
            "Monthly Region": [["Fiscal\nYear", "Month", "Region", "Quantity"]],
            "Monthly Sector": [["Fiscal\nYear", "Month", "Sector", "Quantity"]],
        }
        sheets["Monthly Region"] += [[*at, *one] for at in dated for one in regions]
        sheets["Monthly Sector"] += [[*at, *one] for at in dated for one in sectors]
        return workbook(**sheets)

    name = "KHSM Encounters (USBP) fy03m09.xlsx"
    later = changes_only_what_it_covers(Home(tmp_path / "a"), name, book(2001, sectors), book(2002, sectors))
    assert later.status == "added", later.error
    cut = changes_only_what_it_covers(Home(tmp_path / "b"), name, book(2001, sectors), book(2001, sectors[:3]))
    assert cut.status == "refused"


def test_table_of_the_register_for_one_status_leaves_the_other_three(tables: dict[str, bytes], tmp_path: Path) -> None:
    """Its four tables come in four files; one of them alone says nothing about the others."""
    alive = [row | {"status_id": "2"} for row in lines(tables[REGISTER])]
    home = Home(tmp_path)
    for name, data in (("all.csv", tables[REGISTER]), ("alive.csv", written(alive))):
        outcome = added(home, name, data, OLDER)
        assert outcome.status == "added", outcome.error
    newer = [row | {"year": "2024", "month": "1"} for row in alive if (row["year"], row["month"]) == ("2023", "1")]
    outcome = added(home, "alive.csv", written([*alive, *newer]), NEWER)
    assert outcome.status == "added", outcome.error
    build.build(build.BuildInputs(home.raw, home.edition), home.warehouse)
    before, after = (in_effect(home, "rnpdno", day).filter(status="missing") for day in (OLDER, NEWER))
    assert after.equals(before)
    assert in_effect(home, "rnpdno", NEWER).filter(status="located_alive")["vintage"].unique().to_list() == [
        outcome.stored().id
    ]


def test_puerto_rico_in_the_table_of_cdc_is_a_place_outside_the_nation(
    tables: dict[str, bytes], tmp_path: Path
) -> None:
    """CDC added PR, and its whole file was refused as an unknown state."""
    rows = lines(tables[DEATHS])
    puerto_rico = [row | {"state": "PR", "state_name": "Puerto Rico"} for row in rows if row["state"] == "AZ"]
    home = Home(tmp_path)
    outcome = changes_only_what_it_covers(home, DEATHS, tables[DEATHS], written([*rows, *puerto_rico]))
    assert outcome.status == "added", outcome.error
    found = in_effect(home, "cdc_overdose", NEWER)
    assert set(found.filter(place="US-PR")["vintage"]) == {outcome.stored().id}


def test_file_of_cdc_with_one_state_leaves_the_nation_and_the_other_states(
    tables: dict[str, bytes], tmp_path: Path
) -> None:
    """The sum of its one state was compared with the nation: "thousands for units"."""
    one_state = [row for row in lines(tables[DEATHS]) if row["state"] == "AZ"]
    home = Home(tmp_path)
    outcome = changes_only_what_it_covers(home, DEATHS, tables[DEATHS], written(one_state))
    assert outcome.status == "added", outcome.error
    by_vintage = in_effect(home, "cdc_overdose", NEWER).select("place", "vintage").unique().rows()
    old = store.all_vintages(home.raw)[0].id
    assert sorted(by_vintage) == [("US", old), ("US-AZ", outcome.stored().id), ("US-TX", old)]
