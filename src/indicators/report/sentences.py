"""Results in words: what, where, when, how it changed, and whether that can be told from noise.

No sentence claims more than its interval; a comparison that was refused says so, with the reason.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import polars as pl

from indicators.catalog import Metric
from indicators.catalog.scorecard import OfficialTarget
from indicators.charts.tables import NOTHING
from indicators.i18n import Text
from indicators.metrics.change import Change
from indicators.metrics.process_chart import CHART_MONTHS
from indicators.metrics.series import Series
from indicators.metrics.status import Assessment
from indicators.periods import months_between


class Words:
    """Prose that a notebook shows as markdown."""

    def __init__(self, markdown: str) -> None:
        self.markdown = markdown

    def __repr__(self) -> str:
        return self.markdown

    def _repr_markdown_(self) -> str:
        return self.markdown


def _last(series: Series) -> dict[str, Any] | None:
    known = series.frame.filter(pl.col("value").is_not_null())
    return known.row(-1, named=True) if known.height else None


def latest(text: Text, series: Series) -> tuple[str, str]:
    """The latest value, and what it is: ``27,245`` and ``victims, 12 months to June 2025; provisional``. Of what
    the ledger counts in a whole, ``13 of 40``."""
    row = _last(series)
    if row is None:
        return NOTHING, text.t("sentence.no_value")
    period = text.period(row["period_start"], row["period_end"], series.clock)
    if series.kind == "ledger" and row["denominator"]:
        return _of(text, row), period
    maturity = text.t(f"maturity.{_settled(row)}").lower()
    about = text.t("sentence.latest", period=period, maturity=maturity)
    value = text.value(row["value"], series.unit)
    if series.unit != "share":  # a value that says percent needs no unit
        noun = text.amount(row["value"], series.unit).removeprefix(value).strip()  # mil millones "de dólares"
        about = f"{noun}, {about}"
    return value, about


def _of(text: Text, row: dict[str, Any]) -> str:
    part, whole = text.number(row["numerator"]), text.number(row["denominator"])
    return text.t("sentence.ledger.of", part=part, whole=whole)


def change(text: Text, found: Change, unit: str) -> tuple[str, str]:
    """The change, and apart from it its interval, the day it is counted from, or why there is none of these."""
    if found.difference is None or (found.scale == "ratio" and found.ratio is None):
        return NOTHING, text.t(f"change.reason.{found.reason or 'missing'}")
    amount = _signed(text, found, unit, _central(found))
    amount = text.t("change.points", amount=amount) if _in_points(found, unit) else amount
    if found.lower is not None and found.upper is not None and not math.isinf(found.upper):
        lower, upper = (_signed(text, found, unit, one) for one in (found.lower, found.upper))
        return amount, text.t("number.interval", lower=lower, upper=upper)
    if found.scale == "difference" and (days := found.earlier_period) and _in_one_month(*days):
        key = "change.since" if days[0] == days[1] else "change.since_loose"
        return amount, text.t(key, when=text.known_day(*days))
    return amount, text.t("change.reason.no_interval")


def _in_one_month(first: date, last: date) -> bool:
    return (first.year, first.month) == (last.year, last.month)


def then(text: Text, first: date, last: date) -> str:
    """``on July 31, 2020``; ``in July 2020`` where only the month is known."""
    return text.t("change.day" if first == last else "change.loose", when=text.known_day(first, last))


def _central(found: Change) -> float:
    x = found.ratio if found.scale == "ratio" else found.difference
    assert x is not None
    return x


def _in_points(found: Change, unit: str) -> bool:
    """Whether a change is told in percentage points: a difference of what is per cent itself."""
    return found.scale == "difference" and unit == "share"


def _signed(text: Text, found: Change, unit: str, x: float) -> str:
    """A change, or an end of its interval, with its sign: ``−6.7%``, ``+1.6`` (points), ``+1,234``."""
    if found.scale == "ratio":
        return text.signed_percent(x - 1)
    points = _in_points(found, unit)
    return signed(text, x * (100 if unit == "share" else 1), 1 if points else 0)


def signed(text: Text, x: float, digits: int = 0) -> str:
    """A difference with its sign: ``+1,234``."""
    return f"{'+' if x > 0 else '−' if x < 0 else ''}{text.number(abs(x), digits)}"


def subject(name: str, place: str) -> str:
    """What a sentence is about: the metric, and where, unless its name says so already."""
    return f"**{name}**" if says_place(name, place) else f"**{name}**, {place}"


def placed(name: str, place: str) -> str:
    """A metric's name, followed by its place unless it says it already."""
    return name if says_place(name, place) else f"{name}, {place}"


