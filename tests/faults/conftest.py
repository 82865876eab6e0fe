"""A home to break: a small store and its warehouse, one notebook, and one more release to take in."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from indicators.paths import Home

PARAMETERS = 'quarter: str = ""\nlang: str = "en"\nas_of: str = ""\nwarehouse: str = ""'
OPEN = "import indicators\n\nindicators.use(quarter=quarter, lang=lang, as_of=as_of, warehouse=warehouse)"
STRIDE = 1 if os.environ.get("INDICATORS_FAULTS") == "all" else 6


def _notebook() -> nbformat.NotebookNode:
    make = nbformat.v4
    notebook = make.new_notebook()
    notebook.cells = [
        make.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
        make.new_code_cell(OPEN),
        make.new_markdown_cell("# Homicides\n\nIn English.", metadata={"tags": ["lang-en"]}),
        make.new_markdown_cell("# Homicidios\n\nEn español.", metadata={"tags": ["lang-es"]}),
        make.new_code_cell('indicators.chart(indicators.metric("mx_homicide_victims", "MX"))'),
    ]
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    return notebook


@pytest.fixture(scope="session")
def whole_home(once: Callable[..., Path], small_home: Home, small_releases: Path) -> Path:
    """A home in good order, to be copied and broken."""

    def make(root: Path) -> None:
        shutil.copytree(small_home.root / "data", root / "data")
        (root / "notebooks").mkdir()
        nbformat.write(_notebook(), root / "notebooks" / "20_homicides.ipynb")
        (root / "incoming").mkdir()
        newest = (small_releases / "VSRR_20170315.csv").read_text()
        (root / "incoming" / "VSRR_20170415.csv").write_text(newest.replace(",130,", ",131,"))

    return once("whole_home", make)


@pytest.fixture
def fresh(whole_home: Path, tmp_path: Path) -> Callable[[], Path]:
    """A maker of new copies of the home."""
    made = 0

    def copy() -> Path:
        nonlocal made
        made += 1
        shutil.rmtree(tmp_path / f"home{made - 1}", ignore_errors=True)
        return Path(shutil.copytree(whole_home, tmp_path / f"home{made}"))

    return copy


@pytest.fixture(scope="session")
def stride() -> int:
    """Every which point is tried: all of them under ``make faults``, some of the slow ones in ``make test``."""
    return STRIDE
