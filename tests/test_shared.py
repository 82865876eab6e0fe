"""What one page worked out is taken over by the next, with all that it read of the warehouse."""

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from indicators import shared, trace
from indicators.warehouse import select

DAY = date(2021, 1, 4)


@shared.once
def days(connection: duckdb.DuckDBPyConnection, day: date, least: int = 0) -> pl.DataFrame:
    asked.append((day, least))
    return select(connection, "SELECT $day AS day, $least AS least", {"day": day, "least": least})


@shared.once
def looked_at(connection: duckdb.DuckDBPyConnection, day: date) -> int:
    return day.year


asked: list[tuple[date, int]] = []


@pytest.fixture(autouse=True)
def nothing_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked.clear()
    monkeypatch.setattr(trace, "_current", None)


def test_without_a_folder_each_asks_for_itself() -> None:
    with duckdb.connect() as connection:
        assert days(connection, DAY).equals(days(connection, DAY))
    assert len(asked) == 2


def test_a_second_asker_gets_the_same_and_has_read_the_same(tmp_path: Path) -> None:
    with duckdb.connect() as connection, shared.within(tmp_path):
        first = trace.begin()
        made = days(connection, trace.report_day(DAY), least=3)
        second = trace.begin()
        found = days(connection, trace.report_day(DAY), 3)
    assert len(asked) == 1
    assert found.equals(made)
    assert second == first
    assert second.answers
    assert not second.day_seen


@pytest.mark.parametrize("least", [1, 2])
def test_another_question_is_another_answer(tmp_path: Path, least: int) -> None:
    with duckdb.connect() as connection, shared.within(tmp_path):
        assert days(connection, DAY)["least"].to_list() == [0]
        assert days(connection, DAY, least)["least"].to_list() == [least]


def test_a_day_that_is_given_is_not_the_day_of_the_report(tmp_path: Path) -> None:
    """Tomorrow the report's day is another one, and a day that is written down is not."""
    with duckdb.connect() as connection, shared.within(tmp_path):
        days(connection, DAY)
        read = trace.begin()
        days(connection, trace.report_day(DAY))
    ((_, named, _),) = read.answers
    assert trace.asked(("", named), date(2021, 2, 1))[1]["day"] == date(2021, 2, 1)


def test_who_takes_over_what_looked_at_the_day_has_looked_at_it(tmp_path: Path) -> None:
    with duckdb.connect() as connection, shared.within(tmp_path):
        trace.begin()
        looked_at(connection, trace.report_day(DAY))
        read = trace.begin()
        assert looked_at(connection, trace.report_day(DAY)) == 2021
    assert read.day_seen


def test_what_can_not_be_worked_out_is_asked_again(tmp_path: Path) -> None:
    @shared.once
    def fails(connection: duckdb.DuckDBPyConnection) -> None:
        asked.append((DAY, 0))
        raise ValueError("not held")

    with duckdb.connect() as connection, shared.within(tmp_path):
        for _ in range(2):
            with pytest.raises(ValueError, match="not held"):
                fails(connection)
    assert len(asked) == 2
    assert not list(tmp_path.iterdir())
