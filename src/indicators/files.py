"""Files and folders that replace the one before as a whole, and the lock that lets one process write at a time.

A reader meets the old file or the new one, never half of one. Not for files that must outlast a power
cut: nothing here waits for the disk (``indicators.releases.store`` does).
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from indicators.errors import UsageError

PATIENCE_SECONDS = 120


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Let one process at a time write ``path``, by a lock file of the same name that ends in ``.lock``.

    Raise UsageError where another process does not release the lock within PATIENCE_SECONDS.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_suffix(".lock")
    try:
        acquired = FileLock(lock).acquire(timeout=PATIENCE_SECONDS)
    except Timeout:
        raise UsageError(
            f"another run has locked {lock} for {PATIENCE_SECONDS} seconds: wait until it ends, then try again"
        ) from None
    with acquired:
        yield


@contextmanager
def file(path: Path) -> Iterator[Path]:
    """Yield the path of a file to write beside ``path``; the written file then replaces ``path``.

    A missing folder is made. If writing fails, the old file stays and nothing is left beside it. Of two processes
    that write the same file at once, one whole file stays in the end.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield beside
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):  # the disk that refused the file may refuse this as well
            beside.unlink(missing_ok=True)
        raise


def folder(new: Path, path: Path) -> None:
    """Move the folder ``new`` to ``path``; if the move fails, the old folder comes back.

    Where the system can't exchange the two in one step, the old folder is for a moment beside ``new`` as
    ``<new>.old``: a run that is killed then leaves it there.
    """
    if not path.exists():
        os.rename(new, path)
        return
    if exchanged(new, path):
        shutil.rmtree(new, ignore_errors=True)
        return
    old = new.with_name(f"{new.name}.old")
    os.rename(path, old)
    try:
        os.rename(new, path)
    except OSError:
        os.rename(old, path)
        raise
    shutil.rmtree(old, ignore_errors=True)


def exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step, and return whether it was done: only Linux has a call for it."""
    if sys.platform != "linux":
        return False
    import ctypes

    # not in every C library, nor on every file system
    exchange = getattr(ctypes.CDLL(None), "renameat2", None)
    here, flag = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return exchange is not None and exchange(here, os.fsencode(one), here, os.fsencode(other), flag) == 0
