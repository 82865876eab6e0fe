"""Tables of a page: HTML tables whose cells are words, the words around them, and the raw numbers as CSV."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from html import escape
from itertools import islice
from typing import Any, Literal

import polars as pl
from markupsafe import Markup

from indicators.charts.style import render
from indicators.errors import UsageError
from indicators.i18n import Text

MIME = "application/vnd.indicators.table+json"
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
Tone = Literal["good", "bad", "flat", "shown", "unknown"]
TONE_MARKS: dict[Tone, str] = {"good": "●", "bad": "◆", "flat": "=", "shown": "○", "unknown": "?"}
NOTHING = "–"  # in an empty cell
MOST = 60  # periods in the table of a chart; the CSV file has all
ROLES = ("table", "rowgroup", "row", "columnheader", "rowheader", "cell")
SENTENCE = 50  # letters: a longer cell is prose, for which a phone has no columns


def check_name(name: str) -> None:
    """Raise UsageError unless ``name`` can be the name of a file and of an element."""
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", name):
        raise UsageError(f'"{name}" is no name of a chart or table: use a-z first, then a-z, 0-9, "-" and "_"')


@dataclass(frozen=True)
class Caption:
    """The words around a chart, a map or a table; ``name`` is its file name and the id of its element.

    A chart writes its own title, subtitle and source line in place of empty ones, where it can. Raises UsageError for
    a ``name`` that is no file name.
    """

    name: str
    title: str = ""
    subtitle: str = ""
    source_line: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_name(self.name)

    def filled(self, subtitle: str, notes: Iterable[str] = ()) -> Caption:
        """Return the caption with ``subtitle`` in place of an empty one, and with ``notes`` before its own."""
        return replace(self, subtitle=self.subtitle or subtitle, notes=(*notes, *self.notes))


@dataclass(frozen=True)
class Column:
    """A heading, and true for a column of numbers (set flush right)."""

    header: str
    numeric: bool = False


@dataclass(frozen=True)
class Badge:
    """A status in a cell: its words, and a tone that a sign repeats, for readers who see no colours."""

    text: str
    tone: Tone


@dataclass(frozen=True)
class Link:
    """A cell that leads to another page: a relative address, https or http (some old pages have no https).

    Raises UsageError for any other address.
    """

    text: str
    href: str

    def __post_init__(self) -> None:
        scheme = re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", self.href)
        if scheme and not self.href.startswith(("https://", "http://")):
            raise UsageError(f'"{self.href}" is neither a relative address nor one of the web')


@dataclass(frozen=True)
class Quantity:
    """A number in a cell, and below it in smaller words its unit, its period or its interval."""

    text: str
    about: str


Cell = str | Badge | Link | Quantity


def _packed(cell: Cell) -> str | dict[str, str]:
    if isinstance(cell, Badge):
        return {"badge": cell.tone, "text": cell.text}
    return cell if isinstance(cell, str) else dict(vars(cell))


@dataclass(frozen=True)
class Table:
    """A table of words: ``rows`` have a cell for each of ``columns``, the first of which is the heading of its row.

    ``groups`` are headings over the rows, each with its number of rows; together they cover all rows. Raises
    UsageError for a row of another length, groups over more or fewer rows, and a ``name`` that is no file name.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    source_line: str = ""
    csv: str = ""
    lang: str = ""
    groups: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        check_name(self.name)
        grouped = sum(count for _, count in self.groups)
        if self.groups and grouped != len(self.rows):
            raise UsageError(f'table "{self.name}": its groups cover {grouped} of {len(self.rows)} rows')
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise UsageError(f'table "{self.name}", row {number}: {len(row)} cells for {len(self.columns)} columns')

    def payload(self) -> dict[str, Any]:
        """Return all of the table as JSON."""
        return {
            "id": self.name,
            "title": self.title,
            "columns": [[column.header, column.numeric] for column in self.columns],
            "rows": [[_packed(cell) for cell in row] for row in self.rows],
            "notes": list(self.notes),
            "source": self.source_line,
            "csv": self.csv,
            "lang": self.lang,
            **({"groups": [list(group) for group in self.groups]} if self.groups else {}),
        }

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        below = "".join(f"<p>{escape(line)}</p>" for line in (*self.notes, self.source_line) if line)
        return {"text/plain": self.title, "text/html": html(self.payload()) + below, MIME: self.payload()}


