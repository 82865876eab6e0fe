"""Executed notebooks in ``data/processed/cache/notebooks``, for pages of which nothing has changed.

The name of a file is a hash of everything that a page is made from: code, catalogue, libraries, warehouse, notebook,
parameters, and the files of the last published report where the page compares with it.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import polars as pl
from nbformat import NotebookNode, from_dict

from indicators import catalog
from indicators.catalog import corridors
from indicators.errors import UsageError
from indicators.files import replace_file
from indicators.i18n import LANGUAGES, Text
from indicators.paths import Home
from indicators.periods import parse_day
from indicators.report import corridor, data_package, notebooks, page, quality
from indicators.report.notebooks import Job
from indicators.report.outputs import HIDDEN, KINDS, PageError, is_prose_in, tags
from indicators.report.record import Run
from indicators.warehouse import freshness, query

GENERATIONS = 2  # as many executed notebooks stay as the last runs had, in whichever languages and quarters


class Cache:
    """The executed notebooks made by one program from one warehouse (both named by their hashes)."""

    def __init__(self, folder: Path, program_sha256: str, warehouse_sha256: str) -> None:
        self.folder, self.made_from = folder, [program_sha256, warehouse_sha256, sys.version]

    def get(self, job: Job) -> NotebookNode | None:
        """Return the executed notebook of a job; None where there is none, or no whole one."""
        path = self._path(job)
        try:
            digest, _, content = path.read_text(encoding="utf-8").partition("\n")
        except (OSError, UnicodeDecodeError):
            return None
        if sha256(content.encode()).hexdigest() != digest:
            return None
        os.utime(path)
        notebook: NotebookNode = from_dict(json.loads(content))
        return notebook

    def put(self, job: Job, executed: NotebookNode) -> None:
        content = json.dumps(executed)
        with replace_file(self._path(job)) as beside:
            beside.write_text(f"{sha256(content.encode()).hexdigest()}\n{content}", encoding="utf-8")

    def drop_old(self, jobs: int) -> None:
        """Delete all but the newest files, GENERATIONS for each of so many jobs."""
        newest_first = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in newest_first[GENERATIONS * jobs :]:
            path.unlink(missing_ok=True)

    def _path(self, job: Job) -> Path:
        previous = job.parameters.get("previous")
        folder = job.notebook.parent / previous if previous else None
        files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder else []
        content = [sha256(path.read_bytes()).hexdigest() for path in [job.notebook, *files]]
        key = json.dumps([*self.made_from, content, dict(job.parameters)], sort_keys=True)
        return self.folder / f"{sha256(key.encode()).hexdigest()}.json"


@dataclass(frozen=True)
class Chapter:
    """One page of the report: a notebook, and the parameters it takes, filled in where the page decides them."""

    notebook: Path
    name: str
    titles: Mapping[str, str]
    parameters: Mapping[str, str]


def chapters(home: Home) -> list[Chapter]:
    """Return every page, in the order of the notebooks' names: each notebook that declares a parameter ``lang``.

    A notebook with a ``corridor`` parameter is a page for each corridor. Raise UsageError without any page.
    """
    found: list[Chapter] = []
    for path in sorted(home.notebooks.glob("[!.]*.ipynb")):
        notebook = notebooks.read(path)
        takes = notebooks.parameters(notebook)
        if "corridor" in takes:
            found += [
                Chapter(path, corridor.page(one), _named(one), {**dict.fromkeys(takes, ""), "corridor": one})
                for one in corridors.ids()
            ]
        elif "lang" in takes:
            titles = {lang: _title(path, notebook, lang) for lang in LANGUAGES}
            name = re.sub(r"^\d+_", "", path.stem).lower()
            found.append(Chapter(path, re.sub(r"[^a-z0-9]+", "-", name), titles, dict.fromkeys(takes, "")))
    if not found:
        raise UsageError(f"no notebook in {home.notebooks} has a cell tagged parameters that declares lang")
    return found


def _named(place: str) -> dict[str, str]:
    return {lang: catalog.places()[place].name(lang) for lang in LANGUAGES}


def _navigation(found: Sequence[Chapter], lang: str) -> tuple[tuple[str, str], ...]:
    """Name and title of the pages a reader can go to from any: of the corridors only the first."""
    shown: list[tuple[str, str]] = []
    for number, one in enumerate(found):
        if "corridor" not in one.parameters:
            shown.append((one.name, one.titles[lang]))
        elif "corridor" not in found[number - 1].parameters:
            shown.append((one.name, Text(lang).t("corridor.nav")))
    return tuple(shown)


def write(home: Home, folder: Path, run: Run, engine_name: str, progress: Callable[[str], None]) -> list[str]:
    """Run every chapter and write its pages and data under ``folder``; return the pages' names in order.

    ``run`` is the report's record: of it quarter, as_of, languages, previous (the name of the last published
    report, for the notebook that compares with it) and note (why a correction was made) are read.
    """
    quarter, as_of, langs = str(run["quarter"]), str(run["as_of"]), list(run["languages"])
    folder_of_previous = home.reports / str(run["previous"]) if run["previous"] else None
    values = {
        "quarter": quarter,
        "as_of": as_of,
        # relative to the notebooks, so that an executed notebook contains no path of this machine
        "warehouse": os.path.relpath(home.warehouse, home.notebooks),
        "previous": os.path.relpath(folder_of_previous, home.notebooks) if folder_of_previous else "",
    }
    found = chapters(home)
    jobs = {
        (one.name, lang): Job(
            one.notebook,
            {name: {**values, "lang": lang}.get(name, value) for name, value in one.parameters.items()},
        )
        for one in found
        for lang in langs
    }
    cache = Cache(home.cache / "notebooks", str(run["program_sha256"]), query.fingerprint(home))
    pages = [[jobs[one.name, lang] for lang in langs] for one in found]
    executed = _executed(pages, cache, engine_name, progress)
    with query.connect(home.warehouse) as connection:
        by_language = {lang: [executed[jobs[one.name, lang]] for one in found] for lang in langs}
        described = data_package.write(folder / "data", connection, quarter, parse_day(as_of), by_language)
    stands_on_words = {lang: _vintages_words(home, as_of, lang) for lang in langs}
    grave = {lang: _noticed(home, as_of, lang) for lang in langs}
    overdue = {lang: _overdue(home, as_of, lang) for lang in langs}
    for one in found:
        for lang in langs:
            notebook = executed[jobs[one.name, lang]]
            _refuse_blanks(jobs[one.name, lang], notebook)
            shown = _shown(notebook)
            facts = page.Facts(
                lang=lang,
                name=one.name,
                quarter=quarter,
                as_of=parse_day(as_of),
                pages=_navigation(found, lang),
                vintages=stands_on_words[lang],
                warnings=_corrected(run, lang) + (grave[lang] if one is found[0] else ()),
                overdue=tuple(
                    said for name, said in overdue[lang].items() if one is found[0] or name in shown
                ),
                json_ld=described[lang],
            )
            _write_page(folder / lang, facts, notebook)
    return [one.name for one in found]


def _executed(
    pages: Sequence[Sequence[Job]], cache: Cache, engine_name: str, progress: Callable[[str], None]
) -> dict[Job, NotebookNode]:
    """Return every job executed: from the cache, else executed now. The kernel engine executes all of them."""
    jobs = [job for page in pages for job in page]
    cached = {job: cache.get(job) for job in jobs if engine_name != notebooks.KERNEL}
    up_to_date = {job: notebook for job, notebook in cached.items() if notebook}
    if up_to_date:
        progress(f"{len(up_to_date)} of {len(jobs)} pages are up to date")
    to_run = [[job for job in page if job not in up_to_date] for page in pages]
    count = 0

    def done(job: Job, executed: NotebookNode) -> None:
        nonlocal count
        count += 1
        cache.put(job, executed)
        progress(f"[{count}/{len(jobs) - len(up_to_date)}] {job.label}")

    executed = notebooks.run_all([page for page in to_run if page], engine=engine_name, done=done)
    cache.drop_old(len(jobs))
    return {**up_to_date, **executed}


def _corrected(run: Run, lang: str) -> tuple[str, ...]:
    """Why this report corrects one that was published, for the head of every page."""
    return (Text(lang).t("page.why_corrected", note=run["note"]),) if "note" in run else ()


def _overdue(home: Home, as_of: str, lang: str) -> dict[str, str]:
    """A warning for every source whose next release was due before the report's day, by the source's name."""
    text = Text(lang)
    with query.connect(home.warehouse) as connection:
        known = freshness.status(connection, home.raw, parse_day(as_of)).filter(pl.col("state") == "overdue")
    rows = {catalog.sources()[row["source"]].name[lang]: row for row in known.iter_rows(named=True)}
    return {
        name: text.t(
            "page.overdue",
            name=name,
            released=text.month(row["released"]),
            through=text.month(row["data_through"]),
        )
        for name, row in rows.items()
    }


def _shown(notebook: NotebookNode) -> str:
    """Everything that a notebook's cells show, the line with the source under each chart and table included."""
    cells = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    return json.dumps(cells, ensure_ascii=False)


