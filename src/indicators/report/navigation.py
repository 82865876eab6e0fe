"""The pages of a report in a few groups: what a reader chooses from first, on a phone and without scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

GROUPS = {  # the beginnings of the pages' names
    "overview": ("scorecard", "context"),
    "outcomes": ("overdoses", "homicides", "missing-persons"),
    "places": ("states", "corridor"),
    "enforcement": ("encounters", "seizures"),
    "institutions": ("governance", "published", "fact-check"),
    "method": ("coverage", "revisions", "data-quality", "methods"),
}
OTHER = "method"  # where a page goes that no group names


@dataclass(frozen=True)
class Group:
    """Pages that belong together, as name and title; ``id`` is the key of the group's title."""

    id: str
    pages: tuple[tuple[str, str], ...]
    current: bool


def group_of(name: str) -> str:
    """The group of a page, by its name."""
    return next((id for id, begins in GROUPS.items() if name.startswith(begins)), OTHER)


def grouped(pages: Sequence[tuple[str, str]], current: str) -> Iterator[Group]:
    """The groups that have pages, in their order, of a reader who is on the page ``current``."""
    for id in GROUPS:
        inside = tuple(page for page in pages if group_of(page[0]) == id)
        if inside:
            yield Group(id, inside, group_of(current) == id)
