"""A metric of the catalogue as series, read from the warehouse as it was known on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb
import polars as pl

from indicators import catalog
from indicators.catalog import Metric, Slice
from indicators.errors import UsageError
from indicators.metrics import ledger, published
from indicators.metrics.rates import as_rate, as_share
from indicators.metrics.series import COLUMNS, Series
from indicators.metrics.windows import windows
from indicators.periods import Clock
from indicators.warehouse import select

MATURITY = "CASE maturity WHEN 'final' THEN 0 WHEN 'provisional' THEN 1 ELSE 2 END"
MATURITIES = {0: "final", 1: "provisional", 2: "incomplete"}
Where = Mapping[str, Sequence[str]]


def metric(name: str) -> Metric:
    """One metric of the catalogue. Raises UsageError naming the nearest one."""
    import difflib

    found = catalog.metrics().get(name)
    if found is None:
        near = difflib.get_close_matches(name, catalog.metrics(), n=1)
        hint = f": do you mean {near[0]}?" if near else ": see `indicators metrics`"
        raise UsageError(f'no metric is called "{name}"{hint}')
    return found


def series(
    connection: duckdb.DuckDBPyConnection, name: str, place: str, as_of: date, window: Clock | None = None
) -> Series:
    """One metric at one place, as known on ``as_of``, over ``window`` instead of its own clock where given.

    Raises UsageError for an unknown metric or a place it does not exist for.
    """
    found = all_series(connection, name, as_of, [place], window)
    if place not in found:
        offered = ", ".join(offered_places(connection, name, as_of))
        raise UsageError(f"{name} has no {place}; it has {offered or 'no data in this warehouse'}")
    return found[place]


def offered_places(connection: duckdb.DuckDBPyConnection, name: str, as_of: date) -> list[str]:
    """The ids of the places a metric can be asked for."""
    return list(all_series(connection, name, as_of))


def all_series(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    as_of: date,
    places: Sequence[str] | None = None,
    window: Clock | None = None,
) -> dict[str, Series]:
    """One metric at every place it exists for (or at ``places``), by place."""
    one = metric(name)
    if one.kind == "published":
        return published.all_series(connection, one, as_of, places, window)
    if one.kind == "ledger":
        return ledger.all_series(connection, one, as_of, places, window)
    found: dict[str, Series] = {}
    for piece in one.slices:
        if places is None or piece.place == "each" or piece.place in places:
            found = {**_slice(connection, one, piece, as_of, places), **found}
    if one.kind == "rate":
        found = {place: _rate(connection, one, counts, as_of) for place, counts in found.items()}
    if window and window != one.clock:
        found = {place: _over(one, counted, window) for place, counted in found.items()}
    return found


def _over(one: Metric, counted: Series, window: Clock) -> Series:
    if counted.clock != Clock.MONTH:
        raise UsageError(f"{one.id} is published as {counted.clock}: it can't be summed to {window}")
    return windows(counted, window)


def _slice(
    connection: duckdb.DuckDBPyConnection,
    one: Metric,
    piece: Slice,
    as_of: date,
    places: Sequence[str] | None,
) -> dict[str, Series]:
    counted = _count(connection, one, piece, {}, as_of, places)
    if one.kind == "share":
        part = _count(connection, one, piece, one.of, as_of, places)
        counted = {place: _share(one, part[place], whole) for place, whole in counted.items()}
    elif one.clock == Clock.TWELVE_MONTH_ROLLING:
        counted = {place: windows(monthly, one.clock) for place, monthly in counted.items()}
    return counted


def _share(one: Metric, part: Series, whole: Series) -> Series:
    if one.clock == Clock.TWELVE_MONTH_ROLLING:
        return as_share(windows(part, one.clock), windows(whole, one.clock))
    return as_share(part, whole)


def _rate(connection: duckdb.DuckDBPyConnection, one: Metric, counts: Series, as_of: date) -> Series:
    rows = select(
        connection,
        "SELECT period_start AS day, population_persons AS population, vintage FROM population_asof($day)"
        " WHERE place = $place AND vintage LIKE $source ORDER BY day",
        {"day": as_of, "place": counts.place, "source": f"{one.population}-%"},
    )
    return as_rate(counts, rows.select("day", "population"), "; ".join(sorted(rows["vintage"].unique())))


def _count(
    connection: duckdb.DuckDBPyConnection,
    one: Metric,
    piece: Slice,
    of: Where,
    as_of: date,
    places: Sequence[str] | None,
) -> dict[str, Series]:
    """The events of a slice by place: a monthly (or published) count or stock, zeros filled in."""
    values: dict[str, object] = {"day": as_of}
    covered = _condition(piece.where, "covered", values)
    category = " AND ".join([_condition(one.where, "where", values), _condition(of, "of", values)])
    place = "$sum_place" if piece.sum else "place"
    if piece.sum:
        values["sum_place"] = piece.place
    elif piece.place != "each":
        values["one_place"] = piece.place
        covered += " AND place = $one_place"
    elif places is not None:
        values["places"] = list(places)
        covered += " AND list_contains($places, place)"
    periods = f"""
        SELECT period_start, period_end, max({MATURITY}) AS maturity,
               string_agg(DISTINCT vintage, '; ' ORDER BY vintage) AS vintage, {place} AS place
        FROM {one.table}_asof($day) WHERE {covered} GROUP BY ALL"""
    codes = "max(missing_code)" if one.table == "overdose_deaths" else "CAST(NULL AS VARCHAR)"
    counted = f"""
        SELECT period_start, period_end, {place} AS place, CAST(sum({one.measure}) AS DOUBLE) AS value,
               {codes} AS missing_code, max({MATURITY}) AS maturity
        FROM {one.table}_asof($day) WHERE {covered} AND {category} GROUP BY ALL"""
    rows = select(
        connection,
        f"SELECT periods.* EXCLUDE (maturity), coalesce(counted.maturity, periods.maturity) AS maturity,"
        f" value, missing_code FROM ({periods}) AS periods"
        f" LEFT JOIN ({counted}) AS counted USING (place, period_start, period_end) ORDER BY place, period_start",
        values,
    )
    source = next(found for found in catalog.sources().values() if found.table == one.table)
    return _by_place(one, source, rows)


def _condition(where: Where, prefix: str, values: dict[str, object]) -> str:
    """``column IN (…)`` for each entry, the values bound and not written out."""
    conditions = []
    for column, allowed in where.items():
        values[f"{prefix}_{column}"] = list(allowed)
        conditions.append(f"list_contains(${prefix}_{column}, {column})")
    return " AND ".join(conditions) or "true"


def _by_place(one: Metric, source: catalog.Source, rows: pl.DataFrame) -> dict[str, Series]:
    known = catalog.places()
    rows = rows.filter(
        ~pl.col("place").is_in([place.id for place in known.values() if place.kind == "unknown"])
    )
    if rows.is_empty():
        return {}
    if source.zeros == "implied" and one.clock != Clock.STOCK:
        rows = _with_zeros(rows)
    monthly = one.clock not in (Clock.STOCK, Clock.TWELVE_MONTH_ENDING)
    clock = Clock.MONTH if monthly else one.clock
    absent = pl.col("value").is_null()
    rows = rows.with_columns(
        missing_code=pl.when(absent).then(pl.coalesce("missing_code", pl.lit("not_published"))),
        maturity=pl.col("maturity").replace_strict(MATURITIES, default=None, return_dtype=pl.String),
        numerator="value",
        lower=pl.lit(None, pl.Float64),
        upper=pl.lit(None, pl.Float64),
        denominator=pl.lit(None, pl.Float64),
        note=pl.lit(None, pl.String),
    )
    kind = "stock" if one.kind == "stock" else "count"
    return {
        str(place[0]): Series(
            metric=one.id,
            place=str(place[0]),
            source=source.id,
            clock=clock,
            unit=_counted_unit(one),
            kind=kind,
            frame=frame.select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items()),
            breaks=catalog.breaks_of(source.id, one.clock),
        )
        for place, frame in rows.group_by("place", maintain_order=True)
    }


def _counted_unit(one: Metric) -> str:
    """What is counted, before a rate or a share is made of it."""
    return one.unit.removesuffix("_per_100k") if one.kind == "rate" else one.unit


def _with_zeros(rows: pl.DataFrame) -> pl.DataFrame:
    """Zero where the month is covered and the place has no row; missing where no release covers the month."""
    periods = rows.group_by("period_start", "period_end").agg(
        pl.col("maturity").max().alias("period_maturity"), pl.col("vintage").first().alias("period_vintage")
    )
    months = pl.DataFrame(
        {
            "period_start": pl.date_range(
                periods["period_start"].min(), periods["period_start"].max(), "1mo", eager=True
            )
        }
    ).with_columns(period_end=pl.col("period_start").dt.month_end())
    grid = rows.select("place").unique(maintain_order=True).join(months, how="cross")
    covered = pl.col("period_maturity").is_not_null()
    return (
        grid.join(periods, on=["period_start", "period_end"], how="left")
        .join(rows, on=["place", "period_start", "period_end"], how="left", maintain_order="left")
        .with_columns(
            value=pl.when(covered).then(pl.col("value").fill_null(0.0)),
            maturity=pl.coalesce("maturity", "period_maturity"),
            vintage=pl.coalesce("vintage", "period_vintage"),
        )
        .sort("place", "period_start")
    )
