"""A place: a nation, a state, an area of CBP or a corridor."""

from __future__ import annotations

from typing import Literal

from indicators.catalog.entries import Entry


class Place(Entry):
    """A nation, a state, an area of CBP, or a corridor: a stretch of the border with both its sides.

    ``corridor`` is the one a place belongs to as a whole; ``touches`` are those that it spans, where it is
    part of several and whole of none. ``assignment_…`` says why.
    """

    id: str
    kind: Literal["nation", "state", "territory", "city", "region", "unknown", "office", "sector", "corridor"]
    country: Literal["MX", "US", "US-MX"]
    name_en: str
    name_es: str
    short: str = ""
    code: str = ""
    parent: str = ""
    border: bool = False
    corridor: str = ""
    touches: str = ""
    assignment_en: str = ""
    assignment_es: str = ""
    assignment_url: str = ""

    def name(self, lang: str) -> str:
        return self.name_es if lang == "es" else self.name_en

    def assignment(self, lang: str) -> str:
        return self.assignment_es if lang == "es" else self.assignment_en
