"""Blocks of Markdown for the pages that the tools write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

WRITTEN = "Written by `make docs`; do not edit."


def page(title: str, *blocks: str) -> str:
    """Return a page: its title, the note that `make docs` writes the page, and the blocks that are not empty."""
    return "\n\n".join([f"# {title}", WRITTEN, *filter(None, blocks)]) + "\n"


def table(columns: Sequence[str], lines: Iterable[Sequence[str]], *, numeric: bool = False) -> str:
    """Return a table; with ``numeric``, all columns but the first are aligned right."""
    rule = ["---", *["--:" if numeric else "---"] * (len(columns) - 1)]
    return rows([columns, rule, *lines])


def rows(lines: Iterable[Sequence[str]]) -> str:
    """Return rows of a table without its header."""
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(words: Iterable[str]) -> str:
    """Return ``words`` as code, separated by commas."""
    return ", ".join(f"`{word}`" for word in words)
