"""CBP currency seizures, in the layout told by public code that reads them: no real release is at hand."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from indicators import contracts
from indicators.errors import DataError
from indicators.sources import Tidy, recognise, tidy

FILE = "currency-seizures-fy22-fy23-oct.csv"

Edit = Callable[[str], str]


@pytest.fixture
def read(fixtures: Path) -> Callable[..., Tidy]:
    """Read the fixture, as it is or after an edit of its text; the result keeps the contract."""

    def _read(edit: Edit = str) -> Tidy:
        text = (fixtures / "cbp_currency" / FILE).read_bytes().decode("ascii")
        match = recognise(FILE, edit(text).encode())
        assert match.source.id == "cbp_currency"
        found = tidy(match, released=date(2022, 11, 30), data_month=date(2022, 10, 31))
        contracts.validate("currency_seizures", found.facts, FILE)
        return found

    return _read


def without_land_filter(text: str) -> str:
    rows = [row.split(",") for row in text.split("\r\n")]
    return "\r\n".join(",".join(row[:4] + row[5:]) for row in rows)


def test_dollars_and_events_by_direction(read: Callable[..., Tidy]) -> None:
    facts = read().facts.filter(place="US-OFO-EL-PASO", part="currency FY2022")
    outbound, inbound = facts.filter(direction="outbound"), facts.filter(direction="inbound")
    assert (outbound["events"].sum(), outbound["seized_usd"].sum()) == (78, 78_000.0)
    assert inbound["events"].sum() == 2
    assert inbound["seized_usd"].sum() == pytest.approx(40_000.06)


def test_instrument_entered_at_one_dollar_is_an_event(read: Callable[..., Tidy]) -> None:
    preclearance = read().facts.filter(place="US-OFO-PRECLEARANCE")
    assert preclearance.select("region", "land_filter", "events", "seized_usd").rows() == [
        ("other", "other", 1, 1.0)
    ]


def test_cell_without_event_or_amount_is_dropped(read: Callable[..., Tidy]) -> None:
    assert read().facts.filter(place="US-OFO-BOSTON").is_empty()


def test_table_without_land_filter_says_that_it_does_not_tell(read: Callable[..., Tidy]) -> None:
    older, newer = read(without_land_filter), read()
    assert set(older.facts["land_filter"]) == {"all"}
    assert set(newer.facts["land_filter"]) == {"land", "other"}
    assert older.facts.drop("land_filter").equals(newer.facts.drop("land_filter"))


def test_parts_and_maturity_follow_the_fiscal_year(read: Callable[..., Tidy]) -> None:
    found = read()
    assert found.parts.rows() == [
        ("currency FY2022", date(2021, 10, 1), date(2022, 9, 30)),
        ("currency FY2023", date(2022, 10, 1), date(2022, 10, 31)),
    ]
    assert set(found.facts.filter(maturity="provisional")["part"]) == {"currency FY2023"}


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("YUMA SECTOR", "YUMA", "Area of Responsibility"),
        (",Inbound,", ",Into,", "Inbound/Outbound"),
        ("Border,Land Only", "Border,Bridge", "Land Filter"),
        ("40000.059999999996", "$40000", "Currency Seizures Amount (USD)"),
        ("40000.059999999996", "-40000", "Currency Seizures Amount (USD)"),
        ("40000.059999999996", "", "Currency Seizures Amount (USD)"),
        (",2,40000.059999999996", ",,40000", "Count of Seizure Events"),
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


def test_the_same_cell_twice_is_refused(read: Callable[..., Tidy]) -> None:
    again = "2022,OCT,U.S. Border Patrol,Southwest Border,Land Only,YUMA SECTOR,Other,1,9.0"
    with pytest.raises(DataError, match="every row once"):
        read(lambda text: text + again)


def test_missing_month_is_refused(read: Callable[..., Tidy]) -> None:
    def cut(text: str) -> str:
        return "\r\n".join(row for row in text.split("\r\n") if not row.startswith("2022,MAY"))

    with pytest.raises(DataError, match="2022-05"):
        read(cut)
