"""Monthly (or published) counts, amounts and stocks of a metric, by place, from its table of facts.

A source whose zeros are implied writes no row where nothing happened: a month without rows is zero where a release
covers it, and missing where none does (the rule on blank months is in ``readers.base``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import polars as pl

from indicators import catalog
from indicators.catalog import Metric, Slice, Source, corridors
from indicators.catalog.schema import MATURITIES
from indicators.metrics.series import Series, series_frame
from indicators.periods import Clock
from indicators.warehouse.query import select

RANKS = " ".join(f"WHEN '{name}' THEN {rank}" for rank, name in enumerate(MATURITIES))
MATURITY = f"CASE maturity {RANKS} END"
PUBLISHED_CLOCKS = (Clock.STOCK, Clock.TWELVE_MONTH_ENDING, Clock.YEAR)  # every other is made from months
KINDS = {"stock": "stock", "amount": "amount", "ratio": "amount"}  # of what is counted; others count events
Where = Mapping[str, Sequence[str]]
Values = dict[str, object]


@dataclass(frozen=True)
class Question:
    """The day, the places (all of them where None) and the window for which a warehouse is asked."""

    connection: duckdb.DuckDBPyConnection
    as_of: date
    places: Sequence[str] | None = None
    window: Clock | None = None


def counts(asked: Question, metric: Metric, piece: Slice, of: Where) -> dict[str, Series]:
    """Return the events of a slice (of the category ``of`` alone), by place."""
    assert metric.table
    source = catalog.source_of(metric.table)
    values: Values = {"day": asked.as_of}
    here = _at_places(piece, asked.places, values)
    category = " AND ".join([_condition(metric.where, "where", values), _condition(of, "of", values)])
    codes = f"max(missing_code) FILTER ({category})" if metric.table == "overdose_deaths" else "CAST(NULL AS VARCHAR)"
    implied = source.zeros == "implied" and metric.clock != Clock.STOCK
    # The facts are read once. Summed as decimals: a sum of floats depends on the order in which threads come by.
    cells = f"""
        SELECT place, period_start, period_end, vintage, part,
               max({MATURITY}) AS maturity, max({MATURITY}) FILTER ({category}) AS counted_maturity,
               sum(CAST({metric.measure} AS DECIMAL(30, 8))) FILTER ({category}) AS value,
               {codes} AS missing_code
        FROM (SELECT * REPLACE ({_place(piece, values)} AS place) FROM {metric.table}_asof($day))
        WHERE {_condition(piece.where, "covered", values)}
          AND {"true" if implied else here} GROUP BY ALL"""
    counted = f"""
        SELECT place, period_start, period_end, CAST(sum(value) AS DOUBLE) AS value,
               max(missing_code) AS missing_code, max(counted_maturity) AS maturity
        FROM cells WHERE {here} GROUP BY ALL"""
    periods = (
        _covered_months(metric.table, here)
        if implied
        else f"""
        SELECT place, period_start, period_end, max(maturity) AS maturity,
               coalesce(string_agg(DISTINCT vintage, '; ' ORDER BY vintage) FILTER (counted_maturity IS NOT NULL),
                        string_agg(DISTINCT vintage, '; ' ORDER BY vintage)) AS vintage
        FROM cells WHERE {here} GROUP BY ALL"""
    )
    blank = f"""
        SELECT DISTINCT place, period_start, true AS unreported
        FROM (SELECT * REPLACE ({_place(piece, values)} AS place)
              FROM unreported SEMI JOIN in_effect('{metric.table}', $day) AS newest
              ON unreported.vintage = newest.vintage AND unreported.part = newest.part
              AND period_start BETWEEN newest.period_from AND newest.period_through)
        WHERE {here}"""
    found = select(
        asked.connection,
        f"WITH cells AS MATERIALIZED ({cells})"
        " SELECT place, period_start, period_end, coalesce(counted.maturity, periods.maturity) AS maturity,"
        f" vintage, CASE WHEN unreported THEN NULL ELSE value END AS value, missing_code,"
        f" coalesce(unreported, false) AS unreported FROM ({periods}) AS periods"
        f" LEFT JOIN ({counted}) AS counted USING (place, period_start, period_end)"
        f" LEFT JOIN ({blank}) AS blank USING (place, period_start) ORDER BY ALL",
        values,
    )
    if metric.clock == Clock.STOCK:
        found = _without_estimated_days(asked.connection, found)
    return _by_place(metric, source, found)


def facts(asked: Question, metric: Metric, piece: Slice) -> pl.DataFrame:
    """Return the rows that ``counts`` adds up, each with its release and its own place."""
    values: Values = {"day": asked.as_of}
    here = _at_places(piece, asked.places, values)
    category = _condition(piece.where, "covered", values), _condition(metric.where, "where", values)
    where = " AND ".join([here, *category])
    return select(
        asked.connection,
        f"SELECT * EXCLUDE own REPLACE (own AS place) FROM (SELECT * REPLACE ({_place(piece, values)} AS place),"
        f" place AS own FROM {metric.table}_asof($day)) WHERE {where} ORDER BY ALL",
        values,
    )


def _without_estimated_days(connection: duckdb.DuckDBPyConnection, stocks: pl.DataFrame) -> pl.DataFrame:
    """Extend the period of a snapshot to its whole month where its day is only estimated from the month."""
    estimated = select(
        connection,
        "SELECT vintage, released AS period_end, true AS loose FROM vintage WHERE released_estimated",
    )
    rows = stocks.join(estimated, on=["vintage", "period_end"], how="left", maintain_order="left")
    first = pl.when("loose").then(pl.col("period_start").dt.month_start()).otherwise("period_start")
    return rows.with_columns(period_start=first).drop("loose")


def _place(piece: Slice, values: Values) -> str:
    """Return the place of a row in SQL: its own, the place of the slice, or its corridor."""
    if piece.place == "corridor":
        by_area = corridors.corridor_of_areas()
        values |= {"areas": list(by_area), "corridors": list(by_area.values())}
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
    """Return ``column IN (…)`` in SQL for each entry of ``where``, with the values bound by name."""
    conditions = []
    for column, allowed in where.items():
        values[f"{prefix}_{column}"] = list(allowed)
        conditions.append(f"list_contains(${prefix}_{column}, {column})")
    return " AND ".join(conditions) or "true"


def _covered_months(table: str, here: str) -> str:
    """Return the SQL of every month that the parts behind the ``cells`` cover, at each of the places.

    A month without any row of the slice has the lowest maturity of its part.
    """
    return f"""
        WITH places AS (SELECT DISTINCT place FROM cells WHERE {here}),
        seen AS (SELECT vintage, part, period_start, max(maturity) AS maturity FROM cells GROUP BY ALL),
        covered AS (
            SELECT vintage, part, maturity AS of_part, period_through,
                   CAST(unnest(generate_series(period_from, period_through, INTERVAL 1 MONTH)) AS DATE)
                       AS period_start
            FROM in_effect('{table}', $day)
            JOIN (SELECT vintage, part, max(maturity) AS maturity FROM seen GROUP BY ALL) USING (vintage, part)
        )
        SELECT place, period_start, last_day(period_start) AS period_end,  -- a month that had not ended is not covered
               max(coalesce(maturity, of_part)) AS maturity,
               string_agg(DISTINCT vintage, '; ' ORDER BY vintage) AS vintage
        FROM covered LEFT JOIN seen USING (vintage, part, period_start) CROSS JOIN places
        WHERE last_day(period_start) <= period_through GROUP BY ALL"""


def _by_place(metric: Metric, source: Source, rows: pl.DataFrame) -> dict[str, Series]:
    unknown = [place.id for place in catalog.places().values() if place.kind == "unknown"]
    rows = rows.filter(~pl.col("place").is_in(unknown))
    if rows.is_empty():
        return {}
    if source.zeros == "implied" and metric.clock != Clock.STOCK:
        rows = _with_zeros(rows)
    absent = pl.col("value").is_null()
    rows = rows.with_columns(
        missing_code=pl.when(absent).then(pl.coalesce("missing_code", pl.lit("not_published"))),
        maturity=pl.col("maturity").replace_strict(dict(enumerate(MATURITIES)), default=None, return_dtype=pl.String),
        numerator="value",
    )
    return {
        str(place): Series(
            metric=metric.id,
            place=str(place),
            source=source.id,
            clock=metric.clock if metric.clock in PUBLISHED_CLOCKS else Clock.MONTH,
            unit=metric.unit.removesuffix("_per_100k") if metric.kind == "rate" else metric.unit,
            kind=KINDS.get(metric.kind, "count"),
            frame=series_frame(frame),
            breaks=catalog.breaks_of(source.id, metric.clock),
            equal_age=metric.equal_age,
        )
        for (place,), frame in rows.group_by("place", maintain_order=True)
    }


def _with_zeros(rows: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each place and month, with zero where a release covers the month and the place has no row."""
    starts = rows["period_start"].to_list()
    months = pl.select(period_start=pl.date_range(min(starts), max(starts), "1mo"))
    grid = rows.select("place").unique(maintain_order=True).join(months, how="cross")
    grid = grid.with_columns(period_end=pl.col("period_start").dt.month_end())
    covered = pl.col("vintage").is_not_null() & ~pl.col("unreported")
    return grid.join(rows, on=["place", "period_start", "period_end"], how="left", maintain_order="left").with_columns(
        value=pl.when(covered).then(pl.col("value").fill_null(0.0))
    )
