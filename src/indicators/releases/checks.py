"""Whether a release can be right: held against the last release of its source, and against its own past.

``rules`` notices, ``review`` pairs the releases; only their ``totals`` are held against each other. What each rule
and limit is stands in ``catalog/checks.toml``; its words under ``finding`` in ``catalog/text``. A finding that is a
refusal keeps a release out of the store, unless somebody accepts it with a reason, which is kept with the release.
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
from indicators.releases.totals import Totals, moves, of_nation


def findings_of(releases: Sequence[Totals]) -> list[Finding]:
    """Every finding about releases of one source, oldest first: each against the last before it.

    Bands are learnt from the pairs before; of two releases alone they are the declared ones, so that what is
    refused never depends on what else is in the store.
    """
    found: list[Finding] = []
    learnt: list[pl.DataFrame] = []
    for number, after in enumerate(releases):
        before = last_before(releases[:number], after)
        if before is None:
            found += check_rules.alone(after)
            continue
        limits = catalogue.limits(after.source.id)
        both = of_nation(before, after)
        found += check_rules.compare(before, after, both, _bands(learnt, limits))
        learnt.append(moves(both, limits.least))
    return found


def last_before(earlier: Sequence[Totals], after: Totals) -> Totals | None:
    """The newest of the earlier releases that shares a part with this one; a register's stock shares its status."""
    mine = {stem(part) for part in after.parts["part"]}
    for one in reversed(earlier):
        if mine & {stem(part) for part in one.parts["part"]}:
            return one
    return None


def stem(part: str) -> str:
    """The name of a part without the day that tells one snapshot of a stock from the next."""
    return re.sub(r" \d{4}-\d\d-\d\d$", "", part)


def _bands(learnt: Sequence[pl.DataFrame], limits: catalogue.Limits) -> pl.DataFrame | None:
    """``margin`` times the largest move of each series in earlier pairs, where there are enough of them."""
    if len(learnt) < limits.pairs:
        return None
    seen = pl.concat(learnt).group_by("series", "settled").agg(pl.col("move").max(), pl.len().alias("pairs"))
    band = (pl.col("move") * limits.margin).clip(limits.floor)
    return seen.filter(pl.col("pairs") >= limits.pairs).select("series", "settled", band=band)


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
