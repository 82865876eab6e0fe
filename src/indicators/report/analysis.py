"""Estimates of the newest months, process charts, changes of level and funnels, for frames of one metric."""

import math
from dataclasses import replace

import polars as pl

from indicators import catalog, charts
from indicators.charts import points
from indicators.charts.tables import Caption, Column, Table
from indicators.i18n import Text
from indicators.metrics import nowcast as estimates
from indicators.metrics import process_chart as signals
from indicators.metrics.frames import resting_on
from indicators.metrics.funnel import Funnel
from indicators.metrics.funnel import funnel as funnel_of
from indicators.metrics.nowcast import NOWCAST_CONFIDENCE, Nowcast
from indicators.metrics.process_chart import RULES, RUN, ChangePoint, Signal
from indicators.metrics.series import NotComparable, Series
from indicators.periods import Clock, add_months
from indicators.report import sentences
from indicators.report.exhibits import headings, states, table
from indicators.report.sentences import Words
from indicators.report.view import Figures, Row, View, current, one_series, where_held

PER_DAY = ("count", "amount")  # a process chart has daily averages of these kinds


@where_held
def nowcast(figures: Figures) -> Table | Words:
    """Return the newest months of a metric at one place as reported, beside an estimate of their mature figures.

    There is a table only where a back-test on the stored releases finds the estimate nearer than the reported
    figure, and words elsewhere. The reported figure is never replaced. Raises UsageError for a frame with several
    series.

    >>> import indicators
    >>> homicides = indicators.metric("mx_homicide_victims", "MX")
    >>> "Victims of intentional homicide" in indicators.nowcast(homicides).markdown
    True
    """
    view, series = current(), one_series(figures)
    text, metric, place = view.text, series.metric, series.place
    found = estimates.nowcast(view.connection, metric, place, view.as_of)
    shown = found.frame.sort("period_start", descending=True)
    named = view.called(series)
    if found.reason:
        why = text.t(f"nowcast.{found.reason}")
        return Words(" ".join([text.t("nowcast.heading", **named), why, *_tested(text, found, series.unit)]))
    if shown.is_empty():
        return Words(" ".join([text.t("nowcast.heading", **named), text.t("nowcast.all_mature")]))
    newest, confidence = shown.row(0, named=True), text.percent(NOWCAST_CONFIDENCE, 0)
    lower, upper = _outward(text, newest, series.unit)
    estimate = text.t(
        "nowcast.estimate",
        reported=text.amount(newest["reported"], series.unit),
        estimate=text.value(newest["estimate"], series.unit),
        confidence=confidence,
        lower=lower,
        upper=upper,
    )
    interval = Column(text.t("nowcast.interval", confidence=confidence), numeric=True)
    return table(
        view.id(metric, place, "nowcast"),
        text.t("nowcast.title", **named, month=text.month(newest["period_end"]), estimate=estimate),
        (*headings("nowcast", "month reported estimate", numbers="reported estimate"), interval),
        (_young(text, row, series.unit) for row in shown.iter_rows(named=True)),
        resting_on(shown, [series]),
        notes=(text.t("nowcast.note"), *_tested(text, found, series.unit)),
        source_line=view.source_line([series]),
    )


def _young(text: Text, row: Row, unit: str) -> tuple[str, ...]:
    """Return a month that is not mature yet: as reported, as estimated, and the interval of the estimate."""
    lower, upper = _outward(text, row, unit)
    return (
        text.month(row["period_end"]),
        text.value(row["reported"], unit),
        text.value(row["estimate"], unit),
        text.t("number.interval", lower=lower, upper=upper),
    )


def _outward(text: Text, row: Row, unit: str) -> tuple[str, str]:
    """Return the interval rounded outward, so that it never claims too much precision."""
    return text.value(math.floor(row["lower"]), unit), text.value(math.ceil(row["upper"]), unit)


