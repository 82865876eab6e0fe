"""A table as published, and the file it is written to: text with commas, or a workbook of several sheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, replace

import openpyxl

FIGURES = {
    "deaths", "reported_deaths", "predicted_deaths", "events", "seized_lb", "seized_usd", "items", "encounters",
    "persons", "male", "female", "not_identified", "crossings",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A table as published, and the header that each of our names stands under."""

    header: list[str]
    rows: list[list[str]]
    headers: dict[str, str]

    def at(self, *names: str) -> int | None:
        """The position of the first of these columns of ours that the table has."""
        return next((self.header.index(self.headers[one]) for one in names if one in self.headers), None)

    def figures(self) -> list[int]:
        return [
            self.header.index(header)
            for name, header in self.headers.items()
            if name in FIGURES or name.startswith(("month_", "population_"))
        ]

    def months(self) -> list[int]:
        """The twelve columns of a table that has one a month."""
        return [self.header.index(header) for name, header in self.headers.items() if name.startswith("month_")]

    def with_rows(self, rows: list[list[str]]) -> Table:
        return replace(self, rows=rows)

    def with_header(self, change: Callable[[list[str]], list[str]]) -> Table:
        """Every line changed alike, the header among them; what stands where is not known any more."""
        return replace(self, header=change(self.header), rows=[change(row) for row in self.rows], headers={})

    def with_cells(self, columns: list[int], change: Callable[[str], str]) -> Table:
        rows = [list(row) for row in self.rows]
        for row in rows:
            for column in columns:
                row[column] = change(row[column])
        return self.with_rows(rows)

    def file(self, delimiter: str = ",", line_end: str = "\n", encoding: str = "utf-8") -> bytes:
        stream = io.StringIO()
        csv.writer(stream, delimiter=delimiter, lineterminator=line_end).writerows([self.header, *self.rows])
        return stream.getvalue().encode(encoding, "replace")


@dataclass(frozen=True)
class Workbook(Table):
    """Sheets read as one table: a row stands in the sheet that its column ``sheet`` names, under the columns that
    have anything in that sheet."""

    def file(self, delimiter: str = "", line_end: str = "", encoding: str = "") -> bytes:
        book = openpyxl.Workbook(write_only=True)
        at = self.header.index("sheet")
        for name in dict.fromkeys(row[at] for row in self.rows):
            rows = [row for row in self.rows if row[at] == name]
            told = [one for one in range(len(self.header)) if one != at and any(row[one] for row in rows)]
            sheet = book.create_sheet(name)
            for row in (self.header, *rows):
                sheet.append([int(row[one]) if row[one].isdigit() else row[one] for one in told])
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()
