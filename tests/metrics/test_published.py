"""Series of published figures, from tables with invented numbers."""

from contextlib import closing
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from hand_kept import FIGURE, Row
from indicators import catalog
from indicators.errors import UsageError
from indicators.metrics import compute, published
from indicators.metrics.series import NotComparable
from indicators.periods import Clock
from small_warehouse import Small

NOW = date(2026, 6, 30)
OURS = Path(__file__).parents[2] / "data" / "raw"


def figure(value: float, year: int = 2021, **more: str) -> Row:
    days = {"first_day": f"{year}-01-01", "last_day": f"{year}-12-31"}
    return {**FIGURE, **days, "value": str(value), "published_on": str(year + 1), **more}


def test_the_firmest_figure_is_taken_then_grade_then_the_newest(opened):
    rows = [
        figure(90, maturity="estimate", grade="A", publisher="Auditor"),
        figure(85, maturity="provisional", grade="A", publisher="First count"),
        figure(87, grade="C", publisher="Outlet", published_on="2025"),
        figure(88, grade="B", publisher="Agency", published_on="2022"),
        figure(89, grade="B", publisher="Agency", published_on="2023"),
    ]
    with opened(rows) as connection:
        found = compute.series(connection, "extraditions_mx_us", "MX", NOW)
        assert found.frame["value"].to_list() == [89.0]
        assert found.frame["note"].to_list() == ["grade=B others=85|87|88|90"]
        assert found.frame["maturity"].to_list() == ["final"]
        apart = published.disagreements(published.figures(connection, "extraditions_mx_us", NOW))
        assert sorted(apart["value"]) == [85.0, 87.0, 88.0, 90.0]
        assert set(apart["taken"]) == {89.0}
        before = compute.series(connection, "extraditions_mx_us", "MX", date(2022, 12, 31))
        assert before.frame["value"].to_list() == [88.0]


def test_an_estimate_outranks_a_preliminary_figure_that_it_replaced(opened):
    early = figure(449, metric="idp_flow_cmdpdh", maturity="provisional", published_on="2022-05-17", grade="B")
    report = early | {"value": "289", "maturity": "estimate", "document": "Annual report", "grade": "C"}
    with opened([early, report]) as connection:
        found = compute.series(connection, "idp_flow_cmdpdh", "MX", NOW)
    assert found.frame["value"].to_list() == [289.0]
    assert found.frame["note"].to_list() == ["grade=C estimate others=449"]


def test_half_years_and_running_counters_never_join_the_annual_series(opened):
    half = figure(40, 2024, clock="half_year", last_day="2024-06-30", published_on="2024-07")
    several = figure(500, first_day="2018-12-01", clock="several_years", last_day="2023-10-09", published_on="2023-12")
    running = several | {"clock": "running_counter"}
    with opened([figure(60), half, several, running]) as connection:
        name = "extraditions_mx_us"
        assert compute.series(connection, name, "MX", NOW).frame["value"].to_list() == [60.0]
        halves = compute.series(connection, name, "MX", NOW, Clock.HALF_YEAR)
        assert (halves.clock, halves.frame["value"].to_list()) == (Clock.HALF_YEAR, [40.0])
        assert compute.series(connection, name, "MX", NOW, Clock.RUNNING_COUNTER).frame.height == 1
        with pytest.raises(UsageError, match="has no MX"):
            compute.series(connection, name, "MX", NOW, Clock.MONTH)
        with pytest.raises(NotComparable, match="two clocks"):
            halves.comparable_with(compute.series(connection, name, "MX", NOW))


def test_two_published_metrics_are_never_comparable_although_clock_and_unit_agree(opened):
    mexicans = figure(55, metric="extraditions_mx_us_mexicans")
    with opened([figure(60), mexicans]) as connection:
        one = compute.series(connection, "extraditions_mx_us", "MX", NOW)
        other = compute.series(connection, "extraditions_mx_us_mexicans", "MX", NOW)
    with pytest.raises(NotComparable, match="two sources"):
        one.comparable_with(other)


