"""What every entry of a catalogue file is, and how a file is read: closed keys, errors that name the entry."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from indicators.errors import DataError


class Entry(BaseModel):
    """One entry of a catalogue file: frozen, and closed to keys nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)


class Bilingual(Entry):
    """A text in both languages, side by side where it is written."""

    en: str
    es: str

    def __getitem__(self, lang: str) -> str:
        return str(getattr(self, lang))


E = TypeVar("E", bound=Entry)


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a catalogue file. Raises DataError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(
            path.name, "valid TOML in UTF-8", str(error), "mend the file at the line named"
        ) from None


def entry(kind: type[E], path: Path, key: str, fields: dict[str, Any]) -> E:
    """One validated entry of the file at ``path``. Raises DataError naming file and key."""
    try:
        return kind(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in (key, *first["loc"]))
        found = str(first["input"]) if first["loc"] else "an entry that does not"
        raise DataError(path.name, first["msg"], found, f"mend the key {where}") from None
