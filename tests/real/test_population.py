"""The published populations, to the digit, of every edition at hand."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from indicators.catalog.tables import validate
from indicators.errors import DataError
from indicators.readers import Tidy, recognise, tidy

pytestmark = pytest.mark.real

US = "us/census_nst_est/vintage-2024/NST-EST2024-ALLDATA.csv"
MX_2018 = "mx/conapo/vintage-2018/pob_mit_proyecciones_from_rds.csv.gz"
MX_2023 = "mx/conapo/vintage-2023/conapo_pob_ent_gender_1950_2070.csv.gz"
Read = Callable[[str, date], Tidy]


@pytest.fixture(scope="module")
def read(real_raw: Path) -> Read:
    """Read one real edition, within the contract."""

    def _read(name: str, released: date) -> Tidy:
        path = real_raw / name
        found = tidy(recognise(path.name, path.read_bytes()), released=released)
        validate("population", found.facts, path.name)
        return found

    return _read


def residents(found: Tidy, place: str, year: int) -> int:
    return int(found.facts.filter(place=place, period_start=date(year, 7, 1))["population_persons"].item())


def test_united_states_vintage_2024(read: Read) -> None:
    found = read(US, date(2024, 12, 31))
    assert residents(found, "US", 2024) == 340_110_988
    assert residents(found, "US-TX", 2024) == 31_290_831
    assert residents(found, "US", 2020) == 331_577_720
    assert residents(found, "US-PR", 2024) == 3_203_295
    assert found.facts.height == 53 * 5


@pytest.mark.parametrize(
    ("name", "released", "expected"),
    [
        (MX_2018, date(2018, 12, 31), {2019: 126_577_691, 2020: 127_792_286, 2024: 132_308_276}),
        (MX_2023, date(2023, 12, 31), {2019: 127_215_666, 2020: 128_209_170, 2024: 132_274_416}),
    ],
)
def test_mexico_differs_by_edition(read: Read, name: str, released: date, expected: dict[int, int]) -> None:
    found = read(name, released)
    assert {year: residents(found, "MX", year) for year in expected} == expected
    assert found.facts.height == 33 * 26
    assert found.parts.rows() == [("CONAPO", date(2010, 7, 1), date(2035, 7, 1))]


@pytest.mark.parametrize("name", ["poblacion_entidad_total.csv.gz", "poblacion_municipal_total.csv.gz"])
def test_wide_tables_are_not_taken(real_raw: Path, name: str) -> None:
    path = real_raw / "mx" / "conapo" / "vintage-2023" / name
    with pytest.raises(DataError, match="the header of a known series"):
        recognise(name, path.read_bytes())
