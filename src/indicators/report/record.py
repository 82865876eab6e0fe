"""The record of a report, ``run.json`` beside its pages; read without any library, to tell what stands already."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from indicators.errors import UsageError

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


def reports(folder: Path) -> list[Run]:
    """The records of all reports, newest quarter first."""
    found = [run for path in folder.glob("[0-9]*") if (run := read_run(path))]
    return sorted(found, key=lambda run: (str(run["quarter"]), str(run["as_of"])), reverse=True)
