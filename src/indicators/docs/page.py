"""A page of the reference, marked as written by machine."""

from __future__ import annotations

WRITTEN = "Written by `indicators docs`; do not edit."


def page(title: str, *blocks: str) -> str:
    """A whole page: its title, the note that it is written by machine, its blocks."""
    return "\n\n".join([f"# {title}", WRITTEN, *filter(None, blocks)]) + "\n"
