"""Charts, maps and tables of a frame of ``indicators.metric``, and the builders that the report's own tables share.

A function that takes a frame (polars or pandas, filtered or not) returns words where no release of the metric was out
by the day.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Literal

import polars as pl
from polars import selectors as cs

from indicators import catalog, charts
from indicators.catalog import Break
from indicators.charts import points, tables
from indicators.charts import tile_map as maps
from indicators.charts.tables import Caption, Cell, Column, Table
from indicators.errors import NotHeld, UsageError
from indicators.i18n import Text
from indicators.metrics import frames
from indicators.metrics.series import PROVENANCE, Series
from indicators.periods import Clock, parse_day
from indicators.report.view import Figures, View, current, series_of, where_held

MOST_LINES = 4  # on one chart; more lines make small charts
FEW_DAYS = 6  # a register with no more days has bars, no line
PROVENANCE_OF = "provenance of "  # a metric: begins the name of a column
MOST_NAMED = 8  # places in a title
Style = Literal["line", "bars", "panels"]


@where_held
def chart(
    figures: Figures, *, style: Style = "line", since: str | date = date.min, through: str | date = date.max
) -> charts.Chart:
    """Return a chart over time of a frame's figures; JupyterLab shows it where it is a cell's last line.

    Several metrics, or several places, that share clock and unit share the axis; more than four lines, or the style
    ``panels``, make a small chart each. Breaks are lines that cut the series, values that are not final are hollow
    and dashed. Of the chart, ``notes`` has the words for both, ``table`` and ``data`` the numbers, ``alt`` the
    picture in a sentence, ``figure`` plotly's own object. The periods from ``since`` to ``through``, two days, are
    drawn: a chart for each side of a break that allows no comparison.

    Raises UsageError for figures that cannot share an axis, or a frame that does not come from ``metric``.

    >>> import indicators
    >>> homicides = indicators.metric("mx_homicide_victims", "MX")
    >>> indicators.chart(homicides.tail(24)).subtitle
    'Victims'
    """
    view, many = current(), _between(series_of(figures), since, through)
    if style == "panels" or len(many) > MOST_LINES:
        return _panels(view, many)
    first = many[0]
    if first.clock == Clock.STOCK and len(many) == 1 and first.frame.height <= FEW_DAYS:
        return _days(view, first)
    title, labels = _words(view, many)
    window = first.clock if first.clock != catalog.metrics()[first.metric].clock else None
    name = view.id(first.metric, first.place, window, since if since != date.min else "")
    if style == "bars":
        return charts.bars_over_time(many, view.text, _caption(view, many, name, title))
    return lines(many, labels, name, title)


def _between(many: Sequence[Series], since: str | date, through: str | date) -> list[Series]:
    """Return series without the periods outside two days. Raise NotHeld where no value is left."""
    first, last = (parse_day(day) if isinstance(day, str) else day for day in (since, through))
    inside = (pl.col("period_start") >= first) & (pl.col("period_end") <= last)
    kept = [dataclasses.replace(one, frame=one.frame.filter(inside)) for one in many]
    if not any(one.through for one in kept):
        raise NotHeld(many[0].metric, current().as_of)
    return kept


def lines(
    many: Sequence[Series],
    labels: Sequence[str],
    name: str,
    title: str | None = None,
    span: tuple[date, date] | None = None,
) -> charts.Chart:
    """Return a chart over time of series that share clock and unit, with the caveat of the first.

    Without a ``title`` the chart names the metric and its newest value; ``span`` are the ends of the time axis.
    """
    view = current()
    return charts.trend(many, view.text, _caption(view, many, name, title), labels if len(many) > 1 else (), span)


def _caption(view: View, many: Sequence[Series], name: str, title: str | None = None) -> Caption:
    caveat = catalog.metrics()[many[0].metric].caveat[view.text.lang]
    return Caption(name, title or "", source_line=view.source_line(many), notes=(caveat,))


def _words(view: View, many: Sequence[Series]) -> tuple[str | None, list[str]]:
    """Return the title of a chart and a name for each line, made of what differs between the lines.

    The title is None, for the latest values, for one line or several metrics at one place.
    """
    metrics = [view.metric_name(one.metric) for one in many]
    where = [view.place(one.place) for one in many]
    if len(set(where)) == 1:
        return None, metrics
    if len(set(metrics)) == 1:
        return metrics[0], where
    return "; ".join(dict.fromkeys(metrics)), [", ".join(pair) for pair in zip(metrics, where, strict=True)]


def _panels(view: View, many: Sequence[Series]) -> charts.Chart:
    """Return one small chart for each series, on one shared axis."""
    text, metric, country = view.text, many[0].metric, _country(many)
    title, labels = _words(view, many)
    if len({one.metric for one in many}) == 1 and country:
        title, labels = _places_title(view, metric, country, list(dict.fromkeys(one.place for one in many))), []
    caption = Caption(
        view.id(metric, country or many[0].place, "panels"),
        title or charts.default_title(many, text),
        source_line=view.source_line(many),
    )
    found = charts.small_multiples(many, text, caption, labels)
    return noting_end(view, found, many) if country else found


def _country(many: Sequence[Series]) -> str | None:
    """Return the country of which all places are states; None for any other places."""
    places = [catalog.places()[one.place] for one in many]
    countries = {one.country for one in places}
    return countries.pop() if len(countries) == 1 and all(one.kind == "state" for one in places) else None


def _places_title(view: View, metric: str, country: str, places: Sequence[str]) -> str:
    name = view.metric_name(metric)
    if len(places) > MOST_NAMED:
        return view.text.t("view.by_state", name=name, place=view.place(country))
    return view.text.t("view.of_places", name=name, places=", ".join(map(view.place, places)))


def _days(view: View, series: Series) -> charts.Chart:
    """Return the size of a register on a few days as a bar for each."""
    text = view.text
    days = [
        text.t(
            "sentence.latest",
            period=text.known_day(row["period_start"], row["period_end"]),
            maturity=text.t(f"maturity.{row['maturity']}").lower(),
        )
        for row in series.frame.iter_rows(named=True)
    ]
    return charts.bars(
        frames.rows(series).with_columns(label=pl.Series(days, dtype=pl.String)),
        text,
        _caption(view, [series], view.id(series.metric, series.place), charts.default_title([series], text)),
        unit=series.unit,
        heading=text.clock(series.clock),
    )


def noting_end(view: View, chart: charts.Chart, many: Sequence[Series]) -> charts.Chart:
    """Add a note to a chart whose newest figure lags."""
    newest = max(filter(None, (one.through for one in many)))
    if not (months := view.lag_months(newest)):
        return chart
    note = view.text.t("view.ends", month=view.text.month(newest), n=months)
    return dataclasses.replace(chart, notes=(*chart.notes, note))


@where_held
def ranking(figures: Figures) -> charts.Chart:
    """Return the latest value of every state in a frame as bars with intervals, highest first.

    Raises UsageError for a frame with anything but one metric in the states of one country.

    >>> import indicators
    >>> rates = indicators.metric("mx_intentional_killings_rate", "states")
    >>> indicators.ranking(rates).data["value"].is_sorted(descending=True)
    True
    """
    view, (metric, country, many) = current(), states(figures)
    return charts.bars(
        view.latest(many).sort("value", descending=True, nulls_last=True, maintain_order=True),
        view.text,
        _latest_caption(view, "ranking", metric, country, many),
        unit=many[0].unit,
        heading=view.text.t("view.state"),
    )


@where_held
def tile_map(figures: Figures) -> maps.Map:
    """Return the latest value of every state in a frame as a map of equal tiles, darker where higher.

    Raises UsageError for a frame with anything but one metric in the states of one country.

    >>> import indicators
    >>> indicators.tile_map(indicators.metric("mx_missing_new_rate", "states")).country
    'MX'
    """
    view, (metric, country, many) = current(), states(figures)
    return maps.tile_map(
        view.latest(many),
        view.text,
        _latest_caption(view, "map", metric, country, many),
        unit=many[0].unit,
        country=country,  # type: ignore[arg-type]  # MX or US
    )


def states(figures: Figures) -> tuple[str, str, list[Series]]:
    """Return metric, country and series of a frame of states. Raise UsageError for any other frame."""
    many = series_of(figures)
    metrics, country = {one.metric for one in many}, _country(many)
    if len(metrics) > 1 or not country:
        raise UsageError('one metric in states of one country is expected: indicators.metric(..., "states")')
    return metrics.pop(), country, many


def _latest_caption(view: View, kind: str, metric: str, country: str, many: Sequence[Series]) -> Caption:
    """Return the caption of the latest values of a metric in the states of a country."""
    latest = view.latest(many)
    newest = latest.row(0, named=True)
    period = view.text.period(newest["period_start"], newest["period_end"], many[0].clock)
    name = charts.named(metric, view.text)
    return Caption(
        view.id(metric, country, kind),
        view.text.t("view.ranking", name=name, place=view.place(country), period=period),
        source_line=view.source_line(many),
        notes=tuple(charts.population_notes(latest, view.text)),
    )


@where_held
def year_table(figures: Figures) -> Table:
    """Return a table with a row for each year and a column for each metric of a frame, all at one place.

    The frame has calendar or fiscal years; of twelve months ending, the windows of December are the years. A year
    that is not whole is left out.

    >>> import indicators
    >>> years = indicators.metric(["mx_homicide_victims", "mx_feminicide_victims"], "MX", window="year")
    >>> [column.numeric for column in indicators.year_table(years).columns]
    [False, True, True, False]
    """
    view, many = current(), series_of(figures)
    many = [_decembers(one) if one.clock == Clock.TWELVE_MONTH_ENDING else one for one in many]
    first = many[0]
    caption = Caption(view.id(first.metric, first.place, first.clock), source_line=view.source_line(many))
    return years_of(many, view.text, caption, view.place(first.place))


@where_held
def month_table(figures: Figures, *, since: str | date = date.min) -> Table:
    """Return a table with a row for each month and a column for each metric of a frame, all at one place.

    ``since`` is the day from which on months are shown.

    >>> import indicators
    >>> months = indicators.metric(["mx_homicide_victims", "mx_feminicide_victims"], "MX")
    >>> indicators.month_table(months, since="2026-01-01").rows[0]
    ('January 2026', '1,600', '54', 'Provisional')
    """
    view, many = current(), _between(series_of(figures), since, date.max)
    caption = Caption(view.id(many[0].metric, many[0].place, "months"), source_line=view.source_line(many))
    return years_of(many, view.text, caption, view.place(many[0].place))


def _decembers(series: Series) -> Series:
    """Return the windows of December of a series of twelve months ending, as calendar years."""
    in_december = series.frame.filter(pl.col("period_end").dt.month() == 12)
    return dataclasses.replace(series, clock=Clock.YEAR, frame=in_december)


def years_of(many: Sequence[Series], text: Text, caption: Caption, place: str) -> Table:
    """Return the years or months of series at ``place`` (its name), oldest first, without those that have no value.

    Where a blocking break lies within the years, a column has the side of the break on which each year lies.
    """
    clock, period = many[0].clock, ["period_start", "period_end"]
    joined = many[0].frame.select(*period, "maturity")
    for one in many:
        named = pl.col("provenance").cast(PROVENANCE).alias(f"{PROVENANCE_OF}{one.metric}")
        values = one.frame.select(*period, pl.col("value").alias(one.metric), named)
        joined = joined.join(values, on=period, how="full", coalesce=True)
    joined = joined.filter(pl.any_horizontal(pl.col(one.metric).is_not_null() for one in many))
    provenance = pl.max_horizontal(rf"^{PROVENANCE_OF}.*$").cast(pl.String)
    joined = joined.sort("period_start").select(cs.exclude(cs.starts_with(PROVENANCE_OF)), provenance=provenance)
    years = joined.select(period).rows()
    maturities = [code and text.t(f"maturity.{code}") for code in joined["maturity"]]
    joined = joined.with_columns(
        period=pl.Series([text.point(first, last, clock) for first, last in years], dtype=pl.String),
        maturity=pl.Series(maturities, dtype=pl.String),
    )
    breaks = _year_breaks(many, joined)
    if breaks:
        sides = [_side(breaks, first, last, text) for first, last in years]
        joined = joined.with_columns(breaks=pl.Series(sides, dtype=pl.String))
    stem, short = points.shortened([catalog.metrics()[one.metric].name[text.lang] for one in many])
    what = ", ".join(filter(None, (stem or (short[0] if len(many) == 1 else ""), place)))
    units = dict.fromkeys(text.unit(one.unit) for one in many)
    notes = (text.t("view.years_apart"), *points.break_notes(breaks, text)) if breaks else ()
    return tables.from_frame(
        joined,
        text,
        dataclasses.replace(
            caption,
            title=text.t("view.months" if clock == Clock.MONTH else "view.years", what=what, unit=", ".join(units)),
            notes=notes,
        ),
        headers={
            "period": text.clock(clock),
            **{one.metric: label for one, label in zip(many, short, strict=True)},
            **({"breaks": text.t("view.column.break")} if breaks else {}),
            "maturity": text.t("view.column.maturity"),
        },
        units={one.metric: one.unit for one in many},
    )


def _year_breaks(many: Sequence[Series], years: pl.DataFrame) -> list[Break]:
    """Return the blocking breaks of all series within the years, oldest first, each once."""
    if years.is_empty():
        return []
    first, last = years["period_start"].to_list()[0], years["period_end"].to_list()[-1]
    found = {one.id: one for series in many for one in series.breaks if one.blocks}
    inside = [one for one in found.values() if one.lies_in(first, last)]
    return sorted(inside, key=lambda one: (one.first, one.id))


def _side(breaks: Sequence[Break], first: date, last: date, text: Text) -> str:
    """Return the place of a year among the breaks, numbered from 1: ``before 1``, ``cut by 1``, ``after 2``."""
    cut = [str(n) for n, one in enumerate(breaks, 1) if one.lies_in(first, last)]
    if cut:
        return text.t("view.break_cuts", breaks=", ".join(cut))
    behind = sum(one.last <= first for one in breaks)
    return text.t("view.after_break", n=behind) if behind else text.t("view.before_break", n=1)


def headings(section: str, names: str, numbers: str = "") -> tuple[Column, ...]:
    """Return the columns of a table; their headings are the texts ``<section>.column.<name>``.

    ``names`` are separated by blanks; the cells below the columns in ``numbers`` are numbers.
    """
    text, numeric = current().text, numbers.split()
    return tuple(Column(text.t(f"{section}.column.{name}"), name in numeric) for name in names.split())


def table(
    name: str,
    title: str,
    columns: tuple[Column, ...],
    rows: Iterable[Sequence[Cell]],
    data: pl.DataFrame | None = None,
    **about: Any,
) -> Table:
    """Return a table in the language of the report, with ``data`` as its CSV.

    ``about`` are ``notes``, ``groups`` and ``source_line`` of ``Table``.
    """
    csv = "" if data is None else tables.to_csv(data)
    return Table(name, title, columns, tuple(map(tuple, rows)), csv=csv, lang=current().text.lang, **about)


def frame_table(name: str, title: str, frame: pl.DataFrame, names: str = "", notes: tuple[str, ...] = ()) -> Table:
    """Return the columns ``names`` of a frame (separated by blanks; by default all) as a table, with CSV of the frame.

    The headings are the texts ``view.column.<name>``.
    """
    text = current().text
    headers = {one: text.t(f"view.column.{one}") for one in names.split() or frame.columns}
    return tables.from_frame(frame, text, Caption(name, title, notes=notes), headers)
