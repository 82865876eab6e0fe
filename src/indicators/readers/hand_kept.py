"""The tables written by hand: published figures, the ledger of events, and the coded joint objectives.

An analyst adds a row in a spreadsheet; nothing is taken on trust. Every refusal is a DataError that names
file, line and column, what was expected, what was found and what to do. ``data/raw/README.md`` describes the
columns.
"""

from __future__ import annotations

import csv
import difflib
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NoReturn

import polars as pl

from indicators import catalog
from indicators.catalog import Metric
from indicators.catalog.tables import (
    ELEMENTS,
    EVENT_KINDS,
    EVENT_STATUS,
    FIGURE_MATURITY,
    GRADES,
    HAND_KEPT,
    validate,
)
from indicators.errors import HIDDEN, DataError
from indicators.i18n import READ
from indicators.periods import Clock, fiscal_year_bounds, month_end, parse_quarter, quarter_of

OBJECTIVES = "framework_objectives.csv"  # the one file of the ledger's folder that has no events
FIGURE_COLUMNS = [
    "metric", "place", "first_day", "last_day", "clock", "value", "unit", "lower", "upper", "maturity",
    "publisher", "document", "published_on", "url", "grade", "note_en", "note_es",
]  # fmt: skip
EVENT_COLUMNS = [
    "event", "date", "kind", "status", "title_en", "title_es", "actors", "quantity", "of", "unit",
    "publisher", "published_on", "url", "grade", "note_en", "note_es",
]  # fmt: skip
OBJECTIVE_COLUMNS = [
    "code", "level", "goal_en", "goal_es", "objective_en", "objective_es",
    *(column for name in ELEMENTS for column in (name, f"{name}_evidence")),
    "coder", "coded_on", "url", "note_en", "note_es",
]  # fmt: skip
NONE_FOUND = "none found"
FORMULA = re.compile(r"[=+@]|-(?!\d)")  # what a spreadsheet would run when a reader opens the page's CSV
Cells = dict[str, object]


def load(raw: Path) -> dict[str, pl.DataFrame]:
    """Return each of the three tables under ``raw``, validated, by name; empty where there is no file.

    Raises DataError for a file that is no such table, a cell that does not fit, or a row that comes twice.
    """
    ledger = sorted((raw / "ledger").glob("*.csv"))
    files: dict[str, tuple[list[Path], list[str], Callable[[Row], Cells]]] = {
        "published_figures": (sorted((raw / "published").glob("*.csv")), FIGURE_COLUMNS, _figure),
        "ledger_events": ([path for path in ledger if path.name != OBJECTIVES], EVENT_COLUMNS, _event),
        "framework_objectives": (
            [path for path in ledger if path.name == OBJECTIVES],
            OBJECTIVE_COLUMNS,
            _objective,
        ),
    }
    return {
        table: _table(table, [(row, read(row)) for path in paths for row in _rows_of(path, raw, columns)])
        for table, (paths, columns, read) in files.items()
    }


@dataclass(frozen=True)
class Row:
    """One row of text with its file and line; each method reads a cell, or raises DataError where it does not fit."""

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
        found, words = self.cells[column], list(allowed)
        if found not in words:
            near = difflib.get_close_matches(found, words, n=1)
            listed = ", ".join(words) if len(words) <= 12 else f"{len(words)} known ones"
            nearest = f" (nearest: {near[0]})" if near else ""
            self.refuse(column, f"{what}: {listed}{nearest}", todo or "use one of them, spelled exactly so")
        return found

    def number(self, column: str, *, least: float | None = 0, most: float | None = None) -> float | None:
        """Return the number in a cell, None for an empty one; no thousands separators, no units, no words."""
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
        """Return the first and last day of a date written 2024, 2024-06 or 2024-06-30, after the word ``before``."""
        text = self.cells[column].removeprefix(before)
        match = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", text)
        todo = "write it like 2024-06-30, or 2024-06 or 2024 where no more is published; format the column as text"
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
        """Return both notes. Raises DataError for one alone: a page in the other language needs it too."""
        notes = {name: self.optional(name) for name in ("note_en", "note_es")}
        for name, note in notes.items():
            if not note and any(notes.values()):
                other = "note_en" if name == "note_es" else "note_es"
                self.refuse(name, f"the words of {other} in the other language", "write the note in both")
        return {**notes}


