"""The quarter and the day of a report that names neither: asked of the warehouse once, then remembered.

They follow from the inputs alone, so what is remembered holds for as long as these hash to the same, and the
warehouse is the file that was asked. Lost or stale, it is asked again.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from indicators import replacing
from indicators.errors import UsageError
from indicators.inputs import Inputs
from indicators.paths import Home
from indicators.periods import parse_quarter

Answer = tuple[str, date]


def recall(home: Home, inputs: Inputs, quarter: str, as_of: date | None) -> Answer | None:
    """The quarter and the day, without opening the warehouse; None where that has to be done."""
    try:
        known = json.loads(_file(home).read_text(encoding="utf-8"))
        if known["standing"] != _standing(home, inputs):
            return None
        day = as_of or date.fromisoformat(known["newest"])
        return _fitting(quarter, day) or known["quarters"][day.isoformat()], day
    except (OSError, ValueError, TypeError, KeyError):
        return None


def ask(home: Home, inputs: Inputs, quarter: str, as_of: date | None) -> Answer:
    """The quarter and the day, from the warehouse. Raises UsageError for what does not fit."""
    from indicators import warehouse
    from indicators.report.quarter import default_quarter, latest_known

    standing = _standing(home, inputs)
    with warehouse.connect(home.warehouse) as connection:
        newest = latest_known(connection)
        day = as_of or newest
        chosen = _fitting(quarter, day) or default_quarter(connection, day)
    quarters = {} if quarter else {day.isoformat(): chosen}
    known = {"standing": standing, "newest": newest.isoformat(), "quarters": quarters}
    with replacing.file(_file(home)) as beside:
        beside.write_text(json.dumps(known), encoding="utf-8")
    return chosen, day


def _fitting(quarter: str, day: date) -> str:
    if quarter and parse_quarter(quarter)[0] > day:
        raise UsageError(f"{quarter} had not begun on {day}, the day of this report: leave the quarter out")
    return quarter


def _file(home: Home) -> Path:
    return home.cache / "quarter.json"


def _standing(home: Home, inputs: Inputs) -> list[object]:
    """What the answers hold for: these inputs, and this very file of the warehouse."""
    file = home.warehouse.stat()
    return [inputs.report_sha256, file.st_size, file.st_mtime_ns]
