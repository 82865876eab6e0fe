"""What is read of the warehouse while a notebook runs, written down: which questions, and what was answered.

What a notebook shows follows from its code, its parameters and these answers. So where the first two are the
same and every question has the same answer today, it would show the same. A question is asked again with
today's report day in the place of that of then; the day itself counts as read as soon as anything but a question
looks at it, and a connection that is used by itself counts as reading everything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

import duckdb
import polars as pl

SEED = 1  # of the rows' hashes, the same in each process
DAY = {"the report's day": True}
Question = tuple[str, str]  # SQL, and the values bound to its names as JSON


@dataclass
class Trace:
    """Every question with the digest of its answer; whether the report's day, or everything, was looked at."""

    answers: list[tuple[str, str, str]] = field(default_factory=list)
    day_seen: bool = False
    everything: bool = False


_current: Trace | None = None


def begin() -> Trace:
    """Write down from now on what this process reads."""
    global _current
    _current = Trace()
    return _current


@contextmanager
def apart() -> Iterator[Trace]:
    """Write down apart, too, what is read inside."""
    global _current
    outer, _current = _current, Trace()
    inner = _current
    try:
        yield inner
    finally:
        _current = outer
        add(inner)


def add(read: Trace) -> None:
    """Write down what was read by something else whose result is taken over."""
    if _current:
        _current.answers += read.answers
        _current.day_seen |= read.day_seen
        _current.everything |= read.everything


class ReportDay(date):
    """The day a report is seen from, which writes down when it is looked at."""


def _looking(name: str) -> Callable[..., Any]:
    look = getattr(date, name)

    def looked_at(self: ReportDay, *given: Any) -> Any:
        if _current:
            _current.day_seen = True
        return look(self, *given) if callable(look) else look.__get__(self)

    return looked_at


for _name in (
    "__add__", "__eq__", "__format__", "__ge__", "__gt__", "__le__", "__lt__", "__ne__", "__radd__", "__reduce__",
    "__repr__", "__rsub__", "__str__", "__sub__", "ctime", "isocalendar", "isoformat", "isoweekday", "replace",
    "strftime", "timetuple", "toordinal", "weekday",
):  # fmt: skip
    setattr(ReportDay, _name, _looking(_name))
for _name in ("year", "month", "day"):
    setattr(ReportDay, _name, property(_looking(_name)))


def report_day(day: date) -> date:
    """The day as it is handed to a notebook: where reading is written down, one that tells when it is looked at."""
    return ReportDay(day.year, day.month, day.day) if _current else day


def bound(values: Mapping[str, object]) -> dict[str, object]:
    """The values as the database takes them; looking at the report's day for this is no reading of it."""
    return {name: _plain(one) for name, one in values.items()}


def _plain(value: object) -> object:
    return date.fromordinal(date.toordinal(value)) if isinstance(value, ReportDay) else value


def answered(sql: str, values: Mapping[str, object], answer: pl.DataFrame) -> None:
    """Write down one question and its answer."""
    if _current:
        _current.answers.append((sql, as_json(values), digest(answer)))


def as_json(values: Mapping[str, object]) -> str:
    """The values bound to names, the report's day as such."""
    return json.dumps(
        {name: DAY if isinstance(one, ReportDay) else _as_json(one) for name, one in values.items()}
    )


def asked(question: Question, day: date) -> tuple[str, dict[str, object]]:
    """The SQL and the values of a question that is asked again, seen from ``day``."""
    sql, named = question
    return sql, {name: day if one == DAY else _from_json(one) for name, one in json.loads(named).items()}


def _as_json(value: object) -> object:
    return {"date": date.isoformat(value)} if isinstance(value, date) else value


def _from_json(value: object) -> object:
    return date.fromisoformat(value["date"]) if isinstance(value, dict) else value


def digest(answer: pl.DataFrame) -> str:
    """A hash of the columns and of the rows in any order: a question that orders them says so itself."""
    rows = answer.hash_rows(SEED).sort() if answer.width else pl.Series([answer.height], dtype=pl.UInt64)
    return sha256(repr(answer.schema).encode() + rows.to_numpy().tobytes()).hexdigest()


class Watched:
    """A connection that writes down when it is used by itself, past ``warehouse.select``."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.bare = connection

    def __getattr__(self, name: str) -> Any:
        if _current:
            _current.everything = True
        return getattr(self.bare, name)

    def __enter__(self) -> Watched:
        return self

    def __exit__(self, *_: object) -> None:
        self.bare.close()


def watched(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The connection; where reading is written down, one that tells when it is used by itself."""
    return Watched(connection) if _current else connection  # type: ignore[return-value]


def bare(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The database's own connection behind a watched one."""
    return connection.bare if isinstance(connection, Watched) else connection
