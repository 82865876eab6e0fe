"""Making a report: a fresh warehouse, every notebook in every language, pages and data written as a whole.

A report appears under ``reports/<quarter>`` when all of it is there, and not before. What was published is
never written again: a correction is ``<quarter>-r1``.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from indicators import warehouse
from indicators.errors import UsageError
from indicators.paths import Home
from indicators.periods import parse_quarter

LANGUAGES = ("en", "es")
RUN = "run.json"


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
    engine_name: str = "forked",
    publish: bool = False,
    progress: Callable[[str], None] = lambda line: None,
) -> Made:
    """Make (or leave, where nothing changed) one report. Raises UsageError, NotebookError, PageError."""
    fingerprint = warehouse.ensure(home, progress)
    quarter, day = _what(home, quarter, as_of)
    folder = home.reports / quarter
    previous = last_published(home.reports, quarter)
    before = _read_run(folder)
    facts: dict[str, object] = {
        "quarter": quarter,
        "as_of": day.isoformat(),
        "languages": list(langs),
        "previous": previous.name if previous else None,
        "inputs_sha256": _inputs(home, fingerprint),
    }
    if (
        before
        and all(before.get(name) == value for name, value in facts.items())
        and (before["published"] or not publish)
    ):
        return Made(quarter, folder, home.reports / "index.html", 0)
    if before and before["published"]:
        raise UsageError(
            f"{quarter} is published and stays as it is: make a correction, `indicators report {_next(home, quarter)}`"
        )
    pages = _write(home, folder, facts, publish, langs, engine_name, progress)
    return Made(quarter, folder, home.reports / "index.html", pages)


def last_published(reports: Path, quarter: str) -> Path | None:
    """The folder of the newest report that was published for an earlier quarter (or an earlier correction)."""
    found = []
    for path in reports.glob("[0-9]*/run.json"):
        run = json.loads(path.read_text(encoding="utf-8"))
        if run["published"] and _order(run["quarter"]) < _order(quarter):
            found.append((_order(run["quarter"]), path.parent))
    return max(found)[1] if found else None


def _order(quarter: str) -> tuple[date, int]:
    return parse_quarter(quarter)[1], int(quarter.partition("-r")[2] or 0)


def _what(home: Home, quarter: str, as_of: date | None) -> tuple[str, date]:
    """The quarter and the day of the report: as asked, else the last one covered and the newest known."""
    from indicators.report.view import default_quarter, latest_known

    if quarter:
        parse_quarter(quarter)
    with warehouse.connect(home.warehouse) as connection:
        day = as_of or latest_known(connection)
        return quarter or default_quarter(connection, day), day


def _read_run(folder: Path) -> dict[str, object] | None:
    path = folder / RUN
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _next(home: Home, quarter: str) -> str:
    base = quarter.split("-r")[0]
    number = 1
    while (home.reports / f"{base}-r{number}").exists():
        number += 1
    return f"{base}-r{number}"


def _inputs(home: Home, fingerprint: str) -> str:
    """One hash over all a page is made of: the warehouse's inputs, the notebooks, the code, the lock."""
    digest = sha256(fingerprint.encode())
    package = Path(__file__).parents[1]
    for path in [
        *sorted(home.notebooks.glob("*.ipynb")),
        *sorted(package.rglob("*")),
        home.root / "requirements.lock",
    ]:
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _write(
    home: Home,
    folder: Path,
    facts: dict[str, object],
    publish: bool,
    langs: Sequence[str],
    engine_name: str,
    progress: Callable[[str], None],
) -> int:
    from indicators.report import archive, assets, chapters

    home.reports.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".making-", dir=home.reports))
    try:
        previous = home.reports / str(facts["previous"]) if facts["previous"] else None
        pages = chapters.write(
            home,
            temporary,
            str(facts["quarter"]),
            str(facts["as_of"]),
            langs,
            engine_name,
            progress,
            previous,
        )
        run = {**facts, "published": publish, **chapters.stands_on(home, str(facts["as_of"]))}
        (temporary / RUN).write_text(json.dumps(run, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        temporary.chmod(0o755)
        _swap(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    assets.write_assets(home.reports)
    archive.write_index(home.reports)
    return pages


def _swap(new: Path, folder: Path) -> None:
    """Put a whole report in the place of the one before; that one comes back if it can't be done."""
    if not folder.exists():
        os.rename(new, folder)
        return
    old = new.with_name(f"{new.name}.old")
    os.rename(folder, old)
    try:
        os.rename(new, folder)
    except OSError:
        os.rename(old, folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
