"""Making a report: a fresh warehouse, every notebook in every language, pages and data written as a whole.

A report appears under ``reports/<quarter>`` when all of it is there, and not before. What was published is
never written again: a correction is ``<quarter>-r1``.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from indicators.errors import UsageError
from indicators.files import file_lock, replace_folder
from indicators.i18n import LANGUAGES
from indicators.paths import Home
from indicators.periods import parse_quarter
from indicators.report import record
from indicators.warehouse.fingerprint import Inputs
from indicators.warehouse.fingerprint import read as read_inputs

UNLISTED = ".unlisted"


@dataclass(frozen=True)
class Made:
    """A report that is there now; ``pages`` is 0 where nothing had changed and nothing was written."""

    quarter: str
    folder: Path
    index: Path
    pages: int


def make(
    home: Home,
    *,
    quarter: str = "",
    as_of: date | None = None,
    langs: Sequence[str] = LANGUAGES,
    engine_name: str = "in_process",
    publish: bool = False,
    note: str = "",
    progress: Callable[[str], None] = lambda line: None,
) -> Made:
    """Make (or leave, where nothing changed) one report. Raises UsageError, NotebookError, PageError.

    ``note`` says why a correction is made; without one none is published.
    """
    chosen = list(dict.fromkeys(lang.strip() for lang in langs))
    if strange := set(chosen) - set(LANGUAGES):
        raise UsageError(f"a report speaks {' and '.join(LANGUAGES)}, not {', '.join(sorted(strange))!r}")
    given = {"quarter": quarter, "as_of": as_of and as_of.isoformat(), "languages": chosen, "note": note}
    inputs = read_inputs(home)
    if name := _unchanged(home.reports, given, inputs.report_sha256, publish):
        return _made(home.reports, name, 0)
    from indicators.warehouse import build

    build.ensure(home, progress)
    quarter, day = _quarter_and_day(home, quarter, as_of)
    with file_lock(home.processed / "report"):
        _recover(home.reports)
        record.refuse_gaps(home.reports, quarter)
        facts = _facts(home, inputs, (quarter, day), chosen, note)
        if _stands(home.reports, facts, publish):
            if _is_unlisted(home.reports):
                _list(home.reports)
            return _made(home.reports, quarter, 0)
        _refuse(home.reports, quarter, publish, str(facts.get("note", "")))
        run = {**facts, "published": publish, "parameters": given, **inputs.record()}
        return _made(home.reports, quarter, _write(home, run, engine_name, progress))


def _made(reports: Path, quarter: str, pages: int) -> Made:
    return Made(quarter, reports / quarter, reports / "index.html", pages)


def _unchanged(reports: Path, parameters: dict[str, Any], inputs_sha256: str, publish: bool) -> str | None:
    """Return the name of the report that these parameters and inputs made; None without one, or after a killed run."""
    if _is_unlisted(reports) or list(reports.glob(".making-*")):
        return None
    for run in record.all_runs(reports):
        previous = record.last_published(reports, run["quarter"])
        same = (run.get("parameters"), run.get("inputs_sha256")) == (parameters, inputs_sha256)
        if same and run["previous"] == (previous.name if previous else None) and run["published"] >= publish:
            return str(run["quarter"])
    return None


def _quarter_and_day(home: Home, quarter: str, as_of: date | None) -> tuple[str, date]:
    """Return the quarter and the day of a report, by default those of the warehouse. Raise UsageError."""
    from indicators.report.view import default_quarter, latest_known
    from indicators.warehouse import query

    with query.connect(home.warehouse) as connection:
        day = as_of or latest_known(connection)
        if quarter and parse_quarter(quarter)[0] > day:
            raise UsageError(
                f"{quarter} had not begun on {day}, the day of this report: leave the quarter out"
            )
        return quarter or default_quarter(connection, day), day


def _facts(
    home: Home, inputs: Inputs, known: tuple[str, date], langs: list[str], note: str
) -> dict[str, Any]:
    """What tells two reports apart; a note that was given once stays."""
    quarter, day = known
    previous = record.last_published(home.reports, quarter)
    said = note.strip() or (record.read_run(home.reports / quarter) or {}).get("note")
    return {
        "quarter": quarter,
        "as_of": day.isoformat(),
        "languages": langs,
        "previous": previous.name if previous else None,
        "inputs_sha256": inputs.report_sha256,
        **({"note": said} if said else {}),
    }


def _stands(reports: Path, facts: dict[str, Any], publish: bool) -> bool:
    """Whether this very report is there already, and published where it shall be."""
    before = record.read_run(reports / facts["quarter"])
    if not before or any(before.get(name) != value for name, value in facts.items()):
        return False
    return bool(before["published"]) or not publish


def _refuse(reports: Path, quarter: str, publish: bool, note: str) -> None:
    """What is published stays, and what corrects it says why. Raises UsageError."""
    before = record.read_run(reports / quarter)
    if before and before["published"]:
        correction = record.next_name(reports, quarter)
        raise UsageError(
            f"{quarter} is published and stays as it is: make a correction, `indicators report {correction}`"
        )
    if note and not record.is_correction(quarter):
        raise UsageError(f"a note says why a correction is made, and {quarter} is none: leave the note out")
    if publish and not note and record.is_correction(quarter):
        raise UsageError(f'{quarter} corrects what was published: say why, --note "…"')


def _is_unlisted(reports: Path) -> bool:
    return not (reports / "index.html").exists() or (reports / UNLISTED).exists()


def _recover(reports: Path) -> None:
    """Clear up after a run that was killed: bring back a report that it had just moved aside."""
    for path in sorted(reports.glob(".making-*")):
        run = record.read_run(path)
        if path.suffix == ".old" and run and not (reports / run["quarter"]).exists():
            path.rename(reports / run["quarter"])
        else:
            shutil.rmtree(path)


def _write(home: Home, run: record.Run, engine_name: str, progress: Callable[[str], None]) -> int:
    """Make all pages beside the report that is there, and put them in its place; return how many there are."""
    from indicators.report import chapters, page

    home.reports.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".making-", dir=home.reports))
    try:
        pages = chapters.write(home, temporary, run, engine_name, progress)
        run = {**run, "pages": pages, **chapters.stands_on(home, run["as_of"])}
        (temporary / record.RUN).write_text(
            json.dumps(run, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        temporary.chmod(0o755)
        page.write_assets(home.reports)
        (home.reports / UNLISTED).touch()
        replace_folder(temporary, home.reports / run["quarter"])
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _list(home.reports)
    return len(pages) * len(run["languages"])


def _list(reports: Path) -> None:
    """Write the index anew; a run that is killed before it has done so leaves the mark that it must be."""
    from indicators.report import site

    site.write_index(reports)
    (reports / UNLISTED).unlink(missing_ok=True)