def test_a_share_comes_out_between_nought_and_one(opened):
    row = figure(70.5, metric="atf_us_sourced_share", unit="percent", lower="68", upper="73")
    with opened([row]) as connection:
        frame = compute.series(connection, "atf_us_sourced_share", "MX", NOW).frame
    assert frame.select("value", "lower", "upper").row(0) == pytest.approx((0.705, 0.68, 0.73))


def test_trade_per_minute_knows_the_length_of_its_year(opened):
    rows = [figure(525_600_000_000, year, metric="us_mx_trade_usd", place="US", unit="usd") for year in (2023, 2024)]
    with opened(rows) as connection:
        frame = compute.series(connection, "us_mx_trade_per_min", "US", NOW).frame
    assert frame["value"].to_list() == pytest.approx([1_000_000, 525_600_000_000 / (366 * 1440)])


def test_a_break_lies_between_deaths_before_and_after_the_common_procedure(opened):
    rows = [
        figure(value, metric="migrant_deaths_rescues", place="US-SWB", unit="deaths", clock="fiscal_year",
               first_day=f"{year - 1}-10-01", last_day=f"{year}-09-30", published_on="2024")
        for year, value in ((2020, 10), (2022, 30), (2023, 20))
    ]  # fmt: skip
    with opened(rows) as connection:
        found = compute.series(connection, "migrant_deaths_rescues", "US-SWB", NOW)
    periods = found.frame.select("period_start", "period_end").rows()
    with pytest.raises(NotComparable, match="migrant_deaths_procedure_2021"):
        found.comparable(periods[0], periods[1])
    found.comparable(periods[1], periods[2])


def test_the_press_alone_never_carries_a_status(opened):
    def status(*grades: str) -> bool:
        rows = [figure(50 + i, 2018 + i, grade=grade) for i, grade in enumerate(grades)]
        with opened(rows) as connection:
            return published.carries_status(compute.series(connection, "extraditions_mx_us", "MX", NOW))

    assert status("C", "B", "A")
    assert not status("A", "B", "C")
    assert not status("A", "C", "B")
    assert not status("A")


def test_a_metric_without_a_public_figure_says_what_was_searched(opened):
    with (
        opened() as connection,
        pytest.raises(UsageError, match=r"no public figure was found. Searched: .*UNODC"),
    ):
        compute.series(connection, "sdg_16_4_2", "MX", NOW)


def test_our_own_tables_give_a_series_for_every_metric_that_has_figures():
    empty = []
    with closing(Small(OURS).connection) as connection:
        for one in catalog.metrics().values():
            if one.kind in ("published", "ledger"):
                found = compute.all_series(connection, one.id, date(2026, 11, 30))
                if not found:
                    empty.append(one.id)
                for series in found.values():
                    frame = series.frame
                    assert frame["value"].is_not_null().all(), one.id
                    assert frame["period_end"].is_sorted(), one.id
                    assert frame.select(pl.struct("period_start", "period_end").is_unique().all()).item(), one.id
        half = compute.series(connection, "mx_homicide_inegi", "MX", NOW, Clock.HALF_YEAR).frame
        whole = compute.series(connection, "mx_homicide_inegi", "MX", NOW).frame
        traded = compute.series(connection, "us_mx_trade_per_min", "US", NOW).frame
    assert empty == [one.id for one in catalog.metrics().values() if one.searched]
    assert whole.filter(pl.col("period_end") == date(2024, 12, 31))["value"].to_list() == [33_550]
    assert half.filter(pl.col("period_end") == date(2025, 6, 30))["value"].to_list() == [14_488]
    assert traded.filter(pl.col("period_end") == date(2018, 12, 31))["value"].to_list() == pytest.approx(
        [611.6e9 / 525_600]
    )
