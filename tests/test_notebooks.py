"""The notebooks that ship: what an analyst opens is clean, short, in two languages, and runs."""

import ast
import itertools
import re
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from indicators.paths import Home
from indicators.periods import parse_quarter
from indicators.report import notebooks, record
from indicators.report.outputs import HIDDEN, tags

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
CHAPTERS = [path for path in NOTEBOOKS if path.stem[:2].isdigit()]  # explore.ipynb is no page of the report
PARAMETERS = ["quarter", "lang", "as_of", "warehouse"]
OF_SOME = {"corridor", "previous"}  # one page a corridor; the report before this one
USE = "indicators.use(quarter=quarter, lang=lang, as_of=as_of, warehouse=warehouse)"
FORBIDDEN_NAMES = {
    "open",
    "exec",
    "eval",
    "compile",
    "__import__",
    "sql",
    "duckdb",
    "read_csv",
    "read_parquet",
}

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def code(path: Path) -> list[NotebookNode]:
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]


def test_there_are_notebooks() -> None:
    names = {path.stem.split("_", 1)[1] for path in CHAPTERS}
    assert names >= {"scorecard", "overdoses", "homicides", "missing_persons", "encounters", "data_quality"}


@each
def test_outputs_are_stripped_and_the_format_is_valid(path: Path) -> None:
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    for cell in code(path):
        assert cell.outputs == []
        assert cell.execution_count is None
    assert notebook.metadata.kernelspec.name == "python3"


@each_chapter
def test_parameters_are_the_same_everywhere(path: Path) -> None:
    first, *others = code(path)
    assert tags(first) == {"parameters"}
    assert not [cell for cell in others if "parameters" in tags(cell)]
    names = re.findall(r"^(\w+): str = ", first.source, re.MULTILINE)
    assert names[:4] == PARAMETERS
    assert set(names[4:]) <= OF_SOME
    assert notebooks.parameters(notebooks.read(path)) == names
    defaults = {node.target.id: ast.literal_eval(node.value) for node in ast.parse(first.source).body}  # type: ignore[attr-defined]
    assert defaults["lang"] == "en"
    assert (path.parent / defaults["warehouse"]).parent.name == "processed"


@each_chapter
def test_a_chapter_sets_what_it_reads_in_one_visible_line(path: Path) -> None:
    """An analyst who copies cells into a notebook of their own gets the same figures."""
    lines = [line for cell in code(path) for line in cell.source.splitlines()]
    assert [line for line in lines if "indicators.use(" in line] == [USE]
    _, second, *others = code(path)
    imports, _, rest = second.source.partition("\n\n")
    assert rest.splitlines()[0] == USE
    assert imports.splitlines()[0] == "import indicators"
    assert not [line for cell in others for line in cell.source.splitlines() if "import" in line]


@each
def test_notebooks_import_the_interface_and_the_report_alone(path: Path) -> None:
    for cell in code(path):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Import):
                assert ast.unparse(node) == "import indicators"
            elif isinstance(node, ast.ImportFrom):
                assert node.module == "indicators.report"
                assert not node.level


@each
def test_no_cell_is_hidden(path: Path) -> None:
    for cell in code(path):
        assert not tags(cell) & (HIDDEN - {"parameters"})
        assert "jupyter" not in cell.metadata


@each_chapter
def test_every_cell_ends_with_what_it_shows(path: Path) -> None:
    """A chart that is assigned and not shown would leave the page thinner without a word."""
    for cell in code(path)[1:]:
        assert isinstance(ast.parse(cell.source).body[-1], ast.Expr), cell.source


