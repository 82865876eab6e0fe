"""What a chart and a map have alike: the words around the picture, and the numbers behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from indicators.tables import Table, check_id, to_csv


@dataclass(frozen=True, eq=False, kw_only=True)
class Exhibit:
    """The words of a picture and its numbers.

    ``table`` holds the numbers as a reader sees them, ``data`` the raw ones for the CSV. The title is not in the
    picture: it stands above it as text. Raises UsageError for an id that is no file name.
    """

    id: str
    title: str
    subtitle: str
    source_line: str
    alt: str
    table: Table
    data: pl.DataFrame
    lang: str
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_id(self.id)

    def payload(self) -> dict[str, Any]:
        """All that a page needs, as JSON; the same exhibit gives the same bytes."""
        return {
            "id": self.id,
            "title": self.title,
            "subtitle": self.subtitle,
            "source": self.source_line,
            "alt": self.alt,
            "lang": self.lang,
            "notes": list(self.notes),
            "table": self.table.payload(),
            "csv": to_csv(self.data),
        }
