"""Text put into files that are there, and several files written together or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from indicators import replacing
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
    made = [folder for path in files for folder in (path.parent,) if not folder.exists()]
    try:
        with ExitStack() as written:  # each takes its place when all are
            for path, text in files.items():
                written.enter_context(replacing.file(path)).write_text(text, encoding="utf-8")
    except OSError:
        for path, old in before.items():
            if old is None:
                path.unlink(missing_ok=True)
            elif path.read_bytes() != old:
                path.write_bytes(old)
        for folder in made:
            with suppress(OSError):
                folder.rmdir()
        raise
