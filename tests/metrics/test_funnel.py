"""A funnel singles out who differs, and never for being small."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from indicators.errors import UsageError
from indicators.metrics.funnel import funnel


def states(events, population):
    return pl.DataFrame(
        {
            "place": [f"mx-{n:02}" for n in range(1, len(events) + 1)],
            "events": events,
            "population": population,
        }
    )


PEOPLE = np.linspace(7e5, 1.7e7, 32)


def test_places_that_differ_by_chance_alone_stand_within_poissons_limits():
    rng = np.random.default_rng(4)
    found = funnel(states(rng.poisson(PEOPLE * 2e-4), PEOPLE))
    assert found.phi < 1.5
    assert (found.frame["band"] == "within").sum() >= 29


def test_limits_without_spread_are_poissons_own():
    lower, upper = funnel(states([20] * 32, [1e5] * 32)).limits([1e5])
    assert (lower[0], upper[0]) == (stats.poisson.ppf(0.025, 20), stats.poisson.isf(0.025, 20))


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


def test_spread_between_states_widens_the_funnel():
    rng = np.random.default_rng(4)
    spread = funnel(states(rng.poisson(PEOPLE * 2e-4 * rng.gamma(4, 1 / 4, 32)), PEOPLE))
    assert spread.phi > 20
    narrow = funnel(states(rng.poisson(PEOPLE * 2e-4), PEOPLE))
    assert np.ptp(np.ravel(spread.limits([1e6]))) > 3 * np.ptp(np.ravel(narrow.limits([1e6])))


def test_one_extreme_place_does_not_set_the_spread_by_itself():
    events = np.round(PEOPLE * 2e-4)
    events[3] *= 10
    assert (
        funnel(states(events, PEOPLE)).phi
        < 1_000
        < np.mean(
            ((events - PEOPLE * events.sum() / PEOPLE.sum()) ** 2) / (PEOPLE * events.sum() / PEOPLE.sum())
        )
    )


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
