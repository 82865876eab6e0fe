"""What an analyst calls from a notebook, as ``indicators.metric(…)``: frames, charts and the warehouse itself.

The project is the folder that ``paths.home`` finds; its warehouse is built where there is none yet. Frames are
those of polars, ``.to_pandas()`` makes them pandas'. Without ``as_of`` everything is shown as of the newest release,
as the report shows it. Whatever does not fit raises an IndicatorsError that says what would.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import duckdb
import polars as pl

from indicators import catalog, charts, staleness, warehouse
from indicators.errors import NotHeld, UsageError
from indicators.metrics import compute, output
from indicators.metrics.counts import source_of
from indicators.metrics.series import Series
from indicators.metrics.windows import SUMMED
from indicators.paths import home
from indicators.periods import Clock, parse_day, quarter_of
from indicators.report.quarter import latest_known
from indicators.report.view import View
from indicators.text import Text

EVERY_PLACE = "each"
MOST_LINES = 4  # on one chart; more places stand side by side


def all_metrics(containing: str = "", *, lang: str = "en") -> pl.DataFrame:
    """The metrics of the catalogue whose id or name (in ``lang``) contains some letters; without them, all.

    One row a metric: ``metric`` (its id), ``name``, ``unit``, ``tier`` (A: public tables, B: published figures, C: the
    ledger), ``clock`` (what stretch of time a value stands for), ``places`` (ids, or ``each`` place of its table) and
    ``source`` (ids of ``all_sources``, or the hand-kept table).
    """
    text = Text(lang)
    rows = [
        (one.id, one.name[lang], text.unit(one.unit), one.tier, str(one.clock), _places(one), _source(one))
        for one in catalog.metrics().values()
        if containing.casefold() in f"{one.id} {one.name[lang]}".casefold()
    ]
    columns = ["metric", "name", "unit", "tier", "clock", "places", "source"]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def all_sources(*, lang: str = "en") -> pl.DataFrame:
    """The public series that are read: ``source`` (its id), ``name`` and ``agency`` in ``lang``, the fact ``table``
    it fills in the warehouse, ``cadence_days`` between two releases, ``licence`` and ``url``."""
    Text(lang)
    rows = [
        (one.id, one.name[lang], one.agency[lang], one.table, one.cadence_days, one.licence[lang], one.url)
        for one in catalog.sources().values()
    ]
    columns = ["source", "name", "agency", "table", "cadence_days", "licence", "url"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def places(metric: str, *, as_of: str | date | None = None, lang: str = "en") -> pl.DataFrame:
    """The places a metric can be asked for: ``place`` (its id), ``name`` in ``lang``, ``kind`` and ``country``.

    ``as_of``: as it was known on that day. Raises UsageError for an unknown metric.
    """
    Text(lang)
    with warehouse.connect(_warehouse()) as connection:
        offered = compute.offered_places(connection, metric, _day(connection, as_of))
    found = [catalog.places()[one] for one in offered]
    rows = [(one.id, one.name(lang), one.kind, one.country) for one in found]
    columns = ["place", "name", "kind", "country"]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def metric(
    name: str,
    place: str | Sequence[str] | None = None,
    *,
    window: str | None = None,
    as_of: str | date | None = None,
) -> pl.DataFrame:
    """One metric as a frame, the same rows that ``indicators metric`` prints.

    ``place`` is an id such as ``MX``, ``US-SWB`` or ``MX-CHH``, several of them, or ``"each"`` for every place the
    metric exists for; without it, the metric's first. ``window`` sums its months: ``quarter``, ``year``,
    ``fiscal_year``, ``fiscal_year_to_date``, ``12_month_rolling``. ``as_of`` shows it as it was known on that day
    (``2024-08-31``).

    One row a place and period, oldest first: ``value`` in the metric's unit with its interval ``lower``, ``upper``;
    ``maturity`` (final, provisional, incomplete); ``missing_code``, why a value is absent; ``vintage``, the releases it
    stands on; ``note``, a break inside the period. Raises UsageError for what does not exist, naming what does;
    NotHeld where no release was out by that day.
    """
    with warehouse.connect(_warehouse()) as connection:
        day = _day(connection, as_of)
        chosen = _chosen(connection, name, place, day)
        return pl.concat(
            output.rows(compute.series(connection, name, one, day, _window(window))) for one in chosen
        )


def chart(
    name: str | Sequence[str],
    place: str | Sequence[str] | None = None,
    *,
    window: str | None = None,
    as_of: str | date | None = None,
    lang: str = "en",
    style: Literal["line", "bars"] = "line",
) -> charts.Chart:
    """A metric over time as the report draws it; JupyterLab shows it where it is a cell's last line.

    Several metrics, or several places (as in ``metric``), that share clock and unit share the axis; more than four
    lines become a small chart each. Breaks are lines that cut the series, values that are not final are hollow and
    dashed; ``.notes`` has the words for both, ``.table`` and ``.data`` the numbers, ``.alt`` what it shows in a
    sentence, ``.figure`` plotly's own object. Raises UsageError, NotHeld.
    """
    names = [name] if isinstance(name, str) else list(name)
    with warehouse.connect(_warehouse()) as connection:
        day = _day(connection, as_of)
        view = View(connection, quarter_of(day), day, Text(lang))
        many = [
            view.series(one, where, _window(window))
            for one in names
            for where in _chosen(connection, one, place, day)
        ]
        title, labels = _words(many, view)
        id = view.id(names[0], many[0].place, window)
        if len(many) <= MOST_LINES:
            return view.lines(many, labels, id=id, style=style, title=title)
        line = view.source_line(many)
        return charts.small_multiples(many, view.text, id=id, title=title, labels=labels, source_line=line)


def breaks(metric: str, *, lang: str = "en") -> pl.DataFrame:
    """The dates across which a metric's numbers are not comparable, oldest first.

    One row a break: its id, ``first`` and ``last`` day, whether it ``blocks`` comparisons and ``splits`` sums, the
    ``reason`` in ``lang`` and a ``url``. Raises UsageError for an unknown metric.
    """
    Text(lang)
    with warehouse.connect(_warehouse()) as connection:
        day = _day(connection, None)
        one = compute.series(connection, metric, compute.default_place(connection, metric, day), day)
    rows = [
        (each.id, each.first, each.last, each.blocks, each.splits, each.reason[lang], each.url)
        for each in one.breaks
    ]
    kinds = [pl.String, pl.Date, pl.Date, pl.Boolean, pl.Boolean, pl.String, pl.String]
    columns = ["break", "first", "last", "blocks", "splits", "reason", "url"]
    return pl.DataFrame(rows, schema=dict(zip(columns, kinds, strict=True)), orient="row")


def status(as_of: str | date | None = None) -> pl.DataFrame:
    """What is held of each source on a day (today, unless given): last release, data through, days overdue; the
    columns of ``indicators status``."""
    day = date.today() if as_of is None else _parsed(as_of)
    with warehouse.connect(_warehouse()) as connection:
        return staleness.status(connection, home().raw, day)


def query(sql: str) -> pl.DataFrame:
    """The answer of the warehouse, opened read-only, to one statement of SQL.

    Every fact table has a macro that shows it as it was known on a day: ``FROM crime_victims_asof('2024-12-31')``; the
    data dictionary lists tables and columns. Raises UsageError with DuckDB's own words.
    """
    answer = warehouse.query(_warehouse(), sql)
    sums = [name for name, kind in answer.schema.items() if kind == pl.Decimal(38, 0)]  # of whole numbers
    return answer.cast(dict.fromkeys(sums, pl.Int64))


def _warehouse() -> Path:
    """The warehouse's file, built first where there is none; a note where it is older than what it stands on."""
    project = home()
    if not project.raw.is_dir() and not project.edition.is_dir():
        raise UsageError(f"{project.root} is no project folder: set INDICATORS_HOME to the one you work in")
    if not project.warehouse.exists():
        warehouse.ensure(project, progress=_say)
    elif not warehouse.is_current(project):
        _say("note: the warehouse is older than the releases or the code: run `indicators build`")
    return project.warehouse


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _day(connection: duckdb.DuckDBPyConnection, as_of: str | date | None) -> date:
    return latest_known(connection) if as_of is None else _parsed(as_of)


