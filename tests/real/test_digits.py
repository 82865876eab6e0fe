"""Published figures that must come out to the digit: of the pinned real releases, and of the edition that ships."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from indicators.metrics import compute
from indicators.paths import Home, home
from indicators.periods import Clock
from indicators.warehouse import build, query

# the days on which each agency released the newest of the figures below
CBP = date(2025, 9, 30)
SESNSP = date(2025, 7, 31)
RNPDNO = date(2026, 4, 30)
REAL = pytest.param("real", marks=pytest.mark.real)


@pytest.fixture(scope="module", params=["edition", REAL])
def connection(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse of the edition alone, and that of the pinned real releases."""
    if request.param == "real":
        path = request.getfixturevalue("real_warehouse")
    else:
        fresh = Home(tmp_path_factory.mktemp("fresh"))
        path = fresh.warehouse
        assert build.build(build.BuildInputs(fresh.raw, home().edition), path)
    with query.connect(path) as opened:
        yield opened


def by_year(
    connection: duckdb.DuckDBPyConnection, metric: str, place: str, window: Clock, as_of: date
) -> dict[int, float]:
    """The values of whole years, calendar or fiscal, by the year they end in."""
    frame = compute.series(connection, metric, place, as_of, window).frame.drop_nulls("value")
    return {day.year: value for day, value in frame.select("period_end", "value").iter_rows()}


def at(connection: duckdb.DuckDBPyConnection, metric: str, place: str, period_end: date, as_of: date) -> float:
    """The value of the one period that ends on a day."""
    series = compute.series(connection, metric, place, as_of)
    return float(series.frame.filter(period_end=period_end)["value"].item())


def test_southwest_encounters_by_fiscal_year(connection: duckdb.DuckDBPyConnection) -> None:
    expected = {
        2019: 977_509, 2020: 458_088, 2021: 1_734_686, 2022: 2_378_944, 2023: 2_475_669, 2024: 2_135_005,
    }  # fmt: skip
    assert by_year(connection, "sw_encounters", "US-SWB", Clock.FISCAL_YEAR, CBP) == expected


def test_the_two_components_of_fiscal_year_2019(connection: duckdb.DuckDBPyConnection) -> None:
    between_ports = by_year(connection, "sw_usbp_apprehensions", "US-SWB", Clock.FISCAL_YEAR, CBP)[2019]
    at_ports = by_year(connection, "sw_inadmissibles_ofo", "US-SWB", Clock.FISCAL_YEAR, CBP)[2019]
    assert (between_ports, at_ports) == (851_508, 126_001)
    assert between_ports + at_ports == 977_509


def test_nationwide_encounters_by_fiscal_year(connection: duckdb.DuckDBPyConnection) -> None:
    years = by_year(connection, "sw_encounters", "US", Clock.FISCAL_YEAR, CBP)
    assert {year: years[year] for year in range(2021, 2025)} == {
        2021: 1_956_519,
        2022: 2_766_582,
        2023: 3_201_144,
        2024: 2_901_142,
    }


@pytest.mark.parametrize(("as_of", "known"), [(date(2023, 11, 30), 309_221), (date(2024, 10, 31), 309_024)])
def test_october_2023_as_it_was_known(connection: duckdb.DuckDBPyConnection, as_of: date, known: int) -> None:
    assert at(connection, "sw_encounters", "US", date(2023, 10, 31), as_of) == known


def test_victims_of_release_2025_06(connection: duckdb.DuckDBPyConnection) -> None:
    homicides = by_year(connection, "mx_homicide_victims", "MX", Clock.YEAR, SESNSP)
    assert homicides == dict(
        enumerate([17_884, 22_541, 28_868, 33_742, 34_723, 34_569, 33_359, 30_979, 29_721, 30_046], start=2015)
    )
    feminicides = by_year(connection, "mx_feminicide_victims", "MX", Clock.YEAR, SESNSP)
    assert (feminicides[2019], feminicides[2024]) == (970, 852)


