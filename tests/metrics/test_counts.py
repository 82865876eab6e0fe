"""What fact tables say of a metric, from small releases in CBP's layouts: October 2021 to November 2022."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from indicators import catalog
from indicators.errors import UsageError
from indicators.metrics import compute
from indicators.paths import Home
from indicators.periods import Clock
from indicators.releases import ingest
from indicators.warehouse import build, query

NOW = date(2026, 11, 1)
FILES = (
    "cbp_drugs/nationwide-drugs-fy22-fy23-nov.csv",
    "cbp_drugs/amo-drug-seizures-fy22-fy23-oct.csv",
    "cbp_weapons/weapons-ammunition-seizures-fy22-fy23-oct.csv",
    "cbp_currency/currency-seizures-fy22-fy23-oct.csv",
)


@pytest.fixture(scope="module")
def seizures(once: Callable[..., Path], fixtures: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse of CBP's three tables of seizures."""

    def make(root: Path) -> None:
        home = Home(root)
        for name in FILES:
            assert ingest.add(fixtures / name, home.raw, ingest.IngestRequest(received=NOW)).status == "added"
        build.build(build.BuildInputs(home.raw, home.edition), home.warehouse)

    with query.connect(Home(once("seizures", make)).warehouse) as connection:
        yield connection


def values(connection: duckdb.DuckDBPyConnection, metric: str, place: str) -> list[float | None]:
    return compute.series(connection, metric, place, NOW).frame["value"].to_list()


def test_a_sum_over_all_areas(seizures: duckdb.DuckDBPyConnection) -> None:
    expected = [number + 0.25 for number in [*range(1, 13), 1, 2]]
    assert values(seizures, "fentanyl_seized_lb", "US") == expected
    assert values(seizures, "fentanyl_seizure_events", "US-SWB")[3] == 5  # a second, at the other land filter


def test_months_without_any_row_of_the_slice_are_zero_where_they_are_covered(
    seizures: duckdb.DuckDBPyConnection,
) -> None:
    """The northern border has rows in one month of fourteen, and the release covers fiscal year 2022 whole."""
    north = compute.series(seizures, "heroin_seized_lb", "US-NLB", NOW).frame
    assert north["value"].to_list() == [0.0] * 12
    assert north["missing_code"].null_count() == 12
    assert north["vintage"].null_count() == 0
    assert set(north["maturity"]) == {"final"}


def test_a_place_without_the_drug_has_zeros_and_no_gaps(seizures: duckdb.DuckDBPyConnection) -> None:
    assert values(seizures, "fentanyl_seized_lb", "US-USBP-TUCSON") == [0.0] * 14


def test_an_open_month_is_provisional(seizures: duckdb.DuckDBPyConnection) -> None:
    maturity = compute.series(seizures, "fentanyl_seized_lb", "US", NOW).frame["maturity"].to_list()
    assert maturity == ["final"] * 12 + ["provisional"] * 2


def test_a_corridor_holds_only_what_lies_wholly_in_it(seizures: duckdb.DuckDBPyConnection) -> None:
    west = values(seizures, "fentanyl_seized_lb", "california_baja_california")
    assert west == values(seizures, "fentanyl_seized_lb", "US-OFO-SAN-DIEGO")
    with pytest.raises(UsageError, match="has no texas_nuevo_leon"):
        compute.series(seizures, "fentanyl_seized_lb", "texas_nuevo_leon", NOW)
    # the Yuma sector spans two corridors: its dollars are in the nation, and in no corridor
    assert sum(values(seizures, "currency_seized_usd", "US-USBP-YUMA")) > 0
    found = compute.all_series(seizures, "currency_seized_usd", NOW, ["arizona_sonora"])
    assert found == {}


def test_direction_and_kind_of_weapons(seizures: duckdb.DuckDBPyConnection) -> None:
    assert values(seizures, "weapons_seized_sw", "US-SWB")[:3] == [1, 2, 3]
    assert values(seizures, "gun_parts_seized_sw", "US-SWB")[0] == 0  # the sector's magazines have no direction


def test_pounds_and_dollars_are_amounts_and_events_are_counts(seizures: duckdb.DuckDBPyConnection) -> None:
    kinds = {
        name: compute.series(seizures, name, "US", NOW).kind
        for name in ("fentanyl_seized_lb", "fentanyl_seizure_events", "currency_seized_usd")
    }
    assert list(kinds.values()) == ["amount", "count", "amount"]


def test_air_and_marine_stand_apart(seizures: duckdb.DuckDBPyConnection) -> None:
    rows = seizures.sql("SELECT dataset, sum(seized_lb) FROM drug_seizures WHERE drug = 'cocaine' GROUP BY ALL")
    pounds = dict(rows.fetchall())
    assert sum(values(seizures, "cocaine_seized_air_marine_lb", "US")) == pounds["air_and_marine"] > 0
    assert sum(values(seizures, "cocaine_seized_lb", "US")) == pounds.get("land_components", 0)


def test_a_ratio_without_its_five_years_is_not_published(seizures: duckdb.DuckDBPyConnection) -> None:
    ratio = compute.series(seizures, "drug_seizure_ratio_5y_fentanyl_at_ports", "US", NOW).frame
    assert ratio["value"].to_list() == [None] * 3
    assert set(ratio["missing_code"]) == {"not_published"}


def test_rolling_years_that_are_fiscal_years(seizures: duckdb.DuckDBPyConnection) -> None:
    name = "drug_seizure_ratio_5y_fentanyl_at_ports"
    years = compute.series(seizures, name, "US", NOW, Clock.FISCAL_YEAR)
    assert years.frame.select("period_start", "period_end").rows() == [(date(2021, 10, 1), date(2022, 9, 30))]
    assert years.clock == Clock.FISCAL_YEAR
    with pytest.raises(UsageError, match="can't be summed to quarter"):
        compute.series(seizures, name, "US", NOW, Clock.QUARTER)


def test_before_the_first_release_there_is_nothing(seizures: duckdb.DuckDBPyConnection) -> None:
    assert compute.all_series(seizures, "fentanyl_seized_lb", date(2020, 1, 1)) == {}


def test_each_table_has_one_source() -> None:
    assert catalog.source_of("drug_seizures").id == "cbp_drugs"
    assert catalog.source_of("encounters_long").id == "ohss_encounters"
