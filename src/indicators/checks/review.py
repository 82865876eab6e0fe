"""Which release is held against which, and the bands that a source's own earlier releases teach."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import duckdb
import polars as pl

from indicators import catalog
from indicators.catalog import checks as catalogue
from indicators.checks import rules
from indicators.checks.rules import Finding
from indicators.checks.side_by_side import moves, of_nation
from indicators.checks.totals import Totals, of_releases


def of_source(connection: duckdb.DuckDBPyConnection, source: str, vintages: Sequence[str]) -> list[Finding]:
    """Every finding about the releases of one source, given oldest first, from the database that holds them."""
    totals = of_releases(connection, catalog.sources()[source], list(vintages))
    return findings_of(totals)


def findings_of(totals: Sequence[Totals]) -> list[Finding]:
    """Every finding about releases of one source, oldest first: each against the last before it."""
    found: list[Finding] = []
    learnt: list[pl.DataFrame] = []
    for number, after in enumerate(totals):
        before = last_before(totals[:number], after)
        if before is None:
            found += rules.alone(after)
            continue
        limits = catalogue.limits(after.source.id)
        found += rules.compare(before, after, _bands(learnt, limits))
        learnt.append(moves(of_nation(before, after), limits.least))
    return found


class Read(NamedTuple):
    """A release as its reader gave it: rows of the fact table, and what each part covers."""

    vintage: str
    facts: pl.DataFrame
    parts: pl.DataFrame


def judge(source: catalog.Source, releases: Sequence[Read]) -> list[Finding]:
    """What is odd about the later of two releases, or about the only one.

    Bands are the declared ones: what is refused never depends on what else is in the store.
    """
    with duckdb.connect() as connection:
        for table, name in ((source.table, "facts"), ("vintage_part", "parts")):
            rows = [getattr(one, name).with_columns(vintage=pl.lit(one.vintage)) for one in releases]
            connection.register(table, pl.concat(rows, how="diagonal_relaxed").to_arrow())
        return findings_of(of_releases(connection, source, [one.vintage for one in releases]))


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
