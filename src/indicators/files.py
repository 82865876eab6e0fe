"""Replace a file or a folder as a whole, and let one process at a time write: no reader meets a half.

Nothing here waits for the disk: data that must outlast a power cut is written by ``indicators.releases.store``.
"""

import os
import re
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
def writing(path: Path) -> Iterator[None]:
    """Raise an error of the disk with the name of ``path`` where the error names no file.

    Python names none where a disk is full while it writes; polars puts the number of the error into its words.
    """
    try:
        yield
    except Exception as error:
        number = re.search(r"\(os error (\d+)\)$", str(error))
        if number:
            raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from None
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)
        raise


@contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """Yield the path of a new file beside ``path``, and move the file there once the block ends.

    A missing folder is made. If the block fails, the old file stays and the new one is deleted. Two processes may
    replace the same file at once: the last one wins.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with writing(path):
            yield beside
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):  # a full disk may refuse to delete as well
            beside.unlink(missing_ok=True)
        raise


def replace_folder(new: Path, path: Path) -> None:
    """Move the folder ``new`` to ``path``, and delete the old folder; bring the old one back if the move fails.

    A system without a call to exchange two folders moves the old one to ``<new>.old`` first: it is there after a kill.
    """
    if not path.exists():
        os.rename(new, path)
        return
    if exchange_folders(new, path):
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


def exchange_folders(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; return False, with nothing done, on a system that has no call for it."""
    if sys.platform != "linux":
        return False
    import ctypes

    # some C libraries and some file systems do not have it
    exchange = getattr(ctypes.CDLL(None), "renameat2", None)
    here, flag = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return exchange is not None and exchange(here, os.fsencode(one), here, os.fsencode(other), flag) == 0
