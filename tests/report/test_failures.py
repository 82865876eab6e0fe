"""A report that can't be made, or was killed on the way: the one before stays as it was."""

import os
from pathlib import Path

import pytest

from indicators import files
from indicators.paths import Home
from indicators.report.notebooks import NotebookError
from indicators.report.outputs import PageError
from small_report import (
    ENCOUNTERS,
    HOMICIDES,
    QUARTER,
    make,
    state,
    write,
)


@pytest.mark.parametrize(
    ("source", "error", "said"),
    [
        ("1 / 0", NotebookError, "ZeroDivisionError"),
        ("x = None\nx", PageError, "x shows nothing"),
        ('indicators.metric("mx_homicides", "MX")', NotebookError, "do you mean mx_homicide"),
        ("display({'image/png': 'aGk='}, raw=True)", PageError, "shows image/png"),
    ],
)
def test_chapter_that_fails_leaves_the_report_before(
    reported: Home, source: str, error: type[Exception], said: str
) -> None:
    before = state(reported.reports)
    write(reported, "40_encounters", ENCOUNTERS, source)
    with pytest.raises(error, match=said):
        make(reported)
    assert state(reported.reports) == before
    assert not list(reported.reports.glob(".making-*"))


def test_first_report_that_fails_leaves_nothing(home: Home) -> None:
    write(home, "40_encounters", "1 / 0")
    with pytest.raises(NotebookError, match="40_encounters"):
        make(home)
    assert list(home.reports.iterdir()) == []


def test_page_that_cannot_be_moved_leaves_the_report_before(reported: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system can't exchange two folders in one step: there it is moved aside first."""
    before = state(reported.reports)
    write(reported, "20_homicides", HOMICIDES, ENCOUNTERS)
    rename = os.rename

    def full(old: Path, new: Path) -> None:
        if Path(new).name == QUARTER and not str(old).endswith(".old"):
            raise OSError("No space left on device")
        rename(old, new)

    monkeypatch.setattr(files, "exchange_folders", lambda *_: False)
    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(OSError, match="No space left"):
        make(reported)
    assert state(reported.reports) == before


def test_what_a_killed_run_left_is_cleared_and_the_report_brought_back(reported: Home) -> None:
    before = state(reported.reports / QUARTER)
    (reported.reports / ".making-half" / "en").mkdir(parents=True)
    (reported.reports / QUARTER).rename(reported.reports / ".making-abc.old")
    assert make(reported).pages == 0
    assert state(reported.reports / QUARTER) == before
    assert not list(reported.reports.glob(".making-*"))
