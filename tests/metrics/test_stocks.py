"""A register's movements add up, and are never made across a break."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.errors import UsageError
from indicators.metrics.missing_register import Snapshot, decompose
from indicators.metrics.series import COLUMNS, NotComparable, Series
from indicators.periods import Clock


def register(*breaks):
    frame = pl.DataFrame(schema=COLUMNS)
    return Series("mx_missing_stock", "mx", "rnpdno", Clock.STOCK, "persons", "stock", frame, breaks)


def snapshot(day, years, missing, located=None):
    located = located if located is not None else [None] * len(years)
    schema = {"year": pl.Int64, "missing": pl.Int64, "located": pl.Int64}
    return Snapshot(day, pl.DataFrame({"year": years, "missing": missing, "located": located}, schema=schema))


FIRST, LAST = date(2023, 1, 15), date(2024, 1, 15)


def test_a_register_taken_apart_by_hand():
    before = snapshot(FIRST, [2021, 2022, None], [100, 120, 30], [40, 30, 0])
    after = snapshot(LAST, [2021, 2022, 2023, None], [90, 125, 80, 20], [45, 40, 20, 0])
    found = decompose(register(), before, after)
    assert (found.before, found.after) == (250, 315)
    assert found.new == 100  # of 2023: 80 still missing and 20 found
    assert found.late == 15  # of 2022: 5 more missing though 10 were found
    assert found.located == 5 + 10 + 20
    assert found.removed_or_redated == 5 + 10  # of 2021, and undated people who got a date or went


def test_rnpdno_2023_people_taken_out_are_not_people_found():
    before = snapshot(FIRST, [2015, 2016], [5000, 6000], [1000, 1000])
    after = snapshot(LAST, [2015, 2016], [4000, 5500], [1010, 1020])
    found = decompose(register(), before, after)
    assert found.located == 30
    assert found.removed_or_redated == 1470


def test_without_located_people_found_and_removed_cannot_be_told_apart():
    found = decompose(register(), snapshot(FIRST, [2021], [100]), snapshot(LAST, [2021], [90]))
    assert (found.located, found.removed_or_redated) == (None, 10)


def test_rnpdno_census_2023_no_decomposition_across_the_break(a_break):
    before, after = snapshot(FIRST, [2021], [100]), snapshot(LAST, [2021], [90])
    with pytest.raises(NotComparable):
        decompose(register(a_break(date(2023, 8, 1), date(2023, 12, 31))), before, after)


def test_snapshots_out_of_order_or_with_a_year_twice_are_refused():
    one, twice = snapshot(FIRST, [2021], [100]), snapshot(LAST, [2021, 2021], [1, 2])
    with pytest.raises(UsageError, match="not before"):
        decompose(register(), one, snapshot(FIRST, [2021], [100]))
    with pytest.raises(UsageError, match="twice"):
        decompose(register(), one, twice)


YEARS = [2018, 2019, 2022, 2023, None]
counts = st.lists(st.integers(0, 10_000), min_size=5, max_size=5)


@given(counts, counts, counts, counts, st.booleans())
def test_the_parts_always_add_up_to_the_change(missing, located, missing_after, located_after, captured):
    before = snapshot(FIRST, YEARS, missing, located if captured else None)
    after = snapshot(LAST, YEARS, missing_after, located_after if captured else None)
    found = decompose(register(), before, after)
    moved = found.new + found.late - (found.located or 0) - found.removed_or_redated
    assert found.after == found.before + moved
