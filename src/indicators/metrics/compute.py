"""A metric of the catalogue as series, read from the warehouse as it was known on a day."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date

import duckdb
import polars as pl

from indicators import catalog
from indicators.catalog import Metric, Slice
from indicators.errors import NotHeld, UsageError
from indicators.metrics.counts import counts
from indicators.metrics.rates import as_rate, as_share
from indicators.metrics.ratios import over_earlier_years, quotient
from indicators.metrics.series import Series
from indicators.metrics.windows import window_of, windows
from indicators.periods import Clock
from indicators.warehouse.query import select


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

    Raises UsageError for an unknown metric or a place it does not exist for, NotHeld where no release of it was
    out by then.
    """
    found = all_series(connection, name, as_of, [place], window)
    if not found and (searched := metric(name).searched):
        raise UsageError(f"{name}: no public figure was found. Searched: {searched.en}")
    if place not in found:
        offered = offered_places(connection, name, as_of)
        if not offered:
            raise NotHeld(name, as_of)
        raise UsageError(f"{name} has no {place}; it has {', '.join(offered)}")
    return found[place]


def default_place(connection: duckdb.DuckDBPyConnection, name: str, as_of: date) -> str:
    """The place a metric is shown for when none is asked for: its first named one, else a nation, else any.

    Raises UsageError for an unknown metric, and for one that has no data.
    """
    named = [place for place in metric(name).places() if place in catalog.places()]
    offered = named or offered_places(connection, name, as_of)
    nations = [place for place in offered if catalog.places()[place].kind == "nation"]
    if not offered:
        raise NotHeld(name, as_of)
    return (named or nations or offered)[0]


def offered_places(connection: duckdb.DuckDBPyConnection, name: str, as_of: date) -> list[str]:
    """The ids of the places a metric can be asked for."""
    return list(all_series(connection, name, as_of))


memo: dict[tuple[object, ...], dict[str, Series]] | None = (
    None  # of a process that reads one unchanging warehouse
)


def all_series(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    as_of: date,
    places: Sequence[str] | None = None,
    window: Clock | None = None,
) -> dict[str, Series]:
    """Return one metric at every place it exists for (or at ``places``), by place.

    A share over rolling years can also be asked by months, for its process chart.
    """
    if memo is None:
        return _all_series(connection, metric(name), as_of, places, window)
    question = (name, as_of, None if places is None else tuple(places), window)
    if question not in memo:
        memo[question] = _all_series(connection, metric(name), as_of, places, window)
    return memo[question]


def _all_series(
    connection: duckdb.DuckDBPyConnection,
    one: Metric,
    as_of: date,
    places: Sequence[str] | None,
    window: Clock | None,
) -> dict[str, Series]:
    if one.kind == "published":
        from indicators.metrics import published

        return published.all_series(connection, one, as_of, places, window)
    if one.kind == "ledger":
        from indicators.metrics import ledger

        return ledger.all_series(connection, one, as_of, places, window)
    if one.kind == "quotient":
        quotients = _quotients(connection, one, as_of, places)
        return {place: _over(one, made, window or one.clock) for place, made in quotients.items()}
    found: dict[str, Series] = {}
    for piece in one.slices:
        wanted = places is None or not found.keys() >= set(places)  # the first slice that has a place counts
        if wanted and (places is None or piece.place in ("each", "corridor", *places)):
            found = {**_slice(connection, one, piece, as_of, places, window), **found}
    if one.kind == "rate":
        found = {place: _rate(connection, one, counted, as_of) for place, counted in found.items()}
    if window and window != one.clock:
        found = {place: _over(one, counted, window) for place, counted in found.items()}
    return found


def _over(one: Metric, counted: Series, window: Clock) -> Series:
    if counted.clock == window:
        return counted
    if counted.clock == Clock.TWELVE_MONTH_ROLLING and window in (Clock.YEAR, Clock.FISCAL_YEAR):
        whole = pl.col("period_end").map_elements(lambda day: window_of(day, window)[1], return_dtype=pl.Date)
        rows = counted.frame.filter(pl.col("period_end") == whole)
        return dataclasses.replace(counted, clock=window, frame=rows)
    if counted.clock != Clock.MONTH:
        raise UsageError(f"{one.id} is published as {counted.clock}: it can't be summed to {window}")
    return windows(counted, window)


def _slice(
    connection: duckdb.DuckDBPyConnection,
    one: Metric,
    piece: Slice,
    as_of: date,
    places: Sequence[str] | None,
    window: Clock | None,
) -> dict[str, Series]:
    counted = counts(connection, one, piece, {}, as_of, places)
    if one.kind == "share":
        clock = Clock.MONTH if window == Clock.MONTH else one.clock
        part = counts(connection, one, piece, one.of, as_of, places)
        counted = {place: _share(clock, part[place], whole) for place, whole in counted.items()}
    elif one.kind == "ratio":
        assert one.over_years
        counted = {place: over_earlier_years(monthly, one.over_years) for place, monthly in counted.items()}
    elif one.clock == Clock.TWELVE_MONTH_ROLLING:
        counted = {place: windows(monthly, one.clock) for place, monthly in counted.items()}
    return counted


def _share(clock: Clock, part: Series, whole: Series) -> Series:
    if clock == Clock.TWELVE_MONTH_ROLLING:
        return as_share(windows(part, clock), windows(whole, clock))
    return as_share(part, whole)


def _quotients(
    connection: duckdb.DuckDBPyConnection, one: Metric, as_of: date, places: Sequence[str] | None
) -> dict[str, Series]:
    tops, bottoms = (all_series(connection, name, as_of, places, one.clock) for name in one.over)
    return {place: quotient(one.id, top, bottoms[place]) for place, top in tops.items() if place in bottoms}


def _rate(connection: duckdb.DuckDBPyConnection, one: Metric, counted: Series, as_of: date) -> Series:
    rows = select(
        connection,
        "SELECT period_start AS day, population_persons AS population, vintage FROM population_asof($day)"
        " WHERE place = $place AND starts_with(vintage, $source) ORDER BY day",
        {"day": as_of, "place": counted.place, "source": f"{one.population}-"},
    )
    return as_rate(counted, rows.select("day", "population"), "; ".join(sorted(rows["vintage"].unique())))