def _figure(row: Row) -> Cells:
    """Return a row of ``published_figures``. Raises DataError."""
    published = {name: metric for name, metric in catalog.metrics().items() if metric.kind == "published"}
    todo = "take the metric's id from the catalogue; a figure of another concept needs its own metric"
    metric = published[row.one_of("metric", published, "a metric of published figures", todo)]
    start, end, clock = _period(row)
    maturity = row.one_of("maturity", FIGURE_MATURITY, "how settled the figure is")
    known_from = row.days("published_on", READ)[1]
    if known_from < start and maturity != "target":
        row.refuse("published_on", f"a date after {start} began", "a figure can't be published before its period")
    return {
        "metric": metric.id,
        "place": row.one_of("place", metric.places(), f"a place of {metric.id}"),
        "period_start": start,
        "period_end": end,
        "clock": str(clock),
        **_value(row, metric),
        "maturity": maturity,
        "publisher": row.text("publisher"),
        "document": row.text("document"),
        "published_on": row.text("published_on"),
        "grade": row.one_of("grade", GRADES, "a grade of the source"),
        "url": row.url("url"),
        "known_from": known_from,
        **row.notes(),
    }


def _event(row: Row) -> Cells:
    """Return a row of ``ledger_events``. Raises DataError."""
    first, last = row.days("date")
    status = row.one_of("status", EVENT_STATUS, "whether it took place")
    if row.cells["published_on"]:
        known_from = row.days("published_on")[1]
        if status == "held" and known_from < first:
            row.refuse("published_on", f"a date not before {first}", "an event of a later day is planned")
    elif status == "held":
        known_from = last
    else:
        row.refuse("published_on", "the date of the announcement", "a plan is known from its announcement only")
    quantity, whole = row.number("quantity"), row.number("of")
    if (quantity is None) != (not row.cells["unit"]):
        row.refuse("unit", "a unit where there is a quantity, and only there", "fill in both or neither")
    if whole is not None and (quantity is None or whole < quantity):
        row.refuse("of", "a whole not smaller than its part", "check both numbers")
    if not re.fullmatch(r"[a-z0-9_]+", row.text("event")):
        row.refuse("event", "small letters, digits and _", "give the event an id such as sig_3")
    return {
        "event": row.text("event"),
        "kind": row.one_of("kind", EVENT_KINDS, "a kind of event"),
        "status": status,
        "first_day": first,
        "last_day": last,
        "title_en": row.text("title_en"),
        "title_es": row.text("title_es"),
        "actors": row.text("actors"),
        "quantity": quantity,
        "of_quantity": whole,
        "unit": row.optional("unit"),
        "publisher": row.text("publisher"),
        "grade": row.one_of("grade", GRADES, "a grade of the source"),
        "url": row.url("url"),
        "known_from": known_from,
        **row.notes(),
    }


def _objective(row: Row) -> Cells:
    """Return a row of ``framework_objectives``. Raises DataError."""
    coded: Cells = {}
    for name in ELEMENTS:
        public = row.one_of(name, ["yes", "no"], "yes or no") == "yes"
        evidence = f"{name}_evidence"
        if public:
            row.url(evidence)
        else:
            row.one_of(evidence, [NONE_FOUND], f"for a no the words {NONE_FOUND}")
        coded |= {name: public, evidence: row.text(evidence)}
    words = ["code", "goal_en", "goal_es", "objective_en", "objective_es", "coder"]
    return {
        **{name: row.text(name) for name in words},
        "level": row.one_of("level", ["statement_2021", "action_plan_2022"], "the text that lists it"),
        **coded,
        "url": row.url("url"),
        "known_from": row.day("coded_on"),
        **row.notes(),
    }


