"""Tables a page shows: real HTML tables whose cells are words already, with the raw numbers as CSV."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import islice
from typing import Any, Literal

import polars as pl

from indicators.errors import UsageError
from indicators.i18n import Text

MIME = "application/vnd.indicators.table+json"
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
Tone = Literal["good", "bad", "flat", "shown", "unknown"]
TONE_MARKS: dict[Tone, str] = {"good": "●", "bad": "◆", "flat": "=", "shown": "○", "unknown": "?"}
NOTHING = "–"  # in a cell that has nothing to say
SENTENCE = 50  # letters: a longer cell is prose, for which a phone has no columns


@dataclass(frozen=True)
class Column:
    """A heading, and whether the cells below are numbers (set flush right)."""

    header: str
    numeric: bool = False


@dataclass(frozen=True)
class Badge:
    """A status in a cell: its words, and a tone that is never told by colour alone."""

    text: str
    tone: Tone


@dataclass(frozen=True)
class Link:
    """A cell that leads to another page: a relative address, https or http (old pages have no other). Raises
    UsageError for any other."""

    text: str
    href: str

    def __post_init__(self) -> None:
        if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", self.href) and not self.href.startswith(
            ("https://", "http://")
        ):
            raise UsageError(f'"{self.href}" is neither a relative address nor one of the web')


@dataclass(frozen=True)
class Quantity:
    """A number in a cell, and below it in smaller words what it is: its unit, its period, its interval."""

    text: str
    about: str


Cell = str | Badge | Link | Quantity


def _packed(cell: Cell) -> str | dict[str, str]:
    if isinstance(cell, Badge):
        return {"badge": cell.tone, "text": cell.text}
    return cell if isinstance(cell, str) else dict(vars(cell))


def check_id(id: str) -> None:
    """Raise UsageError unless ``id`` can be the name of a file and of an element."""
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", id):
        raise UsageError(f'"{id}" is no id: small letters, digits, "-" and "_", a letter first')


@dataclass(frozen=True)
class Table:
    """``rows`` has a cell for each of ``columns``; the first cell of a row is its heading. ``groups`` are headings
    over stretches of rows, each with how many it stands over: all rows, or none where there is no group.

    Raises UsageError for a row of another length, groups over more or fewer rows, and an id that is no file name.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    source_line: str = ""
    csv: str = ""
    lang: str = ""
    groups: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        check_id(self.id)
        if self.groups and sum(count for _, count in self.groups) != len(self.rows):
            raise UsageError(f'table "{self.id}": its groups do not stand over its {len(self.rows)} rows')
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise UsageError(
                    f'table "{self.id}", row {number}: {len(row)} cells for {len(self.columns)} columns'
                )

    def payload(self) -> dict[str, Any]:
        """Return all of the table as JSON."""
        return {
            "id": self.id,
            "title": self.title,
            "columns": [[column.header, column.numeric] for column in self.columns],
            "rows": [[_packed(cell) for cell in row] for row in self.rows],
            "notes": list(self.notes),
            "source": self.source_line,
            "csv": self.csv,
            "lang": self.lang,
            **({"groups": [list(one) for one in self.groups]} if self.groups else {}),
        }

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        below = "".join(f"<p>{escape(line)}</p>" for line in (*self.notes, self.source_line) if line)
        return {"text/plain": self.title, "text/html": html(self.payload()) + below, MIME: self.payload()}


