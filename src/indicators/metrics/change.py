"""Change between two periods of one series, with an interval that covers more than Poisson's noise.

No change is computed between windows that overlap, nor across a break; the noise is estimated from the months of the
series (``dispersion``), so that a year which merely wavers is not called a rise or a fall.
"""

import math
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import polars as pl

from indicators.catalog import Break
from indicators.catalog.schema import MATURITIES
from indicators.errors import UsageError
from indicators.metrics import dispersion
from indicators.metrics.rates import CONFIDENCE, PER, wilson, z_of
from indicators.metrics.series import NotComparable, Series
from indicators.metrics.windows import Period, moved, sums, window_of, with_values
from indicators.periods import Clock, months_between

Z = z_of(CONFIDENCE)
Row = dict[str, Any]
Estimate = tuple[float, float, float]


@dataclass(frozen=True)
class Change:
    """The change from the ``earlier`` to the ``later`` value; ``lower`` and ``upper`` bound ``scale``, at CONFIDENCE.

    ``method``: ``quasi_poisson`` · ``quasi_binomial`` (noise estimated: ``dispersion`` is phi, at least 1,
    ``autocorrelation`` the correlation of neighbouring months) · ``poisson`` · ``newcombe`` (no months to estimate
    it from) · ``published_interval`` · ``difference`` (the stock of a register is no sample) · ``none``.
    ``distinguishable`` is true if the interval excludes no change; None where that can't be decided, with
    ``reason``: ``break`` · ``clock`` · ``age`` · ``publishers`` · ``is_change`` · ``missing`` · ``too_short`` ·
    ``no_interval`` · ``dispersion_unknown``.
    """

    earlier_period: Period | None = None
    later_period: Period | None = None
    earlier: float | None = None
    later: float | None = None
    ratio: float | None = None
    difference: float | None = None
    lower: float | None = None
    upper: float | None = None
    scale: Literal["ratio", "difference"] = "ratio"
    method: str = "none"
    dispersion: float | None = None
    autocorrelation: float | None = None
    distinguishable: bool | None = None
    maturity: str | None = None
    reason: str | None = None
    broken: Break | None = None

    @property
    def no_change(self) -> float:
        """The value on ``scale`` at which nothing changed."""
        return 1.0 if self.scale == "ratio" else 0.0


def ratio_interval(earlier: float, later: float, phi: float = 1, quantile: float = Z) -> tuple[float, float]:
    """Return the bounds of the ratio later / earlier of two counts whose variance is ``phi`` times their mean.

    They are Wilson's (1927) for the share of the later count in both, at their effective size (counts / phi). The
    upper bound is infinite where ``earlier`` is zero; two zeros give (0, inf).
    """
    if earlier + later <= 0:
        return 0.0, math.inf
    lower, upper = wilson([later / phi], [(earlier + later) / phi], quantile)
    down = float(lower[0] / (1 - lower[0])) if later else 0.0
    return down, float(upper[0] / (1 - upper[0])) if earlier else math.inf


def difference_interval(
    earlier: tuple[float, float], later: tuple[float, float], phi: float = 1, quantile: float = Z
) -> tuple[float, float]:
    """Return the bounds of the difference later − earlier of two shares (part, whole): Newcombe (1998), method 10.

    ``phi`` above 1 shrinks both counts to their effective size.
    """
    parts, wholes = np.array([earlier, later]).T
    bounds = wilson(parts / phi, wholes / phi, quantile)
    return _difference_of(*zip(parts / wholes, *bounds, strict=True))


