"""Periods: calendars, fiscal years, quarters, and the words an analyst types for them."""

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import periods
from indicators.errors import UsageError

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@given(DAYS)
def test_month_end_is_the_last_day_of_its_month(day: date) -> None:
    end = periods.month_end(day)
    assert (end.year, end.month) == (day.year, day.month)
    assert (end + timedelta(days=1)).day == 1


@given(DAYS, st.integers(-400, 400))
def test_added_months_are_the_months_between(day: date, months: int) -> None:
    moved = periods.add_months(day, months)
    assert moved.day == 1
    assert periods.months_between(day, moved) == months


@given(DAYS)
def test_twelve_months_are_twelve_whole_months(day: date) -> None:
    first, last = periods.twelve_months_ending(day)
    assert first.day == 1
    assert periods.months_between(first, last) == 11
    assert last == periods.month_end(day)


@given(DAYS)
def test_fiscal_year_holds_its_day(day: date) -> None:
    first, last = periods.fiscal_year_bounds(periods.fiscal_year(day))
    assert first <= day <= last
    assert (last - first).days in (364, 365)


def test_october_begins_the_fiscal_year_named_after_its_end() -> None:
    assert periods.fiscal_year(date(2023, 9, 30)) == 2023
    assert periods.fiscal_year(date(2023, 10, 1)) == 2024


@given(DAYS)
def test_quarter_of_a_day_holds_it_and_is_read_back(day: date) -> None:
    first, last = periods.parse_quarter(periods.quarter_of(day))
    assert first <= day <= last
    assert periods.months_between(first, last) == 2


def test_a_correction_is_of_the_same_quarter() -> None:
    assert periods.parse_quarter("2025Q2-r1") == periods.parse_quarter("2025Q2")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2025",
        "2025Q5",
        "2025q2",
        "2025-Q2",
        "25Q2",
        "0000Q1",
        "2025Q2-r0",
        "2025Q2-r",
        "../2025Q2",
        "2025Q2\n",
    ],
)
def test_no_quarter_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="write it like 2025Q2"):
        periods.parse_quarter(text)


def test_a_day_is_read() -> None:
    assert periods.parse_day("2024-02-29") == date(2024, 2, 29)


@pytest.mark.parametrize("text", ["", "2023-02-29", "31/12/2024", "2024-13-01", "today"])
def test_no_day_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="write it like 2024-08-31"):
        periods.parse_day(text)


@given(DAYS, st.integers(0, 800))
def test_mid_point_splits_a_period_in_halves_of_equal_length(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    middle = periods.mid_point(first, last)
    before, after = (middle - first).days, (last - middle).days + 1
    assert first <= middle
    assert abs(before - after) <= 1


def test_month_names_of_both_languages_are_told_by_three_letters() -> None:
    assert len(periods.MONTH_TOKENS) == 16  # enero, abril, agosto, diciembre begin otherwise than in English
    for number in range(1, 13):
        assert periods.MONTH_TOKENS[calendar.month_abbr[number].lower()] == number
    assert [periods.MONTH_TOKENS[one] for one in ("ene", "abr", "ago", "dic")] == [1, 4, 8, 12]
