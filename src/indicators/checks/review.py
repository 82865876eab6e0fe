"""Which release is held against which, and the bands that a source's own earlier releases teach."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from indicators.catalog import models as catalogue
from indicators.checks import rules
from indicators.checks.rules import Finding
from indicators.checks.side_by_side import moves, of_nation
from indicators.totals import Totals


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
            found += rules.alone(after)
            continue
        limits = catalogue.limits(after.source.id)
        both = of_nation(before, after)
        found += rules.compare(before, after, both, _bands(learnt, limits))
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