def test_first_half_of_2025(connection: duckdb.DuckDBPyConnection) -> None:
    frame = compute.series(connection, "mx_homicide_victims", "MX", SESNSP).frame
    half = frame.filter(frame["period_start"] >= date(2025, 1, 1))
    assert half["period_end"].max() == date(2025, 6, 30)
    assert half["value"].sum() == 12_752


def test_victims_of_2023_as_known_at_the_end_of_2024(connection: duckdb.DuckDBPyConnection) -> None:
    known = by_year(connection, "mx_homicide_victims", "MX", Clock.YEAR, date(2024, 12, 31))
    assert known[2023] == 29_713
    assert max(known) == 2023


def test_states_add_up_to_the_nation(connection: duckdb.DuckDBPyConnection) -> None:
    found = compute.all_series(connection, "mx_homicide_victims", SESNSP)
    nation = found.pop("MX").frame["value"].to_list()
    states = [one.frame["value"].to_list() for one in found.values()]
    assert len(states) == 32
    assert [sum(month) for month in zip(*states, strict=True)] == nation


def test_rnid_cases_of_january_to_march_2026_without_attempts(connection: duckdb.DuckDBPyConnection) -> None:
    frame = compute.series(connection, "mx_homicide_cases", "MX", date(2026, 4, 30)).frame
    rnid = frame.filter(frame["period_start"] >= date(2026, 1, 1))
    assert rnid["value"].to_list() == [1_392, 1_206, 1_398]
    attempts = connection.sql(
        "SELECT sum(cases)::BIGINT FROM crime_cases_asof('2026-04-30')"
        " WHERE methodology = 'RNID' AND subtype = 'Tentativa de homicidio doloso'"
    ).fetchall()
    assert attempts == [(580,)]  # of the same crime_type: only the subtype keeps them out


OVERDOSES = ("us_overdose_deaths_12m", "us_overdose_deaths_12m_predicted")
OPIOIDS = ("us_synthetic_opioid_deaths_12m", "us_synthetic_opioid_deaths_12m_predicted")


@pytest.mark.parametrize(
    ("metrics", "to", "as_of", "reported", "predicted"),
    [
        (OVERDOSES, date(2017, 12, 31), date(2019, 4, 30), 70_699, 72_224),
        (OVERDOSES, date(2021, 12, 31), date(2025, 9, 30), 107_573, 109_099),
        (OVERDOSES, date(2021, 12, 31), date(2026, 2, 28), 107_573, 109_099),
        (OVERDOSES, date(2025, 4, 30), date(2025, 9, 30), 73_690, 76_516),
        (OVERDOSES, date(2025, 4, 30), date(2026, 2, 28), 75_180, 76_448),
        (OVERDOSES, date(2025, 9, 30), date(2026, 2, 28), 68_962, 72_108),
        (OPIOIDS, date(2025, 9, 30), date(2026, 2, 28), 38_409, 40_122),
    ],
)
def test_overdose_deaths_as_they_were_known(
    connection: duckdb.DuckDBPyConnection,
    metrics: tuple[str, str],
    to: date,
    as_of: date,
    reported: int,
    predicted: int,
) -> None:
    assert tuple(at(connection, name, "US", to, as_of) for name in metrics) == (reported, predicted)


def test_register_of_missing_persons_on_two_days(connection: duckdb.DuckDBPyConnection) -> None:
    frame = compute.series(connection, "mx_missing_stock", "MX", RNPDNO).frame
    stock = dict(frame.select("period_end", "value").iter_rows())
    assert stock == {date(2020, 7, 31): 73_263, date(2021, 11, 30): 95_238}


def test_months_of_2015_to_2025_are_no_stock(connection: duckdb.DuckDBPyConnection) -> None:
    months = compute.series(connection, "mx_missing_new", "MX", RNPDNO)
    assert months.frame["value"].sum() == 92_486
    assert (months.clock, months.kind) == (Clock.MONTH, "count")
    stock = compute.series(connection, "mx_missing_stock", "MX", RNPDNO)
    assert stock.clock == Clock.STOCK
    assert 92_486 not in stock.frame["value"].to_list()
