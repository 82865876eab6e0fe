"""A report as a whole: all of it or nothing, the same bytes each time, and what is published stays."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
import pytest
from filelock import FileLock

from indicators import inputs, warehouse
from indicators.errors import UsageError
from indicators.paths import Home
from indicators.report import publish, record
from indicators.report.execution import NotebookError
from indicators.report.page import PageError
from indicators.report.publish import Made

PARAMETERS = 'quarter: str = ""\nlang: str = "en"\nas_of: str = ""\nwarehouse: str = ""'
OPEN = "from indicators.report.view import View\nview = View.open(quarter, lang, as_of, warehouse)"
HOMICIDES = 'view.trend("mx_homicide_victims", "MX")'
ENCOUNTERS = 'view.years(["sw_encounters"], "US-SWB", window="fiscal_year")'
QUARTER = "2016Q3"
Write = Callable[..., None]


def make(home: Home, **options: Any) -> Made:
    """Make a report, in English alone unless told otherwise."""
    return publish.make(home, **{"langs": ["en"]} | options)


def cell(source: str, *tags: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})


def prose(lang: str, text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(text, metadata={"tags": [f"lang-{lang}"]})


def write(home: Home, name: str, *sources: str) -> None:
    """Write a notebook that opens the view and then runs ``sources``."""
    title = name.split("_")[1].title()
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        cell(PARAMETERS, "parameters"),
        cell(OPEN, "hide"),
        prose("en", f"# {title}\n\nIn English."),
        prose("es", f"# {title} (es)\n\nEn español."),
        *map(cell, sources),
    ]
    for number, one in enumerate(notebook.cells):
        one.id = f"cell-{number}"
    home.notebooks.mkdir(exist_ok=True)
    nbformat.write(notebook, home.notebooks / f"{name}.ipynb")


def copy(small_home: Home, root: Path) -> Home:
    """A home of a test's own with the small store, its warehouse, and one notebook."""
    home = Home(root)
    shutil.copytree(small_home.root / "data", root / "data")
    write(home, "20_homicides", HOMICIDES)
    return home


@pytest.fixture
def home(small_home: Home, tmp_path: Path) -> Home:
    return copy(small_home, tmp_path / "home")


