"""Tables, maps and small drawings as HTML and SVG, from the jinja2 templates beside this module."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def templates(folder: Path) -> Callable[..., str]:
    """Return the function that fills in a template of a folder, by its name; every value is escaped."""
    loader = FileSystemLoader(folder)
    found = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)

    def render(template: str, **values: Any) -> str:
        return found.get_template(template).render(values)

    return render


render = templates(Path(__file__).parent / "templates")