@each
def test_every_prose_cell_stands_in_both_languages(path: Path) -> None:
    prose = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown"]
    assert [tags(cell) for cell in prose] == [{"lang-en"}, {"lang-es"}] * (len(prose) // 2)
    for english, spanish in zip(prose[::2], prose[1::2], strict=True):
        assert english.source.strip()
        assert spanish.source.strip()
        assert heading_levels(english.source) == heading_levels(spanish.source)
        assert english.source != spanish.source or len(english.source.split()) < 4
    if "corridor" not in notebooks.parameters(notebooks.read(path)):  # a corridor's page has the corridor's name
        assert prose[0].source.startswith("# ")


def heading_levels(text: str) -> list[int]:
    return [len(match) for match in re.findall(r"^(#+) ", text, re.MULTILINE)]


@each
def test_prose_pairs_stand_side_by_side(path: Path) -> None:
    """Or a cell between the two would belong to one language only."""
    kinds = [tags(cell) & {"lang-en", "lang-es"} for cell in nbformat.read(path, 4).cells]
    for here, following in itertools.pairwise(kinds):
        if here == {"lang-en"}:
            assert following == {"lang-es"}


@each
def test_code_cells_are_short_and_hold_no_sums(path: Path) -> None:
    """Arithmetic stands in modules, where a test can reach it."""
    for cell in code(path):
        assert len(cell.source.splitlines()) <= 15
        tree = ast.parse(cell.source)
        sums = (ast.BinOp, ast.AugAssign, ast.For, ast.While, ast.FunctionDef, ast.ListComp, ast.Lambda)
        found = [type(node).__name__ for node in ast.walk(tree) if isinstance(node, sums)]
        assert not found, cell.source


@each_chapter
def test_no_file_and_no_sql_in_a_cell(path: Path) -> None:
    for cell in code(path):
        for node in ast.walk(ast.parse(cell.source)):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            assert name not in FORBIDDEN_NAMES, cell.source
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not re.search(r"\b(SELECT|FROM)\b", node.value), cell.source


def test_all_run_in_both_languages_on_what_ships(shipped_report: Home) -> None:
    """Every notebook, in a fresh home with the edition alone; the slow one, made once in a run."""
    (folder,) = [path for path in shipped_report.reports.iterdir() if path.name[0].isdigit()]
    run = record.read_run(folder)
    assert run
    assert run["languages"] == ["en", "es"]
    assert not run["published"]
    pages = {lang: {path.stem for path in (folder / lang).glob("*.html")} for lang in ("en", "es")}
    assert pages["en"] == pages["es"] == set(run["pages"])
    assert len(pages["en"]) >= len(CHAPTERS)
    assert "explore" not in pages["en"]
    assert run["pages"][0] == "scorecard"


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("frames", ["polars", "pandas"])
def test_the_tour_of_the_api_runs_on_what_ships(
    edition_home: Home, lang: str, frames: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INDICATORS_HOME", str(edition_home.root))
    names: dict[str, object] = {}
    for cell in code(NOTEBOOKS[0].with_name("explore.ipynb")):
        source = cell.source.replace('lang = "en"', f'lang = "{lang}"')
        exec(source.replace('frames = "polars"', f'frames = "{frames}"'), names)
    assert (names["lang"], names["frames"]) == (lang, frames)
    assert names["chart"].lang == lang  # type: ignore[attr-defined]
    assert type(names["homicides"]).__module__.partition(".")[0] == frames


def test_default_quarter_is_the_last_that_the_core_series_cover(shipped_report: Home) -> None:
    (folder,) = [path for path in shipped_report.reports.iterdir() if path.name[0].isdigit()]
    assert parse_quarter(folder.name)
    assert folder.name == "2025Q4"


def test_progress_is_shown_and_the_last_line_says_what_to_open(shipped_report: Home) -> None:
    progress = (shipped_report.root / "progress").read_text(encoding="utf-8").splitlines()
    printed = (shipped_report.root / "printed").read_text(encoding="utf-8").splitlines()
    assert progress[0] == "building the warehouse"
    assert all(re.fullmatch(r"\[\d+/\d+\] \S.*", line) for line in progress[1:]), progress
    assert printed[-1] == f"Open {shipped_report.root.with_name('shipped_report.making')}/reports/index.html"
