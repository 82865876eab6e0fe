"""The rooms that docs/architecture.md draws are those of the code: an import goes down only."""

import ast
import re
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
GROUND = {"errors", "files", "i18n", "paths", "periods"}
TOP = {"api", "cli"}
SOCKETS = {"httpx", "socket", "urllib.request", "http.client", "requests"}


@cache
def rule() -> dict[str, set[str]]:
    """The rooms that each room may import, as docs/architecture.md lists them, from the lowest room up."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    lines = re.findall(r"^([a-z]+) +→ ([a-z, ]+)$", text, re.MULTILINE)
    return {room: set(below.split(", ")) - {"ground"} for room, below in lines}


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


def test_eight_lines_name_every_room() -> None:
    assert len(rule()) == 8
    assert sorted({*rule(), *GROUND, *TOP}) == PARTS, "correct the lines in architecture.md"


def test_the_rule_goes_down_only() -> None:
    rooms = list(rule())
    assert [room for room, below in rule().items() if not below <= set(rooms[: rooms.index(room)])] == []


@pytest.mark.parametrize("part", PARTS)
def test_an_import_goes_down_only(part: str) -> None:
    if part in GROUND:
        allowed = GROUND
    elif part in TOP:
        allowed = GROUND | set(rule()) | {part}
    else:
        allowed = GROUND | rule()[part] | {part}
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


def test_readers_and_charts_use_no_database() -> None:
    assert not [path.name for room in ("readers", "charts") for path in files(room) if "duckdb" in imports(path)]


def test_no_other_room_imports_the_reader_of_one_source() -> None:
    shared = {"__init__", "base", "columns", "files", "hand_kept", "large_csv", "privacy"}
    modules = {f"indicators.readers.{path.stem}" for path in files("readers") if path.stem not in shared}
    assert modules
    others = [path for path in PACKAGE.rglob("*.py") if path.parent.name != "readers"]
    assert not [path.name for path in others if modules & imports(path)]


def test_a_notebook_imports_from_the_report_or_the_api_only() -> None:
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert notebooks
    for path in notebooks:
        cells = nbformat.read(path, 4).cells
        code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
        found = imported(code)
        assert all(name == "indicators" or name.startswith("indicators.report") for name in found), path.name
