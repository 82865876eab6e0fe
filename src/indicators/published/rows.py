"""One row of a hand-kept table as text: it knows where it stands and refuses what does not fit."""

from __future__ import annotations

import csv
import difflib
import io
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NoReturn

from indicators.errors import HIDDEN, DataError
from indicators.periods import month_end

Cells = dict[str, object]


@dataclass(frozen=True)
class Row:
    """One row as text, that knows where it stands and refuses what does not fit."""

    file: str
    line: int
    cells: dict[str, str]

    def refuse(self, column: str, expected: str, todo: str) -> NoReturn:
        found = repr(self.cells[column]) if self.cells[column] else "an empty cell"
        raise DataError(self.file, expected, found, todo, line=self.line, column=column)

    def text(self, column: str) -> str:
        return self.cells[column] or self.refuse(column, "a text", "fill the cell in")

    def optional(self, column: str) -> str | None:
        return self.cells[column] or None

    def one_of(self, column: str, allowed: Iterable[str], what: str, todo: str = "") -> str:
        found, known = self.cells[column], list(allowed)
        if found not in known:
            near = difflib.get_close_matches(found, known, n=1)
            listed = ", ".join(known) if len(known) <= 12 else f"{len(known)} known ones"
            nearest = f" (nearest: {near[0]})" if near else ""
            self.refuse(column, f"{what}: {listed}{nearest}", todo or "use one of them, spelled exactly so")
        return found

    def number(self, column: str, *, least: float | None = 0, most: float | None = None) -> float | None:
        """The number in a cell, None for an empty one; no thousands separators, no units, no words."""
        text = self.cells[column]
        if not text:
            return None
        if not re.fullmatch(r"-?\d+(\.\d+)?", text) or not math.isfinite(float(text)):
            todo = "write digits only, a point before decimals, no thousands separators, no unit"
            self.refuse(column, "a number such as 1234.5", todo)
        if least is not None and float(text) < least:
            self.refuse(column, f"at least {least:g}", "check the figure against its address")
        if most is not None and float(text) > most:
            self.refuse(column, f"at most {most:g}", "check the figure and its unit")
        return float(text)

    def days(self, column: str, before: str = "") -> tuple[date, date]:
        """First and last day that a date written 2024, 2024-06 or 2024-06-30 allows; ``before`` is a word that may
        stand before it."""
        text = self.cells[column].removeprefix(before)
        match = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", text)
        todo = "write it like 2024-06-30, or 2024-06 or 2024 where no more is known; keep the column as text"
        if not match:
            self.refuse(column, "a date in ISO order", todo)
        try:
            year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
            first = date(year, month, day)
        except ValueError:
            self.refuse(column, "a day that exists", todo)
        if match[3]:
            return first, first
        return first, month_end(first) if match[2] else date(year, 12, 31)

    def day(self, column: str) -> date:
        first, last = self.days(column)
        if first != last:
            self.refuse(column, "a whole date such as 2024-06-30", "write year, month and day")
        return first

    def url(self, column: str) -> str:
        text = self.cells[column]
        if not re.fullmatch(r"https?://[^\s/]+\.[^\s]+", text, re.IGNORECASE):
            self.refuse(column, "an address that begins with http", "nothing enters without its address")
        return text

    def notes(self) -> Cells:
        """Both notes or neither: a page in the other language needs it too."""
        for one, other in (("note_en", "note_es"), ("note_es", "note_en")):
            if self.cells[one] and not self.cells[other]:
                self.refuse(other, f"the words of {one} in the other language", "write the note in both")
        return {"note_en": self.optional("note_en"), "note_es": self.optional("note_es")}


def rows_of(path: Path, raw: Path, columns: list[str]) -> Iterator[Row]:
    """The rows of one file as text, blank ones left out. Raises DataError where it is no such table."""
    file = path.relative_to(raw).as_posix()
    again = "save the table as CSV in UTF-8, comma separated, with the columns that data/raw/README.md names"
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise DataError(file, "text in UTF-8", "another encoding", again, line=line) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if header != columns:
            raise DataError(file, ", ".join(columns), ", ".join(header) or "an empty file", again, line=1)
        before = reader.line_num
        for cells in reader:
            line, before = before + 1, reader.line_num
            stripped = [cell.strip() for cell in cells]
            if not any(stripped):
                continue
            if len(stripped) != len(columns):
                found = f"{len(stripped)} cells"
                todo = "put a text that holds a comma between double quotes"
                raise DataError(file, f"{len(columns)} cells", found, todo, line=line)
            row = Row(file, line, dict(zip(columns, stripped, strict=True)))
            _refuse_damage(row)
            yield row
    except csv.Error as error:
        raise DataError(file, "a whole CSV table", str(error), again, line=reader.line_num) from None


FORMULA = re.compile(r"[=+@]|-(?!\d)")  # what a spreadsheet would run when a reader opens the page's CSV


def _refuse_damage(row: Row) -> None:
    for column, cell in row.cells.items():
        if re.search("\ufffd|Ã[\x80-\xbf¡-¿]|â€", cell):
            row.refuse(column, "readable letters", "open the file as UTF-8 and write the letters anew")
        if re.fullmatch(r"#(REF!|N/A|VALUE!|NAME\?|DIV/0!|¿NOMBRE\?|¡REF!|#+)", cell) or FORMULA.match(cell):
            row.refuse(column, "a value, not a formula", "paste the value itself")
        if re.search(HIDDEN, cell):
            row.refuse(
                column,
                "text that shows as it is, on one line",
                "take out the characters that hide or turn text",
            )
