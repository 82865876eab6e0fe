"""Twelve months over the mean of the fiscal years that had ended when they began."""

import dataclasses
from collections.abc import Callable
from datetime import date

import pytest

from indicators.catalog import Break
from indicators.metrics.change import year_on_year
from indicators.metrics.ratios import over_earlier_years, quotient
from indicators.metrics.series import NotComparable, Series
from indicators.periods import Clock

YEARS = [10.0, 20, 30, 40, 50, 90]  # pounds a month in each of six fiscal years
Make = Callable[..., Series]


@pytest.fixture
def six_years(series: Make) -> Series:
    months = [pounds for pounds in YEARS for _ in range(12)]
    return series(months, first=date(2018, 10, 1), kind="amount", unit="lb", source="cbp_drugs")


def test_a_fiscal_year_over_the_mean_of_the_five_before(six_years: Series) -> None:
    found = over_earlier_years(six_years, 5)
    last = found.frame.row(-1, named=True)
    assert (last["period_start"], last["period_end"]) == (date(2023, 10, 1), date(2024, 9, 30))
    assert last["value"] == 90 / 30
    assert (last["numerator"], last["denominator"]) == (1080, 360)
    assert (found.kind, found.unit, found.clock) == ("ratio", "ratio", Clock.TWELVE_MONTH_ROLLING)


def test_twelve_months_across_two_years_take_the_years_before_both(six_years: Series) -> None:
    found = over_earlier_years(six_years, 4).frame
    row = found.filter(period_end=date(2024, 3, 31)).row(0, named=True)
    assert row["numerator"] == 6 * 50 + 6 * 90
    assert row["denominator"] == 12 * (10 + 20 + 30 + 40) / 4  # the fiscal year they begin in is not over


def test_fewer_years_than_needed_are_not_published(six_years: Series) -> None:
    found = over_earlier_years(six_years, 5).frame
    early = found.filter(period_end=date(2023, 9, 30)).row(0, named=True)
    assert (early["value"], early["missing_code"]) == (None, "not_published")


def test_a_gap_in_the_years_before_is_not_published(series: Make) -> None:
    months: list[float | None] = [pounds for pounds in YEARS for _ in range(12)]
    months[30] = None
    found = over_earlier_years(series(months, first=date(2018, 10, 1), kind="amount"), 5).frame
    last = found.row(-1, named=True)
    assert (last["value"], last["missing_code"]) == (None, "not_published")


def test_nothing_in_five_years_gives_no_ratio(series: Make) -> None:
    months = [0.0] * 60 + [5.0] * 12
    last = over_earlier_years(series(months, first=date(2018, 10, 1), kind="amount"), 5).frame.row(-1, named=True)
    assert (last["value"], last["missing_code"]) == (None, "not_applicable")


def test_a_break_inside_the_six_years_forbids_the_ratio(series: Make, a_break: Callable[..., Break]) -> None:
    months = [pounds for pounds in YEARS for _ in range(12)]
    broken = series(months, first=date(2018, 10, 1), kind="amount", breaks=(a_break(date(2021, 1, 1)),))
    last = over_earlier_years(broken, 5).frame.row(-1, named=True)
    assert (last["value"], last["missing_code"]) == (None, "not_applicable")


def test_the_releases_of_all_six_years_are_named(six_years: Series) -> None:
    assert over_earlier_years(six_years, 5).frame["vintage"].to_list()[-1] == "2026-08"


def test_only_counts_and_amounts_can_be_set_against_their_past(series: Make) -> None:
    with pytest.raises(Exception, match="ratio can't be summed"):
        over_earlier_years(series([1.0] * 72, kind="ratio"), 5)


def test_an_empty_series_stays_empty(series: Make) -> None:
    assert over_earlier_years(series([], kind="amount"), 5).frame.is_empty()


def test_two_registers_side_by_side_are_divided_and_never_added(series: Make, a_break: Callable[..., Break]) -> None:
    missing = series([60.0, 40, 10], source="rnpdno", unit="persons", maturities=["final", "final", "incomplete"])
    missing = dataclasses.replace(missing, equal_age=True)
    killed = series([120.0, 0, None], breaks=(a_break(date(2015, 2, 1)),))
    found = quotient("side_by_side", missing, killed)
    assert found.frame["value"].to_list() == [0.5, None, None]
    assert found.frame["missing_code"].to_list() == [None, "not_applicable", "suppressed"]
    assert found.frame["maturity"].to_list() == ["final", "final", "incomplete"]
    assert (found.kind, found.unit, found.metric) == ("ratio", "ratio", "side_by_side")
    assert found.breaks == killed.breaks
    assert year_on_year(found).reason == "age"


def test_registers_of_two_places_are_not_divided(series: Make) -> None:
    with pytest.raises(NotComparable):
        quotient("side_by_side", series([1.0]), series([1.0], place="MX-JAL"))
