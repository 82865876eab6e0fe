"""Our templates filled in: everything is escaped, and an unknown name is an error."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent / "templates"
SETTINGS: dict[str, Any] = {
    "autoescape": True,
    "undefined": StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
}


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(FOLDER), **SETTINGS)


def filled(name: str, **words: Any) -> str:
    """The template of this name with its words put in."""
    return _environment().get_template(name).render(words)
