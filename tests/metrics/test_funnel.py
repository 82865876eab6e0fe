"""A funnel singles out who differs, and never for being small."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from indicators.errors import UsageError
from indicators.metrics.funnel import between_variance, funnel


def states(events, population):
    return pl.DataFrame(
        {
            "place": [f"mx-{n:02}" for n in range(1, len(events) + 1)],
            "events": events,
            "population": population,
        }
    )


PEOPLE = np.linspace(7e5, 1.7e7, 32)


def with_spread(tau, seed=4, rate=2e-4):
    rng = np.random.default_rng(seed)
    return states(rng.poisson(PEOPLE * rate * np.exp(tau * rng.standard_normal(32))), PEOPLE)


def test_places_that_differ_by_chance_alone_stand_within_poissons_limits():
    found = funnel(with_spread(0))
    assert found.tau < 0.02
    assert (found.frame["band"] == "within").sum() >= 29


def test_limits_without_spread_are_poissons_own():
    found = funnel(states([20] * 32, [1e5] * 32))
    assert (found.tau, found.center) == (0, pytest.approx(20))
    lower, upper = found.limits([1e5])
    assert (lower[0], upper[0]) == (stats.poisson.ppf(0.025, 20), stats.poisson.isf(0.025, 20))


def test_the_spread_of_five_huge_places_is_that_of_their_logarithms():
    """By hand: logs of the rates 0, ±1, ±2 in steps of 0.5; winsorised at their 10 and 90 %, ±0.8 of a step
    for the outermost of two; chance is nothing at this size."""
    rates = 1e-3 * np.exp([-1.0, -0.5, 0.0, 0.5, 1.0])
    found = funnel(states(rates * 1e12, [1e12] * 5))
    by_hand = np.mean(np.array([-0.8, -0.5, 0, 0.5, 0.8]) ** 2) / 0.6786546 / (1 - 1 / 5)
    assert found.center == pytest.approx(100, rel=1e-6)
    assert found.tau == pytest.approx(np.sqrt(by_hand), rel=1e-4)
    assert found.limits([1e12])[1][0] == pytest.approx(100 * np.exp(1.959964 * found.tau), rel=1e-4)


def test_between_variance_is_what_it_was_made_with():
    rng = np.random.default_rng(11)
    chance = rng.uniform(0.001, 0.2, 4000)
    values = 3 + np.sqrt(0.25 + chance) * rng.standard_normal(4000)
    assert between_variance(values, chance) == pytest.approx(0.25, rel=0.06)


def test_a_place_with_three_times_the_rate_stands_out_at_998():
    events = PEOPLE * 2e-4
    events[20] *= 3
    found = funnel(states(events.round(), PEOPLE)).frame
    assert found["band"].to_list()[20] == "above_998"


def test_the_smallest_state_is_not_shamed_for_what_is_noise_at_its_size():
    small = states([4, *[200] * 20], [1e5, *[1e7] * 20])
    row = funnel(small).frame.row(0, named=True)
    assert row["rate"] == pytest.approx(2 * 2.0, rel=0.02)
    assert row["band"] == "within"


def test_real_differences_between_large_states_do_not_make_the_funnel_of_small_ones_endless():
    """As in Mexico's killings, where a factor on the variance gave a state of 0.8 million limits (99.8 %) from 0 to
    14 times the rate of all, and one of 18 million from 0.25 to 2.4 times."""
    found = funnel(with_spread(0.8))
    small, large = (found.limits([one])[1][0] / found.center for one in (7e5, 1.7e7))
    assert small / large < 1.1
    assert found.tau == pytest.approx(0.8, rel=0.3)


def test_one_extreme_place_does_not_set_the_spread_by_itself():
    plain = with_spread(0.3)
    pulled = plain.with_columns(
        events=pl.when(pl.col("place") == "mx-04").then(pl.col("events") * 10).otherwise(pl.col("events"))
    )
    found = funnel(pulled)
    assert found.tau < 1.35 * funnel(plain).tau
    assert found.frame.filter(pl.col("place") == "mx-04")["band"].item() == "above_998"


def test_a_state_without_data_stays_without_limits():
    found = funnel(states([5, 6, 7, 8, 9, None], [1e5] * 6)).frame
    assert found["band"].to_list()[-1] is None
    assert len(found) == 6


def test_too_few_places_make_no_funnel():
    with pytest.raises(UsageError, match="3 places"):
        funnel(states([1, 2, 3], [1e5] * 3))
    with pytest.raises(UsageError, match="0 events"):
        funnel(states([0] * 8, [1e5] * 8))


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(10**4, 10**7)), min_size=5, max_size=33))
def test_the_998_limits_hold_the_95_limits_and_those_the_centre(pairs):
    events, people = zip(*pairs, strict=True)
    if not sum(events):
        return
    found = funnel(states(list(events), list(people)))
    for row in found.frame.iter_rows(named=True):
        assert row["lower_998"] <= row["lower_95"] <= row["upper_95"] <= row["upper_998"]
        outside = row["rate"] > row["upper_95"] + 1e-9 or row["rate"] < row["lower_95"] - 1e-9
        assert (row["band"] != "within") == outside


@settings(max_examples=50)
@given(st.floats(0.0, 1.5), st.floats(0.2, 5.0), st.integers(0, 50))
def test_rates_that_are_all_multiplied_keep_their_spread(tau, factor, seed):
    """On logarithms a factor moves every place alike: units of rate never decide who stands out."""
    frame = with_spread(tau, seed, rate=2e-2)
    once = funnel(frame)
    again = funnel(frame.with_columns(population=pl.col("population") * factor))
    assert again.center == pytest.approx(once.center / factor, rel=1e-6)
    assert again.tau == pytest.approx(once.tau, abs=1e-6)
    assert again.frame["band"].to_list() == once.frame["band"].to_list()
