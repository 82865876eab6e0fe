"""What the tests of the report share."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indicators import catalog
from indicators.paths import Home
from indicators.report import data_package
from small_report import make, with_pages
from small_warehouse import Small


@pytest.fixture(autouse=True)
def few_metrics_beside_those_shown(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small reports leave out nearly all metrics that none of their pages shows: three seconds each.

    What happens to all of them is for test_data.py, which keeps them.
    """
    if request.path.name != "test_data.py":
        not_shown, few = data_package._not_shown, {"mx_homicide_cases", "sw_encounters"}
        monkeypatch.setattr(
            data_package,
            "_not_shown",
            lambda shown, *rest: not_shown(shown | (set(catalog.metrics()) - few), *rest),
        )


@pytest.fixture
def small() -> Iterator[Small]:
    """A warehouse in memory for a test to fill."""
    made = Small()
    yield made
    made.connection.close()


@pytest.fixture
def home(small_home: Home, tmp_path: Path) -> Home:
    """A home of a test's own with the small store, its warehouse, and one notebook."""
    return with_pages(small_home, tmp_path / "home", "20_homicides")


@pytest.fixture
def reported(once: Callable[..., Path], small_home: Home, tmp_path: Path) -> Home:
    """The same where the report was made: as a draft, in English."""
    made = once("reported", lambda root: make(with_pages(small_home, root, "20_homicides")))
    return Home(shutil.copytree(made, tmp_path / "reported"))
