"""SESNSP: victims in investigation files, by state, crime, sex and age band, by month of opening the file.

Victims counted by prosecutors, not deaths. The headline "homicide" is the victims of the two disjoint subtypes
Homicidio doloso and Feminicidio. Age bands differ between the instruments.
"""

from __future__ import annotations

import polars as pl

from indicators.sources import Release, Tidy, sesnsp


def tidy(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``crime_victims``. Raises DataError."""
    rows, methodology = sesnsp.with_methodology(rows, release)
    labels = release.source.categories
    known, entry = sesnsp.crimes(methodology), sesnsp.listed_in(methodology)
    if subtypes := labels.get(f"{methodology} subtype"):
        known = known.filter(pl.col("subtype").is_in(list(subtypes)))
        entry = f'[sesnsp_victims.categories] "{methodology} subtype"'
    else:
        known = known.with_columns(always=False)
    groups = {"sex": labels["sex"], "age_group": labels[f"{methodology} age_group"]}
    return sesnsp.tidy(
        rows, release, measure="victims", methodology=methodology, known=known, entry=entry, groups=groups
    )
