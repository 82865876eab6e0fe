"""Nothing singles out a person: what may be held, counted and shown (docs/threat-model.md, Privacy)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import indicators
from indicators import catalog
from indicators.catalog.tables import FACTS
from indicators.paths import Home
from indicators.periods import Clock

TRAITS = {"sex", "age_group", "citizenship", "demographic"}
FINER = {
    "day", "date", "address", "street", "locality", "neighborhood", "latitude", "longitude", "age", "name",
}  # fmt: skip
MUNICIPAL = {"municipality", "municipality_code"}
PACKAGE = Path(indicators.__file__).parent
SHORTEST = timedelta(days=28)
COUNTED = {name for name, one in catalog.metrics().items() if one.tier == "A"}  # not what others published


def columns(table: str) -> set[str]:
    return set(FACTS[table].columns)


def asked(metric: dict[str, Any]) -> set[str]:
    """The columns whose categories a metric picks."""
    slices = [one.get("where") or {} for one in metric.get("slices") or []]
    return {name for chosen in (metric.get("where"), metric.get("of"), *slices) for name in chosen or {}}


@pytest.mark.parametrize("table", FACTS)
def test_no_table_holds_a_day_or_an_address(table: str) -> None:
    assert not columns(table) & FINER
    assert not {str(clock) for clock in Clock} & {"day", "week"}


@pytest.mark.parametrize("table", [table for table in FACTS if "municipality_code" in columns(table)])
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
    values = pl.concat([pl.read_parquet(path) for path in shipped_report.reports.glob("*/data/metric_value.parquet")])
    assert values.height > 1000
    assert set(values["place"].unique()) <= set(catalog.places())
    assert_no_shorter_than_a_month(values.filter(pl.col("metric").is_in(COUNTED)), "metric_value")


def assert_no_shorter_than_a_month(values: pl.DataFrame, file: str) -> None:
    days = values.filter(pl.col("clock") != Clock.STOCK).select("period_start", "period_end")
    spans = days.select(pl.col("period_end") - pl.col("period_start") + timedelta(days=1)).to_series()
    assert (spans >= SHORTEST).all(), file


def test_every_file_of_a_report_is_as_coarse(shipped_report: Home) -> None:
    """Also those that no metric stands behind: a chart or table made in some other way."""
    files = sorted(shipped_report.reports.rglob("*.csv"))
    assert len(files) > 50
    places = {name for one in catalog.places().values() for name in (one.id, one.name_en, one.name_es)}
    for path in files:
        rows = pl.read_csv(path, infer_schema=False)
        assert not set(rows.columns) & (FINER | MUNICIPAL), path.name
        assert len(set(rows.columns) & TRAITS) <= 1, path.name
        if "place" in rows.columns:
            assert set(rows["place"].unique()) <= {*places, None}, path.name
        if {"metric", "clock"} <= set(rows.columns):
            counted = rows.filter(pl.col("metric").is_in(COUNTED))
            dated = counted.with_columns(pl.col("period_start", "period_end").str.to_date())
            assert_no_shorter_than_a_month(dated, path.name)


def test_the_table_by_municipality_is_reached_by_sql_alone(shipped_report: Home) -> None:
    """No metric, and so no chart, table or page, is made of it; and none of it ships."""
    fine = {table for table in FACTS if MUNICIPAL & columns(table)}
    assert fine
    tables = {source.id: source.table for source in catalog.sources().values()}
    for metric in catalog.metrics().values():
        assert metric.table not in fine, metric.id
    assert not MUNICIPAL & columns(tables["rnpdno"])
    for path in shipped_report.edition.glob("*.parquet"):
        assert path.stem not in fine
        assert not MUNICIPAL & set(pl.read_parquet_schema(path)), path.name
    above = [path for folder in ("report", "metrics", "charts") for path in (PACKAGE / folder).rglob("*.py")]
    for path in [*above, *shipped_report.notebooks.glob("*.ipynb")]:
        text = path.read_text(encoding="utf-8")
        assert not [one for one in (*fine, "municipality_c") if one in text], path


def test_no_place_is_smaller_than_a_state_but_the_city_that_cdc_counts_as_one() -> None:
    small = {place.id for place in catalog.places().values() if place.kind == "city"}
    assert len(small) == 1
