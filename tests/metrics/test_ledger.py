"""Series of the ledger: meetings held, promises kept, objectives with all they need."""

from datetime import date

import polars as pl
import pytest

from hand_kept import EVENT, OBJECTIVE, Row
from indicators import catalog
from indicators.errors import UsageError
from indicators.metrics import compute, ledger
from indicators.metrics.rates import wilson
from indicators.periods import Clock

NOW = date(2026, 6, 30)


def event(name: str, day: str, kind: str, **more: str) -> Row:
    return {
        **EVENT,
        "event": name,
        "date": day,
        "kind": kind,
        "title_en": name,
        "title_es": f"{name} es",
        **more,
    }


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


def objective(code: str, public: str, level: str = "statement_2021") -> Row:
    cells = dict.fromkeys(public.split(), "yes")
    cells |= {f"{name}_evidence": "https://example.org" for name in public.split()}
    return {**OBJECTIVE, "code": code, "level": level, "coder": "1", **cells}


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
        found = ledger.agreement(ledger.objectives(connection))
        alone = ledger.agreement(ledger.objectives(connection).filter(coder="1"))
    indicator, period = (found.row(by_predicate=pl.col("what") == name, named=True) for name in ("indicator", "period"))
    assert (indicator["agreed"], indicator["kappa"]) == (7, pytest.approx(0.4))
    assert (period["agreed"], period["kappa"]) == (10, None)
    assert alone.is_empty()


def test_an_empty_ledger_has_no_series_and_says_so(opened):
    with opened() as connection:
        assert compute.all_series(connection, "cabinet_meetings", NOW) == {}
        with pytest.raises(UsageError, match="no release out by"):
            compute.series(connection, "etrace_states", "MX", NOW)


def test_every_ledger_metric_has_a_rule_and_each_rule_gives_the_same_columns():
    for one in catalog.metrics().values():
        assert (one.rule is not None) == (one.kind == "ledger"), one.id
        assert one.rule in (None, "framework", *ledger.RULES), one.id
