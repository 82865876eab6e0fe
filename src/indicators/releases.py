"""A source as one release shows it, or as all releases known on a day do; and which two releases are meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
import polars as pl

from indicators import catalog
from indicators.errors import UsageError
from indicators.warehouse.reading import select


@dataclass(frozen=True)
class Known:
    """A source as one release, or one day, shows it. ``parts`` has part, period_from, period_through."""

    label: str
    source: catalog.Source
    facts: pl.DataFrame
    parts: pl.DataFrame

    @property
    def data_through(self) -> date:
        return self.parts["period_through"].max()  # type: ignore[return-value]


def release(connection: duckdb.DuckDBPyConnection, vintage: str) -> Known:
    """A source as one vintage of it shows it. Raises UsageError for an id the warehouse does not hold."""
    found = select(connection, "FROM vintage WHERE vintage = $vintage", {"vintage": vintage})
    if found.is_empty():
        raise UsageError(f"the warehouse holds no release {vintage}")
    source = catalog.sources()[found["source"][0]]
    values = {"vintage": vintage}
    facts = select(connection, f"FROM {source.table} WHERE vintage = $vintage", values)
    parts = select(
        connection,
        "SELECT part, period_from, period_through FROM vintage_part WHERE vintage = $vintage",
        values,
    )
    return Known(vintage, source, facts, parts)


def as_of(connection: duckdb.DuckDBPyConnection, source: str, day: date) -> Known:
    """A source as it was known on a day: of each part, the newest release out by then."""
    one = catalog.sources()[source]
    values = {"day": day, "source": source}
    mine = "(SELECT vintage FROM vintage WHERE source = $source)"
    facts = select(connection, f"FROM {one.table}_asof($day) WHERE vintage IN {mine}", values)
    parts = select(
        connection,
        "SELECT part, arg_max(period_from, (released, period_through, vintage)) AS period_from,"
        " arg_max(period_through, (released, period_through, vintage)) AS period_through"
        " FROM vintage_part JOIN vintage USING (vintage) WHERE source = $source AND released <= $day GROUP BY part",
        values,
    )
    return Known(day.isoformat(), one, facts, parts)


def pair(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    old: str | None = None,
    new: str | None = None,
    day: date = date.max,
) -> tuple[Known, Known]:
    """The two releases meant by ids, release days or the beginnings of either; by default the two newest, of
    those out by ``day``, that share a part. Raises UsageError where the words fit none, or several."""
    if source not in catalog.sources():
        raise UsageError(f'no source is called "{source}": one of {", ".join(catalog.sources())}')
    ids = select(
        connection,
        "SELECT vintage FROM vintage WHERE source = $source AND released <= $day"
        " ORDER BY released, data_through, vintage",
        {"source": source, "day": day},
    )["vintage"].to_list()
    held = select(connection, "SELECT vintage, part FROM vintage_part")
    parts = {one: set(held.filter(pl.col("vintage") == one)["part"]) for one in ids}
    pairs = [
        (first, second)
        for second in _meant(ids, source, new)
        for first in _meant(ids, source, old)
        if parts[first] & parts[second] and ((old and new) or ids.index(first) < ids.index(second))
    ]
    if not pairs:
        raise UsageError(
            f"{source}: no two such releases hold the same part; it has {', '.join(ids) or 'none'}"
        )
    if old and new and len(pairs) > 1:
        listed = "; ".join(f"{first} and {second}" for first, second in pairs)
        raise UsageError(f"{source}: several pairs of releases fit, name one: {listed}")
    first, second = max(pairs, key=lambda two: (ids.index(two[1]), ids.index(two[0])))
    return release(connection, first), release(connection, second)


def _meant(ids: list[str], source: str, text: str | None) -> list[str]:
    if text is None:
        return ids
    found = [one for one in ids if one == text or one.removeprefix(f"{source}-").startswith(text)]
    if not found:
        raise UsageError(f'{source} has no release "{text}"; it has {", ".join(ids) or "none"}')
    return found
