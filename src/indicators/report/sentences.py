"""Results in words: what, where, when, how it changed, and whether that can be told from noise.

No sentence claims more than its interval; a comparison that was refused says so, with the reason.
"""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from indicators.catalog import Metric
from indicators.catalog.scorecard import OfficialTarget
from indicators.metrics.change import Change
from indicators.metrics.series import Series
from indicators.metrics.signals import CHART_MONTHS
from indicators.metrics.status import RULES, Assessment
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
            since = found.earlier_period
            assert since is not None
            return text.t("change.since", amount=amount, day=since[1])
        bounds = [
            _points(text, one) if unit == "share" else signed(text, one) for one in (found.lower, found.upper)
        ]
        return text.t(form, amount=amount, lower=bounds[0], upper=bounds[1])
    if found.ratio is None:
        return text.t("change.reason.missing")
    amount = text.signed_percent(found.ratio - 1)
    if found.lower is None or found.upper is None or math.isinf(found.upper):
        return text.t("change.without_interval", amount=amount)
    lower, upper = (text.signed_percent(one - 1) for one in (found.lower, found.upper))
    return text.t(form, amount=amount, lower=lower, upper=upper)


def _points(text: Text, share: float | None) -> str:
    assert share is not None
    sign = "+" if share > 0 else "−" if share < 0 else ""
    return text.t("change.points", amount=f"{sign}{text.number(abs(share) * 100, 1)}")


def signed(text: Text, x: float | None) -> str:
    """A difference of counts with its sign: ``+1,234``."""
    assert x is not None
    return f"{'+' if x > 0 else '−' if x < 0 else ''}{text.number(abs(x))}"


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
        return text.t("sentence.nothing", name=name, place=place)
    parts = [
        text.t(
            "sentence.level",
            name=name,
            place=place,
            value=text.amount(row["value"], series.unit),
            period=text.period(row["period_start"], row["period_end"], series.clock),
        ),
        change_sentence(text, yearly, series.unit, neutral=metric.good == "none"),
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


def _why_no_status(text: Text, series: Series, yearly: Change, assessment: Assessment) -> list[str]:
    """Why the status is not assessable, where what was said of the change has not told it already."""
    status = assessment.status
    if status.code != "not_assessable" or not status.reason:
        return []
    if status.rule == RULES["output"]:
        return [unsignalled(text, series, status.reason)]
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


def change_sentence(text: Text, found: Change, unit: str, *, neutral: bool) -> str:
    """What the change over a year says, or why there is none to speak of."""
    if found.reason == "break" and found.broken:
        return text.t("sentence.broken", reason=found.broken.reason[text.lang])
    if found.reason and found.difference is None:
        return text.t(f"sentence.reason.{found.reason}")
    if found.method == "difference" and unit != "share":
        assert found.earlier_period is not None
        return text.t("sentence.stock", amount=signed(text, found.difference), day=found.earlier_period[1])
    words = change(text, found, unit, "sentence.with_interval")
    if neutral:
        return text.t("sentence.neutral", change=words)
    if found.distinguishable is None:
        return text.t("sentence.unknown_noise", change=words)
    if not found.distinguishable:
        return text.t("sentence.noise", change=words)
    rose = (found.difference or 0) > 0
    return text.t("sentence.up" if rose else "sentence.down", change=words)
