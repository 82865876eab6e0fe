"""Errors that an analyst reads as a message: what happened, the value, and what to do."""

import errno
import re
from dataclasses import dataclass
from datetime import date

HIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"  # hides or turns text
MOST_CHARACTERS = 1_000  # of one part of a message


def visible(text: str) -> str:
    """Return the text of a file or an agency, safe to show: hidden characters escaped, the length limited."""
    shown = re.sub(HIDDEN, lambda match: ascii(match[0])[1:-1], text)
    if len(shown) <= MOST_CHARACTERS:
        return shown
    return f"{shown[:MOST_CHARACTERS]}… ({len(shown):,} characters)"


class IndicatorsError(Exception):
    """The base of every error that the analyst sees as a message without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows in a notebook; IPython looks for this name."""
        return [str(self)]


def of_the_disk(error: OSError) -> str:
    """Return the sentence for a file or folder that the system refuses: its path, the reason and the remedy."""
    path = error.filename2 or error.filename or "the output"
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{path} could not be written: {reason}; make room on its disk, then run the command again"
    if error.errno == errno.EFBIG:
        return f"{path} could not be written: {reason}; raise the limit (ulimit -f), then run the command again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{path} could not be opened or written: {reason}; allow it to this user, then run the command again"
    if error.errno == errno.EISDIR:
        return f"{path} is a folder where a file belongs: move it away, then run the command again"
    return f"{path}: {reason}"


@dataclass
class DataError(IndicatorsError):
    """A file or a table that is refused.

    ``file``, ``line`` (1 is the header) and ``column`` name the place of the fault, ``expected`` and ``found`` the
    fault, and ``todo`` the next step.
    """

    file: str
    expected: str
    found: str
    todo: str
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        where = visible(self.file)
        if self.line is not None:
            where += f", line {self.line}"
        if self.column is not None:
            where += f', column "{visible(self.column)}"'
        expected, found, todo = map(visible, (self.expected, self.found, self.todo))
        return f"{where}\n  expected: {expected}\n  found:    {found}\n  to do:    {todo}"


class UsageError(IndicatorsError):
    """An argument, of the command line, of a function or of a notebook, that does not fit."""


class NotHeld(UsageError):
    """A metric without a value in any release out by the day."""

    def __init__(self, metric: str, day: date) -> None:
        super().__init__(f"{metric}: no release out by {day} has a value; choose a later day")
        self.metric = metric
