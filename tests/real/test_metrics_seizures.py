"""The published seizures, to the digit, as metrics of the warehouse."""

from collections.abc import Callable
from datetime import date

import duckdb
import polars as pl
import pytest

from indicators import catalog
from indicators.metrics import compute
from indicators.metrics.change import year_on_year
from indicators.metrics.series import Series
from indicators.periods import Clock, fiscal_year

pytestmark = pytest.mark.real

NOW = date(2026, 11, 1)
SEIZURES = ("drug_seizures", "weapon_seizures", "currency_seizures")
Read = Callable[..., Series]


@pytest.fixture
def read(real_connection: duckdb.DuckDBPyConnection) -> Read:
    def series(metric: str, place: str, window: Clock | None = None, as_of: date = NOW) -> Series:
        return compute.series(real_connection, metric, place, as_of, window)

    return series


def by_fiscal_year(found: Series, digits: int = 1) -> dict[int, float]:
    values = found.frame.filter(pl.col("value").is_not_null())
    return {fiscal_year(end): round(value, digits) for end, value in values["period_end", "value"].rows()}


def value_at(found: Series, end: date) -> float | None:
    return found.frame.filter(period_end=end)["value"].item()


def test_fentanyl_of_each_fiscal_year(read: Read) -> None:
    nation = read("fentanyl_seized_lb", "US", Clock.FISCAL_YEAR)
    assert by_fiscal_year(nation) == {
        2019: 2_803.6,
        2020: 4_791.1,
        2021: 11_201.3,
        2022: 14_699.9,
        2023: 27_022.9,
        2024: 21_889.2,
        2025: 12_027.3,
    }
    assert by_fiscal_year(nation, 2)[2022] == 14_699.88


def test_fentanyl_of_the_open_fiscal_year_to_date(read: Read) -> None:
    to_date = read("fentanyl_seized_lb", "US", Clock.FISCAL_YEAR_TO_DATE)
    assert round(value_at(to_date, date(2026, 4, 30)), 1) == 6_725.6
    whole = read("fentanyl_seized_lb", "US", Clock.FISCAL_YEAR).frame.row(-1, named=True)
    assert (whole["value"], whole["missing_code"]) == (None, "not_published")


def test_fentanyl_at_each_border(read: Read) -> None:
    assert by_fiscal_year(read("fentanyl_seized_lb", "US-SWB", Clock.FISCAL_YEAR))[2024] == 21_148.2
    assert by_fiscal_year(read("fentanyl_seized_lb", "US-SWB", Clock.FISCAL_YEAR))[2025] == 11_488.3
    assert by_fiscal_year(read("fentanyl_seized_lb", "US-NLB", Clock.FISCAL_YEAR))[2024] == 43.0


def test_a_past_day_sees_the_open_year_as_it_stood(read: Read) -> None:
    month = date(2024, 10, 31)
    assert round(value_at(read("fentanyl_seized_lb", "US", as_of=date(2025, 7, 1)), month), 1) == 2_067.7
    assert round(value_at(read("fentanyl_seized_lb", "US"), month), 1) == 1_992.5


def test_a_covered_month_without_a_seizure_is_zero(read: Read) -> None:
    maine = read("fentanyl_seized_lb", "US-USBP-HOULTON").frame
    assert maine.height == 91  # October 2018 to April 2026
    assert maine["missing_code"].null_count() == 91
    assert 0.0 in maine["value"].to_list()


def test_air_and_marine_is_never_in_the_others(read: Read) -> None:
    own = by_fiscal_year(read("cocaine_seized_air_marine_lb", "US", Clock.FISCAL_YEAR))
    assert set(own) == {2019, 2020, 2021, 2022, 2023, 2024, 2025}
    rest = by_fiscal_year(read("cocaine_seized_lb", "US", Clock.FISCAL_YEAR))
    assert all(own[year] != rest[year] for year in own)


