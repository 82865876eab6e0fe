"""CBP weapon seizures: each test is named after what a real release did, or could do, to a careless reader."""

from datetime import date

import pytest

from indicators.readers import Tidy
from reading import Edit, edited, refused, replaced_first, without

FILE = "weapons-ammunition-seizures-fy22-fy23-oct.csv"


def read(edit: Edit = str) -> Tidy:
    return edited("cbp_weapons", FILE, edit, released=date(2022, 11, 30), data_month=date(2022, 10, 31))


def test_outbound_weapons_at_the_southwest_border() -> None:
    facts = read().facts
    south = facts.filter(region="southwest", direction="outbound", seizure_type="weapons")
    assert south.filter(part="weapons FY2022")["items"].sum() == 78 + 2
    assert south.filter(part="weapons FY2023")["items"].sum() == 1
    assert set(south["place"]) == {"US-OFO-LAREDO"}


def test_equal_lines_are_items_of_their_own_and_never_dropped() -> None:
    long_arms = read().facts.filter(category="long_arm")
    assert long_arms.select("items", "line_items", "line_items_without_quantity").rows() == [(2, 3, 1)]


def test_blank_quantities_are_counted_and_noted_not_read_as_zero() -> None:
    found = read()
    assert found.facts.filter(category="ammunition").select(
        "items", "line_items", "line_items_without_quantity"
    ).rows() == [(0, 1, 1)]
    assert found.notes == [("quantity_blank", {"lines": "30 31"})]
    filled = read(lambda text: text.replace("3000000002.0,", "3000000002.0,1.0").replace("3.0,\r", "3.0,1\r"))
    assert filled.notes == []


def test_every_line_is_added_up_once() -> None:
    facts = read().facts
    assert facts["line_items"].sum() == 13 * 2 + 6
    assert facts["items"].sum() == 79 + 26 + 2 + 1500


def test_line_of_no_items_stays_a_line() -> None:
    silencer = read().facts.filter(category="silencer")
    assert silencer.select("items", "line_items", "line_items_without_quantity").rows() == [(0, 1, 0)]


def test_masked_event_numbers_are_not_read() -> None:
    odd = read(lambda text: text.replace("-3000000004.0", "").replace("3000000005.0", "x"))
    assert odd.facts.equals(read().facts)


def test_areas_in_title_case_and_regions_under_another_name() -> None:
    facts = read().facts
    assert dict(facts.filter(category="silencer").select("place", "region").rows()) == {"US-OFO-NEW-YORK": "other"}


def test_directions_in_capitals_or_not_are_the_same() -> None:
    assert set(read().facts["direction"]) == {"inbound", "outbound", "other"}
    assert read(lambda text: text.replace("OUTBOUND", "Outbound")).facts.equals(read().facts)


def test_parts_and_maturity_follow_the_fiscal_year() -> None:
    found = read()
    assert found.parts.rows() == [
        ("weapons FY2022", date(2021, 10, 1), date(2022, 9, 30)),
        ("weapons FY2023", date(2022, 10, 1), date(2022, 10, 31)),
    ]
    assert set(found.facts.filter(part="weapons FY2023")["maturity"]) == {"provisional"}
    assert set(found.facts.filter(part="weapons FY2022")["maturity"]) == {"final"}


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("Tucson Sector", "Tuscon Sector", "Area of Responsibility"),
        (",INBOUND,Sea", ",INLAND,Sea", "Inbound/Outbound"),
        (",INBOUND,Sea", ",INBOUND,Rail", "Mode of Transportation"),
        ("Weapons,Explosives", "Arms,Explosives", "Seizure Type"),
        ("Weapons,Explosives", "Weapons,Grenades", "Category"),
        (",1500.0", ",1500.5", "Quantity Seized"),
    ],
)
def test_unknown_text_is_refused_with_line_and_column(old: str, new: str, column: str) -> None:
    error = refused(read, replaced_first(old, new))
    assert error.column == column
    assert (error.line or 0) > 1


def test_missing_month_is_refused() -> None:
    assert "2022-05" in refused(read, without("^2022,MAY")).found