def says_place(name: str, place: str) -> bool:
    """Whether a metric's name says its place already: ``la frontera terrestre suroeste``."""
    return place.casefold() in name.casefold()


def line(
    text: Text,
    place: str,
    metric: Metric,
    series: Series,
    yearly: Change,
    assessment: Assessment,
    target: OfficialTarget | None,
) -> str:
    """Everything a careful person would say of one line of the scorecard, in a few sentences of markdown."""
    row = _last(series)
    name = metric.name[text.lang]
    if row is None:
        return text.t("sentence.nothing", subject=subject(name, place))
    period = text.period(row["period_start"], row["period_end"], series.clock)
    parts = [
        text.t(
            "sentence.level",
            subject=subject(name, place),
            value=text.amount(row["value"], series.unit),
            period=period.removesuffix("."),  # «EE. UU.» ends the sentence with its own
        ),
        change_sentence(
            text, yearly, series.unit, neutral=metric.good == "none", register=metric.kind == "stock"
        ),
    ]
    if assessment.signal and assessment.signal.code in ("high", "low"):
        parts.append(text.t(f"sentence.signal.{assessment.signal.code}"))
    if target:
        key = "target_open"
        if assessment.status.code == "target_met":
            key = "target_met" if row["period_end"] >= target.due else "target_met_early"
        parts.append(text.t(f"sentence.{key}", target=target.set_by[text.lang]))
    parts += _why_no_status(text, series, yearly, assessment)
    if (settled := _settled(row)) != "final":
        parts.append(text.t(f"sentence.{settled}"))
    return " ".join(parts)


def _settled(row: dict[str, Any]) -> str:
    """The maturity of a value; of a published one that is no count, that it is an estimate, which stays one."""
    return "estimate" if "estimate" in (row["note"] or "").split() else str(row["maturity"])


def on_record(text: Text, metric: Metric, series: Series | None, code: str, due: date | None) -> str:
    """What the ledger holds of something that is to happen or to be published, and whether it is due."""
    if series is None or (row := _last(series)) is None:
        return (
            f"{text.t('sentence.ledger.none', name=metric.name[text.lang])} {_searched(text, metric)}".strip()
        )
    value = _of(text, row) if row["denominator"] else text.amount(row["value"], series.unit)
    parts = [
        text.t(
            "sentence.ledger.level",
            name=metric.name[text.lang],
            value=value,
            period=text.period(row["period_start"], row["period_end"], series.clock),
        )
    ]
    if due:
        parts.append(
            text.t(f"sentence.ledger.{'overdue' if code == 'overdue' else 'due'}", month=text.month(due))
        )
    return " ".join([*parts, metric.caveat[text.lang]])


def without_figure(text: Text, place: str, metric: Metric) -> str:
    """A line of which there is no figure: that nobody publishes one, or that none was out by the day."""
    key = "sentence.unpublished" if metric.searched else "sentence.nothing"
    return f"{text.t(key, subject=subject(metric.name[text.lang], place))} {_searched(text, metric)}".strip()


def _searched(text: Text, metric: Metric) -> str:
    return text.t("sentence.searched", searched=metric.searched[text.lang]) if metric.searched else ""


