"""`indicators add` and `build`: what becomes of each file, and days and clocks that can't be."""

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from command import Run
from indicators import cli
from indicators.paths import Home
from indicators.releases import store
from indicators.report import publish, view
from indicators.warehouse import query

NEWER = "sbo-encounters-fy16-fy17-nov.csv"


def test_add_says_what_became_of_each_file(run: Run, small_releases: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.csv").write_text("a,b\n1,2\n")
    said = run("add", small_releases / NEWER, tmp_path / "wrong.csv")
    assert said.code == 1
    assert f"added      {NEWER}: cbp_encounters-2016-12-31-" in said.out
    assert "released 2016-12-31 (estimated), 32 rows" in said.out
    assert "refused    wrong.csv, line 1\n  expected: the header of a known series" in said.out
    assert said.err == "indicators: 1 of 2 files were refused; the others are in the store\n"
    again = run("add", small_releases / NEWER)
    assert (again.code, again.err) == (0, "")
    assert f"unchanged  {NEWER}: already here as cbp_encounters-2016-12-31-" in again.out


def test_add_takes_the_day_and_the_source_that_are_given(run: Run, small_releases: Path, tmp_path: Path) -> None:
    said = run("add", small_releases / NEWER, "--released", "2016-12-19", "--source", "cbp_encounters")
    assert said.code == 0
    assert "released 2016-12-19, 32 rows" in said.out
    (held,) = store.all_vintages(Home(tmp_path).raw)
    assert (held.released, held.released_estimated) == (date(2016, 12, 19), False)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--released", "19.12.2016"], "write it like 2024-08-31"),
        (["--released", "2999-12-19"], "a release day up to"),
        (["--source", "cdc_overdose"], "leave --source out"),
    ],
)
def test_add_with_words_that_do_not_fit(
    run: Run, small_releases: Path, tmp_path: Path, words: list[str], reason: str
) -> None:
    said = run("add", small_releases / NEWER, *words)
    assert said.code == 1
    assert reason in said.out + said.err
    assert store.all_vintages(Home(tmp_path).raw) == []


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    """Set this machine's clock."""

    def _set(day: date) -> None:
        monkeypatch.setattr(cli, "date", SimpleNamespace(today=lambda: day))

    return _set


def test_add_by_a_clock_that_was_set_back_takes_nothing(
    run: Run, small_releases: Path, tmp_path: Path, clock: Callable[[date], None]
) -> None:
    """It would count as known on days on which nobody had it, and change every view as of those days."""
    clock(date(2021, 1, 4))
    assert run("add", small_releases / NEWER).code == 0
    clock(date(2017, 1, 4))
    said = run("add", small_releases)
    assert said.code == 1
    assert "no day after 2017-01-04, this machine's day\n  found:    2021-01-04" in said.err
    assert "set this machine's clock right" in said.err
    assert len(store.all_vintages(Home(tmp_path).raw)) == 1
    clock(date(2021, 1, 3))  # the same day, further west
    assert run("add", small_releases).code == 0


def test_nothing_is_published_by_a_clock_that_was_set_back(
    run: Run,
    small_releases: Path,
    tmp_path: Path,
    clock: Callable[[date], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[bool] = []

    def make(home: Home, request: publish.ReportRequest, **_: object) -> publish.Made:
        made.append(request.publish)
        return publish.Made("2016Q4", home.reports, home.reports, 1)

    monkeypatch.setattr(publish, "make", make)
    clock(date(2021, 1, 4))
    run("add", small_releases / NEWER)
    clock(date(2017, 1, 4))
    said = run("report", "--publish")
    assert (said.code, "found:    2021-01-04" in said.err, made) == (1, True, [])
    assert run("report").code == 0  # what is not published can be made again
    clock(date(2021, 1, 4))
    ahead = run("report", "--publish", "--as-of", "2021-01-05")
    assert (ahead.code, "--as-of 2021-01-05 is in the future (today is 2021-01-04)" in ahead.err) == (1, True)
    assert run("report", "--publish").code == 0
    assert made == [False, True]


def test_add_of_an_empty_folder_is_no_success(run: Run, tmp_path: Path) -> None:
    (tmp_path / "downloads").mkdir()
    said = run("add", tmp_path / "downloads")
    assert (said.code, said.err.startswith("indicators: no file to add in")) == (1, True)


def test_add_names_a_file_with_brackets_as_it_is_called(run: Run, tmp_path: Path) -> None:
    """Not taken for a style."""
    (tmp_path / "[red]data[1].csv").write_text("a,b\n1,2\n")
    assert "refused    [red]data[1].csv" in run("add", tmp_path / "[red]data[1].csv").out


def test_build_says_where_and_how_many(run: Run, small_releases: Path, tmp_path: Path) -> None:
    run("add", small_releases / NEWER)
    said = run("build")
    assert said == (0, f"{Home(tmp_path).warehouse}: 1 releases\n", "")
    assert query.is_current(Home(tmp_path))
    assert run("build", "--as-of", "2016-01-01").out.endswith(": 0 releases\n")
    assert run("build", "--as-of", "soon").code == 1


def test_old_warehouse_is_noted(run: Run, small_releases: Path) -> None:
    run("add", small_releases / NEWER)
    run("build")
    metric = ("metric", "sw_encounters", "--format", "csv")
    assert run(*metric).err == ""
    run("add", small_releases / "sbo-encounters-fy16-fy17-oct.csv")
    said = run(*metric)
    assert said.code == 0
    assert said.err == "note: the warehouse is older than the releases or the code: run `indicators build`\n"
    run("build")
    assert run(*metric).err == ""


def test_a_rebuilt_file_is_named_so_in_the_warehouse_and_in_the_source_line(
    run: Run, small_releases: Path, tmp_path: Path
) -> None:
    """Half of the releases had not come from the agency's own server, and no page said so."""
    wrong = run("add", small_releases / NEWER, "--provenance", "mended")
    assert (wrong.code, "'agency_bytes', 'as_received'" in wrong.err) == (2, True)
    run("add", small_releases / NEWER, "--provenance", "rebuilt", "--found-at", "https://example.org/table.csv")
    run("build")
    home = Home(tmp_path)
    asked = "SELECT provenance, found_at FROM vintage"
    assert query.query(home.warehouse, asked).rows() == [("rebuilt", "https://example.org/table.csv")]
    assert "file rebuilt by a third party" in run("metric", "sw_encounters").out
    (*_, last) = csv.DictReader(io.StringIO(run("metric", "sw_encounters", "--format", "csv").out))
    assert last["provenance"] == "rebuilt"
    opened = view.opened(home.warehouse, None, "en", date(2017, 1, 31))
    line = opened.source_line([opened.series("sw_encounters", "US-SWB")])
    assert line.endswith("The file was rebuilt from another layout by a third party.")