def _tested(text: Text, found: Nowcast, unit: str) -> list[str]:
    """Return a sentence on the error of the estimates in the back-test, where there was one."""
    test = found.test
    if test.rows.is_empty():
        return []
    return [
        text.t(
            "nowcast.test",
            n=test.releases,
            error=text.number(test.error, 1),
            unadjusted=text.number(test.error_unadjusted, 1),
            unit=text.unit(unit),
            coverage=text.percent(test.coverage, 0),
            confidence=text.percent(NOWCAST_CONFIDENCE, 0),
        )
    ]


@where_held
def process_chart(figures: Figures) -> charts.Chart | Words:
    """Return the process chart of a monthly metric at one place, titled with the judgment of the latest month.

    The title also names the rule of the judgment. Sums of twelve months become differences from the sum a year before.
    Words have the reason where there is no chart, such as a break within the last 36 months. Raises UsageError for a
    frame with several series.

    >>> import indicators
    >>> encounters = indicators.metric("sw_encounters", "US-SWB")
    >>> indicators.process_chart(encounters).data.height
    36
    """
    view, series = current(), one_series(figures)
    text = view.text
    try:
        found = signals.signal(series)
    except NotComparable as error:
        return _no_chart(view, series, error.code)
    if found.code is None:
        return _no_chart(view, series, found.reason or "too_short")
    subtitle = "process.adjusted" if series.clock == Clock.MONTH else "process.seasonal_difference"
    flags = [
        "; ".join(_rule(text, rule) for rule in RULES if row[rule]) or None for row in found.frame.iter_rows(named=True)
    ]
    chart = charts.signal(
        found.frame.with_columns(flag=pl.Series(flags, dtype=pl.String)),
        text,
        Caption(
            view.id(series.metric, series.place, "signal"),
            _signal_title(view, series, found),
            text.t(subtitle, unit=points.heading(_unit(series), text)),
            view.source_line([series]),
            tuple(_signal_notes(text, series, found)),
        ),
        unit=_unit(series),
        breaks=series.breaks,
    )
    return replace(chart, data=resting_on(chart.data, [series]))


def _no_chart(view: View, series: Series, reason: str) -> Words:
    why = sentences.unsignalled(view.text, series, reason)
    return Words(view.text.t("process.none", **view.called(series), reason=why))


def _unit(series: Series) -> str:
    per_day = series.kind in PER_DAY and series.clock == Clock.MONTH
    return f"{series.unit}_per_day" if per_day else series.unit


def _rule(text: Text, rule: str) -> str:
    return text.t(f"process.rule.{rule}", **({"n": str(RUN)} if rule in ("run", "trend") else {}))


def _signal_title(view: View, series: Series, found: Signal) -> str:
    text, last = view.text, found.frame.row(-1, named=True)
    facts = {**view.called(series), "month": text.month(last["period_end"]), "n": str(found.frame.height)}
    if found.rules:
        facts["rule"] = _rule(text, found.rules[0])
    if series.clock == Clock.MONTH:
        return text.t(f"process.{found.code}", **facts)
    amount = sentences.signed(text, last["value"])
    before = text.month(add_months(last["period_end"], -12))
    return text.t(f"process.difference.{found.code}", **facts, amount=amount, before=before)


def _signal_notes(text: Text, series: Series, found: Signal) -> list[str]:
    months, flagged = found.frame.height, int(found.frame["flag"].sum())
    notes = [text.t("process.how", n=months, run=RUN)]
    if found.moved:
        notes.append(text.t("process.many", flagged=flagged, n=months))
    shown = series.frame.filter(pl.col("period_end").is_in(found.frame["period_end"].to_list()))
    if unsettled := shown.filter(pl.col("maturity") != "final").height:
        notes.append(text.t("process.unsettled", n=unsettled))
    one = catalog.metrics()[series.metric]
    if one.good == "none":
        notes.append(text.t("process.neutral"))
    return [*notes, one.caveat[text.lang]]


