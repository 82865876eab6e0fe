"""DHS's long history of Border Patrol encounters, against its own years and CBP's published ones."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from indicators.catalog.tables import validate
from indicators.readers import Tidy, recognise, tidy

pytestmark = pytest.mark.real

FILE = "us/ohss_khsm/vintage-fy25m11/KHSM Encounters (USBP) fy25m11.xlsx"


@pytest.fixture(scope="module")
def encounters(real_raw: Path) -> Tidy:
    path = real_raw / FILE
    found = tidy(recognise(path.name, path.read_bytes()), released=date(2025, 1, 31), data_month=date(2024, 11, 30))
    validate("encounters_long", found.facts, path.name)
    return found


def years(found: Tidy, place: str) -> dict[int, int]:
    sums = found.facts.filter(place=place).group_by("part").agg(pl.col("encounters").sum())
    return {int(part[-4:]): number for part, number in sums.rows()}


def test_from_october_1999_to_november_2024(encounters: Tidy) -> None:
    assert encounters.parts["period_from"].min() == date(1999, 10, 1)
    assert encounters.parts["period_through"].max() == date(2024, 11, 30)
    assert encounters.facts["place"].n_unique() == 25


def test_years_of_the_nation_are_those_of_the_workbook_but_for_rounding(encounters: Tidy) -> None:
    nation = years(encounters, "US")
    assert nation[2024] == 1_557_320
    assert abs(nation[2000] - 1_590_310) <= 60  # months rounded to ten, then added
    assert abs(nation[2021] - 1_662_170) <= 60


def test_southwest_years_agree_with_the_table_of_cbp_but_for_rounding(encounters: Tidy) -> None:
    southwest = years(encounters, "US-SWB")
    assert abs(southwest[2019] - 851_508) <= 60
    assert abs(southwest[2024] - 1_530_523) <= 60
