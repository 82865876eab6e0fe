"""Blocks of markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

WRITTEN = "Written by `indicators docs`; do not edit."


def page(title: str, *blocks: str) -> str:
    """A whole page: its title, the note that it is written by machine, its blocks."""
    return "\n\n".join([f"# {title}", WRITTEN, *filter(None, blocks)]) + "\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(_cell(one) for one in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(words: Iterable[str]) -> str:
    return ", ".join(f"`{one}`" for one in words)
