"""The figures, as an analyst asks for them in a notebook: ``indicators.metric(…)``.

The project is the folder that ``paths.home`` finds; a missing warehouse is built. ``use`` sets the quarter, the
language, the as-of day and the kind of frames for all calls; without it, figures are as of the newest release. An
argument that does not fit raises an IndicatorsError with the values that fit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import polars as pl

from indicators import catalog
from indicators.errors import NotHeld, UsageError
from indicators.metrics import compute
from indicators.metrics import frames as output
from indicators.metrics.windows import SUMMED
from indicators.paths import home
from indicators.periods import Clock, parse_day
from indicators.report.view import Figures, View, current, framed, series_of
from indicators.warehouse import freshness
from indicators.warehouse import query as warehouse

if TYPE_CHECKING:
    from indicators.report.explain import Explanation

EVERY_PLACE, EVERY_STATE = "each", "states"
CHANGE: dict[str, type[pl.DataType]] = {
    "metric": pl.String, "place": pl.String, "clock": pl.String, "period_start": pl.Date, "period_end": pl.Date,
    "value": pl.Float64, "value_before": pl.Float64, "unit": pl.String, "change": pl.Float64, "lower": pl.Float64,
    "upper": pl.Float64, "scale": pl.String, "method": pl.String, "distinguishable": pl.Boolean,
    "verdict": pl.String, "reason": pl.String, "break": pl.String,
}  # fmt: skip


def metric(
    name: str | Sequence[str],
    place: str | Sequence[str] | None = None,
    *,
    window: str | None = None,
    as_of: str | date | None = None,
) -> Any:
    """Return one metric (or several) at one place (or several) as a tidy frame.

    Parameters
    ----------
    name: the id of a metric, or several; ``all_metrics`` lists them.
    place: an id such as ``MX``, ``US-SWB`` or ``MX-CHH``, or several; ``"states"`` for every state and ``"each"`` for
        every place of the metric. Without it, the metric's first place.
    window: the sum of months: ``quarter``, ``year``, ``year_to_date``, ``fiscal_year``, ``fiscal_year_to_date``,
        ``12_month_rolling``.
    as_of: only releases out by this day count, such as ``2024-08-31``; without it, the day of ``use``.

    Returns one row for each place and period, oldest first: ``value`` in ``unit`` with its interval ``lower``,
    ``upper``; ``maturity`` (final, provisional, incomplete); ``missing_code``, why a value is absent; ``vintage``, the
    releases behind the value; ``provenance``, the weakest of these releases (agency_bytes, as_received, re_exported,
    rebuilt, transcribed; null for a figure of a document); ``numerator`` and ``denominator`` of a rate or share;
    ``note``, a break inside the period. A metric of which no release was out has one row without a period.

    Raises UsageError for a metric, place or window that does not exist, and names the nearest one.

    >>> import indicators
    >>> years = indicators.metric("mx_homicide_victims", "MX", window="year")
    >>> years.select("period_end", "value", "maturity").row(0)
    (datetime.date(2015, 12, 31), 17884.0, 'final')
    """
    view = _view(as_of)
    names = [name] if isinstance(name, str) else list(name)
    return framed(pl.concat(rows for one in names for rows in _rows(view, one, place, _window(window))))


def change(
    figures: Figures | str,
    place: str | Sequence[str] | None = None,
    *,
    window: str = Clock.TWELVE_MONTH_ROLLING,
    as_of: str | date | None = None,
) -> Any:
    """Return the change of each series, its newest period against the one a year before.

    Parameters
    ----------
    figures: a frame of ``metric``, or the id of a metric at ``place`` on the day ``as_of``, which ``metric`` explains.
    window: the sum that months are compared by, such as ``year_to_date``; an incomplete month does not count. Series
        that are no months are compared as they are.

    Returns one row for each metric and place: ``value`` and ``value_before``; ``change`` with its 95 % interval
    ``lower``, ``upper`` as a ``scale`` of ``ratio`` (0.9 is a fall of 10 %) or ``difference``; ``distinguishable``,
    true if the interval leaves out no change; the ``verdict`` of the scorecard's rule; where nothing can be said, the
    ``reason`` why, and the ``break``.

    Raises UsageError for a frame that does not come from ``metric``, NotHeld for one without a value.

    >>> import indicators
    >>> indicators.change("mx_homicide_victims", "MX", window="year")["scale"].to_list()
    ['ratio']
    """
    from indicators.metrics.change import year_on_year
    from indicators.metrics.status import status

    if isinstance(figures, str):
        figures = metric(figures, place, as_of=as_of)
    summed = _window(window) or Clock.TWELVE_MONTH_ROLLING
    rows = []
    for one in series_of(figures):
        found = year_on_year(one, clock=summed)
        described = catalog.metrics()[one.metric]
        verdict = None if described.klass == "ledger" else status(described, found).code
        first, last = found.later_period or (None, None)
        amount = found.ratio if found.scale == "ratio" else found.difference
        clock = summed if one.clock == Clock.MONTH else one.clock
        rows.append(
            (
                *(one.metric, one.place, str(clock), first, last, found.later, found.earlier, one.unit),
                *(amount, found.lower, found.upper, found.scale, found.method, found.distinguishable),
                *(verdict, found.reason, found.broken.id if found.broken else None),
            )
        )
    return framed(pl.DataFrame(rows, CHANGE, orient="row"))


def explain(
    metric: str,
    place: str | None = None,
    period: str | None = None,
    *,
    as_of: str | date | None = None,
    window: str | None = None,
) -> Explanation:
    """Return the chain of one number, from its value back to the cells of the agency's file that are added up.

    Parameters
    ----------
    metric, place, as_of, window: as for ``metric``, of one metric at one place.
    period: such as ``2025-03``, ``2025``, ``2025Q1`` or, for a stock, ``2025-03-31``; without it, the newest value.
        A year or a quarter of a metric by months is the sum of its months.

    The chain prints in words: formula, breaks, releases and the first cells. Its ``cells`` is a frame of all of them,
    one row a cell: ``file``, ``line`` (the header is line 1), ``column``, ``text`` as published and its ``number``.
    Without the agency's file they are rows of the edition; a number entered by hand has its figures or events.

    Raises UsageError for a metric, place or period without a value, and names the first and the last period.

    >>> import indicators
    >>> chain = indicators.explain("mx_homicide_victims", "MX", "2025-03")
    >>> chain.cells["number"].sum() == chain.row["value"]
    True
    """
    from indicators.report.explain import chain

    return chain(_view(as_of), metric, place, period, _window(window))


def all_metrics(containing: str = "") -> Any:
    """Return the metrics of the catalogue whose id or name contains some letters; without them, all.

    One row a metric: ``metric`` (its id), ``name``, ``unit``, ``tier`` (A: public tables, B: published figures, C: the
    ledger), ``clock`` (the length of a period), ``places`` (ids, or ``each`` place of its table) and ``source`` (ids of
    ``all_sources``, or the table entered by hand).

    >>> import indicators
    >>> indicators.all_metrics("feminicid")["metric"].to_list()[0]
    'mx_feminicide_victims'
    """
    text = current().text
    names = {one.id: one.name[text.lang] for one in catalog.metrics().values()}
    rows = [
        (one.id, names[one.id], text.unit(one.unit), one.tier, str(one.clock), _places(one), _source(one))
        for one in catalog.metrics().values()
        if containing.casefold() in f"{one.id} {names[one.id]}".casefold()
    ]
    return _framed(rows, "metric name unit tier clock places source")


def all_sources() -> Any:
    """Return the public series of the project, one row a source.

    ``source`` (its id), ``name``, ``agency``, the fact ``table`` it fills in the warehouse, ``cadence_days`` between
    two releases, ``licence`` and ``url``.

    >>> import indicators
    >>> "sesnsp_victims" in indicators.all_sources()["source"]
    True
    """
    lang = current().text.lang
    rows = [
        (one.id, one.name[lang], one.agency[lang], one.table, one.cadence_days, one.licence[lang], one.url)
        for one in catalog.sources().values()
    ]
    return _framed(rows, "source name agency table cadence_days licence url", cadence_days=pl.Int64)


def places(metric: str, *, as_of: str | date | None = None) -> Any:
    """Return the places a metric can be asked for: ``place`` (its id), ``name``, ``kind`` and ``country``.

    Raises UsageError for an unknown metric.

    >>> import indicators
    >>> indicators.places("sw_encounters")["place"].to_list()[:2]
    ['US-AZ', 'US-CA']
    """
    view = _view(as_of)
    found = [catalog.places()[one] for one in compute.offered_places(view.connection, metric, view.as_of)]
    rows = [(one.id, one.name(view.text.lang), one.kind, one.country) for one in found]
    return _framed(rows, "place name kind country")


def breaks(metric: str) -> Any:
    """Return the dates across which a metric's numbers are not comparable, oldest first.

    One row a break: its id, ``first`` and ``last`` day, true if it ``blocks`` comparisons and if it ``splits`` sums,
    the ``reason`` and a ``url``. Raises UsageError for an unknown metric.

    >>> import indicators
    >>> indicators.breaks("mx_homicide_victims")["break"].to_list()
    ['sesnsp_rnid_2026']
    """
    _, found, _ = output.described(metric, compute.metric(metric).clock)
    lang = current().text.lang
    rows = [(one.id, one.first, one.last, one.blocks, one.splits, one.reason[lang], one.url) for one in found]
    kinds = {"first": pl.Date, "last": pl.Date, "blocks": pl.Boolean, "splits": pl.Boolean}
    return _framed(rows, "break first last blocks splits reason url", **kinds)


def status(as_of: str | date | None = None) -> Any:
    """Return the newest release of each source on a day (today, unless another is named).

    One row a source, with the columns of ``indicators status``: last release, data through, days overdue.

    >>> import indicators
    >>> indicators.status("2026-01-31").height == indicators.all_sources().height
    True
    """
    day = date.today() if as_of is None else _parsed(as_of)
    return framed(freshness.status(current().connection, home().raw, day))


def query(sql: str) -> Any:
    """Return the answer of the warehouse, opened read-only, to one statement of SQL.

    Every fact table has a macro with its rows as of a day: ``FROM crime_victims_asof('2024-12-31')``; the data
    dictionary lists tables and columns. Raises UsageError with DuckDB's own words.

    >>> import indicators
    >>> indicators.query("SELECT 40 + 2 AS answer")["answer"].to_list()
    [42]
    """
    answer = warehouse.answer(current().connection, sql)
    sums = [name for name, kind in answer.schema.items() if kind == pl.Decimal(38, 0)]  # of whole numbers
    return framed(answer.cast(dict.fromkeys(sums, pl.Int64)))


def _framed(rows: Sequence[tuple[object, ...]], columns: str, **kinds: type[pl.DataType]) -> Any:
    """Return rows as a frame with these columns, those without a kind of text."""
    schema = {name: kinds.get(name, pl.String) for name in columns.split()}
    return framed(pl.DataFrame(rows, schema, orient="row"))


def _view(as_of: str | date | None) -> View:
    view = current()
    return view if as_of is None else dataclasses.replace(view, as_of=_parsed(as_of))


def _parsed(as_of: str | date) -> date:
    return parse_day(as_of) if isinstance(as_of, str) else as_of


def _window(window: str | None) -> Clock | None:
    if window is None or window in list(Clock):
        return Clock(window) if window else None
    raise UsageError(f'no window is called "{window}": one of {", ".join(SUMMED)}')


def _rows(view: View, name: str, place: str | Sequence[str] | None, window: Clock | None) -> list[pl.DataFrame]:
    """Return the rows of one metric at each of the places; a row without a value before the first release."""
    nothing = output.absent(name, "", window or compute.metric(name).clock, view.as_of)
    try:
        asked = _chosen(view, name, place)
    except NotHeld:
        return [nothing]
    found = view.found(name, asked, window)
    if place == EVERY_STATE:  # in the order of their names
        asked = sorted(found, key=view.place)
    frames = []
    for one in asked:
        try:
            series = found.get(one) or compute.series(view.connection, name, one, view.as_of, window)
            frames.append(output.to_frame(series))
        except NotHeld:
            frames.append(nothing.with_columns(place=pl.lit(one)))
    return [frame for frame in frames if not frame.is_empty()] or [nothing]


def _chosen(view: View, name: str, place: str | Sequence[str] | None) -> list[str]:
    """Return the ids of the places asked for. Raise UsageError, with the nearest place for an unknown one."""
    if place is None:
        return [compute.default_place(view.connection, name, view.as_of)]
    if place == EVERY_PLACE:
        if offered := compute.offered_places(view.connection, name, view.as_of):
            return offered
        raise NotHeld(name, view.as_of)
    if place == EVERY_STATE:
        return sorted(one.id for one in catalog.places().values() if one.kind == "state")
    asked = [place] if isinstance(place, str) else list(place)
    if not asked:
        raise UsageError("no place is named: name one, or leave the place out")
    if unknown := [one for one in asked if one not in catalog.places()]:
        raise UsageError(f'no place has the id "{unknown[0]}": {_hint(unknown[0])}')
    return asked


def _hint(place: str) -> str:
    named = {
        word.casefold(): one
        for one in reversed(catalog.places().values())
        for word in (one.name_es, one.name_en, one.id)
    }
    for word in get_close_matches(place.casefold(), named, n=1):
        return f"do you mean {named[word].id} ({named[word].name_en})?"
    return "`indicators.places(metric)` lists them"


def _places(one: catalog.Metric) -> str:
    if one.over:
        return _places(catalog.metrics()[one.over[0]])
    return ", ".join(dict.fromkeys(one.places()))


def _source(one: catalog.Metric) -> str:
    if one.over:
        return ", ".join(dict.fromkeys(_source(catalog.metrics()[name]) for name in one.over))
    if one.kind in ("published", "ledger"):
        return {"published": "published_figures", "ledger": "ledger_events"}[one.kind]
    used = [catalog.source_of(one.table).id if one.table else "", one.population or ""]
    return ", ".join(filter(None, used))
