"""Text put into files that are there, and several files written together or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from indicators.errors import UsageError


def insert(path: Path, opening: str, closing: str, block: str, text: str = "") -> str:
    """The text of ``path`` (or ``text``) with ``block`` before the first line ``closing`` after ``opening``."""
    lines = (text or path.read_text(encoding="utf-8")).splitlines(keepends=True)
    first = next((number for number, line in enumerate(lines) if line.startswith(opening)), None)
    rest = range(len(lines) if first is None else first, len(lines))
    last = next((number for number in rest if lines[number].strip("\n") == closing), None)
    if last is None:
        raise UsageError(f'{path}: no line "{opening}" with its end "{closing}": begin this source by hand')
    return "".join([*lines[:last], block, *lines[last:]])


def write_all(files: Mapping[Path, str]) -> None:
    """Write every file, or, where one cannot be written, leave all as they were. Raises OSError."""
    before = {path: path.read_bytes() if path.exists() else None for path in files}
    beside = {path: path.with_name(f".{path.name}.new") for path in files}
    made = [folder for path in files for folder in (path.parent,) if not folder.exists()]
    try:
        for path, text in files.items():
            path.parent.mkdir(exist_ok=True)
            beside[path].write_text(text, encoding="utf-8")
        for path in files:
            os.replace(beside[path], path)
    except OSError:
        for path, old in before.items():
            beside[path].unlink(missing_ok=True)
            if old is None:
                path.unlink(missing_ok=True)
            elif path.read_bytes() != old:
                path.write_bytes(old)
        for folder in made:
            with suppress(OSError):
                folder.rmdir()
        raise
