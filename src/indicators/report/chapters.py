"""The chapters of a report: their notebooks executed, or taken from a cache, and written as pages.

The cache is ``data/processed/cache/notebooks``. The name of a file is a hash of everything that a page is made from:
code, catalogue, libraries, warehouse, notebook, parameters, and the files of the last published report where the page
compares with it.
"""

import ast
import itertools
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

import duckdb
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
from indicators.report.sentences import placed
from indicators.warehouse import freshness, query

QUALITY = "data-quality"  # the page that shows a sign-off; without it, the first page
GENERATIONS = 2  # the cache has the notebooks of so many runs of the same size


class Cache:
    """The executed notebooks of one program and one warehouse, each identified by its hash."""

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
        """Write the executed notebook of a job."""
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
    """One page of the report: a notebook with its parameters, empty but for those that the page decides."""

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
        parameters = dict.fromkeys(notebooks.parameters(notebook), "")
        if "corridor" in parameters:
            for one in corridors.ids():
                titles = {lang: catalog.places()[one].name(lang) for lang in LANGUAGES}
                found.append(Chapter(path, corridor.page(one), titles, {**parameters, "corridor": one}))
        elif "lang" in parameters:
            titles = {lang: _title(path, notebook, lang) for lang in LANGUAGES}
            name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"^\d+_", "", path.stem).lower())
            found.append(Chapter(path, name, titles, parameters))
    names = [one.name for one in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"two notebooks in {home.notebooks} would make the page {twice[0]}.html: rename one")
    if not found:
        raise UsageError(f"no notebook in {home.notebooks} has a cell tagged parameters that declares lang")
    return found


def _title(path: Path, notebook: NotebookNode, lang: str) -> str:
    for cell in notebook.cells:
        if is_prose_in(cell, lang) and cell.source.startswith("# "):
            return str(cell.source.splitlines()[0][2:].strip())
    raise UsageError(f"{path.name} has no title in {lang}: write a markdown cell that begins with # and a blank")


def _navigation(found: Sequence[Chapter], lang: str) -> tuple[tuple[str, str], ...]:
    """Return name and title of the pages in the navigation; of the corridors only the first."""
    first = next((one.name for one in found if "corridor" in one.parameters), None)
    return tuple(
        (one.name, Text(lang).t("corridor.nav") if one.name == first else one.titles[lang])
        for one in found
        if one.name == first or "corridor" not in one.parameters
    )


def write(home: Home, folder: Path, run: Run, engine_name: str, progress: Callable[[str], None]) -> list[str]:
    """Execute every chapter and write its pages and data under ``folder``; return the pages' names in order.

    Of ``run``, the report's record, are read: quarter, as_of, languages, previous (the name of the last published
    report, for the notebook that compares with it), note (the reason of a correction) and the sign-off.
    """
    found, day = chapters(home), parse_day(str(run["as_of"]))
    texts = {lang: Text(lang) for lang in run["languages"]}
    jobs = {one.name: {lang: _job(home, one, run, lang) for lang in texts} for one in found}
    cache = Cache(home.cache / "notebooks", str(run["program_sha256"]), query.fingerprint(home))
    executed = _executed([list(page.values()) for page in jobs.values()], cache, engine_name, progress)
    with query.connect(home.warehouse) as connection:
        by_language = {lang: [executed[page[lang]] for page in jobs.values()] for lang in texts}
        described = data_package.write(folder / "data", connection, str(run["quarter"]), day, by_language)
        vintages = {lang: _vintages(connection, day, text) for lang, text in texts.items()}
        grave = {lang: quality.banners(connection, day, text) for lang, text in texts.items()}
        stale = freshness.status(connection, home.raw, day).filter(pl.col("state") == "overdue")
    for lang, text in texts.items():
        correction = (text.t("page.why_corrected", note=run["note"]),) if "note" in run else ()
        signing = next((one.name for one in found if one.name == QUALITY), found[0].name)
        for one in found:
            job, first = jobs[one.name][lang], one is found[0]
            _refuse_blanks(job, executed[job])
            facts = page.Facts(
                lang=lang,
                name=one.name,
                quarter=str(run["quarter"]),
                as_of=day,
                pages=_navigation(found, lang),
                vintages=vintages[lang],
                warnings=correction + (grave[lang] if first else ()),
                overdue=_overdue(stale, text, None if first else executed[job]),
                signed=_signed(run, text) if one.name == signing else (),
                json_ld=described[lang],
            )
            _write_page(folder / lang, facts, executed[job])
    return list(jobs)


