"""The record of a report, ``run.json`` beside its pages, read without any library; and the order of reports."""

import json
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from indicators.errors import UsageError
from indicators.periods import parse_quarter

RUN = "run.json"
Run = dict[str, Any]


def read_run(folder: Path) -> Run | None:
    """Return the record of the report in a folder; None where there is none. Raise UsageError for a broken record."""
    path = folder / RUN
    if not path.exists():
        return None
    try:
        run: Run = json.loads(path.read_text(encoding="utf-8"))
        run["quarter"], run["as_of"], run["languages"], run["published"], run["pages"]
    except (ValueError, TypeError, KeyError) as error:
        message = f"{path} is no record of a report ({error}): restore it, or move its folder away"
        raise UsageError(message) from None
    return run


def all_runs(folder: Path) -> list[Run]:
    """Return the records of all reports, newest quarter first."""
    found = [run for path in folder.glob("[0-9]*") if (run := read_run(path))]
    return sorted(found, key=lambda run: (str(run["quarter"]), str(run["as_of"])), reverse=True)


def is_correction(quarter: str) -> bool:
    """Return true for the name of a correction: ``2025Q2-r1``."""
    return _order(quarter)[1] > 0


def refuse_gaps(reports: Path, quarter: str) -> None:
    """Raise UsageError for the correction of a report that is not published."""
    correction = next_name(reports, quarter)
    if _order(quarter) > _order(correction):
        raise UsageError(f"{correction} is not published, so there is nothing to correct: make {correction}")


def next_name(reports: Path, quarter: str) -> str:
    """Return the first of a quarter's names (itself, then its corrections) without a published report."""
    base = quarter.partition("-r")[0]
    names = (f"{base}-r{number}" if number else base for number in count())
    return next(name for name in names if not (read_run(reports / name) or {}).get("published"))


def last_published(reports: Path, quarter: str) -> Path | None:
    """Return the folder of the newest published report of an earlier quarter, or an earlier correction."""
    names = [run["quarter"] for run in all_runs(reports) if run["published"]]
    earlier = [name for name in names if _order(name) < _order(quarter)]
    return reports / max(earlier, key=_order) if earlier else None


def _order(quarter: str) -> tuple[date, int]:
    return parse_quarter(quarter)[1], int(quarter.partition("-r")[2] or 0)
