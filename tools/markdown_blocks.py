"""Blocks of markdown, for the pages that are written by machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, numeric: bool = False) -> str:
    """A table of words; with ``numeric`` all columns but the first are set flush right."""
    rule = ["---", *["--:" if numeric else "---"] * (len(columns) - 1)]
    lines = [columns, rule, *rows]
    return "\n".join("| " + " | ".join(_cell(one) for one in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(words: Iterable[str]) -> str:
    return ", ".join(f"`{one}`" for one in words)