def _job(home: Home, chapter: Chapter, run: Run, lang: str) -> Job:
    """Return the job of a chapter in a language; its paths are relative, as an executed notebook contains them."""
    previous = home.reports / str(run["previous"]) if run["previous"] else None
    values = {
        "quarter": str(run["quarter"]),
        "as_of": str(run["as_of"]),
        "warehouse": os.path.relpath(home.warehouse, home.notebooks),
        "previous": os.path.relpath(previous, home.notebooks) if previous else "",
        "lang": lang,
    }
    values |= {"corridor": chapter.parameters["corridor"]} if "corridor" in chapter.parameters else {}
    # a parameter of the notebook's own keeps its default
    return Job(chapter.notebook, {name: values[name] for name in chapter.parameters if name in values})


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
    numbers = itertools.count(1)

    def done(job: Job, executed: NotebookNode) -> None:
        cache.put(job, executed)
        progress(f"[{next(numbers)}/{len(jobs) - len(up_to_date)}] {job.label}")

    executed = notebooks.run_all([page for page in to_run if page], engine=engine_name, done=done)
    cache.drop_old(len(jobs))
    return {**up_to_date, **executed}


def _overdue(stale: pl.DataFrame, text: Text, notebook: NotebookNode | None) -> tuple[str, ...]:
    """Return a warning for every stale source (a row of freshness) that a notebook shows; for all without one.

    A notebook shows a source that any output names, such as the source line of a chart.
    """
    cells = notebook.cells if notebook else []
    shown = json.dumps([cell.outputs for cell in cells if cell.cell_type == "code"], ensure_ascii=False)
    names = [catalog.sources()[source].name[text.lang] for source in stale["source"]]
    return tuple(
        text.t(
            "page.overdue",
            name=name,
            released=text.month(row["released"]),
            through=text.month(row["data_through"]),
        )
        for name, row in zip(names, stale.iter_rows(named=True), strict=True)
        if notebook is None or name in shown
    )


def _signed(run: Run, text: Text) -> tuple[str, ...]:
    """Return who signed a report off, the reason, and the lines that the sign-off covers; empty without one."""
    if "signed_by" not in run:
        return ()
    names = []
    for one in run["signed_lines"]:
        metric, place = catalog.metrics()[one["metric"]], catalog.places()[one["place"]]
        provenance = text.t(f"provenance.short.{one['provenance']}")
        names.append(f"{placed(metric.name[text.lang], place.name(text.lang))} ({provenance})")
    return (
        text.t("page.signed_by", name=run["signed_by"]),
        text.t("page.signed_reason", reason=run["signed_reason"]),
        text.t("page.signed_lines", n=len(names), names="; ".join(names)),
    )


def _refuse_blanks(job: Job, notebook: NotebookNode) -> None:
    """Raise PageError for a cell that ends with an expression and shows nothing, which would be a gap in the page."""
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
    for of_the_run in ("papermill", "language_info"):  # times; the kernel's Python, if there was a kernel
        notebook.metadata.pop(of_the_run, None)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # papermill gives the cell of parameters another id each time
        cell.metadata = {"tags": sorted(tags(cell))}
        for output in cell.get("outputs", []):
            for mime in KINDS.keys() & output.get("data", {}).keys():
                del output["data"][mime]
    content = json.dumps(notebook, ensure_ascii=False, sort_keys=True)
    (folder / f"{facts.name}.ipynb").write_text(content + "\n", encoding="utf-8")


def record_of_data(home: Home, as_of: str) -> dict[str, object]:
    """Return the releases and findings of a report, for its record."""
    with query.connect(home.warehouse) as connection:
        releases, findings = (
            query.select(connection, sql, {"day": as_of})
            for sql in (
                "FROM vintage WHERE released <= $day ORDER BY source, released, vintage",
                "SELECT finding.* FROM finding JOIN vintage USING (vintage) WHERE released <= $day ORDER BY ALL",
            )
        )
    return {"releases": json.loads(releases.write_json()), "findings": json.loads(findings.write_json())}


def _vintages(connection: duckdb.DuckDBPyConnection, day: date, text: Text) -> str:
    """Return a sentence on the count of releases from the edition, from the store, or from both."""
    sql = "SELECT how = 'edition' AS shipped FROM vintage WHERE released <= $day"
    found = query.select(connection, sql, {"day": day})["shipped"]
    shipped, added = int(found.sum()), int((~found).sum())
    if shipped and added:
        return text.t("page.stands_on_both", shipped=shipped, added=added)
    return text.t("page.stands_on_edition" if shipped else "page.stands_on_store", n=shipped or added)
