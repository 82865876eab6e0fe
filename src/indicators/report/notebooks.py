"""Notebooks executed through papermill, several at a time, each page in one of a few worker processes.

A kernel and its imports cost more than most notebooks do, so papermill runs the cells in the worker process itself
(`InProcess`). Both languages of a page run in one worker, where the second finds the series of the first.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import papermill
from nbformat import NotebookNode, from_dict
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError

from indicators.errors import IndicatorsError, UsageError

TIMEOUT_SECONDS = 300  # for one notebook in one language
IN_PROCESS, KERNEL = "in_process", "kernel"
ENGINES = (IN_PROCESS, KERNEL)
Output = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Job:
    """One notebook to execute with its parameters, the language among them."""

    notebook: Path
    parameters: Mapping[str, str]

    @property
    def label(self) -> str:
        """Notebook, language and corridor: ``75_corridors (en, texas_coahuila)``."""
        named = [self.parameters["lang"], *filter(None, [self.parameters.get("corridor")])]
        return f"{self.notebook.stem} ({', '.join(named)})"


class NotebookError(IndicatorsError):
    """A notebook that stopped before its last cell."""


def read(path: Path) -> NotebookNode:
    """Return the notebook in a file. Raise UsageError for a file that is no notebook."""
    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.reader.NotJSONError) as error:
        raise UsageError(f"{path.name} is no notebook: {error}") from None
    return notebook


def parameters(notebook: NotebookNode) -> list[str]:
    """Return the names that the notebook's cell tagged ``parameters`` declares, in their order."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata.setdefault("kernelspec", kernel)
    return list(papermill.inspect_notebook(notebook))


def run_all(
    pages: Sequence[Sequence[Job]],
    *,
    engine: str = IN_PROCESS,
    done: Callable[[Job, NotebookNode], None] = lambda job, executed: None,
) -> dict[Job, NotebookNode]:
    """Execute the jobs of every page, as many pages at a time as there are cores; return the notebooks by job.

    Call ``done`` in this thread after each job. Raise UsageError for parameters that a notebook does not declare,
    NotebookError for the first notebook that fails, runs longer than TIMEOUT_SECONDS or ends its process.
    """
    if engine not in ENGINES:
        raise UsageError(f'no engine is called "{engine}": one of {", ".join(ENGINES)}')
    _check_parameters([job for page in pages for job in page])
    executed: dict[Job, NotebookNode] = {}
    workers: list[Worker] = []
    idle = threading.local()  # each thread of the pool has one worker of its own

    def run_page(page: Sequence[Job]) -> list[NotebookNode]:
        if not hasattr(idle, "worker"):
            idle.worker = Worker(engine)
            workers.append(idle.worker)
        return [idle.worker.run(job) for job in page]

    pool = ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, len(pages)) or 1)
    running = {pool.submit(run_page, page): page for page in pages}
    try:
        for future in _as_completed(running):
            for job, notebook in zip(running[future], future.result(), strict=True):
                executed[job] = notebook
                done(job, notebook)
    finally:  # after a failure or an interrupt no process stays behind
        pool.shutdown(wait=False, cancel_futures=True)
        while any(future.running() for future in running):
            for worker in workers:
                worker.stop()
            wait(running, timeout=0.1)
        for worker in workers:
            worker.stop()
    return {job: executed[job] for page in pages for job in page}


def _as_completed(futures: Mapping[Future[Any], object]) -> Iterator[Future[Any]]:
    """Yield the futures in the order in which they end.

    Wait in short steps: with polars loaded, a signal such as Ctrl-C interrupts no wait.
    """
    waiting = set(futures)
    while waiting:
        ended, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
        yield from ended


def _check_parameters(jobs: Sequence[Job]) -> None:
    """Refuse an unknown or missing parameter, which papermill would only log."""
    declared = {path: parameters(read(path)) for path in {job.notebook: None for job in jobs}}
    for job in jobs:
        takes = declared[job.notebook]
        if not takes:
            raise UsageError(f"{job.notebook.name} has no cell tagged parameters")
        if wrong := set(job.parameters) ^ set(takes):
            names = ", ".join(sorted(takes))
            raise UsageError(
                f"{job.notebook.name} takes {names}; wrong or missing: {', '.join(sorted(wrong))}"
            )


class Worker:
    """A process that executes one job after another."""

    def __init__(self, engine: str) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, there = context.Pipe()
        self.process = context.Process(target=_work, args=(there, engine), daemon=True)
        _start(self.process)
        there.close()

    def run(self, job: Job) -> NotebookNode:
        """Return the executed notebook of a job. Raise NotebookError with the notebook's name."""
        try:
            self.pipe.send(job)
            if not self.pipe.poll(TIMEOUT_SECONDS):
                raise NotebookError(f"{job.label} ran longer than {TIMEOUT_SECONDS} seconds")
            answer = self.pipe.recv()
        except (EOFError, ConnectionError):
            self.process.join()
            raise NotebookError(
                f"{job.label}: its process died (exit code {self.process.exitcode})"
            ) from None
        if isinstance(answer, str):
            raise NotebookError(answer)
        notebook: NotebookNode = answer
        return notebook

    def stop(self) -> None:
        self.process.kill()
        self.process.join()


_starting = threading.Lock()


