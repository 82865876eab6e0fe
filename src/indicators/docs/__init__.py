"""The pages of docs/ that are written from the code and the catalogue: nobody edits them."""

from __future__ import annotations

from pathlib import Path

import typer

from indicators.docs.api import api
from indicators.docs.catalogue import metrics, sources
from indicators.docs.commands import commands, notebooks
from indicators.docs.licences import licences
from indicators.docs.page import page
from indicators.docs.tables import data_dictionary
from indicators.paths import Home

FOLDER = Path("docs")
CONTENTS = """\
- [commands](commands.md)
- [Python](python.md)
- [notebooks and their parameters](notebooks.md)
- [metrics](metrics.md)
- [sources](sources.md)
- [data dictionary](data-dictionary.md)"""


def pages(app: typer.Typer, home: Home) -> dict[str, str]:
    """Every page that is written, by its path under docs/; ``app`` is the command line."""
    reference = {
        "README.md": page("Reference", CONTENTS),
        "commands.md": commands(app),
        "data-dictionary.md": data_dictionary(),
        "metrics.md": metrics(),
        "notebooks.md": notebooks(home.notebooks),
        "python.md": api(),
        "sources.md": sources(),
    }
    return {
        "data-licences.en.md": licences("en"),
        "data-licences.es.md": licences("es"),
        **{f"reference/{name}": text for name, text in reference.items()},
    }


def write(app: typer.Typer, home: Home) -> int:
    """Write every page that is not as it should be; return how many."""
    found = [(home.root / FOLDER / name, text) for name, text in pages(app, home).items()]
    stale = [one for one in found if not one[0].exists() or one[0].read_text(encoding="utf-8") != one[1]]
    for path, text in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return len(stale)
