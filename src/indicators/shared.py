"""What the pages of one report work out once: answers to the same question, kept in a folder while it is made.

A page in Spanish asks what the page in English asked, and the first page much of what the others ask. Each notebook
runs in a process of its own, so what one of them worked out waits in a file for the next, with what it read of the
warehouse: that counts as read by whoever takes it. Without a folder everything is worked out where it is asked.
"""

from __future__ import annotations

import functools
import inspect
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import duckdb

from indicators import replacing, trace

F = TypeVar("F", bound=Callable[..., Any])

_folder: Path | None = None


@contextmanager
def within(folder: Path | None) -> Iterator[None]:
    """Share in a folder what this process works out: of one run, whose warehouse and code don't change."""
    global _folder
    before, _folder = _folder, folder
    try:
        yield
    finally:
        _folder = before


def once(ask: F) -> F:
    """Let a function that asks the warehouse be worked out once for each of its arguments (its first is the
    connection; the others go into JSON)."""
    takes = inspect.signature(ask)

    @functools.wraps(ask)
    def asked(connection: duckdb.DuckDBPyConnection, *given: object, **named: object) -> object:
        if _folder is None:
            return ask(connection, *given, **named)
        values = takes.bind(connection, *given, **named)
        values.apply_defaults()
        rest = {name: one for name, one in values.arguments.items() if one is not connection}
        question = f"{ask.__module__}.{ask.__qualname__} {trace.as_json(rest)}"
        path = _folder / sha256(question.encode()).hexdigest()
        if path.exists():
            read, answer = pickle.loads(path.read_bytes())  # of this run alone: nobody else writes there
            trace.add(read)
            return answer
        with trace.apart() as read:
            answer = ask(connection, *given, **named)
            content = pickle.dumps((read, answer))
        with replacing.file(path) as beside:
            beside.write_bytes(content)
        return answer

    return cast(F, asked)
