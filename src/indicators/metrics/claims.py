"""Fact-checks: what our data say of a published figure, today and as of the day it was published.

A claim is a test. Its verdict is computed wherever a metric exists; a figure that we know only from the claim
itself confirms nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
import polars as pl

from indicators import catalog
from indicators.catalog.claims import Claim, Verdict, claims
from indicators.metrics import compute, published
from indicators.metrics.series import Series
from indicators.metrics.windows import sums
from indicators.periods import Clock, add_months, month_end, months_between
from indicators.warehouse.query import select

Period = tuple[date, date]


@dataclass(frozen=True)
class Reading:
    """A claim's number in our data as known on ``as_of``; None where no release held it, with the ``reason``:
    ``not_held`` (no data for the period) or ``circular`` (the only source is the claim itself)."""

    as_of: date
    value: float | None = None
    vintage: str = ""
    reason: str | None = None


@dataclass(frozen=True)
class Checked:
    """``verdict`` is confirmed · revised (confirmed then, revised since) · contradicted · not_checkable.

    ``reason`` says why it is what it is where that is not plain: ``judged`` (from the evidence) ·
    ``not_held`` · ``circular`` · ``release_not_held`` (today's figure is near, the release of the day is not at
    hand) · ``not_then`` (today's figure confirms it, that of its day did not).
    ``also`` are the values today of the claim's other metrics for the same period.
    """

    claim: Claim
    today: Reading
    then: Reading
    verdict: Verdict
    reason: str | None = None
    also: tuple[tuple[str, float | None], ...] = ()


class History:
    """Series of the warehouse, each read once: many claims ask for the same one."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._read: dict[tuple[object, ...], Series | None] = {}
        released = select(connection, "SELECT source, released FROM vintage ORDER BY released")
        self._released = [(source, day) for source, day in released.iter_rows()]

    def series(self, name: str, place: str, window: Clock | None, as_of: date) -> Series | None:
        """A metric at a place as known on a day; None where nothing is."""
        day = self._last_release(catalog.metrics()[name], as_of)
        key = (name, place, window, day)
        if day and key not in self._read:
            self._read[key] = compute.all_series(self.connection, name, day, [place], window).get(place)
        return self._read.get(key)

    def _last_release(self, metric: catalog.Metric, as_of: date) -> date | None:
        """The day on which what was known on ``as_of`` came out; None before the first release."""
        if metric.table is None or metric.population:
            return as_of
        sources = {one.id for one in catalog.sources().values() if one.table == metric.table}
        return max((day for one, day in self._released if one in sources and day <= as_of), default=None)


def check_all(connection: duckdb.DuckDBPyConnection, as_of: date) -> list[Checked]:
    """Every claim of the catalogue, checked against the warehouse as known on ``as_of``."""
    history = History(connection)
    return [check(history, one, as_of) for one in claims().values()]


def check(history: History, claim: Claim, as_of: date) -> Checked:
    """One claim."""
    today, then = read(history, claim, as_of), read(history, claim, min(claim.known_on, as_of))
    verdict, reason = decide(claim, today, then)
    also = tuple((name, _also(history, claim, name, as_of)) for name in claim.also)
    return Checked(claim, today, then, verdict, reason, also)


def decide(claim: Claim, today: Reading, then: Reading) -> tuple[Verdict, str | None]:
    """The verdict, and the reason where it is not plain. A judged verdict stands in where nothing was read, or where
    the release that was quoted is gone."""
    if today.value is None and then.value is None:
        return (claim.judged, "judged") if claim.judged else ("not_checkable", today.reason)
    now = today.value is not None and claim.allows(today.value)
    before = then.value is not None and claim.allows(then.value)
    if now:
        return "confirmed", None if before or then.value is None else "not_then"
    if before:
        return "revised", None
    if then.value is None and today.value is not None and claim.nearly_allows(today.value):
        return (claim.judged, "judged") if claim.judged else ("not_checkable", "release_not_held")
    return "contradicted", None


def read(history: History, claim: Claim, as_of: date) -> Reading:
    """What the releases known on a day say of a claim's number."""
    if not claim.metric:
        return Reading(as_of)
    assert claim.period
    if _is_circular(history.connection, claim, as_of):
        return Reading(as_of, reason="circular")
    found = history.series(claim.metric, claim.place, claim.window, as_of)
    level, vintage = _value(found, claim.period)
    value = _measured(claim, found, level)
    return Reading(
        as_of, value, vintage if value is not None else "", None if value is not None else "not_held"
    )


def _measured(claim: Claim, series: Series | None, level: float | None) -> float | None:
    """The number that is claimed, from the level of its period."""
    if claim.measure == "level" or level is None or series is None:
        return level
    if claim.measure == "periods_higher":
        return _periods_higher(claim, series, level)
    assert claim.baseline
    base, _ = _value(series, claim.baseline)
    if base is None or (claim.measure == "percent_change" and not base):
        return None
    return level - base if claim.measure == "difference" else 100 * (level / base - 1)


def _periods_higher(claim: Claim, series: Series, level: float) -> float | None:
    """How many periods of the same length from ``since`` until the claim were higher: none of them may be missing,
    unless one that is there was higher already."""
    assert claim.period
    assert claim.since
    months = months_between(*claim.period) + 1
    back = months_between(claim.since, claim.period[0]) // months
    forward = months_between(claim.period[1], claim.known_on) // months
    others = [_moved(claim.period, step * months) for step in range(-back, forward + 1) if step]
    values = [_value(series, other)[0] for other in others if other[1] <= claim.known_on]
    higher = sum(value > level for value in values if value is not None)
    return None if not higher and None in values else float(higher)


def _moved(period: Period, months: int) -> Period:
    return add_months(period[0], months), month_end(add_months(period[1], months))


def _value(series: Series | None, period: Period) -> tuple[float | None, str]:
    """The value of a period and the releases it stands on, summed where the series counts by month."""
    if series is None or series.frame.is_empty():
        return None, ""
    if series.clock == Clock.MONTH and series.kind in ("count", "amount"):
        rows = sums(series, [period])
    else:
        rows = series.frame.filter(pl.col("period_start") == period[0], pl.col("period_end") == period[1])
    if rows.is_empty() or rows["value"].to_list()[0] is None:
        return None, ""
    row = rows.row(0, named=True)
    return float(row["value"]), row["vintage"] or ""


def _is_circular(connection: duckdb.DuckDBPyConnection, claim: Claim, as_of: date) -> bool:
    """Whether the figure it would be checked against was itself taken from the claim."""
    metric = catalog.metrics()[claim.metric]
    if metric.kind != "published":
        return False
    taken = published.figures(connection, claim.metric, as_of).filter(
        pl.col("place") == claim.place, pl.col("clock") == str(claim.window or metric.clock)
    )
    for first, last in filter(None, [claim.period, claim.baseline]):
        urls = taken.filter(pl.col("period_start") == first, pl.col("period_end") == last)["url"]
        if claim.url in urls.head(1):
            return True
    return False


def _also(history: History, claim: Claim, name: str, as_of: date) -> float | None:
    assert claim.period
    return _value(history.series(name, claim.place, None, as_of), claim.period)[0]


def table(checked: list[Checked]) -> pl.DataFrame:
    """One row a claim, as it is printed."""
    rows = [
        {
            "claim": one.claim.id,
            "who": one.claim.who.en,
            "said": one.claim.said,
            "figure": one.claim.figure,
            "today": one.today.value,
            "then": one.then.value,
            "then_as_of": one.then.as_of,
            "verdict": one.verdict,
            "reason": one.reason,
        }
        for one in checked
    ]
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.col(pl.Float64).round(2))
