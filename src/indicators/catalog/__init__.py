"""What we measure, as data: sources, metrics, breaks and places, read from the files beside this one.

Every file is validated when it is read; a wrong key or value names the file and the entry.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from indicators.catalog.base import Bilingual, E, Entry, entry, expand, read_toml
from indicators.catalog.models import (
    Article,
    Break,
    Layout,
    Metric,
    Place,
    ReleaseNaming,
    Rule,
    Slice,
    Source,
    Term,
)
from indicators.errors import DataError
from indicators.periods import Clock

__all__ = [
    "HERE",
    "Article",
    "Bilingual",
    "Break",
    "Entry",
    "Layout",
    "Metric",
    "Place",
    "ReleaseNaming",
    "Rule",
    "Slice",
    "Source",
    "Term",
    "articles",
    "breaks",
    "breaks_of",
    "entry",
    "glossary",
    "metrics",
    "places",
    "read_toml",
    "sources",
]

HERE = Path(__file__).parent


def _entries(kind: type[E], name: str) -> dict[str, E]:
    path = HERE / name
    entries = expand(name, read_toml(path))
    return {key: entry(kind, path, key, {"id": key, **fields}) for key, fields in entries.items()}


@cache
def sources() -> dict[str, Source]:
    """Return every source, by its id, with the lists of labels that several share among its categories."""
    path = HERE / "sources.toml"
    entries = read_toml(path)
    shared = entries.pop("shared", {})
    for fields in entries.values():
        fields["categories"] = shared.get(fields.get("shared"), {}) | fields.get("categories", {})
    return {key: entry(Source, path, key, {"id": key, **fields}) for key, fields in entries.items()}


@cache
def metrics() -> dict[str, Metric]:
    """Every metric, by its id: metrics.toml first, then the files in metrics/ by name."""
    found: dict[str, Metric] = {}
    more_files = sorted(f"metrics/{path.name}" for path in (HERE / "metrics").glob("*.toml"))
    for name in ["metrics.toml", *more_files]:
        more = _entries(Metric, name)
        if twice := sorted(found.keys() & more.keys()):
            raise DataError(name, "ids that no other file of metrics has", twice[0], "rename one of the two")
        found |= more
    return found


@cache
def breaks() -> tuple[Break, ...]:
    """Every break, oldest first."""
    return tuple(sorted(_entries(Break, "breaks.toml").values(), key=lambda one: (one.first, one.id)))


@cache
def articles() -> dict[str, Article]:
    """The founding articles, by their number."""
    return _entries(Article, "articles.toml")


@cache
def glossary() -> dict[str, Term]:
    """The report's words, by their id."""
    return _entries(Term, "glossary.toml")


@cache
def places() -> dict[str, Place]:
    """Every place, by its id."""
    path = HERE / "places.csv"
    found: dict[str, Place] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            if None in row or None in row.values() or row["id"] in found:
                todo = "mend the row: each place stands once, a comma inside a name is quoted"
                raise DataError(path.name, "one cell a column, an id of its own", str(row), todo, line=number)
            found[row["id"]] = entry(Place, path, row["id"], dict(row))
    return found


def source_of(table: str) -> Source:
    """Return the source whose releases fill a fact table."""
    return next(one for one in sources().values() if one.table == table)


def breaks_of(source: str, clock: Clock) -> tuple[Break, ...]:
    """The breaks of one source (or metric of published figures) for series of ``clock``, oldest first."""
    ours = [one for one in breaks() if source in (*one.sources, *one.metrics)]
    return tuple(one for one in ours if (not one.clocks or clock in one.clocks))
