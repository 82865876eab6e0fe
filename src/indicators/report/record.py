"""The record of a report, ``run.json`` beside its pages; read without any library, to tell what stands already."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from indicators.errors import UsageError
from indicators.periods import parse_quarter

RUN = "run.json"
Run = dict[str, Any]


def read_run(folder: Path) -> Run | None:
    """The record of the report in a folder; None where there is none. Raises UsageError."""
    path = folder / RUN
    if not path.exists():
        return None
    try:
        run: Run = json.loads(path.read_text(encoding="utf-8"))
        run["quarter"], run["as_of"], run["languages"], run["published"], run["pages"]
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(
            f"{path} is no record of a report ({error}): restore it, or move its folder away"
        ) from None
    return run


def all_runs(folder: Path) -> list[Run]:
    """The records of all reports, newest quarter first."""
    found = [run for path in folder.glob("[0-9]*") if (run := read_run(path))]
    return sorted(found, key=lambda run: (str(run["quarter"]), str(run["as_of"])), reverse=True)


def is_correction(quarter: str) -> bool:
    """Whether a name is that of a correction: ``2025Q2-r1``."""
    return _order(quarter)[1] > 0


def refuse_gaps(reports: Path, quarter: str) -> None:
    """A correction follows what was published; there is none of a draft. Raises UsageError."""
    correction = next_name(reports, quarter)
    if _order(quarter) > _order(correction):
        raise UsageError(f"{correction} is not published, so there is nothing to correct: make {correction}")


def next_name(reports: Path, quarter: str) -> str:
    """The first of a quarter's names (itself, then its corrections) under which nothing is published yet."""
    base = quarter.partition("-r")[0]
    names = [
        base,
        *(f"{base}-r{number}" for number in range(1, 1 + len(list(reports.glob(f"{base}-r*"))) + 1)),
    ]
    for name in names:
        run = read_run(reports / name)
        if run is None or not run["published"]:
            break
    return name


def last_published(reports: Path, quarter: str) -> Path | None:
    """The folder of the newest report that was published for an earlier quarter (or an earlier correction)."""
    earlier = [
        run["quarter"]
        for run in all_runs(reports)
        if run["published"] and _order(run["quarter"]) < _order(quarter)
    ]
    return reports / max(earlier, key=_order) if earlier else None


def _order(quarter: str) -> tuple[date, int]:
    return parse_quarter(quarter)[1], int(quarter.partition("-r")[2] or 0)
