"""What the statistics say of a series: signals, lasting changes, outliers, movements of a register, estimates.

Each step shows a chart or a table; where the method must not or cannot be applied, it shows words that say why.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import polars as pl

from indicators import catalog, charts, tables
from indicators.charts import points
from indicators.metrics import nowcast as estimates
from indicators.metrics import signals, stocks
from indicators.metrics.change import year_on_year
from indicators.metrics.funnel import funnel as funnel_of
from indicators.metrics.nowcast import CONFIDENCE, Nowcast
from indicators.metrics.series import NotComparable, Series
from indicators.metrics.signals import RULES, RUN, ChangePoint, Signal
from indicators.metrics.stocks import Decomposition
from indicators.metrics.windows import windows
from indicators.periods import Clock, add_months
from indicators.report import sentences
from indicators.report.sentences import Words
from indicators.report.view import View, where_held
from indicators.tables import Column
from indicators.text import Text

PER_DAY = ("count", "amount")  # told as daily averages in a process chart
FIRST = date(2015, 1, 1)  # the joint charts' time axis begins here: the victims' series does
Row = dict[str, Any]
KILLINGS, MISSING, JOINT = "mx_intentional_killings", "mx_missing_new", "mx_missing_ratio_homicide"


@where_held
def signal(view: View, metric: str, place: str) -> charts.Chart | Words:
    """The process chart of a monthly metric; its title says what the latest month says, and by which rule.

    Of a series of sums of twelve months it shows each month against the same month a year before.
    """
    text, series = view.text, _monthly(view, metric, place)
    try:
        found = signals.signal(series)
    except NotComparable as error:
        return _no_chart(view, series, error.code)
    if found.code is None:
        return _no_chart(view, series, found.reason or "too_short")
    flags = [_met(text, row) for row in found.frame.iter_rows(named=True)]
    return charts.signal(
        found.frame.with_columns(flag=pl.Series(flags, dtype=pl.String)),
        text,
        id=view.id(metric, place, "signal"),
        title=_signal_title(view, series, found),
        subtitle=_signal_subtitle(text, series),
        unit=_unit(series),
        clock=Clock.MONTH,
        source_line=view.source_line([series]),
        breaks=series.breaks,
        notes=_signal_notes(text, series, found),
    )


def _monthly(view: View, metric: str, place: str) -> Series:
    """A metric at a place; a share by months, also where it is told over twelve of them."""
    share = catalog.metrics()[metric].kind == "share"
    return view.series(metric, place, Clock.MONTH if share else None)


def _named(view: View, series: Series) -> dict[str, str]:
    return {
        "name": catalog.metrics()[series.metric].name[view.text.lang],
        "place": view.place(series.place),
    }


def _no_chart(view: View, series: Series, reason: str) -> Words:
    why = sentences.unsignalled(view.text, series, reason)
    return Words(view.text.t("process.none", **_named(view, series), reason=why))


def _unit(series: Series) -> str:
    return f"{series.unit}_per_day" if series.kind in PER_DAY and _is_monthly(series) else series.unit


def _is_monthly(series: Series) -> bool:
    return series.clock == Clock.MONTH


def _rule(text: Text, rule: str) -> str:
    return text.t(f"process.rule.{rule}", **({"n": str(RUN)} if rule in ("run", "trend") else {}))


def _met(text: Text, row: Row) -> str | None:
    """The rules that a month meets, in words."""
    return "; ".join(_rule(text, rule) for rule in RULES if row[rule]) or None


def _signal_title(view: View, series: Series, found: Signal) -> str:
    text, last = view.text, found.frame.row(-1, named=True)
    facts = {**_named(view, series), "month": text.month(last["period_end"]), "n": str(found.frame.height)}
    if found.rules:
        facts["rule"] = _rule(text, found.rules[0])
    if _is_monthly(series):
        return text.t(f"process.{found.code}", **facts)
    amount = sentences.signed(text, last["value"])
    before = text.month(add_months(last["period_end"], -12))
    return text.t(f"process.difference.{found.code}", **facts, amount=amount, before=before)


def _signal_subtitle(text: Text, series: Series) -> str:
    unit = points.heading(_unit(series), text)
    return text.t("process.adjusted" if _is_monthly(series) else "process.seasonal_difference", unit=unit)


def _signal_notes(text: Text, series: Series, found: Signal) -> list[str]:
    months, flagged = found.frame.height, int(found.frame["flag"].sum())
    notes = [text.t("process.how", n=months, run=RUN)]
    if flagged > months / 2:
        notes.append(text.t("process.many", flagged=flagged, n=months))
    shown = series.frame.filter(pl.col("period_end").is_in(found.frame["period_end"].to_list()))
    if unsettled := shown.filter(pl.col("maturity") != "final").height:
        notes.append(text.t("process.unsettled", n=unsettled))
    one = catalog.metrics()[series.metric]
    if one.good == "none":
        notes.append(text.t("process.neutral"))
    return [*notes, one.caveat[text.lang]]


@where_held
def change_points(view: View, metric: str, place: str) -> tables.Table | Words:
    """Lasting changes of level of a monthly metric, each with the months between which it came about."""
    text, series = view.text, _monthly(view, metric, place)
    try:
        months = signals.adjusted(series)
        found = signals.change_points(series)
    except NotComparable as error:
        return _no_levels(view, series, error.code)
    if months.is_empty():
        return _no_levels(view, series, "too_short")
    bounds = {
        "first": text.month(months["period_end"].to_list()[0]),
        "last": text.month(months["period_end"].to_list()[-1]),
    }
    if not found:
        return Words(text.t("levels.none", **_named(view, series), **bounds))
    unit = _unit(series)
    names = ("when", "before", "after")
    return tables.Table(
        id=view.id(metric, place, "levels"),
        title=text.t("levels.title", **_named(view, series), **bounds, n=len(found)),
        columns=tuple(
            Column(
                text.t(f"levels.{name}", **({} if name == "when" else {"unit": text.unit(unit)})),
                name != "when",
            )
            for name in names
        ),
        rows=tuple(
            (_when(text, one), text.value(one.before, unit), text.value(one.after, unit)) for one in found
        ),
        notes=(text.t("levels.note"),),
        source_line=view.source_line([series]),
        csv=tables.to_csv(pl.DataFrame(found)),
        lang=text.lang,
    )


def _no_levels(view: View, series: Series, reason: str) -> Words:
    if reason == "clock" and not _is_monthly(series):
        return Words(view.text.t("levels.sums", **_named(view, series)))
    return _no_chart(view, series, reason)


def _when(text: Text, one: ChangePoint) -> str:
    """The months between which a new level begins, the likeliest among them."""
    first, last = min(one.first, one.likely), max(one.last, one.likely)
    if first == last:
        return text.month(first)
    return text.t("levels.between", first=text.month(first), last=text.month(last))


@where_held
def funnel(view: View, metric: str, country: str) -> charts.Chart:
    """The latest rate of every state against its population, within limits that carry the states' own spread."""
    text, many = view.text, view.states(metric, country)
    latest = view.latest(many).rename({"numerator": "events", "denominator": "population"})
    found = funnel_of(latest)
    newest = latest.row(0, named=True)
    outside = found.frame["band"].str.ends_with("_998").sum()
    facts = {
        "name": catalog.metrics()[metric].name[text.lang],
        "period": text.period(newest["period_start"], newest["period_end"], many[0].clock),
    }
    title = text.t("funnel.title", **facts, n=outside) if outside else text.t("funnel.title_none", **facts)
    return charts.funnel(
        found,
        text,
        id=view.id(metric, country, "funnel"),
        title=title,
        unit=many[0].unit,
        source_line=view.source_line(many),
        notes=(
            text.t("funnel.how", center=text.amount(found.center, many[0].unit)),
            text.t("funnel.spread", phi=text.number(found.phi)),
            catalog.metrics()[metric].caveat[text.lang],
        ),
    )


