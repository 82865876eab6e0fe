"""The status of a metric, by its class: one printed rule each, decided with the interval or not at all.

Codes only; the words for them are in the catalogue's texts. Outputs of enforcement and context are never good
or bad. Where a comparison must not be made, the status is ``not_assessable`` and says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from indicators.catalog import Break, Metric
from indicators.metrics.change import Change, between, year_on_year
from indicators.metrics.process_chart import Signal, signal
from indicators.metrics.series import NotComparable, Series
from indicators.metrics.windows import Period

RULES = {
    "outcome_with_target": "target_by_interval",
    "outcome": "direction_by_interval",
    "output": "neutral_by_signal",
    "context": "neutral_by_signal",
    "guard": "watch_by_signal_or_interval",
    "ledger": "ledger_by_date",
}


@dataclass(frozen=True)
class Target:
    """An official target (never one of ours): from ``baseline`` over ``baseline_period`` to ``target`` by ``due``."""

    baseline: float
    baseline_period: Period
    target: float
    due: date

    def path(self, day: date) -> float:
        """Where the straight line from baseline to target stands on ``day``; flat outside."""
        start = self.baseline_period[1]
        gone = (day - start).days / (self.due - start).days
        return self.baseline + (self.target - self.baseline) * min(max(gone, 0.0), 1.0)

    def achieved_percent(self, value: float) -> float:
        """Per cent of the targeted change achieved (Healthy People 2030); negative when moving away."""
        return 100 * (value - self.baseline) / (self.target - self.baseline)


@dataclass(frozen=True)
class Status:
    """``code`` under ``rule``; ``reason`` (and ``broken``, its break) only where ``not_assessable`` or ``shown``.

    target_met · improving · little_or_no_change · getting_worse (outcome with target); improving ·
    no_detectable_change · worsening (outcome); unusually_high · unusually_low · usual · shown (output, context);
    watch · usual (guard); present · overdue · not_published (ledger); not_assessable.
    ``signal`` is the process chart's word, ``distance_to_path`` the value minus the target's path.
    """

    code: str
    rule: str
    reason: str | None = None
    broken: Break | None = None
    signal: str | None = None
    achieved_percent: float | None = None
    distance_to_path: float | None = None


@dataclass(frozen=True)
class Assessment:
    """A status with the change and the signal that it was decided by."""

    status: Status
    change: Change
    signal: Signal | None = None


def assess(
    metric: Metric, series: Series, at: date | None = None, target: Target | None = None
) -> Assessment:
    """Change, signal and status of a metric from its series: give months where there are months.

    Never raises NotComparable: a comparison that must not be made is a status of its own. With a ``target``
    the change runs from its baseline, without one from a year before.
    """
    try:
        change = year_on_year(series, at)
        if target and (later := change.later_period):
            young = later[0] <= target.baseline_period[1]
            change = Change(reason="too_short") if young else between(series, target.baseline_period, later)
    except NotComparable as error:
        change = Change(reason=error.code, broken=error.broken)
    try:
        chart = signal(series, at)
    except NotComparable:
        chart = None
    return Assessment(status(metric, change, chart, target), change, chart)


def status(
    metric: Metric, change: Change, chart: Signal | None = None, target: Target | None = None
) -> Status:
    """The status of any class but the ledger's, from what was found out about the metric.

    ``change`` runs from the baseline for an outcome with a target, year on year otherwise.
    Raises ValueError for the ledger, which has dates (``ledger``) and no values.
    """
    if metric.klass == "ledger":
        raise ValueError(f"{metric.id} is a ledger: its status is told from dates")
    neutral = metric.klass in ("output", "context") or metric.good == "none"
    if metric.klass == "guard":
        return _guard(change, chart)
    if neutral:
        return _neutral(chart)
    if metric.klass == "outcome_with_target" and target:
        return _targeted(metric, change, chart, target)
    words = {True: "improving", False: "worsening", None: "no_detectable_change"}
    return _directed(RULES["outcome"], words, metric, change, chart)


def ledger(latest: date | None, due: date | None, as_of: date) -> Status:
    """Status of something that is to happen or to be published: ``latest`` when it last did, ``due`` when the
    (next) one is."""
    rule = RULES["ledger"]
    met = latest is not None and latest <= as_of and (due is None or latest >= due or as_of <= due)
    if met:
        return Status("present", rule)
    return Status("overdue" if due is not None and due < as_of else "not_published", rule)


def _code_of(chart: Signal | None) -> str | None:
    return chart.code if chart else None


def _is_good(metric: Metric, change: Change) -> bool | None:
    """Whether the change is told apart from noise and for the better (True) or the worse (False)."""
    if not change.distinguishable:
        return None
    no_change = 1.0 if change.scale == "ratio" else 0.0
    rising = change.lower is not None and change.lower > no_change
    return rising == (metric.good == "up")


def _directed(
    rule: str, words: dict[bool | None, str], metric: Metric, change: Change, chart: Signal | None
) -> Status:
    if change.distinguishable is None:
        return Status("not_assessable", rule, change.reason, change.broken, _code_of(chart))
    return Status(words[_is_good(metric, change)], rule, signal=_code_of(chart))


def _targeted(metric: Metric, change: Change, chart: Signal | None, target: Target) -> Status:
    rule = RULES["outcome_with_target"]
    words = {True: "improving", False: "getting_worse", None: "little_or_no_change"}
    found = _directed(rule, words, metric, change, chart)
    if change.later is None or change.later_period is None or change.broken:
        return found
    reached = change.later >= target.target if metric.good == "up" else change.later <= target.target
    return Status(
        "target_met" if reached else found.code,
        rule,
        None if reached else found.reason,
        signal=found.signal,
        achieved_percent=target.achieved_percent(change.later),
        distance_to_path=change.later - target.path(change.later_period[1]),
    )


def _neutral(chart: Signal | None) -> Status:
    rule = RULES["output"]
    if chart is None or chart.code is None:
        return Status("shown", rule, chart.reason if chart else "clock")
    if chart.code == "moved":
        return Status("shown", rule, "moved", signal=chart.code)
    words = {"high": "unusually_high", "low": "unusually_low", "usual": "usual"}
    return Status(words[chart.code], rule, signal=chart.code)


def _guard(change: Change, chart: Signal | None) -> Status:
    rule = RULES["guard"]
    code = _code_of(chart)
    if code in ("high", "low", "moved") or change.distinguishable:
        return Status("watch", rule, signal=code)
    if code is None and change.distinguishable is None:
        return Status("not_assessable", rule, change.reason, change.broken)
    return Status("usual", rule, signal=code)