def html(payload: Mapping[str, Any]) -> str:
    """Return the table element of a table's payload, everything escaped.

    The class ``n3`` marks a third column of numbers. In a table with badges (``status``), many columns or sentences
    every cell carries its heading and its role, so that a narrow page may lay the rows out one below the other and a
    screen reader still reads a table.
    """
    columns, rows = payload["columns"], payload["rows"]
    badges = any(isinstance(cell, dict) and "badge" in cell for row in rows for cell in row)
    stacked = badges or _is_wide(columns) or any(_has_prose(row) for row in rows)

    def role(name: str) -> str:
        return f' role="{name}"' if stacked else ""

    labels = [f' data-label="{escape(header)}"' if stacked else "" for header, _ in columns]
    head = "".join(f'<th scope="col"{role("columnheader")}>{escape(header)}</th>' for header, _ in columns)
    lines = []
    for row in rows:
        first, *rest = map(_cell, row)
        kinds = [_layout_class(cell) if stacked else "" for cell in row[1:]]
        cells = zip(rest, kinds, labels[1:], strict=True)
        tail = "".join(f"<td{role('cell')}{kind}{label}>{cell}</td>" for cell, kind, label in cells)
        lines.append(f'<tr{role("row")}><th scope="row"{role("rowheader")}>{first}</th>{tail}</tr>\n')
    group, left = role("rowgroup"), iter(lines)
    bodies = [
        f'<tbody{group}>\n<tr class="group"{role("row")}><th scope="rowgroup" colspan="{len(columns)}"'
        f"{role('rowheader')}><span>{escape(words)}</span></th></tr>\n{''.join(islice(left, count))}</tbody>"
        for words, count in payload.get("groups", ())
    ] or [f"<tbody{group}>\n{''.join(left)}</tbody>"]
    numbers = [f"n{number}" for number, (_, numeric) in enumerate(columns, 1) if numeric]
    names = ["stacked"] * stacked + ["status"] * badges + numbers
    classes = f' class="{" ".join(names)}"' if names else ""
    return (
        f"<table{role('table')}{classes}>"
        f"<caption>{escape(payload['title'])}</caption>\n"
        f"<thead{group}><tr{role('row')}>{head}</tr></thead>\n{''.join(bodies)}</table>"
    )


def _cell(cell: Any) -> str:
    """Return a cell of a payload as HTML; a long id may be broken at its underscores."""
    if not isinstance(cell, dict):
        return escape(cell).replace("_", "_<wbr>")
    text = escape(cell["text"])
    if "badge" in cell:
        mark = f'<span aria-hidden="true">{TONE_MARKS[cell["badge"]]}</span>'
        return f'<span class="badge {cell["badge"]}">{mark} {text}</span>'
    if "href" in cell:
        return f'<a href="{escape(cell["href"])}">{text}</a>'
    about = f"<small>{escape(cell['about'])}</small>" if cell["about"] else ""
    return f'<span class="quantity"><b>{text}</b> {about}</span>'


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


def _layout_class(cell: Any) -> str:
    """Return the class of a cell on a phone: an empty cell, or prose."""
    return ' class="none"' if cell in (NOTHING, "") else ' class="long"' if _is_prose(cell) else ""


def to_csv(frame: pl.DataFrame) -> str:
    """CSV with a header line; a text that a spreadsheet would run as a formula gets an apostrophe before it.

    Numbers and days are written as they are.
    """
    texts = [name for name, kind in frame.schema.items() if kind in (pl.String, pl.Categorical, pl.Enum)]
    safe = frame.with_columns(
        pl.col(name).cast(pl.String).map_elements(neutral, return_dtype=pl.String) for name in texts
    )
    return safe.rename({name: neutral(name) for name in safe.columns}).write_csv()


def neutral(cell: str) -> str:
    """The text, made harmless for a spreadsheet."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def from_frame(
    frame: pl.DataFrame,
    text: Text,
    *,
    id: str,
    title: str,
    headers: Mapping[str, str],
    units: Mapping[str, str] | None = None,
    notes: tuple[str, ...] = (),
    source_line: str = "",
) -> Table:
    """A table of the columns named in ``headers`` (column: heading), in that order; CSV of the whole frame.

    Numbers are written as their unit in ``units`` wants it (a plain count without one), days in the language,
    a null as the word for a missing value; what is neither number, day nor text must be words already.
    """
    units = units or {}
    columns = tuple(Column(header, frame.schema[name].is_numeric()) for name, header in headers.items())
    rows = tuple(
        tuple(_words(cell, text, units.get(name, "")) for cell, name in zip(row, headers, strict=True))
        for row in frame.select(list(headers)).iter_rows()
    )
    return Table(id, title, columns, rows, notes, source_line, to_csv(frame), text.lang)


def _words(cell: object, text: Text, unit: str) -> Cell:
    if cell is None:
        return text.number(None)
    if isinstance(cell, date):
        return text.day(cell)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return text.value(cell, unit)
    if isinstance(cell, (str, Badge, Link, Quantity)):
        return cell
    raise UsageError(f"a cell is a number, a day or words, not {cell!r}")
