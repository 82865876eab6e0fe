"""A file put in the place of the one before as a whole: a reader meets the old one or the new one, never half of one.

Not for what may never be lost when the power fails: nothing here waits for the disk (``indicators.vintages`` does).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
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
