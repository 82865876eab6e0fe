"""The whole report, made in another way, is byte for byte the one that forked children make."""

import shutil
from pathlib import Path

import duckdb
import pytest

from indicators.paths import Home
from indicators.report import publish, record

pytestmark = pytest.mark.thorough


def copied(shipped_report: Home, root: Path) -> Home:
    """The home of the shipped report without what it made or kept."""
    shutil.copytree(shipped_report.root, root, ignore=shutil.ignore_patterns("reports", "cache"))
    return Home(root)


def everything(folder: Path) -> dict[str, bytes]:
    """All files of a report by their path."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def assert_the_same(made: publish.Made, shipped_report: Home) -> None:
    assert made.pages > 40
    shipped = shipped_report.reports / made.quarter
    expected, found = everything(shipped), everything(made.folder)
    assert found.keys() == expected.keys()
    assert [name for name, content in found.items() if content != expected[name]] == []
    assert record.read_run(made.folder) == record.read_run(shipped)


def test_by_real_kernels_which_share_nothing_and_keep_nothing(shipped_report: Home, tmp_path: Path) -> None:
    made = publish.make(copied(shipped_report, tmp_path / "home"), publish.ReportRequest(engine="kernel"))
    assert_the_same(made, shipped_report)


def test_from_a_warehouse_whose_rows_stand_in_another_order(shipped_report: Home, tmp_path: Path) -> None:
    """The build puts rows in as they come, in another order each time."""
    home = copied(shipped_report, tmp_path / "home")
    with duckdb.connect(str(home.warehouse)) as connection:
        tables = connection.sql("SELECT table_name FROM duckdb_tables()").fetchall()
        for (table,) in tables:
            connection.execute(f"CREATE TEMP TABLE shuffled AS FROM {table} ORDER BY random()")
            connection.execute(f"DELETE FROM {table}")
            connection.execute(f"INSERT INTO {table} FROM shuffled")
            connection.execute("DROP TABLE shuffled")
    shuffled = home.warehouse.stat()
    assert_the_same(publish.make(home, publish.ReportRequest()), shipped_report)
    assert home.warehouse.stat().st_ino == shuffled.st_ino  # it was not built anew
