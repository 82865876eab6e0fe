"""Weapon seizures from CBP's own file. No published total was found to hold these figures against."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from indicators.catalog.tables import validate
from indicators.readers import Tidy, recognise, tidy

pytestmark = pytest.mark.real

FILE = "us/cbp_weapons_ammunition_seizures/vintage-2025-06/weapons-ammunition-seizures-fy22-fy25-may.csv.gz"


@pytest.fixture(scope="module")
def seizures(real_raw: Path) -> Tidy:
    path = real_raw / FILE
    match = recognise(path.name, path.read_bytes())
    found = tidy(match, released=date(2025, 6, 30), data_month=date(2025, 5, 31))
    validate("weapon_seizures", found.facts, path.name)
    return found


def items(facts: pl.DataFrame) -> list[int]:
    """Items of fiscal years 2022 to 2024 and of October 2024 to May 2025."""
    return facts.group_by("part").agg(pl.col("items").sum()).sort("part")["items"].to_list()


def test_outbound_weapons_at_the_southwest_border(seizures: Tidy) -> None:
    weapons = seizures.facts.filter(seizure_type="weapons")
    south = weapons.filter(region="southwest", direction="outbound")
    assert items(south) == [415, 1_171, 1_110, 472]
    assert items(south.filter(pl.col("category").is_in(["handgun", "long_arm"]))) == [414, 1_171, 1_101, 468]
    assert items(weapons) == [2_374, 3_355, 4_302, 2_367]


def test_no_line_is_lost_and_blank_quantities_are_counted(seizures: Tidy) -> None:
    assert seizures.facts["line_items"].sum() == 22_559
    assert seizures.facts["line_items_without_quantity"].sum() == 5
    assert [code for code, _ in seizures.notes] == ["quantity_blank"]


def test_border_patrol_tells_no_direction(seizures: Tidy) -> None:
    assert set(seizures.facts.filter(component="border_patrol")["direction"]) == {"other"}