def _value(row: Row, metric: Metric) -> Cells:
    unit = row.one_of("unit", ["percent" if metric.unit == "share" else metric.unit], f"the unit of {metric.id}")
    bounds = {"least": None if unit == "percent_change" else 0, "most": 100 if unit == "percent" else None}
    value = row.number("value", **bounds)
    if value is None:
        row.refuse("value", "a number", "a row without a figure does not enter")
    lower, upper = row.number("lower", **bounds), row.number("upper", **bounds)
    if lower is not None and lower > value:
        row.refuse("lower", f"at most the value, {value:g}", "check the bound against its address")
    if upper is not None and upper < value:
        row.refuse("upper", f"at least the value, {value:g}", "check the bound against its address")
    return {"value": value, "unit": unit, "lower": lower, "upper": upper}


def _period(row: Row) -> tuple[date, date, Clock]:
    """Return a period whose days fit its clock, so that half a year is never among whole ones."""
    start, end = row.day("first_day"), row.day("last_day")
    if end < start:
        row.refuse("last_day", f"a day not before {start}", "check both days")
    clock = Clock(row.one_of("clock", list(Clock), "a clock"))
    should = _bounds(start, end, clock)
    if should and should != (start, end):
        todo = "correct the days, or take the clock that fits them (part_year, several_years, running_counter…)"
        row.refuse("clock", f"for {clock} the days {should[0]} to {should[1]}", todo)
    odd = {
        Clock.PART_YEAR: end.year > start.year + 1 or (end - start).days >= 364,
        Clock.SEVERAL_YEARS: (end - start).days < 366,
    }
    if odd.get(clock):
        row.refuse("clock", "less than a year for part_year, more than one for several_years", "check the days")
    return start, end, clock


def _bounds(start: date, end: date, clock: Clock) -> tuple[date, date] | None:
    """Return the days of a period of this clock around ``start`` and ``end``; None where any will do."""
    match clock:
        case Clock.MONTH:
            return start.replace(day=1), month_end(start)
        case Clock.QUARTER:
            return parse_quarter(quarter_of(start))
        case Clock.HALF_YEAR:
            first = date(start.year, 1 if start.month <= 6 else 7, 1)
            return first, month_end(date(start.year, first.month + 5, 1))
        case Clock.YEAR:
            return date(start.year, 1, 1), date(start.year, 12, 31)
        case Clock.FISCAL_YEAR:
            return fiscal_year_bounds(end.year)
        case Clock.FISCAL_YEAR_TO_DATE:
            return date(start.year, 10, 1), end
        case Clock.TWELVE_MONTH_ENDING | Clock.TWELVE_MONTH_ROLLING:
            last = month_end(end)
            return date(last.year - (last.month < 12), last.month % 12 + 1, 1), last
        case Clock.STOCK:  # one day, or the days of one month among which it lies
            return (start if start >= end.replace(day=1) else end), end
    return None


def _table(table: str, rows: list[tuple[Row, Cells]]) -> pl.DataFrame:
    declared = HAND_KEPT[table]
    seen: dict[tuple[object, ...], Row] = {}
    for row, cells in rows:
        key = tuple(cells[name] for name in declared.key)
        if first := seen.get(key):
            found = f"the same {', '.join(declared.key)} on line {first.line} of {first.file}"
            todo = "keep one of the two; figures that disagree differ in publisher, document or date"
            raise DataError(row.file, "every row once", found, todo, line=row.line)
        seen[key] = row
    frame = pl.DataFrame([{**cells, "file": row.file, "line": row.line} for row, cells in rows], declared.types)
    return validate(table, frame, f"the files of {table}")


def _rows_of(path: Path, raw: Path, columns: list[str]) -> Iterator[Row]:
    """Yield the rows of one file as text, blank ones left out. Raises DataError where it is no such table."""
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
