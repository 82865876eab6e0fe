"""CBP weapon seizures: each test is named after what a real release did, or could do, to a careless reader."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from indicators import contracts
from indicators.errors import DataError
from indicators.sources import Tidy, recognise, tidy

FILE = "weapons-ammunition-seizures-fy22-fy23-oct.csv"

Edit = Callable[[str], str]


@pytest.fixture
def read(fixtures: Path) -> Callable[..., Tidy]:
    """Read the fixture, as it is or after an edit of its text; the result keeps the contract."""

    def _read(edit: Edit = str) -> Tidy:
        text = (fixtures / "cbp_weapons" / FILE).read_bytes().decode("ascii")
        match = recognise(FILE, edit(text).encode())
        assert match.source.id == "cbp_weapons"
        found = tidy(match, released=date(2022, 11, 30), data_month=date(2022, 10, 31))
        contracts.validate("weapon_seizures", found.facts, FILE)
        return found

    return _read


def test_outbound_weapons_at_the_southwest_border(read: Callable[..., Tidy]) -> None:
    facts = read().facts
    south = facts.filter(region="southwest", direction="outbound", seizure_type="weapons")
    assert south.filter(part="weapons FY2022")["items"].sum() == 78 + 2
    assert south.filter(part="weapons FY2023")["items"].sum() == 1
    assert set(south["place"]) == {"US-OFO-LAREDO"}


def test_equal_lines_are_items_of_their_own_and_never_dropped(read: Callable[..., Tidy]) -> None:
    long_arms = read().facts.filter(category="long_arm")
    assert long_arms.select("items", "line_items", "line_items_without_quantity").rows() == [(2, 3, 1)]


def test_blank_quantities_are_counted_and_noted_not_read_as_zero(read: Callable[..., Tidy]) -> None:
    found = read()
    assert found.facts.filter(category="ammunition").select(
        "items", "line_items", "line_items_without_quantity"
    ).rows() == [(0, 1, 1)]
    assert found.notes == [("quantity_blank", {"lines": "30 31"})]
    filled = read(lambda text: text.replace("3000000002.0,", "3000000002.0,1.0").replace("3.0,\r", "3.0,1\r"))
    assert filled.notes == []


def test_every_line_is_added_up_once(read: Callable[..., Tidy]) -> None:
    facts = read().facts
    assert facts["line_items"].sum() == 13 * 2 + 6
    assert facts["items"].sum() == 79 + 26 + 2 + 1500


def test_line_of_no_items_stays_a_line(read: Callable[..., Tidy]) -> None:
    silencer = read().facts.filter(category="silencer")
    assert silencer.select("items", "line_items", "line_items_without_quantity").rows() == [(0, 1, 0)]


def test_masked_event_numbers_are_not_read(read: Callable[..., Tidy]) -> None:
    odd = read(lambda text: text.replace("-3000000004.0", "").replace("3000000005.0", "x"))
    assert odd.facts.equals(read().facts)


def test_areas_in_title_case_and_regions_under_another_name(read: Callable[..., Tidy]) -> None:
    facts = read().facts
    assert dict(facts.filter(category="silencer").select("place", "region").rows()) == {
        "US-OFO-NEW-YORK": "other"
    }


def test_directions_in_capitals_or_not_are_the_same(read: Callable[..., Tidy]) -> None:
    assert set(read().facts["direction"]) == {"inbound", "outbound", "other"}
    assert read(lambda text: text.replace("OUTBOUND", "Outbound")).facts.equals(read().facts)


def test_parts_and_maturity_follow_the_fiscal_year(read: Callable[..., Tidy]) -> None:
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
        (",1500.0", ",-1500.0", "Quantity Seized"),
        (",1500.0", ",1500.5", "Quantity Seized"),
        (",1500.0", ",many", "Quantity Seized"),
    ],
)
def test_unknown_text_is_refused_with_line_and_column(
    read: Callable[..., Tidy], old: str, new: str, column: str
) -> None:
    with pytest.raises(DataError) as caught:
        read(lambda text: text.replace(old, new, 1))
    assert caught.value.column == column
    assert caught.value.line is not None
    assert caught.value.line > 1


def test_missing_month_is_refused(read: Callable[..., Tidy]) -> None:
    def cut(text: str) -> str:
        return "\r\n".join(row for row in text.split("\r\n") if not row.startswith("2022,MAY"))

    with pytest.raises(DataError, match="2022-05"):
        read(cut)
