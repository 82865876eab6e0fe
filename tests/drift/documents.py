"""What a dashboard's answer may have become: each mutation takes the document and gives another."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

Document = dict[str, Any]
SECTIONS = ("espacial", "anual")  # {sex: {label: count}}


def _counts(content: Any, change: Callable[[int], object]) -> Any:
    """The same document with every count changed; a total stays text, as it was, where the change is a number."""
    if isinstance(content, dict):
        return {key: value if key == "parametros" else _counts(value, change) for key, value in content.items()}
    if isinstance(content, str) and content.replace(",", "").isdigit():
        return str(change(int(content.replace(",", ""))))
    return change(content) if isinstance(content, int) and not isinstance(content, bool) else content


def _labels(section: str, change: Callable[[dict[str, int]], dict[str, int]]) -> Callable[[Document], Document]:
    """Change the counts by label of one section, of every sex."""
    return lambda found: {
        **found,
        section: {sex: change(counts) for sex, counts in found[section].items()},
    }


def _sexes(change: Callable[[Document], Document]) -> Callable[[Document], Document]:
    return lambda found: {**found, **{section: change(found[section]) for section in SECTIONS}}


def _without_last(counts: Document) -> Document:
    return dict(list(counts.items())[:-1])


def _last_renamed(counts: Document) -> Document:
    *rest, (label, one) = counts.items()
    return {**dict(rest), f"{label} (nuevo)": one}


def _largest_in_thousands(counts: dict[str, int]) -> dict[str, int]:
    largest = max(counts, key=lambda label: counts[label])
    return {label: one * 1000 if label == largest else one for label, one in counts.items()}


def _year_on(counts: dict[str, int]) -> dict[str, int]:
    return {re.sub(r"^\d{4}$", lambda year: str(int(year[0]) + 1), label): one for label, one in counts.items()}


DOCUMENTS: dict[str, Callable[[Document], Document]] = {
    "unchanged": lambda found: found,
    "key renamed": lambda found: {f"{key}_nuevo" if key == "totales" else key: one for key, one in found.items()},
    "key added": lambda found: {**found, "nueva": {}},
    "key dropped": lambda found: {key: one for key, one in found.items() if key != "espacial"},
    "keys in reverse order": lambda found: dict(reversed(found.items())),
    "figures in thousands": lambda found: _counts(found, lambda count: count * 1000),
    "figures doubled": lambda found: _counts(found, lambda count: count * 2),
    "figures negative": lambda found: _counts(found, lambda count: -count),
    "figures in words": lambda found: _counts(found, lambda count: "n.d."),
    "figures missing": lambda found: _counts(found, lambda count: None),
    "one state in thousands": _labels("espacial", _largest_in_thousands),
    "state renamed": _labels("espacial", _last_renamed),
    "state gone": _labels("espacial", _without_last),
    "year gone": _labels("anual", _without_last),
    "years one on": _labels("anual", _year_on),
    "sex renamed": _sexes(_last_renamed),
    "sex gone": _sexes(_without_last),
    "section emptied": lambda found: {**found, "anual": {}},
    "section of another kind": lambda found: {**found, "anual": [1, 2]},
    "asked between dates": lambda found: {
        **found,
        "parametros": {**found["parametros"], "fecha_inicio": "2020-01-01"},
    },
    "asked for nobody knows what": lambda found: {**found, "parametros": {}},
}


def of_document(content: Document) -> dict[str, bytes]:
    return {name: json.dumps(change(content)).encode() for name, change in DOCUMENTS.items()}
