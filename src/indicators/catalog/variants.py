"""One entry of a catalogue file that stands for several: ``["{drug}_seized_lb"]`` is one metric a drug."""

from __future__ import annotations

import string
from itertools import product
from typing import Any

from indicators.errors import DataError

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
