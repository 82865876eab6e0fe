"""A warehouse of the pinned real releases, built once in a test run and shared by its workers."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

import real_releases
from indicators.paths import Home
from indicators.releases import ingest
from indicators.warehouse import build, query

RECEIVED = date(2026, 11, 1)


@pytest.fixture(scope="session")
def real_home(real_raw: Path, once: Callable[..., Path]) -> Home:
    """A project folder whose store holds the releases of ``real_releases.AT_HAND``, and its warehouse."""

    def make(root: Path) -> None:
        home = Home(root)
        for path in real_releases.files(real_raw):
            outcome = ingest.add(path, home.raw, ingest.IngestRequest(received=RECEIVED, cache=home.cache))
            assert outcome.status == "added", outcome
        build.build(build.BuildInputs(home.raw, home.edition, cache=home.cache), home.warehouse)

    return Home(once("real", make))


@pytest.fixture(scope="session")
def current_warehouse(real_raw: Path, once: Callable[..., Path]) -> Path:
    """The warehouse of the releases that the shipped edition is made of: those pinned, and those since."""

    def make(root: Path) -> None:
        home = Home(root)
        for path in [*real_releases.files(real_raw), *real_releases.since(real_raw)]:
            outcome = ingest.add(path, home.raw, ingest.IngestRequest(received=RECEIVED, cache=home.cache))
            assert outcome.status == "added", outcome
        build.build(build.BuildInputs(home.raw, home.edition, cache=home.cache), home.warehouse)

    return Home(once("current", make)).warehouse


@pytest.fixture(scope="session")
def real_warehouse(real_home: Home) -> Path:
    """The warehouse of the pinned real releases."""
    return real_home.warehouse


@pytest.fixture(scope="session")
def real_connection(real_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same, open read-only."""
    with query.connect(real_warehouse) as connection:
        yield connection
