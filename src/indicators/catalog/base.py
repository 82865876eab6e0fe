"""What every entry of a catalogue file is, and how a file is read: closed keys, errors that name the entry."""

import string
import tomllib
from itertools import product
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


Fields = dict[str, Any]


def expand(file: str, entries: Fields) -> Fields:
    """The entries of a file, each with ``{names}`` in its key once for every choice of variants.

    ``[variants.<name>.<id>]`` gives a variant its words (``en``, ``es``) and the ``where`` it adds. In an
    entry's texts ``{name}`` is the word in their language, in its other strings the variant's id.
    Raises DataError for a name that has no variants.
    """
    variants: dict[str, dict[str, Fields]] = entries.get("variants", {})
    found: Fields = {}
    for key, fields in entries.items():
        names = [name for _, name, _, _ in string.Formatter().parse(key) if name]
        if unknown := [name for name in names if name not in variants]:
            todo = f"add [variants.{unknown[0]}.…], or mend the key"
            raise DataError(file, "a name with variants", f"{{{unknown[0]}}} in {key}", todo)
        if key == "variants":
            continue
        for chosen in product(*(variants[name].items() for name in names)):
            ids = {name: one for name, (one, _) in zip(names, chosen, strict=True)}
            described = {name: one for name, (_, one) in zip(names, chosen, strict=True)}
            found[key.format_map(ids)] = _variant(fields, ids, described) if names else fields
    return found


def _variant(fields: Fields, ids: dict[str, str], described: dict[str, Fields]) -> Fields:
    where = dict(fields.get("where", {}))
    for one in described.values():
        where |= one.get("where", {})
    filled = {name: _filled(value, ids, described) for name, value in fields.items()}
    return {**filled, "where": where}


def _filled(value: Any, ids: dict[str, str], described: dict[str, Fields]) -> Any:
    if isinstance(value, str):
        return value.format_map(ids)
    if isinstance(value, dict) and value.keys() == {"en", "es"}:
        return {
            lang: text.format_map({name: one[lang] for name, one in described.items()})
            for lang, text in value.items()
        }
    return value
