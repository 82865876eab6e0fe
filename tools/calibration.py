"""Simulate how often the intervals contain the truth and how often the rules raise an alarm: ``make calibrate``.

The series are simulated, so their truth is known, and go through the functions that make the report. The tables are
printed and written to docs/methods in both languages; the false alarms go to the table that the scorecard reads.
"""

from __future__ import annotations

import csv
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from scipy import stats

from indicators.catalog import Bilingual, Metric
from indicators.i18n import LANGUAGES
from indicators.metrics import process_chart
from indicators.metrics.change import between, year_on_year
from indicators.metrics.funnel import funnel
from indicators.metrics.process_chart import CHART_MONTHS, RULES, change_points, rules, signal, without_season
from indicators.metrics.rates import PER
from indicators.metrics.status import Target, status
from indicators.periods import add_months, months_between
from markdown_blocks import table
from simulated_series import LAST, SEED, Regime, as_series, autocorrelated, simulate

FOLDER = Path("docs/methods")
TEMPLATES = Path(__file__).parent / "templates"
COUNTS = 700, 200, 300, 1000  # simulated for each row of the tables, in their order
STEADY_SERIES = 4000  # simulated for each row of false_alarms.csv
STEADY_MONTHS = 72  # of each of these series, enough to estimate its season
CORRELATIONS = [round(-0.2 + step / 10, 1) for step in range(11)]  # rows of false_alarms.csv
BAND = (0.93, 0.97)  # within which the coverage of a 95 % interval must lie
PHRASES = {
    "en": {
        "outside": "Outside the band: {}.",
        "inside": "Every regime lies inside the band.",
        "stray": "Further from 95 % than luck explains: {}.",
        "at": "{signals:.1f} at {rho:g}",
        "percent": "{:.1f} %",
    },
    "es": {
        "outside": "Fuera de la banda: {}.",
        "inside": "Todos los regímenes quedan dentro de la banda.",
        "stray": "Más lejos de 95% de lo que explica el azar: {}.",
        "at": "{signals:.1f} con {rho:g}",
        "percent": "{:.1f}%",
    },
}
# 32 places, evenly spread on a logarithmic scale between Mexico's smallest and largest state
POPULATION = np.geomspace(750_000, 17_500_000, 32)


@dataclass(frozen=True)
class Spread:
    """Places with rates around ``rate`` per 100,000; ``tau`` is the standard deviation of the rates' logarithms.

    One place has ``odd`` times its rate.
    """

    name: str
    rate: float
    tau: float
    odd: float = 1.0


@dataclass(frozen=True)
class Tables:
    """The simulated tables, and the number of series (funnels, for places) behind each row of them."""

    intervals: pl.DataFrame
    alarms: pl.DataFrame
    dates: pl.DataFrame
    places: pl.DataFrame
    counts: tuple[int, int, int, int]


