"""A source: one public series of one agency, how it is laid out and what its labels mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from indicators.catalog.entries import Bilingual, Entry
from indicators.catalog.fetch import AnyWay


class Layout(Entry):
    """One shape in which a source's table has been published.

    ``columns`` maps our name to the header (or to all headers it has had); ``months`` are the headers of
    twelve month columns, January first; ``by_year`` maps our name to a header that comes once a year, such
    as ``POPESTIMATE{year}``, and gives columns ``name_2024``. Headers in ``ignored`` may be there or not; one
    that ends in ``*`` stands for every header that begins so. ``sheets`` of a workbook are read together.
    A ``large_table`` is never held as text: its reader is given the bytes, and splits them block by block.
    """

    columns: dict[str, str | list[str]]
    months: list[str] = []
    by_year: dict[str, str] = {}
    ignored: list[str] = []
    sheets: list[str] = []
    format: Literal["table", "large_table", "json"] = "table"

    def accepted(self, found: Iterable[str] = ()) -> dict[str, str]:
        """Our name of every header that this layout takes, with the years that ``found`` has."""
        names = {}
        for name, headers in self.columns.items():
            for header in [headers] if isinstance(headers, str) else headers:
                names[header] = name
        names |= {header: f"month_{number:02}" for number, header in enumerate(self.months, 1)}
        for name, header in self.by_year.items():
            pattern = re.compile(re.escape(header).replace(r"\{year\}", r"(\d{4})"))
            years = [match for one in found if (match := pattern.fullmatch(one))]
            names |= {match[0]: f"{name}_{match[1]}" for match in years} or {header: name}
        return names

    def ignores(self, header: str) -> bool:
        """Whether a header may stand in the table without being read."""
        return header in self.ignored or any(
            header.startswith(one[:-1]) for one in self.ignored if one.endswith("*")
        )


class ReleaseNaming(Entry):
    """How a release's day is told from names: what a month token in the file's name, and the month of a
    ``vintage-YYYY-MM`` folder, mean; ``months_after_data`` is the agency's usual lag."""

    token: Literal["data", "released"] = "data"
    folder: Literal["data", "released"] = "released"
    months_after_data: int = 1
    yearly: bool = False


class Source(Entry):
    """One public series of one agency; ``part`` says in words what a newer release replaces as a whole.

    ``fetch`` are the ways to its files, in the order in which they are asked.
    """

    id: str
    name: Bilingual
    agency: Bilingual
    table: str
    url: str
    licence: Bilingual
    cadence_days: int = Field(gt=0)
    zeros: Literal["implied", "stated"]
    part: Bilingual
    release: ReleaseNaming = ReleaseNaming()
    fetch: list[AnyWay] = []
    layouts: dict[str, Layout]
    categories: dict[str, dict[str, str] | list[str]] = {}
    note: Bilingual | None = None
