"""Border crossings, in the two layouts told by public code that reads them: no real release is at hand."""

from datetime import date

import polars as pl
import pytest

from indicators.errors import DataError
from indicators.readers import Tidy
from reading import Edit, edited, refused, replaced_first

OLDER = "Border_Crossing_Entry_Data_20190502.csv"
NEWER = "Border_Crossing_Entry_Data_20240503.csv"
RELEASED = {OLDER: date(2019, 5, 2), NEWER: date(2024, 5, 3)}


def read(edit: Edit = str, file: str = NEWER) -> Tidy:
    return edited("bts_border_crossings", file, edit, released=RELEASED[file])


def without(*words: str) -> Edit:
    """An edit that drops the rows in which all these words stand."""
    return lambda text: "".join(row for row in text.splitlines(True) if not all(word in row for word in words))


def test_trucks_of_a_month_add_up_at_the_southwest_border() -> None:
    trucks = read().facts.filter(category="trucks", region="southwest")
    march = trucks.filter(period_start=date(2019, 3, 1))
    assert march["crossings"].sum() == 73_000 + 32_000 + 200_000 + 9_500
    assert set(march["place"]) == {"US-CA", "US-AZ", "US-TX", "US-NM"}


def test_full_containers_and_loaded_ones_are_the_same() -> None:
    key = ["place", "port_code", "category", "period_start"]
    older, newer = read(file=OLDER).facts.sort(key), read().facts.sort(key)
    assert older.equals(newer)
    assert {"truck_containers_loaded", "rail_containers_loaded"} <= set(older["category"])


def test_both_eastports_stay_apart_and_a_code_without_its_zero_is_the_same() -> None:
    facts = read(file=OLDER).facts.filter(region="northern", period_start=date(2019, 1, 1))
    assert sorted(facts.select("place", "port_code", "crossings").rows()) == [
        ("US-ID", "3302", 4_000),
        ("US-ME", "0103", 2),
    ]


def test_the_table_is_one_part_from_its_first_month_to_its_last() -> None:
    assert read().parts.rows() == [("all", date(2019, 1, 1), date(2019, 3, 31))]


def test_the_last_month_is_covered_where_it_holds_nothing_but_zeros() -> None:
    zeros = "Laredo,Texas,2304,US-Mexico Border,Apr 2019,Train Passengers,0,27.5,-99.51,POINT (-99.51 27.5)"
    calm = without("Trucks"), without("Pedestrians"), without("Passengers"), without("Containers")

    def quiet(text: str) -> str:
        for edit in calm:
            text = edit(text)
        return f"{text}{zeros}\n"

    found = read(quiet)
    assert found.parts["period_through"].to_list() == [date(2019, 4, 30)]
    assert found.facts["crossings"].min() == 55


def test_full_month_names_are_read_like_short_ones() -> None:
    spelled = read(lambda text: text.replace("Jan 2019", "January 2019"))
    assert spelled.facts.equals(read().facts)


@pytest.mark.parametrize("month", ["Feb 2019", "Mar 2019"])
def test_a_busy_port_without_a_month_means_a_cut_file(month: str) -> None:
    with pytest.raises(DataError, match="cut") as caught:
        read(without("2604", "Pedestrians", month))
    assert caught.value.expected == "pedestrians of port 2604 in every month"


def test_a_quiet_port_without_a_month_had_nothing() -> None:
    facts = read().facts.filter(port_code="2408", category="trucks")
    assert sorted(facts["period_start"]) == [date(2019, 1, 1), date(2019, 3, 1)]


def test_a_port_that_closed_for_good_is_no_gap() -> None:
    def closed(text: str) -> str:
        return without("2604", "Mar 2019")(without("2604", "Feb 2019")(text))

    assert read(closed).facts.filter(pl.col("port_code") == "2604")["period_end"].max() == date(2019, 1, 31)


@pytest.mark.parametrize(
    ("file", "old", "new", "column"),
    [
        (NEWER, ",Texas,", ",Chihuahua,", "State"),
        (NEWER, "US-Mexico Border", "US-Mexico Frontier", "Border"),
        (NEWER, ",Trucks,", ",Lorries,", "Measure"),
        (NEWER, ",2604,", ",26O4,", "Port Code"),
        (NEWER, "Jan 2019", "2019-01", "Date"),
        (NEWER, "Jan 2019", "Jun 2024", "Date"),
        (NEWER, "Jan 2019", "Jan 1919", "Date"),
        (OLDER, "01/01/2019", "01/15/2019", "Date"),
        (OLDER, "01/01/2019", "13/01/2019", "Date"),
    ],
)
def test_an_impossible_cell_names_line_and_column(file: str, old: str, new: str, column: str) -> None:
    error = refused(read, replaced_first(old, new), file)
    assert error.column == column
    assert (error.line or 0) > 1