REGIMES = (
    Regime("national homicide", 2700, 25, 0.3),
    Regime("national homicide, step +5 %", 2700, 25, 0.3, ratio=1.05),
    Regime("national homicide, slope −10 % a year", 2700, 25, 0.3, ratio=0.9, shape="slope"),
    Regime("level in a four-year wave", 500, 8, 0.3, shape="wave"),
    Regime("no autocorrelation", 500, 8, 0.0),
    Regime("mild autocorrelation", 500, 8, 0.2),
    Regime("strong autocorrelation", 500, 8, 0.5),
    Regime("three years, no autocorrelation", 500, 8, 0.0, months=36),
    Regime("three years, mild autocorrelation", 500, 8, 0.3, months=36),
    Regime("two years, mild autocorrelation", 500, 8, 0.2, months=24),
    Regime("eight years, step −20 %", 500, 8, 0.3, months=96, ratio=0.8),
    Regime("state, Poisson's noise only", 20),
    Regime("small state, step −30 %", 4, 1.5, 0.2, ratio=0.7),
    Regime("smallest state", 1),
    Regime("very uneven months (spread 75 %)", 900, 500, 0.2),
    Regime("share of a monthly total", 500, 6, 0.3, kind="share"),
    Regime("12-month totals (overdose)", 8000, 40, 0.3, months=84, kind="ending"),
    Regime("12-month totals, step −15 %", 8000, 40, 0.3, months=84, ratio=0.85, kind="ending"),
    Regime("very strong autocorrelation", 500, 8, 0.7),
    Regime("three years, strong autocorrelation", 500, 8, 0.5, months=36),
)
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
SHIFTS = (
    Regime("−10 %, three years ago", 500, 8, 0.0, ratio=0.9, since=36),
    Regime("−20 %, three years ago", 500, 8, 0.0, ratio=0.8, since=36),
    Regime("−20 %, three years ago, mild autocorrelation", 500, 8, 0.2, ratio=0.8, since=36),
    Regime("−20 %, three years ago, strong autocorrelation", 500, 8, 0.5, ratio=0.8, since=36),
    Regime("−20 %, one year ago, mild autocorrelation", 500, 8, 0.2, ratio=0.8, since=12),
    Regime("+20 %, five years ago, mild autocorrelation", 500, 8, 0.2, ratio=1.2, since=60),
    Regime("−40 %, three years ago, mild autocorrelation", 500, 8, 0.2, ratio=0.6, since=36),
)
SPREADS = (
    Spread("chance alone", 20, 0.0),
    Spread("states nearly alike", 20, 0.1),
    Spread("states differ", 20, 0.3),
    Spread("states differ as Mexico's in killings", 20, 0.86),
    Spread("rare events", 1, 0.3),
    Spread("states differ, one at 3 times its rate", 20, 0.3, odd=3),
    Spread("states differ, one at 10 times its rate", 20, 0.3, odd=10),
)


def main(folder: Path = FOLDER) -> None:
    """Simulate, print the tables, and write the page into ``folder`` in both languages."""
    write_false_alarms(STEADY_SERIES)
    tables = Tables(
        coverage(REGIMES, COUNTS[0]),
        rule_rates(SCENARIOS, COUNTS[1]),
        date_coverage(SHIFTS, COUNTS[2]),
        funnels(SPREADS, COUNTS[3]),
        COUNTS,
    )
    print(page(tables, "en"))
    folder.mkdir(parents=True, exist_ok=True)
    for lang in LANGUAGES:
        (folder / f"calibration.{lang}.md").write_text(page(tables, lang), encoding="utf-8")


def coverage(regimes: Iterable[Regime], count: int = 700, seed: int = SEED) -> pl.DataFrame:
    """Return for each regime how its 95 % intervals of change do.

    The columns are the share of intervals that contain the true change, the share that exclude no change,
    the estimated phi and rho, and the median width.
    """
    rows = []
    for number, regime in enumerate(regimes):
        months, mean = simulate(regime, np.random.default_rng([seed, number]), count)
        later, earlier = mean[-12:].sum(), mean[-24:-12].sum()
        share = regime.kind == "share"
        truth = (later - earlier) / (48 * regime.level) if share else later / earlier
        changes = [year_on_year(as_series(values, regime)) for values in months]
        bounds = np.array([(one.lower, np.inf if one.upper is None else one.upper) for one in changes], dtype=float)
        rows.append(
            {
                "regime": regime.name, "months": regime.months, "a month": regime.level, "phi": regime.phi,
                "rho": regime.rho, "true change": regime.ratio if regime.shape != "wave" else truth,
                "coverage": float(np.mean((bounds[:, 0] <= truth) & (truth <= bounds[:, 1]))),
                "clear change": float(np.mean([bool(one.distinguishable) for one in changes])),
                "phi found": float(np.median([one.dispersion for one in changes if one.dispersion])),
                "rho found": float(np.median([one.autocorrelation or 0.0 for one in changes])),
                "width": float(np.median(bounds[:, 1] - bounds[:, 0])),
            }
        )  # fmt: skip
    return pl.DataFrame(rows)


def rule_rates(scenarios: Iterable[Regime], count: int = 200, seed: int = SEED) -> pl.DataFrame:
    """Return for each scenario the share of series on which each rule reports a change.

    The rules are those of the status, those of the process chart's latest month, and the search for change points.
    The target is 20 % below the level of the year that ended two years before the latest month.
    """
    return pl.DataFrame(
        [_alarms(one, np.random.default_rng([seed, 1000 + n]), count) for n, one in enumerate(scenarios)]
    )


