"""What of a fact table may be added up, and what is figure, key or label in it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from indicators import catalog, contracts

LEVELS = {"nation": "nation", "region": "border", "office": "area", "sector": "area"}
PERIOD = ["place", "period_start", "period_end", "clock", "part"]


@dataclass(frozen=True)
class Grain:
    """How the key of a table splits: values of different ``apart`` are never added up (classes that overlap,
    tables of the same events); ``category`` makes the figure that is reported; the rest are leaves."""

    apart: tuple[str, ...] = ()
    category: tuple[str, ...] = ()


GRAINS = {
    "overdose_deaths": Grain(apart=("indicator",)),
    "crime_victims": Grain(("methodology",), ("crime_type", "subtype")),
    "municipal_crime_cases": Grain(("methodology",), ("crime_type", "subtype")),
    "crime_cases": Grain(("methodology",), ("crime_type", "subtype")),
    "missing_persons": Grain(apart=("clock", "status")),
    "encounters": Grain(("dataset",), ("land_border_region", "component")),
    "drug_seizures": Grain(("dataset", "drug")),
    "weapon_seizures": Grain(category=("direction", "seizure_type")),
    "currency_seizures": Grain(category=("direction",)),
    "population": Grain(),
    "federal_offences": Grain(category=("law", "concept", "offence")),
    "encounters_long": Grain(apart=("clock",)),
    "border_crossings": Grain(("category",), ("region",)),
}


def key_of(table: str) -> list[str]:
    """The columns that tell one row of a fact table from another."""
    return list(contracts.FACTS[table].unique or [])


def measures_of(table: str) -> list[str]:
    """The columns that hold figures; percentages tell how complete a figure is, and are none."""
    columns = contracts.FACTS[table].columns
    return [
        name
        for name, column in columns.items()
        if column.dtype.type in (pl.Int64, pl.Float64) and (column.metadata or {}).get("unit") != "percent"
    ]


def level() -> pl.Expr:
    """Places of one level may be added up: the nation, its states, borders, or areas of CBP."""
    levels = {one.id: LEVELS.get(one.kind, "state") for one in catalog.places().values()}
    return pl.col("place").replace_strict(levels, default="state", return_dtype=pl.String)


def added_up(facts: pl.DataFrame, by: list[str], figures: list[str]) -> pl.DataFrame:
    """Figures added up over all that is not in ``by``; a sum in which a figure is missing is missing."""
    whole = [pl.when(pl.col(name).is_not_null().all()).then(pl.col(name).sum()) for name in figures]
    return facts.group_by(by).agg(whole)
