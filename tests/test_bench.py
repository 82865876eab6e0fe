"""The bench measures what it says: its municipal table is one that our reader takes, of the real shape."""

import sys
from datetime import date
from pathlib import Path

import pytest

from indicators.readers import recognise, tidy

sys.path.insert(0, str(Path(__file__).parent / "bench"))
import measure
import municipal


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(municipal, "MUNICIPALITIES", [11] * 32)  # enough for Jonuta, which is the eleventh


def made(path: Path, **options: int) -> Path:
    assert municipal.write(path, **options) == path.read_bytes().count(b"\n") - 1
    return path


@pytest.mark.usefixtures("small")
def test_the_generated_table_is_read_like_the_agencys(tmp_path: Path) -> None:
    path = made(tmp_path / "IDM_NM_dic2018.csv", years=4)
    match = recognise(path.name, path.read_bytes())
    found = tidy(match, released=date(2019, 1, 31), data_month=date(2018, 12, 31))
    cells = 98 * 12 * 4 * 32 * (11 + 2)
    assert 0.985 < 1 - found.facts.height / cells < 0.995
    assert found.notes == [("cells_not_a_count", {"cells": "09006 2017-09, 27011 2018-05"})]
    assert set(found.municipalities["kind"]) == {"municipality", "not_specified", "other_municipalities"}


@pytest.mark.usefixtures("small")
def test_releases_differ_in_one_cell(tmp_path: Path) -> None:
    first, second = (
        made(tmp_path / f"{number}.csv", years=1, revision=number).read_text("latin-1").splitlines()
        for number in (0, 1)
    )
    assert len(first) == len(second)
    assert sum(one != other for one, other in zip(first, second, strict=True)) == 1


def test_a_case_tells_its_own_seconds_and_a_failure_what_it_said(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("a\n1\n")
    cost = measure.case("sha256", tmp_path)
    assert cost.seconds > 0
    assert cost.peak_mb > 1
    with pytest.raises(RuntimeError, match="KeyError"):
        measure.case("nothing")


WORK = "sum(number * number for number in range(4_000_000))"
ORPHANED = (  # the child ends at once, the grandchild works on in a session of its own
    f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {WORK!r}], start_new_session=True)"
)


def test_the_processor_time_of_an_orphaned_grandchild_counts() -> None:
    """Without the grandchild, the processor time would be less than a tenth of the work."""
    none, child, grandchild = (measure.run([sys.executable, "-c", code]) for code in ("pass", WORK, ORPHANED))
    work = child.cpu_seconds - none.cpu_seconds
    assert grandchild.cpu_seconds - 2 * none.cpu_seconds > work / 2
    assert grandchild.cpu_seconds < 3 * child.cpu_seconds


def test_cases_take_turns() -> None:
    order: list[str] = []

    def costs(name: str) -> measure.Cost:
        order.append(name)
        return measure.Cost(float(len(order)), 1.0, 1.0, {})

    medians = measure.in_turn(3, {name: lambda name=name: costs(name) for name in ("one", "other")})
    assert order == ["one", "other"] * 3
    assert [cost.seconds for cost in medians.values()] == [3.0, 4.0]