def _alarms(scenario: Regime, rng: np.random.Generator, count: int) -> dict[str, object]:
    alarms: Counter[str] = Counter()
    baseline = (date(LAST.year - 2, 1, 1), date(LAST.year - 2, 12, 31))
    level = 12 * scenario.level * (scenario.ratio**-2 if scenario.shape == "slope" else 1)
    target = Target(baseline, 0.8 * level)
    for months in simulate(scenario, rng, count)[0]:
        series = as_series(months, scenario)
        chart = signal(series)
        outcome = status(_metric("outcome"), year_on_year(series), chart).code
        since = between(series, baseline, (date(LAST.year, 1, 1), LAST))
        targeted = status(_metric("outcome_with_target"), since, chart, target).code
        alarms["outcome"] += outcome in ("improving", "worsening")
        alarms["with target: moved"] += targeted in ("improving", "getting_worse")
        alarms["with target: met"] += targeted == "target_met"
        alarms["output: any signal"] += chart.code in ("high", "low")
        alarms.update(chart.rules)
        alarms["change point"] += bool(change_points(series))
    columns = (
        "outcome",
        "with target: moved",
        "with target: met",
        "output: any signal",
        *RULES,
        "change point",
    )
    return {"scenario": scenario.name, **{name: alarms[name] / count for name in columns}}


def _metric(klass: str) -> Metric:
    words = Bilingual(en="simulated", es="simulada")
    return Metric.model_validate(
        {
            "id": "simulated", "tier": "A", "objective": "", "class": klass, "kind": "count", "good": "down",
            "unit": "events", "clock": "month", "table": "crime_victims", "measure": "victims",
            "slices": [{"place": "each"}], "name": words, "definition": words, "caveat": words,
        }
    )  # fmt: skip


def date_coverage(shifts: Iterable[Regime], count: int = 300, seed: int = SEED) -> pl.DataFrame:
    """Return for each shift how well change points date it.

    The columns are the share of series with a change point, the share of those in which the interval of the
    nearest one contains the true month, and the median width of the interval in months.
    """
    rows = []
    for number, shift in enumerate(shifts):
        truth = add_months(LAST.replace(day=1), 1 - shift.since)
        months, _ = simulate(shift, np.random.default_rng([seed, 2000 + number]), count)
        found = [change_points(as_series(values, shift)) for values in months]
        nearest = [
            min(points, key=lambda point: abs(months_between(truth, point.likely))) for points in found if points
        ]
        rows.append(
            {
                "shift": shift.name,
                "found": len(nearest) / count,
                "held": float(np.mean([point.first <= truth <= point.last for point in nearest])),
                "width": float(np.median([months_between(point.first, point.last) + 1 for point in nearest])),
            }
        )
    return pl.DataFrame(rows)


def funnels(spreads: Iterable[Spread], count: int = 1000, seed: int = SEED) -> pl.DataFrame:
    """Return for each spread how often its places lie outside the limits, in ``count`` funnels of 32 places.

    The columns are the median tau found, the share of ordinary places outside either limit, and the share of odd
    places outside the 99.8 % limits.
    """
    return pl.DataFrame(
        [_outside(one, np.random.default_rng([seed, 3000 + n]), count) for n, one in enumerate(spreads)]
    )


def _outside(spread: Spread, rng: np.random.Generator, count: int) -> dict[str, object]:
    taus, outside_95, outside_998, caught = [], [], [], []
    places = [str(number) for number in range(len(POPULATION))]
    for _ in range(count):
        odd = np.arange(len(POPULATION)) == rng.integers(len(POPULATION))
        rates = spread.rate * np.exp(spread.tau * rng.standard_normal(len(POPULATION)))
        events = rng.poisson(rates * np.where(odd, spread.odd, 1) * POPULATION / PER)
        found = funnel(pl.DataFrame({"place": places, "events": events, "population": POPULATION}))
        bands = found.frame["band"].to_numpy()
        ordinary = bands[~odd] if spread.odd != 1 else bands
        taus.append(found.tau)
        outside_95.append(np.mean(ordinary != "within"))
        outside_998.append(np.mean([band.endswith("_998") for band in ordinary]))
        caught.append(bands[odd][0].endswith("_998"))
    return {
        "states": spread.name,
        "rate": spread.rate,
        "tau": spread.tau,
        "tau found": float(np.median(taus)),
        "outside 95": float(np.mean(outside_95)),
        "outside 99.8": float(np.mean(outside_998)),
        "odd one outside 99.8": float(np.mean(caught)) if spread.odd != 1 else None,
    }


