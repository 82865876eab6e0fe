"""Which quarter a report is for, from which day it is seen where neither is given, and what it is called."""

from __future__ import annotations

from datetime import date

import duckdb

from indicators import catalog
from indicators.errors import UsageError
from indicators.i18n import Text
from indicators.metrics import compute
from indicators.periods import Clock, parse_quarter, quarter_of
from indicators.warehouse.query import select

CORE = {  # the four series that a quarter is reported for once all have begun to cover it
    "us_overdose_deaths_12m": "US",
    "mx_homicide_victims": "MX",
    "mx_missing_new": "MX",
    "sw_encounters": "US-SWB",
}

NEWEST = """
SELECT max(day) FROM (
    SELECT max(released) AS day FROM vintage
    UNION ALL SELECT max(known_from) FROM framework_objectives
    UNION ALL SELECT max(known_from) FROM published_figures WHERE length(published_on) >= 10
)"""


def latest_known(connection: duckdb.DuckDBPyConnection) -> date:
    """The newest day on which a release, a figure or a coding became known: the day a report is seen from,
    unless another is given. Figures of which only the year or month is known do not move it."""
    newest: date | None = connection.sql(NEWEST).fetchall()[0][0]
    if newest is None:
        raise UsageError("the warehouse holds no release: add some, or restore the edition")
    return newest


def default_quarter(connection: duckdb.DuckDBPyConnection, as_of: date) -> str:
    """The last quarter that all four core series had begun to cover on ``as_of``. Raises UsageError."""
    last = []
    for metric, place in CORE.items():
        found = compute.all_series(connection, metric, as_of, [place])
        through = found[place].through if place in found else None
        if through is None:
            why = f"no release of {metric} was out by {as_of}"
            if _is_out(connection, metric, as_of):
                why = f"what was out of {metric} by {as_of} has no value for {place}"
            raise UsageError(f"{why}: give the quarter, or a later --as-of")
        last.append(through)
    return quarter_of(min(last))


def _is_out(connection: duckdb.DuckDBPyConnection, metric: str, as_of: date) -> bool:
    """Whether a release of a metric's table was out by a day, with values or without."""
    table = catalog.metrics()[metric].table
    sources = [one.id for one in catalog.sources().values() if one.table == table]
    sql = "SELECT count(*) AS n FROM vintage WHERE list_contains($sources, source) AND released <= $day"
    return bool(select(connection, sql, {"sources": sources, "day": as_of})["n"][0])


def words(quarter: str, text: Text) -> str:
    """A report's quarter as its title says it: ``Second quarter of 2025, correction 1``."""
    said = text.period(*parse_quarter(quarter), Clock.QUARTER)
    said = said[:1].upper() + said[1:]
    _, _, correction = quarter.partition("-r")
    return text.t("page.correction", quarter=said, number=correction) if correction else said
