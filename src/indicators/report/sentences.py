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
from indicators.metrics.change import Change
from indicators.metrics.series import Series
from indicators.metrics.signals import CHART_MONTHS
from indicators.metrics.status import Assessment
from indicators.periods import months_between
from indicators.text import Text


class Words:
    """Prose that a notebook shows as markdown."""

    def __init__(self, markdown: str) -> None:
        self.markdown = markdown

    def _repr_markdown_(self) -> str:
        return self.markdown


def _last(series: Series) -> dict[str, Any] | None:
    known = series.frame.filter(pl.col("value").is_not_null())
    return known.row(-1, named=True) if known.height else None


def latest(text: Text, series: Series) -> str:
    """The latest value and its period: ``27,245 (12 months to June 2025)``."""
    row = _last(series)
    if row is None:
        return text.t("sentence.no_value")
    period = text.period(row["period_start"], row["period_end"], series.clock)
    return f"{text.value(row['value'], series.unit)} ({period})"


def through(text: Text, series: Series) -> str:
    """The last month (or day) with a value, and how settled it is."""
    row = _last(series)
    if row is None:
        return text.t("sentence.no_value")
    day = text.day(row["period_end"]) if series.kind == "stock" else text.month(row["period_end"])
    return text.t("sentence.through", day=day, maturity=text.t(f"maturity.{row['maturity']}").lower())


def change(text: Text, found: Change, unit: str, form: str = "change.with_interval") -> str:
    """The change with its interval (worded as ``form``), or why there is none."""
    if found.reason and found.difference is None:
        return text.t(f"change.reason.{found.reason}")
    if found.scale == "difference":
        amount = _points(text, found.difference) if unit == "share" else signed(text, found.difference)
        if found.lower is None or found.upper is None:
            return _since(text, amount, found)
        lower, upper = (
            _signed_points(text, one) if unit == "share" else signed(text, one)
            for one in (found.lower, found.upper)
        )
        return text.t(form, amount=amount, lower=lower, upper=upper)
    if found.ratio is None:
        return text.t("change.reason.missing")
    amount = text.signed_percent(found.ratio - 1)
    if found.lower is None or found.upper is None or math.isinf(found.upper):
        return text.t("change.without_interval", amount=amount)
    lower, upper = (text.signed_percent(one - 1) for one in (found.lower, found.upper))
    return text.t(form, amount=amount, lower=lower, upper=upper)


def _since(text: Text, amount: str, found: Change) -> str:
    """A difference without interval; of a stock with the day of the count it is taken from."""
    assert found.earlier_period is not None
    first, last = found.earlier_period
    return text.t("change.since", amount=amount, day=last) if first == last else amount


def _points(text: Text, share: float | None) -> str:
    assert share is not None
    return text.t("change.points", amount=_signed_points(text, share))


def _signed_points(text: Text, share: float) -> str:
    sign = "+" if share > 0 else "−" if share < 0 else ""
    return f"{sign}{text.number(abs(share) * 100, 1)}"


def signed(text: Text, x: float | None) -> str:
    """A difference of counts with its sign: ``+1,234``."""
    assert x is not None
    return f"{'+' if x > 0 else '−' if x < 0 else ''}{text.number(abs(x))}"


def subject(name: str, place: str) -> str:
    """What a sentence is about: the metric, and where, unless its name says so already."""
    return f"**{name}**" if place in name else f"**{name}**, {place}"


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
        key = "sentence.target_met" if assessment.status.code == "target_met" else "sentence.target_open"
        parts.append(text.t(key, target=target.set_by[text.lang]))
    parts += _why_no_status(text, series, yearly, assessment)
    if row["maturity"] != "final":
        parts.append(text.t(f"sentence.{row['maturity']}"))
    return " ".join(parts)


def on_record(text: Text, metric: Metric, series: Series | None, code: str, due: date | None) -> str:
    """What the ledger holds of something that is to happen or to be published, and whether it is due."""
    if series is None or (row := _last(series)) is None:
        return (
            f"{text.t('sentence.ledger.none', name=metric.name[text.lang])} {_searched(text, metric)}".strip()
        )
    part, whole = row["numerator"], row["denominator"]
    value = (
        text.t("sentence.ledger.of", part=text.number(part), whole=text.number(whole))
        if whole
        else text.amount(row["value"], series.unit)
    )
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
            day=found.earlier_period[1],
        )
    words = change(text, found, unit, "sentence.with_interval")
    if neutral:
        return text.t("sentence.neutral", change=words)
    if found.distinguishable is None:
        return text.t("sentence.unknown_noise", change=_without_interval(text, found, unit))
    if not found.distinguishable:
        return text.t("sentence.noise", change=words)
    rose = (found.difference or 0) > 0
    return text.t("sentence.up" if rose else "sentence.down", **_moved(text, found, unit))


def _without_interval(text: Text, found: Change, unit: str) -> str:
    """A change of which an interval would claim to know the noise."""
    if found.scale == "difference":
        return _points(text, found.difference) if unit == "share" else signed(text, found.difference)
    return text.t("change.reason.missing") if found.ratio is None else text.signed_percent(found.ratio - 1)


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
