"""CBP encounters at the Southwest land border, and nationwide by state or by area of responsibility.

Three tables of the same events, told apart by ``dataset`` and never added to each other. Encounters are events,
not persons. ``Month Grouping`` marks, in every year, the months the open year has reached: it changes each
month without any change in the data, and a filter on it cuts past years short, so it is not read at all.
"""

from __future__ import annotations

import polars as pl

from indicators.sources import Release, Tidy, cbp
from indicators.sources.columns import every_key_once, whole_numbers

LABELS = ["land_border_region", "component", "demographic", "citizenship", "authority", "encounter_type"]


def tidy(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``encounters``. Raises DataError."""
    dataset = release.layout
    rows = rows.with_columns(pl.col("citizenship").str.to_uppercase())  # Title Case in the Southwest table
    rows = cbp.known_labels(rows, release, [name for name in LABELS if name in rows.columns])
    rows = whole_numbers(rows, ["encounters"], release.file, release.headers, blanks=False)
    rows = cbp.months(_placed(rows, release), release, dataset)
    parts = cbp.covered(
        rows, release, each="component" if "component" in rows.columns else "land_border_region"
    )
    if dataset == "nationwide_state":
        rows = rows.with_columns(component=pl.lit("all"), encounter_type=pl.lit("all"))
    else:
        rows = rows.with_columns(encounter_type=_encounter_type())
    every_key_once(rows, ["place", "period_start", *LABELS], release.file)
    facts = rows.filter(pl.col("encounters") > 0).select(
        "place",
        "period_start",
        "period_end",
        "clock",
        pl.lit(dataset).alias("dataset"),
        *LABELS,
        "encounters",
        "maturity",
        "part",
    )
    return Tidy(facts, parts)


def _placed(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    if release.layout == "nationwide_area":
        return cbp.areas(rows, release)
    if release.layout == "nationwide_state":
        return cbp.states(rows, release)
    return rows.with_columns(place=pl.lit("US-SWB"), land_border_region=pl.lit("southwest"))


def _encounter_type() -> pl.Expr:
    """Title 42 is an expulsion: the release of October 2022 called those of FY2022 apprehensions."""
    return (
        pl.when(pl.col("authority") == "title_42")
        .then(pl.lit("expulsion"))
        .otherwise(pl.col("encounter_type"))
    )
