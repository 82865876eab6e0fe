"""Killed, out of space or locked out at any point: what was good stays, nothing is half, the next run succeeds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from faults import harness, steps
from indicators.paths import Home
from indicators.releases import store
from indicators.warehouse import query

pytestmark = pytest.mark.thorough

Step = Callable[[Path], None]
Fresh = Callable[[], Path]
State = dict[str, object]


def prepared(step: Step, root: Path) -> Path:
    """The home as it stands before ``step``: for what follows, a step has been taken that it follows on."""
    if step is steps.build:
        steps.add(root)
    if step is steps.publication:
        steps.report(root)
    return root


def state(root: Path) -> State:
    """All that a run must leave whole: each vintage, what the warehouse answers, each report, each shared file."""
    home = Home(root)
    found: State = {one.id: one.read(home.raw) for one in store.all_vintages(home.raw)}
    found["warehouse"] = answers(home)
    for path in sorted(home.reports.glob("[!.]*")):
        found |= {path.name: contents(path)} if (path / "run.json").exists() else contents(path)
    return found


def contents(path: Path) -> State:
    """The files of a folder by their path, or the one file."""
    inside = sorted(one for one in [path, *path.rglob("[!.]*")] if one.is_file())
    return {str(one.relative_to(path.parent)): one.read_bytes() for one in inside}


def answers(home: Home) -> object:
    """A hash over the rows of every table; the database's bytes differ from build to build."""
    with query.connect(home.warehouse) as connection:
        tables = [
            name
            for (name,) in connection.sql(
                "SELECT table_name FROM duckdb_tables() WHERE table_name <> 'build' ORDER BY ALL"
            ).fetchall()
        ]
        return {
            name: connection.sql(f"SELECT count(*), sum(hash(rows)::HUGEINT) FROM {name} AS rows").fetchall()
            for name in tables
        }


def assert_whole(found: State, before: State, after: State) -> None:
    """Nothing of before is lost, and nothing is there that is neither as before nor as after the step."""
    for name in {*found, *before}:
        assert name in found, f"{name} is lost"
        assert found[name] in (before.get(name), after.get(name)), f"{name} is half"


def try_all(step: Step, fresh: Fresh, how: str, points: list[int], codes: set[int]) -> None:
    """Break ``step`` at every point; after each, what was good is there, and the next run ends as if unbroken."""
    root = prepared(step, fresh())
    before = state(root)
    assert harness.run(step, root)[0] == 0
    after = state(root)
    losses = []
    for at in points:
        root = prepared(step, fresh())
        code, _ = harness.run(step, root, at, how)
        try:
            assert code in codes, f"exit code {code}"
            assert_whole(state(root), before, after)
            assert harness.run(step, root)[0] == 0, "the next run fails"
            assert state(root) == after, "the next run ends otherwise"
        except AssertionError as error:
            losses.append(f"{how} at {at}: {error}")
    print(f"{step.__name__}, {how}: {len(points)} points tried, {len(losses)} losses")
    assert not losses, "\n".join(losses)


def count(step: Step, fresh: Fresh) -> int:
    """How many changes to the disk an unbroken run makes."""
    code, changes = harness.run(step, prepared(step, fresh()))
    assert code == 0
    assert changes > 2
    return changes


@pytest.mark.parametrize("how", ["kill", "full"])
@pytest.mark.parametrize("step", [steps.add, steps.build])
def test_store_and_warehouse_survive(step: Step, how: str, fresh: Fresh) -> None:
    points = [*range(1, count(step, fresh) + 1)]
    try_all(step, fresh, how, points, {-9, 0} if how == "kill" else {0, 1})


@pytest.mark.parametrize("how", ["kill", "full"])
@pytest.mark.parametrize("step", [steps.report, steps.publication])
def test_reports_survive(step: Step, how: str, fresh: Fresh, stride: int) -> None:
    points = [*range(1, count(step, fresh) + 1, stride)]
    try_all(step, fresh, how, points, {-9, 0} if how == "kill" else {0, 1})


@pytest.mark.parametrize("step", [steps.add, steps.build, steps.report])
def test_read_only_folder_is_said_and_changes_nothing(step: Step, fresh: Fresh) -> None:
    try_all(step, fresh, "read-only", [1], {1})


@pytest.mark.parametrize("step", [steps.add, steps.build])
def test_a_disk_that_fills_up_while_a_file_is_written(step: Step, fresh: Fresh, stride: int) -> None:
    """Files that may not grow beyond a size: the write itself fails, DuckDB's own among them."""
    try_all(step, fresh, "short", [0, 1_000, 40_000, 300_000][:: 1 if stride == 1 else 2], {0, 1})


def test_build_killed_from_outside_at_any_time(fresh: Fresh, stride: int) -> None:
    """DuckDB writes unseen by Python: these kills fall where they fall."""
    root = prepared(steps.build, fresh())
    before = state(root)
    steps.build(root)
    after = state(root)
    for tenth in range(0, 30, stride):
        root = prepared(steps.build, fresh())
        harness.killed_after(steps.build, root, tenth / 20)
        assert_whole(state(root), before, after)
        steps.build(root)
        assert state(root) == after


@pytest.mark.parametrize("step", [steps.add, steps.build, steps.report])
def test_two_runs_at_once_end_as_one(step: Step, fresh: Fresh) -> None:
    expected = prepared(step, fresh())
    assert harness.run(step, expected)[0] == 0
    after = state(expected)
    root = prepared(step, fresh())
    codes = harness.side_by_side(step, root)
    assert 0 in codes
    assert set(codes) <= {0, 1}
    assert state(root) == after


@pytest.mark.parametrize(
    "words",
    [["add", "{root}/incoming"], ["report", steps.QUARTER, "--lang", "en", "--publish"]],
    ids=" ".join,
)
def test_clock_that_was_set_back_changes_nothing(words: list[str], fresh: Fresh) -> None:
    root = fresh()
    before = state(root)
    assert harness.run(partial(steps.command, words=words, today=date(2016, 1, 1)), root)[0] == 1
    assert state(root) == before
    assert harness.run(partial(steps.command, words=words, today=steps.DAY), root)[0] == 0
    after = state(root)
    assert before | after == after, "something of before is lost"
    assert after != before


def test_reader_of_a_notebook_keeps_its_warehouse_while_a_new_one_is_built(fresh: Fresh) -> None:
    root = prepared(steps.build, fresh())
    home = Home(root)
    counted = "SELECT count(*) FROM vintage"
    with query.connect(home.warehouse) as reader:
        before = reader.sql(counted).fetchall()
        steps.build(root)
        assert reader.sql(counted).fetchall() == before
        with query.connect(home.warehouse) as newer:
            assert newer.sql(counted).fetchall() == [(before[0][0] + 1,)]
