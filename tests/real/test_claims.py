"""Claims against the agencies' own releases."""

from datetime import date

import duckdb
import pytest

from indicators.metrics import claims

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def checked(real_warehouse):  # type: ignore[no-untyped-def]
    with duckdb.connect(str(real_warehouse), read_only=True) as connection:
        return {one.claim.id: one for one in claims.check_all(connection, date(2026, 11, 1))}


@pytest.mark.parametrize(
    ("name", "today", "then", "verdict"),
    [
        ("cbp_apprehensions_2019", 851508, None, "confirmed"),
        ("cbp_inadmissibles_2019", 126001, None, "confirmed"),
        ("cbp_southwest_2022", 2378944, 2378944, "confirmed"),
        ("cbp_southwest_2023", 2475669, None, "confirmed"),
        ("cbp_southwest_2024", 2135005, None, "confirmed"),
        ("cbp_nationwide_2023", 3201144, 3201144, "confirmed"),
        ("cbp_nationwide_2024", 2901142, 2901142, "confirmed"),
        ("cbp_nationwide_october_2023", 309024, 309221, "revised"),
        ("cbp_fentanyl_2022", 14699.88, 14699.88, "confirmed"),
        ("cbp_fentanyl_2023", 27022.85, None, "confirmed"),
        ("cbp_fentanyl_2024", 21889.21, 21889.21, "confirmed"),
        ("cbp_fentanyl_2024_southwest", 21148.15, 21148.15, "confirmed"),
        ("cbp_fentanyl_2024_northern", 43.04, 43.04, "confirmed"),
        ("cbp_most_in_15_years", 3, None, "contradicted"),
        ("cdc_overdoses_april_2025", 76448, 76516, "revised"),
        ("cdc_overdoses_august_2025", 72749, None, "confirmed"),
        ("sesnsp_homicides_2023", 29721, 29713, "revised"),
        ("sesnsp_homicides_2024_mixed", 30046, None, "contradicted"),
        ("sesnsp_feminicides_to_october_2024", 725, 695, "revised"),
        ("sesnsp_feminicides_2023", 851, 853, "confirmed"),
        ("sesnsp_homicides_2019_first", 34723, None, "not_checkable"),
    ],
)
def test_headlines_of_agencies(checked, name: str, today: float, then: float | None, verdict: str) -> None:  # type: ignore[no-untyped-def]
    one = checked[name]
    assert one.today.value == pytest.approx(today, abs=0.01)
    assert one.then.value == (None if then is None else pytest.approx(then, abs=0.01))
    assert one.verdict == verdict


def test_every_value_names_the_release_it_stands_on(checked) -> None:  # type: ignore[no-untyped-def]
    readings = [reading for one in checked.values() for reading in (one.today, one.then)]
    assert all(bool(reading.vintage) == (reading.value is not None) for reading in readings)