def _why_no_status(text: Text, series: Series, yearly: Change, assessment: Assessment) -> list[str]:
    """Why the status is not assessable, where what was said of the change has not told it already."""
    status = assessment.status
    if status.code == "shown":
        told = yearly.difference is not None
        no_months = status.reason == "clock" and not series.equal_age
        return (
            ([] if told else [text.t("sentence.shown")])
            if no_months
            else [unsignalled(text, series, status.reason or "clock")]
        )
    if status.code != "not_assessable" or not status.reason:
        return []
    told = yearly.reason == status.reason and yearly.difference is None
    return [] if told else [text.t(f"sentence.unjudged.{status.reason}")]


def unsignalled(text: Text, series: Series, reason: str) -> str:
    """Why there is no process chart of a series, so that its latest month can't be called usual or not."""
    if reason == "moved":
        return text.t("sentence.unsignalled.moved", n=CHART_MONTHS)
    if series.equal_age:
        return text.t("sentence.unsignalled.age")
    if reason != "too_short":
        return text.t("sentence.unsignalled.clock")
    row = _last(series)
    before = [one for one in series.breaks if one.blocks and row and one.first <= row["period_end"]]
    newest = max(before, key=lambda one: one.last, default=None)
    if row and newest and months_between(newest.last, row["period_end"]) < CHART_MONTHS:
        return text.t(
            "sentence.unsignalled.since_break",
            n=CHART_MONTHS,
            day=newest.last,
            reason=newest.reason[text.lang],
        )
    return text.t("sentence.unsignalled.too_short", n=CHART_MONTHS)


def change_sentence(text: Text, found: Change, unit: str, *, neutral: bool, register: bool = False) -> str:
    """What the change over a year says, or why there is none to speak of; a ``register`` of people is no sample."""
    if found.reason == "break" and found.broken:
        return text.t("sentence.broken", reason=found.broken.reason[text.lang])
    if found.reason and found.difference is None:
        return text.t(f"sentence.reason.{found.reason}")
    if register:
        assert found.earlier_period is not None
        rose = (found.difference or 0) >= 0
        return text.t(
            f"sentence.register.{'more' if rose else 'fewer'}",
            amount=text.number(abs(found.difference or 0)),
            then=then(text, *found.earlier_period),
        )
    amount, about = change(text, found, unit)
    bounded = found.lower is not None and found.upper is not None and not math.isinf(found.upper)
    words = (
        text.t("sentence.with_interval", amount=amount, interval=about) if bounded else f"{amount} ({about})"
    )
    if neutral:
        return text.t("sentence.neutral", change=words)
    if found.distinguishable is None:
        return text.t("sentence.unknown_noise", change=amount)
    if not found.distinguishable:
        return text.t("sentence.noise", change=words)
    rose = (found.difference or 0) > 0
    return text.t("sentence.up" if rose else "sentence.down", **_moved(text, found, unit))


def _moved(text: Text, found: Change, unit: str) -> dict[str, str]:
    """How far a figure rose or fell, and between what (the smaller first), without a sign: the verb tells it."""
    assert found.lower is not None
    assert found.upper is not None
    if found.scale == "ratio":
        assert found.ratio is not None
        moves = [found.ratio - 1, found.lower - 1, found.upper - 1]
    else:
        assert found.difference is not None
        moves = [found.difference, found.lower, found.upper]
    by, low, high = (abs(one) for one in (moves[0], *sorted(moves[1:], key=abs)))
    if found.scale == "ratio":
        said = [text.percent(one) for one in (by, low, high)]
    elif unit == "share":
        said = [text.t("change.points", amount=text.number(one * 100, 1)) for one in (by, low, high)]
    else:
        said = [text.number(one) for one in (by, low, high)]
    return dict(zip(("by", "lower", "upper"), said, strict=True))
