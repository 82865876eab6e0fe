"""RNPDNO by state and year: what a real snapshot did, or could do, to a careless reader."""

from datetime import date
from functools import partial

import polars as pl
import pytest

from indicators.errors import DataError
from indicators.readers import Tidy
from reading import Edit, added, edited, replaced, total

UNDATED = "1.CIFRA SIN  AÑO DE REFERENCIA"

persons = partial(total, "persons")


def read(edit: Edit = str, released: date = date(2020, 7, 23)) -> Tidy:
    return edited("rnpdno", "rnpdno_state_year.csv", edit, released=released)


def test_bucket_without_a_year_is_in_the_stock_and_in_no_year() -> None:
    found = read()
    assert persons(found, clock="stock", place="MX-CHH", status="missing") == 4 + 1 + 15 + 5
    assert persons(found, clock="year", place="MX-CHH", status="missing") == 1 + 15 + 5
    notes = dict(found.notes)
    assert notes["persons_without_year"]["missing"] == "116"
    assert persons(found, clock="stock", status="missing") == 116 + 44
    assert persons(found, clock="year", status="missing") == 44


def test_three_statuses_are_told_apart() -> None:
    found = read()
    year_2019 = {"place": "MX-SON", "clock": "year", "period_start": date(2019, 1, 1), "sex": "male"}
    counts = {
        status: persons(found, status=status, **year_2019) for status in ("missing", "located_alive", "located_dead")
    }
    assert counts == {"missing": 10, "located_alive": 11, "located_dead": 12}


def test_stock_stands_on_the_day_of_the_snapshot() -> None:
    stock = read().facts.filter(clock="stock")
    assert stock.select("period_start", "period_end", "maturity").unique().rows() == [
        (date(2020, 7, 23), date(2020, 7, 23), "provisional")
    ]


def test_newer_snapshot_replaces_the_years_and_leaves_the_older_stock() -> None:
    older, newer = (set(read(released=day).parts["part"]) for day in (date(2020, 7, 23), date(2020, 8, 1)))
    assert older & newer == {"year missing", "year located_alive", "year located_dead"}
    assert {part for part in older - newer if "missing" in part} == {"stock missing 2020-07-23"}


def test_year_still_running_is_incomplete_and_covered_to_the_snapshot() -> None:
    found = read()
    years = found.facts.filter(clock="year", status="missing").sort("period_start")
    assert dict(years.select(pl.col("period_start").dt.year(), "maturity").rows()) == {
        1964: "provisional",
        2018: "provisional",
        2019: "provisional",
        2020: "incomplete",
    }
    assert years["period_end"].max() == date(2020, 12, 31)
    assert found.parts.row(by_predicate=pl.col("part") == "year missing") == (
        *("year missing", date(1964, 1, 1), date(2020, 7, 23)),
    )


def test_year_just_ended_is_incomplete_too() -> None:
    found = read(released=date(2021, 4, 1))
    assert found.facts.filter(period_start=date(2020, 1, 1))["maturity"].unique().to_list() == ["incomplete"]


def test_unknown_state_by_the_dashboards_own_number() -> None:
    assert persons(read(lambda text: text.replace(",99,", ",33,")), place="MX-UNK") == 19
    assert persons(read(), place="MX-UNK") == 19


@pytest.mark.parametrize("label", ["1.CIFRA SIN  AÃ‘O DE REFERENCIA", "", "2O19", "0000", "٢٠١٩"])
def test_garbled_or_unknown_year_is_refused(label: str) -> None:
    with pytest.raises(DataError) as caught:
        read(replaced(f"{UNDATED},4,0,0,08,Aún sin localizar", f"{label},4,0,0,08,Aún sin localizar"))
    assert (caught.value.line, caught.value.column) == (9, "year")


def test_year_after_the_snapshot_is_refused() -> None:
    with pytest.raises(DataError, match="nothing after the snapshot of 2019-12-31"):
        read(released=date(2019, 12, 31))


def test_unknown_status_names_the_nearest() -> None:
    with pytest.raises(DataError, match='nearest: "Localizado con vida"'):
        read(added("2019,1,0,0,08,Localizada con vida"))


def test_mojibake_status_is_refused() -> None:
    with pytest.raises(DataError, match="AÃºn"):
        read(added("2018,1,0,0,08,AÃºn sin localizar"))


def test_status_that_lacks_a_state_is_refused() -> None:
    with pytest.raises(DataError, match="none of status located_dead for MX-ZAC"):
        read(lambda text: text[: text.rindex(f"{UNDATED},5,0,0,32")])
