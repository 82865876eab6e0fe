"""Series leave as frames and come back from them whole: source, breaks and kind follow from the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import indicators
from indicators import catalog
from indicators.errors import UsageError
from indicators.metrics import compute, frames
from indicators.metrics.series import Series
from indicators.paths import Home
from indicators.periods import Clock
from indicators.warehouse import query
from indicators.warehouse.freshness import newest_release

SUMS = (Clock.YEAR, Clock.TWELVE_MONTH_ROLLING)


@pytest.fixture(scope="module")
def shipped(edition_home: Home) -> Iterator[tuple[duckdb.DuckDBPyConnection, date]]:
    """The warehouse of what ships, and the day of its newest release."""
    with query.connect(edition_home.warehouse) as connection:
        yield connection, newest_release(connection)


@pytest.mark.parametrize("name", catalog.metrics())
def test_every_series_comes_back_from_its_frame(shipped: tuple[duckdb.DuckDBPyConnection, date], name: str) -> None:
    connection, day = shipped
    for window in (None, *SUMS):
        try:
            found = compute.all_series(connection, name, day, None, window)
        except UsageError:  # it has no months to sum
            assert window
            continue
        series = [one for one in found.values() if not one.frame.is_empty()]
        if not series:  # nothing of it ships
            continue
        back = frames.from_frame(pl.concat(frames.to_frame(one) for one in series))
        assert [about(one) for one in back] == [about(one) for one in series]
        for theirs, ours in zip(back, series, strict=True):
            assert_frame_equal(theirs.frame, ours.frame, check_exact=True)


def about(series: Series) -> dict[str, object]:
    """Return all of a series but its figures."""
    return {name: value for name, value in vars(series).items() if name != "frame"}


def test_a_filtered_frame_keeps_its_breaks(edition_home: Home) -> None:
    """No row names a break: a frame without the months around the end of Title 42 is not compared across it."""
    indicators.use(warehouse=str(edition_home.warehouse))
    months = indicators.metric("sw_encounters", "US-SWB").filter(pl.col("period_end") <= date(2023, 12, 31)).tail(24)
    sums = indicators.metric("sw_encounters", "US-SWB", window="12_month_rolling")
    two = sums.filter(pl.col("period_end").is_in([date(2022, 12, 31), date(2023, 12, 31)]))
    assert two.height == 2
    for filtered in (months, two, months.to_pandas(), two.to_pandas()):
        changed = indicators.change(filtered)
        assert changed["reason"].to_list() == ["break"]
        assert changed["break"].to_list() == ["cbp_title_42_ends"]
        assert changed["distinguishable"].to_list() == [None]


def test_a_frame_of_something_else_is_refused() -> None:
    frame = frames.absent("mx_homicide_victims", "MX", Clock.MONTH, date(2001, 1, 1))
    with pytest.raises(UsageError, match="no column clock, unit: take one from"):
        frames.from_frame(frame.drop("clock", "unit"))
    with pytest.raises(UsageError, match='no metric is called "homicides": see'):
        frames.from_frame(frame.with_columns(metric=pl.lit("homicides")))


def test_rows_without_a_period_are_no_part_of_the_series() -> None:
    (back,) = frames.from_frame(frames.absent("mx_homicide_victims", "MX", Clock.MONTH, date(2001, 1, 1)))
    assert back.frame.is_empty()
    assert back.breaks == catalog.breaks_of("sesnsp_victims", Clock.MONTH)