@where_held
def decomposition(view: View) -> tables.Table | Words:
    """What moved the register of missing persons between its two newest snapshots that tell the years."""
    text = view.text
    series = view.series("mx_missing_stock", "MX")
    held = [one for one in stocks.snapshots(view.connection, view.as_of) if one.day <= view.ends]
    if len(held) < 2:
        return Words(text.t("register.one_snapshot", n=len(held)))
    before, after = held[-2:]
    try:
        found = stocks.decompose(series, before, after)
    except NotComparable as error:
        reason = error.broken.reason[text.lang] if error.broken else ""
        return Words(text.t("register.broken", first=before.day, last=after.day, reason=reason))
    return tables.Table(
        id="register-movements",
        title=text.t(
            "register.title",
            first=found.first,
            last=found.last,
            before=text.number(found.before),
            after=text.number(found.after),
        ),
        columns=(Column(text.t("register.movement")), Column(text.t("register.persons"), numeric=True)),
        rows=_movements(text, found),
        notes=(text.t("register.net"), text.t("register.not_found")),
        source_line=view.source_line([series]),
        csv=tables.to_csv(found.cohorts),
        lang=text.lang,
    )


def _movements(text: Text, found: Decomposition) -> tuple[tuple[str, str], ...]:
    year = str(found.first.year)
    located = found.located is not None
    gone = "removed" if located else "removed_or_located"
    return (
        (text.t("register.stock", day=found.first), text.number(found.before)),
        (text.t("register.new", year=year), sentences.signed(text, found.new)),
        (text.t("register.late", year=year), sentences.signed(text, found.late)),
        *([(text.t("register.located"), sentences.signed(text, -(found.located or 0)))] if located else []),
        (text.t(f"register.{gone}"), sentences.signed(text, -found.removed_or_redated)),
        (text.t("register.stock", day=found.last), text.number(found.after)),
    )


