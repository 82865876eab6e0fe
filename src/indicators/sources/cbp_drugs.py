"""CBP drug seizures: ports of entry and Border Patrol by area, and Air and Marine Operations by branch.

Two tables told apart by ``dataset`` and never added: Air and Marine crews take part in seizures that the other
components count too. One event can hold several drugs, so events are not added across drugs; nor are pounds,
of which a few very large seizures make most.
"""

from __future__ import annotations

import polars as pl

from indicators.sources import Release, Tidy, cbp
from indicators.sources.columns import decimals, every_key_once, whole_numbers

LABELS = ["component", "region", "land_filter", "branch", "drug"]
PLACES = {"southwest": "US-SWB", "northern": "US-NLB", "other": "US-OTB"}


def tidy(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``drug_seizures``. Raises DataError."""
    dataset = release.layout
    rows = cbp.known_labels(rows, release, ["component", "region", "land_filter", "drug"])
    if dataset == "air_and_marine":
        rows = cbp.known_labels(rows, release, ["branch"]).with_columns(
            place=pl.col("region").replace_strict(PLACES, return_dtype=pl.String)
        )
    else:
        rows = cbp.areas(rows, release).with_columns(branch=pl.lit("not_applicable"))
    rows = whole_numbers(rows, ["events"], release.file, release.headers, blanks=False)
    rows = decimals(rows, ["seized_lb"], release.file, release.headers, blanks=False)
    rows = cbp.months(rows, release, dataset)
    parts = cbp.covered(rows, release, each="component")
    every_key_once(rows, ["place", "period_start", *LABELS], release.file)
    facts = rows.filter((pl.col("events") > 0) | (pl.col("seized_lb") > 0)).select(
        "place",
        "period_start",
        "period_end",
        "clock",
        pl.lit(dataset).alias("dataset"),
        *LABELS,
        "events",
        "seized_lb",
        "maturity",
        "part",
    )
    return Tidy(facts, parts)
