"""Change carries the noise of its series, and is refused where it can't be made."""

import dataclasses
import math
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.errors import UsageError
from indicators.i18n import Text
from indicators.metrics.change import between, difference_interval, ratio_interval, year_on_year
from indicators.metrics.dispersion import Noise, of_counts, of_shares, of_yearly_differences
from indicators.metrics.series import COLUMNS, Series
from indicators.periods import Clock

Y2018 = (date(2018, 1, 1), date(2018, 12, 31))
Y2019 = (date(2019, 1, 1), date(2019, 12, 31))
# Monthly victims of intentional homicide in Mexico, in thousands, made up but for their level and their spread
WAVERING = [2.6, 2.4, 2.8, 2.7, 3.0, 2.9, 3.1, 3.0, 2.8, 3.0, 2.7, 2.9]


def noisy(years, seed=7, phi=20.0, level=2800.0):
    rng = np.random.default_rng(seed)
    return rng.negative_binomial(level / (phi - 1), 1 / phi, 12 * years).tolist()


def test_mexico_2019_over_2018_with_poissons_noise_alone():
    lower, upper = ratio_interval(33_743, 34_582)
    assert round(34_582 / 33_743, 3) == 1.025
    assert (round(lower, 3), round(upper, 3)) == (1.010, 1.040)


def test_mexico_2019_over_2018_wavers_more_than_poisson_says(series):
    rng = np.random.default_rng(11)
    months = rng.multinomial(33_742, rng.dirichlet([140] * 12)).tolist()
    months += rng.multinomial(34_723, rng.dirichlet([140] * 12)).tolist()
    earlier = [round(1000 * value) for value in WAVERING] * 3
    change = between(series([*earlier, *months]), Y2018, Y2019)
    lower, upper = ratio_interval(33_742, 34_723)
    assert (change.earlier, change.later) == (33_742, 34_723)
    assert change.ratio == pytest.approx(1.029, abs=5e-4)
    assert 100 * (change.ratio - 1) == pytest.approx(2.9, abs=0.05)
    assert change.method == "quasi_poisson"
    assert change.dispersion > 2
    assert change.upper - change.lower > 1.5 * (upper - lower)


def test_year_on_year_takes_the_latest_twelve_months_and_the_twelve_before(series):
    change = year_on_year(series(noisy(5)))
    assert change.later_period == Y2019
    assert change.earlier_period == Y2018
    assert change.lower < change.ratio < change.upper


def test_incomplete_months_at_the_end_are_left_out_of_the_latest_window(series):
    change = year_on_year(series(noisy(5), maturities=["final"] * 57 + ["provisional"] + ["incomplete"] * 2))
    assert change.later_period == (date(2018, 11, 1), date(2019, 10, 31))
    assert change.maturity == "provisional"


def test_a_fiscal_year_to_date_is_set_against_the_same_months_a_year_before(series):
    monthly = series(noisy(5), first=date(2019, 3, 1))
    change = year_on_year(monthly, clock=Clock.FISCAL_YEAR_TO_DATE)
    assert change.later_period == (date(2023, 10, 1), date(2024, 2, 29))
    assert change.earlier_period == (date(2022, 10, 1), date(2023, 2, 28))


def test_overlapping_windows_are_refused(series):
    with pytest.raises(UsageError, match="overlaps"):
        between(series(noisy(5)), (date(2018, 7, 1), date(2019, 6, 30)), Y2019)


def test_windows_of_two_lengths_are_refused(series):
    with pytest.raises(UsageError, match="as long as"):
        between(series(noisy(5)), (date(2018, 1, 1), date(2018, 9, 30)), Y2019)


def test_rnid_2026_a_break_between_the_windows_leaves_no_change(series, a_break):
    change = between(series(noisy(5), breaks=(a_break(date(2019, 1, 1)),)), Y2018, Y2019)
    assert change.reason == "break"
    assert change.broken.id == "changed"
    assert (change.ratio, change.lower, change.upper, change.distinguishable) == (None, None, None, None)


def test_a_break_before_the_windows_leaves_the_change_but_not_its_months(series, a_break):
    values = [10 * value for value in noisy(3)] + noisy(2, seed=8)
    change = between(series(values, breaks=(a_break(date(2018, 1, 1)),)), Y2018, Y2019)
    assert change.method == "quasi_poisson"
    assert change.dispersion < 100


def test_a_missing_month_leaves_no_change(series):
    values = noisy(5)
    values[40] = None
    assert between(series(values), Y2018, Y2019).reason == "missing"


def test_too_few_months_never_make_a_change_clear(series):
    change = between(series([1000] * 9 + [2000] * 9), (date(2015, 1, 1), date(2015, 9, 30)),
                     (date(2015, 10, 1), date(2016, 6, 30)))  # fmt: skip
    assert (change.method, change.reason, change.distinguishable) == ("poisson", "too_short", None)


