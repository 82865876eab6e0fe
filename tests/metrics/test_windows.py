"""Windows are whole or absent, and know what they are made of."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.errors import UsageError
from indicators.metrics.series import COLUMNS, NotComparable
from indicators.metrics.windows import window_of, windows
from indicators.periods import Clock, add_months


def row(made, end):
    return made.frame.row(by_predicate=pl.col("period_end") == end, named=True)


@pytest.mark.parametrize(
    ("clock", "first", "last"),
    [
        (Clock.QUARTER, date(2024, 1, 1), date(2024, 3, 31)),
        (Clock.YEAR, date(2024, 1, 1), date(2024, 12, 31)),
        (Clock.FISCAL_YEAR, date(2023, 10, 1), date(2024, 9, 30)),
        (Clock.FISCAL_YEAR_TO_DATE, date(2023, 10, 1), date(2024, 2, 29)),
        (Clock.TWELVE_MONTH_ROLLING, date(2023, 3, 1), date(2024, 2, 29)),
    ],
)
def test_february_2024_lies_in_the_right_window_of_every_clock(clock, first, last):
    assert window_of(date(2024, 2, 10), clock) == (first, last)


def test_a_fiscal_year_runs_from_october_to_september(series):
    made = windows(series(range(1, 25), first=date(2022, 1, 1)), Clock.FISCAL_YEAR)
    assert row(made, date(2023, 9, 30))["value"] == sum(range(10, 22))
    assert row(made, date(2022, 9, 30))["missing_code"] == "not_published"
    assert row(made, date(2022, 9, 30))["value"] is None
    assert made.clock == Clock.FISCAL_YEAR


def test_a_year_that_is_still_running_is_absent_and_never_a_smaller_sum(series):
    made = windows(series([100] * 20), Clock.YEAR)
    assert made.frame["value"].to_list() == [1200, None]
    assert made.frame["missing_code"].to_list() == [None, "not_published"]


def test_a_fiscal_year_to_date_grows_from_october_and_starts_again(series):
    made = windows(series([1] * 15, first=date(2022, 10, 1)), Clock.FISCAL_YEAR_TO_DATE)
    assert made.frame["value"].to_list() == [*range(1, 13), 1, 2, 3]


def test_a_suppressed_month_takes_its_windows_with_it_and_says_why(series):
    made = windows(series([1, 2, None, 4, 5, 6]), Clock.QUARTER)
    assert made.frame["value"].to_list() == [None, 15]
    assert made.frame["missing_code"].to_list() == ["suppressed", None]


def test_a_month_without_a_row_is_not_published(series):
    monthly = series([1, 2, 3, 4, 5, 6])
    holed = monthly.__class__(
        **{**monthly.__dict__, "frame": monthly.frame.filter(pl.col("period_start") != date(2015, 2, 1))}
    )
    assert windows(holed, Clock.QUARTER).frame["missing_code"].to_list() == ["not_published", None]


def test_a_window_is_as_mature_as_its_least_mature_month(series):
    made = windows(series([1] * 6, maturities=["final"] * 4 + ["provisional", "incomplete"]), Clock.QUARTER)
    assert made.frame["maturity"].to_list() == ["final", "incomplete"]


def test_vintages_of_a_window_are_joined(series):
    monthly = series([1] * 3)
    frame = monthly.frame.with_columns(vintage=pl.Series(["2026-08", "2026-07", "2026-08"]))
    made = windows(monthly.__class__(**{**monthly.__dict__, "frame": frame}), Clock.QUARTER)
    assert made.frame["vintage"].to_list() == ["2026-07; 2026-08"]


def test_a_window_has_the_weakest_provenance_of_its_months(series):
    """The sum of a year rested on one month of a rebuilt file, and nothing said so."""
    monthly = series([1] * 6)
    came = ["agency_bytes", "rebuilt", "as_received", "agency_bytes", None, "agency_bytes"]
    frame = monthly.frame.with_columns(provenance=pl.Series(came))
    made = windows(replace(monthly, frame=frame), Clock.QUARTER)
    assert made.frame["provenance"].to_list() == ["rebuilt", "agency_bytes"]


def test_rnid_2026_a_window_across_a_break_is_not_applicable_and_names_it(series, a_break):
    monthly = series([10] * 24, first=date(2025, 1, 1), breaks=(a_break(date(2026, 1, 1)),))
    made = windows(monthly, Clock.TWELVE_MONTH_ROLLING)
    across = row(made, date(2026, 6, 30))
    assert (across["value"], across["missing_code"], across["note"]) == (
        None,
        "not_applicable",
        "break changed",
    )
    assert row(made, date(2025, 12, 31))["value"] == 120
    assert row(made, date(2026, 12, 31))["value"] == 120


def test_a_break_that_does_not_block_leaves_the_windows_alone(series, a_break):
    monthly = series([10] * 12, breaks=(a_break(date(2015, 6, 1), blocks=False),))
    assert windows(monthly, Clock.YEAR).frame["value"].to_list() == [120]


def test_published_12_month_totals_are_never_summed(series):
    overdose = series([100_000] * 24, clock=Clock.TWELVE_MONTH_ENDING)
    with pytest.raises(NotComparable, match="12_month_ending"):
        windows(overdose, Clock.YEAR)


def test_rates_and_stocks_are_never_summed(series):
    with pytest.raises(UsageError, match="rate"):
        windows(series([1.0] * 12, kind="rate"), Clock.YEAR)


def test_a_clock_that_is_no_sum_of_months_is_refused(series):
    with pytest.raises(UsageError, match="stock"):
        windows(series([1] * 12), Clock.STOCK)


def test_a_share_of_a_window_is_made_of_its_sums_and_not_of_the_months_shares(series):
    made = windows(series([1, 1, 30], of=[10, 10, 40], kind="share"), Clock.QUARTER)
    assert made.frame["value"].item() == pytest.approx(32 / 60)
    assert made.frame["lower"].item() < 32 / 60 < made.frame["upper"].item()


def test_an_empty_series_stays_empty(series):
    assert windows(series([]), Clock.YEAR).frame.is_empty()


@given(
    values=st.lists(st.one_of(st.none(), st.integers(0, 10**6)), min_size=1, max_size=40),
    start=st.integers(0, 11),
    clock=st.sampled_from([Clock.QUARTER, Clock.YEAR, Clock.FISCAL_YEAR, Clock.TWELVE_MONTH_ROLLING]),
)
def test_every_window_is_the_sum_of_all_its_months_or_says_why_not(series, values, start, clock):
    monthly = series(values, first=add_months(date(2020, 1, 1), start))
    made = windows(monthly, clock)
    assert made.frame.schema == pl.Schema(COLUMNS)
    for one in made.frame.iter_rows(named=True):
        inside = monthly.frame.filter(pl.col("period_start").is_between(one["period_start"], one["period_end"]))[
            "value"
        ]
        months = 3 if clock == Clock.QUARTER else 12
        if len(inside) == months and inside.null_count() == 0:
            assert one["value"] == pytest.approx(inside.sum())
            assert one["missing_code"] is None
        else:
            assert one["value"] is None
            assert one["missing_code"] in {"not_published", "suppressed"}
