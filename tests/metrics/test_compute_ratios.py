"""Shares and rates from fact rows: over which whole, over which population, and over which windows."""

from datetime import date

import pytest

from counted import RESIDENTS, VICTIM, Counted, add_victims, month, victims
from indicators.metrics.windows import windows
from indicators.periods import Clock


def test_share_keeps_those_not_specified_in_its_whole(small: Counted) -> None:
    year = [10] * 12
    rows = [
        *victims(year),
        *victims(year, modality="No especificado"),
        *victims(year, modality="Con arma blanca"),
    ]
    add_victims(small, rows)
    frame = small.series("mx_homicide_firearm_share", "MX").frame
    row = frame.row(0, named=True)
    assert frame.height == 1
    assert (row["numerator"], row["denominator"]) == (120, 360)
    assert row["value"] == pytest.approx(1 / 3)
    assert row["lower"] < 1 / 3 < row["upper"]


def test_share_over_rolling_years_is_to_be_had_by_months_from_which_its_noise_is_told(small: Counted) -> None:
    add_victims(small, [*victims([10] * 12), *victims([30] * 12, modality="Con arma blanca")])
    monthly = small.series("mx_homicide_firearm_share", "MX", window=Clock.MONTH)
    assert (monthly.clock, monthly.kind) == (Clock.MONTH, "share")
    assert monthly.frame["value"].to_list() == [0.25] * 12
    rolling = small.series("mx_homicide_firearm_share", "MX")
    assert windows(monthly, rolling.clock).frame["value"].to_list() == rolling.frame["value"].to_list()


def test_share_of_nothing_is_not_applicable(small: Counted) -> None:
    add_victims(small, victims([1] * 12, subtype="Feminicidio", sex="female"))
    row = small.series("mx_homicide_firearm_share", "MX").frame.row(0, named=True)
    assert (row["value"], row["missing_code"]) == (None, "not_applicable")


def test_rate_is_over_the_population_of_its_own_source_at_mid_window(small: Counted) -> None:
    counted = add_victims(small, victims([10] * 12, place="MX-CHH"))
    population = [
        {
            **RESIDENTS,
            "period_start": date(year, 7, 1),
            "period_end": date(year, 7, 1),
            "population_persons": n,
        }
        for year, n in ((2022, 900_000), (2023, 1_000_000), (2024, 1_100_000))
    ]
    vintage = small.add("population", "population_mx", population)
    small.add(
        "population",
        "population_us",
        [{**row, "population_persons": 7, "part": "NST-EST 2020s"} for row in population],
    )
    row = small.series("mx_intentional_killings_rate", "MX").frame.row(0, named=True)
    assert (row["numerator"], row["denominator"]) == (120, pytest.approx(1_000_000, rel=1e-3))
    assert row["value"] == pytest.approx(12.0, rel=1e-3)
    assert row["lower"] < row["value"] < row["upper"]
    assert row["vintage"] == f"{counted}; {vintage}"


def test_rate_without_population_is_not_published(small: Counted) -> None:
    add_victims(small, victims([10] * 12))
    row = small.series("mx_intentional_killings_rate", "MX").frame.row(0, named=True)
    assert (row["value"], row["missing_code"]) == (None, "not_published")


def test_rate_as_of_a_day_is_over_the_population_known_on_it(small: Counted) -> None:
    add_victims(small, victims([10] * 12), released=date(2024, 1, 20))
    for released, n in ((date(2018, 12, 31), 1_000_000), (date(2024, 5, 1), 2_000_000)):
        row = {
            **RESIDENTS,
            "period_start": date(2023, 7, 1),
            "period_end": date(2023, 7, 1),
            "population_persons": n,
        }
        small.add("population", "population_mx", [row], released=released)
    assert small.values("mx_intentional_killings_rate", "MX", date(2024, 2, 1)) == [pytest.approx(12)]
    assert small.values("mx_intentional_killings_rate", "MX", date(2024, 5, 1)) == [pytest.approx(6)]


def test_rolling_windows_are_of_twelve_whole_months(small: Counted) -> None:
    add_victims(small, victims([1] * 11))
    assert small.series("mx_intentional_killings_rate", "MX").frame.is_empty()
    other = Counted()
    add_victims(other, victims([*[1] * 11, 5, 7]))
    frame = other.series("mx_intentional_killings_rate", "MX").frame
    assert frame["numerator"].to_list() == [16, 22]
    assert frame["period_start"].to_list() == [date(2023, 1, 1), date(2023, 2, 1)]
    assert frame["period_end"].to_list() == [date(2023, 12, 31), date(2024, 1, 31)]


def test_window_with_a_month_not_published_is_not_published(small: Counted) -> None:
    add_victims(small, victims([1] * 3))
    rows = [{**VICTIM, "period_start": month(number), "part": "later"} for number in range(4, 14)]
    add_victims(small, rows, released=date(2024, 3, 1))
    frame = small.series("mx_intentional_killings_rate", "MX").frame
    assert frame["missing_code"].to_list()[:3] == ["not_published"] * 3
    assert frame["value"].to_list() == [None, None, None]
