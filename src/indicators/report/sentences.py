"""Results in words: metric, place, period, change, and the comparison of the change with noise.

No sentence claims more than its interval; of a refused comparison the sentence has the reason.
"""

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from indicators import catalog
from indicators.catalog import Metric
from indicators.catalog.scorecard import OfficialTarget
from indicators.charts.tables import NOTHING
from indicators.i18n import Text
from indicators.metrics.change import Change, year_on_year
from indicators.metrics.process_chart import CHART_MONTHS
from indicators.metrics.series import MADE_ANEW, Series
from indicators.metrics.status import Assessment, Status
from indicators.periods import months_between


class Words:
    """Prose that a notebook shows as markdown."""

    def __init__(self, markdown: str) -> None:
        self.markdown = markdown

    def __repr__(self) -> str:
        return self.markdown

    def _repr_markdown_(self) -> str:
        return self.markdown


@dataclass(frozen=True)
class Line:
    """One line of the scorecard: a metric at a place. Without a figure ``series``, ``latest`` and ``grade`` are None.

    ``newer`` has a figure after the last one that the change compares: announced, or counted since a break. ``due`` is
    the day for which an event of the ledger was announced, where one was. ``provenance`` is the weakest of the releases
    compared; None for a figure of a document. A ``headline`` is drawn on the index of all reports.
    """

    metric: Metric
    place: str
    series: Series | None
    latest: Series | None  # over twelve months where the series is monthly: the change compares these
    assessment: Assessment
    goal: str = ""
    target: OfficialTarget | None = None
    grade: str | None = None
    newer: Series | None = None
    due: date | None = None
    provenance: str | None = None
    headline: bool = False

    @property
    def yearly(self) -> Change:
        """The change against the year before, also where the status follows from a baseline."""
        return year_on_year(self.series) if self.target and self.series else self.assessment.change


def last_row(series: Series | None) -> dict[str, Any] | None:
    """Return the last row with a value; None where there is none."""
    valued = series.frame.filter(pl.col("value").is_not_null()) if series else pl.DataFrame()
    return valued.row(-1, named=True) if valued.height else None


def latest(text: Text, series: Series) -> tuple[str, str]:
    """Return the latest value and its description: ``27,245`` and ``victims, 12 months to June 2025; provisional``.

    A count of the ledger within a whole is ``13 of 40``.
    """
    row = last_row(series)
    if row is None:
        return NOTHING, text.t("sentence.no_value")
    period = text.period(row["period_start"], row["period_end"], series.clock)
    if series.kind == "ledger" and row["denominator"]:
        return _of(text, row), period
    maturity = text.t(f"maturity.{_settled(row)}").lower()
    about = text.t("sentence.latest", period=period, maturity=maturity)
    value = text.value(row["value"], series.unit)
    if series.unit != "share":  # a value in per cent needs no unit
        noun = text.amount(row["value"], series.unit).removeprefix(value).strip()  # mil millones "de dólares"
        about = f"{noun}, {about}"
    return value, about


def _of(text: Text, row: dict[str, Any]) -> str:
    part, whole = text.number(row["numerator"]), text.number(row["denominator"])
    return text.t("sentence.ledger.of", part=part, whole=whole)


def change(text: Text, found: Change, unit: str) -> tuple[str, str]:
    """Return the change, and apart from it its interval, its first day, or the reason why there is neither."""
    if found.difference is None or (found.scale == "ratio" and found.ratio is None):
        return NOTHING, text.t(f"change.reason.{found.reason or 'missing'}")
    amount = _signed(text, found, unit, _central(found))
    amount = text.t("change.points", amount=amount) if _in_points(found, unit) else amount
    if found.lower is not None and found.upper is not None and not math.isinf(found.upper):
        lower, upper = (_signed(text, found, unit, one) for one in (found.lower, found.upper))
        return amount, text.t("number.interval", lower=lower, upper=upper)
    first, last = found.earlier_period or (date.min, date.max)
    if found.scale == "difference" and (first.year, first.month) == (last.year, last.month):
        key = "change.since" if first == last else "change.since_loose"
        return amount, text.t(key, when=text.known_day(first, last))
    return amount, text.t("change.reason.no_interval")


def then(text: Text, first: date, last: date) -> str:
    """Return ``on July 31, 2020``; ``in July 2020`` for any day of the month."""
    return text.t("change.day" if first == last else "change.loose", when=text.known_day(first, last))


def _central(found: Change) -> float:
    x = found.ratio if found.scale == "ratio" else found.difference
    assert x is not None
    return x


def _in_points(found: Change, unit: str) -> bool:
    """Return true for a change in percentage points: a difference between shares."""
    return found.scale == "difference" and unit == "share"


def _signed(text: Text, found: Change, unit: str, x: float) -> str:
    """Return a change, or an end of its interval, with its sign: ``−6.7%``, ``+1.6`` (points), ``+1,234``."""
    if found.scale == "ratio":
        return text.signed_percent(x - 1)
    points = _in_points(found, unit)
    return signed(text, x * (100 if unit == "share" else 1), 1 if points else 0)


def signed(text: Text, x: float, digits: int = 0) -> str:
    """Return a difference with its sign: ``+1,234``."""
    return f"{'+' if x > 0 else '−' if x < 0 else ''}{text.number(abs(x), digits)}"


def placed(name: str, place: str, mark: str = "") -> str:
    """Return a metric's name (in bold for the mark ``**``), followed by its place unless the name contains it."""
    named = f"{mark}{name}{mark}"
    return named if place.casefold() in name.casefold() else f"{named}, {place}"


