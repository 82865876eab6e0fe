"""What the code can say has its words in both languages: every note of a source, every unit of a metric."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from indicators import catalog, readers
from indicators.i18n import Text, leaves

SOURCES = Path(readers.__file__).parent


def _note_codes(tree: ast.AST) -> Iterator[str]:
    """The code of every ``("code", {facts})``, and of every ``_note("code", …)`` that makes one."""
    for node in ast.walk(tree):
        match node:
            case ast.Tuple(elts=[ast.Constant(value=str(code)), ast.Dict()]):
                yield code
            case ast.Call(func=ast.Name(id="_note"), args=[ast.Constant(value=str(code)), *_]):
                yield code


def note_codes() -> set[str]:
    modules = SOURCES.glob("*.py")
    return {code for path in modules for code in _note_codes(ast.parse(path.read_text(encoding="utf-8")))}


def test_the_notes_of_every_source_are_found() -> None:
    assert note_codes() >= {"padded_months", "quantity_blank", "persons_without_state"}


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_note_of_a_source_has_words(lang: str) -> None:
    assert {f"finding.{code}" for code in note_codes()} - leaves(lang).keys() == set()


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_unit_of_a_metric_has_words(lang: str) -> None:
    text = Text(lang)
    assert all(text.unit(one.unit) for one in catalog.metrics().values())
