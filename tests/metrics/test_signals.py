"""The rules of Making Data Count on points laid by hand, and the charts that must not be made."""

import dataclasses
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.metrics import process_chart
from indicators.metrics.process_chart import (
    LEVEL_MONTHS,
    LIMIT,
    NEAR,
    RULES,
    adjusted,
    change_points,
    limits,
    rules,
    signal,
)
from indicators.metrics.series import NotComparable
from indicators.metrics.windows import windows
from indicators.periods import Clock, add_months, months_between

ZIGZAG = [10.0, 12.0] * 8


def flagged(values, rule):
    return np.flatnonzero(rules(np.array(values, float), screen=False)[rule]).tolist()


def test_the_constants_of_making_data_count():
    assert LIMIT == 2.66
    assert pytest.approx(1.773, abs=5e-4) == NEAR


def test_mean_and_mean_moving_range_as_laid_out_by_hand():
    mean, mean_range = limits(np.array([4.0, 6.0, 5.0, 9.0]))
    assert (mean.item(), mean_range.item()) == (6.0, pytest.approx(7 / 3))


def test_a_freak_range_is_screened_from_the_limits():
    values = np.array([10.0, 11.0] * 10 + [60.0] + [10.0, 11.0] * 10)
    assert limits(values)[1].item() == pytest.approx(1.0)
    assert limits(values, screen=False)[1].item() > 3


def test_a_point_outside_the_limits():
    assert flagged([*ZIGZAG, 30.0, *ZIGZAG], "outside") == [16]


def test_seven_on_one_side_are_a_run_and_six_are_not():
    def low_then_high(count):
        return [9.0, 10.0, 9.5, 10.0, 9.0, 9.5] * 3 + [12.0, 12.4, 12.1, 12.3, 12.0, 12.2, 12.1][:count]

    assert flagged(low_then_high(7), "run")[-7:] == list(range(18, 25))
    assert 23 not in flagged(low_then_high(6), "run")


def test_seven_rising_points_are_a_trend_and_six_are_not():
    assert flagged([5, 9, 5, 9, 5, 6, 7, 8, 9, 10, 11, 5, 9], "trend") == list(range(4, 11))
    assert flagged([5, 9, 5, 9, 5, 6, 7, 8, 9, 10, 5, 5, 9], "trend") == []


def test_equal_neighbours_end_a_trend():
    assert flagged([1, 2, 3, 4, 4, 5, 6, 7, 8], "trend") == []


def test_two_of_three_near_the_limit_on_one_side():
    mean, step = 11.0, 2.0  # the zigzag's own mean range
    near = mean + NEAR * step + 0.6
    values = [*ZIGZAG * 4, near, 11.5, near, *ZIGZAG * 4]
    assert flagged(values, "two_of_three") == [64, 66]
    other_side = [*ZIGZAG * 4, near, 11.5, 2 * mean - near, *ZIGZAG * 4]
    assert flagged(other_side, "two_of_three") == []


def test_two_of_three_counts_points_beyond_the_limit_as_the_newer_reading_has_it():
    values = [*ZIGZAG * 4, 15.4, 11.5, 30.0, *ZIGZAG * 4]
    assert flagged(values, "two_of_three") == [64, 66]


def test_too_few_points_for_a_rule_meet_none_of_it():
    found = rules(np.array([1.0, 2.0, 3.0]))
    assert {rule: len(flags) for rule, flags in found.items()} == dict.fromkeys(RULES, 3)
    assert not found["run"].any()


def seasonal(years, seed=1, level=3000.0, factor=None):
    rng = np.random.default_rng(seed)
    month = np.arange(12 * years)
    mean = level * np.exp(0.2 * np.sin(2 * np.pi * month / 12)) * (1 if factor is None else factor)
    return rng.poisson(mean).astype(float).tolist()


def test_the_season_is_no_signal(series):
    values = seasonal(6)
    raw = np.any(list(rules(np.array(values[-36:])).values()), axis=0).sum()
    chart = signal(series(values)).frame
    assert len(chart) == 36
    assert raw > 15
    assert chart["flag"].sum() <= 6


def test_a_month_far_above_its_season_is_high_and_says_by_which_rule(series):
    values = seasonal(6)
    values[-1] *= 1.6
    found = signal(series(values))
    assert found.code == "high"
    assert "outside" in found.rules
    assert found.frame.row(-1, named=True)["flag"] is True
    values[-1] *= 0.25
    assert signal(series(values)).code == "low"


def test_counts_become_daily_averages(series):
    steady = [10.0 * days for days in (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)] * 4
    assert adjusted(series(steady, first=date(2021, 1, 1)))["value"].to_list()[:12] == pytest.approx([10.0] * 12)


