"""docs/threat-model.md, claim by claim: the tests it names are there, and those of no other file are here."""

import ast
import re
from pathlib import Path

import indicators

ROOT = Path(__file__).parents[1]
PACKAGE = Path(indicators.__file__).parent
NETWORK = {
    "httpx",
    "socket",
    "ssl",
    "http",
    "urllib.request",
    "requests",
    "aiohttp",
    "ftplib",
    "smtplib",
    "urllib3",
}
SETTINGS = {"INDICATORS_HOME"}


def modules() -> dict[str, ast.Module]:
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in PACKAGE.rglob("*.py")
    }


def imported(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        if isinstance(node, ast.ImportFrom) and not node.level:
            found |= {node.module or "", *(f"{node.module}.{one.name}" for one in node.names)}
    return found


def test_every_claim_names_tests_that_are_there() -> None:
    page = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    named = set(re.findall(r"`(test_\w+)`", page))
    assert len(named) > 40
    assert named <= there
    rows = [line for line in page.splitlines() if line.startswith("|")][2:]
    assert [row for row in rows if "`test_" not in row and "see below" not in row] == []


def test_one_module_alone_can_open_a_socket() -> None:
    asking = {name for name, tree in modules().items() if imported(tree) & NETWORK}
    assert asking == {"fetch/client.py"}


def test_no_key_is_asked_for() -> None:
    """No setting but where the project is: nothing secret can be given, so none can be lost."""
    asked = {
        word
        for name, tree in modules().items()
        for word in re.findall(r"environ(?:\.get\(|\[)[\"'](\w+)", ast.unparse(tree))
    }
    assert asked == SETTINGS


def test_every_dependency_is_locked_by_its_hash() -> None:
    blocks = re.split(r"\n(?=[a-z])", (ROOT / "requirements.lock").read_text(encoding="utf-8").strip())
    assert len(blocks) > 50
    for block in blocks:
        assert re.match(r"[\w.-]+==[\w.+!-]+( ;[^\n\\]*)? \\\n", block), block[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block[:80]
        assert "://" not in block


def test_an_audit_that_cannot_ask_fails() -> None:
    """No sign in its recipe that would let a failure pass."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"^audit:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert "--strict" in recipe
    assert "--require-hashes" in recipe
    assert not re.search(r"\|\||^\t@?-|; ?true", recipe, re.MULTILINE)
