"""Series of published figures and of the ledger, from tables with invented numbers."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from indicators import catalog, contracts, warehouse
from indicators.errors import UsageError
from indicators.metrics import coding, compute, ledger, published
from indicators.metrics.rates import wilson
from indicators.metrics.series import NotComparable
from indicators.periods import Clock
from indicators.published.figures import COLUMNS as FIGURE_COLUMNS
from indicators.published.ledger import EVENT_COLUMNS, OBJECTIVE_COLUMNS

NOW = date(2026, 6, 30)
OURS = Path(__file__).parents[2] / "data" / "raw"


def figure(value: float, year: int = 2021, **more: str) -> dict[str, str]:
    return {
        "metric": "extraditions_mx_us", "place": "MX", "first_day": f"{year}-01-01", "last_day": f"{year}-12-31",
        "clock": "year", "value": str(value), "unit": "persons", "maturity": "final", "publisher": "Agency",
        "document": "Report", "published_on": str(year + 1), "url": "https://example.org/a", "grade": "B", **more,
    }  # fmt: skip


def event(name: str, day: str, kind: str, **more: str) -> dict[str, str]:
    return {
        "event": name, "date": day, "kind": kind, "status": "held", "title_en": name, "title_es": f"{name} es",
        "actors": "US;MX", "publisher": "Agency", "url": "https://example.org/b", "grade": "A", **more,
    }  # fmt: skip


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., duckdb.DuckDBPyConnection]:
    """A warehouse of these figures and events only, opened."""

    @contextmanager
    def connect(figures: list = [], events: list = [], objectives: list = []) -> Iterator:  # noqa: B006
        files = {
            "published/figures.csv": (FIGURE_COLUMNS, figures),
            "ledger/events.csv": (EVENT_COLUMNS, events),
            "ledger/framework_objectives.csv": (OBJECTIVE_COLUMNS, objectives),
        }
        for name, (columns, rows) in files.items():
            path = tmp_path / "raw" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns, restval="")
                writer.writeheader()
                writer.writerows(rows)
        target = tmp_path / "warehouse.duckdb"
        warehouse.build(tmp_path / "raw", tmp_path / "edition", target)
        with warehouse.connect(target) as connection:
            yield connection

    return connect


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
    early = figure(
        449, metric="idp_flow_cmdpdh", maturity="provisional", published_on="2022-05-17", grade="B"
    )
    report = early | {"value": "289", "maturity": "estimate", "document": "Annual report", "grade": "C"}
    with opened([early, report]) as connection:
        found = compute.series(connection, "idp_flow_cmdpdh", "MX", NOW)
    assert found.frame["value"].to_list() == [289.0]
    assert found.frame["note"].to_list() == ["grade=C estimate others=449"]


def test_half_years_and_running_counters_never_join_the_annual_series(opened):
    half = figure(40, 2024, clock="half_year", last_day="2024-06-30", published_on="2024-07")
    several = figure(
        500, first_day="2018-12-01", clock="several_years", last_day="2023-10-09", published_on="2023-12"
    )
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
    rows = [
        figure(525_600_000_000, year, metric="us_mx_trade_usd", place="US", unit="usd")
        for year in (2023, 2024)
    ]
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


def test_meetings_are_counted_when_held_and_not_when_announced(opened):
    kind = "cabinet_meeting"
    events = [
        event("first", "2024-02-10", kind, quantity="1", unit="documents"),
        event("second", "2024-11-05", kind),
        event("planned", "2025-02", kind, status="planned", published_on="2025-01-15"),
        event("talk", "2025-01-20", "meeting"),
        event("last_row", "2025-05", "report"),
    ]
    with opened(events=events) as connection:
        frame = compute.series(connection, "cabinet_meetings", "US", NOW).frame
    assert frame["period_end"].to_list() == [
        date(2024, 3, 31), date(2024, 6, 30), date(2024, 9, 30),
        date(2024, 12, 31), date(2025, 3, 31), date(2025, 6, 30),
    ]  # fmt: skip
    assert frame["value"].to_list() == [1, 1, 1, 2, 1, 1]
    assert frame["maturity"].to_list() == ["incomplete"] * 4 + ["provisional"] * 2
    assert frame["note"][3] == "last=2024-11-05 days_since=56 documents=1/2"


def test_thirteen_of_forty_has_wilsons_interval(opened):
    events = [
        event("statement", "2024-09", "most_wanted", quantity="13", of="40", unit="persons"),
        event("list", "2024-08-30", "most_wanted", quantity="10", unit="persons"),
    ]
    with opened(events=events) as connection:
        found = compute.series(connection, "most_wanted_arrest_share", "US", NOW)
    row = found.frame.row(0, named=True)
    assert found.frame.height == 1
    assert (row["value"], row["numerator"], row["denominator"]) == (0.325, 13, 40)
    assert (round(row["lower"], 3), round(row["upper"], 3)) == (0.201, 0.480)
    assert (row["lower"], row["upper"]) == pytest.approx([float(bound) for bound in wilson(13, 40)])


def test_a_promise_of_all_states_is_not_a_count_of_states(opened):
    events = [
        event("held", "2023-06-18", "firearm_tracing", quantity="18", of="32", unit="states"),
        event("promise", "2025-09-26", "firearm_tracing", quantity="32", of="32", unit="states",
              status="committed", published_on="2025-09-27"),
    ]  # fmt: skip
    with opened(events=events) as connection:
        frame = compute.series(connection, "etrace_states", "MX", NOW).frame
    assert frame.select("period_end", "value", "denominator").rows() == [(date(2023, 6, 18), 18.0, 32.0)]


def test_trainees_are_added_up_and_exercises_counted_by_year(opened):
    events = [
        event("course_a", "2024-03", "training", quantity="25", unit="persons"),
        event("course_b", "2024-06", "training", quantity="50", unit="persons"),
        event("course_c", "2024-07", "training"),  # nobody told how many
        event("exercise_a", "2022", "exercise"),
        event("exercise_b", "2024-06-24", "exercise", quantity="500", unit="troops"),
    ]
    with opened(events=events) as connection:
        people = compute.series(connection, "joint_training_people", "MX", NOW)
        exercises = compute.series(connection, "joint_exercises", "US", NOW)
    assert people.frame.select("period_end", "value", "note").rows() == [
        (date(2024, 12, 31), 75.0, "at_least events=2")
    ]
    assert exercises.frame.select("period_end", "value").rows() == [
        (date(2022, 12, 31), 1.0),
        (date(2024, 12, 31), 1.0),
    ]


def test_milestones_are_counted_since_the_first(opened):
    events = [
        event("law", "2020-12-15", "legal_milestone"),
        event("reform", "2024-12-31", "legal_milestone"),
        event("listing", "2025-02-20", "designation"),
    ]
    with opened(events=events) as connection:
        found = compute.series(connection, "legal_alignment", "MX", NOW)
        with pytest.raises(UsageError, match="can't be summed"):
            compute.series(connection, "legal_alignment", "MX", NOW, Clock.YEAR)
    assert found.frame["period_start"].unique().to_list() == [date(2020, 12, 15)]
    assert found.frame["value"].to_list() == [1.0, 2.0, 3.0]


def objective(code: str, public: str, level: str = "statement_2021") -> dict[str, str]:
    cells = {}
    for name in contracts.ELEMENTS:
        yes = name in public.split()
        cells |= {
            name: "yes" if yes else "no",
            f"{name}_evidence": "https://example.org" if yes else "none found",
        }
    return {
        "code": code, "level": level, "goal_en": "Goal", "goal_es": "Meta", "objective_en": "Aim",
        "objective_es": "Objetivo", "coder": "1", "coded_on": "2026-01-31", "url": "https://example.org/c", **cells,
    }  # fmt: skip


def test_an_objective_counts_only_with_all_five_elements(opened):
    rows = [
        objective("1.1", "indicator baseline target period responsible"),
        objective("1.2", "indicator baseline target period"),
        objective("2.1", ""),
        objective("2.2", "period"),
        objective("1.1.1", "indicator baseline target period responsible", "action_plan_2022"),
    ]
    with opened(objectives=rows) as connection:
        frame = compute.series(connection, "framework_metric_coverage", "US", NOW).frame
    row = frame.row(0, named=True)
    assert (row["value"], row["numerator"], row["denominator"]) == (0.25, 1.0, 4.0)
    assert row["lower"] is None
    assert row["note"] == "indicator=2 baseline=2 target=2 period=3 responsible=1"


def test_an_objective_that_only_one_coding_finds_whole_does_not_count(opened):
    whole = "indicator baseline target period responsible"
    rows = [objective("1.1", whole), objective("1.1", whole) | {"coder": "2"}]
    rows += [objective("1.2", whole), objective("1.2", "indicator") | {"coder": "2"}]
    with opened(objectives=rows) as connection:
        row = compute.series(connection, "framework_metric_coverage", "US", NOW).frame.row(0, named=True)
    assert (row["numerator"], row["denominator"], row["vintage"]) == (1.0, 2.0, "coding: 1, 2")


def test_kappa_as_worked_out_by_hand(opened):
    """Cohen's example in small: of ten objectives, 4 yes in both, 3 no in both, 1 and 2 apart. Agreement 0.7, by
    chance 0.5 · 0.6 + 0.5 · 0.4 = 0.5, kappa 0.4; a period that all have leaves nothing to correct for."""
    first = ["indicator period"] * 5 + ["period"] * 5
    second = ["indicator period"] * 4 + ["period"] + ["indicator period"] * 2 + ["period"] * 3
    rows = [objective(f"1.{n}", public) for n, public in enumerate(first)]
    rows += [objective(f"1.{n}", public) | {"coder": "2"} for n, public in enumerate(second)]
    with opened(objectives=rows) as connection:
        found = coding.agreement(coding.objectives(connection, NOW))
        alone = coding.agreement(coding.objectives(connection, NOW).filter(coder="1"))
    indicator, period = (
        found.row(by_predicate=pl.col("what") == name, named=True) for name in ("indicator", "period")
    )
    assert (indicator["agreed"], indicator["kappa"]) == (7, pytest.approx(0.4))
    assert (period["agreed"], period["kappa"]) == (10, None)
    assert alone.is_empty()


def test_an_empty_ledger_has_no_series_and_says_so(opened):
    with opened() as connection:
        assert compute.all_series(connection, "cabinet_meetings", NOW) == {}
        with pytest.raises(UsageError, match="no release known"):
            compute.series(connection, "etrace_states", "MX", NOW)


def test_a_metric_without_a_public_figure_says_what_was_searched(opened):
    with (
        opened() as connection,
        pytest.raises(UsageError, match=r"no public figure was found. Searched: .*UNODC"),
    ):
        compute.series(connection, "sdg_16_4_2", "MX", NOW)


def test_every_ledger_metric_has_a_rule_and_each_rule_gives_the_same_columns():
    for one in catalog.metrics().values():
        assert (one.rule is not None) == (one.kind == "ledger"), one.id
        assert one.rule in (None, "framework", *ledger.RULES), one.id
    assert coding.ELEMENTS == contracts.ELEMENTS
    assert published.FIRMEST_FIRST == contracts.FIGURE_MATURITY


def test_our_own_tables_give_a_series_for_every_metric_that_has_figures(tmp_path):
    target = tmp_path / "warehouse.duckdb"
    warehouse.build(OURS, tmp_path / "edition", target)
    empty = []
    with warehouse.connect(target) as connection:
        for one in catalog.metrics().values():
            if one.kind in ("published", "ledger"):
                found = compute.all_series(connection, one.id, date(2026, 11, 30))
                if not found:
                    empty.append(one.id)
                for series in found.values():
                    frame = series.frame
                    assert frame["value"].is_not_null().all(), one.id
                    assert frame["period_end"].is_sorted(), one.id
                    assert frame.select(pl.struct("period_start", "period_end").is_unique().all()).item(), (
                        one.id
                    )
        half = compute.series(connection, "mx_homicide_inegi", "MX", NOW, Clock.HALF_YEAR).frame
        whole = compute.series(connection, "mx_homicide_inegi", "MX", NOW).frame
        traded = compute.series(connection, "us_mx_trade_per_min", "US", NOW).frame
    assert empty == [one.id for one in catalog.metrics().values() if one.searched]
    assert whole.filter(pl.col("period_end") == date(2024, 12, 31))["value"].to_list() == [33_550]
    assert half.filter(pl.col("period_end") == date(2025, 6, 30))["value"].to_list() == [14_488]
    assert traded.filter(pl.col("period_end") == date(2018, 12, 31))["value"].to_list() == pytest.approx(
        [611.6e9 / 525_600]
    )