def test_overdoses_2024_a_month_between_two_levels_is_not_usual(series, monkeypatch):
    """They fell by a third within the chart: 33 of 36 months stood out, and the last one was called usual."""
    noise = np.tile([0.0, 3.0, -2.0, 1.0, -3.0, 2.0], 6)
    levels = np.where(np.arange(36) < 18, 1300.0, 1000.0)
    levels[-1] = 1158.0
    months = series((levels + noise).tolist())
    monkeypatch.setattr(process_chart, "adjusted", lambda one: one.frame)
    found = signal(months)
    assert (found.code, found.rules) == ("moved", ())
    assert found.frame["flag"].sum() > 30


def test_rolling_sums_are_refused(series):
    with pytest.raises(NotComparable, match="12_month_rolling"):
        signal(windows(series(seasonal(6)), Clock.TWELVE_MONTH_ROLLING))


def test_overdose_totals_become_this_month_against_the_same_month_a_year_before(series):
    months = np.array(seasonal(6))
    totals = np.convolve(months, np.ones(12), "valid").tolist()
    overdose = series(totals, first=date(2015, 12, 1), clock=Clock.TWELVE_MONTH_ENDING)
    found = adjusted(overdose)
    assert found["value"].to_list() == pytest.approx((months[12:] - months[:-12]).tolist())
    assert found["period_start"].to_list()[0] == date(2016, 1, 1)
    assert signal(overdose).code == "usual"


def test_rnid_2026_the_chart_starts_after_the_break_or_not_at_all(series, a_break):
    values = seasonal(6)
    early = dataclasses.replace(series(values), breaks=(a_break(date(2016, 1, 1)),))
    assert adjusted(early)["period_start"].to_list()[0] == date(2016, 1, 1)
    late = dataclasses.replace(series(values), breaks=(a_break(date(2020, 1, 1)),))
    found = signal(late)
    assert (found.code, found.reason, len(found.frame)) == (None, "too_short", 0)


def test_a_lasting_fall_is_found_and_dated_by_an_interval(series):
    factor = np.where(np.arange(72) < 48, 1.0, 0.8)
    (found,) = change_points(series(seasonal(6, factor=factor)))
    assert found.first <= date(2019, 1, 1) <= found.last
    assert found.first <= found.likely <= found.last
    assert found.after / found.before == pytest.approx(0.8, abs=0.05)


@settings(max_examples=25)
@given(
    st.integers(0, 10_000),
    st.lists(st.tuples(st.integers(3, 30), st.floats(0.4, 2.5)), min_size=2, max_size=4),
)
def test_the_interval_of_a_date_holds_its_likeliest_month(series, seed, levels):
    """As on the page of homicides, where the search kept six months' distance from a neighbour, the interval did
    not, and the likeliest month lay outside the months named."""
    means = np.repeat([200 * factor for _, factor in levels], [months for months, _ in levels])
    values = np.random.default_rng(seed).poisson(np.pad(means, (36, 0), mode="edge")).astype(float)
    found = change_points(series(values.tolist()))
    for one in found:
        assert one.first <= one.likely <= one.last
    assert [one.likely for one in found] == sorted({one.likely for one in found})


def test_a_level_lasts_half_a_year_at_least(series):
    """Three months of a new level at the end are an episode: no date in them is given as a lasting change's."""
    found = change_points(series([100.0, 104.0] * 20 + [200.0, 208.0, 200.0]))
    ends = add_months(date(2015, 1, 1), 43)
    assert all(months_between(one.last, ends) >= LEVEL_MONTHS for one in found)


def test_a_steady_series_has_no_change_point(series):
    assert change_points(series(seasonal(6))) == []
    assert change_points(series([0.0] * 60)) == []


def test_change_points_are_not_looked_for_in_overlapping_totals(series):
    with pytest.raises(NotComparable, match="12_month_ending"):
        change_points(series([100.0] * 60, clock=Clock.TWELVE_MONTH_ENDING))


@given(st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=60))
def test_the_rules_do_not_depend_on_the_side_up(values):
    up, down = rules(np.array(values, float)), rules(-np.array(values, float))
    for rule in RULES:
        assert up[rule].tolist() == down[rule].tolist()


@given(st.lists(st.integers(0, 10**6), min_size=36, max_size=70))
def test_a_chart_of_any_counts_has_its_latest_flag_where_its_code_says(series, values):
    found = signal(series(values))
    assert (found.code in ("high", "low")) == found.frame["flag"].to_list()[-1]
    assert (found.code == "usual") <= (not found.moved)
    assert found.frame.select(pl.col("lower") <= pl.col("mean")).to_series().all()
