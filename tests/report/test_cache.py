"""The cache of executed notebooks: an edited one runs alone, and the pages equal those made from nothing."""

import os
import re
import shutil
from pathlib import Path

import pytest

from indicators.errors import UsageError
from indicators.paths import Home
from indicators.report.chapters import Cache
from small_report import PAGES, QUARTER, executed, make, state, with_pages, write


@pytest.fixture
def made(small_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the small store and a report of a page for each of three sources, as it was when made.

    All tests find it at one path: the path of the warehouse is one of the parameters.
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
    """The pages of a report that is made without the cache."""
    shutil.rmtree(home.cache)
    shutil.rmtree(home.reports)
    assert executed(home) == sorted(PAGES)
    return pages(home)


def test_an_edited_notebook_runs_alone(made: Home) -> None:
    write(made, "20_homicides", 'indicators.chart(indicators.metric("mx_intentional_killings_rate", "MX"))')
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
    assert executed(reported, engine="kernel") == ["20_homicides"]
    assert state(reported.reports) == before


def test_only_the_newest_results_stay(tmp_path: Path) -> None:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for number in range(7):
        (folder / f"{number}.json").write_text("")
        os.utime(folder / f"{number}.json", (number, number))
    Cache(folder, "", "").drop_old(jobs=2)
    assert sorted(path.stem for path in folder.iterdir()) == ["3", "4", "5", "6"]


def test_a_parameter_of_the_notebooks_own_keeps_its_default(made: Home) -> None:
    path = made.notebooks / "20_homicides.ipynb"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('lang: str = \\"en\\"', 'lang: str = \\"en\\"\\nplace: str = \\"MX\\"').replace(
            '\\"MX\\")', "place)"
        )
    )
    assert {"place: str", "place)"} <= set(re.findall(r"place: str|place\)", path.read_text(encoding="utf-8")))
    assert executed(made) == ["20_homicides"]


def test_two_notebooks_of_one_page_are_refused(made: Home) -> None:
    shutil.copy(made.notebooks / "20_homicides.ipynb", made.notebooks / "30_homicides.ipynb")
    with pytest.raises(UsageError, match=r"would make the page homicides\.html"):
        executed(made)
