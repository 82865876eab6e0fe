"""The checks of a release: which releases are compared, and the words of what the rules find.

``check_rules`` compares two releases by their ``totals``. ``catalog/checks.toml`` declares rules and limits, and
``finding`` of ``catalog/text`` their words. A finding that is a refusal leaves a release out of the store unless it
is accepted for a reason, which its record contains.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from indicators import catalog
from indicators.catalog import models as catalogue
from indicators.i18n import Text, leaves, placeholders
from indicators.releases import check_rules
from indicators.releases.check_rules import Finding
from indicators.releases.totals import Totals, in_effect, moves, of_nation

NUMBERS = {"before", "now", "least", "most", "periods", "of", "places", "years", "whole", "cells"}
ALIKE = ("places", "years", "of", "periods", "pairs", "cells")  # the first of a finding counts the cases like its own
LEAST_SHARE = 0.0001  # a smaller move is shown as less than this


def findings_of(releases: Sequence[Totals]) -> list[Finding]:
    """Return the findings about releases of one source, oldest first: each beside those before it.

    Bands are learnt from the pairs before.
    """
    found: list[Finding] = []
    learnt: list[pl.DataFrame] = []
    for number, release in enumerate(releases):
        limits, earlier = catalogue.limits(release.source.id), releases[:number]
        found += about(release, earlier, _bands(learnt, limits))
        if beside := [one for one in earlier if share_a_part(one, release)]:
            learnt.append(moves(of_nation(in_effect(beside), release), limits.least))
    return found


def about(release: Totals, earlier: Sequence[Totals], bands: pl.DataFrame | None = None) -> list[Finding]:
    """Return the findings about a release, beside the figures that ``earlier`` releases, oldest first, have together.

    Without ``bands``, those declared count: a refusal never depends on the number of releases in the store.
    """
    beside = [one for one in earlier if share_a_part(one, release)]
    found = check_rules.compare(in_effect(beside), release, bands) if beside else check_rules.first(release)
    return [*found, *check_rules.classes(release, earlier)]


def share_a_part(one: Totals, other: Totals) -> bool:
    """Return whether two releases have a part in common; the snapshots of a stock differ by their day only."""
    parts = [{re.sub(r" \d{4}-\d\d-\d\d$", "", part) for part in release.parts["part"]} for release in (one, other)]
    return not parts[0].isdisjoint(parts[1])


def _bands(learnt: Sequence[pl.DataFrame], limits: catalogue.Limits) -> pl.DataFrame | None:
    """Return ``margin`` times the largest move of each series in earlier pairs, where there are enough pairs."""
    if len(learnt) < limits.pairs:
        return None
    seen = pl.concat(learnt).group_by("series", "settled").agg(pl.col("move").max(), pl.len().alias("pairs"))
    band = (pl.col("move") * limits.margin).clip(limits.floor)
    return seen.filter(pl.col("pairs") >= limits.pairs).select("series", "settled", band=band)


def sentence(code: str, facts: Mapping[str, str], text: Text) -> str:
    """Return a finding in the words of a page. The note of a reader lists all its facts."""
    leaf = leaves(text.lang).get(f"finding.{code}", "")
    if placeholders(leaf) == {"facts"}:
        listed = (f"{_label(name, text)}: {_number(value, text)}" for name, value in facts.items())
        return text.t(f"finding.{code}", facts="; ".join(listed))
    words: dict[str, object] = {name: _word(name, value, text) for name, value in facts.items()}
    if within := words.pop("within", ""):
        words["label"] = ", ".join(dict.fromkeys([str(words["label"]), *str(within).split(", ")]))
    words.pop("column", None) if "{column}" not in str(leaf) else None
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
    if name in ("change", "limit", "moved"):
        return _share(float(value), text, signed=name == "change")
    if name == "window" and "/" in value:  # the months of a year that are among the last twelve
        months = dict.fromkeys(text.month(date.fromisoformat(f"{one}-01")) for one in value.split("/"))
        return " – ".join(months)
    if name.endswith("month"):
        return text.month(date.fromisoformat(f"{value}-01"))
    if name in ("place", "label", "other"):
        place = catalog.places().get(value)
        return place.name(text.lang) if place else ", ".join(_label(one, text) for one in value.split(", "))
    return value


def _share(share: float, text: Text, *, signed: bool) -> str:
    if 0 < abs(share) < LEAST_SHARE:
        return text.t("number.under", value=text.percent(LEAST_SHARE, 2))
    return (text.signed_percent if signed else text.percent)(share, 1 if abs(share) >= 0.01 else 2)


def _number(value: str, text: Text) -> str:
    return text.number(int(value)) if value.lstrip("-").isdigit() else value


def _label(code: str, text: Text) -> str:
    """Return a code in the words of the catalogue; a code without words stays as the agency writes it."""
    return next((text.t(key) for key in (f"measure.{code}", f"label.{code}") if key in leaves(text.lang)), code)
