"""Notebooks executed through papermill, one page in each of a few worker processes at a time.

A kernel and its imports cost more than most notebooks do, so papermill runs the cells in the worker process itself
(`InProcess`). Both languages of a page run in one worker, where the second finds the series of the first.
"""

import io
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
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
OF_THE_REPORT = {"quarter", "lang", "as_of", "warehouse", "previous", "corridor"}  # others keep their default
IN_PROCESS, KERNEL = "in_process", "kernel"
Output = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Job:
    """One notebook to execute with its parameters, the language among them."""

    notebook: Path
    parameters: Mapping[str, str]

    @property
    def label(self) -> str:
        """The notebook with language and corridor: ``75_corridors (en, texas_coahuila)``."""
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
    if engine not in (IN_PROCESS, KERNEL):
        raise UsageError(f'no engine has the name "{engine}": choose {IN_PROCESS} or {KERNEL}')
    jobs = [job for page in pages for job in page]
    _check_parameters(jobs)
    executed: dict[Job, NotebookNode] = {}
    waiting = deque(pages)
    workers: list[Worker] = []
    try:
        for _ in range(min(os.cpu_count() or 1, len(pages))):
            workers.append(Worker(engine))
            workers[-1].start(waiting.popleft())
        while busy := {worker.pipe: worker for worker in workers if worker.jobs}:
            for pipe in wait(busy, timeout=0.2):  # with polars loaded, no signal ends a longer wait
                worker = busy[pipe]  # type: ignore[index]
                job, notebook = worker.answer()
                executed[job] = notebook
                done(job, notebook)
                if not worker.jobs and waiting:
                    worker.start(waiting.popleft())
            for worker in busy.values():
                if worker.jobs and time.monotonic() - worker.started > TIMEOUT_SECONDS:
                    raise NotebookError(f"{worker.jobs[0].label} ran longer than {TIMEOUT_SECONDS} seconds")
    finally:  # after a failure or an interrupt no process stays behind
        for worker in workers:
            worker.stop()
    return {job: executed[job] for job in jobs}


def _check_parameters(jobs: Iterable[Job]) -> None:
    """Raise UsageError for an unknown or missing parameter, which papermill would only log."""
    declared = {path: parameters(read(path)) for path in {job.notebook: None for job in jobs}}
    for job in jobs:
        takes = declared[job.notebook]
        if not takes:
            raise UsageError(f"{job.notebook.name} has no cell tagged parameters")
        unknown, missing = set(job.parameters) - set(takes), OF_THE_REPORT & set(takes) - set(job.parameters)
        if wrong := unknown | missing:
            takes_words, wrong_words = (", ".join(sorted(names)) for names in (takes, wrong))
            raise UsageError(f"{job.notebook.name} takes {takes_words}; wrong or missing: {wrong_words}")


class Worker:
    """A process that executes the jobs of one page after another; ``jobs`` are the unfinished ones."""

    def __init__(self, engine: str) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, there = context.Pipe()
        self.process = context.Process(target=_work, args=(there, engine), daemon=True)
        self.jobs: deque[Job] = deque()
        caller = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")  # or the child would run the caller's script
        try:
            self.process.start()
        finally:
            sys.modules["__main__"] = caller
        there.close()

    def start(self, page: Sequence[Job] = ()) -> None:
        """Add the jobs of a page, and start the first unfinished job."""
        self.jobs.extend(page)
        self.started = time.monotonic()
        if self.jobs:
            with suppress(ConnectionError):  # of a dead process, which `answer` notices
                self.pipe.send(self.jobs[0])

    def answer(self) -> tuple[Job, NotebookNode]:
        """Return the finished job with its notebook, and start the next one. Raise NotebookError with its name."""
        try:
            answer = self.pipe.recv()
        except (EOFError, ConnectionError):
            self.process.join()
            code = self.process.exitcode
            raise NotebookError(f"{self.jobs[0].label}: its process died (exit code {code})") from None
        if isinstance(answer, str):
            raise NotebookError(answer)
        job = self.jobs.popleft()
        self.start()
        return job, answer

    def stop(self) -> None:
        """End the process at once."""
        self.process.kill()
        self.process.join()


def _work(pipe: Connection, engine: str) -> None:
    """Execute the jobs that arrive; answer with the notebook, or with the message of an error.

    The parent handles interrupts. An alarm ends a worker whose parent was killed.
    """
    from indicators.metrics import compute
    from indicators.report import view

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    compute.memo = {}
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_REAL, TIMEOUT_SECONDS + 1)
        view.set_current(None)  # no notebook begins with the view of the one before
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
        first_line = error.source.splitlines()[0]
        raise NotebookError(f"{job.label}, in {first_line!r}: {error.ename}: {error.evalue}") from error
    except Exception as error:
        raise NotebookError(f"{job.label}: {type(error).__name__}: {error}") from error
    for cell in executed.cells:
        if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
            # papermill takes sys.exit() for success
            raise NotebookError(f"{job.label}: stopped before {cell.source.splitlines()[0]!r}")
    return executed


class InProcess(Engine):  # type: ignore[misc]  # papermill ships no types
    """A papermill engine that runs the cells in this process, with the outputs that a kernel gives."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: NotebookExecutionManager, kernel_name: str, **options: Any) -> None:
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
