"""The DuckDB warehouse: built whole from every vintage, swapped in atomically, opened read-only.

Each fact has a macro ``<fact>_asof(day)`` that shows it as it was known on that day: of every part (a fiscal
year, an instrument, a status) the newest release out by then, whole, so that rows an agency removed are gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from indicators.warehouse.query import answer, connect, fingerprint, is_current, query, select

if TYPE_CHECKING:
    from indicators.warehouse.build import (
        OWN_TABLES,
        PART_SCHEMA,
        VINTAGE_SCHEMA,
        add_hand_kept,
        alone,
        build,
        create_tables,
        ensure,
        insert,
    )

__all__ = [
    "OWN_TABLES", "PART_SCHEMA", "VINTAGE_SCHEMA", "add_hand_kept", "alone", "answer", "build", "connect",
    "create_tables", "ensure", "fingerprint", "insert", "is_current", "query", "select",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """Import what builds the warehouse, with every reader, only when it is asked for: a query does without."""
    if name not in __all__:
        raise AttributeError(f"module 'indicators.warehouse' has no attribute '{name}'")
    from indicators.warehouse import build as building
    from indicators.warehouse import build as tables

    return getattr(building if hasattr(building, name) else tables, name)