def test_southbound_weapons(read: Read) -> None:
    weapons = read("weapons_seized_sw", "US-SWB", Clock.FISCAL_YEAR)
    assert by_fiscal_year(weapons, 0) == {2022: 415, 2023: 1_171, 2024: 1_110}
    to_date = read("weapons_seized_sw", "US-SWB", Clock.FISCAL_YEAR_TO_DATE)
    assert value_at(to_date, date(2025, 5, 31)) == 472


def test_ammunition_and_parts_are_apart_from_weapons(real_connection: duckdb.DuckDBPyConnection) -> None:
    names = ("weapons_seized_sw", "ammunition_seized_sw", "gun_parts_seized_sw")
    many = [compute.series(real_connection, name, "US-SWB", NOW) for name in names]
    total = real_connection.sql(
        "SELECT sum(items) FROM weapon_seizures_asof('2026-11-01')"
        " WHERE region = 'southwest' AND direction = 'outbound' AND category != 'body_armor'"
    ).fetchall()[0][0]
    assert sum(one.frame["value"].sum() for one in many) == total


def test_the_statutory_ratio_needs_five_years(read: Read) -> None:
    name = "drug_seizure_ratio_5y_fentanyl_at_ports"
    ratio = read(name, "US", Clock.FISCAL_YEAR)
    assert list(by_fiscal_year(ratio)) == [2024, 2025]
    assert ratio.frame.filter(pl.col("value").is_null())["missing_code"].unique().to_list() == ["not_published"]
    assert by_fiscal_year(ratio, 3)[2025] == 0.741
    assert ratio.kind == "ratio"


def test_the_statutory_ratio_is_the_year_over_the_mean_of_five(
    read: Read, real_connection: duckdb.DuckDBPyConnection
) -> None:
    rows = real_connection.sql(
        "SELECT right(part, 4), sum(seized_lb) FROM drug_seizures_asof('2026-11-01')"
        " WHERE dataset = 'land_components' AND drug = 'cocaine' AND component = 'border_patrol' GROUP BY ALL"
    ).fetchall()
    pounds = {int(year): weight for year, weight in rows}
    ratio = by_fiscal_year(read("drug_seizure_ratio_5y_cocaine_between_ports", "US", Clock.FISCAL_YEAR), 9)
    assert ratio[2025] == pytest.approx(pounds[2025] / (sum(pounds[year] for year in range(2020, 2025)) / 5))


def test_pounds_have_no_interval_and_their_change_none_either(read: Read) -> None:
    fentanyl = read("fentanyl_seized_lb", "US")
    assert fentanyl.kind == "amount"
    assert fentanyl.frame["lower"].null_count() == fentanyl.frame.height
    change = year_on_year(fentanyl, at=date(2025, 9, 30))
    assert round(change.later or 0, 1) == 12_027.3
    assert round(100 * (change.ratio - 1), 1) == -45.1
    assert (change.lower, change.distinguishable, change.reason) == (None, None, "no_interval")


def test_a_corridor_adds_up_what_lies_wholly_in_it(read: Read) -> None:
    months = [
        read("fentanyl_seized_lb", place).frame["value"]
        for place in ("arizona_sonora", "US-OFO-TUCSON", "US-USBP-TUCSON")
    ]
    assert (months[0] - months[1] - months[2]).abs().max() < 1e-6


def test_every_metric_of_seizures_is_neutral(real_connection: duckdb.DuckDBPyConnection) -> None:
    ours = [one for one in catalog.metrics().values() if one.table in SEIZURES]
    assert len(ours) > 30
    for one in ours:
        assert (one.klass, one.good) == ("output", "none"), one.id
        found = compute.all_series(real_connection, one.id, NOW, ["US", "US-SWB"])
        assert found or one.table == "currency_seizures", one.id


def test_federal_offences_and_the_long_history(read: Read) -> None:
    firearms = read("mx_federal_firearms_law", "MX", Clock.YEAR)
    assert value_at(firearms, date(2024, 12, 31)) == 14_845
    long = read("usbp_encounters_long", "US", Clock.FISCAL_YEAR)
    assert value_at(long, date(2024, 9, 30)) == 1_557_320
    assert long.frame["period_start"].min() == date(1999, 10, 1)
