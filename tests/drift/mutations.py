"""What an agency's table may have become by the next release: each mutation takes a table and gives a file."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

FIGURES = {
    "reported", "predicted", "events", "seized_lb", "seized_usd", "items", "encounters", "persons", "male", "female",
    "not_identified", "crossings",
}  # fmt: skip
LABELS = [
    "indicator",
    "drug",
    "component",
    "crime_type",
    "status",
    "seizure_type",
    "sex",
    "level",
    "measure",
    "offence",
]
YEARS = ["fiscal_year", "year"]


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

    def with_rows(self, rows: list[list[str]]) -> Table:
        return Table(self.header, rows, self.headers)

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


Mutation = Callable[[Table], bytes | None]


def times(factor: int) -> Callable[[str], str]:
    """A figure that many times; a cell that holds none stays."""

    def change(cell: str) -> str:
        text = cell.replace(",", "")
        try:
            return repr(float(text) * factor) if "." in text else str(int(text) * factor)
        except ValueError:
            return cell

    return change


def _grouped(separator: str) -> Callable[[str], str]:
    return lambda cell: f"{int(cell):,}".replace(",", separator) if cell.isdigit() else cell


def _decimal_comma(cell: str) -> str:
    return cell.replace(".", ",") if "." in cell else f"{cell},5" if cell.isdigit() else cell


def _renamed(table: Table) -> bytes:
    column = table.figures()[0]
    header = [f"{one} (nuevo)" if number == column else one for number, one in enumerate(table.header)]
    return Table(header, table.rows, table.headers).file()


def _without(table: Table, column: int) -> bytes:
    cut = [[one for number, one in enumerate(row) if number != column] for row in (table.header, *table.rows)]
    return Table(cut[0], cut[1:], {}).file()


def _label(change: Callable[[str], str]) -> Mutation:
    def mutated(table: Table) -> bytes | None:
        column = table.at(*LABELS)
        if column is None:
            return None
        label, _ = Counter(row[column] for row in table.rows).most_common(1)[0]
        return table.with_cells([column], lambda cell: change(cell) if cell == label else cell).file()

    return mutated


def _last_year(change: Callable[[str], str]) -> Mutation:
    def mutated(table: Table) -> bytes | None:
        column = table.at(*YEARS)
        if column is None:
            return None
        last = max(row[column] for row in table.rows if row[column][:1].isdigit())
        told = [row for row in table.rows if row[column] == last]
        rest = [row for row in table.rows if row[column] != last]
        return table.with_rows(
            [*rest, *table.with_rows(told).with_cells(table.figures(), change).rows]
        ).file()

    return mutated


def _shifted(table: Table) -> bytes | None:
    """Every figure one period later: month columns rotated, else figures moved on among rows of one kind."""
    months = [
        table.header.index(header) for name, header in table.headers.items() if name.startswith("month_")
    ]
    rows = [list(row) for row in table.rows]
    if months:
        for row in rows:
            cells = [row[one] for one in months]
            for column, cell in zip(months, [cells[-1], *cells[:-1]], strict=True):
                row[column] = cell
        return table.with_rows(rows).file()
    month = table.at("month")
    if month is None:
        return None
    order = list(dict.fromkeys(row[month] for row in rows))
    calendar = sorted(order, key=_month_number)
    after = dict(zip(calendar, [*calendar[1:], calendar[0]], strict=True))
    return table.with_rows([[*row[:month], after[row[month]], *row[month + 1 :]] for row in rows]).file()


def _month_number(label: str) -> int:
    names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    return int(label) if label.isdigit() else names.index(label[:3].lower())


def _one_year_on(table: Table) -> bytes | None:
    column = table.at(*YEARS)
    if column is None:
        return None
    return table.with_cells(
        [column], lambda cell: f"{int(cell[:4]) + 1}{cell[4:]}" if cell[:4].isdigit() else cell
    ).file()


def _block_cut(table: Table) -> bytes:
    size = len(table.rows)
    return table.with_rows([*table.rows[: size // 2], *table.rows[size // 2 + max(size // 10, 1) :]]).file()


MUTATIONS: dict[str, Mutation] = {
    "unchanged": lambda table: table.file(),
    "column renamed": _renamed,
    "column added": lambda table: Table(
        [*table.header, "Nueva"], [[*row, "x"] for row in table.rows], {}
    ).file(),
    "column of figures dropped": lambda table: _without(table, table.figures()[0]),
    "column of labels dropped": lambda table: (
        None if table.at(*LABELS) is None else _without(table, table.at(*LABELS))
    ),
    "columns in reverse order": lambda table: Table(
        table.header[::-1], [row[::-1] for row in table.rows], {}
    ).file(),
    "Windows-1252": lambda table: table.file(encoding="cp1252"),
    "UTF-8 with a mark": lambda table: table.file(encoding="utf-8-sig"),
    "UTF-16": lambda table: table.file(encoding="utf-16"),
    "UTF-8 read as Latin-1 and saved": lambda table: table.file().decode("latin-1").encode(),
    "CRLF": lambda table: table.file(line_end="\r\n"),
    "semicolons": lambda table: table.file(delimiter=";"),
    "tabs": lambda table: table.file(delimiter="\t"),
    "label renamed": _label(lambda cell: f"{cell} (nuevo)"),
    "label in capitals": _label(str.upper),
    "label misspelt": _label(lambda cell: cell[:-1]),
    "rows of one label gone": lambda table: _label_gone(table),
    "figures in thousands": lambda table: table.with_cells(table.figures(), times(1000)).file(),
    "figures ten times": lambda table: table.with_cells(table.figures(), times(10)).file(),
    "last year in thousands": _last_year(times(1000)),
    "figures doubled": lambda table: table.with_cells(table.figures(), times(2)).file(),
    "figures one month on": _shifted,
    "years one on": _one_year_on,
    "all rows twice": lambda table: table.with_rows([*table.rows, *table.rows]).file(),
    "last tenth of rows twice": lambda table: table.with_rows(
        [*table.rows, *table.rows[-max(len(table.rows) // 10, 1) :]]
    ).file(),
    "last tenth of rows cut": lambda table: table.with_rows(
        table.rows[: -max(len(table.rows) // 10, 1)]
    ).file(),
    "a tenth in the middle cut": _block_cut,
    "file cut inside a row": lambda table: table.file()[: -max(len(table.header), 8)],
    "decimal comma": lambda table: table.with_cells(table.figures(), _decimal_comma).file(),
    "thousands with commas": lambda table: table.with_cells(table.figures(), _grouped(",")).file(),
    "thousands with points": lambda table: table.with_cells(table.figures(), _grouped(".")).file(),
    "thousands with blanks": lambda table: table.with_cells(table.figures(), _grouped(" ")).file(),
    "figures in words": lambda table: table.with_cells(table.figures(), lambda cell: "n.d.").file(),
    "figures blank": lambda table: table.with_cells(table.figures(), lambda cell: "").file(),
    "figures negative": lambda table: table.with_cells(table.figures(), times(-1)).file(),
}


def _label_gone(table: Table) -> bytes | None:
    column = table.at(*LABELS)
    if column is None:
        return None
    label, _ = Counter(row[column] for row in table.rows).most_common(1)[0]
    return table.with_rows([row for row in table.rows if row[column] != label]).file()


def _counts(content: object, factor: int) -> object:
    if isinstance(content, dict):
        return {
            key: value if key == "parametros" else _counts(value, factor) for key, value in content.items()
        }
    if isinstance(content, bool) or content is None:
        return content
    if isinstance(content, int):
        return content * factor
    if isinstance(content, str) and content.replace(",", "").isdigit():
        return str(int(content.replace(",", "")) * factor)
    return content


DOCUMENTS: dict[str, Callable[[dict[str, object]], dict[str, object]]] = {
    "unchanged": lambda found: found,
    "key renamed": lambda found: {
        f"{key}_nuevo" if key == "totales" else key: one for key, one in found.items()
    },
    "key added": lambda found: {**found, "nueva": {}},
    "key dropped": lambda found: {key: one for key, one in found.items() if key != "espacial"},
    "keys in reverse order": lambda found: dict(reversed(found.items())),
    "figures in thousands": lambda found: _counts(found, 1000),
    "figures doubled": lambda found: _counts(found, 2),
    "section emptied": lambda found: {**found, "anual": {}},
    "section of another kind": lambda found: {**found, "anual": [1, 2]},
}


def of_document(content: dict[str, object]) -> dict[str, bytes]:
    return {name: json.dumps(change(content)).encode() for name, change in DOCUMENTS.items()}
