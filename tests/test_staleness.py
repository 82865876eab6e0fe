"""How overdue the next release is, and the memory of having looked for it."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from indicators import catalog, intake, staleness, vintages
from indicators.errors import DataError
from indicators.paths import Home
from indicators.warehouse import connect

RELEASED = date(2016, 12, 31)  # of the newest encounters in ``small_home``


def row(home: Home, raw: Path, as_of: date, source: str = "cbp_encounters") -> dict[str, object]:
    with connect(home.warehouse) as connection:
        return staleness.status(connection, raw, as_of).row(
            by_predicate=pl.col("source") == source, named=True
        )


def checked(raw: Path, home: Home, *days: date) -> None:
    newest = vintages.all_vintages(home.raw, "cbp_encounters")[-1]
    (raw / newest.source).mkdir(parents=True, exist_ok=True)
    for day in days:
        vintages.record_check(raw, newest, day)


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
        found = staleness.status(connection, tmp_path, RELEASED)
    assert found["source"].to_list() == list(catalog.sources())


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
        outcome = intake.add(path, tmp_path, received=day)
    assert outcome.status == "unchanged"
    found = vintages.checks(tmp_path)
    assert [check.day for check in found] == [date(2021, 1, 5), date(2021, 1, 6)]
    assert {check.vintage for check in found} == {outcome.held().id}
    assert [one.id for one in vintages.all_vintages(tmp_path)] == [outcome.held().id]


def test_a_damaged_memory_of_checks_names_its_file(small_home: Home, tmp_path: Path) -> None:
    checked(tmp_path, small_home, date(2017, 2, 8))
    with (tmp_path / "cbp_encounters" / vintages.CHECKED).open("a") as file:
        file.write("yesterday,x\n")
    with pytest.raises(DataError, match=r"checked\.csv"):
        vintages.checks(tmp_path)
