"""The index of all reports: every quarter and correction, with its languages and the day it was seen from."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from indicators.errors import UsageError
from indicators.periods import parse_day
from indicators.report import assets
from indicators.text import Text

TEMPLATES = Path(__file__).parent / "templates"


RUN = "run.json"
Run = dict[str, Any]


def read_run(folder: Path) -> Run | None:
    """The record of the report in a folder; None where there is none. Raises UsageError."""
    path = folder / RUN
    if not path.exists():
        return None
    try:
        run: Run = json.loads(path.read_text(encoding="utf-8"))
        run["quarter"], run["as_of"], run["languages"], run["published"], run["pages"]
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(
            f"{path} is no record of a report ({error}): restore it, or move its folder away"
        ) from None
    return run


def reports(folder: Path) -> list[Run]:
    """The records of all reports, newest quarter first."""
    found = [run for path in folder.glob("[0-9]*") if (run := read_run(path))]
    return sorted(found, key=lambda run: (str(run["quarter"]), str(run["as_of"])), reverse=True)


def write_index(folder: Path) -> Path:
    """Write ``index.html``, in both languages on one page."""
    runs = reports(folder)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    html = environment.get_template("index.html.j2").render(
        runs=runs,
        texts={lang: Text(lang) for lang in ("en", "es")},
        day=parse_day,
        first_page={run["quarter"]: first_page(run) for run in runs},
        style=assets.name("report.css"),
    )
    path = folder / "index.html"
    temporary = path.with_name(".index.html.tmp")
    temporary.write_text(html, encoding="utf-8")
    os.replace(temporary, path)
    return path


def first_page(run: Run) -> str:
    """The page a reader opens first."""
    return f"{run['pages'][0]}.html"
