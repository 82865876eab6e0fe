"""SESNSP: investigation files (carpetas), by state and crime, by month of opening.

One file can name several victims, so cases run below victims: 29,500 against 34,723 in 2019.
"""

from __future__ import annotations

import polars as pl

from indicators.sources import Release, Tidy, sesnsp


def tidy(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``crime_cases``. Raises DataError."""
    rows, methodology = sesnsp.with_methodology(rows, release)
    return sesnsp.tidy(
        rows,
        release,
        measure="cases",
        methodology=methodology,
        known=sesnsp.crimes(methodology),
        entry=sesnsp.listed_in(methodology),
        groups={},
    )
