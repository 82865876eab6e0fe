"""A small report: notebooks of one cell each on the small releases, and what becomes of them."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat

from indicators.paths import Home
from indicators.report import publish, record
from indicators.report.publish import Made, ReportRequest

QUARTER = "2016Q3"
PARAMETERS = 'quarter: str = ""\nlang: str = "en"\nas_of: str = ""\nwarehouse: str = ""'
OPEN = "import indicators\n\nindicators.use(quarter=quarter, lang=lang, as_of=as_of, warehouse=warehouse)"
HOMICIDES = 'indicators.chart(indicators.metric("mx_homicide_victims", "MX"))'
ENCOUNTERS = 'indicators.year_table(indicators.metric("sw_encounters", "US-SWB", window="fiscal_year"))'
OVERDOSES = 'indicators.chart(indicators.metric("us_overdose_deaths_12m", "US"))'
RELEASES = "from indicators.report import quality\nquality.releases()"
PAGES = {
    "10_overdoses": OVERDOSES,
    "20_homicides": HOMICIDES,
    "40_encounters": ENCOUNTERS,
    "90_releases": RELEASES,
}


def write(home: Home, name: str, *sources: str) -> None:
    """Write a notebook that sets what to read and then runs ``sources``."""
    title = name.split("_")[1].title()
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        _code(PARAMETERS, "parameters"),
        _code(OPEN),
        _prose("en", f"# {title}\n\nIn English."),
        _prose("es", f"# {title} (es)\n\nEn español."),
        *map(_code, sources),
    ]
    for number, one in enumerate(notebook.cells):
        one.id = f"cell-{number}"
    home.notebooks.mkdir(exist_ok=True)
    nbformat.write(notebook, home.notebooks / f"{name}.ipynb")


def _code(source: str, *tags: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})


def _prose(lang: str, text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(text, metadata={"tags": [f"lang-{lang}"]})


def with_pages(small_home: Home, root: Path, *names: str) -> Home:
    """A home with the small store, its warehouse, and these notebooks of PAGES."""
    shutil.copytree(small_home.root / "data", root / "data", dirs_exist_ok=True)
    for name in names:
        write(Home(root), name, PAGES[name])
    return Home(root)


def make(home: Home, *, progress: Callable[[str], None] = lambda line: None, **request: Any) -> Made:
    """Make a report, by default in English alone."""
    return publish.make(home, ReportRequest(**{"langs": ["en"]} | request), progress)


def executed(home: Home, **options: Any) -> list[str]:
    """Make the report of QUARTER, and say which notebooks were executed."""
    lines: list[str] = []
    make(home, **{"quarter": QUARTER, "progress": lines.append} | options)
    return sorted(line.split()[1] for line in lines if line.startswith("["))


def state(folder: Path) -> dict[str, bytes]:
    """Everything to be seen in a folder but the shared bundle, by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != record.RUN and "plotly" not in path.name and not path.name.startswith(".")
    }


def run_of(home: Home, quarter: str = QUARTER) -> record.Run:
    found = record.read_run(home.reports / quarter)
    assert found
    return found
