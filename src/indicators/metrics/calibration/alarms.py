"""How often does each rule say that something happened?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

import numpy as np
import polars as pl

from indicators.catalog import Bilingual, Metric
from indicators.metrics.calibration.months import LAST, SEED, Regime, as_series, simulate
from indicators.metrics.change import between, year_on_year
from indicators.metrics.signals import RULES, change_points, signal
from indicators.metrics.status import Target, status

SCENARIOS = (
    Regime("nothing, independent months", 500, 8, 0.0),
    Regime("nothing, mild autocorrelation", 500, 8, 0.2),
    Regime("nothing, strong autocorrelation", 500, 8, 0.5),
    Regime("nothing, smallest state", 1),
    Regime("−10 % for a year", 500, 8, 0.2, ratio=0.9),
    Regime("−20 % for a year", 500, 8, 0.2, ratio=0.8),
    Regime("+20 % for half a year", 500, 8, 0.2, ratio=1.2, since=6),
    Regime("+40 % in the latest month", 500, 8, 0.2, ratio=1.4, since=1),
    Regime("−10 % a year, steadily", 500, 8, 0.2, ratio=0.9, shape="slope"),
)


def rule_rates(scenarios: Iterable[Regime], count: int = 200, seed: int = SEED) -> pl.DataFrame:
    """For each scenario, the share of series on which each status rule, each rule of the process chart's
    latest month, and the search for change points say that something happened.

    The target is 20 % below the level of the year that ended two years before the latest month.
    """
    return pl.DataFrame(
        [_said(one, np.random.default_rng([seed, 1000 + n]), count) for n, one in enumerate(scenarios)]
    )


def _said(scenario: Regime, rng: np.random.Generator, count: int) -> dict[str, object]:
    said: Counter[str] = Counter()
    baseline = (date(LAST.year - 2, 1, 1), date(LAST.year - 2, 12, 31))
    level = 12 * scenario.level * (scenario.ratio**-2 if scenario.shape == "slope" else 1)
    target = Target(level, baseline, 0.8 * level, date(LAST.year + 2, 12, 31))
    for months in simulate(scenario, rng, count)[0]:
        series = as_series(months, scenario)
        chart = signal(series)
        outcome = status(_metric("outcome"), year_on_year(series), chart).code
        since = between(series, baseline, (date(LAST.year, 1, 1), LAST))
        targeted = status(_metric("outcome_with_target"), since, chart, target).code
        said["outcome"] += outcome in ("improving", "worsening")
        said["with target: moved"] += targeted in ("improving", "getting_worse")
        said["with target: met"] += targeted == "target_met"
        said["output: any signal"] += chart.code in ("high", "low")
        said.update(chart.rules)
        said["change point"] += bool(change_points(series))
    columns = (
        "outcome",
        "with target: moved",
        "with target: met",
        "output: any signal",
        *RULES,
        "change point",
    )
    return {"scenario": scenario.name, **{name: said[name] / count for name in columns}}


def _metric(klass: str) -> Metric:
    words = Bilingual(en="simulated", es="simulada")
    return Metric.model_validate(
        {
            "id": "simulated", "tier": "A", "objective": "", "class": klass, "kind": "count", "good": "down",
            "unit": "events", "clock": "month", "table": "crime_victims", "measure": "victims",
            "slices": [{"place": "each"}], "name": words, "definition": words, "caveat": words,
        }
    )  # fmt: skip
