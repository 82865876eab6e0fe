"""The layers that docs/architecture.md draws are those of the code: an import goes down only."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "indicators"
PARTS = sorted(
    {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in PACKAGE.rglob("*.py")}
    - {"__init__", "__main__"}
)
SOCKETS = {"httpx", "socket", "urllib.request", "http.client", "requests"}


@cache
def layers() -> list[list[str]]:
    """The layers as docs/architecture.md has them, top first; of a layer, each part stands above those after it."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("`cli →"))
    return [layer.split(", ") for layer in line.strip("`").split(" → ")]


def imported(code: str) -> Iterator[str]:
    """Every module that some code imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports name their module in full"
            if node.module == "indicators":
                yield from (f"indicators.{one.name}" for one in node.names)
            elif node.module:
                yield node.module


@cache
def imports(path: Path) -> set[str]:
    return set(imported(path.read_text(encoding="utf-8")))


def files(part: str) -> list[Path]:
    alone = PACKAGE / f"{part}.py"
    return [alone] if alone.exists() else sorted((PACKAGE / part).rglob("*.py"))


def test_every_part_stands_in_one_layer() -> None:
    drawn = [part for layer in layers() for part in layer]
    assert sorted(drawn) == PARTS, "mend the line in architecture.md"


@pytest.mark.parametrize("part", PARTS)
def test_an_import_goes_down_only(part: str) -> None:
    order = [name for layer in layers() for name in layer]
    allowed = set(order[order.index(part) :])
    for path in files(part):
        ours = {name.split(".")[1] for name in imports(path) if name.startswith("indicators.")}
        assert ours <= allowed, f"{path.name} reaches up to {sorted(ours - allowed)}"


def test_the_package_imports_no_tool() -> None:
    tools = {path.stem for path in (ROOT / "tools").glob("*.py")}
    assert tools
    assert not [path.name for path in PACKAGE.rglob("*.py") if tools & imports(path)]


def test_only_fetch_opens_a_socket() -> None:
    found = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if SOCKETS & imports(path)}
    assert found == {"fetch/client.py"}


def test_a_source_knows_no_database_and_no_other_part_knows_a_source() -> None:
    assert not [path.name for path in files("sources") if "duckdb" in imports(path)]
    modules = {f"indicators.readers.{path.stem}" for path in files("sources")}
    modules -= {"indicators.readers.__init__", "indicators.readers.files"}
    others = [path for path in PACKAGE.rglob("*.py") if path.parent.name != "sources"]
    assert not [path.name for path in others if modules & imports(path)]


def test_a_notebook_imports_from_the_report_or_the_api_only() -> None:
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert notebooks
    for path in notebooks:
        cells = nbformat.read(path, 4).cells
        code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
        found = imported(code)
        assert all(name == "indicators" or name.startswith("indicators.report") for name in found), path.name