def line(text: Text, found: Line) -> str:
    """Return a few sentences of markdown on one line of the scorecard."""
    metric = found.metric
    if metric.klass == "ledger":
        return _on_record(text, found)
    subject = placed(metric.name[text.lang], catalog.places()[found.place].name(text.lang), mark="**")
    row = last_row(found.latest)
    if row is None or found.latest is None:
        key = "sentence.unpublished" if metric.searched else "sentence.nothing"
        return f"{text.t(key, subject=subject)} {_searched(text, metric)}".strip()
    unit, status = found.latest.unit, found.assessment.status
    period = text.period(row["period_start"], row["period_end"], found.latest.clock)
    parts = [
        text.t(
            "sentence.level",
            subject=subject,
            value=text.amount(row["value"], unit),
            period=period.removesuffix("."),  # «EE. UU.» ends the sentence with its own
        ),
        change_sentence(text, found.yearly, unit, neutral=metric.good == "none", register=metric.kind == "stock"),
    ]
    if found.assessment.signal and found.assessment.signal.code in ("high", "low"):
        parts.append(text.t(f"sentence.signal.{found.assessment.signal.code}"))
    if found.target:
        key = "target_open"
        if status.code == "target_met":
            key = "target_met" if row["period_end"] >= found.target.due else "target_met_early"
        parts.append(text.t(f"sentence.{key}", target=found.target.set_by[text.lang]))
    if found.newer:
        parts.append(newer(text, found.newer))
    parts += _why_no_status(text, found.latest, found.yearly, status)
    if (settled := _settled(row)) != "final":
        parts.append(text.t(f"sentence.{settled}"))
    if found.provenance in MADE_ANEW:
        parts.append(text.t(f"provenance.{found.provenance}"))
    return " ".join(parts)


def newer(text: Text, series: Series) -> str:
    """Return a newer figure than those compared, in a sentence that says whose it is or why it is not compared."""
    row = last_row(series)
    assert row
    value = text.amount(row["value"], series.unit)
    if series.kind == "published":
        period = text.period(row["period_start"], row["period_end"], series.clock)
        return text.t("sentence.newer_published", value=value, period=period, publisher=row["vintage"])
    first, last = text.month(row["period_start"]), text.month(row["period_end"])
    return text.t("sentence.newer_counted", value=value, month=first, last=last)


def _settled(row: dict[str, Any]) -> str:
    """Return the maturity of a value; ``estimate`` for a published value that is no count."""
    return "estimate" if "estimate" in (row["note"] or "").split() else str(row["maturity"])


def _on_record(text: Text, found: Line) -> str:
    """Return the entries of the ledger on a line, and the day for which the next one was announced."""
    metric, series, row = found.metric, found.latest, last_row(found.latest)
    name = metric.name[text.lang]
    if series is None or row is None:
        return f"{text.t('sentence.ledger.none', name=name)} {_searched(text, metric)}".strip()
    value = _of(text, row) if row["denominator"] else text.amount(row["value"], series.unit)
    period = text.period(row["period_start"], row["period_end"], series.clock)
    parts = [text.t("sentence.ledger.level", name=name, value=value, period=period)]
    if found.due:
        key = "overdue" if found.assessment.status.code == "overdue" else "due"
        parts.append(text.t(f"sentence.ledger.{key}", month=text.month(found.due)))
    return " ".join([*parts, metric.caveat[text.lang]])


def _searched(text: Text, metric: Metric) -> str:
    return text.t("sentence.searched", searched=metric.searched[text.lang]) if metric.searched else ""


def _why_no_status(text: Text, series: Series, yearly: Change, status: Status) -> list[str]:
    """Return the reason why a line has no status, unless the sentence on its change has the reason already."""
    if status.code == "shown":
        if status.reason != "clock" or series.equal_age:
            return [unsignalled(text, series, status.reason or "clock")]
        return [] if yearly.difference is not None else [text.t("sentence.shown")]
    if status.code != "not_assessable" or not status.reason:
        return []
    explained = yearly.reason == status.reason and yearly.difference is None
    return [] if explained else [text.t(f"sentence.unjudged.{status.reason}")]


def unsignalled(text: Text, series: Series, reason: str) -> str:
    """Return the reason why a series has no process chart, without which its latest month is not judged."""
    if reason == "moved":
        return text.t("sentence.unsignalled.moved", n=CHART_MONTHS)
    if series.equal_age:
        return text.t("sentence.unsignalled.age")
    if reason != "too_short":
        return text.t("sentence.unsignalled.clock")
    row = last_row(series)
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
    """Return a sentence on the change over a year, or on the reason why there is none.

    A metric without a good direction is ``neutral``; the change of a ``register`` of people has no interval.
    """
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
    words = text.t("sentence.with_interval", amount=amount, interval=about) if bounded else f"{amount} ({about})"
    if neutral:
        return text.t("sentence.neutral", change=words)
    if found.distinguishable is None:
        return text.t("sentence.unknown_noise", change=amount)
    if not found.distinguishable:
        return text.t("sentence.noise", change=words)
    rose = (found.difference or 0) > 0
    return text.t("sentence.up" if rose else "sentence.down", **_moved(text, found, unit))


def _moved(text: Text, found: Change, unit: str) -> dict[str, str]:
    """Return the size of a change and of the ends of its interval, the smaller first, without a sign."""
    assert found.lower is not None
    assert found.upper is not None
    base = 1 if found.scale == "ratio" else 0
    by, *ends = (abs(x - base) for x in (_central(found), found.lower, found.upper))

    def words(x: float) -> str:
        if found.scale == "ratio":
            return text.percent(x)
        return text.t("change.points", amount=text.number(x * 100, 1)) if unit == "share" else text.number(x)

    return {"by": words(by), "lower": words(min(ends)), "upper": words(max(ends))}
