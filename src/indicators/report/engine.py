"""A papermill engine without kernels: each notebook runs in a child forked from one warm process.

Starting a kernel and importing what a notebook needs takes most of its time. The fork server imports once (and
only imports: no thread is started before the fork), then each notebook gets a process of its own, with the time
limit, the error report and the isolation that a kernel gives. Registered with papermill as ``forked``.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from multiprocessing.connection import Connection
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode, from_dict
from papermill.engines import Engine, NotebookExecutionManager

NAME = "forked"
PRELOAD = ["indicators.report.warm"]
DEFAULT_TIMEOUT_SECONDS = 300


class ForkedEngine(Engine):
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
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(PRELOAD)
        here, there = context.Pipe(duplex=False)
        folder = options.get("cwd") or os.getcwd()
        child = context.Process(target=_run_cells, args=(there, code, str(folder)), daemon=True)
        child.start()
        there.close()
        try:
            for index, _ in code:
                cell = nb_man.nb.cells[index]
                nb_man.cell_start(cell, index)
                if not _receive(here, child, cell, limit):
                    nb_man.cell_exception(cell, index)
                    return
                nb_man.cell_complete(cell, index)
        finally:
            child.kill()
            child.join()
            here.close()


def _receive(here: Connection, child: Any, cell: NotebookNode, limit: int) -> bool:
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


def _run_cells(there: Connection, code: list[tuple[int, str]], folder: str) -> None:
    """In the child: run each cell, and send its outputs, its number and whether it failed."""
    from IPython.core.interactiveshell import InteractiveShell

    os.chdir(folder)
    shell = InteractiveShell.instance(colors="nocolor")
    for count, (_, source) in enumerate(code, 1):
        outputs, failed = _run_cell(shell, source, count)
        there.send((outputs, count, failed))
        if failed:
            return


def _run_cell(shell: Any, source: str, count: int) -> tuple[list[dict[str, Any]], bool]:
    from IPython.core.displayhook import CapturingDisplayHook
    from IPython.utils.capture import capture_output

    with capture_output() as captured:
        # run_cell puts the shell's own hook back, so the value of the last line is caught there
        shell.display_trap.hook = CapturingDisplayHook(shell=shell, outputs=captured._outputs)
        result = shell.run_cell(source, store_history=True)
    outputs: list[dict[str, Any]] = [
        {"output_type": "stream", "name": name, "text": text}
        for name, text in (("stdout", captured.stdout), ("stderr", captured.stderr))
        if text
    ]
    outputs += [
        {"output_type": "display_data", "data": dict(rich.data), "metadata": dict(rich.metadata or {})}
        for rich in captured.outputs
    ]
    error = result.error_before_exec or result.error_in_exec
    if error is not None:
        lines = shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
        outputs = [one for one in outputs if one.get("name") != "stdout" or "Traceback" not in one["text"]]
        outputs.append(
            {"output_type": "error", "ename": type(error).__name__, "evalue": str(error), "traceback": lines}
        )
    return outputs, error is not None


def forkable() -> bool:
    """Whether this system can fork children; where it can't, papermill's own kernels are used."""
    return sys.platform != "win32" and "forkserver" in multiprocessing.get_all_start_methods()
