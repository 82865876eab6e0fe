"""Each class has its own rule, and no rule says more than the interval does."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.catalog import Metric
from indicators.metrics.change import Change
from indicators.metrics.process_chart import Signal
from indicators.metrics.status import Target, assess, ledger, status
from indicators.periods import Clock, add_months

LATER = (date(2024, 9, 1), date(2025, 8, 31))
BASE = (date(2020, 1, 1), date(2020, 12, 31))
ONDCP = Target(BASE, 87.0)


def metric(klass="outcome", good="down"):
    text = {"en": "x", "es": "x"}
    return Metric(
        **{"id": "m", "tier": "A", "objective": "1", "class": klass, "kind": "count", "good": good},
        unit="victims", clock="month", table="crime_victims", measure="victims", slices=[{"place": "MX"}],
        name=text, definition=text, caveat=text,
    )  # fmt: skip


def change(lower, upper, later=95.0, **more):
    clear = lower > 1 or upper < 1
    return Change(BASE, LATER, 100.0, later, later / 100, later - 100, lower, upper, distinguishable=clear, **more)


def chart(code):
    return Signal(code, ("outside",) if code != "usual" else (), pl.DataFrame())


@pytest.mark.parametrize(
    ("lower", "upper", "good", "code"),
    [
        (0.80, 0.95, "down", "improving"),
        (1.05, 1.20, "down", "worsening"),
        (0.95, 1.05, "down", "no_detectable_change"),
        (1.05, 1.20, "up", "improving"),
        (0.80, 0.95, "up", "worsening"),
    ],
)
def test_an_outcome_without_target_moves_only_where_its_interval_does(lower, upper, good, code):
    found = status(metric(good=good), change(lower, upper), chart("usual"))
    assert (found.code, found.rule, found.signal) == (code, "direction_by_interval", "usual")


@pytest.mark.parametrize(
    ("lower", "upper", "later", "code"),
    [
        (0.80, 0.86, 83.0, "target_met"),
        (0.80, 0.90, 86.0, "improving"),  # the value is past the target, its interval is not
        (0.85, 0.95, 90.0, "improving"),
        (0.95, 1.05, 99.0, "little_or_no_change"),
        (1.05, 1.20, 112.0, "getting_worse"),
    ],
)
def test_healthy_peoples_four_categories(lower, upper, later, code):
    found = status(metric("outcome_with_target"), change(lower, upper, later), None, ONDCP)
    assert (found.code, found.rule) == (code, "target_by_interval")


def test_an_outcome_whose_target_nobody_set_is_judged_by_direction():
    found = status(metric("outcome_with_target"), change(0.8, 0.9))
    assert (found.code, found.rule) == ("improving", "direction_by_interval")


@pytest.mark.parametrize("klass", ["output", "context"])
@pytest.mark.parametrize(("code", "word"), [("high", "unusually_high"), ("low", "unusually_low"), ("usual", "usual")])
def test_seizures_and_encounters_are_never_good_or_bad(klass, code, word):
    found = status(metric(klass, good="up"), change(1.5, 1.9), chart(code))
    assert (found.code, found.rule) == (word, "neutral_by_signal")


def test_nothing_is_usual_where_the_level_moved():
    found = status(metric("output", good="up"), change(1.5, 1.9), chart("moved"))
    assert (found.code, found.reason, found.signal) == ("shown", "moved", "moved")
    assert status(metric("guard", good="none"), change(0.9, 1.1), chart("moved")).code == "watch"


def test_without_a_chart_an_output_is_not_assessable():
    assert status(metric("output"), change(1.5, 1.9)).reason == "clock"
    short = Signal(None, (), pl.DataFrame(), "too_short")
    assert status(metric("output"), change(1.5, 1.9), short).reason == "too_short"


def test_a_guard_is_watched_when_it_moves_either_way():
    guard = metric("guard", good="none")
    assert status(guard, change(0.7, 0.9), chart("usual")).code == "watch"
    assert status(guard, change(0.9, 1.1), chart("high")).code == "watch"
    assert status(guard, change(0.9, 1.1), chart("usual")).code == "usual"
    assert status(guard, Change(reason="break")).reason == "break"


@pytest.mark.parametrize(
    ("latest", "due", "code"),
    [
        (date(2025, 3, 1), None, "present"),
        (date(2025, 3, 1), date(2026, 3, 1), "present"),
        (date(2024, 3, 1), date(2025, 3, 1), "overdue"),
        (None, date(2025, 3, 1), "overdue"),
        (None, date(2026, 3, 1), "not_published"),
        (None, None, "not_published"),
        (date(2025, 12, 1), date(2025, 3, 1), "overdue"),
    ],
)
def test_the_ledger_goes_by_dates(latest, due, code):
    assert ledger(latest, due, as_of=date(2025, 9, 30)).code == code


def test_the_ledger_has_no_change_to_go_by():
    with pytest.raises(ValueError, match="ledger"):
        status(metric("ledger"), Change())


def months(years=6, fall=1.0, seed=2):
    rng = np.random.default_rng(seed)
    mean = np.where(np.arange(12 * years) < 12 * (years - 1), 3000.0, 3000.0 * fall)
    return rng.poisson(mean).astype(float).tolist()


def test_a_clear_fall_is_improving_from_the_series_on(series):
    found = assess(metric(), series(months(fall=0.8)))
    assert found.status.code == "improving"
    assert found.change.upper < 1
    assert found.status.signal in {"low", "usual"}


def test_rnid_2026_a_break_is_not_assessable_and_comes_with_the_status(series, a_break):
    found = assess(metric(), series(months(), breaks=(a_break(date(2019, 6, 1)),)))
    assert (found.status.code, found.status.reason) == ("not_assessable", "break")
    assert found.status.broken.id == "changed"


def test_rnid_2026_leaves_the_year_before_it_beside_the_one_before_that(series, a_break):
    """Twelve months to December 2025 against 2024 were refused, because a new instrument began in January 2026."""
    whole = series(months(fall=0.8))
    last = whole.frame["period_end"].max()
    broken = series(months(fall=0.8), breaks=(a_break(last.replace(day=1)),))
    found = assess(metric(), broken)
    assert found.status.code == "improving"
    assert found.change.later_period[1] == add_months(last, -1).replace(day=30)


def test_a_rolling_sum_gets_no_signal(series):
    rolling = series(months(), clock=Clock.TWELVE_MONTH_ROLLING)
    assert assess(metric("output"), rolling).status.reason == "clock"


def test_no_data_is_not_assessable(series):
    found = assess(metric(), series([None] * 20))
    assert (found.status.code, found.status.reason) == ("not_assessable", "missing")


def test_a_target_is_judged_from_its_baseline_and_not_year_on_year(series):
    values = [1000.0] * 12 + [800.0] * 60
    target = Target((date(2015, 1, 1), date(2015, 12, 31)), 9_000)
    found = assess(metric("outcome_with_target"), series(values), target=target)
    assert found.change.earlier_period == target.baseline_period
    assert found.status.code == "improving"


def test_a_target_set_this_year_is_too_young_to_judge(series):
    target = Target((date(2020, 1, 1), date(2020, 12, 31)), 9_000)
    assert assess(metric("outcome_with_target"), series(months()), target=target).status.reason == "too_short"


@given(st.floats(0.2, 5), st.floats(0.2, 5), st.sampled_from(["up", "down"]))
def test_turning_what_is_good_turns_the_word(one, other, good):
    lower, upper = sorted((one, other))
    turned = {
        "improving": "worsening",
        "worsening": "improving",
        "no_detectable_change": "no_detectable_change",
    }
    other_good = {"up": "down", "down": "up"}[good]
    here, there = (status(metric(good=way), change(lower, upper)).code for way in (good, other_good))
    assert there == turned[here]
