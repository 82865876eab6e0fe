"""What went wrong with somebody's file or words, said so that an analyst can act on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


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
        where = self.file
        if self.line is not None:
            where += f", line {self.line}"
        if self.column is not None:
            where += f', column "{self.column}"'
        return f"{where}\n  expected: {self.expected}\n  found:    {self.found}\n  to do:    {self.todo}"


class UsageError(IndicatorsError):
    """Words on the command line or in a notebook's parameters that do not fit."""


class NotHeld(UsageError):
    """A metric that no release known on the day has any value for."""

    def __init__(self, metric: str, day: date) -> None:
        super().__init__(f"{metric}: no release known on {day} has a value for it")
        self.metric = metric
