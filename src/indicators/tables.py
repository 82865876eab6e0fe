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
from indicators.text import Text

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

    def html(self) -> str:
        mark = f'<span aria-hidden="true">{TONE_MARKS[self.tone]}</span>'
        return f'<span class="badge {self.tone}">{mark} {escape(self.text)}</span>'


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

    def html(self) -> str:
        return f'<a href="{escape(self.href)}">{escape(self.text)}</a>'


@dataclass(frozen=True)
class Quantity:
    """A number in a cell, and below it in smaller words what it is: its unit, its period, its interval."""

    text: str
    about: str

    def html(self) -> str:
        about = f"<small>{escape(self.about)}</small>" if self.about else ""
        return f'<span class="quantity"><b>{escape(self.text)}</b> {about}</span>'


Cell = str | Badge | Link | Quantity


def _packed(cell: Cell) -> str | dict[str, str]:
    if isinstance(cell, Badge):
        return {"badge": cell.tone, "text": cell.text}
    return cell if isinstance(cell, str) else dict(vars(cell))


def _unpacked(cell: Any) -> Cell:
    if not isinstance(cell, dict):
        return str(cell)
    if "badge" in cell:
        return Badge(cell["text"], cell["badge"])
    return Link(**cell) if "href" in cell else Quantity(**cell)


def _escaped(words: str) -> str:
    """Words for a cell; an id, which is one long word, may be broken at its underscores."""
    return escape(words).replace("_", "_<wbr>")


def _is_prose(cell: Cell) -> bool:
    return isinstance(cell, str) and len(cell) > SENTENCE


def _has_prose(row: tuple[Cell, ...]) -> bool:
    """Whether a row is too wide for a phone: prose beside its heading, or a long heading beside several cells."""
    return any(_is_prose(cell) for cell in row[1:]) or (len(row) > 3 and _is_prose(row[0]))


def _is_wide(columns: Sequence[Column]) -> bool:
    """Whether there are more columns than a phone holds: five, or four of which three hold words. Counted, not
    measured, so that a table is laid out alike in both languages."""
    return len(columns) > 4 or (len(columns) == 4 and sum(not one.numeric for one in columns) > 2)


def _laid_out(cell: Cell) -> str:
    """What a phone must know of a cell: that it has nothing to say, or that it is prose."""
    return ' class="none"' if cell in (NOTHING, "") else ' class="long"' if _is_prose(cell) else ""


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

    def html(self) -> str:
        """The table element, everything escaped.

        The class ``n3`` says that the third column holds numbers. In a table with badges (``status``), many columns
        or sentences every cell carries its heading and its role, so that a narrow page may lay the rows out one
        below the other and still be read aloud as a table.
        """
        badges = any(isinstance(cell, Badge) for row in self.rows for cell in row)
        stacked = badges or _is_wide(self.columns) or any(_has_prose(row) for row in self.rows)

        def role(name: str) -> str:
            return f' role="{name}"' if stacked else ""

        label = [f' data-label="{escape(column.header)}"' if stacked else "" for column in self.columns]
        head = "".join(
            f'<th scope="col"{role("columnheader")}>{escape(column.header)}</th>' for column in self.columns
        )
        rows = []
        for row in self.rows:
            first, *rest = (_escaped(cell) if isinstance(cell, str) else cell.html() for cell in row)
            how = [_laid_out(cell) if stacked else "" for cell in row[1:]]
            rows.append(
                f'<tr{role("row")}><th scope="row"{role("rowheader")}>{first}</th>'
                + "".join(
                    f"<td{role('cell')}{kind}{words}>{cell}</td>"
                    for cell, kind, words in zip(rest, how, label[1:], strict=True)
                )
                + "</tr>\n"
            )
        group, left = role("rowgroup"), iter(rows)
        bodies = [
            f'<tbody{group}>\n<tr class="group"{role("row")}><th scope="rowgroup" colspan="{len(self.columns)}"'
            f"{role('rowheader')}><span>{escape(words)}</span></th></tr>\n{''.join(islice(left, count))}</tbody>"
            for words, count in self.groups
        ] or [f"<tbody{group}>\n{''.join(left)}</tbody>"]
        names = (
            ["stacked"] * stacked
            + ["status"] * badges
            + [f"n{i}" for i, one in enumerate(self.columns, 1) if one.numeric]
        )
        classes = f' class="{" ".join(names)}"' if names else ""
        return (
            f"<table{role('table')}{classes}>"
            f"<caption>{escape(self.title)}</caption>\n"
            f"<thead{group}><tr{role('row')}>{head}</tr></thead>\n{''.join(bodies)}</table>"
        )

    def payload(self) -> dict[str, Any]:
        """All of it as JSON; ``from_payload`` is the way back."""
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

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Table:
        return cls(
            id=payload["id"],
            title=payload["title"],
            columns=tuple(Column(header, numeric) for header, numeric in payload["columns"]),
            rows=tuple(tuple(_unpacked(cell) for cell in row) for row in payload["rows"]),
            notes=tuple(payload["notes"]),
            source_line=payload["source"],
            csv=payload["csv"],
            lang=payload["lang"],
            groups=tuple((words, count) for words, count in payload.get("groups", ())),
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        below = "".join(f"<p>{escape(line)}</p>" for line in (*self.notes, self.source_line) if line)
        return {"text/plain": self.title, "text/html": self.html() + below, MIME: self.payload()}


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
