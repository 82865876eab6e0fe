"""The simulation makes what it says, and the intervals hold on a small run of it."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from calibration import (
    BAND,
    REGIMES,
    SCENARIOS,
    SHIFTS,
    SPREADS,
    TEMPLATES,
    Spread,
    Tables,
    coverage,
    date_coverage,
    funnels,
    page,
    rule_rates,
)
from indicators.metrics import process_chart
from indicators.metrics.dispersion import Noise
from indicators.periods import Clock
from simulated_series import SEED, Regime, as_series, simulate

STEADY = Regime("steady", 500, 8, 0.4)
COUNTS = 4, 3, 3, 3  # series for each row of the tables of a small run


def test_simulated_months_have_the_level_the_spread_and_the_correlation_asked_for():
    months, mean = simulate(STEADY, np.random.default_rng(1), 4000)
    z = (months - mean) / np.sqrt(mean)
    assert months.mean() == pytest.approx(500, rel=0.01)
    assert z.var() == pytest.approx(8, rel=0.05)
    assert np.mean(z[:, 1:] * z[:, :-1]) / z.var() == pytest.approx(0.4, abs=0.02)


def test_simulated_shares_have_the_spread_asked_for():
    regime = Regime("share", 500, 6, kind="share")
    months, mean = simulate(regime, np.random.default_rng(1), 4000)
    binomial = mean * (1 - mean / 2000)
    assert np.mean((months - mean) ** 2 / binomial) == pytest.approx(6, rel=0.05)


@pytest.mark.parametrize(("shape", "ratio"), [("step", 0.8), ("slope", 0.9)])
def test_a_simulated_change_is_the_ratio_of_the_latest_two_years(shape, ratio):
    _, mean = simulate(Regime("moved", 500, ratio=ratio, shape=shape), np.random.default_rng(1), 1)
    assert mean[-12:].sum() / mean[-24:-12].sum() == pytest.approx(ratio)


def test_simulated_12_month_totals_are_twelve_months_each():
    regime = Regime("ending", 100, 2, kind="ending")
    months, _ = simulate(regime, np.random.default_rng(1), 1)
    series = as_series(months[0], regime)
    assert series.clock == Clock.TWELVE_MONTH_ENDING
    assert series.frame["value"].to_list()[-1] == months[0][-12:].sum()
    assert len(series.frame) == regime.months - 11


@pytest.mark.parametrize(
    "regime",
    [
        STEADY,
        Regime("small", 3),
        Regime("fall", 500, 8, 0.2, ratio=0.8),
        Regime("share", 500, 6, kind="share"),
    ],
    ids=lambda regime: regime.name,
)
def test_a_small_run_covers_the_truth_as_often_as_the_band_allows(regime):
    count = 120
    held = coverage([regime], count)["coverage"].item()
    fewest = stats.binom.ppf(0.001, count, BAND[0]) / count
    assert held >= fewest


def test_noise_taken_for_poissons_would_be_noticed(monkeypatch):
    monkeypatch.setattr("indicators.metrics.dispersion.of_counts", lambda *_: Noise(1.0, 0.0, 60.0))
    assert coverage([STEADY], 60)["coverage"].item() < 0.75


def test_the_same_seed_makes_the_same_table():
    regimes = [Regime("small", 20, months=36)]
    assert coverage(regimes, 10).equals(coverage(regimes, 10))
    assert not coverage(regimes, 10).equals(coverage(regimes, 10, seed=1))


def test_a_fall_is_told_more_often_than_nothing():
    told = rule_rates([Regime("nothing", 500, 4), Regime("fall", 500, 4, ratio=0.7)], 15)
    quiet, fall = told["outcome"].to_list()
    assert quiet <= 0.4
    assert fall == 1
    assert told["change point"].to_list()[1] > 0.5


def test_the_interval_of_a_date_holds_the_month_of_a_plain_step():
    """With a step of 40 % the month is known to a few, and nearly all intervals hold it."""
    row = date_coverage([Regime("step", 500, 8, ratio=0.6, since=30)], 40).row(0, named=True)
    assert row["found"] == 1
    assert row["held"] >= 0.9
    assert row["width"] < 10


def test_places_of_one_spread_stay_within_and_an_odd_one_does_not():
    alike, odd = funnels([Spread("alike", 20, 0.3), Spread("odd", 20, 0.3, odd=10)], 60).iter_rows(named=True)
    assert 0.02 < alike["outside 95"] < 0.08
    assert alike["outside 99.8"] < 0.012
    assert alike["tau found"] == pytest.approx(0.3, abs=0.05)
    assert odd["odd one outside 99.8"] > 0.9


def test_a_spread_taken_without_the_correction_would_be_noticed(monkeypatch):
    monkeypatch.setattr("indicators.metrics.funnel.WINSORISED_VARIANCE", 1.0)
    assert funnels([Spread("alike", 20, 0.3)], 60)["outside 95"].item() > 0.08


@pytest.fixture(scope="module")
def small_run():
    """The four tables, of a few series each."""
    return (
        coverage([Regime("smallest state", 20, months=36)], 4),
        rule_rates([Regime("nothing, smallest state", 20)], 3),
        date_coverage([Regime("−20 %, three years ago", 500, 8, ratio=0.6, since=30)], 3),
        funnels([Spread("states differ", 20, 0.3)], 3),
    )


def test_the_page_names_the_regimes_outside_the_band_and_the_seed(small_run):
    covered, *others = small_run
    shown = page(Tables(covered.with_columns(coverage=0.80), *others, COUNTS), "en")
    assert "Outside the band: smallest state." in shown
    assert str(SEED) in shown
    assert "Every regime lies inside" in page(Tables(covered.with_columns(coverage=0.95), *others, COUNTS), "en")


@pytest.mark.parametrize("held", [0.80, 0.95])
def test_both_languages_say_the_same_numbers(small_run, held):
    covered, *others = small_run
    english, spanish = (
        page(Tables(covered.with_columns(coverage=held), *others, COUNTS), lang) for lang in ("en", "es")
    )
    numbers = [sorted(re.findall(r"[−+-]?\d+(?:\.\d+)?", text)) for text in (english, spanish)]
    assert numbers[0] == numbers[1]
    assert len(numbers[0]) > 60


def test_all_that_is_simulated_has_its_words_in_spanish():
    words = tomllib.loads((TEMPLATES / "calibration.es.toml").read_text("utf-8"))
    simulated = {one.name for one in (*REGIMES, *SCENARIOS, *SHIFTS, *SPREADS)} | {"inside", "outside"}
    assert simulated == set(words["rows"])


@pytest.mark.parametrize(("lang", "at"), [("en", "at"), ("es", "con")])
def test_the_false_alarms_on_the_page_are_those_of_the_scorecard(lang, at):
    """The table behind the scorecard was simulated anew, and the page kept the numbers of the one before."""
    folder = Path(__file__).parents[2] / "docs" / "methods"
    shown = ", ".join(f"{process_chart.expected([rho] * 30):.1f} {at} {rho:g}" for rho in (0.0, 0.2, 0.4))
    assert shown in (folder / f"calibration.{lang}.md").read_text(encoding="utf-8")