def _parsed(as_of: str | date) -> date:
    return parse_day(as_of) if isinstance(as_of, str) else as_of


def _window(window: str | None) -> Clock | None:
    if window is None or window in list(Clock):
        return Clock(window) if window else None
    raise UsageError(f'no window is called "{window}": one of {", ".join(SUMMED)}')


def _chosen(
    connection: duckdb.DuckDBPyConnection, name: str, place: str | Sequence[str] | None, day: date
) -> list[str]:
    """The ids of the places asked for. Raises UsageError, with the nearest place where one is unknown."""
    if place is None:
        return [compute.default_place(connection, name, day)]
    if place == EVERY_PLACE:
        if offered := compute.offered_places(connection, name, day):
            return offered
        raise NotHeld(name, day)
    asked = [place] if isinstance(place, str) else list(place)
    if not asked:
        raise UsageError("no place is given: name one, or leave the place out")
    for one in asked:
        _known(one)
    return asked


def _known(place: str) -> None:
    if place in catalog.places():
        return
    ids = {
        word.casefold(): one
        for one in reversed(catalog.places().values())
        for word in (one.name_es, one.name_en, one.id)
    }
    near = [ids[word] for word in get_close_matches(place.casefold(), ids, n=1)]
    hint = (
        f"do you mean {near[0].id} ({near[0].name_en})?" if near else "`indicators.places(metric)` lists them"
    )
    raise UsageError(f'no place has the id "{place}": {hint}')


def _words(many: Sequence[Series], view: View) -> tuple[str, list[str]]:
    """The title of a chart and the names of its lines: of several places or metrics, each line is named for what
    the others are not, and the title for what they share."""
    metrics = [catalog.metrics()[one.metric].name[view.text.lang] for one in many]
    where = [view.place(one.place) for one in many]
    if len(many) == 1:
        return charts.default_title(many, view.text), where
    if len(set(metrics)) == 1:
        return metrics[0], where
    if len(set(where)) == 1:
        return f"{where[0]}: {'; '.join(metrics)}", metrics
    return "; ".join(dict.fromkeys(metrics)), [", ".join(pair) for pair in zip(metrics, where, strict=True)]


def _places(one: catalog.Metric) -> str:
    if one.over:
        return _places(catalog.metrics()[one.over[0]])
    return ", ".join(dict.fromkeys(one.places()))


def _source(one: catalog.Metric) -> str:
    if one.over:
        return ", ".join(dict.fromkeys(_source(catalog.metrics()[name]) for name in one.over))
    if one.kind in ("published", "ledger"):
        return {"published": "published_figures", "ledger": "ledger_events"}[one.kind]
    used = [source_of(one.table).id if one.table else "", one.population or ""]
    return ", ".join(filter(None, used))
