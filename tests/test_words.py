"""Docs, docstrings and comments use plain words: a file contains, a value comes from a release, a check finds."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GENERATED = ROOT / "docs" / "reference"
RIDDLES = re.compile(
    r"\b(?:stands? (?:on|behind|beside|in for|apart)|stood|(?:is|are|be|was) told|told apart|what is told"
    r"|(?:is|are) held against|as far as .{1,30} knows|knows yet|nobody knows|somebody|whoever|wants a person"
    r"|that of then|stood in the way|has no say|hear of|at hand)\b",
    re.IGNORECASE,
)
PAGES = [
    page
    for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
    if page.name not in {"CHANGELOG.md", "drift.md"}
    and not page.name.endswith(".es.md")
    and GENERATED not in page.parents
]
MODULES = sorted([*ROOT.glob("src/indicators/**/*.py"), *ROOT.glob("tools/*.py")])


def docstrings(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def comments(code: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def riddles(texts: Iterator[str]) -> list[str]:
    return [match.group() for text in texts for match in RIDDLES.finditer(" ".join(text.split()))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_docs_use_plain_words(page: Path) -> None:
    assert riddles(iter([page.read_text(encoding="utf-8")])) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(ROOT)))
def test_docstrings_and_comments_use_plain_words(module: Path) -> None:
    code = module.read_text(encoding="utf-8")
    assert riddles(docstrings(code)) == []
    assert riddles(comments(code)) == []


@pytest.mark.parametrize("phrase", ["It stands on two releases.", "what is told of them", "Nobody knows yet"])
def test_a_riddle_is_found(phrase: str) -> None:
    assert riddles(iter([phrase]))
