"""A metric of the catalogue as series, read from the warehouse as of a day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from indicators import catalog
from indicators.catalog import Metric, Slice
from indicators.errors import NotHeld, UsageError
from indicators.metrics.counts import Question, counts
from indicators.metrics.rates import as_rate, as_share
from indicators.metrics.ratios import over_earlier_years, quotient
from indicators.metrics.series import Series, weakest
from indicators.metrics.windows import window_of, windows
from indicators.periods import Clock
from indicators.warehouse.query import provenances, select

# The answers of a process that reads one unchanging warehouse; None where the warehouse may change.
memo: dict[tuple[object, ...], dict[str, Series]] | None = None
memo_of: Path | None = None  # the file of the warehouse whose series the memo contains


def metric(name: str) -> Metric:
    """Return a metric of the catalogue. Raise UsageError with the nearest name where none has this one."""
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
    """Return a metric at a place from the releases out by ``as_of``, over ``window`` or its own clock.

    Raise UsageError for an unknown metric or a place that it lacks, NotHeld where none of its releases was out.
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
    """Return the place to show a metric for: the first that the catalogue names, else a nation, else any.

    Raise UsageError for an unknown metric, NotHeld for one without data.
    """
    named = [place for place in metric(name).places() if place in catalog.places()]
    offered = named or offered_places(connection, name, as_of)
    nations = [place for place in offered if catalog.places()[place].kind == "nation"]
    if not offered:
        raise NotHeld(name, as_of)
    return (named or nations or offered)[0]


def offered_places(connection: duckdb.DuckDBPyConnection, name: str, as_of: date) -> list[str]:
    """Return the ids of the places that a metric has a series for."""
    return list(all_series(connection, name, as_of))


def forget_other_than(warehouse: Path) -> None:
    """Empty the memo if its series are of another warehouse than this file."""
    global memo_of
    if memo is not None and memo_of != warehouse.resolve():
        memo.clear()
        memo_of = warehouse.resolve()


def all_series(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    as_of: date,
    places: Sequence[str] | None = None,
    window: Clock | None = None,
) -> dict[str, Series]:
    """Return a metric at every place that it exists for (or at ``places``), by place.

    ``window`` replaces its own clock. A share over rolling years can also be asked by months, for its process chart.
    Raise UsageError for an unknown metric, or a clock that it can't be summed to.
    """
    asked = Question(connection, as_of, places, window)
    if memo is None:
        return _with_provenance(connection, _all_series(asked, metric(name)))
    key = (name, as_of, None if places is None else tuple(places), window)
    if key not in memo:
        memo[key] = _with_provenance(connection, _all_series(asked, metric(name)))
    return memo[key]


def _with_provenance(connection: duckdb.DuckDBPyConnection, found: dict[str, Series]) -> dict[str, Series]:
    """Return the series with the weakest provenance of the releases behind each value."""
    known = provenances(connection)

    def of_cell(cell: str) -> str | None:
        return weakest(known.get(one) for one in cell.split("; "))

    def filled(one: Series) -> Series:
        cells = {cell: of_cell(cell) for cell in one.frame["vintage"].drop_nulls().unique()}
        column = pl.col("vintage").replace_strict(cells, default=None, return_dtype=pl.String)
        return replace(one, frame=one.frame.with_columns(provenance=column))

    return {place: filled(one) for place, one in found.items()}


def _all_series(asked: Question, one: Metric) -> dict[str, Series]:
    places, window = asked.places, asked.window
    if one.kind == "published":
        from indicators.metrics import published

        return published.all_series(asked, one)
    if one.kind == "ledger":
        from indicators.metrics import ledger

        return ledger.all_series(asked, one)
    if one.kind == "quotient":
        return {place: _over(one, made, window or one.clock) for place, made in _quotients(asked, one).items()}
    found: dict[str, Series] = {}
    for piece in one.slices:
        wanted = places is None or not found.keys() >= set(places)  # the first slice that has a place counts
        if wanted and (places is None or piece.place in ("each", "corridor", *places)):
            found = {**_slice(asked, one, piece), **found}
    if one.kind == "rate":
        found = {place: _rate(asked, one, counted) for place, counted in found.items()}
    if window and window != one.clock:
        found = {place: _over(one, counted, window) for place, counted in found.items()}
    return found


def _over(one: Metric, counted: Series, window: Clock) -> Series:
    if counted.clock == window:
        return counted
    if counted.clock == Clock.TWELVE_MONTH_ROLLING and window in (Clock.YEAR, Clock.FISCAL_YEAR):
        whole = pl.col("period_end").map_elements(lambda day: window_of(day, window)[1], return_dtype=pl.Date)
        rows = counted.frame.filter(pl.col("period_end") == whole)
        return replace(counted, clock=window, frame=rows)
    if counted.clock != Clock.MONTH:
        raise UsageError(f"{one.id} is published as {counted.clock}: it can't be summed to {window}")
    return windows(counted, window)


def _slice(asked: Question, one: Metric, piece: Slice) -> dict[str, Series]:
    counted = counts(asked, one, piece, {})
    if one.kind == "ratio":
        assert one.over_years
        return {place: over_earlier_years(monthly, one.over_years) for place, monthly in counted.items()}
    parts = counts(asked, one, piece, one.of) if one.kind == "share" else {}
    if one.clock == Clock.TWELVE_MONTH_ROLLING and not (parts and asked.window == Clock.MONTH):
        counted, parts = (
            {place: windows(monthly, one.clock) for place, monthly in found.items()} for found in (counted, parts)
        )
    return {place: as_share(parts[place], whole) for place, whole in counted.items()} if parts else counted


def _quotients(asked: Question, one: Metric) -> dict[str, Series]:
    tops, bottoms = (all_series(asked.connection, name, asked.as_of, asked.places, one.clock) for name in one.over)
    return {place: quotient(one.id, top, bottoms[place]) for place, top in tops.items() if place in bottoms}


def _rate(asked: Question, one: Metric, counted: Series) -> Series:
    rows = select(
        asked.connection,
        "SELECT period_start AS day, population_persons AS population, vintage FROM population_asof($day)"
        " WHERE place = $place AND starts_with(vintage, $source) ORDER BY day",
        {"day": asked.as_of, "place": counted.place, "source": f"{one.population}-"},
    )
    return as_rate(counted, rows.select("day", "population"), "; ".join(sorted(rows["vintage"].unique())))