def year_on_year(series: Series, at: date | None = None, clock: Clock = Clock.TWELVE_MONTH_ROLLING) -> Change:
    """Return the change to the latest period from the one a year before.

    Months are summed to the windows of ``clock`` first; a stock is compared with the snapshot nearest to a year
    before. ``at`` is the last day allowed; without it the series ends with its last value that is not
    ``incomplete``, and where a break lies within the latest windows, the last ones before the break are compared.
    Errors as for ``between``.
    """
    frame = with_values(series, at)
    if frame.is_empty():
        return Change(reason="missing")
    later, value = _bounds(frame.row(-1, named=True)), frame["value"].to_list()[-1]
    if series.clock == Clock.MONTH:
        end, later = later[1], window_of(later[1], clock)
        if later[1] > end:  # a year or quarter that is not whole yet
            later = window_of(later[0] - timedelta(days=1), clock)
    if series.clock == Clock.STOCK:
        before = [_bounds(row) for row in frame.filter(pl.col("period_end") < later[0]).iter_rows(named=True)]
        if not before:
            return Change(later_period=later, later=value, reason="too_short")
        nearest = min(before, key=lambda period: abs((later[1] - period[1]).days - 365))
        return between(series, nearest, later)
    if series.clock in (Clock.RUNNING_COUNTER, Clock.SEVERAL_YEARS, Clock.PART_YEAR):
        return Change(later_period=later, later=value, reason="missing" if frame.height == 1 else "clock")
    found = between(series, moved(later, -12), later)
    if at is None and found.broken and later[0] < found.broken.first <= later[1] and series.clock == Clock.MONTH:
        # the year before a new instrument is whole: RNID, from January 2026, leaves 2025 beside 2024
        whole = window_of(found.broken.first - timedelta(days=1), clock)
        if (last := between(series, moved(whole, -12), whole)).broken is None:
            return last
    return found


def between(series: Series, earlier: Period, later: Period) -> Change:
    """Return the change of ``series`` from one period to another of the same length, ``earlier`` first.

    A monthly series is summed over any whole months; another must have a row for both periods. A break, a missing
    value, two publishers or too few months give a Change with this ``reason``.
    Raise UsageError where the periods overlap, are out of order or differ in length.
    """
    if series.clock == Clock.EVENT:
        return Change(earlier, later, reason="clock")
    if series.unit == "percent_change":  # a change of a change is no amount and no number
        return Change(earlier, later, reason="is_change")
    if earlier[1] >= later[0]:
        raise UsageError(f"{earlier[0]} to {earlier[1]} overlaps or follows {later[0]} to {later[1]}")
    if months_between(*earlier) != months_between(*later):
        raise UsageError(f"{earlier[0]} to {earlier[1]} is not as long as {later[0]} to {later[1]}")
    found = Change(earlier, later, scale="difference" if series.kind in ("share", "stock") else "ratio")
    try:
        series.comparable(earlier, later)
    except NotComparable as error:
        return replace(found, reason=error.code, broken=error.broken)
    before, after = _rows(series, [earlier, later])
    if before is None or after is None:
        return replace(found, reason="missing")
    if series.kind == "published" and _publisher(before) != _publisher(after):
        return replace(found, reason="publishers")
    found = _with_values(found, before, after)
    if series.kind in ("count", "rate") and series.clock != Clock.STOCK:
        return _counted(series, found, before, after)
    if series.kind == "share":
        return _shared(series, found, before, after)
    if series.kind == "amount":  # a few very large seizures make most of it: no law to take an interval from
        return replace(found, reason="no_interval")
    if series.kind == "stock" or series.clock == Clock.STOCK:
        return replace(found, method="difference", reason="no_interval")
    return _published(found, before, after)


def _difference_of(before: Estimate, after: Estimate) -> tuple[float, float]:
    """Return the bounds of the difference after − before from those of each estimate (value, lower, upper)."""
    difference = after[0] - before[0]
    down = math.hypot(after[0] - after[1], before[2] - before[0])
    up = math.hypot(after[2] - after[0], before[0] - before[1])
    return float(difference - down), float(difference + up)


def _publisher(row: Row) -> str:
    """Return the publisher of a figure, without those who quote or archive it: ``FGR``.

    The vintage reads ``FGR, quoted by CRS (Zeta), 2022-03``.
    """
    return re.split(r" \(|, (?:quoted|kept) by", str(row["vintage"]))[0]


def _bounds(row: Row) -> Period:
    return row["period_start"], row["period_end"]


