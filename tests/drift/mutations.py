"""What an agency's table may have become by the next release: each mutation takes a table and gives another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from drift.tables import Table

LABELS = [
    "indicator", "drug", "component", "crime_type", "status", "seizure_type", "sex", "level", "measure", "offence",
    "sector", "category", "region",
]  # fmt: skip
YEARS = ["fiscal_year", "year"]
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
Mutation = Callable[[Table], Table | None]  # None: the table has nothing to change in this way


def times(factor: int) -> Callable[[str], str]:
    """A figure that many times; a cell that holds none stays."""

    def change(cell: str) -> str:
        text = cell.replace(",", "")
        try:
            return repr(float(text) * factor) if "." in text else str(int(text) * factor)
        except ValueError:
            return cell

    return change


def _figures(change: Callable[[str], str]) -> Mutation:
    return lambda table: table.with_cells(table.figures(), change)


def _grouped(separator: str) -> Mutation:
    return _figures(lambda cell: f"{int(cell):,}".replace(",", separator) if cell.isdigit() else cell)


def _decimal_comma(cell: str) -> str:
    return cell.replace(".", ",") if "." in cell else f"{cell},5" if cell.isdigit() else cell


def _renamed(table: Table) -> Table:
    one = table.header[table.figures()[0]]
    return table.with_header(lambda row: [f"{one} (nuevo)" if cell == one else cell for cell in row])


def _without(column: Callable[[Table], int | None]) -> Mutation:
    def mutated(table: Table) -> Table | None:
        at = column(table)
        return None if at is None else table.with_header(lambda row: [*row[:at], *row[at + 1 :]])

    return mutated


def _commonest(table: Table, column: int) -> str:
    return Counter(row[column] for row in table.rows if row[column]).most_common(1)[0][0]


def _label(change: Callable[[str], str]) -> Mutation:
    def mutated(table: Table) -> Table | None:
        column = table.at(*LABELS)
        if column is None:
            return None
        label = _commonest(table, column)
        return table.with_cells([column], lambda cell: change(cell) if cell == label else cell)

    return mutated


def _label_gone(table: Table) -> Table | None:
    column = table.at(*LABELS)
    if column is None:
        return None
    label = _commonest(table, column)
    return table.with_rows([row for row in table.rows if row[column] != label])


def _dated(table: Table) -> int | None:
    """The column that has the year, alone or in its months."""
    column = table.at(*YEARS, "month")
    return column if column is not None and any(_year(row[column]) for row in table.rows) else None


def _year(cell: str) -> int:
    match = re.search(r"\b(?:19|20)\d\d\b", cell)
    return int(match[0]) if match else 0


def _last_year(change: Callable[[str], str]) -> Mutation:
    def mutated(table: Table) -> Table | None:
        column = _dated(table)
        if column is None:
            return None
        last = max(_year(row[column]) for row in table.rows)
        told = [row for row in table.rows if _year(row[column]) == last]
        rest = [row for row in table.rows if _year(row[column]) != last]
        return table.with_rows([*rest, *table.with_rows(told).with_cells(table.figures(), change).rows])

    return mutated


def _shifted(table: Table) -> Table | None:
    """Every figure one period later: month columns rotated, else figures moved on among rows of one kind."""
    if months := table.months():
        rows = [list(row) for row in table.rows]
        for row in rows:
            cells = [row[one] for one in months]
            for column, cell in zip(months, [cells[-1], *cells[:-1]], strict=True):
                row[column] = cell
        return table.with_rows(rows)
    month = table.at("month")
    if month is None:
        return None
    dated = {row[month] for row in table.rows if row[month] != "SIN_FECHA"}
    calendar = sorted(dated, key=lambda cell: (_year(cell), _month(cell)))
    after = dict(zip(calendar, [*calendar[1:], calendar[0]], strict=True))
    return table.with_cells([month], lambda cell: after.get(cell, cell))


def _month(label: str) -> int:
    """The month in such labels as "7", "07 April", "2019-04", "Apr 2019", "APR" or "04/01/2019 12:00:00 AM"."""
    named = re.search("|".join(MONTHS), label.lower())
    return MONTHS.index(named[0]) if named else int(re.findall(r"\d+", label.removeprefix(f"{label[:4]}-"))[0])


def _one_year_on(table: Table) -> Table | None:
    column = _dated(table)
    if column is None:
        return None
    return table.with_cells([column], lambda cell: re.sub(r"\b(19|20)\d\d\b", lambda year: str(int(year[0]) + 1), cell))


def _last_tenth(table: Table) -> list[list[str]]:
    return table.rows[-max(len(table.rows) // 10, 1) :]


def _block_cut(table: Table) -> Table:
    size = len(table.rows)
    return table.with_rows([*table.rows[: size // 2], *table.rows[size // 2 + max(size // 10, 1) :]])


MUTATIONS: dict[str, Mutation] = {
    "unchanged": lambda table: table,
    "column renamed": _renamed,
    "column added": lambda table: table.with_header(lambda row: [*row, "Nueva" if row is table.header else "x"]),
    "column of figures dropped": _without(lambda table: table.figures()[0]),
    "column of labels dropped": _without(lambda table: table.at(*LABELS)),
    "columns in reverse order": lambda table: table.with_header(lambda row: row[::-1]),
    "label renamed": _label(lambda cell: f"{cell} (nuevo)"),
    "label in capitals": _label(str.upper),
    "label misspelt": _label(lambda cell: cell[:-1]),
    "rows of one label gone": _label_gone,
    "figures in thousands": _figures(times(1000)),
    "figures ten times": _figures(times(10)),
    "last year in thousands": _last_year(times(1000)),
    "figures doubled": _figures(times(2)),
    "figures one month on": _shifted,
    "years one on": _one_year_on,
    "all rows twice": lambda table: table.with_rows([*table.rows, *table.rows]),
    "last tenth of rows twice": lambda table: table.with_rows([*table.rows, *_last_tenth(table)]),
    "last tenth of rows cut": lambda table: table.with_rows(table.rows[: -len(_last_tenth(table))]),
    "a tenth in the middle cut": _block_cut,
    "decimal comma": _figures(_decimal_comma),
    "thousands with commas": _grouped(","),
    "thousands with points": _grouped("."),
    "thousands with blanks": _grouped(" "),
    "figures in words": _figures(lambda cell: "n.d."),
    "figures blank": _figures(lambda cell: ""),
    "figures negative": _figures(times(-1)),
}

WRITINGS: dict[str, Callable[[Table], bytes]] = {  # the same table, saved in another way
    "Windows-1252": lambda table: table.file(encoding="cp1252"),
    "UTF-8 with a mark": lambda table: table.file(encoding="utf-8-sig"),
    "UTF-16": lambda table: table.file(encoding="utf-16"),
    "UTF-8 read as Latin-1 and saved": lambda table: table.file().decode("latin-1").encode(),
    "CRLF": lambda table: table.file(line_end="\r\n"),
    "semicolons": lambda table: table.file(delimiter=";"),
    "tabs": lambda table: table.file(delimiter="\t"),
    "file cut inside a row": lambda table: table.file()[: -max(len(table.header), 8)],
    "file cut inside its last cell": lambda table: table.file().rstrip()[:-1],
}


def _of_last_sheet(change: Callable[[list[str], int], list[list[str]]]) -> Mutation:
    def mutated(table: Table) -> Table:
        at = table.header.index("sheet")
        last = table.rows[-1][at]
        return table.with_rows([new for row in table.rows for new in (change(row, at) if row[at] == last else [row])])

    return mutated


SHEETS: dict[str, Mutation] = {  # of a workbook
    "sheet renamed": _of_last_sheet(lambda row, at: [[*row[:at], f"{row[at]} (2)", *row[at + 1 :]]]),
    "sheet gone": _of_last_sheet(lambda row, at: []),
    "rows of a sheet twice": _of_last_sheet(lambda row, at: [row, row]),
}


def figures_of_last_sheet_doubled(table: Table) -> Table:
    """One level of a workbook moved, the others not."""
    at, (figure, *_) = table.header.index("sheet"), table.figures()
    double, last = times(2), table.rows[-1][at]
    rows = [[*row[:figure], double(row[figure]), *row[figure + 1 :]] if row[at] == last else row for row in table.rows]
    return table.with_rows(rows)


SHEETS["figures of one sheet doubled"] = figures_of_last_sheet_doubled
