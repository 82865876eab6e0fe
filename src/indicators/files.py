"""A file or a folder put in the place of the one before as a whole: a reader meets the old one or the new, never half.

Not for what must outlast a power cut: nothing here waits for the disk (``indicators.releases.store`` does).
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def file(path: Path) -> Iterator[Path]:
    """Give the path, beside ``path``, of a file to write; once it is written it takes the place of ``path``.

    The folder is made where it is missing. What was there stays if writing fails; nothing is left beside it then.
    Two processes may write the same file at once: one of the two stands in the end, whole.
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
    """Move the whole folder ``new`` to ``path``; the one that was there comes back if that can't be done.

    Where the system can't exchange the two in one step, the old one lies for a moment beside ``new`` as
    ``<new>.old``: whoever is killed then finds it there.
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
    """Exchange two folders in one step; False where nothing was done: only Linux has a call for it."""
    if sys.platform != "linux":
        return False
    import ctypes

    # not in every C library, nor on every file system
    exchange = getattr(ctypes.CDLL(None), "renameat2", None)
    here, flag = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return exchange is not None and exchange(here, os.fsencode(one), here, os.fsencode(other), flag) == 0
