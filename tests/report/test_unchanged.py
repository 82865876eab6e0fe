"""A report of which nothing has changed: nothing is written or loaded, and the caches may be lost."""

import os
import shutil
import subprocess
import sys

import pytest

from indicators.errors import UsageError
from indicators.paths import Home
from indicators.report import record
from small_report import (
    ENCOUNTERS,
    HOMICIDES,
    QUARTER,
    make,
    write,
)

NO_LIBRARIES = """
import builtins, sys
from indicators.paths import home
from indicators.report import publish
made = publish.make(home(), publish.ReportRequest(langs=["en"]))
print(made.pages, sorted({"polars", "duckdb", "plotly", "papermill", "pydantic"} & set(sys.modules)))
"""


def test_nothing_changed_writes_nothing_and_loads_nothing(reported: Home) -> None:
    before = {path: path.stat().st_mtime_ns for path in reported.root.rglob("*")}
    done = subprocess.run(
        [sys.executable, "-c", NO_LIBRARIES],
        env={**os.environ, "INDICATORS_HOME": str(reported.root)},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("0 []\n", "")
    assert {path: path.stat().st_mtime_ns for path in reported.root.rglob("*")} == before


@pytest.mark.parametrize("lost", ["cache", "warehouse.duckdb"])
def test_what_can_be_made_again_may_be_lost(reported: Home, lost: str) -> None:
    path = reported.processed / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    made = make(reported)
    assert (made.quarter, made.pages) == (QUARTER, 0)


def test_the_default_quarter_by_its_name_is_the_same_report(reported: Home) -> None:
    assert make(reported, quarter=QUARTER).pages == 0


def test_changed_notebook_makes_the_report_again(reported: Home) -> None:
    write(reported, "20_homicides", HOMICIDES, ENCOUNTERS)
    assert make(reported).pages == 1
    assert "encounters" in (reported.reports / QUARTER / "en" / "homicides.html").read_text(encoding="utf-8")


def test_index_that_was_lost_is_written_again(reported: Home) -> None:
    made = make(reported)
    before = made.index.read_bytes()
    made.index.unlink()
    assert make(reported).pages == 0
    assert made.index.read_bytes() == before


@pytest.mark.parametrize("text", ["{", "[]", '{"quarter": "2016Q3"}'])
def test_broken_record_is_named(reported: Home, text: str) -> None:
    made = make(reported)
    (made.folder / record.RUN).write_text(text)
    with pytest.raises(UsageError, match=r"run\.json is no record of a report"):
        make(reported)
