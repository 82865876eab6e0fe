"""The DuckDB warehouse: built whole from every vintage, swapped in atomically, opened read-only.

Each fact has a macro ``<fact>_asof(day)`` that shows it as it was known on that day: of every part (a fiscal
year, an instrument, a status) the newest release out by then, whole, so that rows an agency removed are gone.
"""

from indicators.warehouse.building import add_hand_kept, alone, build, ensure, fingerprint, is_current
from indicators.warehouse.reading import answer, connect, query, select
from indicators.warehouse.tables import OWN_TABLES, PART_SCHEMA, VINTAGE_SCHEMA, create_tables, insert

__all__ = [
    "OWN_TABLES", "PART_SCHEMA", "VINTAGE_SCHEMA", "add_hand_kept", "alone", "answer", "build", "connect",
    "create_tables", "ensure", "fingerprint", "insert", "is_current", "query", "select",
]  # fmt: skip