def state(folder: Path) -> dict[str, bytes]:
    """Everything to be seen in a folder but the shared bundle, by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.name != record.RUN
        and "plotly" not in path.name
        and not path.name.startswith(".")
    }


def run_of(home: Home, quarter: str = QUARTER) -> record.Run:
    found = record.read_run(home.reports / quarter)
    assert found
    return found


def test_what_a_report_is_made_of(home: Home) -> None:
    write(home, "40_encounters", ENCOUNTERS)
    lines: list[str] = []
    made = publish.make(home, progress=lines.append)
    assert made == Made(QUARTER, home.reports / QUARTER, home.reports / "index.html", 4)
    for lang in ("en", "es"):
        pages = {path.name for path in (made.folder / lang).glob("*.html")}
        assert pages == {"homicides.html", "encounters.html"}
        assert list((made.folder / "data" / lang).glob("*.csv"))
        assert f'<html lang="{lang}"' in (made.folder / lang / "homicides.html").read_text(encoding="utf-8")
    assert [line.split("]")[0] for line in lines] == [f"[{number}/4" for number in range(1, 5)]
    assert {path.name for path in home.reports.iterdir()} == {QUARTER, "assets", "feed.xml", "index.html"}


def test_record_says_what_it_stands_on(home: Home) -> None:
    make(home, quarter="2016Q2", as_of=date(2016, 12, 1), langs=["en", "es"])
    run = run_of(home, "2016Q2")
    assert (run["quarter"], run["as_of"], run["languages"]) == ("2016Q2", "2016-12-01", ["en", "es"])
    assert (run["published"], run["previous"], run["pages"]) == (False, None, ["homicides"])
    assert {one["released"] for one in run["releases"]} == {"2016-11-14", "2016-11-30"}
    assert all(len(one["sha256"]) == 64 for one in run["releases"])


def test_record_names_what_it_was_made_of_and_what_was_asked_for(home: Home) -> None:
    (home.root / "requirements.lock").write_text("polars==2.1\n")
    (home.raw / "ledger").mkdir(exist_ok=True)
    make(home, quarter=QUARTER)
    run = run_of(home)
    assert run["parameters"] == {"quarter": QUARTER, "as_of": None, "languages": ["en"], "note": ""}
    assert run["lock_sha256"] == sha256(b"polars==2.1\n").hexdigest()
    path = home.notebooks / "20_homicides.ipynb"
    assert run["notebooks_sha256"] == {path.name: sha256(path.read_bytes()).hexdigest()}
    tables = sorted(path for name in ("published", "ledger") for path in (home.raw / name).glob("*.csv"))
    assert list(run["hand_kept_sha256"].values()) == [
        sha256(path.read_bytes()).hexdigest() for path in tables
    ]
    assert run["package"] == f"cross-border-crime-indicators {version('cross-border-crime-indicators')}"
    assert {len(run[f"{name}_sha256"]) for name in ("inputs", "code", "catalogue")} == {64}
    assert isinstance(run["findings"], list)


NO_LIBRARIES = """
import builtins, sys
from indicators.paths import home
from indicators.report import publish
made = publish.make(home(), langs=["en"])
print(made.pages, sorted({"polars", "duckdb", "plotly", "papermill", "pydantic"} & set(sys.modules)))
"""


def test_nothing_changed_writes_nothing_and_loads_nothing(home: Home) -> None:
    make(home)
    before = {path: path.stat().st_mtime_ns for path in home.root.rglob("*")}
    done = subprocess.run(
        [sys.executable, "-c", NO_LIBRARIES],
        env={**os.environ, "INDICATORS_HOME": str(home.root)},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("0 []\n", "")
    assert {path: path.stat().st_mtime_ns for path in home.root.rglob("*")} == before


@pytest.mark.parametrize("lost", ["quarter.json", "the cache", "half", "warehouse.duckdb"])
def test_what_is_remembered_may_be_lost(home: Home, lost: str) -> None:
    make(home)
    if lost == "the cache":
        shutil.rmtree(home.cache)
    elif lost == "half":
        (home.cache / "quarter.json").write_text('{"newest":')
    else:
        ((home.cache if lost.endswith("json") else home.processed) / lost).unlink()
    made = make(home)
    assert (made.quarter, made.pages) == (QUARTER, 0)
    assert home.warehouse.exists()
    assert (home.cache / "quarter.json").exists()


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("notebooks/20_homicides.ipynb", True),
        ("requirements.lock", True),
        ("data/raw/published/framework_objectives.csv", True),
        ("data/raw/rnpdno/2017-02-28-00000000/vintage.json", True),
        ("data/raw/rnpdno/checked.csv", True),
        ("data/processed/edition/vintage.parquet", True),
        ("notebooks/.hidden.ipynb", False),
        ("notebooks/note.txt", False),
    ],
)
def test_inputs_are_told_by_their_content(home: Home, changed: str, again: bool) -> None:
    """Not by a file's time: an edit in the same second, or one that keeps the time, is seen."""
    path = home.root / changed
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"before")
    os.utime(path, (1, 1))
    before = inputs.read(home)
    path.write_bytes(b"after.")
    os.utime(path, (1, 1))
    assert (inputs.read(home).report_sha256 != before.report_sha256) == again
    assert inputs.read(home).program_sha256 == before.program_sha256 or changed == "requirements.lock"


@pytest.mark.parametrize(
    ("changed", "rebuilds"),
    [
        ("sources/cbp.py", True),
        ("published/__init__.py", True),
        ("catalog/sources.toml", True),
        ("a_part_of_tomorrow/module.py", True),
        ("catalog/text/en.toml", False),
        ("report/templates/page.html.j2", False),
    ],
)
def test_code_that_no_table_passes_through_does_not_build_the_warehouse_again(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str, rebuilds: bool
) -> None:
    package = tmp_path / "package"
    path = package / changed
    path.parent.mkdir(parents=True)
    monkeypatch.setattr(inputs, "PACKAGE", package)
    hashes = []
    for content in ("before", "after"):
        path.write_text(content)
        hashes.append(inputs.read(home))
    assert hashes[0].report_sha256 != hashes[1].report_sha256
    assert (hashes[0].warehouse_sha256 != hashes[1].warehouse_sha256) == rebuilds


def test_changed_notebook_makes_the_report_again(home: Home) -> None:
    make(home)
    write(home, "20_homicides", HOMICIDES, ENCOUNTERS)
    assert make(home).pages == 1
    assert "encounters" in (home.reports / QUARTER / "en" / "homicides.html").read_text(encoding="utf-8")


def test_made_twice_it_is_the_same_bytes(home: Home, small_home: Home, tmp_path: Path) -> None:
    """In another folder, from the same inputs."""
    write(home, "40_encounters", ENCOUNTERS)
    other = copy(small_home, tmp_path / "another" / "place")
    write(other, "40_encounters", ENCOUNTERS)
    make(home)
    make(other)
    assert state(home.reports) == state(other.reports)
    assert run_of(home) == run_of(other)