def false_alarm_share(correlation: float, series: int) -> float:
    """Return the share of steady ``series`` with a signal in their latest month.

    The months are normal and have no season; one is estimated and removed, as from the months of real series.
    """
    quiet = autocorrelated(np.random.default_rng(SEED), (series, STEADY_MONTHS), correlation)
    unseasonal = np.array([without_season(values)[-CHART_MONTHS:] for values in quiet])
    return float(np.any([flag[:, -1] for flag in rules(unseasonal).values()], axis=0).mean())


def write_false_alarms(series: int, path: Path = process_chart.TABLE) -> None:
    """Simulate the table of false alarms and write it to ``path``."""
    rows = [[rho, round(false_alarm_share(rho, series), 5), series] for rho in CORRELATIONS]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["correlation", "share", "series"], *rows])


def page(tables: Tables, lang: str) -> str:
    """Return the page docs/methods/calibration in ``lang``; the numbers are the same in both languages."""
    interval_count, alarm_count, date_count, place_count = tables.counts
    phrases = PHRASES[lang]
    inside = pl.col("coverage").is_between(*BAND)
    verdict = pl.when(inside).then(pl.lit("inside")).otherwise(pl.lit("outside"))
    intervals = tables.intervals.with_columns(verdict=verdict)
    low, high = _luck(interval_count)
    outside, strays = (
        "; ".join(_in(lang, name) for name in intervals.filter(~within)["regime"])
        for within in (inside, pl.col("coverage").is_between(low, high))
    )
    signals = {rho: process_chart.expected([rho] * 30) for rho in (0.0, 0.2, 0.4)}
    return (TEMPLATES / f"calibration.{lang}.md").read_text(encoding="utf-8").format(
        seed=SEED,
        interval_count=interval_count,
        luck_low=100 * low,
        luck_high=100 * high,
        verdict=phrases["outside"].format(outside) if outside else phrases["inside"],
        stray=phrases["stray"].format(strays) if strays else "",
        intervals=_table(intervals, ("coverage", "clear change"), lang),
        alarm_count=alarm_count,
        alarms=_table(tables.alarms, tables.alarms.columns[1:], lang),
        board=", ".join(phrases["at"].format(signals=many, rho=rho) for rho, many in signals.items()),
        date_count=date_count,
        dates=_table(tables.dates, ("found", "held"), lang),
        place_count=place_count,
        places=_table(tables.places, ("outside 95", "outside 99.8", "odd one outside 99.8"), lang),
    )  # fmt: skip


def _luck(count: int) -> tuple[float, float]:
    low, high = stats.binom.interval(0.95, count, 0.95)
    return float(low / count), float(high / count)


def _table(frame: pl.DataFrame, percent: Iterable[str], lang: str) -> str:
    def cell(name: str, value: object) -> str:
        if value is None:
            return "–"
        if isinstance(value, str):
            return _in(lang, value)
        if not isinstance(value, float):
            return str(value)
        return PHRASES[lang]["percent"].format(100 * value) if name in percent else f"{value:.4g}"

    lines = [[cell(name, row[name]) for name in frame.columns] for row in frame.iter_rows(named=True)]
    header = [_in(lang, name, "columns") for name in frame.columns]
    return table(header, lines, numeric=True)


def _in(lang: str, label: str, kind: str = "rows") -> str:
    """Return a label of the tables in a language. Raises KeyError for a label without words in Spanish."""
    return label if lang == "en" else _spanish()[kind][label]


@cache
def _spanish() -> dict[str, dict[str, str]]:
    return tomllib.loads((TEMPLATES / "calibration.es.toml").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
