"""The chapters of a report: each notebook run in each language and written as a page with its data."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from nbformat import NotebookNode

from indicators import warehouse
from indicators.errors import UsageError
from indicators.paths import Home
from indicators.periods import parse_day
from indicators.report import execution, page
from indicators.report.execution import Job
from indicators.report.outputs import HIDDEN, tags
from indicators.text import Text


def notebooks(home: Home) -> list[Path]:
    """The notebooks that are chapters: those whose name begins with a number, in its order."""
    found = sorted(home.notebooks.glob("[0-9][0-9]_*.ipynb"))
    if not found:
        raise UsageError(f"no notebook named NN_… in {home.notebooks}")
    return found


def name(notebook: Path) -> str:
    """The page's file without ending: ``20_homicides.ipynb`` is ``homicides``."""
    return notebook.stem.split("_", 1)[1].replace("_", "-")


def write(
    home: Home,
    folder: Path,
    quarter: str,
    as_of: str,
    langs: Sequence[str],
    engine_name: str,
    progress: Callable[[str], None],
) -> int:
    """Run every chapter and write its pages and data under ``folder``; return how many pages there are."""
    parameters = {"quarter": quarter, "as_of": as_of, "warehouse": str(home.warehouse)}
    jobs = [Job(path, {**parameters, "lang": lang}) for path in notebooks(home) for lang in langs]
    count = 0

    def done(job: Job) -> None:
        nonlocal count
        count += 1
        progress(f"[{count}/{len(jobs)}] {job.name} ({job.lang})")

    executed = execution.run_all(jobs, engine_name=engine_name, done=done)
    titles = {lang: tuple((name(path), _title(path, lang)) for path in notebooks(home)) for lang in langs}
    stands_on_words = {lang: _vintages_words(home, as_of, lang) for lang in langs}
    for job in jobs:
        notebook = executed[job.name, job.lang]
        _refuse_blanks(job, notebook)
        facts = page.Facts(
            lang=job.lang,
            name=name(job.notebook),
            quarter=quarter,
            as_of=parse_day(as_of),
            pages=titles[job.lang],
            vintages=stands_on_words[job.lang],
        )
        _write_page(folder / job.lang, facts, notebook)
    return len(jobs)


def _refuse_blanks(job: Job, notebook: NotebookNode) -> None:
    """A cell that should show something and shows nothing would leave the page silently thinner."""
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code" and not tags(cell) & HIDDEN and not cell.outputs:
            raise page.PageError(f"{job.name} ({job.lang}), cell {number}: {cell.source.splitlines()[0]} shows nothing")


def _write_page(folder: Path, facts: page.Facts, notebook: NotebookNode) -> None:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / f"{facts.name}.html").write_text(page.render(notebook, facts), encoding="utf-8")
    for file, content in page.data_files(notebook).items():
        (folder / file).write_text(content, encoding="utf-8")


@cache
def _title(path: Path, lang: str) -> str:
    """The first heading of a notebook in a language."""
    for cell in execution.read(path).cells:
        if cell.cell_type == "markdown" and f"lang-{lang}" in tags(cell) and cell.source.startswith("# "):
            return str(cell.source.splitlines()[0][2:].strip())
    raise UsageError(f"{path.name} has no title in {lang}")


def stands_on(home: Home, as_of: str) -> dict[str, object]:
    """The releases and findings of a report, for its record."""
    with warehouse.connect(home.warehouse) as connection:
        known = "FROM vintage WHERE released <= $day"
        releases = warehouse.select(connection, f"{known} ORDER BY source, released, vintage", {"day": as_of})
        findings = warehouse.select(
            connection,
            "SELECT finding.* FROM finding JOIN vintage USING (vintage) WHERE released <= $day ORDER BY ALL",
            {"day": as_of},
        )
    return {"releases": json.loads(releases.write_json()), "findings": json.loads(findings.write_json())}


def _vintages_words(home: Home, as_of: str, lang: str) -> str:
    """What the figures stand on, in words: the edition, the store, or some of both."""
    text = Text(lang)
    with warehouse.connect(home.warehouse) as connection:
        counted = dict(
            connection.sql(
                "SELECT how = 'edition', count(*) FROM vintage WHERE released <= $day GROUP BY ALL",
                params={"day": as_of},
            ).fetchall()
        )
    shipped, added = counted.get(True, 0), counted.get(False, 0)
    if shipped and added:
        return text.t("page.stands_on_both", shipped=shipped, added=added)
    return text.t("page.stands_on_edition" if shipped else "page.stands_on_store", n=shipped or added)
