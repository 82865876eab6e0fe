"""Runs one step of the pipeline in a process of its own, and breaks it at a chosen change to the disk.

Python tells an audit hook of every file that is opened for writing, renamed or removed, before it happens. The
first run counts these points; then one run is broken at each of them.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate", "os.link"}
NEEDS_SPACE = {"open", "os.mkdir"}
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["indicators.releases.ingest", "indicators.report.warm"])
PATIENCE_SECONDS = 120


def _is_change(event: str, given: tuple[Any, ...], root: str) -> bool:
    if event not in CHANGES and event != "open":
        return False
    path = os.fsdecode(given[0]) if isinstance(given[0], str | bytes | os.PathLike) else ""
    writes = event != "open" or bool((given[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    return writes and path.startswith(root)


def _break_at(root: str, at: int, how: str, counted: Any) -> None:
    """Watch this process: count its changes under ``root``, and break it at the one numbered ``at``."""

    def hook(event: str, given: tuple[Any, ...]) -> None:
        if not _is_change(event, given, root):
            return
        counted.value += 1
        if how == "kill" and counted.value == at:
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "full" and counted.value >= at and event in NEEDS_SPACE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), given[0])
        if how == "read-only":
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), given[0])

    sys.addaudithook(hook)


def _child(step: Callable[[Path], None], root: Path, at: int, how: str, counted: Any) -> None:
    if how == "short":  # no file may grow beyond ``at`` bytes: also for what DuckDB writes, of which no hook hears
        resource.setrlimit(resource.RLIMIT_FSIZE, (at, at))
    else:
        _break_at(str(root), at, how, counted)
    try:
        step(root)
    except Exception as error:  # what the command line would print; anything but a refusal is a crash
        from indicators.errors import IndicatorsError

        os._exit(1 if isinstance(error, IndicatorsError | OSError) else 3)


def _process(step: Callable[[Path], None], root: Path, at: int = 0, how: str = "kill") -> Any:
    counted = CONTEXT.Value("i", 0)
    child = CONTEXT.Process(target=_child, args=(step, root, at, how, counted))
    child.counted = counted
    child.start()
    return child


def _end(child: Any) -> int:
    child.join(PATIENCE_SECONDS)
    if child.is_alive():
        child.kill()
        raise AssertionError(f"still running after {PATIENCE_SECONDS} seconds")
    return int(child.exitcode)


def run(step: Callable[[Path], None], root: Path, at: int = 0, how: str = "kill") -> tuple[int, int]:
    """Run ``step(root)``, broken at change ``at`` (0: not at all); its exit code and the changes it came to.

    0: done; 1: refused with a message; 3: another error; negative: killed by that signal.
    """
    child = _process(step, root, at, how)
    return _end(child), child.counted.value


def killed_after(step: Callable[[Path], None], root: Path, seconds: float) -> None:
    """Run ``step(root)`` and kill it from outside after a while."""
    child = _process(step, root)
    child.join(seconds)
    child.kill()
    child.join()


def side_by_side(step: Callable[[Path], None], root: Path) -> list[int]:
    """Run ``step(root)`` twice at once; the two exit codes."""
    running = [_process(step, root) for _ in range(2)]
    return [_end(child) for child in running]