def test_both_engines_make_the_same_pages(home: Home, small_home: Home, tmp_path: Path) -> None:
    other = copy(small_home, tmp_path / "kernel")
    make(home, langs=["es"])
    make(other, langs=["es"], engine_name="kernel")
    assert state(home.reports) == state(other.reports)


@pytest.mark.parametrize(
    ("source", "error", "said"),
    [
        ("1 / 0", NotebookError, "ZeroDivisionError"),
        ("x = 1", PageError, "x = 1 shows nothing"),
        ('view.trend("mx_homicides", "MX")', NotebookError, "do you mean mx_homicide"),
        ("display({'image/png': 'aGk='}, raw=True)", PageError, "shows image/png"),
    ],
)
def test_chapter_that_fails_leaves_the_report_before(
    home: Home, source: str, error: type[Exception], said: str
) -> None:
    make(home)
    before = state(home.reports)
    write(home, "40_encounters", ENCOUNTERS, source)
    with pytest.raises(error, match=said):
        make(home)
    assert state(home.reports) == before
    assert not list(home.reports.glob(".making-*"))


def test_first_report_that_fails_leaves_nothing(home: Home) -> None:
    write(home, "40_encounters", "1 / 0")
    with pytest.raises(NotebookError, match="40_encounters"):
        make(home)
    assert list(home.reports.iterdir()) == []


def test_cell_without_source_is_no_empty_cell(home: Home) -> None:
    """Jupyter leaves one at the end of most notebooks."""
    write(home, "20_homicides", HOMICIDES, "")
    assert make(home).pages == 1


