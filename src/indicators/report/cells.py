"""Running the cells of a notebook in this process, which was forked for it, as a kernel would.

Nothing of papermill is imported here: the child of a fork would spend more time on that than on most notebooks.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from indicators import shared, trace

Output = dict[str, Any]


def run_all(there: Connection, sources: list[str], folder: str, limit: int, shared_in: Path | None) -> None:
    """Run each cell, and send its outputs, its number and whether it failed; at last what was read.

    Interrupts are the parent's to handle. A child whose parent was killed ends by its own clock.
    """
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.chdir(folder)
    shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}), colors="nocolor")
    read = trace.begin()
    with shared.within(shared_in):
        for count, source in enumerate(sources, 1):
            signal.setitimer(signal.ITIMER_REAL, limit + 1)
            outputs, failed = run(shell, source, count)
            there.send((outputs, count, failed))
            if failed:
                return
    there.send(asdict(read))


def run(shell: Any, source: str, count: int) -> tuple[list[Output], bool]:
    """Run one cell; return what it showed, in order and as a kernel would say it, and whether it failed."""
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
        outputs.append(
            {"output_type": "error", "ename": kind.__name__, "evalue": str(error), "traceback": traceback}
        )

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
    """A stream that puts what is printed among the outputs, joined to what it printed just before."""

    def __init__(self, name: str, outputs: list[Output]) -> None:
        self.name, self.outputs = name, outputs

    def write(self, text: str) -> int:
        last: Mapping[str, Any] = self.outputs[-1] if self.outputs else {}
        if last.get("name") == self.name:
            self.outputs[-1]["text"] += text
        elif text:
            self.outputs.append({"output_type": "stream", "name": self.name, "text": text})
        return len(text)