@where_held
def joint(view: View) -> Words:
    """Killings and disappearances of the same twelve months in a sentence, set side by side and never added."""
    text = view.text
    both = view.series(JOINT, "MX").frame.filter(pl.col("value").is_not_null())
    row = both.row(-1, named=True)
    killings = view.series(KILLINGS, "MX")
    change = year_on_year(killings, row["period_end"])
    level = text.t(
        "joint.level",
        **_named(view, killings),
        value=text.amount(row["denominator"], killings.unit),
        period=text.period(row["period_start"], row["period_end"], Clock.TWELVE_MONTH_ROLLING),
    )
    missing = text.t(
        "joint.missing",
        missing=text.number(row["numerator"]),
        per_hundred=text.number(100 * row["value"]),
    )
    changed = sentences.change_sentence(text, change, killings.unit, neutral=False)
    return Words(" ".join([level, changed, missing, text.t("joint.guard")]))


@where_held
def joint_killings(view: View) -> charts.Chart:
    """Victims of intentional killings in twelve months, on the axis of ``joint_missing``."""
    return _in_line(view, KILLINGS)


@where_held
def joint_missing(view: View) -> charts.Chart:
    """People who disappeared in twelve months and are still missing, on the axis of ``joint_killings``."""
    return _in_line(view, MISSING, "joint.title_missing")


def _in_line(view: View, metric: str, title: str | None = None) -> charts.Chart:
    text, series = view.text, windows(view.series(metric, "MX"), Clock.TWELVE_MONTH_ROLLING)
    row = series.frame.filter(pl.col("value").is_not_null()).row(-1, named=True)
    period = text.period(row["period_start"], row["period_end"], series.clock)
    words = text.t(title, value=text.number(row["value"]), period=period) if title else None
    return view.lines([series], [], id=view.id(metric, "joint"), title=words, span=(FIRST, view.ends))


@where_held
def nowcast(view: View, metric: str, place: str) -> tables.Table | Words:
    """The newest months as reported, beside what they will come to once mature: only where a back-test on the
    releases at hand finds that this helps. The reported figure is never replaced."""
    text, series = view.text, view.series(metric, place)
    found = estimates.nowcast(view.connection, metric, place, view.as_of)
    shown = found.frame.filter(pl.col("period_end") <= view.ends).sort("period_start", descending=True)
    named = _named(view, series)
    if found.reason:
        why = text.t(f"nowcast.{found.reason}")
        return Words(" ".join([text.t("nowcast.heading", **named), why, *_tested(text, found, series.unit)]))
    if shown.is_empty():
        return Words(" ".join([text.t("nowcast.heading", **named), text.t("nowcast.all_mature")]))
    newest = shown.row(0, named=True)
    lower, upper = _outward(text, newest, series.unit)
    said = text.t(
        "nowcast.estimate",
        reported=text.amount(newest["reported"], series.unit),
        estimate=text.value(newest["estimate"], series.unit),
        confidence=text.percent(CONFIDENCE, 0),
        lower=lower,
        upper=upper,
    )
    names = ("month", "reported", "estimate", "interval")
    interval = {"confidence": text.percent(CONFIDENCE, 0)}
    return tables.Table(
        id=view.id(metric, place, "nowcast"),
        title=text.t("nowcast.title", **named, month=text.month(newest["period_end"]), estimate=said),
        columns=tuple(
            Column(
                text.t(f"nowcast.column.{name}", **(interval if name == "interval" else {})), name != "month"
            )
            for name in names
        ),
        rows=tuple(_young(text, row, series.unit) for row in shown.iter_rows(named=True)),
        notes=(text.t("nowcast.note"), *_tested(text, found, series.unit)),
        source_line=view.source_line([series]),
        csv=tables.to_csv(shown),
        lang=text.lang,
    )


def _young(text: Text, row: Row, unit: str) -> tuple[str, ...]:
    """A month that is not mature yet: as reported, as estimated, and the interval of the estimate."""
    lower, upper = _outward(text, row, unit)
    return (
        text.month(row["period_end"]),
        text.value(row["reported"], unit),
        text.value(row["estimate"], unit),
        text.t("number.interval", lower=lower, upper=upper),
    )


def _outward(text: Text, row: Row, unit: str) -> tuple[str, str]:
    """The interval rounded outward, so that it never claims more than it is."""
    return text.value(math.floor(row["lower"]), unit), text.value(math.ceil(row["upper"]), unit)


def _tested(text: Text, found: Nowcast, unit: str) -> list[str]:
    """How the estimates did in the back-test, where there was one."""
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
            confidence=text.percent(CONFIDENCE, 0),
        )
    ]
