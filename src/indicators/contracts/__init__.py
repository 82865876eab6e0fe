"""The contract of every table: columns, types, units, keys and allowed values, one schema object each.

The same object validates on load, makes the DuckDB table, and is printed as the data dictionary.
A column's unit is in its name and in its metadata; ``part`` is what a newer release replaces as a whole.
"""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from indicators import catalog
from indicators.contracts.columns import MATURITIES, Column
from indicators.contracts.facts import FACTS
from indicators.contracts.hand_kept import (
    ELEMENTS,
    EVENT_KINDS,
    EVENT_STATUS,
    FIGURE_MATURITY,
    GRADES,
    HAND_KEPT,
)
from indicators.errors import DataError

__all__ = [
    "ELEMENTS",
    "EVENT_KINDS",
    "EVENT_STATUS",
    "FACTS",
    "FIGURE_MATURITY",
    "GRADES",
    "HAND_KEPT",
    "MATURITIES",
    "Column",
    "validate",
    "zero_rows",
]


def zero_rows(table: str) -> pl.DataFrame:
    """An empty frame of a fact table, vintage column included."""
    columns = {name: column.dtype.type for name, column in FACTS[table].columns.items()}
    return pl.DataFrame(schema={**columns, "vintage": pl.String})


def validate(table: str, facts: pl.DataFrame, file: str) -> pl.DataFrame:
    """Hold a tidied frame against its table's contract; columns in the contract's order. Raises DataError."""
    schema = FACTS[table]
    todo = f"mend the reader of this source: its rows break the contract of {table}"
    try:
        schema.validate(facts)
    except (pa.errors.SchemaError, pa.errors.SchemaErrors) as error:
        raise DataError(file, f"the contract of {table}", str(error)[:500], todo) from None
    if strange := set(facts["place"].unique()) - set(catalog.places()):
        raise DataError(file, "places of places.csv", ", ".join(sorted(strange)), todo)
    return facts.select(list(schema.columns))