def test_years_without_months_never_make_a_change_clear_but_can_leave_it_in_doubt(series):
    monthly = series([33_000, 36_000], clock=Clock.YEAR)
    frame = monthly.frame.with_columns(
        period_start=pl.Series([Y2018[0], Y2019[0]]), period_end=pl.Series([Y2018[1], Y2019[1]])
    )
    yearly = dataclasses.replace(monthly, frame=frame)
    change = year_on_year(yearly)
    assert (change.distinguishable, change.reason) == (None, "dispersion_unknown")
    same = dataclasses.replace(yearly, frame=frame.with_columns(value=pl.Series([33_000.0, 33_050.0])))
    assert year_on_year(same).distinguishable is False


def test_overdose_deaths_are_set_against_the_same_month_a_year_before(series):
    months = np.array(noisy(6, level=8000.0))
    totals = np.convolve(months, np.ones(12), "valid").tolist()
    change = year_on_year(series(totals, first=date(2015, 12, 1), clock=Clock.TWELVE_MONTH_ENDING))
    assert change.later_period == (date(2020, 1, 1), date(2020, 12, 31))
    assert change.earlier_period == (date(2019, 1, 1), date(2019, 12, 31))
    assert change.ratio == pytest.approx(months[60:].sum() / months[48:60].sum())
    assert change.method == "quasi_poisson"
    assert change.lower < change.ratio < change.upper


def test_a_published_total_a_month_apart_overlaps_and_is_refused(series):
    overdose = series([100_000] * 24, first=date(2015, 12, 1), clock=Clock.TWELVE_MONTH_ENDING)
    with pytest.raises(UsageError, match="overlaps"):
        between(overdose, (date(2015, 1, 1), date(2015, 12, 31)), (date(2015, 2, 1), date(2016, 1, 31)))


def test_a_rate_moves_by_its_counts_and_by_its_population(series):
    counts = noisy(5)
    people = [1_000_000.0] * 48 + [2_000_000.0] * 12
    rates = series(counts, of=people, kind="rate", unit="victims_per_100k")
    rate, count = between(rates, Y2018, Y2019), between(series(counts), Y2018, Y2019)
    assert rate.ratio == pytest.approx(count.ratio / 2)
    assert rate.lower == pytest.approx(count.lower / 2)
    assert rate.earlier == pytest.approx(count.earlier / 10)


def test_a_share_changes_by_a_difference_wider_than_newcombes_where_months_waver(series):
    rng = np.random.default_rng(3)
    whole = [5000.0] * 60
    part = rng.binomial(5000, rng.beta(40, 60, 60)).astype(float).tolist()
    change = between(series(part, of=whole, kind="share", unit="share"), Y2018, Y2019)
    assert change.scale == "difference"
    assert change.method == "quasi_binomial"
    assert change.dispersion > 5
    narrow = difference_interval((sum(part[36:48]), 60_000), (sum(part[48:]), 60_000))
    assert change.upper - change.lower > 2 * (narrow[1] - narrow[0])


def test_newcombes_worked_example():
    lower, upper = difference_interval((48, 80), (56, 70))
    assert (round(lower, 4), round(upper, 4)) == (0.0524, 0.3339)


def stock(values, days):
    frame = pl.DataFrame(
        {"period_start": days, "period_end": days, "value": values, "vintage": "2026-08"}, strict=False
    )
    missing = [pl.lit(None, kind).alias(name) for name, kind in COLUMNS.items() if name not in frame.columns]
    frame = frame.with_columns(*missing).select(*COLUMNS).cast(COLUMNS)
    return Series("mx_missing_stock", "mx", "rnpdno", Clock.STOCK, "persons", "stock", frame)


def test_a_stock_has_a_difference_and_no_interval():
    days = [date(2024, 3, 1), date(2025, 1, 10), date(2026, 1, 2)]
    change = year_on_year(stock([100_000.0, 110_000.0, 121_000.0], days))
    assert change.earlier_period == (date(2025, 1, 10), date(2025, 1, 10))
    assert (change.difference, change.method, change.reason) == (11_000, "difference", "no_interval")
    assert (change.lower, change.upper, change.distinguishable) == (None, None, None)


def test_one_snapshot_alone_has_no_change():
    assert year_on_year(stock([100_000.0], [date(2026, 1, 2)])).reason == "too_short"


def test_a_published_index_uses_its_own_interval(series):
    index = series([60.0] * 13, kind="published")
    frame = index.frame.with_columns(lower=pl.col("value") - 1, upper=pl.col("value") + 1)
    frame = frame.with_columns(pl.when(pl.int_range(pl.len()) == 12).then(pl.col("value", "lower", "upper") + 5)
                               .otherwise(pl.col("value", "lower", "upper")))  # fmt: skip
    index = dataclasses.replace(index, frame=frame)
    change = between(index, (date(2015, 1, 1), date(2015, 1, 31)), (date(2016, 1, 1), date(2016, 1, 31)))
    assert change.difference == pytest.approx(5)
    assert change.lower == pytest.approx(5 - math.sqrt(2))
    assert change.distinguishable is True


def test_no_events_before_leave_the_ratio_open(series):
    change = between(series([0] * 48 + [4] * 12), Y2018, Y2019)
    assert (change.ratio, change.upper) == (None, None)
    assert change.lower > 1


