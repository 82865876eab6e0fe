"""The reporting triangle: what each month's figure was in every release, by the month's age in it.

An agency's newest months are not settled. How far they moved in the past is read from its own releases: the
value of a month as first published, one release later, and so on until it is mature.
"""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl

from indicators import catalog
from indicators.errors import UsageError
from indicators.metrics import compute
from indicators.metrics.series import COLUMNS, Series
from indicators.periods import Clock
from indicators.warehouse.query import select

MATURE_MONTHS = 7  # SESNSP: nearly all net change comes within seven months; later moves are rare and small


def triangle(connection: duckdb.DuckDBPyConnection, name: str, place: str, as_of: date) -> pl.DataFrame:
    """One row for every month and release that holds it, known on ``as_of``.

    Columns: period_start, period_end, vintage, released, ``age_months`` (whole months from the month to the
    end of the release's data: 0 in the release that first held it), maturity and value. Months before the
    newest change of instrument are left out. Raises UsageError unless it is a monthly count or amount.
    """
    one = compute.metric(name)
    if one.table is None or one.clock != Clock.MONTH or one.kind not in ("count", "amount"):
        raise UsageError(f"{name} is no monthly count: its releases make no triangle")
    source = catalog.source_of(one.table).id
    releases = select(
        connection,
        "SELECT vintage, released, data_through FROM vintage"
        " WHERE source = $source AND released <= $day ORDER BY released",
        {"source": source, "day": as_of},
    )
    days = releases["released"].unique(maintain_order=True)
    known = [compute.all_series(connection, name, day, [place]).get(place) for day in days]
    rows = [_values(one) for one in known if one is not None]
    seen = pl.concat(rows) if rows else _values(None)
    apart = pl.col("data_through")
    age = (apart.dt.year() - pl.col("period_end").dt.year()) * 12 + apart.dt.month()
    return (
        seen.unique(["period_start", "vintage"], maintain_order=True)
        .join(releases, on="vintage", maintain_order="left")
        .filter(pl.col("period_start") >= _instrument_since(source, seen["period_start"].max()))
        .with_columns(age_months=(age - pl.col("period_end").dt.month()).cast(pl.Int64))
        .select("period_start", "period_end", "vintage", "released", "age_months", "maturity", "value")
        .sort("period_start", "released", "vintage")
    )


def _values(known: Series | None) -> pl.DataFrame:
    columns = ["period_start", "period_end", "vintage", "maturity", "value"]
    if known is None:
        return pl.DataFrame(schema={name: COLUMNS[name] for name in columns})
    return known.frame.filter(pl.col("value").is_not_null()).select(columns)


def _instrument_since(source: str, newest: object) -> date:
    """The first day of the instrument that counts the newest month."""
    splits = [one.last for one in catalog.breaks_of(source, Clock.MONTH) if one.splits]
    return max((day for day in splits if newest is not None and day <= newest), default=date.min)  # type: ignore[operator]


def is_mature() -> pl.Expr:
    """Whether a row of the triangle will hardly move any more: old enough, or a closed fiscal year's."""
    return (pl.col("age_months") >= MATURE_MONTHS) | (pl.col("maturity") == "final")


def pairs(triangle: pl.DataFrame) -> pl.DataFrame:
    """Every young value beside what became of it: period_start, vintage, age_months, value, mature_value and
    mature_vintage, the first release that holds the month as mature."""
    rows = triangle.sort("period_start", "released")
    settled = rows.filter(is_mature()).group_by("period_start")
    became = settled.agg(mature_value=pl.col("value").first(), mature_vintage=pl.col("vintage").first())
    return (
        rows.filter(~is_mature(), pl.col("age_months") >= 0)
        .unique(["period_start", "age_months"], keep="last", maintain_order=True)
        .join(became, on="period_start")
        .select("period_start", "vintage", "age_months", "value", "mature_value", "mature_vintage")
        .sort("age_months", "period_start")
    )
