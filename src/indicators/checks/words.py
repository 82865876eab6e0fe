"""A finding in words: the text under ``finding.<code>`` with its facts formatted as their names say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from indicators import catalog
from indicators.text import Text, leaves, placeholders

NUMBERS = {"before", "now", "least", "most", "periods", "of", "places", "years"}


def sentence(code: str, facts: Mapping[str, str], text: Text) -> str:
    """What was noticed, as a page says it. A reader's own note lists its facts, whatever they are."""
    if placeholders(leaves(text.lang).get(f"finding.{code}", "")) == {"facts"}:
        listed = (f"{_label(name, text)}: {_number(value, text)}" for name, value in facts.items())
        return text.t(f"finding.{code}", facts="; ".join(listed))
    return text.t(f"finding.{code}", **{name: _word(name, value, text) for name, value in facts.items()})


def _word(name: str, value: str, text: Text) -> str:
    if name in NUMBERS:
        return _number(value, text)
    if name == "series":  # a measure, and the labels that are never added across
        return ", ".join(_label(one, text) for one in value.split(", "))
    if name in ("change", "limit"):
        share = float(value)
        say = text.signed_percent if name == "change" else text.percent
        return say(share, 1 if abs(share) >= 0.01 else 2 if abs(share) >= 0.0001 else 5)
    if name.endswith("month"):
        return text.month(date.fromisoformat(f"{value}-01"))
    if name == "place" and value in catalog.places():
        return catalog.places()[value].name(text.lang)
    return value


def _number(value: str, text: Text) -> str:
    return text.number(int(value)) if value.lstrip("-").isdigit() else value


def _label(code: str, text: Text) -> str:
    """A code as a page says it; what has no words of ours stays as the agency has it."""
    known = leaves(text.lang)
    return next((text.t(key) for key in (f"measure.{code}", f"label.{code}") if key in known), code)