def _noticed(home: Home, as_of: str, lang: str) -> tuple[str, ...]:
    """What the checks found grave in the newest releases."""
    with query.connect(home.warehouse) as connection:
        return quality.banners(connection, parse_day(as_of), Text(lang))


def _refuse_blanks(job: Job, notebook: NotebookNode) -> None:
    """Refuse a cell that ends with an expression and shows nothing: the page would lack a part without a word."""
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code" or tags(cell) & HIDDEN or cell.outputs:
            continue
        *_, last = ast.parse(cell.source).body or [None]
        if isinstance(last, ast.Expr) and not ast.unparse(last).startswith("indicators.use("):
            raise PageError(f"{job.label}, cell {number}: {cell.source.splitlines()[-1]} shows nothing")


def _write_page(folder: Path, facts: page.Facts, notebook: NotebookNode) -> None:
    """Write the page, and beside it the executed notebook without times or the parts that only a page uses."""
    folder.mkdir(exist_ok=True)
    (folder / f"{facts.name}.html").write_text(page.render(notebook, facts), encoding="utf-8")
    notebook.metadata.pop("papermill", None)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # papermill gives the cell of parameters another id each time
        cell.metadata = {"tags": sorted(tags(cell))}
        for output in cell.get("outputs", []):
            for mime in KINDS.keys() & output.get("data", {}).keys():
                del output["data"][mime]
    content = json.dumps(notebook, ensure_ascii=False, sort_keys=True)
    (folder / f"{facts.name}.ipynb").write_text(content + "\n", encoding="utf-8")


def _title(path: Path, notebook: NotebookNode, lang: str) -> str:
    """Return the first heading of a notebook in a language."""
    for cell in notebook.cells:
        if is_prose_in(cell, lang) and cell.source.startswith("# "):
            return str(cell.source.splitlines()[0][2:].strip())
    raise UsageError(
        f"{path.name} has no title in {lang}: write a markdown cell that begins with # and a blank"
    )


def stands_on(home: Home, as_of: str) -> dict[str, object]:
    """The releases and findings of a report, for its record."""
    with query.connect(home.warehouse) as connection:
        known = "FROM vintage WHERE released <= $day"
        releases = query.select(connection, f"{known} ORDER BY source, released, vintage", {"day": as_of})
        findings = query.select(
            connection,
            "SELECT finding.* FROM finding JOIN vintage USING (vintage) WHERE released <= $day ORDER BY ALL",
            {"day": as_of},
        )
    return {"releases": json.loads(releases.write_json()), "findings": json.loads(findings.write_json())}


def _vintages_words(home: Home, as_of: str, lang: str) -> str:
    """What the figures stand on, in words: the edition, the store, or some of both."""
    text = Text(lang)
    with query.connect(home.warehouse) as connection:
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
