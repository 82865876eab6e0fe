"""Replace a file or a folder as a whole: a reader meets the old one or the new one, never a half.

Nothing here waits for the disk: data that must outlast a power cut is written by ``indicators.releases.store``.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """Yield the path of a new file beside ``path``, and move the file there once the block ends.

    A missing folder is made. If the block fails, the old file stays and the new one is deleted. Two processes may
    replace the same file at once: the last one wins.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
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
