"""Reading one file of a source as `add` does: of a fixture, as it is or after an edit of its text."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from indicators.catalog.tables import validate
from indicators.errors import DataError
from indicators.readers import Tidy, recognise, tidy

FIXTURES = Path(__file__).parent / "fixtures"
Edit = Callable[[str], str]


def tidied(source: str, name: str, data: bytes, **known: date | None) -> Tidy:
    """What a file under this name becomes: its header is the source's, its rows keep the table's contract."""
    match = recognise(name, data)
    assert match.source.id == source
    found = tidy(match, **known)  # type: ignore[arg-type]
    validate(match.source.table, found.facts, name)
    return found


def edited(
    source: str,
    name: str,
    edit: Edit = str,
    *,
    called: str = "",
    encoding: str = "utf-8",
    **known: date | None,
) -> Tidy:
    """What a fixture of a source becomes, as it is or after an edit of its text."""
    text = (FIXTURES / source / name).read_bytes().decode(encoding)
    return tidied(source, called or name, edit(text).encode(encoding), **known)


def refused(read: Callable[..., object], *words: object, **options: object) -> DataError:
    """The error with which these words are refused; it says what to do."""
    with pytest.raises(DataError) as caught:
        read(*words, **options)
    assert caught.value.todo
    return caught.value


def total(measure: str, found: Tidy, **where: Any) -> Any:
    """The sum of a measure over the rows where columns have these values."""
    return found.facts.filter(**where)[measure].sum()


def added(line: str) -> Edit:
    """Put one more line at the end."""
    return lambda text: text + line + "\n"


def replaced(old: str, new: str) -> Edit:
    """Replace the one place where ``old`` stands."""

    def edit(text: str) -> str:
        assert text.count(old) == 1
        return text.replace(old, new)

    return edit


def replaced_first(old: str, new: str) -> Edit:
    """Replace the first place where ``old`` stands."""

    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


def without(pattern: str) -> Edit:
    """Leave out the lines that hold a pattern."""

    def edit(text: str) -> str:
        lines = text.splitlines(keepends=True)
        kept = [line for line in lines if not re.search(pattern, line)]
        assert len(kept) < len(lines)
        return "".join(kept)

    return edit
