"""CBP seizures of currency and other monetary instruments, by area and direction, in nominal U.S. dollars.

A few events make most of a month's dollars, and some instruments are entered at one dollar; so the number of
events is read beside the sum.
"""

from __future__ import annotations

import polars as pl

from indicators.sources import Release, Tidy, cbp
from indicators.sources.columns import decimals, every_key_once, whole_numbers

LABELS = ["component", "region", "land_filter", "direction"]


def tidy(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``currency_seizures``. Raises DataError."""
    rows = rows.with_columns(pl.col("direction").str.to_lowercase())
    rows = cbp.known_labels(rows, release, [name for name in LABELS if name in rows.columns])
    if "land_filter" not in rows.columns:
        rows = rows.with_columns(land_filter=pl.lit("all"))
    rows = whole_numbers(rows, ["events"], release.file, release.headers, blanks=False)
    rows = decimals(rows, ["seized_usd"], release.file, release.headers, blanks=False)
    rows = cbp.months(cbp.areas(rows, release), release, "currency")
    parts = cbp.covered(rows, release, each="component")
    every_key_once(rows, ["place", "period_start", *LABELS], release.file)
    facts = rows.filter((pl.col("events") > 0) | (pl.col("seized_usd") > 0)).select(
        "place", "period_start", "period_end", "clock", *LABELS, "events", "seized_usd", "maturity", "part"
    )
    return Tidy(facts, parts)
