"""One source changed: only the pages that stand on it run again, and no page differs by what was kept."""

import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import nbformat
import pytest

from indicators import intake, trace, warehouse
from indicators.paths import Home
from indicators.report import kept
from small_report import OPEN, PAGES, PARAMETERS, QUARTER, executed, make, state, with_pages, write


@pytest.fixture
def made(small_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the small store and a report of a page for each of three sources, as it was when made.

    All tests find it at one path: a result is kept for the path of its warehouse, too.
    """
    home, saved = (tmp_path_factory.getbasetemp() / "kept" / name for name in ("home", "saved"))
    if not saved.exists():
        make(with_pages(small_home, home, *PAGES), quarter=QUARTER)
        shutil.copytree(home, saved)
    shutil.rmtree(home)
    return Home(shutil.copytree(saved, home))


def pages(home: Home) -> dict[str, bytes]:
    folder = home.reports / QUARTER
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def from_nothing(home: Home) -> dict[str, bytes]:
    """The pages of a report that is made without anything kept."""
    shutil.rmtree(home.cache)
    shutil.rmtree(home.reports)
    assert executed(home) == sorted(PAGES)
    return pages(home)


def release(home: Home, small_releases: Path, received: str, day: date) -> None:
    """Add another release of the CDC's series: its newest figures are higher."""
    text = (small_releases / "VSRR_20170315.csv").read_text(encoding="utf-8")
    path = home.root / received
    path.write_text(
        text.replace(
            "2016,September,12 month-ending,Number of Drug Overdose Deaths,5",
            "2016,September,12 month-ending,Number of Drug Overdose Deaths,6",
        )
    )
    outcome = intake.add(path, home.raw, received=date(2021, 1, 5), released=day)
    assert outcome.status == "added", outcome


@pytest.mark.parametrize(
    "day", [date(2017, 4, 12), date(2020, 8, 12)], ids=["before the newest", "newest of all"]
)
def test_a_release_of_one_source_runs_the_pages_that_stand_on_it(
    made: Home, small_releases: Path, day: date
) -> None:
    """Also where it moves the day that the report is seen from: no other page looks at that day."""
    release(made, small_releases, "VSRR_next.csv", day)
    assert executed(made) == ["10_overdoses", "90_releases"]
    assert pages(made) == from_nothing(made)


def test_an_edited_notebook_runs_alone(made: Home) -> None:
    write(made, "20_homicides", 'view.trend("mx_intentional_killings_rate", "MX")')
    assert executed(made) == ["20_homicides"]
    assert pages(made) == from_nothing(made)


def test_another_language_runs_what_it_lacks(made: Home) -> None:
    assert executed(made, langs=["en", "es"]) == sorted(PAGES)
    assert executed(made, langs=["es"]) == []


def test_other_libraries_run_everything(made: Home) -> None:
    (made.root / "requirements.lock").write_text("polars==3\n")
    assert executed(made) == sorted(PAGES)


def test_a_result_that_is_not_whole_is_made_again(made: Home) -> None:
    before = pages(made)
    for path in (made.cache / "notebooks").glob("*.json"):
        path.write_text(path.read_text(encoding="utf-8").replace("0", "1"), encoding="utf-8")
    shutil.rmtree(made.reports)
    assert executed(made) == sorted(PAGES)
    assert pages(made) == before


@pytest.mark.kernels
def test_a_kernel_runs_everything_and_shows_the_same(reported: Home) -> None:
    before = state(reported.reports)
    shutil.rmtree(reported.reports)
    assert executed(reported, engine_name="kernel") == ["20_homicides"]
    assert state(reported.reports) == before


@pytest.mark.parametrize(
    ("source", "followed"),
    [
        (OPEN, True),
        ("from indicators.report import quality\nquality.releases(view)", True),
        ("import math\nmath.pi", False),
        ("from pathlib import Path\nPath('mine.csv').exists()", False),
        ("open('/dev/null').read()", False),
        ("%pwd", False),
        ("!ls", False),
        ("as_of", False),
    ],
)
def test_a_notebook_that_could_read_something_else_is_not_kept(source: str, followed: bool) -> None:
    cells = [nbformat.v4.new_code_cell(PARAMETERS), nbformat.v4.new_code_cell(source)]
    assert kept.is_followed(nbformat.v4.new_notebook(cells=cells)) == followed


def test_a_connection_used_by_itself_reads_everything(
    small_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace, "_current", None)
    read = trace.begin()
    with warehouse.connect(small_home.warehouse) as connection:
        warehouse.select(connection, "FROM vintage")
        assert not read.everything
        connection.sql("FROM vintage").fetchall()
    assert read.everything


def test_what_the_last_runs_did_not_use_is_dropped(small_home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for number in range(7):
        (folder / f"{number}.json").write_text("")
        os.utime(folder / f"{number}.json", (number, number))
    with kept.Kept(folder, "", "2021-01-04", small_home.warehouse) as results:
        results.drop(used=2)
    assert sorted(path.stem for path in folder.iterdir()) == ["3", "4", "5", "6"]


@pytest.mark.parametrize(
    ("look", "seen"),
    [
        (lambda day: f"{day}", True),
        (lambda day: day.year, True),
        (lambda day: day.isoformat(), True),
        (lambda day: min(day, date(2020, 1, 1)), True),
        (lambda day: date(2020, 1, 1) <= day, True),
        (lambda day: date(2020, 1, 1) - day, True),
        (lambda day: __import__("polars").select(__import__("polars").lit(day)), True),
        (lambda day: __import__("polars").Series([day]), True),
        (lambda day: {"day": day}, False),
        (lambda day: trace.bound({"day": day}), False),
    ],
)
def test_whoever_looks_at_the_day_is_seen(
    look: Callable[[date], object], seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace, "_current", None)
    read = trace.begin()
    look(trace.report_day(date(2021, 1, 4)))
    assert read.day_seen == seen


def test_a_question_is_asked_again_as_it_was(small_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "_current", None)
    read = trace.begin()
    values = {"day": trace.report_day(date(2021, 1, 4)), "other": date(2016, 1, 31), "used": ["a"], "n": 1}
    sql = "SELECT $day AS day, $other AS other, $used AS used, $n AS n"
    with warehouse.connect(small_home.warehouse) as connection:
        warehouse.select(connection, sql, values)
        ((asked, named, digest),) = read.answers
        again = trace.asked((asked, named), date(2021, 1, 4))
        assert again == (sql, {**values, "day": date(2021, 1, 4)})
        assert trace.digest(warehouse.select(connection, *again)) == digest
        later = trace.asked((asked, named), date(2021, 1, 5))
        assert trace.digest(warehouse.select(connection, *later)) != digest
    assert not read.day_seen
    assert not read.everything
