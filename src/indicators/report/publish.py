"""The making of a report: a fresh warehouse, every notebook in every language, pages and data written as a whole.

A complete report moves to ``reports/<quarter>`` in one step. A published report is never written again: a correction
is ``<quarter>-r1``.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from indicators.errors import MOST_CHARACTERS, UsageError
from indicators.files import file_lock, replace_folder, writing
from indicators.i18n import LANGUAGES
from indicators.paths import Home
from indicators.periods import parse_quarter
from indicators.report import record
from indicators.warehouse.fingerprint import Inputs
from indicators.warehouse.fingerprint import read as read_inputs

UNLISTED = ".unlisted"
MOST_NAMED = 3  # lines in a message


@dataclass(frozen=True)
class ReportRequest:
    """A report to make; without quarter or day those of the warehouse. Raises UsageError for another language.

    ``note`` is the reason of a correction, without which none is published. ``signed_by`` and ``reason`` are the
    sign-off of headlines on rebuilt or transcribed releases. ``engine`` executes the notebooks.
    """

    quarter: str = ""
    as_of: date | None = None
    langs: Sequence[str] = LANGUAGES
    engine: str = "in_process"
    publish: bool = False
    note: str = ""
    signed_by: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        langs = list(dict.fromkeys(lang.strip() for lang in self.langs))
        if other := set(langs) - set(LANGUAGES):
            languages, others = " and ".join(LANGUAGES), ", ".join(sorted(other))
            raise UsageError(f"a report is in {languages}, not {others!r}: choose with --lang")
        object.__setattr__(self, "langs", langs)
        for field, name in (("signed_by", "name"), ("reason", "reason")):
            object.__setattr__(self, field, _line_of(name, getattr(self, field)))
        if bool(self.signed_by) != bool(self.reason):
            raise UsageError("a sign-off has a name and a reason: give both, --signed-by NAME --reason TEXT")
        if self.signed_by and not self.publish:
            raise UsageError("a sign-off belongs to a published report: add --publish, or leave the sign-off out")

    def record(self) -> dict[str, Any]:
        """Return the request as the report's record has it."""
        day = self.as_of and self.as_of.isoformat()
        signed = {"signed_by": self.signed_by, "signed_reason": self.reason} if self.signed_by else {}
        return {"quarter": self.quarter, "as_of": day, "languages": self.langs, "note": self.note, **signed}


def _line_of(name: str, words: str) -> str:
    """Return words of a sign-off on one line. Raise UsageError for hidden characters, and for too many."""
    line = " ".join(words.split())
    if len(line) > MOST_CHARACTERS:
        raise UsageError(f"the {name} has {len(line):,} characters: write at most {MOST_CHARACTERS:,}")
    if not line.isprintable():
        raise UsageError(f"the {name} has characters that are hidden or turn the text, leave them out: {line!a}")
    return line


@dataclass(frozen=True)
class Made:
    """A complete report; ``pages`` is 0 where nothing has changed and nothing was written."""

    quarter: str
    folder: Path
    index: Path
    pages: int


def make(home: Home, request: ReportRequest, progress: Callable[[str], None] = lambda line: None) -> Made:
    """Make one report, unless nothing has changed. Raise UsageError, NotebookError, PageError."""
    inputs = read_inputs(home)
    if name := _unchanged(home.reports, request, inputs.report_sha256):
        return _made(home.reports, name, 0)
    from indicators.warehouse import build

    build.ensure(home, progress)
    chosen = _with_defaults(home, request)
    with file_lock(home.processed / "report"):
        _recover(home.reports)
        record.refuse_gaps(home.reports, chosen.quarter)
        facts = _facts(home, chosen, inputs)
        if _is_made(home.reports, facts, chosen.publish):
            if _is_unlisted(home.reports):
                _list(home.reports)
            return _made(home.reports, chosen.quarter, 0)
        _refuse(home.reports, chosen, str(facts.get("note", "")))
        facts |= _signed_lines(home, chosen, request.as_of)
        run = {**facts, "published": chosen.publish, "parameters": request.record(), **inputs.record()}
        return _made(home.reports, chosen.quarter, _write(home, run, chosen.engine, progress))


def _made(reports: Path, quarter: str, pages: int) -> Made:
    return Made(quarter, reports / quarter, reports / "index.html", pages)


def _unchanged(reports: Path, request: ReportRequest, inputs_sha256: str) -> str | None:
    """Return the name of the report of this request and these inputs; None without one, or after a killed run."""
    if _is_unlisted(reports) or list(reports.glob(".making-*")):
        return None
    for run in record.all_runs(reports):
        previous = record.last_published(reports, run["quarter"])
        same = (run.get("parameters"), run.get("inputs_sha256")) == (request.record(), inputs_sha256)
        same = same and run["previous"] == (previous.name if previous else None)
        if same and run["published"] >= request.publish:
            return str(run["quarter"])
    return None


