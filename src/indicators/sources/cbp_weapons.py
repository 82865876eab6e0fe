"""CBP seizures of weapons, ammunition and gun parts, by area, direction and mode of transport.

The table lists line items: its event number is masked, and rows that are equal in every cell are items of their
own. So no row is ever dropped as a duplicate; the lines of a month are added up. Outbound seizures at the
Southwest border stand for arms going south, as far as those who leave are inspected at all.
"""

from __future__ import annotations

import polars as pl

from indicators.sources import Release, Tidy, cbp
from indicators.sources.columns import whole_numbers

LABELS = ["component", "region", "direction", "mode", "seizure_type", "category"]


def tidy(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``weapon_seizures``. Raises DataError."""
    rows = rows.with_columns(pl.col("direction").str.to_lowercase())  # in capitals here, not in the others
    rows = cbp.known_labels(rows, release, LABELS)
    rows = whole_numbers(rows, ["items"], release.file, release.headers)
    rows = cbp.months(cbp.areas(rows, release), release, "weapons")
    parts = cbp.covered(rows, release, each="component")
    facts = rows.group_by(
        "place", "period_start", "period_end", "clock", *LABELS, "maturity", "part", maintain_order=True
    ).agg(
        pl.col("items").sum(),
        pl.len().cast(pl.Int64).alias("line_items"),
        pl.col("items").null_count().cast(pl.Int64).alias("line_items_without_quantity"),
    )
    return Tidy(facts, parts, _notes(rows))


def _notes(rows: pl.DataFrame) -> list[tuple[str, dict[str, str]]]:
    blank = rows.filter(pl.col("items").is_null()).sort("line")
    if blank.is_empty():
        return []
    return [("quantity_blank", {"lines": " ".join(map(str, blank["line"]))})]
