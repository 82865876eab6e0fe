"""Process charts (XmR), which flag a month outside the routine variation, change points, and false alarms.

The rules are those of Making Data Count (NHS) as in its package NHSRplotthedots, with the newer reading of "two of
three": points beyond the limits count as well as those near them. The season is removed first (STL, robust: Cleveland
et al. 1990), and rolling sums are refused: their overlap makes runs by itself.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from indicators.metrics import dispersion
from indicators.metrics.rates import CONFIDENCE
from indicators.metrics.series import NotComparable, Series
from indicators.metrics.windows import unbroken
from indicators.periods import Clock

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LIMIT = 2.66  # three sigma in mean moving ranges: 3 / 1.128
NEAR = LIMIT * 2 / 3
SCREEN = 3.267  # a moving range beyond this many mean ranges is itself out of routine
RUN = 7  # points, for a run and for a trend
RULES = ("outside", "run", "trend", "two_of_three")
CHART_MONTHS = 36  # of a chart and its limits
YOUNG_MONTHS = 12  # after a break: too few to be charted
SEASON_MONTHS = 96  # from which the season is estimated, at most
LEVEL_MONTHS = 6  # a level lasts as long or longer; what is shorter is an episode, for the process chart
SIGMA = 1.128  # mean moving range of independent normal values, in sigma
DATE_RATIO = -2 * math.log(1 - math.sqrt(CONFIDENCE))  # likelihood ratio within which a change's date lies
TABLE = Path(__file__).with_name("false_alarms.csv")  # share of charts that signal, by correlation of months


@dataclass(frozen=True)
class Signal:
    """The latest point of a process chart, ``high``, ``low``, ``usual`` or ``moved``, and the rules that flag it.

    It is ``moved`` where no rule flags that point but most others are flagged. ``frame`` is the chart: period_start,
    period_end, value (seasonally adjusted), mean, lower, upper, flag, and a column of flags for each of RULES.
    With the ``reason`` ``too_short`` it is empty.
    """

    code: Literal["high", "low", "usual", "moved"] | None
    rules: tuple[str, ...]
    frame: pl.DataFrame
    reason: str | None = None

    @property
    def moved(self) -> bool:
        """True if most points are flagged: then mean and limits describe no one level, and nothing is usual."""
        return bool(self.frame["flag"].sum() > self.frame.height / 2)


@dataclass(frozen=True)
class ChangePoint:
    """A lasting change of level: the new level begins between ``first`` and ``last`` (at CONFIDENCE).

    It begins most probably on ``likely``; ``before`` and ``after`` are the mean levels around that day.
    """

    first: date
    likely: date
    last: date
    before: float
    after: float


def limits(values: Floats, screen: bool = True) -> tuple[Floats, Floats]:
    """Return mean and mean moving range along the last axis; ``screen`` drops ranges of SCREEN mean ranges or more."""
    ranges = np.abs(np.diff(values, axis=-1))
    mean_range = ranges.mean(axis=-1, keepdims=True)
    if screen:
        routine = (ranges < SCREEN * mean_range) | (mean_range == 0)
        mean_range = ranges.mean(axis=-1, keepdims=True, where=routine)
    return values.mean(axis=-1, keepdims=True), mean_range


def rules(values: Floats, screen: bool = True) -> dict[str, Flags]:
    """Return the flags of each of RULES, one a point along the last axis.

    Every member of a run or trend is flagged; of two in three, those beyond the near limits.
    """
    mean, mean_range = limits(values, screen)
    side = np.sign(values - mean)
    away = np.abs(values - mean)
    slope = np.sign(np.diff(values, axis=-1))
    beyond = away > NEAR * mean_range
    pair = _alike(side, 3) & (_windows(beyond, 3).sum(axis=-1) >= 2)
    points = values.shape[-1]
    return {
        "outside": away > LIMIT * mean_range,
        "run": _members(_alike(side, RUN), RUN, points),
        "trend": _members(_alike(slope, RUN - 1), RUN, points),
        "two_of_three": _members(pair, 3, points) & beyond,
    }


def signal(series: Series) -> Signal:
    """Return the process chart of a monthly series, and the signal of its latest point.

    The chart has 36 months, after any break, and ends with the last value that is not ``incomplete``.
    Raise NotComparable for a clock whose periods overlap.
    """
    rows = adjusted(series)
    if rows.is_empty():
        return Signal(None, (), rows, "too_short")
    rows = rows.tail(CHART_MONTHS)
    values = rows["value"].to_numpy()
    mean, mean_range = limits(values)
    flags = rules(values)
    frame = rows.with_columns(
        mean=pl.lit(float(mean[0])),
        lower=pl.lit(float(mean[0] - LIMIT * mean_range[0])),
        upper=pl.lit(float(mean[0] + LIMIT * mean_range[0])),
        flag=pl.Series(np.any(list(flags.values()), axis=0)),
        **{rule: pl.Series(flag) for rule, flag in flags.items()},
    )
    met = tuple(rule for rule in RULES if flags[rule][-1])
    if not met:
        found = Signal("usual", met, frame)
        return replace(found, code="moved") if found.moved else found
    rising = values[-1] > (values[-2] if met == ("trend",) else mean[0])
    return Signal("high" if rising else "low", met, frame)


def adjusted(series: Series) -> pl.DataFrame:
    """Return period and value of each month without its season, oldest first; no rows for fewer than 36 months.

    Counts become daily averages. A 12-month-ending series becomes its difference S(t) − S(t−1), which is this
    month less the same month a year before: free of overlap and of season. STL fits one season to all months, since
    a season that moves takes up to half of the newest month into itself; it works on logarithms where all values
    are positive. The months end before a break that is younger than a year. Raise NotComparable for other clocks.
    """
    if series.clock not in (Clock.MONTH, Clock.TWELVE_MONTH_ENDING):
        raise NotComparable(f"a process chart needs months, not {series.clock}")
    if series.equal_age:
        raise NotComparable("months of different ages can't share a chart", code="age")
    months = unbroken(series, None, SEASON_MONTHS)
    if 0 < len(months) < YOUNG_MONTHS:  # RNID, from January 2026, leaves the months to December 2025, as in a change
        months = unbroken(series, months["period_start"][0] - timedelta(days=1), SEASON_MONTHS)
    if len(months) < CHART_MONTHS:
        return pl.DataFrame(schema={"period_start": pl.Date, "period_end": pl.Date, "value": pl.Float64})
    if series.clock == Clock.TWELVE_MONTH_ENDING:
        rows = months.with_columns(pl.col("value").diff()).drop_nulls("value")
        return rows.select(pl.col("period_end").dt.month_start().alias("period_start"), "period_end", "value")
    values = months["value"].to_numpy().astype(float)
    if series.kind in ("count", "amount"):
        values = values / months["period_end"].dt.day().to_numpy()
    return months.select("period_start", "period_end", value=pl.Series(without_season(values)))


def change_points(series: Series) -> list[ChangePoint]:
    """Return lasting changes of level in the seasonally adjusted months: PELT (Killick et al. 2012), penalty as in BIC.

    A level lasts LEVEL_MONTHS at least. The date of each change is an interval, from the likelihood ratio of the
    dates between its neighbours that leave both levels that long (Siegmund 1988). Raise NotComparable for any clock
    but the month: in a 12-month-ending series the level of the differences is a slope.
    """
    import ruptures

    if series.clock != Clock.MONTH:
        raise NotComparable(f"change points need months, not {series.clock}")
    rows = adjusted(series)
    if rows.is_empty():
        return []
    values = rows["value"].to_numpy()
    noise = dispersion.of_series(series, rows["period_end"][-1])
    variance = _long_variance(values, max(noise.rho, 0.0) if noise else 0.0)
    if not variance:
        return []
    search = ruptures.KernelCPD(kernel="linear", min_size=LEVEL_MONTHS).fit(values[:, None])  # PELT, in C
    ends = [0, *search.predict(pen=3 * variance * math.log(len(values)))]
    starts = rows["period_start"].to_list()
    return [
        _dated(values[left:right], starts[left:right], variance) for left, right in zip(ends, ends[2:], strict=False)
    ]


def without_season(values: Floats) -> Floats:
    """Return monthly values without their season (STL): in proportion where all of them are positive."""
    from statsmodels.tsa.seasonal import STL

    if not np.ptp(values):
        return values
    logged = bool(values.min() > 0)
    worked = np.log(values) if logged else values
    fixed = 2 * (len(values) // 12 + 1) * 12 + 1
    season = STL(worked, period=12, seasonal=fixed, seasonal_deg=0, robust=True).fit().seasonal
    return np.asarray(np.exp(worked - season) if logged else worked - season)


def expected(correlations: Sequence[float]) -> float:
    """Return the number of false alarms to expect, from the correlation of neighbouring months of each chart.

    A correlation outside the table counts as the nearest one in the table.
    """
    table = pl.read_csv(TABLE)
    return float(np.interp(correlations, table["correlation"].to_numpy(), table["share"].to_numpy()).sum())


def _dated(values: Floats, starts: list[date], variance: float) -> ChangePoint:
    """Return the one change of level within ``values``: its most probable month, and those nearly as probable."""
    splits = np.arange(LEVEL_MONTHS, len(values) - LEVEL_MONTHS + 1)
    costs = np.array([_cost(values[:split]) + _cost(values[split:]) for split in splits])
    near = splits[costs <= costs.min() + DATE_RATIO * variance]
    likely = splits[costs.argmin()]
    before, after = float(values[:likely].mean()), float(values[likely:].mean())
    return ChangePoint(starts[near[0]], starts[likely], starts[near[-1]], before, after)


def _long_variance(values: Floats, rho: float) -> float:
    """Return the variance of independent months with the same noise in their long mean.

    It is estimated from moving ranges, which a change of level leaves alone and autocorrelation shrinks by 1 − rho.
    """
    ranges = np.abs(np.diff(values))
    return float((ranges.mean() / SIGMA) ** 2 * (1 + rho) / (1 - rho) ** 2)


def _cost(values: Floats) -> float:
    return float(np.sum((values - values.mean()) ** 2))


def _windows(values: NDArray[np.generic], width: int) -> NDArray[np.generic]:
    if values.shape[-1] < width:
        return np.zeros((*values.shape[:-1], 0, width), dtype=values.dtype)
    return np.lib.stride_tricks.sliding_window_view(values, width, axis=-1)


def _alike(signs: Floats, width: int) -> Flags:
    """Return true for each window of ``width`` signs that are all + or all −."""
    inside = _windows(signs, width)
    return np.asarray(np.all(inside == 1, axis=-1) | np.all(inside == -1, axis=-1))


def _members(hits: Flags, width: int, count: int) -> Flags:
    """Return true for the points of a window that was hit."""
    points = np.zeros((*hits.shape[:-1], count), dtype=bool)
    for offset in range(width if hits.shape[-1] else 0):
        points[..., offset : offset + hits.shape[-1]] |= hits
    return points
