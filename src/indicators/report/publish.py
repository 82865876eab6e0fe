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
from typing import Any

from indicators import warehouse
from indicators.errors import UsageError
from indicators.paths import Home
from indicators.periods import parse_quarter

LANGUAGES = ("en", "es")
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
    engine_name: str = "forked",
    publish: bool = False,
    progress: Callable[[str], None] = lambda line: None,
) -> Made:
    """Make (or leave, where nothing changed) one report. Raises UsageError, NotebookError, PageError."""
    from indicators.report import archive

    chosen = list(dict.fromkeys(lang.strip() for lang in langs))
    if strange := set(chosen) - set(LANGUAGES):
        raise UsageError(f"a report speaks {' and '.join(LANGUAGES)}, not {', '.join(sorted(strange))!r}")
    fingerprint = warehouse.ensure(home, progress)
    quarter, day = _what(home, quarter, as_of)
    folder, index = home.reports / quarter, home.reports / "index.html"
    with warehouse.alone(home.processed / "report"):
        _recover(home.reports)
        _refuse_gaps(home.reports, quarter)
        previous = last_published(home.reports, quarter)
        before = archive.read_run(folder)
        facts: dict[str, Any] = {
            "quarter": quarter,
            "as_of": day.isoformat(),
            "languages": chosen,
            "previous": previous.name if previous else None,
            "inputs_sha256": _inputs(home, fingerprint),
        }
        same = before and all(before.get(name) == value for name, value in facts.items())
        if before and same and (before["published"] or not publish):
            if not index.exists() or (home.reports / UNLISTED).exists():
                _list(home.reports)
            return Made(quarter, folder, index, 0)
        if before and before["published"]:
            correction = next_name(home.reports, quarter)
            raise UsageError(
                f"{quarter} is published and stays as it is: make a correction, `indicators report {correction}`"
            )
        return Made(quarter, folder, index, _write(home, folder, facts, publish, engine_name, progress))


def _recover(reports: Path) -> None:
    """Clear up after a run that was killed: bring back a report that it had just moved aside."""
    from indicators.report import archive

    for path in sorted(reports.glob(".making-*")):
        run = archive.read_run(path)
        if path.suffix == ".old" and run and not (reports / run["quarter"]).exists():
            path.rename(reports / run["quarter"])
        else:
            shutil.rmtree(path)


def _refuse_gaps(reports: Path, quarter: str) -> None:
    """A correction follows what was published; there is none of a draft."""
    correction = next_name(reports, quarter)
    if _order(quarter) > _order(correction):
        raise UsageError(f"{correction} is not published, so there is nothing to correct: make {correction}")


def next_name(reports: Path, quarter: str) -> str:
    """The first of a quarter's names (itself, then its corrections) under which nothing is published yet."""
    from indicators.report import archive

    base = quarter.partition("-r")[0]
    names = [
        base,
        *(f"{base}-r{number}" for number in range(1, 1 + len(list(reports.glob(f"{base}-r*"))) + 1)),
    ]
    for name in names:
        run = archive.read_run(reports / name)
        if run is None or not run["published"]:
            break
    return name


def last_published(reports: Path, quarter: str) -> Path | None:
    """The folder of the newest report that was published for an earlier quarter (or an earlier correction)."""
    from indicators.report import archive

    earlier = [
        run["quarter"]
        for run in archive.reports(reports)
        if run["published"] and _order(run["quarter"]) < _order(quarter)
    ]
    return reports / max(earlier, key=_order) if earlier else None


def _order(quarter: str) -> tuple[date, int]:
    return parse_quarter(quarter)[1], int(quarter.partition("-r")[2] or 0)


def _what(home: Home, quarter: str, as_of: date | None) -> tuple[str, date]:
    """The quarter and the day of the report: as asked, else the last one covered and the newest known."""
    from indicators.report.quarter import default_quarter, latest_known

    begins = parse_quarter(quarter)[0] if quarter else date.min
    with warehouse.connect(home.warehouse) as connection:
        day = as_of or latest_known(connection)
        if begins > day:
            raise UsageError(
                f"{quarter} had not begun on {day}, the day of this report: leave the quarter out"
            )
        return quarter or default_quarter(connection, day), day


def _inputs(home: Home, fingerprint: str) -> str:
    """One hash over all a page is made of: the warehouse's inputs, the notebooks, the code, the lock."""
    digest = sha256(fingerprint.encode())
    package = Path(__file__).parents[1]
    code = [path for path in package.rglob("[!.]*") if path.is_file() and "__pycache__" not in path.parts]
    named = {str(path.relative_to(package)): path for path in code}
    named |= {
        path.name: path for path in [*home.notebooks.glob("*.ipynb"), *home.root.glob("requirements.lock")]
    }
    for name, path in sorted(named.items()):
        digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _write(
    home: Home,
    folder: Path,
    facts: dict[str, Any],
    publish: bool,
    engine_name: str,
    progress: Callable[[str], None],
) -> int:
    """Make all pages beside the report that is there, and put them in its place; return how many there are."""
    from indicators.report import archive, assets, chapters

    home.reports.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".making-", dir=home.reports))
    try:
        quarter, as_of, langs = str(facts["quarter"]), str(facts["as_of"]), list(facts["languages"])
        previous = home.reports / str(facts["previous"]) if facts["previous"] else None
        pages = chapters.write(home, temporary, quarter, as_of, langs, engine_name, progress, previous)
        run = {**facts, "published": publish, "pages": pages, **chapters.stands_on(home, as_of)}
        (temporary / archive.RUN).write_text(
            json.dumps(run, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        temporary.chmod(0o755)
        assets.write_assets(home.reports)
        (home.reports / UNLISTED).touch()
        _swap(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _list(home.reports)
    return len(pages) * len(langs)


def _list(reports: Path) -> None:
    """Write the index anew; a run that is killed before it has done so leaves the mark that it must be."""
    from indicators.report import archive

    archive.write_index(reports)
    (reports / UNLISTED).unlink(missing_ok=True)


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
