"""The report's words, and the founding articles they come from."""

from __future__ import annotations

from indicators.catalog.entries import Bilingual, Entry


class Term(Entry):
    """A word of the report and what it means."""

    id: str
    term: Bilingual
    meaning: Bilingual


class Article(Entry):
    """One founding article: what it names that can be measured, and the metrics in ``rows`` that stand for it."""

    id: str
    about: Bilingual
    mentions: Bilingual
    rows: list[str]
    url: str = ""
