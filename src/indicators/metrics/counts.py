"""What a fact table says of a metric, by place: monthly (or published) counts, amounts and stocks.

A source whose zeros are implied writes no row where nothing happened: a month without rows is zero where a release
covers it, and missing where none does (the rule on blank months is in ``readers.base``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb
import polars as pl

from indicators import catalog
from indicators.catalog import Metric, Slice, Source, corridors
from indicators.catalog.schema import MATURITIES
from indicators.metrics.series import COLUMNS, Series
from indicators.periods import Clock
from indicators.warehouse.query import select

RANKS = " ".join(f"WHEN '{name}' THEN {rank}" for rank, name in enumerate(MATURITIES))
MATURITY = f"CASE maturity {RANKS} END"
PUBLISHED_CLOCKS = (Clock.STOCK, Clock.TWELVE_MONTH_ENDING)  # every other is made from months
KEY = ["place", "period_start", "period_end"]
Where = Mapping[str, Sequence[str]]
Values = dict[str, object]


def counts(
    connection: duckdb.DuckDBPyConnection,
    one: Metric,
    piece: Slice,
    of: Where,
    as_of: date,
    places: Sequence[str] | None,
) -> dict[str, Series]:
    """The events of a slice (those of the category ``of`` alone) by place, of ``places`` where given."""
    assert one.table
    source = catalog.source_of(one.table)
    values: Values = {"day": as_of}
    here = _at_places(piece, places, values)
    category = " AND ".join([_condition(one.where, "where", values), _condition(of, "of", values)])
    codes = (
        f"max(missing_code) FILTER ({category})"
        if one.table == "overdose_deaths"
        else "CAST(NULL AS VARCHAR)"
    )
    implied = source.zeros == "implied" and one.clock != Clock.STOCK
    # The facts are read once. Summed as decimals: a sum of floats depends on the order in which threads come by.
    cells = f"""
        SELECT place, period_start, period_end, vintage, part,
               max({MATURITY}) AS maturity, max({MATURITY}) FILTER ({category}) AS counted_maturity,
               sum(CAST({one.measure} AS DECIMAL(30, 8))) FILTER ({category}) AS value,
               {codes} AS missing_code
        FROM (SELECT * REPLACE ({_place(piece, values)} AS place) FROM {one.table}_asof($day))
        WHERE {_condition(piece.where, "covered", values)}
          AND {"true" if implied else here} GROUP BY ALL"""
    counted = f"""
        SELECT place, period_start, period_end, CAST(sum(value) AS DOUBLE) AS value,
               max(missing_code) AS missing_code, max(counted_maturity) AS maturity
        FROM cells WHERE {here} GROUP BY ALL"""
    periods = (
        _covered_months(one.table, here)
        if implied
        else f"""
        SELECT place, period_start, period_end, max(maturity) AS maturity,
               string_agg(DISTINCT vintage, '; ' ORDER BY vintage) AS vintage
        FROM cells WHERE {here} GROUP BY ALL"""
    )
    found = select(
        connection,
        f"WITH cells AS MATERIALIZED ({cells})"
        " SELECT place, period_start, period_end, coalesce(counted.maturity, periods.maturity) AS maturity,"
        f" vintage, value, missing_code FROM ({periods}) AS periods"
        f" LEFT JOIN ({counted}) AS counted USING (place, period_start, period_end) ORDER BY ALL",
        values,
    )
    if one.clock == Clock.STOCK:
        found = _without_estimated_days(connection, found)
    return _by_place(one, source, found)


def _without_estimated_days(connection: duckdb.DuckDBPyConnection, stocks: pl.DataFrame) -> pl.DataFrame:
    """Stocks of which only the month is known, from its first day on: they are as of the day of a release, and the
    last day of the month stands in for it."""
    estimated = select(
        connection,
        "SELECT vintage, released AS period_end, true AS loose FROM vintage WHERE released_estimated",
    )
    rows = stocks.join(estimated, on=["vintage", "period_end"], how="left", maintain_order="left")
    first = pl.when("loose").then(pl.col("period_start").dt.month_start()).otherwise("period_start")
    return rows.with_columns(period_start=first).drop("loose")


def _place(piece: Slice, values: Values) -> str:
    """Where a row is counted: at its own place, under the slice's, or under its corridor."""
    if piece.place == "corridor":
        known = corridors.corridor_of_areas()
        values |= {"areas": list(known), "corridors": list(known.values())}
        return "$corridors[list_position($areas, place)]"
    if piece.sum:
        values["sum_place"] = piece.place
        return "$sum_place"
    return "place"


