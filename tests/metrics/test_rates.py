"""Intervals against published examples, and properties that must hold for any count."""

import math
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.errors import UsageError
from indicators.metrics.rates import (
    HELD,
    UNKNOWN,
    as_rate,
    as_share,
    count_interval,
    population_at,
    wilson,
)
from indicators.metrics.series import NotComparable


def test_byar_for_100_events_as_public_health_england_has_it():
    lower, upper = count_interval([100])
    assert (round(lower[0], 1), round(upper[0], 1)) == (81.4, 121.6)


@pytest.mark.parametrize(
    ("events", "lower", "upper"),
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (2, 0.242, 7.225), (5, 1.623, 11.668), (9, 4.115, 17.085)],
)
def test_exact_limits_below_ten_as_in_garwoods_table(events, lower, upper):
    found_lower, found_upper = count_interval([events])
    assert found_lower[0] == pytest.approx(lower, abs=1e-3)
    assert found_upper[0] == pytest.approx(upper, abs=1e-3)


def test_most_wanted_13_of_40():
    lower, upper = wilson([13], [40])
    assert (round(lower[0] * 100, 1), round(upper[0] * 100, 1)) == (20.1, 48.0)


def test_wilson_for_100_of_10000_as_public_health_england_has_it():
    lower, upper = wilson([100], [10_000])
    assert lower[0] * 100 == pytest.approx(0.8229336, abs=1e-6)
    assert upper[0] * 100 == pytest.approx(1.2146982, abs=1e-6)


def test_no_count_gives_no_bounds():
    assert all(math.isnan(bound[0]) for bound in count_interval([np.nan]))
    assert all(math.isnan(bound[0]) for bound in wilson([0], [0]))


@given(st.integers(10, 10**6))
def test_byar_is_close_to_exact_from_ten_events_on(events):
    from scipy.stats import chi2

    lower, upper = count_interval([events])
    assert lower[0] == pytest.approx(chi2.ppf(0.025, 2 * events) / 2, rel=3e-3)
    assert upper[0] == pytest.approx(chi2.isf(0.025, 2 * events + 2) / 2, rel=3e-3)


@given(st.integers(0, 10**6))
def test_a_count_lies_in_its_interval_and_more_events_never_lower_it(events):
    lower, upper = count_interval([events, events + 1])
    assert lower[0] <= events <= upper[0]
    assert lower[0] < lower[1]
    assert upper[0] < upper[1]


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_in_its_interval_and_the_interval_in_0_to_1(counts):
    k, n = counts
    lower, upper = wilson([k], [n])
    assert 0 <= lower[0] <= k / n + 1e-12
    assert k / n - 1e-12 <= upper[0] <= 1


CENSUS = pl.DataFrame({"day": [date(2019, 7, 1), date(2020, 7, 1)], "population": [1_000_000, 1_366_000]})


def test_population_is_taken_on_a_straight_line_and_held_for_twelve_months_at_most():
    days = [date(2019, 7, 1), date(2019, 7, 11), date(2021, 7, 1), date(2021, 7, 3), date(2030, 1, 1)]
    assert population_at(days, CENSUS) == [1_000_000, 1_010_000, 1_366_000, None, None]
    assert population_at([date(2018, 7, 1), date(2018, 6, 29)], CENSUS) == [1_000_000, None]


def test_rates_of_2018_are_not_drawn_with_the_population_of_2020(series):
    """The Census Bureau's estimates begin in July 2020; deaths of the window to January 2019 stood over them."""
    months = as_rate(series([50, None, 50, 50, 50], first=date(2018, 4, 1)), CENSUS, "census")
    assert months.frame["missing_code"].to_list() == [
        "not_published",
        "suppressed",
        "not_published",
        None,
        None,
    ]
    assert months.frame["note"].to_list() == [UNKNOWN, None, UNKNOWN, HELD, HELD]
    inside = as_rate(series([50], first=date(2019, 8, 1)), CENSUS, "census")
    assert inside.frame["note"].item() is None


def test_a_rate_is_events_by_mid_period_population(series):
    made = as_rate(series([50, None], first=date(2019, 6, 1)), CENSUS, "conapo-2023")
    first, second = made.frame.iter_rows(named=True)
    assert made.kind == "rate"
    assert made.unit == "victims_per_100k"
    assert first["value"] == pytest.approx(5.0)
    assert first["lower"] == pytest.approx(3.7110, abs=1e-3)
    assert first["upper"] == pytest.approx(6.5919, abs=1e-3)
    assert first["vintage"] == "2026-08; conapo-2023"
    assert [second[name] for name in ("value", "lower", "upper", "missing_code")] == [
        None,
        None,
        None,
        "suppressed",
    ]


def test_without_population_there_is_no_rate(series):
    made = as_rate(series([50], first=date(2040, 6, 1)), CENSUS, "conapo-2023")
    assert made.frame["value"].item() is None
    assert made.frame["missing_code"].item() == "not_published"


def test_a_rate_of_a_rate_is_refused(series):
    with pytest.raises(UsageError, match="rate"):
        as_rate(series([1.0], kind="rate"), CENSUS, "conapo-2023")


def test_inegi_and_sesnsp_never_stand_in_one_share(series):
    with pytest.raises(NotComparable, match="two sources"):
        as_share(series([1]), series([2], source="inegi"))


def test_two_places_never_stand_in_one_share(series):
    with pytest.raises(NotComparable, match="two places"):
        as_share(series([1]), series([2], place="mx-01"))


def test_a_share_carries_its_counts_and_the_code_of_the_missing_half(series):
    made = as_share(series([13, 5, 0]), series([40, None, 0]))
    assert made.frame["value"].to_list() == [0.325, None, None]
    assert made.frame["missing_code"].to_list() == [None, "suppressed", "not_applicable"]
    assert made.frame["lower"].to_list()[0] == pytest.approx(0.2008, abs=1e-4)
    assert made.frame["denominator"].to_list()[0] == 40