def _rows(series: Series, periods: list[Period]) -> list[Row | None]:
    """Return the row of each period, summed where the series is monthly; None where it has no value."""
    if series.clock == Clock.MONTH and series.kind in ("count", "amount", "rate", "share"):
        counts = series
        if series.kind == "rate":
            counted = series.frame.with_columns(value="numerator")
            counts = replace(series, kind="count", frame=counted)
        frame = sums(counts, periods)
    else:
        frame = series.frame
    rows = {_bounds(row): row for row in frame.filter(pl.col("value").is_finite()).iter_rows(named=True)}
    found = [rows.get(period) for period in periods]
    return [row and _with_rate(series, row) for row in found] if series.kind == "rate" else found


def _with_rate(series: Series, row: Row) -> Row:
    """Return a sum of events as a rate again, over the mean population of its months."""
    if series.clock != Clock.MONTH:
        return row
    inside = series.frame.filter(pl.col("period_start").is_between(row["period_start"], row["period_end"]))
    persons = float(inside["denominator"].to_numpy().mean())
    return row | {"denominator": persons, "value": row["numerator"] / persons * PER}


def _with_values(found: Change, before: Row, after: Row) -> Change:
    maturities = [row["maturity"] for row in (before, after) if row["maturity"]]
    return replace(
        found,
        earlier=before["value"],
        later=after["value"],
        ratio=after["value"] / before["value"] if before["value"] else None,
        difference=after["value"] - before["value"],
        maturity=max(maturities, key=MATURITIES.index, default=None),
    )


def _counted(series: Series, found: Change, before: Row, after: Row) -> Change:
    """Return the change with the interval of a ratio of counts; for rates, of the counts behind them."""
    name, per = "value", 1.0
    if series.kind == "rate":
        if not (before["denominator"] and after["denominator"]):
            return replace(found, reason="no_interval")
        name, per = "numerator", before["denominator"] / after["denominator"]
    found, phi, quantile = _with_noise(series, found, "quasi_poisson", "poisson")
    lower, upper = ratio_interval(before[name], after[name], phi, quantile)
    return _decided(found, lower * per, upper * per)


def _shared(series: Series, found: Change, before: Row, after: Row) -> Change:
    pairs = [(row["numerator"], row["denominator"]) for row in (before, after)]
    if any(part is None or not whole for part, whole in pairs):
        return replace(found, reason="no_interval")
    found, phi, quantile = _with_noise(series, found, "quasi_binomial", "newcombe")
    lower, upper = difference_interval(pairs[0], pairs[1], phi, quantile)
    return _decided(found, lower, upper)


def _published(found: Change, before: Row, after: Row) -> Change:
    """Return the change as the difference of two estimates, with an interval from those published with them."""
    found = replace(found, scale="difference")
    estimates = [(row["value"], row["lower"], row["upper"]) for row in (before, after)]
    if any(None in estimate for estimate in estimates):
        return replace(found, reason="no_interval")
    return _decided(replace(found, method="published_interval"), *_difference_of(*estimates))


def _decided(found: Change, lower: float, upper: float) -> Change:
    """Return the change with its bounds, and whether they exclude no change.

    Where only the noise of sampling is in them (``reason``), they can exclude a difference but prove none.
    """
    clear = lower > found.no_change or upper < found.no_change
    return replace(
        found,
        lower=lower,
        upper=upper if math.isfinite(upper) else None,
        distinguishable=None if clear and found.reason else clear,
    )


def _with_noise(series: Series, found: Change, estimated: str, assumed: str) -> tuple[Change, float, float]:
    """Return the change with its method and dispersion, the effective dispersion, and the quantile."""
    assert found.earlier_period
    assert found.later_period
    span = months_between(found.earlier_period[0], found.later_period[1]) + 1
    noise = dispersion.of_series(series, found.later_period[1], max(dispersion.MONTHS_MAX, span))
    if noise is None:
        monthly = series.clock in (Clock.MONTH, Clock.TWELVE_MONTH_ENDING)
        reason = "too_short" if monthly else "dispersion_unknown"
        return replace(found, method=assumed, reason=reason), 1.0, Z
    months = months_between(*found.later_period) + 1
    apart = months_between(found.earlier_period[0], found.later_period[0])
    phi, quantile = noise.of_change(months, apart)
    found = replace(found, method=estimated, dispersion=max(noise.phi, 1.0), autocorrelation=noise.rho)
    return found, phi, quantile
