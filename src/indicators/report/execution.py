"""Running the notebooks through papermill: parameters checked first, a time limit, nothing left half done."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
from nbformat import NotebookNode
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError

from indicators.errors import IndicatorsError, UsageError
from indicators.report import engine

TIMEOUT_SECONDS = 300
KERNEL = "kernel"

papermill_engines.register(engine.NAME, engine.ForkedEngine)


@dataclass(frozen=True)
class Job:
    """One notebook to run in one language."""

    notebook: Path
    parameters: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.notebook.stem

    @property
    def lang(self) -> str:
        return self.parameters["lang"]


class NotebookError(IndicatorsError):
    """A notebook that did not run to its end."""


def run_all(
    jobs: Sequence[Job], *, engine_name: str = engine.NAME, done: Callable[[Job], None] = lambda job: None
) -> dict[tuple[str, str], NotebookNode]:
    """Run every job, as many at a time as there are cores; executed notebooks by (name, language).

    Raises UsageError for parameters that do not fit the notebook, NotebookError for the first that fails.
    """
    for notebook in {job.notebook: job for job in jobs}.values():
        check_parameters(notebook)
    executed = {}
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        running = {pool.submit(run, job, engine_name): job for job in jobs}
        try:
            for future in as_completed(running):
                job = running[future]
                executed[job.name, job.lang] = future.result()
                done(job)
        finally:
            for future in running:
                future.cancel()
    return {(job.name, job.lang): executed[job.name, job.lang] for job in jobs}


def check_parameters(job: Job) -> None:
    """Refuse what papermill would only log: an unknown parameter, one that is not given, no parameters cell."""
    declared = set(papermill.inspect_notebook(str(job.notebook)))
    given = set(job.parameters)
    if not declared:
        raise UsageError(f"{job.notebook.name} has no cell tagged parameters")
    if wrong := given ^ declared:
        raise UsageError(
            f"{job.notebook.name} takes {', '.join(sorted(declared))}; wrong or missing: {wrong}"
        )


def run(job: Job, engine_name: str = engine.NAME) -> NotebookNode:
    """Run one notebook and return it executed. Raises NotebookError, naming cell and error."""
    try:
        executed = papermill.execute_notebook(
            str(job.notebook),
            None,
            parameters=dict(job.parameters),
            engine_name=engine_name if engine_name != KERNEL else None,
            kernel_name="python3",
            language="python",
            cwd=str(job.notebook.parent),
            execution_timeout=TIMEOUT_SECONDS,
            progress_bar=False,
            log_output=False,
        )
    except PapermillExecutionError as error:
        raise NotebookError(
            f"{job.name} ({job.lang}), cell {error.cell_index}: {error.ename}: {error.evalue}"
        ) from error
    except Exception as error:
        raise NotebookError(f"{job.name} ({job.lang}): {type(error).__name__}: {error}") from error
    if unrun := [cell for cell in _code(executed) if cell.source.strip() and cell.execution_count is None]:
        raise NotebookError(f"{job.name} ({job.lang}): stopped before {unrun[0].source.splitlines()[0]!r}")
    return executed


def _code(notebook: NotebookNode) -> Iterator[NotebookNode]:
    return (cell for cell in notebook.cells if cell.cell_type == "code")


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)
