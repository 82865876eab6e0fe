"""A finding in words: the text under ``finding.<code>`` with its facts formatted as their names say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from indicators import catalog
from indicators.i18n import Text, leaves, placeholders

NUMBERS = {"before", "now", "least", "most", "periods", "of", "places", "years"}
ALIKE = (
    "places",
    "years",
    "of",
    "periods",
)  # the first that a finding has says how many are like the one it names
LEAST_SHARE = 0.0001  # a smaller move is told as less than this


def sentence(code: str, facts: Mapping[str, str], text: Text) -> str:
    """What was noticed, as a page says it. A reader's own note lists its facts, whatever they are."""
    leaf = leaves(text.lang).get(f"finding.{code}", "")
    if placeholders(leaf) == {"facts"}:
        listed = (f"{_label(name, text)}: {_number(value, text)}" for name, value in facts.items())
        return text.t(f"finding.{code}", facts="; ".join(listed))
    words: dict[str, object] = {name: _word(name, value, text) for name, value in facts.items()}
    if isinstance(leaf, dict):
        alike = next(name for name in ALIKE if name in facts)
        del words[alike]
        words["n"] = int(facts[alike])
    return text.t(f"finding.{code}", **words)


def _word(name: str, value: str, text: Text) -> str:
    if name in NUMBERS:
        return _number(value, text)
    if name == "series":  # a measure, and the labels that are never added across
        return ", ".join(_label(one, text) for one in value.split(", "))
    if name in ("change", "limit"):
        return _share(float(value), text, signed=name == "change")
    if name.endswith("month"):
        return text.month(date.fromisoformat(f"{value}-01"))
    if name == "place" and value in catalog.places():
        return catalog.places()[value].name(text.lang)
    return value


def _share(share: float, text: Text, *, signed: bool) -> str:
    if 0 < abs(share) < LEAST_SHARE:
        return text.t("number.under", value=text.percent(LEAST_SHARE, 2))
    return (text.signed_percent if signed else text.percent)(share, 1 if abs(share) >= 0.01 else 2)


def _number(value: str, text: Text) -> str:
    return text.number(int(value)) if value.lstrip("-").isdigit() else value


def _label(code: str, text: Text) -> str:
    """A code as a page says it; what has no words of ours stays as the agency has it."""
    known = leaves(text.lang)
    return next((text.t(key) for key in (f"measure.{code}", f"label.{code}") if key in known), code)
