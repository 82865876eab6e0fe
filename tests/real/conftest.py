"""A warehouse of all real releases, built once in a test run and shared by its workers."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from indicators import intake, warehouse
from indicators.paths import Home

RECEIVED = date(2026, 11, 1)


@pytest.fixture(scope="session")
def real_home(real_raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A project folder whose store holds every real release that is taken, and its warehouse."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    home = Home(shared / "real")
    with FileLock(shared / "real.lock"):
        if not home.warehouse.exists():
            for path in intake.files_under([real_raw]):
                intake.add(path, home.raw, received=RECEIVED)
            warehouse.build(home.raw, home.edition, home.warehouse)
    return home


@pytest.fixture(scope="session")
def real_warehouse(real_home: Home) -> Path:
    """The warehouse of every real release."""
    return real_home.warehouse


@pytest.fixture
def real_connection(real_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same, open read-only."""
    with warehouse.connect(real_warehouse) as connection:
        yield connection
