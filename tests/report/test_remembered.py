"""A report that stands as it is: nothing is written or loaded, and what is remembered may be lost."""

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
made = publish.make(home(), langs=["en"])
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


@pytest.mark.parametrize("lost", ["quarter.json", "the cache", "half", "warehouse.duckdb"])
def test_what_is_remembered_may_be_lost(reported: Home, lost: str) -> None:
    if lost == "the cache":
        shutil.rmtree(reported.cache)
    elif lost == "half":
        (reported.cache / "quarter.json").write_text('{"newest":')
    else:
        ((reported.cache if lost.endswith("json") else reported.processed) / lost).unlink()
    made = make(reported)
    assert (made.quarter, made.pages) == (QUARTER, 0)
    assert reported.warehouse.exists()
    assert (reported.cache / "quarter.json").exists()


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
