"""Tables of the warehouse: fact tables, filled by the releases of the agencies, and tables entered by hand.

tables.toml declares a table, and nothing else does: columns, key, units, allowed values, values that may be added up.
"""

import polars as pl

from indicators import catalog
from indicators.catalog import schema
from indicators.errors import DataError

FACTS = schema.tables("facts")
HAND_KEPT = schema.tables("hand_kept")

_FIGURES, _EVENTS = HAND_KEPT["published_figures"].columns, HAND_KEPT["ledger_events"].columns
_OBJECTIVES = HAND_KEPT["framework_objectives"].columns
FIGURE_MATURITY = _FIGURES["maturity"].allowed  # the firmest first
GRADES = _FIGURES["grade"].allowed
EVENT_STATUS = _EVENTS["status"].allowed
EVENT_KINDS = _EVENTS["kind"].allowed
ELEMENTS = [name for name, one in _OBJECTIVES.items() if one.type == pl.Boolean]  # of a metric that is wholly public


def validate(table: str, rows: pl.DataFrame, file: str) -> pl.DataFrame:
    """Return the rows of ``file`` with the columns in the order of the table. Raise DataError for a fault."""
    declared = (FACTS | HAND_KEPT)[table]
    fault = declared.fault(rows)
    if not fault and table in FACTS and (strange := set(rows["place"].unique()) - set(catalog.places())):
        fault = f"places that places.csv does not list: {', '.join(sorted(strange))}"
    if fault:
        todo = f"correct the reader of this source, or the declaration of {table} in catalog/tables.toml"
        raise DataError(file, f"rows as {table} is declared", fault, todo)
    return rows.select(list(declared.columns))