def _with_defaults(home: Home, request: ReportRequest) -> ReportRequest:
    """Return the request with quarter and day, by default those of the warehouse. Raise UsageError."""
    from indicators.report.view import default_day, default_quarter
    from indicators.warehouse import query

    with query.connect(home.warehouse) as connection:
        day, quarter = request.as_of or default_day(connection, request.quarter), request.quarter
        if quarter and parse_quarter(quarter)[0] > day:
            raise UsageError(f"{quarter} had not begun on {day}, the day of this report: leave the quarter out")
        return replace(request, as_of=day, quarter=quarter or default_quarter(connection, day))


def _facts(home: Home, request: ReportRequest, inputs: Inputs) -> dict[str, Any]:
    """Return the part of a record in which two reports differ; a correction has the note of its last draft."""
    previous = record.last_published(home.reports, request.quarter)
    before = record.read_run(home.reports / request.quarter) or {}
    facts = {
        **request.record(),
        "previous": previous.name if previous else None,
        "inputs_sha256": inputs.report_sha256,
        "note": request.note.strip() or before.get("note"),
    }
    return {name: value for name, value in facts.items() if name != "note" or value}


def _is_made(reports: Path, facts: dict[str, Any], publish: bool) -> bool:
    before = record.read_run(reports / facts["quarter"])
    if not before or any(before.get(name) != value for name, value in facts.items()):
        return False
    return bool(before["published"]) or not publish


def _refuse(reports: Path, request: ReportRequest, note: str) -> None:
    """Raise UsageError for a published report, and for a note without a correction or the reverse."""
    quarter, before = request.quarter, record.read_run(reports / request.quarter)
    if before and before["published"]:
        correction = record.next_name(reports, quarter)
        raise UsageError(
            f"{quarter} is published and stays as it is: make a correction, `indicators report {correction}`"
        )
    if note and not record.is_correction(quarter):
        raise UsageError(f"a note is the reason of a correction, and {quarter} is none: leave the note out")
    if request.publish and not note and record.is_correction(quarter):
        raise UsageError(f'{quarter} corrects a published report: add the reason, --note "…"')


def _signed_lines(home: Home, request: ReportRequest, asked: date | None) -> dict[str, Any]:
    """Return the lines that a sign-off covers, for the record. Raise UsageError where it lacks, or covers no line.

    ``asked`` is the day that the command named, which the command to sign needs too.
    """
    if not request.publish:
        return {}
    from indicators.report import scorecard, view

    opened = view.opened(home.warehouse, request.quarter, "en", request.as_of or "")
    with opened.connection:
        lines = scorecard.unsigned(opened)
        names = [scorecard.name(opened, line, objective=False) for line in lines]
    if lines and not request.signed_by:
        some = "; ".join(names[:MOST_NAMED]) + (f"; and {more} more" if (more := len(names) - MOST_NAMED) > 0 else "")
        command = f"indicators report {request.quarter}{f' --as-of {asked}' if asked else ''} --publish"
        raise UsageError(
            f"{request.quarter} takes {len(names)} of its headlines from rebuilt or transcribed releases: {some}. "
            f"Check them, then sign: {command} --signed-by NAME --reason TEXT"
        )
    if request.signed_by and not lines:
        raise UsageError(
            f"{request.quarter} has no headline on a rebuilt or transcribed release: leave the sign-off out"
        )
    signed = [{"metric": one.metric.id, "place": one.place, "provenance": one.provenance} for one in lines]
    return {"signed_lines": signed} if signed else {}


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
    """Make all pages beside an earlier report, and replace it with them; return the count of pages."""
    from indicators.report import chapters, page

    home.reports.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".making-", dir=home.reports))
    try:
        with writing(temporary):
            pages = chapters.write(home, temporary, run, engine_name, progress)
            run = {**run, "pages": pages, **chapters.record_of_data(home, run["as_of"])}
            content = json.dumps(run, ensure_ascii=False, indent=1)
            (temporary / record.RUN).write_text(f"{content}\n", encoding="utf-8")
        temporary.chmod(0o755)
        page.write_assets(home.reports)
        (home.reports / UNLISTED).touch()
        replace_folder(temporary, home.reports / run["quarter"])
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _list(home.reports)
    return len(pages) * len(run["languages"])


def _list(reports: Path) -> None:
    """Write the index anew, then remove the mark that a killed run leaves for the next run."""
    from indicators.report import site

    site.write_index(reports)
    (reports / UNLISTED).unlink(missing_ok=True)
