"""Results of notebooks kept from earlier runs, in ``data/processed/cache/notebooks``: deleted, they are made again.

A result is kept under everything that is known before a notebook runs: the notebook, its parameters but the day,
the code, the catalogue, the libraries. It stands today if every question that its notebook asked of the warehouse
has the same answer today (see ``indicators.trace``): then it would show the same. A notebook that could read
anything else (it opens files, or imports more than this project) is run each time.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, from_dict

from indicators import replacing, trace, warehouse
from indicators.errors import IndicatorsError
from indicators.periods import parse_day
from indicators.report import engine, execution
from indicators.report.execution import Job
from indicators.report.outputs import tags

GENERATIONS = 2  # of results stay: of the last runs, in whichever languages and for whichever quarters
NOT_FOLLOWED = {
    "__import__", "compile", "dir", "eval", "exec", "get_ipython", "globals", "input", "locals", "open", "vars",
}  # fmt: skip
Entry = dict[str, Any]


class Kept:
    """The kept results that may stand for a run of the notebooks, seen from ``as_of``."""

    def __init__(self, folder: Path, program_sha256: str, as_of: str, database: Path) -> None:
        self.folder, self.program_sha256 = folder, program_sha256
        self.day = parse_day(as_of)
        self.connection = warehouse.connect(database)
        self.answers: dict[trace.Question, str | None] = {}

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def find(self, job: Job) -> NotebookNode | None:
        """The notebook of a job with what it would show today; None where it has to be run."""
        path = self._path(job)
        entry = _read(path)
        if entry is None or not self._stands(entry):
            return None
        os.utime(path)
        executed = execution.read(job.notebook)
        for cell, shown in zip(_code(executed), entry["cells"], strict=True):
            cell.outputs, cell.execution_count = [from_dict(one) for one in shown["outputs"]], shown["count"]
        return executed

    def keep(self, job: Job, executed: NotebookNode) -> None:
        """Keep what a job showed, with what it read; nothing where that can't be followed."""
        read = executed.metadata.get(engine.READ)
        if not read or read["everything"] or not is_followed(executed):
            return
        entry = {
            "day": self.day.isoformat() if read["day_seen"] else None,
            "answers": sorted({tuple(one) for one in read["answers"]}),
            "cells": [{"outputs": cell.outputs, "count": cell.execution_count} for cell in _code(executed)],
        }
        _write(self._path(job), entry)

    def drop(self, used: int) -> None:
        """Drop the oldest results: those that none of the last runs of ``used`` notebooks made or found."""
        found = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in found[GENERATIONS * used :]:
            path.unlink(missing_ok=True)

    def _path(self, job: Job) -> Path:
        parameters = {name: value for name, value in job.parameters.items() if name != "as_of"}
        before = _contents(Path(job.parameters["previous"])) if job.parameters.get("previous") else {}
        notebook = sha256(job.notebook.read_bytes()).hexdigest()
        known = [self.program_sha256, sys.version, notebook, parameters, before]
        return self.folder / f"{sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()}.json"

    def _stands(self, entry: Entry) -> bool:
        if entry["day"] not in (None, self.day.isoformat()):
            return False
        return all(self._answer((sql, named)) == digest for sql, named, digest in entry["answers"])

    def _answer(self, question: trace.Question) -> str | None:
        if question not in self.answers:
            self.answers[question] = _ask(self.connection, question, self.day)
        return self.answers[question]


def _ask(connection: Any, question: trace.Question, day: date) -> str | None:
    import duckdb

    try:
        return trace.digest(warehouse.select(connection, *trace.asked(question, day)))
    except (duckdb.Error, IndicatorsError):
        return None


def _contents(folder: Path) -> Mapping[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells that the notebook has itself: not the one in which a runner puts the parameters."""
    return [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and "injected-parameters" not in tags(cell)
    ]


def is_followed(notebook: NotebookNode) -> bool:
    """Whether a notebook reads nothing but the warehouse, and hands its day to the view alone."""
    for cell in _code(notebook):
        try:
            nodes = list(ast.walk(ast.parse(cell.source)))
        except SyntaxError:  # a magic, or a command of the shell
            return False
        opened = {id(one) for node in nodes if _opens_the_view(node) for one in ast.walk(node)}
        for node in nodes:
            if isinstance(node, ast.Import):
                return False
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] != "indicators":
                return False
            if isinstance(node, ast.Name) and node.id in NOT_FOLLOWED:
                return False
            reads_the_day = (
                isinstance(node, ast.Name) and node.id == "as_of" and isinstance(node.ctx, ast.Load)
            )
            if reads_the_day and id(node) not in opened:
                return False
    return True


def _opens_the_view(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "View.open"


def _read(path: Path) -> Entry | None:
    """An entry; None where there is none, or not the whole of one."""
    try:
        digest, _, content = path.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    if sha256(content.encode()).hexdigest() != digest:
        return None
    entry: Entry = json.loads(content)
    return entry


def _write(path: Path, entry: Entry) -> None:
    content = json.dumps(entry)
    with replacing.file(path) as beside:
        beside.write_text(f"{sha256(content.encode()).hexdigest()}\n{content}", encoding="utf-8")