def latest(caption: Caption, columns: Sequence[Column], rows: Sequence[tuple[str, ...]], text: Text) -> Table:
    """Return a table of the last MOST rows, newest first, with a note where there are more."""
    notes = (text.t("chart.latest_note", n=MOST),) if len(rows) > MOST else ()
    newest = tuple(rows[::-1][:MOST])
    return Table(caption.name, caption.title, tuple(columns), newest, notes, lang=text.lang)


def html(payload: Mapping[str, Any]) -> str:
    """Return the table element of a table's payload, everything escaped.

    The class ``n3`` marks a third column of numbers. In a table with badges (``status``), many columns or sentences
    every cell carries its heading and its role, so that a narrow page may lay the rows out one below the other and a
    screen reader still reads a table.
    """
    columns, rows = payload["columns"], payload["rows"]
    badges = any(isinstance(cell, dict) and "badge" in cell for row in rows for cell in row)
    stacked = badges or _is_wide(columns) or any(_has_prose(row) for row in rows)
    numbers = [f"n{number}" for number, (_, numeric) in enumerate(columns, 1) if numeric]
    left = iter(rows)
    return render(
        "table.html.j2",
        table=payload,
        groups=[(words, list(islice(left, count))) for words, count in payload.get("groups", ())] or [("", rows)],
        classes=" ".join(["stacked"] * stacked + ["status"] * badges + numbers),
        stacked=stacked,
        role={name: Markup(f' role="{name}"') if stacked else "" for name in ROLES},
        is_prose=_is_prose,
        words=lambda cell: Markup(escape(cell).replace("_", "_<wbr>")),
        nothing=NOTHING,
        marks=TONE_MARKS,
    )


def _is_prose(cell: Any) -> bool:
    return isinstance(cell, str) and len(cell) > SENTENCE


def _has_prose(row: Sequence[Any]) -> bool:
    """Return true for a row too wide for a phone: prose beside its heading, or a long heading beside several cells."""
    return any(map(_is_prose, row[1:])) or (len(row) > 3 and _is_prose(row[0]))


def _is_wide(columns: Sequence[Any]) -> bool:
    """Return true for more columns than a phone holds: five, or four of which three hold words.

    Columns are counted, not measured, so that a table is laid out alike in both languages.
    """
    return len(columns) > 4 or (len(columns) == 4 and sum(not numeric for _, numeric in columns) > 2)


def to_csv(frame: pl.DataFrame) -> str:
    """Return CSV with a header line; a text that a spreadsheet would run as a formula gets an apostrophe before it.

    Numbers and days are written as they are.
    """
    texts = [name for name, kind in frame.schema.items() if kind in (pl.String, pl.Categorical, pl.Enum)]
    safe = frame.with_columns(
        pl.col(name).cast(pl.String).map_elements(_harmless, return_dtype=pl.String) for name in texts
    )
    return safe.rename(_harmless).write_csv()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def from_frame(
    frame: pl.DataFrame,
    text: Text,
    caption: Caption,
    headers: Mapping[str, str],
    units: Mapping[str, str] | None = None,
) -> Table:
    """Return a table of the columns named in ``headers`` (column: heading), in that order, with CSV of the whole frame.

    Numbers are written with the decimals of their unit in ``units`` (column: unit; without one, as counts), days in
    the language, a null as the word for a missing value. Raises UsageError for a cell that is neither number, day,
    text nor a cell of a table.
    """
    units = units or {}
    columns = tuple(Column(header, frame.schema[name].is_numeric()) for name, header in headers.items())
    rows = tuple(
        tuple(_words(cell, text, units.get(name, "")) for cell, name in zip(row, headers, strict=True))
        for row in frame.select(list(headers)).iter_rows()
    )
    return Table(
        caption.name,
        caption.title,
        columns,
        rows,
        caption.notes,
        caption.source_line,
        to_csv(frame),
        text.lang,
    )


def _words(cell: object, text: Text, unit: str) -> Cell:
    match cell:
        case str() | Badge() | Link() | Quantity():
            return cell
        case None:
            return text.number(None)
        case date():
            return text.day(cell)
        case int() | float() if not isinstance(cell, bool):
            return text.value(cell, unit)
    raise UsageError(f"a cell is a number, a day or words, not {cell!r}")