def _start(process: BaseProcess) -> None:
    """Start a process that does not run the caller's script once more, as multiprocessing does without a guard."""
    with _starting:
        caller = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            process.start()
        finally:
            sys.modules["__main__"] = caller


def _work(pipe: Connection, engine: str) -> None:
    """Execute the jobs that arrive; answer with the notebook, or with the words of an error.

    The parent handles interrupts. An alarm ends a worker whose parent was killed.
    """
    from indicators.metrics import compute

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    compute.memo = {}
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_REAL, TIMEOUT_SECONDS + 1)
        try:
            pipe.send(run(job, engine))
        except NotebookError as error:
            pipe.send(str(error))


def run(job: Job, engine: str = KERNEL) -> NotebookNode:
    """Execute one notebook in this process or in a kernel. Raise NotebookError with cell and error."""
    try:
        executed: NotebookNode = papermill.execute_notebook(
            read(job.notebook),  # not its path, which papermill would take for a format string
            None,
            parameters=dict(job.parameters),
            engine_name=None if engine == KERNEL else engine,
            kernel_name="python3",
            language="python",
            # the folder where the cells run; papermill's own cwd would move this whole process
            resources={"metadata": {"path": str(job.notebook.parent.absolute())}},
            execution_timeout=TIMEOUT_SECONDS,
            progress_bar=False,
            log_output=False,
        )
    except PapermillExecutionError as error:
        raise NotebookError(
            f"{job.label}, in {error.source.splitlines()[0]!r}: {error.ename}: {error.evalue}"
        ) from error
    except Exception as error:
        raise NotebookError(f"{job.label}: {type(error).__name__}: {error}") from error
    code = [cell for cell in executed.cells if cell.cell_type == "code" and cell.source.strip()]
    if unrun := [
        cell for cell in code if cell.execution_count is None
    ]:  # papermill takes sys.exit() for success
        raise NotebookError(f"{job.label}: stopped before {unrun[0].source.splitlines()[0]!r}")
    return executed


class InProcess(Engine):  # type: ignore[misc]  # papermill ships no types
    """A papermill engine that runs the cells in this process, with the outputs that a kernel gives."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, **options: Any
    ) -> None:
        """Execute ``nb_man.nb`` cell by cell, and stop after a cell with an error, which papermill raises."""
        shell = _new_shell()
        before = os.getcwd()
        os.chdir(options["resources"]["metadata"]["path"])
        try:
            code = [(i, cell) for i, cell in enumerate(nb_man.nb.cells) if cell.cell_type == "code"]
            for count, (index, cell) in enumerate(code, 1):
                nb_man.cell_start(cell, index)
                outputs, failed = _run_cell(shell, cell.source, count)
                cell.outputs, cell.execution_count = [from_dict(one) for one in outputs], count
                if failed:
                    nb_man.cell_exception(cell, index)
                    return
                nb_man.cell_complete(cell, index)
        finally:
            os.chdir(before)


papermill_engines.register(IN_PROCESS, InProcess)


def _new_shell() -> Any:
    """Return IPython's shell without a variable of an earlier notebook, and without the analyst's history."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}), colors="nocolor")
    shell.reset(new_session=True)  # type: ignore[no-untyped-call]
    return shell


def _run_cell(shell: Any, source: str, count: int) -> tuple[list[Output], bool]:
    """Run one cell; return its outputs in order, as a kernel would send them, and true for an error."""
    outputs: list[Output] = []

    def publish(data: Output, metadata: Output | None = None, *_: Any, **__: Any) -> None:
        outputs.append({"output_type": "display_data", "data": data, "metadata": metadata or {}})

    def show_value(value: object = None) -> None:
        if value is not None and not shell.displayhook.quiet():
            data, metadata = shell.display_formatter.format(value)
            if data:
                result = {"output_type": "execute_result", "execution_count": count}
                outputs.append({**result, "data": data, "metadata": metadata})

    def show_error(kind: type[BaseException], error: BaseException, traceback: list[str]) -> None:
        named = {"ename": kind.__name__, "evalue": str(error), "traceback": traceback}
        outputs.append({"output_type": "error", **named})

    shell.display_pub.publish = publish
    shell.display_pub.clear_output = lambda wait=False: outputs.clear()
    shell.display_trap.hook = show_value  # run_cell puts it in the place of sys.displayhook
    shell._showtraceback = show_error
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Printed("stdout", outputs), _Printed("stderr", outputs)
    try:
        result = shell.run_cell(source, store_history=True)
    finally:
        sys.stdout, sys.stderr = before
    if not result.success and not any(one["output_type"] == "error" for one in outputs):
        error = result.error_before_exec or result.error_in_exec
        show_error(type(error), error, [])
    return outputs, not result.success


class _Printed(io.TextIOBase):
    """A stream whose text becomes an output of the cell, joined to the text printed just before."""

    def __init__(self, name: str, outputs: list[Output]) -> None:
        self.name, self.outputs = name, outputs

    def write(self, text: str) -> int:
        last: Mapping[str, Any] = self.outputs[-1] if self.outputs else {}
        if last.get("name") == self.name:
            self.outputs[-1]["text"] += text
        elif text:
            self.outputs.append({"output_type": "stream", "name": self.name, "text": text})
        return len(text)