def test_page_that_cannot_be_moved_leaves_the_report_before(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(home)
    before = state(home.reports)
    write(home, "20_homicides", HOMICIDES, ENCOUNTERS)
    rename = os.rename

    def full(old: Path, new: Path) -> None:
        if Path(new).name == QUARTER and not str(old).endswith(".old"):
            raise OSError("No space left on device")
        rename(old, new)

    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(OSError, match="No space left"):
        make(home)
    assert state(home.reports) == before


def test_what_a_killed_run_left_is_cleared_and_the_report_brought_back(home: Home) -> None:
    make(home)
    before = state(home.reports / QUARTER)
    (home.reports / ".making-half" / "en").mkdir(parents=True)
    (home.reports / QUARTER).rename(home.reports / ".making-abc.old")
    assert make(home).pages == 0
    assert state(home.reports / QUARTER) == before
    assert not list(home.reports.glob(".making-*"))


def test_published_report_is_never_written_again(home: Home) -> None:
    make(home, publish=True)
    before = state(home.reports / QUARTER)
    written = (home.reports / QUARTER / record.RUN).read_bytes()
    assert run_of(home)["published"]
    assert make(home).pages == make(home, publish=True).pages == 0
    write(home, "20_homicides", HOMICIDES, ENCOUNTERS)
    for again in (False, True):
        with pytest.raises(UsageError, match=f"published and stays.*indicators report {QUARTER}-r1"):
            make(home, quarter=QUARTER, publish=again)
    assert state(home.reports / QUARTER) == before
    assert (home.reports / QUARTER / record.RUN).read_bytes() == written


def test_draft_becomes_published(home: Home) -> None:
    make(home)
    assert not run_of(home)["published"]
    assert make(home, publish=True).pages == 1
    assert run_of(home)["published"]


def test_correction_stands_beside_what_it_corrects(home: Home) -> None:
    make(home, publish=True)
    before = state(home.reports / QUARTER)
    write(home, "20_homicides", HOMICIDES, ENCOUNTERS)
    first = f"{QUARTER}-r1"
    assert make(home, quarter=first).pages == 1
    assert run_of(home, first)["previous"] == QUARTER
    write(home, "20_homicides", ENCOUNTERS)
    with pytest.raises(UsageError, match="say why, --note"):
        make(home, quarter=first, publish=True)
    why = "A table was left out."
    assert make(home, quarter=first, publish=True, note=why).pages == 1  # a draft until then
    assert run_of(home, first)["note"] == why
    assert why in (home.reports / first / "en" / "homicides.html").read_text(encoding="utf-8")
    assert make(home, quarter=first, publish=True).pages == 0  # the note stays
    with pytest.raises(UsageError, match=f"indicators report {QUARTER}-r2"):
        make(home, quarter=QUARTER)
    assert make(home, quarter=f"{QUARTER}-r2").pages == 1
    assert run_of(home, f"{QUARTER}-r2")["previous"] == first
    assert state(home.reports / QUARTER) == before


def test_note_belongs_to_a_correction(home: Home) -> None:
    with pytest.raises(UsageError, match="leave the note out"):
        make(home, note="because")


@pytest.mark.parametrize("quarter", [f"{QUARTER}-r1", f"{QUARTER}-r2"])
def test_draft_has_no_correction(home: Home, quarter: str) -> None:
    make(home)
    with pytest.raises(UsageError, match=f"make {QUARTER}$"):
        make(home, quarter=quarter)


def test_report_compares_with_the_last_one_published(home: Home) -> None:
    make(home, quarter="2016Q1", publish=True)
    make(home, quarter="2016Q2")
    make(home)
    assert run_of(home)["previous"] == "2016Q1"
    assert run_of(home, "2016Q2")["previous"] == "2016Q1"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"langs": ["fr"]}, "a report speaks en and es, not 'fr'"),
        ({"langs": ["en", ""]}, "a report speaks en and es"),
        ({"quarter": "2016"}, "write it like 2025Q2"),
        ({"quarter": "../2016Q3"}, "write it like 2025Q2"),
        ({"quarter": "2031Q1"}, "2031Q1 had not begun on"),
        ({"as_of": date(2001, 1, 1)}, "2001-01-01"),
        ({"quarter": "2016Q3", "as_of": date(2016, 3, 1)}, "had not begun on 2016-03-01"),
    ],
)
def test_words_that_do_not_fit_are_refused(home: Home, options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        make(home, **options)  # type: ignore[arg-type]
    assert not list(home.reports.glob("*")) or not (home.reports / QUARTER).exists()


def test_one_language_alone(home: Home) -> None:
    made = make(home, langs=[" es", "es"])
    assert made.pages == 1
    assert {path.name for path in made.folder.iterdir()} == {"es", "data", record.RUN}
    index = made.index.read_text(encoding="utf-8")
    assert f'href="{QUARTER}/es/homicides.html"' in index
    assert f'href="{QUARTER}/en/' not in index


def test_index_lists_every_report_newest_first_and_its_links_lead_somewhere(home: Home) -> None:
    make(home, quarter="2016Q1", publish=True)
    make(home, quarter="2016Q1-r1")
    make(home, quarter="2016Q2")
    text = (home.reports / "index.html").read_text(encoding="utf-8")
    links = [link for link in re.findall(r'href="([^"]+)"', text) if not link.startswith(("#", "data:"))]
    assert all((home.reports / link).exists() for link in links), links
    newest, *listed = [link.split("/")[0] for link in links if "/en/" in link][:4]
    assert newest == "2016Q1"  # the one that is published is what a reader is sent to
    assert listed == ["2016Q2", "2016Q1-r1", "2016Q1"]


def test_first_page_is_the_first_chapter(home: Home) -> None:
    """Not the first by name."""
    write(home, "10_overdoses", 'view.trend("us_overdose_deaths_12m", "US")')
    index = make(home).index.read_text(encoding="utf-8")
    assert f'href="{QUARTER}/en/overdoses.html"' in index


def test_index_that_was_lost_is_written_again(home: Home) -> None:
    made = make(home)
    before = made.index.read_bytes()
    made.index.unlink()
    assert make(home).pages == 0
    assert made.index.read_bytes() == before


@pytest.mark.parametrize("text", ["{", "[]", '{"quarter": "2016Q3"}'])
def test_broken_record_is_named(home: Home, text: str) -> None:
    made = make(home)
    (made.folder / record.RUN).write_text(text)
    with pytest.raises(UsageError, match=r"run\.json is no record of a report"):
        make(home)


def test_second_run_waits_for_the_first(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warehouse.building, "PATIENCE_SECONDS", 0.1)
    with FileLock(home.processed / "report.lock"), pytest.raises(UsageError, match=r"report\.lock"):
        make(home)
    assert make(home).pages == 1


def test_figures_of_a_report_are_those_of_the_warehouse(home: Home) -> None:
    """The data beside a page is what the page draws."""
    make(home)
    path = next((home.reports / QUARTER / "data" / "en").glob("*.csv"))
    text = path.read_text(encoding="utf-8")
    with warehouse.connect(home.warehouse) as connection:
        september = connection.sql(
            "SELECT sum(victims)::BIGINT FROM crime_victims_asof('2020-12-31')"
            " WHERE subtype = 'Homicidio doloso' AND period_start = '2016-09-01'"
        ).fetchall()[0][0]
    assert re.search(rf"2016-09-01.*\b{september}\b", text), text[-300:]
    assert "2016-10-01" not in text
    assert json.loads((home.reports / QUARTER / record.RUN).read_text())["quarter"] == QUARTER
