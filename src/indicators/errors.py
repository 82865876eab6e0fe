"""What went wrong with somebody's file or words, said so that an analyst can act on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

HIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"  # what turns or hides text
MOST_CHARACTERS = 1_000  # of one part of a message


def visible(text: str) -> str:
    """A text that somebody else wrote, fit for a terminal and a page: nothing hidden, nothing endless."""
    shown = re.sub(HIDDEN, lambda match: ascii(match[0])[1:-1], text)
    return (
        shown if len(shown) <= MOST_CHARACTERS else f"{shown[:MOST_CHARACTERS]}… ({len(shown):,} characters)"
    )


class IndicatorsError(Exception):
    """The ancestor of every error that is shown to the analyst as a message, never as a traceback."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows for it: IPython asks for this name."""
        return [str(self)]


@dataclass
class DataError(IndicatorsError):
    """A file or a table that cannot be taken as it is.

    ``file``, ``line`` (1 is the header) and ``column`` say where; ``expected`` and ``found`` say what;
    ``todo`` says what to do next.
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
        expected, found, todo = (visible(one) for one in (self.expected, self.found, self.todo))
        return f"{where}\n  expected: {expected}\n  found:    {found}\n  to do:    {todo}"


class UsageError(IndicatorsError):
    """Words on the command line or in a notebook's parameters that do not fit."""


class NotHeld(UsageError):
    """A metric that no release known on the day has any value for."""

    def __init__(self, metric: str, day: date) -> None:
        super().__init__(f"{metric}: no release known on {day} has a value for it")
        self.metric = metric
