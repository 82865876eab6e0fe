"""The published totals, to the digit, from CBP's own files."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from indicators.catalog.tables import validate
from indicators.readers import Tidy, recognise, tidy

pytestmark = pytest.mark.real

SOUTHWEST = {
    2019: 977_509,
    2020: 458_088,
    2021: 1_734_686,
    2022: 2_378_944,
    2023: 2_475_669,
    2024: 2_135_005,
}
NATIONWIDE = {2020: 646_822, 2021: 1_956_519, 2022: 2_766_582, 2023: 3_201_144, 2024: 2_901_142}
RELEASES = {
    "cbp_sbo_encounters/vintage-2022-10/sbo-encounters-fy19-fy22.csv": date(2022, 9, 30),
    "cbp_sbo_encounters/vintage-2024-12/sbo-encounters-fy22-fy25-nov.csv": date(2024, 11, 30),
    "cbp_sbo_encounters/vintage-2025-09/sbo-encounters-fy22-fy25-aug.csv": date(2025, 8, 31),
    "cbp_nationwide_encounters/vintage-2023-11-fy23-final/nationwide-encounters-fy20-fy23-state.csv.gz": date(
        2023, 9, 30
    ),
    "cbp_nationwide_encounters/vintage-2023-11/nationwide-encounters-fy21-fy24-oct-state.csv.gz": date(2023, 10, 31),
    "cbp_nationwide_encounters/vintage-2024-10/nationwide-encounters-fy21-fy24-state.csv.gz": date(2024, 9, 30),
}


@pytest.fixture(scope="module")
def releases(real_raw: Path) -> dict[date, Tidy]:
    """Every real release by its data month, oldest first, each within the contract."""
    found = {}
    for name, data_month in sorted(RELEASES.items(), key=lambda one: one[1]):
        path = real_raw / "us" / name
        match = recognise(path.name, path.read_bytes())
        found[data_month] = tidy(match, released=data_month, data_month=data_month)
        validate("encounters", found[data_month].facts, path.name)
    return found


def newest(releases: dict[date, Tidy], dataset: str) -> pl.DataFrame:
    """Each fiscal year from the newest release that holds it."""
    parts = {part: one for one in releases.values() for part in one.parts["part"] if part.startswith(dataset)}
    return pl.concat(one.facts.filter(part=part) for part, one in parts.items())


def by_year(facts: pl.DataFrame) -> dict[int, int]:
    sums = facts.group_by("part").agg(pl.col("encounters").sum())
    return {int(part[-4:]): count for part, count in sums.rows()}


def test_southwest_fiscal_years(releases: dict[date, Tidy]) -> None:
    facts = newest(releases, "southwest")
    assert {year: count for year, count in by_year(facts).items() if year < 2025} == SOUTHWEST
    patrol = by_year(facts.filter(component="border_patrol"))
    ports = by_year(facts.filter(component="field_operations"))
    assert (patrol[2019], ports[2019]) == (851_508, 126_001)
    assert (patrol[2023], patrol[2024]) == (2_045_838, 1_530_523)


def test_nationwide_fiscal_years_and_their_southwest_share(releases: dict[date, Tidy]) -> None:
    facts = newest(releases, "nationwide_state")
    assert by_year(facts) == NATIONWIDE
    southwest = by_year(facts.filter(land_border_region="southwest"))
    assert southwest == {year: count for year, count in SOUTHWEST.items() if year >= 2020}


def test_southwest_table_and_state_table_agree_month_by_month(releases: dict[date, Tidy]) -> None:
    def monthly(facts: pl.DataFrame) -> pl.DataFrame:
        closed = pl.col("period_end").is_between(date(2019, 10, 1), date(2024, 9, 30))
        return facts.filter(closed).group_by("period_start").agg(pl.col("encounters").sum()).sort("period_start")

    by_state = newest(releases, "nationwide_state").filter(land_border_region="southwest")
    assert monthly(newest(releases, "southwest")).equals(monthly(by_state))
    assert monthly(by_state).height == 60


@pytest.mark.parametrize(
    ("data_month", "everywhere", "southwest"),
    [(date(2023, 10, 31), 309_221, 240_988), (date(2024, 9, 30), 309_024, 240_927)],
)
def test_october_2023_as_it_was_known(
    releases: dict[date, Tidy], data_month: date, everywhere: int, southwest: int
) -> None:
    october = releases[data_month].facts.filter(period_start=date(2023, 10, 1))
    assert october["encounters"].sum() == everywhere
    assert october.filter(land_border_region="southwest")["encounters"].sum() == southwest


def test_open_year_was_revised_between_two_releases(releases: dict[date, Tidy]) -> None:
    def months(data_month: date) -> list[int]:
        facts = releases[data_month].facts.filter(part="southwest FY2025")
        sums = facts.group_by("period_start").agg(pl.col("encounters").sum()).sort("period_start")
        return sums["encounters"].to_list()[:2]

    assert months(date(2024, 11, 30)) == [106_335, 94_190]
    assert months(date(2025, 8, 31)) == [106_321, 94_186]


def test_title_42_of_fy2022_is_one_type_in_every_release(releases: dict[date, Tidy]) -> None:
    for data_month in (date(2022, 9, 30), date(2024, 11, 30), date(2025, 8, 31)):
        facts = releases[data_month].facts.filter(
            part="southwest FY2022", authority="title_42", component="border_patrol"
        )
        assert facts["encounter_type"].unique().to_list() == ["expulsion"]
        assert facts["encounters"].sum() == 1_054_084


@pytest.mark.parametrize(
    ("older", "newer", "years"),
    [
        (date(2022, 9, 30), date(2024, 11, 30), ["southwest FY2022"]),
        (date(2024, 11, 30), date(2025, 8, 31), [f"southwest FY{year}" for year in (2022, 2023, 2024)]),
        (
            date(2023, 9, 30),
            date(2023, 10, 31),
            [f"nationwide_state FY{year}" for year in (2021, 2022, 2023)],
        ),
        (
            date(2023, 10, 31),
            date(2024, 9, 30),
            [f"nationwide_state FY{year}" for year in (2021, 2022, 2023)],
        ),
    ],
)
def test_closed_fiscal_years_do_not_change(
    releases: dict[date, Tidy], older: date, newer: date, years: list[str]
) -> None:
    def cells(data_month: date) -> pl.DataFrame:
        facts = releases[data_month].facts.filter(pl.col("part").is_in(years))
        return facts.sort(facts.columns)

    assert cells(older).equals(cells(newer))
    assert cells(older)["part"].unique().sort().to_list() == years