def _at_places(piece: Slice, places: Sequence[str] | None, values: Values) -> str:
    if piece.place not in ("each", "corridor"):
        values["places"] = [piece.place]
    elif places is not None:
        values["places"] = list(places)
    else:
        return "place IS NOT NULL"
    return "list_contains($places, place)"


def _condition(where: Where, prefix: str, values: Values) -> str:
    """``column IN (…)`` for each entry, the values bound and not written out."""
    conditions = []
    for column, allowed in where.items():
        values[f"{prefix}_{column}"] = list(allowed)
        conditions.append(f"list_contains(${prefix}_{column}, {column})")
    return " AND ".join(conditions) or "true"


def _covered_months(table: str, here: str) -> str:
    """Every month that the parts behind the ``cells`` hold, at every one of the places.

    A month in which the whole slice has no row is as settled as the least settled month of its part.
    """
    return f"""
        WITH places AS (SELECT DISTINCT place FROM cells WHERE {here}),
        seen AS (SELECT vintage, part, period_start, max(maturity) AS maturity FROM cells GROUP BY ALL),
        held AS (
            SELECT vintage, part, maturity AS of_part,
                   CAST(unnest(generate_series(period_from, period_through, INTERVAL 1 MONTH)) AS DATE)
                       AS period_start
            FROM vintage_part
            JOIN (SELECT vintage, part, max(maturity) AS maturity FROM seen GROUP BY ALL) USING (vintage, part)
            WHERE fact = '{table}'
        )
        SELECT place, period_start, last_day(period_start) AS period_end,
               max(coalesce(maturity, of_part)) AS maturity,
               string_agg(DISTINCT vintage, '; ' ORDER BY vintage) AS vintage
        FROM held LEFT JOIN seen USING (vintage, part, period_start) CROSS JOIN places GROUP BY ALL"""


def _by_place(one: Metric, source: Source, rows: pl.DataFrame) -> dict[str, Series]:
    unknown = [place.id for place in catalog.places().values() if place.kind == "unknown"]
    rows = rows.filter(~pl.col("place").is_in(unknown))
    if rows.is_empty():
        return {}
    if source.zeros == "implied" and one.clock != Clock.STOCK:
        rows = _with_zeros(rows)
    absent = pl.col("value").is_null()
    rows = rows.with_columns(
        missing_code=pl.when(absent).then(pl.coalesce("missing_code", pl.lit("not_published"))),
        maturity=pl.col("maturity").replace_strict(
            dict(enumerate(MATURITIES)), default=None, return_dtype=pl.String
        ),
        numerator="value",
        lower=pl.lit(None, pl.Float64),
        upper=pl.lit(None, pl.Float64),
        denominator=pl.lit(None, pl.Float64),
        note=pl.lit(None, pl.String),
    )
    return {
        str(place[0]): Series(
            metric=one.id,
            place=str(place[0]),
            source=source.id,
            clock=one.clock if one.clock in PUBLISHED_CLOCKS else Clock.MONTH,
            unit=one.unit.removesuffix("_per_100k") if one.kind == "rate" else one.unit,
            kind=_kind(one),
            frame=frame.select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items()),
            breaks=catalog.breaks_of(source.id, one.clock),
            equal_age=one.equal_age,
        )
        for place, frame in rows.group_by("place", maintain_order=True)
    }


def _kind(one: Metric) -> str:
    """What the counted numbers are, before a rate, a share or a ratio is made of them."""
    kinds = {"stock": "stock", "amount": "amount", "ratio": "amount"}
    return kinds.get(one.kind, "count")


def _with_zeros(rows: pl.DataFrame) -> pl.DataFrame:
    """Zero where a month is covered and the place has no row; a row for months between that none covers."""
    first, last = rows["period_start"].min(), rows["period_start"].max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    months = pl.DataFrame({"period_start": pl.date_range(first, last, "1mo", eager=True)})
    grid = months.with_columns(period_end=pl.col("period_start").dt.month_end())
    grid = rows.select("place").unique(maintain_order=True).join(grid, how="cross")
    covered = pl.col("vintage").is_not_null()
    return grid.join(rows, on=KEY, how="left", maintain_order="left").with_columns(
        value=pl.when(covered).then(pl.col("value").fill_null(0.0))
    )
