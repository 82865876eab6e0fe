"""The contracts: what a reader may hand on, and what is refused before it reaches the store."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from indicators import contracts
from indicators.errors import DataError

ROW = {
    "place": "US-TX", "period_start": date(2023, 1, 1), "period_end": date(2023, 1, 31), "clock": "month",
    "dataset": "land_components", "component": "border_patrol", "region": "southwest", "land_filter": "land",
    "branch": "not_applicable", "drug": "fentanyl", "events": 1, "seized_lb": 0.5, "maturity": "final",
    "part": "land_components FY2023",
}  # fmt: skip


def drugs(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, contracts.zero_rows("drug_seizures").drop("vintage").schema)


def test_what_keeps_the_contract_comes_out_in_its_order() -> None:
    found = contracts.validate("drug_seizures", drugs(ROW).select(sorted(ROW)), "file.csv")
    assert found.columns == list(contracts.FACTS["drug_seizures"].columns)
    assert found.row(0, named=True) == ROW


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("place", None),
        ("place", "US-XX"),
        ("period_start", None),
        ("clock", "year"),
        ("drug", None),
        ("dataset", "somewhere"),
        ("events", -1),
        ("events", None),
        ("seized_lb", -0.1),
        ("seized_lb", None),
        ("seized_lb", float("nan")),
        ("seized_lb", float("inf")),
        ("maturity", "almost"),
        ("part", None),
    ],
)
def test_cell_that_breaks_the_contract_is_refused_with_the_file(column: str, value: object) -> None:
    with pytest.raises(DataError) as caught:
        contracts.validate("drug_seizures", drugs({**ROW, column: value}), "file.csv")
    assert caught.value.file == "file.csv"
    assert (column if value != "US-XX" else "US-XX") in str(caught.value)


def test_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(DataError, match="not unique"):
        contracts.validate("drug_seizures", drugs(ROW, {**ROW, "events": 2}), "file.csv")


@pytest.mark.parametrize("name", ["place", "seized_lb"])
def test_column_that_is_missing_is_refused(name: str) -> None:
    with pytest.raises(DataError, match=name):
        contracts.validate("drug_seizures", drugs(ROW).drop(name), "file.csv")


def test_column_that_nobody_declared_is_refused() -> None:
    with pytest.raises(DataError, match="name_of_person"):
        contracts.validate("drug_seizures", drugs(ROW).with_columns(name_of_person=pl.lit("")), "file.csv")


@pytest.mark.parametrize("table", contracts.FACTS)
def test_every_table_says_what_its_columns_are(table: str) -> None:
    schema = contracts.FACTS[table]
    assert schema.description
    for name, column in schema.columns.items():
        assert column.description, name
        assert column.metadata is not None
        if column.dtype.type in (pl.Int64, pl.Float64):
            assert column.metadata["unit"], f"{name} of {table} has no unit"
    assert schema.unique
    assert set(schema.unique) <= set(schema.columns)
    assert contracts.zero_rows(table).columns[-1] == "vintage"
