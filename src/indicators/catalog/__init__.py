"""The catalogue: sources, metrics, breaks, places and words, read from the files beside this module.

Every file is validated when it is read; an error names the file and the entry.
"""

import csv
from functools import cache
from pathlib import Path

from indicators.catalog.base import Bilingual, E, Entry, entry, expand, read_toml
from indicators.catalog.models import Article, Break, Layout, Metric, Place, Rule, Slice, Source, Term
from indicators.errors import DataError
from indicators.periods import Clock

__all__ = [
    "HERE", "Article", "Bilingual", "Break", "Entry", "Layout", "Metric", "Place", "Rule", "Slice", "Source", "Term",
    "articles", "breaks", "breaks_of", "entries", "entry", "glossary", "metrics", "places", "read_toml", "source_of",
    "sources",
]  # fmt: skip

HERE = Path(__file__).parent


def entries(kind: type[E], name: str, section: str = "") -> dict[str, E]:
    """Return the validated entries of a catalogue file, or of one section of it, by their id.

    Raise DataError, with file and key, for a wrong entry.
    """
    path = HERE / name
    read = read_toml(path)
    found = expand(name, read[section] if section else read)
    before = f"{section}." if section else ""
    return {key: entry(kind, path, before + key, {"id": key, **fields}) for key, fields in found.items()}


@cache
def sources() -> dict[str, Source]:
    """Return every source by its id, with the lists of labels that several share among its categories."""
    path = HERE / "sources.toml"
    found = read_toml(path)
    shared = found.pop("shared", {})
    for fields in found.values():
        fields["categories"] = shared.get(fields.get("shared"), {}) | fields.get("categories", {})
    return {key: entry(Source, path, key, {"id": key, **fields}) for key, fields in found.items()}


@cache
def metrics() -> dict[str, Metric]:
    """Return every metric by its id: those of metrics.toml first, then those of the files in metrics/ by name."""
    found: dict[str, Metric] = {}
    more_files = sorted(f"metrics/{path.name}" for path in (HERE / "metrics").glob("*.toml"))
    for name in ["metrics.toml", *more_files]:
        more = entries(Metric, name)
        if twice := sorted(found.keys() & more.keys()):
            raise DataError(name, "ids that no other file of metrics has", twice[0], "rename one of the two")
        found |= more
    return found


@cache
def breaks() -> tuple[Break, ...]:
    """Return every break, oldest first."""
    return tuple(sorted(entries(Break, "breaks.toml").values(), key=lambda one: (one.first, one.id)))


@cache
def articles() -> dict[str, Article]:
    """Return the founding articles by their number."""
    return entries(Article, "articles.toml")


@cache
def glossary() -> dict[str, Term]:
    """Return the terms of the report by their id."""
    return entries(Term, "glossary.toml")


@cache
def places() -> dict[str, Place]:
    """Return every place by its id."""
    path = HERE / "places.csv"
    found: dict[str, Place] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            if None in row or None in row.values() or row["id"] in found:
                todo = "mend the row: one row for each place, quotes around a name with a comma"
                raise DataError(path.name, "one cell a column, an id of its own", str(row), todo, line=number)
            found[row["id"]] = entry(Place, path, row["id"], dict(row))
    return found


def source_of(table: str) -> Source:
    """Return the source whose releases fill a fact table."""
    return next(one for one in sources().values() if one.table == table)


def breaks_of(source: str, clock: Clock) -> tuple[Break, ...]:
    """Return the breaks of a source, or of a metric of published figures, for series of ``clock``; oldest first."""
    ours = [one for one in breaks() if source in (*one.sources, *one.metrics)]
    return tuple(one for one in ours if not one.clocks or clock in one.clocks)
