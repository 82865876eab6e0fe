"""CDC's real releases, to the digit of what was published with each of them."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from indicators.catalog.tables import validate
from indicators.readers import Tidy, recognise, tidy
from real_releases import file_in

pytestmark = pytest.mark.real


def release(raw: Path, folder: str, released: date) -> Tidy:
    path = file_in(raw, f"us/cdc_vsrr/{folder}")
    match = recognise(path.name, path.read_bytes())
    assert match.source.id == "cdc_overdose"
    result = tidy(match, released=released)
    validate("overdose_deaths", result.facts, path.name)
    return result


@pytest.fixture(scope="module")
def april_2019(real_raw: Path) -> Tidy:
    return release(real_raw, "vintage-2019-04-csv", date(2019, 4, 30))


@pytest.fixture(scope="module")
def september_2019(real_raw: Path) -> Tidy:
    return release(real_raw, "vintage-2019-09-EDITED-nyc-blanked", date(2019, 9, 30))


@pytest.fixture(scope="module")
def september_2025(real_raw: Path) -> Tidy:
    return release(real_raw, "vintage-2025-09-EXCERPT-transcribed", date(2025, 9, 30))


@pytest.fixture(scope="module")
def february_2026(real_raw: Path) -> Tidy:
    return release(real_raw, "vintage-2026-02-EXCERPT-transcribed", date(2026, 2, 28))


def deaths(result: Tidy, period_end: date, indicator: str = "overdose", place: str = "US") -> tuple[int, int]:
    row = result.facts.filter(place=place, period_end=period_end, indicator=indicator)
    return row.select("reported_deaths", "predicted_deaths").row(0)


def test_april_2019(april_2019: Tidy) -> None:
    assert deaths(april_2019, date(2017, 12, 31)) == (70_699, 72_224)
    assert deaths(april_2019, date(2018, 9, 30)) == (67_152, 69_894)
    assert april_2019.parts["period_through"][0] == date(2018, 9, 30)


def test_april_2019_has_every_row_but_the_shares(april_2019: Tidy) -> None:
    # 13,320 rows, 855 of them the share of certificates that name a drug (19 areas, 45 months)
    assert april_2019.facts.height == 13_320 - 19 * 45
    assert april_2019.facts["missing_code"].null_count() == april_2019.facts.height


def test_the_states_and_new_york_city_add_up_to_the_nation(april_2019: Tidy) -> None:
    for period_end, nation in ((date(2017, 12, 31), 70_699), (date(2018, 9, 30), 67_152)):
        rows = april_2019.facts.filter(period_end=period_end, indicator="overdose").filter(pl.col("place") != "US")
        assert rows.height == 52
        assert rows["reported_deaths"].sum() == nation


def test_new_york_is_the_sum_of_two_places(april_2019: Tidy) -> None:
    parts = [deaths(april_2019, date(2017, 12, 31), place=place)[0] for place in ("US-NY", "US-NYC")]
    assert parts == [2_444, 1_493]


def test_september_2019(september_2019: Tidy) -> None:
    assert deaths(september_2019, date(2018, 12, 31)) == (67_860, 68_618)
    assert deaths(september_2019, date(2018, 9, 30)) == (68_429, 70_190)


def test_september_2019_began_to_suppress(september_2019: Tidy) -> None:
    blanks = september_2019.facts.filter(pl.col("reported_deaths").is_null())
    assert set(blanks["missing_code"]) == {"suppressed", "low_quality"}
    assert blanks["predicted_deaths"].is_not_null().sum() == 167


def test_no_final_count_changed_between_the_releases_of_2019(april_2019: Tidy, september_2019: Tidy) -> None:
    key = ["place", "period_end", "indicator"]
    both = april_2019.facts.filter(maturity="final").join(september_2019.facts, on=key, suffix="_then")
    told = both.filter(pl.col("reported_deaths_then").is_not_null())
    assert told.height > 9_000
    assert told["reported_deaths"].equals(told["reported_deaths_then"], check_names=False)
    assert both.height - told.height == 136


def test_september_2025(september_2025: Tidy) -> None:
    assert deaths(september_2025, date(2021, 12, 31)) == (107_573, 109_099)
    assert deaths(september_2025, date(2021, 12, 31), "synthetic_opioids") == (71_143, 72_124)
    assert deaths(september_2025, date(2025, 4, 30)) == (73_690, 76_516)
    # the method was estimated anew: the prediction of 2017 is not that of 2019, the count is
    assert deaths(september_2025, date(2017, 12, 31)) == (70_699, 71_495)


def test_february_2026(february_2026: Tidy) -> None:
    assert deaths(february_2026, date(2021, 12, 31)) == (107_573, 109_099)
    assert deaths(february_2026, date(2025, 4, 30)) == (75_180, 76_448)
    assert deaths(february_2026, date(2025, 9, 30)) == (68_962, 72_108)
    assert deaths(february_2026, date(2025, 9, 30), "synthetic_opioids") == (38_409, 40_122)


def test_california_synthetic_opioids_of_early_2019_are_blank_for_quality(september_2025: Tidy) -> None:
    rows = september_2025.facts.filter(place="US-CA", indicator="synthetic_opioids").sort("period_end").head(5)
    assert rows["period_end"][4] == date(2019, 5, 31)
    assert rows["reported_deaths"].null_count() == 5
    assert set(rows["missing_code"]) == {"low_quality"}


def test_only_recent_months_moved_between_the_newest_releases(september_2025: Tidy, february_2026: Tidy) -> None:
    key = ["place", "period_end", "indicator"]
    both = september_2025.facts.join(february_2026.facts, on=key, suffix="_now")
    moved = both.filter(
        pl.col("reported_deaths").ne_missing(pl.col("reported_deaths_now"))
        | pl.col("predicted_deaths").ne_missing(pl.col("predicted_deaths_now"))
    )
    assert moved["period_end"].min() == date(2025, 1, 31)
    assert moved.height == 38
