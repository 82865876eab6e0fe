"""Every notebook that ships, as an analyst runs it: a real kernel, the defaults, the folder JupyterLab starts it in."""

import shutil
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from indicators import charts
from indicators.charts import tables, tile_map
from indicators.paths import Home
from indicators.warehouse import build

pytestmark = pytest.mark.kernels
ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
PLOTLY = "application/vnd.plotly.v1+json"  # drawn by the extension that plotly brings into JupyterLab


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with what ships, its warehouse built as `make lab` builds it."""
    home = Home(tmp_path_factory.mktemp("project"))
    for name in ("data/processed/edition", "data/raw/published", "data/raw/ledger", "notebooks"):
        shutil.copytree(ROOT / name, home.root / name, ignore=shutil.ignore_patterns(".*"))
    build.ensure(home)
    return home


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_runs_with_its_defaults_and_shows_what_the_page_shows(project, name, monkeypatch):
    monkeypatch.delenv("INDICATORS_HOME", raising=False)  # the project is found from the notebook's folder
    book = nbformat.read(project.notebooks / f"{name}.ipynb", 4)
    where = {"metadata": {"path": str(project.notebooks)}}
    NotebookClient(book, timeout=300, kernel_name="python3", resources=where).execute()
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    assert [one["text"] for one in outputs if one["output_type"] == "stream"] == []
    shown = Counter()
    for data in (one["data"] for one in outputs):
        if charts.MIME in data:
            assert data[PLOTLY]["data"]
            shown["chart"] += 1
        elif tile_map.MIME in data:
            assert "<svg" in data["text/html"]
            shown["map"] += 1
        elif tables.MIME in data:
            assert "<tbody" in data["text/html"]
            shown["table"] += 1
    assert shown


def test_jupyterlab_has_what_draws_the_charts():
    from jupyter_core.paths import jupyter_path

    assert [folder for folder in jupyter_path("labextensions", "jupyterlab-plotly") if Path(folder).is_dir()]
