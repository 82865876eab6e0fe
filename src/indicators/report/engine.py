"""A papermill engine without kernels: each notebook runs in a child forked from one warm process.

Starting a kernel and importing what a notebook needs takes most of its time. The fork server imports once (see
``warm``), then each notebook gets a process of its own, with the time limit, the error report and the isolation
that a kernel gives. Registered with papermill as ``forked``.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode, from_dict
from papermill.engines import Engine, NotebookExecutionManager

from indicators.report import cells

NAME = "forked"
PRELOAD = ["indicators.report.warm"]
DEFAULT_TIMEOUT_SECONDS = 300
READ = "indicators_read"  # where an executed notebook says what it read: its trace
SHARED = "shared_in"  # where a run says in which folder its notebooks share what they work out

_running: set[BaseProcess] = set()
_starting = threading.Lock()


class ForkedEngine(Engine):  # type: ignore[misc]  # papermill ships no types
    """Runs the cells of a notebook in a forked child, one message a cell."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        execution_timeout: int | None = None,
        **options: Any,
    ) -> None:
        """Execute ``nb_man.nb`` cell by cell.

        Raises CellTimeoutError past the time limit of a cell, DeadKernelError where the child dies; an error
        inside a cell is stored in its outputs, and papermill raises it.
        """
        limit = execution_timeout or DEFAULT_TIMEOUT_SECONDS
        code = [(i, cell.source) for i, cell in enumerate(nb_man.nb.cells) if cell.cell_type == "code"]
        sources = [source for _, source in code]
        said = options.get("resources", {}).get("metadata", {})
        folder, shared_in = said.get("path", os.getcwd()), said.get(SHARED)
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(PRELOAD)
        here, there = context.Pipe(duplex=False)
        child = context.Process(
            target=cells.run_all, args=(there, sources, folder, limit, shared_in), daemon=True
        )
        _start(child)
        there.close()
        _running.add(child)
        try:
            for index, _ in code:
                cell = nb_man.nb.cells[index]
                nb_man.cell_start(cell, index)
                if not _receive(here, child, cell, limit):
                    nb_man.cell_exception(cell, index)
                    return
                nb_man.cell_complete(cell, index)
            with suppress(EOFError):  # it died with its work done, and nobody knows what it read
                nb_man.nb.metadata[READ] = here.recv()
        finally:
            _running.discard(child)
            child.kill()
            child.join()
            here.close()


def _start(child: BaseProcess) -> None:
    """Start a child that does not run the caller's script once more, as multiprocessing would have it do."""
    with _starting:
        caller = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            child.start()
        finally:
            sys.modules["__main__"] = caller


def stop() -> None:
    """Kill every notebook that is running in this process; the threads that wait for them get an error."""
    for child in list(_running):
        child.kill()


def _receive(here: Connection, child: BaseProcess, cell: NotebookNode, limit: int) -> bool:
    """Put the child's outputs into ``cell``; False where the cell ended in an error."""
    if not here.poll(limit):
        raise CellTimeoutError.error_from_timeout_and_cell(
            f"A cell timed out while it was being executed, after {limit} seconds.", limit, cell
        )
    try:
        outputs, count, failed = here.recv()
    except EOFError:
        child.join()
        raise DeadKernelError(f"the process of the notebook died (exit code {child.exitcode})") from None
    cell.outputs = [from_dict(one) for one in outputs]
    cell.execution_count = count
    return not failed


def forkable() -> bool:
    """Whether this system can fork children; where it can't, papermill's own kernels are used."""
    return sys.platform != "win32" and "forkserver" in multiprocessing.get_all_start_methods()
