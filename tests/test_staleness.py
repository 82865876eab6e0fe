"""How overdue the next release is, and the memory of having looked for it."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from indicators import catalog
from indicators.errors import DataError
from indicators.paths import Home
from indicators.releases import ingest, store
from indicators.warehouse import freshness
from indicators.warehouse.build import VINTAGE_SCHEMA, insert
from indicators.warehouse.query import connect
from small_warehouse import Small

RELEASED = date(2016, 12, 31)  # of the newest encounters in ``small_home``


def row(home: Home, raw: Path, as_of: date, source: str = "cbp_encounters") -> dict[str, object]:
    with connect(home.warehouse) as connection:
        return freshness.status(connection, raw, as_of).row(by_predicate=pl.col("source") == source, named=True)


def checked(raw: Path, home: Home, *days: date) -> None:
    newest = store.all_vintages(home.raw, "cbp_encounters")[-1]
    (raw / newest.source).mkdir(parents=True, exist_ok=True)
    for day in days:
        store.record_check(raw, newest, day)


def test_a_release_is_due_one_cadence_after_the_last(small_home: Home, tmp_path: Path) -> None:
    cadence = catalog.sources()["cbp_encounters"].cadence_days
    on_time = row(small_home, tmp_path, date(2017, 1, 31))
    late = row(small_home, tmp_path, date(2017, 2, 10))
    assert (on_time["released"], on_time["data_through"]) == (RELEASED, date(2016, 11, 30))
    assert (on_time["days_since_release"], on_time["days_overdue"], on_time["state"]) == (
        cadence,
        0,
        "current",
    )
    assert (late["days_overdue"], late["state"]) == (10, "overdue")


def test_as_of_an_earlier_day_the_later_release_does_not_exist(small_home: Home, tmp_path: Path) -> None:
    found = row(small_home, tmp_path, date(2016, 12, 1))
    assert (found["released"], found["state"]) == (date(2016, 11, 30), "current")


def test_a_source_without_a_release_is_listed(small_home: Home, tmp_path: Path) -> None:
    assert row(small_home, tmp_path, RELEASED, "cbp_currency")["state"] == "none"
    with connect(small_home.warehouse) as connection:
        found = freshness.status(connection, tmp_path, RELEASED)
    assert found["source"].to_list() == list(catalog.sources())


def through(held: Small, source: str) -> object:
    found = freshness.status(held.connection, Path("nowhere"), date(2026, 11, 22))
    return found.row(by_predicate=pl.col("source") == source, named=True)["data_through"]


def test_an_unknown_last_day_is_not_the_day_asked() -> None:
    """DuckDB's ``least`` passes over what is null: a release without a day was current through today."""
    held = Small()
    release = {"vintage": "cdc_overdose-x", "source": "cdc_overdose", "released": date(2026, 11, 1), "release_order": 0}
    insert(held.connection, "vintage", pl.DataFrame([release], VINTAGE_SCHEMA))
    assert through(held, "cdc_overdose") is None


def test_projections_end_on_the_newest_of_their_own_days() -> None:
    """A population of 1 July stood under the day asked, of which no row is."""
    held = Small()
    residents = [
        {"place": "MX", "period_start": day, "period_end": day, "clock": "stock", "population_persons": 1,
         "maturity": "final", "part": "all"}
        for day in (date(2025, 7, 1), date(2026, 7, 1), date(2027, 7, 1))
    ]  # fmt: skip
    held.add("population", "population_mx", residents)
    held.add("population", "population_us", residents[2:])
    assert through(held, "population_mx") == date(2026, 7, 1)
    assert through(held, "population_us") is None


def test_a_check_after_it_fell_due_says_that_the_agency_is_late(small_home: Home, tmp_path: Path) -> None:
    checked(tmp_path, small_home, date(2017, 2, 8))
    found = row(small_home, tmp_path, date(2017, 2, 10))
    assert (found["checked"], found["days_overdue"], found["state"]) == (date(2017, 2, 8), 10, "unchanged")


def test_a_check_before_it_fell_due_excuses_nothing(small_home: Home, tmp_path: Path) -> None:
    checked(tmp_path, small_home, date(2017, 1, 15), date(2017, 3, 1))
    found = row(small_home, tmp_path, date(2017, 2, 10))
    assert (found["checked"], found["state"]) == (date(2017, 1, 15), "overdue")


def test_adding_a_file_again_is_remembered_once_a_day(small_releases: Path, tmp_path: Path) -> None:
    path = small_releases / "sbo-encounters-fy16-fy17-nov.csv"
    for day in (date(2021, 1, 4), date(2021, 1, 5), date(2021, 1, 5), date(2021, 1, 6)):
        outcome = ingest.add(path, tmp_path, ingest.IngestRequest(received=day))
    assert outcome.status == "unchanged"
    found = store.checks(tmp_path)
    assert [check.day for check in found] == [date(2021, 1, 5), date(2021, 1, 6)]
    assert {check.vintage for check in found} == {outcome.stored().id}
    assert [one.id for one in store.all_vintages(tmp_path)] == [outcome.stored().id]


def test_a_damaged_memory_of_checks_names_its_file(small_home: Home, tmp_path: Path) -> None:
    checked(tmp_path, small_home, date(2017, 2, 8))
    with (tmp_path / "cbp_encounters" / store.CHECKED).open("a") as file:
        file.write("yesterday,x\n")
    with pytest.raises(DataError, match=r"checked\.csv"):
        store.checks(tmp_path)
