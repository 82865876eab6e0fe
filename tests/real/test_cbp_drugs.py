"""The published weights, to the digit, from CBP's own files."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from indicators import catalog
from indicators.catalog.tables import validate
from indicators.readers import Tidy, recognise, tidy

pytestmark = pytest.mark.real

FENTANYL_LB = {
    2019: 2_803.6,
    2020: 4_791.1,
    2021: 11_201.3,
    2022: 14_699.9,
    2023: 27_022.9,
    2024: 21_889.2,
    2025: 12_027.3,
    2026: 6_725.6,  # October to April
}
AIR_AND_MARINE_LB = {
    2019: 348_132,
    2020: 287_382,
    2021: 813_518,
    2022: 270_414,  # 270,414.46
    2023: 304_435,
    2024: 233_662,
    2025: 521_156,
}
AREAS = {
    "vintage-2022-11/nationwide-drugs-fy19-fy22.csv.gz": date(2022, 9, 30),
    "vintage-2024-10/nationwide-drugs-fy21-fy24.csv.gz": date(2024, 9, 30),
    "vintage-2025-06/nationwide-drugs-fy22-fy25-may.csv": date(2025, 5, 31),
    "vintage-2026-01/nationwide-drugs-fy23-fy26-dec.csv": date(2025, 12, 31),
    "vintage-2026-05/nationwide-drugs-fy23-fy26-apr.csv": date(2026, 4, 30),
}
BRANCHES = {
    "vintage-2022-11/amo-drug-seizures-fy19-fy22.csv": date(2022, 9, 30),
    "vintage-2026-01/amo-drug-seizures-fy23-fy26-dec.csv": date(2025, 12, 31),
}
KEY = ["place", "period_start", "component", "region", "land_filter", "drug"]


def _read(folder: Path, names: dict[str, date]) -> dict[date, Tidy]:
    found = {}
    for name, data_month in names.items():
        path = folder / name
        match = recognise(path.name, path.read_bytes())
        found[data_month] = tidy(match, released=data_month, data_month=data_month)
        validate("drug_seizures", found[data_month].facts, path.name)
    return found


@pytest.fixture(scope="module")
def areas(real_raw: Path) -> dict[date, Tidy]:
    return _read(real_raw / "us" / "cbp_drug_seizures", AREAS)


@pytest.fixture(scope="module")
def branches(real_raw: Path) -> dict[date, Tidy]:
    return _read(real_raw / "us" / "cbp_amo_drug_seizures", BRANCHES)


def newest(releases: dict[date, Tidy]) -> pl.DataFrame:
    """Each fiscal year from the newest release that holds it."""
    parts = {part: one for one in releases.values() for part in one.parts["part"]}
    return pl.concat(one.facts.filter(part=part) for part, one in parts.items())


def pounds(facts: pl.DataFrame, digits: int) -> dict[int, float]:
    sums = facts.group_by("part").agg(pl.col("seized_lb").sum())
    return {int(part[-4:]): round(weight, digits) for part, weight in sums.rows()}


def test_fentanyl_of_each_fiscal_year(areas: dict[date, Tidy]) -> None:
    fentanyl = newest(areas).filter(drug="fentanyl")
    assert pounds(fentanyl, 1) == FENTANYL_LB
    assert pounds(fentanyl, 2)[2022] == 14_699.88
    assert pounds(fentanyl.filter(region="southwest"), 1)[2024] == 21_148.2
    assert pounds(fentanyl.filter(region="northern"), 1)[2024] == 43.0
    assert pounds(fentanyl.filter(region="southwest"), 1)[2025] == 11_488.3


def test_air_and_marine_apart_from_the_others(areas: dict[date, Tidy], branches: dict[date, Tidy]) -> None:
    weights = pounds(newest(branches), 0)
    assert {year: weight for year, weight in weights.items() if year < 2026} == AIR_AND_MARINE_LB
    assert set(newest(areas)["component"]) == {"field_operations", "border_patrol"}


def test_every_area_stands_in_the_region_of_its_place(areas: dict[date, Tidy]) -> None:
    facts = newest(areas).select("place", "region").unique()
    regions = {"US-SWB": "southwest", "US-NLB": "northern", "US-OTB": "other"}
    assert facts.height == 41
    assert all(regions[catalog.places()[place].parent] == region for place, region in facts.rows())


def _compare(older: pl.DataFrame, newer: pl.DataFrame) -> tuple[int, int, int]:
    """Cells changed beyond the noise of floats, gone, and new."""
    both = older.join(newer, on=KEY, how="full", coalesce=True, suffix="_new")
    gone, new = pl.col("seized_lb_new").is_null(), pl.col("seized_lb").is_null()
    moved = (pl.col("seized_lb") - pl.col("seized_lb_new")).abs() > 1e-6
    changed = moved | (pl.col("events") != pl.col("events_new"))
    counts = both.select(changed=(changed & ~gone & ~new).sum(), gone=gone.sum(), new=new.sum())
    return counts.row(0)


def test_closed_fiscal_years_do_not_change(areas: dict[date, Tidy]) -> None:
    releases = list(areas.values())
    pairs = 0
    for older, newer in pairwise(releases):
        closed = older.facts.filter(maturity="final")["part"].unique().to_list()
        shared = [part for part in closed if part in set(newer.parts["part"])]
        for part in shared:
            assert _compare(older.facts.filter(part=part), newer.facts.filter(part=part)) == (0, 0, 0)
            pairs += 1
    assert pairs == 10


def test_open_fiscal_year_moves_much_between_releases(areas: dict[date, Tidy]) -> None:
    def months(data_month: date, part: str, through: date) -> pl.DataFrame:
        facts = areas[data_month].facts
        return facts.filter(pl.col("part") == part, pl.col("period_end") <= through)

    may, december, april = date(2025, 5, 31), date(2025, 12, 31), date(2026, 4, 30)
    fy2025 = [months(one, "land_components FY2025", may) for one in (may, december)]
    fy2026 = [months(one, "land_components FY2026", december) for one in (december, april)]
    assert _compare(*fy2025) == (46, 3, 3)
    assert _compare(*fy2026) == (210, 0, 1)
    assert [facts["events"].sum() for facts in fy2026] == [12_351, 14_441]
