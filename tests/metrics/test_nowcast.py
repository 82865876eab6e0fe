"""Estimates of the newest months, and the test that decides whether they are shown."""

import math
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.errors import UsageError
from indicators.metrics import nowcast
from indicators.metrics.nowcast import MATURE_MONTHS, pairs, triangle
from indicators.periods import add_months, month_end
from indicators.warehouse.query import connect

FIRST = date(2022, 1, 1)


def release(number: int, values: list[float], maturity: str = "provisional") -> pl.DataFrame:
    """The rows of a release whose newest month is the last of ``values``; it is named after that month."""
    starts = [add_months(FIRST, step) for step in range(len(values))]
    through = month_end(starts[-1])
    return pl.DataFrame(
        {
            "period_start": starts,
            "period_end": [month_end(start) for start in starts],
            "vintage": [f"release {number:02}"] * len(values),
            "released": [through + timedelta(days=20)] * len(values),
            "age_months": list(range(len(values) - 1, -1, -1)),
            "maturity": [maturity] * len(values),
            "value": values,
        },
        schema_overrides={"value": pl.Float64, "age_months": pl.Int64},
    )


def grown(at_birth: float, wobble: list[float], months: int = 24) -> pl.DataFrame:
    """Monthly releases of a series that is first reported at ``at_birth`` of its mature 100, in equal steps up;
    ``wobble`` is added to every figure of a month, in turn."""

    def value(month: int, age: int) -> float:
        part = at_birth + (1 - at_birth) * min(age, MATURE_MONTHS) / MATURE_MONTHS
        return (100 + wobble[month % len(wobble)]) * part

    releases = [release(last, [value(month, last - month) for month in range(last + 1)]) for last in range(6, months)]
    return pl.concat(releases)


def test_pairs_set_each_young_value_beside_what_became_of_it() -> None:
    """A month counts as mature at seven months, in the first release that holds it so."""
    first = release(0, [90, 80])
    later = release(1, [100.0] * 8 + [50])  # January 2022 is 8 months old, February 7
    again = release(2, [101.0] * 10)
    found = pairs(pl.concat([first, later, again]))
    of_first = found.filter(vintage="release 00")
    assert of_first.select("age_months", "value", "mature_value", "mature_vintage").rows() == [
        (0, 80, 100, "release 01"),
        (1, 90, 100, "release 01"),
    ]


def test_a_closed_fiscal_year_is_mature_at_once() -> None:
    found = pairs(pl.concat([release(0, [80]), release(1, [90, 70], maturity="final")]))
    assert found.select("vintage", "value", "mature_value").rows() == [("release 00", 80, 90)]


def test_growth_that_repeats_is_estimated_exactly() -> None:
    found = nowcast.from_triangle("m", "MX", grown(0.8, wobble=[0]))
    assert found.reason is None
    newborn = found.frame.tail(1).row(0, named=True)
    assert newborn["reported"] == pytest.approx(80)
    assert newborn["estimate"] == pytest.approx(100)
    assert found.factors.filter(age_months=0)["factor"].item() == pytest.approx(1.25)
    assert found.test.error == pytest.approx(0, abs=1e-9)
    assert found.test.error_unadjusted > 5
    assert found.test.releases_won == found.test.releases


def test_the_interval_holds_the_mature_values_as_often_as_it_says() -> None:
    found = nowcast.from_triangle("m", "MX", grown(0.8, wobble=[0, 9, -4, 6, -8, 3, -2, 7, -5, 1, -9]))
    assert found.test.coverage >= nowcast.NOWCAST_CONFIDENCE - nowcast.COVERAGE_SLACK
    frame = found.frame
    assert (frame["lower"] <= frame["estimate"]).all()
    assert (frame["estimate"] <= frame["upper"]).all()


def test_a_series_that_does_not_move_has_no_nowcast() -> None:
    found = nowcast.from_triangle("m", "MX", grown(1.0, wobble=[0, 5, -5]))
    assert found.reason == "not_better"
    assert found.frame.is_empty()


def test_moves_without_a_pattern_have_no_nowcast() -> None:
    """What was added to one month was taken from the next: the factor can only be wrong."""
    releases = []
    for last in range(6, 24):
        values = [100.0 + (8 if month % 2 else -8) * (last - month < MATURE_MONTHS) for month in range(last + 1)]
        releases.append(release(last, values))
    assert nowcast.from_triangle("m", "MX", pl.concat(releases)).reason == "not_better"


def test_one_snapshot_is_too_few() -> None:
    found = nowcast.from_triangle("m", "MX", release(0, [100.0] * 12))
    assert found.reason == "too_few_releases"
    assert found.frame.is_empty()
    assert math.isnan(found.test.error)


def test_months_that_are_mature_get_no_estimate() -> None:
    found = nowcast.from_triangle("m", "MX", grown(0.8, wobble=[0]))
    assert found.frame["age_months"].to_list() == list(range(MATURE_MONTHS - 1, -1, -1))
    assert found.frame["period_end"].max() == month_end(add_months(FIRST, 23))


@settings(max_examples=25)
@given(st.lists(st.integers(0, 40), min_size=20, max_size=20))
def test_estimates_are_never_below_zero_and_never_without_bounds(young: list[int]) -> None:
    releases = [
        release(last, [float(young[month] + 2 * min(last - month, 7)) for month in range(last + 1)])
        for last in range(3, 20)
    ]
    found = nowcast.backtest(pairs(pl.concat(releases)))
    assert found.rows.select(pl.col("lower", "estimate", "upper").is_finite().all()).row(0) == (
        True,
        True,
        True,
    )
    assert (found.rows["lower"] >= 0).all()


def test_only_monthly_counts_make_a_triangle(small_home) -> None:  # type: ignore[no-untyped-def]
    with connect(small_home.warehouse) as connection:
        for name, place in (("us_overdose_deaths_12m", "US"), ("mx_homicide_firearm_share", "MX")):
            with pytest.raises(UsageError, match="no triangle"):
                triangle(connection, name, place, date(2020, 1, 1))


def test_a_triangle_holds_each_month_as_each_release_had_it(small_home) -> None:  # type: ignore[no-untyped-def]
    """October 2016 is 91 less in the first release, whose newest month it is."""
    with connect(small_home.warehouse) as connection:
        found = triangle(connection, "sw_encounters", "US-SWB", date(2020, 1, 1))
        before = triangle(connection, "sw_encounters", "US-SWB", date(2016, 12, 1))
    october = found.filter(period_start=date(2016, 10, 1)).sort("released")
    assert october["age_months"].to_list() == [0, 1]
    assert found["vintage"].n_unique() == 2
    assert before["vintage"].unique().to_list() == [october["vintage"][0]]
