"""Fact-checks of published figures against our data, as of today and as of the day of publication.

A claim is a test. Its verdict is computed wherever a metric exists; a figure whose only source is the claim itself
confirms nothing.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import polars as pl

from indicators import catalog
from indicators.catalog.claims import Claim, Verdict, claims
from indicators.metrics import compute, published
from indicators.metrics.series import Series, weakest
from indicators.metrics.windows import Period, moved, sums
from indicators.periods import Clock, months_between
from indicators.warehouse.query import select


@dataclass(frozen=True)
class Reading:
    """The number of a claim in our data by ``as_of``; where there is none, ``value`` is None.

    ``reason`` is then ``not_held`` (no data for the period) or ``circular`` (the only source is the claim itself).
    """

    as_of: date
    value: float | None = None
    vintage: str = ""
    provenance: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Checked:
    """A claim with its verdict: confirmed · revised (confirmed then, revised since) · contradicted · not_checkable.

    ``reason``, where the readings alone do not explain the verdict: ``judged`` (from the evidence) · ``not_held`` ·
    ``circular`` · ``release_not_held`` (the figure of today is near, the release of the day is missing) ·
    ``not_then`` (the figure of today confirms it, the figure of its day did not).
    """

    claim: Claim
    today: Reading
    then: Reading
    verdict: Verdict
    reason: str | None = None


class History:
    """Series of the warehouse, each read once, as many claims need the same one."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._read: dict[tuple[object, ...], Series | None] = {}
        released = select(connection, "SELECT source, released FROM vintage ORDER BY released")
        self._released = [(source, day) for source, day in released.iter_rows()]

    def series(self, name: str, place: str, window: Clock | None, as_of: date) -> Series | None:
        """Return a metric at a place as of a day; None where no release has it."""
        day = self._last_release(catalog.metrics()[name], as_of)
        key = (name, place, window, day)
        if day and key not in self._read:
            self._read[key] = compute.all_series(self.connection, name, day, [place], window).get(place)
        return self._read.get(key)

    def _last_release(self, metric: catalog.Metric, as_of: date) -> date | None:
        """Return the day of the last release of a metric by ``as_of``; None before the first one."""
        if metric.table is None or metric.population:
            return as_of
        sources = {source.id for source in catalog.sources().values() if source.table == metric.table}
        days = [day for source, day in self._released if source in sources and day <= as_of]
        return max(days, default=None)


def check_all(connection: duckdb.DuckDBPyConnection, as_of: date) -> list[Checked]:
    """Check every claim of the catalogue against the warehouse as of a day."""
    history = History(connection)
    return [check(history, claim, as_of) for claim in claims().values()]


def check(history: History, claim: Claim, as_of: date) -> Checked:
    """Check one claim against the releases by ``as_of`` and by the day it was made."""
    today, then = read(history, claim, as_of), read(history, claim, min(claim.known_on, as_of))
    return Checked(claim, today, then, *decide(claim, today, then))


def decide(claim: Claim, today: Reading, then: Reading) -> tuple[Verdict, str | None]:
    """Return the verdict on a claim, and the reason where the readings alone do not explain it.

    The verdict judged by hand replaces it where there is no reading, or the release that was quoted is missing.
    """
    if today.value is None and then.value is None:
        return (claim.judged, "judged") if claim.judged else ("not_checkable", today.reason)
    now = today.value is not None and claim.allows(today.value)
    before = then.value is not None and claim.allows(then.value)
    if now:
        return "confirmed", None if before or then.value is None else "not_then"
    if before:
        return "revised", None
    if then.value is None and today.value is not None and claim.allows(today.value, claim.moves):
        return (claim.judged, "judged") if claim.judged else ("not_checkable", "release_not_held")
    return "contradicted", None


def read(history: History, claim: Claim, as_of: date) -> Reading:
    """Return the number of a claim from the releases by a day."""
    if not claim.metric:
        return Reading(as_of)
    assert claim.period
    if _is_circular(history.connection, claim, as_of):
        return Reading(as_of, reason="circular")
    found = history.series(claim.metric, claim.place, claim.window, as_of)
    row = _row(found, claim.period)
    value = _measured(claim, found, row.get("value"))
    if value is None:
        return Reading(as_of, reason="not_held")
    base = _row(found, claim.baseline) if claim.baseline else {}
    return Reading(as_of, value, row["vintage"] or "", weakest([row["provenance"], base.get("provenance")]))


def table(checked: list[Checked]) -> pl.DataFrame:
    """Return one row a claim, with numbers rounded to two decimals."""
    rows = [
        {
            "claim": row.claim.id,
            "who": row.claim.who.en,
            "said": row.claim.said,
            "figure": row.claim.figure,
            "today": row.today.value,
            "then": row.then.value,
            "then_as_of": row.then.as_of,
            "verdict": row.verdict,
            "reason": row.reason,
            "provenance": weakest([row.today.provenance, row.then.provenance]),
        }
        for row in checked
    ]
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.col(pl.Float64).round(2))


def _measured(claim: Claim, series: Series | None, level: float | None) -> float | None:
    """Return the claimed measure, from the level of its period."""
    if claim.measure == "level" or level is None or series is None:
        return level
    if claim.measure == "periods_higher":
        return _periods_higher(claim, series, level)
    assert claim.baseline
    base: float | None = _row(series, claim.baseline).get("value")
    if base is None or (claim.measure == "percent_change" and not base):
        return None
    return level - base if claim.measure == "difference" else 100 * (level / base - 1)


def _periods_higher(claim: Claim, series: Series, level: float) -> float | None:
    """Count the periods of the same length, from ``since`` until the claim, that were higher.

    None where no period was higher and one has no value.
    """
    assert claim.period
    assert claim.since
    months = months_between(*claim.period) + 1
    back = months_between(claim.since, claim.period[0]) // months
    forward = months_between(claim.period[1], claim.known_on) // months
    others = [moved(claim.period, step * months) for step in range(-back, forward + 1) if step]
    values = [_row(series, other).get("value") for other in others if other[1] <= claim.known_on]
    higher = sum(value > level for value in values if value is not None)
    return None if not higher and None in values else float(higher)


def _row(series: Series | None, period: Period) -> dict[str, Any]:
    """Return the row of a period, summed from months where there are months; an empty one without a value."""
    if series is None or series.frame.is_empty():
        return {}
    if series.clock == Clock.MONTH and series.kind in ("count", "amount"):
        rows = sums(series, [period])
    else:
        rows = series.frame.filter(pl.col("period_start") == period[0], pl.col("period_end") == period[1])
    if rows.is_empty() or rows["value"].to_list()[0] is None:
        return {}
    return rows.row(0, named=True)


def _is_circular(connection: duckdb.DuckDBPyConnection, claim: Claim, as_of: date) -> bool:
    """Return true if the figure to check the claim against was itself taken from the claim."""
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
