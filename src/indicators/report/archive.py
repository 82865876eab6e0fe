"""The index of all reports: every quarter and correction, with its languages and the day it was seen from."""

from __future__ import annotations

import json
import os
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from indicators.periods import parse_day
from indicators.report import assets
from indicators.text import Text

TEMPLATES = Path(__file__).parent / "templates"


def reports(folder: Path) -> list[dict[str, object]]:
    """What is known of every report, newest quarter first."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("[0-9]*/run.json")]
    return sorted(found, key=lambda run: (str(run["quarter"]), str(run["as_of"])), reverse=True)


def write_index(folder: Path) -> Path:
    """Write ``index.html``, in both languages on one page."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    html = environment.get_template("index.html.j2").render(
        runs=reports(folder),
        texts={lang: Text(lang) for lang in ("en", "es")},
        day=parse_day,
        first_page={run["quarter"]: first_page(folder / str(run["quarter"])) for run in reports(folder)},
        style=assets.name("report.css"),
    )
    path = folder / "index.html"
    temporary = path.with_name(".index.html.tmp")
    temporary.write_text(html, encoding="utf-8")
    os.replace(temporary, path)
    return path


def first_page(quarter: Path) -> str:
    """The page a reader opens first."""
    return (
        "scorecard.html"
        if next(quarter.glob("*/scorecard.html"), None)
        else next(page.name for page in sorted(quarter.glob("*/*.html")))
    )
