"""The published totals, to the digit, from snapshots of the register."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from indicators.catalog.tables import validate
from indicators.errors import DataError
from indicators.readers import Tidy, recognise, tidy

pytestmark = pytest.mark.real

MONTHS = "municipal-monthly-2015-2025/vintage-2026-04/rnpdno_"
YEARS = "state-year-sex-status/vintage-2020-07/rnpdno_import.csv.gz"
ANSWERS = "dashboard-json/vintage-2021-11/"


@pytest.fixture(scope="module")
def read(real_raw: Path) -> Callable[[str, date], Tidy]:
    """Read one real snapshot, within the contract."""

    def _read(name: str, released: date) -> Tidy:
        path = real_raw / "mx" / "rnpdno" / name
        match = recognise(path.name, path.read_bytes())
        assert match.source.id == "rnpdno"
        found = tidy(match, released=released)
        validate("missing_persons", found.facts, path.name)
        return found

    return _read


def by_status(found: Tidy, clock: str) -> dict[str, int]:
    rows = found.facts.filter(clock=clock).group_by("status").agg(pl.col("persons").sum())
    return dict(rows.rows())


def by_year(found: Tidy) -> dict[int, int]:
    rows = found.facts.filter(pl.col("clock") != "stock", status="missing")
    return dict(rows.group_by(pl.col("period_start").dt.year()).agg(pl.col("persons").sum()).rows())


def test_july_2020(read: Callable[[str, date], Tidy]) -> None:
    found = read(YEARS, date(2020, 7, 23))
    assert by_status(found, "stock") == {"missing": 73_263, "located_alive": 98_254, "located_dead": 6_401}
    assert dict(found.notes)["persons_without_year"]["missing"] == "11213"
    assert by_status(found, "year")["missing"] == 73_263 - 11_213
    assert {year: by_year(found)[year] for year in (2015, 2017, 2019, 2020)} == {
        2015: 4_018,
        2017: 7_909,
        2019: 7_350,
        2020: 2_425,
    }


def test_november_2021(read: Callable[[str, date], Tidy]) -> None:
    found = read(ANSWERS + "circunstancias/0.json", date(2021, 11, 30))
    assert by_status(found, "stock") == {"missing": 95_238, "disappeared": 85_565, "not_located": 9_673}
    assert dict(found.notes)["persons_without_year"]["missing"] == "16115"
    assert {year: by_year(found)[year] for year in (2015, 2017, 2019, 2020, 2021)} == {
        2015: 4_126,
        2017: 8_057,
        2019: 9_207,
        2020: 8_651,
        2021: 6_816,
    }


def test_only_one_answer_of_november_2021_is_the_stock(real_raw: Path, read: Callable[[str, date], Tidy]) -> None:
    root = real_raw / "mx" / "rnpdno"
    narrower = [path for path in (root / ANSWERS).rglob("*.json") if path.name != "0.json"]
    assert {"datos.json", "13.json"} < {path.name for path in narrower}
    for path in narrower:
        with pytest.raises(DataError, match=r"asked with (fecha_inicio|id_circunstancia)"):
            read(str(path.relative_to(root)), date(2021, 11, 30))


def test_months_of_2015_to_2025_are_no_stock(read: Callable[[str, date], Tidy]) -> None:
    found = read(MONTHS + "disappeared_not_located.csv.gz", date(2026, 4, 16))
    assert by_status(found, "month") == {"missing": 92_486}
    assert found.facts["clock"].unique().to_list() == ["month"]
    assert found.parts.rows() == [("month missing", date(2015, 1, 1), date(2025, 12, 31))]
    assert {year: by_year(found)[year] for year in (2015, 2017, 2019, 2020, 2021, 2024)} == {
        2015: 4_139,
        2017: 6_932,
        2019: 8_401,
        2020: 7_937,
        2021: 8_032,
        2024: 13_008,
    }


@pytest.mark.parametrize(
    ("name", "status", "persons", "without_state"),
    [
        ("total", "registered", 269_507, "220"),
        ("located_alive", "located_alive", 160_901, "51"),
        ("located_dead", "located_dead", 15_777, "4"),
    ],
)
def test_the_other_statuses_by_month(
    read: Callable[[str, date], Tidy], name: str, status: str, persons: int, without_state: str
) -> None:
    found = read(f"{MONTHS}{name}.csv.gz", date(2026, 4, 16))
    assert by_status(found, "month") == {status: persons}
    assert found.notes == [("persons_without_state", {status: without_state})]
    if status == "registered":
        in_2024 = found.facts.filter(pl.col("period_start").dt.year() == 2024)
        assert in_2024["persons"].sum() == 35_512