def test_no_events_at_all_are_no_change(series):
    change = between(series([0] * 60), Y2018, Y2019)
    assert (change.lower, change.upper, change.distinguishable) == (0, None, False)


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.floats(1, 50))
def test_a_ratio_lies_in_its_interval_and_noise_only_widens_it(later, earlier, phi):
    lower, upper = ratio_interval(earlier, later, phi)
    narrow = ratio_interval(earlier, later)
    assert lower - 1e-9 <= later / earlier <= upper + 1e-9
    assert lower <= narrow[0] + 1e-9
    assert upper >= narrow[1] - 1e-9


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_reading_the_years_the_other_way_turns_the_interval_over(one, other):
    lower, upper = ratio_interval(one, other)
    turned = ratio_interval(other, one)
    assert turned[0] == pytest.approx(1 / upper)
    assert turned[1] == pytest.approx(1 / lower)


MONTHS = np.arange(60) % 12 + 1


def test_phi_of_poisson_months_is_near_one_and_of_noisy_months_near_theirs():
    rng = np.random.default_rng(5)
    phi = [of_counts(rng.poisson(500, 60).astype(float), np.full(60, 30.0), MONTHS).phi for _ in range(40)]
    assert np.mean(phi) == pytest.approx(1, abs=0.1)
    noisy_months = [
        of_counts(np.array(noisy(5, seed, 8.0), float), np.full(60, 30.0), MONTHS).phi for seed in range(40)
    ]
    assert np.mean(noisy_months) == pytest.approx(8, rel=0.15)


def test_phi_of_overdose_months_is_found_behind_their_12_month_totals():
    found = [of_yearly_differences(np.convolve(noisy(7, seed, 8.0), np.ones(12), "valid")).phi for seed in range(40)]
    assert np.mean(found) == pytest.approx(8, rel=0.25)


def test_too_few_months_tell_nothing_of_noise():
    with pytest.raises(ValueError, match="23 months"):
        of_counts(np.ones(23), np.full(23, 30.0), MONTHS[:23])
    with pytest.raises(ValueError, match="12 months"):
        of_shares(np.ones(12), np.full(12, 30.0), MONTHS[:12])


def test_months_that_hang_together_widen_a_change():
    loose, tied = Noise(8, 0.0, 40).of_change(12, 12), Noise(8, 0.4, 40).of_change(12, 12)
    assert loose[0] == pytest.approx(8)
    assert tied[0] > 12
    assert tied[1] > loose[1] > 1.96


def test_less_than_poissons_noise_is_never_taken():
    assert Noise(0.4, 0.0, 40).of_change(12, 12) == pytest.approx((1.0, 1.95996), abs=1e-4)


def published(series, *vintages, **more):
    """Figures of two years, each with who published it."""
    made = series([880.0, *[None] * 11, 704.0], kind="published", **more)
    frame = made.frame.filter(pl.col("value").is_not_null()).with_columns(vintage=pl.Series(vintages))
    return dataclasses.replace(made, frame=frame, clock=Clock.QUARTER)


def test_migrant_deaths_of_a_newspaper_and_of_an_auditor_are_no_series(series):
    """880 of a newspaper's request and 704 of the auditor were told as a fall of 176."""
    found = year_on_year(
        published(series, "Border Patrol (FOIA (Washington Examiner)), 2023", "GAO (GAO-25-107548), 2025")
    )
    assert (found.reason, found.difference, found.distinguishable) == ("publishers", None, None)


def test_successive_documents_of_one_publisher_are_compared(series):
    """INEGI's vital registration; and the prosecutor's figures, read in a report that quotes them."""
    inegi = year_on_year(published(series, "INEGI (EDR 2023), 2024-11", "INEGI (EDR 2024), 2025-11-10"))
    quoted = year_on_year(published(series, "FGR, quoted by CRS (Zeta), 2022-03", "FGR (El Universal), 2023-12"))
    assert inegi.difference == quoted.difference == -176


def test_no_change_of_a_change_is_told(series):
    """Murders fell by 14.9 percent "and the change from a year earlier is -3.3 points"."""
    found = year_on_year(published(series, "FBI (2023), 2024", "FBI (2024), 2025", unit="percent_change"))
    assert (found.reason, found.difference) == ("is_change", None)


@pytest.mark.parametrize(("figures", "reason"), [(1, "missing"), (2, "clock")])
def test_one_figure_of_many_years_has_no_earlier_one(series, figures, reason):
    """Illicit flows, told once for 2015 to 2018, had "two clocks"."""
    told = dataclasses.replace(series([5.0] * figures, kind="published"), clock=Clock.SEVERAL_YEARS)
    assert year_on_year(told).reason == reason


@pytest.mark.parametrize("reason", ["publishers", "is_change"])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_refused_comparison_is_told_in_words(lang, reason):
    for table in ("change.reason", "sentence.reason", "sentence.unjudged"):
        assert Text(lang).t(f"{table}.{reason}")
