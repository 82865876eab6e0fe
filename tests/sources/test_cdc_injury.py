"""CDC's deaths by injury: each test is named after what a real file did, or could do."""

from datetime import date

import polars as pl
import pytest

from indicators.errors import DataError
from indicators.readers import Tidy, recognise, tidy

NATION = '"geoid","intent","period","count","rate","type","data_as_of","ttm_date_range"\n'
STATES = '"geoid","name","intent","period","count_sup","rate","data_as_of","ttm_date_range"\n'
AS_OF = "2026-08-12T00:00:00.000"
TTM = "January, 2025 to December, 2025"


def nation(*rows: tuple[str, str, str, str]) -> str:
    """Write the table of the nation: rows of intent, period, count and type."""
    lines = [
        f'"USA","{intent}","{period}-01T00:00:00.000","{count}","5.800000000000000","{kind}","{AS_OF}",'
        f'"{TTM if kind == "TTM" else ""}"\n'
        for intent, period, count, kind in rows
    ]
    return NATION + "".join(lines)


def states(*rows: tuple[str, str, str, str]) -> str:
    """Write the table of the states: rows of state, period, count and range."""
    lines = [
        f'"{state}","Alaska","All_Homicide","{period}","{count}","-999.0","{AS_OF}","{words}"\n'
        for state, period, count, words in rows
    ]
    return STATES + "".join(lines)


def read(text: str) -> Tidy:
    return tidy(recognise("injury.csv", text.encode()), released=date(2026, 8, 31))


def refused(text: str) -> DataError:
    with pytest.raises(DataError) as error:
        read(text)
    return error.value


MONTHS = nation(
    ("All_Homicide", "2024-12", "1482", "month"),
    ("All_Homicide", "2025-01", "1508", "month"),
    ("Drug_OD", "2025-01", "5985", "month"),
    ("All_Homicide", "2024-01", "20162", "year"),
)


def test_months_and_years_of_the_nation_keep_their_clock_and_maturity() -> None:
    found = read(MONTHS).facts.sort("clock", "intent", "period_start")
    assert found.select("intent", "clock", "period_end", "deaths", "maturity").rows() == [
        ("drug_overdose", "month", date(2025, 1, 31), 5985, "provisional"),
        ("homicide", "month", date(2024, 12, 31), 1482, "final"),
        ("homicide", "month", date(2025, 1, 31), 1508, "provisional"),
        ("homicide", "year", date(2024, 12, 31), 20162, "final"),
    ]


def test_may_2026_two_sums_of_the_nation_under_one_range_are_left_out() -> None:
    """The sums to November and to December 2025 both said "January, 2025 to December, 2025"."""
    sums = nation(("All_Homicide", "2025-12", "17040", "TTM"), ("All_Homicide", "2025-11", "17263", "TTM"))
    found = read(MONTHS + sums.removeprefix(NATION)).facts
    assert found.height == 4


def test_a_withheld_count_is_suppressed_and_not_nine_nor_zero() -> None:
    text = states(("50", "2024", "21", ""), ("50", "2023", "1-9", ""), ("48", "TTM", "1587", TTM))
    found = read(text).facts.sort("place", "period_end")
    assert found.select("place", "clock", "deaths", "missing_code").rows() == [
        ("US-TX", "12_month_ending", 1587, None),
        ("US-VT", "year", None, "suppressed"),
        ("US-VT", "year", 21, None),
    ]
    assert found.filter(pl.col("place") == "US-TX")["part"].item() == "twelve months 2025-12-31"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (states(("48", "TTM", "1587", "last year")), "ttm_date_range"),
        (states(("48", "soon", "1587", "")), "period"),
        (states(("48", "2024", "", "")), "count_sup"),
        (states(("99", "2024", "12", "")), "geoid"),
        (MONTHS.replace("All_Homicide", "All_Assault", 1), "intent"),
        (MONTHS.replace("2025-01-01T", "2027-01-01T", 1), "period"),
    ],
)
def test_a_cell_that_is_no_period_place_or_count_is_refused(text: str, column: str) -> None:
    assert refused(text).column == column


def test_a_month_twice_is_refused() -> None:
    assert refused(MONTHS + MONTHS.removeprefix(NATION)).expected == "every row once"
