"""One source changed: only the pages that stand on it run again, and no page differs by what was kept."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import nbformat
import pytest

from indicators import intake, trace, warehouse
from indicators.paths import Home
from indicators.report import kept, publish

QUARTER = "2016Q3"
PARAMETERS = 'quarter: str = ""\nlang: str = "en"\nas_of: str = ""\nwarehouse: str = ""'
OPEN = "from indicators.report.view import View\nview = View.open(quarter, lang, as_of, warehouse)"
PAGES = {
    "10_overdoses": 'view.trend("us_overdose_deaths_12m", "US")',
    "20_homicides": 'view.trend("mx_homicide_victims", "MX")',
    "40_encounters": 'view.years(["sw_encounters"], "US-SWB", window="fiscal_year")',
    "90_releases": "from indicators.report import quality\nquality.releases(view)",
}


def notebook(home: Home, name: str, *sources: str) -> None:
    def cell(kind: str, source: str, *tags: str) -> dict[str, object]:
        code = {"execution_count": None, "outputs": []} if kind == "code" else {}
        return {
            "cell_type": kind,
            "source": source,
            "metadata": {"tags": tags},
            "id": f"c{len(source)}{tags}",
            **code,
        }

    cells = [
        cell("code", PARAMETERS, "parameters"),
        cell("code", OPEN, "hide"),
        cell("markdown", f"# {name}\n\nIn English.", "lang-en"),
        cell("markdown", f"# {name}\n\nEn español.", "lang-es"),
        *(cell("code", source) for source in sources),
    ]
    for number, one in enumerate(cells):
        one["id"] = f"cell-{number}"
    home.notebooks.mkdir(exist_ok=True)
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (home.notebooks / f"{name}.ipynb").write_text(json.dumps(content))


@pytest.fixture
def home(small_home: Home, tmp_path: Path) -> Home:
    """A home of a test's own with the small store, its warehouse, and a page for each of three sources."""
    root = tmp_path / "home"
    shutil.copytree(small_home.root / "data", root / "data")
    for name, source in PAGES.items():
        notebook(Home(root), name, source)
    return Home(root)


def make(home: Home, **options: object) -> list[str]:
    """Make the report, and say which notebooks were executed."""
    lines: list[str] = []
    publish.make(home, **{"quarter": QUARTER, "langs": ["en"], "progress": lines.append} | options)  # type: ignore[arg-type]
    return sorted(line.split()[1] for line in lines if line.startswith("["))


def pages(home: Home) -> dict[str, bytes]:
    folder = home.reports / QUARTER
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def from_nothing(home: Home) -> dict[str, bytes]:
    """The pages of a report that is made without anything kept."""
    shutil.rmtree(home.cache)
    shutil.rmtree(home.reports)
    assert make(home) == sorted(PAGES)
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
    home: Home, small_releases: Path, day: date
) -> None:
    """Also where it moves the day that the report is seen from: no other page looks at that day."""
    assert make(home) == sorted(PAGES)
    release(home, small_releases, "VSRR_next.csv", day)
    assert make(home) == ["10_overdoses", "90_releases"]
    assert pages(home) == from_nothing(home)


def test_an_edited_notebook_runs_alone(home: Home) -> None:
    make(home)
    notebook(home, "20_homicides", 'view.trend("mx_intentional_killings_rate", "MX")')
    assert make(home) == ["20_homicides"]
    assert pages(home) == from_nothing(home)


def test_another_language_runs_what_it_lacks(home: Home) -> None:
    make(home)
    assert make(home, langs=["en", "es"]) == sorted(PAGES)
    assert make(home, langs=["es"]) == []


def test_other_libraries_run_everything(home: Home) -> None:
    make(home)
    (home.root / "requirements.lock").write_text("polars==3\n")
    assert make(home) == sorted(PAGES)


def test_a_result_that_is_not_whole_is_made_again(home: Home) -> None:
    make(home)
    before = pages(home)
    for path in (home.cache / "notebooks").glob("*.json"):
        path.write_text(path.read_text(encoding="utf-8").replace("0", "1"), encoding="utf-8")
    shutil.rmtree(home.reports)
    assert make(home) == sorted(PAGES)
    assert pages(home) == before


def test_a_kernel_runs_everything(home: Home) -> None:
    for name in list(PAGES)[1:]:
        (home.notebooks / f"{name}.ipynb").unlink()
    make(home)
    shutil.rmtree(home.reports)
    assert make(home, engine_name="kernel") == ["10_overdoses"]


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


def test_a_connection_used_by_itself_reads_everything(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "_current", None)
    read = trace.begin()
    with warehouse.connect(home.warehouse) as connection:
        warehouse.select(connection, "FROM vintage")
        assert not read.everything
        connection.sql("FROM vintage").fetchall()
    assert read.everything


def test_what_the_last_runs_did_not_use_is_dropped(home: Home) -> None:
    folder = home.cache / "notebooks"
    folder.mkdir(parents=True)
    for number in range(7):
        (folder / f"{number}.json").write_text("")
        os.utime(folder / f"{number}.json", (number, number))
    with kept.Kept(folder, "", "2021-01-04", home.warehouse) as results:
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


def test_a_question_is_asked_again_as_it_was(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "_current", None)
    read = trace.begin()
    values = {"day": trace.report_day(date(2021, 1, 4)), "other": date(2016, 1, 31), "used": ["a"], "n": 1}
    sql = "SELECT $day AS day, $other AS other, $used AS used, $n AS n"
    with warehouse.connect(home.warehouse) as connection:
        warehouse.select(connection, sql, values)
        ((asked, named, digest),) = read.answers
        again = trace.asked((asked, named), date(2021, 1, 4))
        assert again == (sql, {**values, "day": date(2021, 1, 4)})
        assert trace.digest(warehouse.select(connection, *again)) == digest
        later = trace.asked((asked, named), date(2021, 1, 5))
        assert trace.digest(warehouse.select(connection, *later)) != digest
    assert not read.day_seen
    assert not read.everything
