"""The age of the releases: for each source the last release, and how overdue the next one is on a day.

A release is due one cadence (``cadence_days`` of sources.toml) after the last. ``checked.csv`` beside the releases
of a source has the days on which the same file was found again: then the agency is late, and not this project.
"""

from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from indicators import catalog
from indicators.errors import UsageError
from indicators.releases import store
from indicators.warehouse.query import select

# Of a release that reaches beyond the day, as projections do, the rows are asked for their last day by then.
THROUGH = """
    SELECT source, max(period_end) AS data_through FROM {table} JOIN known USING (vintage)
    WHERE source = '{source}' AND data_through > $day AND period_end <= $day GROUP BY source"""
STATUS = """
WITH known AS (FROM vintage WHERE released <= $day),
newest AS (
    SELECT source, vintage, released, released_estimated FROM known
    QUALIFY row_number() OVER (PARTITION BY source ORDER BY release_order DESC) = 1
),
reached AS (
    SELECT source, max(data_through) AS data_through FROM known WHERE data_through <= $day GROUP BY source
    UNION ALL {through}
),
found AS (SELECT source, max(data_through) AS data_through FROM reached GROUP BY source),
checks AS (SELECT unnest($vintages::VARCHAR[]) AS vintage, unnest($checked::DATE[]) AS checked),
last_check AS (SELECT vintage, max(checked) AS checked FROM checks WHERE checked <= $day GROUP BY vintage),
sources AS (
    SELECT unnest($sources) AS source, unnest($cadences)::BIGINT AS cadence_days, generate_subscripts($sources, 1) AS n
)
SELECT source, vintage, released, released_estimated, data_through, $day - released AS days_since_release,
       cadence_days,
       CASE WHEN released IS NOT NULL THEN greatest($day - released - cadence_days, 0) END AS days_overdue, checked,
       CASE WHEN released IS NULL THEN 'none' WHEN $day - released <= cadence_days THEN 'current'
            WHEN checked - released > cadence_days THEN 'unchanged' ELSE 'overdue' END AS state
FROM sources LEFT JOIN newest USING (source) LEFT JOIN found USING (source) LEFT JOIN last_check USING (vintage)
ORDER BY n"""


def newest_release(connection: duckdb.DuckDBPyConnection) -> date:
    """Return the day of the newest release. Raises UsageError for a warehouse without one."""
    newest: date | None = connection.sql("SELECT max(released) FROM vintage").fetchall()[0][0]
    if newest is None:
        raise UsageError("the warehouse has no release: `indicators add` one, or restore the edition")
    return newest


def status(connection: duckdb.DuckDBPyConnection, raw: Path, as_of: date) -> pl.DataFrame:
    """Return one row for every source, in the catalogue's order.

    ``data_through`` is the newest day by ``as_of`` of which its releases have data, null where there is none;
    ``checked`` the last day by then on which its newest file was found again. ``state``: ``current`` ·
    ``unchanged`` (due, but found again since it was due) · ``overdue`` · ``none`` (no release).
    """
    sources, checks = catalog.sources().values(), store.checks(raw)
    values = {
        "day": as_of,
        "sources": [one.id for one in sources],
        "cadences": [one.cadence_days for one in sources],
        "vintages": [check.vintage for check in checks],
        "checked": [check.day for check in checks],
    }
    through = " UNION ALL ".join(THROUGH.format(table=one.table, source=one.id) for one in sources)
    return select(connection, STATUS.format(through=through), values)
