"""The status of a metric, by its class: one printed rule each, decided by the interval or not at all.

A status is a code; its words are in the texts of the catalogue. Outputs of enforcement and context are never good or
bad. Where a comparison must not be made, the status is ``not_assessable``, with the reason.
"""

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
    """An official target: the value to reach (at least or at most), and the period of its baseline."""

    baseline_period: Period
    value: float


@dataclass(frozen=True)
class Status:
    """``code`` under ``rule``; ``reason`` (and the break ``broken``) only where ``not_assessable`` or ``shown``.

    target_met · improving · little_or_no_change · getting_worse (outcome with target); improving ·
    no_detectable_change · worsening (outcome); unusually_high · unusually_low · usual · shown (output, context);
    watch · usual (guard); present · overdue · not_published (ledger); not_assessable.
    ``signal`` is the code of the process chart.
    """

    code: str
    rule: str
    reason: str | None = None
    broken: Break | None = None
    signal: str | None = None


@dataclass(frozen=True)
class Assessment:
    """A status with the change and the signal that decided it."""

    status: Status
    change: Change
    signal: Signal | None = None


def assess(metric: Metric, series: Series, target: Target | None = None) -> Assessment:
    """Return change, signal and status of a metric from its series, by months where there are months.

    With a ``target`` the change runs from its baseline, without one from a year before. NotComparable is never
    raised: a comparison that must not be made has a status of its own.
    """
    try:
        change = year_on_year(series)
        if target and (later := change.later_period):
            young = later[0] <= target.baseline_period[1]
            change = Change(reason="too_short") if young else between(series, target.baseline_period, later)
    except NotComparable as error:
        change = Change(reason=error.code, broken=error.broken)
    try:
        chart = signal(series)
    except NotComparable:
        chart = None
    return Assessment(status(metric, change, chart, target), change, chart)


def status(metric: Metric, change: Change, chart: Signal | None = None, target: Target | None = None) -> Status:
    """Return the status of any class but the ledger.

    ``change`` runs from the baseline for an outcome with a target, from a year before otherwise.
    Raise ValueError for the ledger, which has dates (``ledger``) and no values.
    """
    if metric.klass == "ledger":
        raise ValueError(f"{metric.id} is a ledger: its status follows from dates")
    code = chart.code if chart else None
    if metric.klass == "guard":
        return _guard(change, code)
    if metric.klass in ("output", "context") or metric.good == "none":
        return _neutral(chart)
    if metric.klass == "outcome_with_target" and target:
        return _targeted(metric, change, code, target)
    words = {True: "improving", False: "worsening", None: "no_detectable_change"}
    return _directed(RULES["outcome"], words, metric, change, code)


def ledger(latest: date | None, due: date | None, as_of: date) -> Status:
    """Return the status of an event or a publication, from the day of the latest one and the day one is due."""
    rule = RULES["ledger"]
    if latest and latest <= as_of and (due is None or latest >= due or as_of <= due):
        return Status("present", rule)
    return Status("overdue" if due and due < as_of else "not_published", rule)


def _is_good(metric: Metric, change: Change) -> bool | None:
    """Return true for a change to the better, false for one to the worse, None for one not distinguishable."""
    if not change.distinguishable:
        return None
    rising = change.lower is not None and change.lower > change.no_change
    return rising == (metric.good == "up")


def _directed(rule: str, words: dict[bool | None, str], metric: Metric, change: Change, code: str | None) -> Status:
    if change.distinguishable is None:
        return Status("not_assessable", rule, change.reason, change.broken, code)
    return Status(words[_is_good(metric, change)], rule, signal=code)


def _targeted(metric: Metric, change: Change, code: str | None, target: Target) -> Status:
    rule = RULES["outcome_with_target"]
    words = {True: "improving", False: "getting_worse", None: "little_or_no_change"}
    bound = change.lower if metric.good == "up" else change.upper  # the one that is nearer to the baseline
    if bound is not None and change.earlier is not None and not change.broken:
        least_sure = change.earlier * bound if change.scale == "ratio" else change.earlier + bound
        if least_sure >= target.value if metric.good == "up" else least_sure <= target.value:
            return Status("target_met", rule, signal=code)
    return _directed(rule, words, metric, change, code)


def _neutral(chart: Signal | None) -> Status:
    rule = RULES["output"]
    if chart is None or chart.code is None:
        return Status("shown", rule, chart.reason if chart else "clock")
    words = {"high": "unusually_high", "low": "unusually_low", "usual": "usual", "moved": "shown"}
    return Status(words[chart.code], rule, "moved" if chart.code == "moved" else None, signal=chart.code)


def _guard(change: Change, code: str | None) -> Status:
    rule = RULES["guard"]
    if code in ("high", "low", "moved") or change.distinguishable:
        return Status("watch", rule, signal=code)
    if code is None and change.distinguishable is None:
        return Status("not_assessable", rule, change.reason, change.broken)
    return Status("usual", rule, signal=code)
