"""CBP currency seizures, in the layout told by public code that reads them: no real release is at hand."""

from datetime import date

import pytest

from indicators.readers import Tidy
from reading import Edit, edited, refused, replaced_first, without

FILE = "currency-seizures-fy22-fy23-oct.csv"


def read(edit: Edit = str) -> Tidy:
    return edited("cbp_currency", FILE, edit, released=date(2022, 11, 30), data_month=date(2022, 10, 31))


def without_land_filter(text: str) -> str:
    rows = [row.split(",") for row in text.split("\r\n")]
    return "\r\n".join(",".join(row[:4] + row[5:]) for row in rows)


def test_dollars_and_events_by_direction() -> None:
    facts = read().facts.filter(place="US-OFO-EL-PASO", part="currency FY2022")
    outbound, inbound = facts.filter(direction="outbound"), facts.filter(direction="inbound")
    assert (outbound["events"].sum(), outbound["seized_usd"].sum()) == (78, 78_000.0)
    assert inbound["events"].sum() == 2
    assert inbound["seized_usd"].sum() == pytest.approx(40_000.06)


def test_instrument_entered_at_one_dollar_is_an_event() -> None:
    preclearance = read().facts.filter(place="US-OFO-PRECLEARANCE")
    assert preclearance.select("region", "land_filter", "events", "seized_usd").rows() == [("other", "other", 1, 1.0)]


def test_cell_without_event_or_amount_is_dropped() -> None:
    assert read().facts.filter(place="US-OFO-BOSTON").is_empty()


def test_table_without_land_filter_says_that_it_does_not_tell() -> None:
    older, newer = read(without_land_filter), read()
    assert set(older.facts["land_filter"]) == {"all"}
    assert set(newer.facts["land_filter"]) == {"land", "other"}
    assert older.facts.drop("land_filter").equals(newer.facts.drop("land_filter"))


def test_parts_and_maturity_follow_the_fiscal_year() -> None:
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
    ],
)
def test_unknown_text_is_refused_with_line_and_column(old: str, new: str, column: str) -> None:
    error = refused(read, replaced_first(old, new))
    assert error.column == column
    assert (error.line or 0) > 1


def test_missing_month_is_refused() -> None:
    assert "2022-05" in refused(read, without("^2022,MAY")).found
