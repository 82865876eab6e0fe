"""The tables kept by hand: published figures, the ledger of events, and the coded joint objectives.

An analyst adds a row in a spreadsheet; nothing is taken on trust. Every refusal is a DataError that names
file, line and column, what was expected, what was found and what to do. The columns are told in
``data/raw/README.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from indicators.catalog.tables import HAND_KEPT, validate
from indicators.errors import DataError
from indicators.published import figures, ledger
from indicators.published.rows import Cells, Row, rows_of

OBJECTIVES = "framework_objectives.csv"  # the one file of the ledger's folder that holds no events


def load(raw: Path) -> dict[str, pl.DataFrame]:
    """Every hand-kept table under ``raw``, validated, by table name; empty where there is no file.

    Raises DataError.
    """
    on_record = sorted((raw / "ledger").glob("*.csv"))
    files: dict[str, tuple[list[Path], list[str], Callable[[Row], Cells]]] = {
        "published_figures": (sorted((raw / "published").glob("*.csv")), figures.COLUMNS, figures.figure),
        "ledger_events": (
            [path for path in on_record if path.name != OBJECTIVES],
            ledger.EVENT_COLUMNS,
            ledger.event,
        ),
        "framework_objectives": (
            [path for path in on_record if path.name == OBJECTIVES],
            ledger.OBJECTIVE_COLUMNS,
            ledger.objective,
        ),
    }
    return {
        table: _table(table, [(row, read(row)) for path in paths for row in rows_of(path, raw, columns)])
        for table, (paths, columns, read) in files.items()
    }


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
    frame = pl.DataFrame(
        [{**cells, "file": row.file, "line": row.line} for row, cells in rows], declared.types
    )
    return validate(table, frame, f"the files of {table}")