@where_held
def change_points(figures: Figures) -> Table | Words:
    """Return the lasting changes of level of a monthly metric at one place, each with an interval of months.

    Words have the reason where there is none, or where the series cannot be tested. Raises UsageError for a frame with
    several series.

    >>> import indicators
    >>> encounters = indicators.metric("sw_encounters", "US-SWB")
    >>> len(indicators.change_points(encounters).columns)
    3
    """
    view, series = current(), one_series(figures)
    text = view.text
    try:
        months = signals.adjusted(series)
        found = signals.change_points(series)
    except NotComparable as error:
        return _no_levels(view, series, error.code)
    if months.is_empty():
        return _no_levels(view, series, "too_short")
    ends = [text.month(months["period_end"].to_list()[index]) for index in (0, -1)]
    words = {**view.called(series), "first": ends[0], "last": ends[1]}
    if not found:
        return Words(text.t("levels.none", **words))
    unit = _unit(series)
    levels = (Column(text.t(f"levels.{key}", unit=text.unit(unit)), numeric=True) for key in ("before", "after"))
    return table(
        view.id(series.metric, series.place, "levels"),
        text.t("levels.title", **words, n=len(found)),
        (Column(text.t("levels.when")), *levels),
        [(_when(text, one), text.value(one.before, unit), text.value(one.after, unit)) for one in found],
        resting_on(pl.DataFrame(found), [series]),
        notes=(text.t("levels.note"),),
        source_line=view.source_line([series]),
    )


def _no_levels(view: View, series: Series, reason: str) -> Words:
    if reason == "clock" and series.clock != Clock.MONTH:
        return Words(view.text.t("levels.sums", **view.called(series)))
    return _no_chart(view, series, reason)


def _when(text: Text, one: ChangePoint) -> str:
    if one.first == one.last:
        return text.month(one.first)
    return text.t("levels.between", first=text.month(one.first), last=text.month(one.last))


@where_held
def funnel(figures: Figures) -> charts.Chart:
    """Return the latest rate of every state against its population, within limits that include the states' own spread.

    Raises UsageError for a frame with anything but one rate in the states of one country.

    >>> import indicators
    >>> rates = indicators.metric("mx_intentional_killings_rate", "states")
    >>> indicators.funnel(rates).data.height
    32
    """
    view, (metric, country, many) = current(), states(figures)
    text = view.text
    latest = view.latest(many).rename({"numerator": "events", "denominator": "population"})
    found = funnel_of(latest)
    unit, newest = many[0].unit, latest.row(0, named=True)
    places = found.frame["rate"].drop_nulls().len()
    low, high = found.ordinary  # two in three states lie between these rates
    facts = {
        "name": charts.named(metric, text),
        "period": text.period(newest["period_start"], newest["period_end"], many[0].clock),
    }
    caption = Caption(
        view.id(metric, country, "funnel"),
        _funnel_title(view, found, facts),
        source_line=view.source_line(many),
        notes=(
            text.t("funnel.how", center=text.amount(found.center, unit)),
            text.t("funnel.spread", low=text.value(low, unit), high=text.amount(high, unit)),
            text.t("funnel.luck", places=places, expected=text.number(0.05 * places, 1)),
            catalog.metrics()[metric].caveat[text.lang],
        ),
    )
    chart = charts.funnel(found, text, caption, unit)
    return replace(chart, data=resting_on(chart.data, many))


def _funnel_title(view: View, found: Funnel, facts: dict[str, str]) -> str:
    """Return the title with the count of states outside the wider limits, or else with the names outside the others."""
    bands = found.frame.drop_nulls("band")
    outside = bands.filter(pl.col("band").str.ends_with("_998")).height
    if outside:
        return view.text.t("funnel.title", **facts, n=outside)
    between = [view.place(place) for place in bands.filter(pl.col("band") != "within")["place"]]
    if not between:
        return view.text.t("funnel.title_none", **facts)
    *others, last = between
    names = view.text.t("funnel.and").join(([", ".join(others)] if others else []) + [last])
    return view.text.t("funnel.title_between", **facts, n=len(between), names=names)
