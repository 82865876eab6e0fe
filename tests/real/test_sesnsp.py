"""SESNSP's real releases, to the digit of what was published."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from indicators.catalog.tables import validate
from indicators.errors import DataError
from indicators.periods import month_end
from indicators.readers import Tidy, recognise, tidy
from real_releases import file_in

pytestmark = pytest.mark.real

VICTIMS = "mx/sesnsp/estatal-victimas-reconstructed"
CASES = "mx/sesnsp/estatal-delitos"
RNID_CASES = "mx/sesnsp/rnid-estatal-delitos"


def release(raw: Path, folder: str, month: str) -> Tidy:
    """The pinned file of a vintage folder, read with the month that its name says it reaches."""
    path = file_in(raw, f"{folder}/vintage-{month}")
    match = recognise(path.name, path.read_bytes())
    assert match.source.id == ("sesnsp_victims" if folder == VICTIMS else "sesnsp_cases")
    year, number = map(int, month.split("-"))
    data_month = month_end(date(year, number, 1))
    result = tidy(match, released=month_end(date(year + number // 12, number % 12 + 1, 1)), data_month=data_month)
    facts = validate(match.source.table, result.facts, path.name)
    assert result.notes == []
    assert result.parts["period_through"].max() == data_month
    return Tidy(facts.rename({match.source.table.removeprefix("crime_"): "count"}), result.parts)


def by_year(result: Tidy, **where: str) -> dict[int, int]:
    year = pl.col("period_start").dt.year()
    return dict(result.facts.filter(**where).group_by(year).agg(pl.col("count").sum()).sort("period_start").rows())


def by_month(result: Tidy, **where: str) -> list[int]:
    facts = result.facts.filter(**where)
    return facts.group_by("period_start").agg(pl.col("count").sum()).sort("period_start")["count"].to_list()


def test_victims_of_release_2025_06(real_raw: Path) -> None:
    result = release(real_raw, VICTIMS, "2025-06")
    intentional = by_year(result, subtype="Homicidio doloso")
    assert intentional == {
        2015: 17_884, 2016: 22_541, 2017: 28_868, 2018: 33_742, 2019: 34_723, 2020: 34_569,
        2021: 33_359, 2022: 30_979, 2023: 29_721, 2024: 30_046, 2025: 12_752,
    }  # fmt: skip
    assert by_year(result, subtype="Feminicidio") == {
        2015: 428, 2016: 647, 2017: 768, 2018: 920, 2019: 970, 2020: 976,
        2021: 1_021, 2022: 983, 2023: 851, 2024: 852, 2025: 338,
    }  # fmt: skip


def test_victims_of_2023_as_quoted_in_january_2025(real_raw: Path) -> None:
    result = release(real_raw, VICTIMS, "2024-11")
    assert by_year(result, subtype="Homicidio doloso")[2023] == 29_713
    assert by_year(result, subtype="Homicidio doloso")[2024] == 27_794


def test_feminicides_of_january_to_october_2024_as_quoted_in_december(real_raw: Path) -> None:
    result = release(real_raw, VICTIMS, "2024-10")
    feminicides = by_year(result, subtype="Feminicidio")
    assert (feminicides[2024], feminicides[2023]) == (695, 853)


def test_first_print_of_july_2024_was_revised_twice(real_raw: Path) -> None:
    prints = [
        by_month(release(real_raw, VICTIMS, month), subtype="Homicidio doloso")[9 * 12 + 6]
        for month in ("2024-07", "2024-08", "2025-06")
    ]
    assert prints == [2_546, 2_567, 2_564]


def test_an_age_column_swapped_in_chihuahua_in_october_2024_and_mended_later(real_raw: Path) -> None:
    where = {
        "place": "MX-CHH",
        "subtype": "Homicidio doloso",
        "modality": "Con arma de fuego",
        "sex": "male",
        "period_start": date(2024, 10, 1),
    }
    bands = ["Menores de edad (0-17)", "Adultos (18 y más)"]
    for month, expected in (("2024-10", [94, 5]), ("2025-06", [5, 94])):
        facts = release(real_raw, VICTIMS, month).facts
        assert [facts.filter(age_group=band, **where)["count"].sum() for band in bands] == expected


@pytest.mark.parametrize(
    ("month", "of_2019"),
    [("2023-07", 29_500), ("2023-09", 29_498), ("2023-11", 29_499), ("2024-06", 29_501), ("2024-11", 29_500)],
)
def test_cases_of_2019_never_settle(real_raw: Path, month: str, of_2019: int) -> None:
    assert by_year(release(real_raw, CASES, month), subtype="Homicidio doloso")[2019] == of_2019


def test_cases_run_below_victims(real_raw: Path) -> None:
    cases = by_year(release(real_raw, CASES, "2024-11"), subtype="Homicidio doloso")
    assert (cases[2018], cases[2023]) == (29_096, 25_290)


def test_every_case_of_a_release_arrives(real_raw: Path) -> None:
    result = release(real_raw, CASES, "2023-07")
    of_2023 = [174_951, 168_810, 198_303, 173_977, 189_026, 195_361, 180_761]
    assert by_month(result)[-7:] == of_2023


def test_rnid_cases_of_january_to_march_2026(real_raw: Path) -> None:
    result = release(real_raw, RNID_CASES, "2026-03")
    assert by_month(result, subtype="Homicidio doloso") == [1_392, 1_206, 1_398]
    assert sum(by_month(result, subtype="Tentativa de homicidio doloso")) == 580
    assert sum(by_month(result, subtype="Feminicidio")) == 144
    assert sum(by_month(result, subtype="Tentativa de feminicidio")) == 147
    assert by_month(result) == [154_812, 150_592, 175_249]


def test_rnid_subtypes_that_split_are_found_by_crime_type(real_raw: Path) -> None:
    result = release(real_raw, RNID_CASES, "2026-03")
    assert by_month(result, subtype="Secuestro") == []
    kinds = result.facts.filter(crime_type="Secuestro")["subtype"].unique()
    assert set(kinds) <= {
        "Secuestro extorsivo",
        "Secuestro con calidad de rehén",
        "Secuestro para causar daño",
        "Secuestro exprés",
    }
    assert len(kinds) >= 2


def test_rnid_lesions_moved_between_modalities_in_the_state_of_mexico(real_raw: Path) -> None:
    where = {"place": "MX-MEX", "subtype": "Lesiones dolosas"}
    before, after = release(real_raw, RNID_CASES, "2026-02"), release(real_raw, RNID_CASES, "2026-03")
    assert by_month(before, modality="No especificado", **where) == [2_837, 2_841]
    left = after.facts.filter(pl.col("period_start") < date(2026, 3, 1), modality="No especificado", **where)
    assert left.is_empty()  # zeros are published, and leave no row here
    assert by_month(before, modality="Con otro elemento", **where) == [4, 8]
    assert by_month(after, modality="Con otro elemento", **where)[:2] == [2_840, 2_849]


def test_rnid_victims_by_municipality_add_up_to_those_by_state(real_raw: Path) -> None:
    read = {}
    for grain, layout in (("municipal", "municipality_months"), ("estatal", "state_months")):
        folder = real_raw / f"mx/sesnsp/rnid-{grain}-victimas-reconstructed/vintage-2026-04"
        (path,) = folder.glob("RNID-*-abr2026.csv.gz")
        match = recognise(path.name, path.read_bytes())
        assert match.layout == layout
        read[grain] = tidy(match, released=date(2026, 5, 31), data_month=date(2026, 4, 30))
    by_municipality, by_state = read["municipal"].facts, read["estatal"].facts
    assert by_municipality.sort(by_municipality.columns).equals(by_state.sort(by_state.columns))
    homicides = by_municipality.filter(subtype="Homicidio doloso").group_by("period_start").agg(pl.col("victims").sum())
    assert homicides.sort("period_start")["victims"].to_list() == [1_600, 1_383, 1_589, 1_575]


def test_a_fragment_of_rnid_victims_by_municipality_is_refused(real_raw: Path) -> None:
    path = real_raw / "mx/sesnsp/rnid-municipal-victimas-fragment/RNID-Víctimas_Municipal-2026-feb2026.fragment.csv"
    with pytest.raises(DataError, match="victims in each of 32 states"):
        tidy(recognise(path.name, path.read_bytes()), released=date(2026, 3, 31), data_month=date(2026, 2, 28))
