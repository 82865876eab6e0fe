"""The declarations of the tables: rows that break one are refused before they reach the store."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from indicators.catalog import schema
from indicators.catalog.tables import FACTS, validate
from indicators.errors import DataError

ROW = {
    "place": "US-TX", "period_start": date(2023, 1, 1), "period_end": date(2023, 1, 31), "clock": "month",
    "dataset": "land_components", "component": "border_patrol", "region": "southwest", "land_filter": "land",
    "branch": "not_applicable", "drug": "fentanyl", "events": 1, "seized_lb": 0.5, "maturity": "final",
    "part": "land_components FY2023",
}  # fmt: skip


def drugs(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, FACTS["drug_seizures"].empty().drop("vintage").schema)


def test_rows_without_a_fault_come_out_in_the_order_of_their_table() -> None:
    found = validate("drug_seizures", drugs(ROW).select(sorted(ROW)), "file.csv")
    assert found.columns == list(FACTS["drug_seizures"].columns)
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
def test_a_cell_with_a_fault_is_refused_with_the_file(column: str, value: object) -> None:
    with pytest.raises(DataError) as caught:
        validate("drug_seizures", drugs({**ROW, column: value}), "file.csv")
    assert caught.value.file == "file.csv"
    assert (column if value != "US-XX" else "US-XX") in str(caught.value)


def test_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(DataError, match="not unique"):
        validate("drug_seizures", drugs(ROW, {**ROW, "events": 2}), "file.csv")


@pytest.mark.parametrize("name", ["place", "seized_lb"])
def test_column_that_is_missing_is_refused(name: str) -> None:
    with pytest.raises(DataError, match=name):
        validate("drug_seizures", drugs(ROW).drop(name), "file.csv")


def test_column_that_nobody_declared_is_refused() -> None:
    with pytest.raises(DataError, match="name_of_person"):
        validate("drug_seizures", drugs(ROW).with_columns(name_of_person=pl.lit("")), "file.csv")


@pytest.mark.parametrize("table", FACTS)
def test_every_table_says_what_its_columns_are(table: str) -> None:
    declared = FACTS[table]
    assert declared.meaning
    for name, column in declared.columns.items():
        assert column.meaning, name
        if column.type in (pl.Int64, pl.Float64):
            assert column.unit, f"{name} of {table} has no unit"
    assert declared.key
    assert set(declared.key) <= set(declared.columns)
    assert declared.empty().columns[-1] == "vintage"


def test_a_refusal_names_each_fault_with_its_column_and_the_number_of_rows() -> None:
    rows = drugs({**ROW, "events": -1}, {**ROW, "drug": "heroin", "events": -2, "seized_lb": None})
    with pytest.raises(DataError, match=r"events is too small \(rows: 2\); seized_lb is empty \(rows: 1\)"):
        validate("drug_seizures", rows, "file.csv")


def test_a_column_of_another_type_is_refused() -> None:
    with pytest.raises(DataError, match="events of type Float64, not Int64"):
        validate("drug_seizures", drugs(ROW).with_columns(pl.col("events").cast(pl.Float64)), "file.csv")


@pytest.fixture
def unread() -> Iterator[None]:
    """Empty the cache of tables.toml before and after the test."""
    schema._declarations.cache_clear()
    yield
    schema._declarations.cache_clear()


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ("[facts.population]", "[fact.population]", "the sections"),
        ('modality = "shared"', 'sort = "shared"', r"facts\.crime_victims\.columns\.sort"),
        ('direction = "shared"', 'direction = "shred"', r"facts\.weapon_seizures\.columns\.direction"),
        ('allowed = "sex"', 'allowed = "gender"', r"facts\.crime_victims\.columns\.sex"),
        ('kind = "flag"', 'kind = "bool"', r"hand_kept\.framework_objectives\.columns\.indicator\.kind"),
        ('clocks = ["month"]', 'clocks = ["fortnight"]', r"facts\.crime_victims\.clocks"),
        ('clocks = ["month"]', "", "has clocks"),
        ('key = ["event"]', "", "has a key"),
        ('key = ["event"]', 'key = ["incident"]', "columns of the table, not incident"),
        (
            'meaning = "CBP drug seizures"',
            'meaning = "CBP drug seizures"\nowner = "CBP"',
            r"facts\.drug_seizures\.owner",
        ),
    ],
)
def test_a_wrong_declaration_is_refused_with_its_key(
    right: str, wrong: str, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = schema.FILE.read_text(encoding="utf-8")
    assert right in text
    path = tmp_path / "tables.toml"
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    monkeypatch.setattr(schema, "FILE", path)
    with pytest.raises(DataError, match=named):
        schema.tables("facts") | schema.tables("hand_kept")
