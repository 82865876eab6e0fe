"""Nothing singles out a person: what may be held, counted and shown (docs/threat-model.md, Privacy)."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from indicators import catalog, contracts
from indicators.paths import Home
from indicators.periods import Clock

TRAITS = {"sex", "age_group", "citizenship", "demographic"}
SHORTEST = timedelta(days=28)


def columns(table: str) -> set[str]:
    return set(contracts.FACTS[table].columns)


def asked(metric: dict[str, Any]) -> set[str]:
    """The columns whose categories a metric picks."""
    slices = [one.get("where") or {} for one in metric.get("slices") or []]
    return {name for chosen in (metric.get("where"), metric.get("of"), *slices) for name in chosen or {}}


@pytest.mark.parametrize("table", contracts.FACTS)
def test_no_table_holds_a_day_or_an_address(table: str) -> None:
    finer = {
        "day",
        "date",
        "address",
        "street",
        "locality",
        "neighborhood",
        "latitude",
        "longitude",
        "age",
        "name",
    }
    assert not columns(table) & finer
    assert not {str(clock) for clock in Clock} & {"day", "week"}


@pytest.mark.parametrize(
    "table", [table for table in contracts.FACTS if "municipality_code" in columns(table)]
)
def test_a_municipality_is_never_split_by_a_trait(table: str) -> None:
    assert not columns(table) & (TRAITS - {"sex"})


@pytest.mark.parametrize("name", catalog.metrics())
def test_a_metric_describes_a_person_by_one_trait_at_most(name: str) -> None:
    metric = catalog.metrics()[name].model_dump()
    traits = asked(metric) & TRAITS
    assert len(traits) <= 1
    if traits:
        assert metric["table"] is None or "municipality_code" not in columns(metric["table"])


def test_what_is_published_is_of_states_and_of_months_or_longer(shipped_report: Home) -> None:
    values = pl.concat(
        [pl.read_parquet(path) for path in shipped_report.reports.glob("*/data/metric_value.parquet")]
    )
    assert values.height > 1000
    assert set(values["place"].unique()) <= set(catalog.places())
    counted = {
        name for name, one in catalog.metrics().items() if one.tier == "A"
    }  # not what others published
    spans = values.filter(pl.col("metric").is_in(counted) & (pl.col("clock") != Clock.STOCK)).select(
        (pl.col("period_end") - pl.col("period_start")).alias("span") + timedelta(days=1)
    )
    shortest = spans["span"].min()
    assert shortest is not None
    assert shortest >= SHORTEST


def test_no_place_is_smaller_than_a_state_but_the_city_that_cdc_counts_as_one() -> None:
    small = {place.id for place in catalog.places().values() if place.kind == "city"}
    assert len(small) == 1
