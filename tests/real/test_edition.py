"""The edition is small, keeps the contracts, and tells the same figures as the releases it was made of."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

import edition
from indicators import catalog
from indicators.catalog.tables import FACTS, validate
from indicators.metrics import compute, frames
from indicators.warehouse import build, query

pytestmark = pytest.mark.real

NOW = date(2026, 11, 1)
TABLES = ("drug_seizures", "weapon_seizures", "federal_offences", "encounters_long")
PLACES = ["US-SWB", "US-OFO-LAREDO", "MX", "MX-SON"]


@pytest.fixture(scope="module")
def exported(current_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("edition")
    assert edition.export(current_warehouse, folder) < edition.MAX_BYTES
    return folder


def figures(path: Path) -> pl.DataFrame:
    with query.connect(path) as connection:
        found = [
            frames.rows(one)
            for metric in catalog.metrics().values()
            if metric.table in TABLES
            for one in compute.all_series(connection, metric.id, NOW, PLACES).values()
        ]
    return pl.concat(found).sort("metric", "place", "period_start")


def test_the_edition_tells_the_same_figures(exported: Path, current_warehouse: Path, tmp_path: Path) -> None:
    build.build(build.BuildInputs(tmp_path / "raw", exported), tmp_path / "warehouse.duckdb")
    ours, theirs = figures(tmp_path / "warehouse.duckdb"), figures(current_warehouse)
    assert ours["metric"].n_unique() > 30
    assert ours.drop("value").equals(theirs.drop("value"))
    assert (ours["value"] - theirs["value"]).abs().max() < 1e-6


def test_every_table_of_the_edition_keeps_its_contract(exported: Path) -> None:
    tables = [table for table in FACTS if (exported / f"{table}.parquet").exists()]
    assert set(TABLES) <= set(tables)
    for table in tables:
        facts = pl.read_parquet(exported / f"{table}.parquet")
        for _, release in facts.partition_by("vintage", as_dict=True).items():
            validate(table, release.drop("vintage"), table)


def test_the_same_warehouse_gives_the_same_bytes(exported: Path, current_warehouse: Path, tmp_path: Path) -> None:
    edition.export(current_warehouse, tmp_path)
    names = sorted(path.name for path in exported.iterdir())
    assert names == sorted(path.name for path in tmp_path.iterdir())
    assert all((tmp_path / name).read_bytes() == (exported / name).read_bytes() for name in names)
