"""Running the notebooks through papermill: parameters checked first, a time limit, nothing left half done."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
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


@dataclass(frozen=True, eq=False)
class Job:
    """One notebook to run with its parameters, the language among them."""

    notebook: Path
    parameters: Mapping[str, str]

    @property
    def label(self) -> str:
        """What to call it: ``75_corridors (en, texas_coahuila)``."""
        told = [self.parameters["lang"], *filter(None, [self.parameters.get("corridor")])]
        return f"{self.notebook.stem} ({', '.join(told)})"


class NotebookError(IndicatorsError):
    """A notebook that did not run to its end."""


def run_all(
    jobs: Sequence[Job],
    *,
    engine_name: str = engine.NAME,
    shared_in: Path | None = None,
    done: Callable[[Job, NotebookNode], None] = lambda job, executed: None,
) -> dict[Job, NotebookNode]:
    """Run every job, as many at a time as there are cores; the executed notebooks by job.

    In the folder ``shared_in`` they share what they work out (forked ones alone).
    Raises UsageError for parameters that do not fit the notebook, NotebookError for the first that fails.
    """
    takes = {notebook: declared(notebook) for notebook in {job.notebook: None for job in jobs}}
    for job in jobs:
        _check_parameters(job, takes[job.notebook])
    executed = {}
    pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    running = {pool.submit(run, job, engine_name, shared_in): job for job in jobs}
    try:
        for future in _as_completed(running):
            job = running[future]
            executed[job] = future.result()
            done(job, executed[job])
    finally:  # on a failure or an interrupt nothing is left running behind
        pool.shutdown(wait=False, cancel_futures=True)
        while any(future.running() for future in running):
            engine.stop()
            wait(running, timeout=0.1)
    return {job: executed[job] for job in jobs}


def _as_completed(futures: Collection[Future[NotebookNode]]) -> Iterator[Future[NotebookNode]]:
    """The futures in the order in which they end.

    It wakes up now and then, or Ctrl-C would not be heard: with polars loaded, a signal interrupts no wait.
    """
    waiting = set(futures)
    while waiting:
        ended, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
        yield from ended


def _check_parameters(job: Job, takes: set[str]) -> None:
    """Refuse what papermill would only log: an unknown parameter, one that is not given, no parameters cell."""
    if not takes:
        raise UsageError(f"{job.notebook.name} has no cell tagged parameters")
    if wrong := set(job.parameters) ^ takes:
        raise UsageError(
            f"{job.notebook.name} takes {', '.join(sorted(takes))}; wrong or missing: {', '.join(sorted(wrong))}"
        )


def declared(notebook: Path) -> set[str]:
    """The names of the parameters that a notebook declares."""
    content = read(notebook)
    content.metadata.setdefault(
        "kernelspec", {"name": "python3", "display_name": "Python 3", "language": "python"}
    )
    return set(papermill.inspect_notebook(content))


def run(job: Job, engine_name: str = engine.NAME, shared_in: Path | None = None) -> NotebookNode:
    """Run one notebook and return it executed. Raises NotebookError, naming cell and error."""
    try:
        executed: NotebookNode = papermill.execute_notebook(
            read(job.notebook),  # not its path, which papermill would take for a format string
            None,
            parameters=dict(job.parameters),
            engine_name=engine_name if engine_name != KERNEL else None,
            kernel_name="python3",
            language="python",
            # where the cells run; papermill's own cwd would move this whole process, other threads with it
            resources={"metadata": {"path": str(job.notebook.parent.absolute()), engine.SHARED: shared_in}},
            execution_timeout=TIMEOUT_SECONDS,
            progress_bar=False,
            log_output=False,
        )
    except PapermillExecutionError as error:
        said = f"{error.ename}: {error.evalue}"
        raise NotebookError(f"{job.label}, in {error.source.splitlines()[0]!r}: {said}") from error
    except Exception as error:
        raise NotebookError(f"{job.label}: {type(error).__name__}: {error}") from error
    if unrun := [cell for cell in _code(executed) if cell.source.strip() and cell.execution_count is None]:
        raise NotebookError(f"{job.label}: stopped before {unrun[0].source.splitlines()[0]!r}")
    return executed


def _code(notebook: NotebookNode) -> Iterator[NotebookNode]:
    return (cell for cell in notebook.cells if cell.cell_type == "code")


def read(path: Path) -> NotebookNode:
    """The notebook in a file. Raises UsageError."""
    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.reader.NotJSONError) as error:
        raise UsageError(f"{path.name} is no notebook: {error}") from None
    return notebook
