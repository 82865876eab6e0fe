"""A metric from fact rows to series: what is counted, what is zero, what is missing, and as of which day."""

from collections.abc import Iterator
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counted import DAY, VICTIM, Counted, add_victims, month, victims
from indicators import catalog
from indicators.errors import UsageError
from indicators.i18n import Text
from indicators.metrics import compute, frames
from indicators.paths import Home
from indicators.periods import Clock
from indicators.warehouse import query


def test_month_without_a_row_is_zero_where_it_is_covered(small: Counted) -> None:
    vintage = add_victims(small, victims([3, 0, 2]))
    frame = small.series("mx_homicide_victims", "MX-CHH").frame
    assert frame["value"].to_list() == [3, 0, 2]
    assert frame["missing_code"].to_list() == [None] * 3
    assert frame["maturity"].to_list() == ["final"] * 3
    assert frame["vintage"].to_list() == [vintage] * 3
    assert frame["period_end"].to_list() == [date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 31)]


def test_zeros_reach_to_the_end_of_what_is_covered(small: Counted) -> None:
    """The state had nobody in the last months: not a series that ends earlier than the others."""
    rows = [*victims([1]), *victims([1, 1, 1, 1], place="MX-JAL")]
    add_victims(small, rows)
    alone = small.series("mx_homicide_victims", "MX-CHH").frame
    assert alone["value"].to_list() == [1, 0, 0, 0]
    among_all = compute.all_series(small.connection, "mx_homicide_victims", DAY)["MX-CHH"].frame
    assert alone.equals(among_all)


def test_category_without_any_row_is_zero_and_not_absent(small: Counted) -> None:
    add_victims(small, victims([1, 1]))
    assert small.values("mx_feminicide_victims", "MX-CHH") == [0, 0]


def test_months_that_no_release_covers_are_not_published(small: Counted) -> None:
    add_victims(small, victims([1, 1]))
    late = [{**VICTIM, "period_start": month(0, 2024), "part": "RNID 2024"}]
    add_victims(small, late, released=date(2024, 3, 1))
    frame = small.series("mx_homicide_victims", "MX").frame
    assert frame["value"].to_list() == [1, 1, *[None] * 10, 1]
    assert frame["missing_code"].to_list() == [None, None, *["not_published"] * 10, None]
    assert frame["vintage"].null_count() == frame["maturity"].null_count() == 10


def test_newest_months_keep_their_maturity_where_they_are_zero(small: Counted) -> None:
    rows = [*victims([1, 0, 0]), *victims([1, 1, 1], place="MX-JAL")]
    rows[-1] = {**rows[-1], "maturity": "provisional"}
    add_victims(small, rows)
    assert small.series("mx_homicide_victims", "MX-CHH").frame["maturity"].to_list() == [
        "final",
        "final",
        "provisional",
    ]


def test_nation_is_the_sum_of_its_states_and_of_the_unknown_one(small: Counted) -> None:
    rows = [*victims([5]), *victims([2], place="MX-JAL"), *victims([1], place="MX-UNK")]
    add_victims(small, rows)
    assert small.values("mx_homicide_victims", "MX") == [8]
    offered = compute.offered_places(small.connection, "mx_homicide_victims", DAY)
    assert sorted(offered) == ["MX", "MX-CHH", "MX-JAL"]


def test_nation_that_a_source_publishes_itself_is_not_added_to_its_states(small: Counted) -> None:
    """CBP's state table is summed; its own Southwest table stands for the border, of another dataset."""
    base = {
        "clock": "month", "land_border_region": "southwest", "component": "all", "demographic": "single_adult",
        "citizenship": "MEXICO", "authority": "title_8", "encounter_type": "all", "maturity": "final",
    }  # fmt: skip
    rows = [
        {
            **base,
            "place": place,
            "dataset": dataset,
            "part": f"{dataset} FY2023",
            "period_start": month(0),
            "encounters": n,
        }
        for place, dataset, n in (
            ("US-SWB", "southwest", 100),
            ("US-TX", "nationwide_state", 60),
            ("US-AZ", "nationwide_state", 45),
        )
    ]
    small.add("encounters", "cbp_encounters", rows)
    assert small.values("sw_encounters", "US-SWB") == [100]
    assert small.values("sw_encounters", "US") == [105]
    assert small.values("sw_encounters", "US-TX") == [60]


COUNTS = st.lists(
    st.tuples(st.sampled_from(["MX-CHH", "MX-JAL", "MX-SON"]), st.integers(0, 15), st.integers(1, 500)),
    min_size=1,
    unique_by=lambda one: one[:2],
)


@pytest.fixture(scope="module")
def emptied() -> Iterator[Counted]:
    made = Counted()
    yield made
    made.connection.close()


@given(counts=COUNTS)
@settings(max_examples=12)
def test_nation_equals_the_sum_of_its_states_in_every_month(
    emptied: Counted, counts: list[tuple[str, int, int]]
) -> None:
    emptied.connection.execute("DELETE FROM crime_victims; DELETE FROM vintage; DELETE FROM vintage_part")
    rows = [{**VICTIM, "place": place, "period_start": month(n), "victims": count} for place, n, count in counts]
    add_victims(emptied, rows)
    found = compute.all_series(emptied.connection, "mx_homicide_victims", DAY)
    nation = found.pop("MX").frame
    states = pl.concat(one.frame for one in found.values()).group_by("period_start").agg(pl.col("value").sum())
    joined = nation.join(states, on="period_start", suffix="_states")
    assert joined.height == nation.height
    assert joined["value"].to_list() == joined["value_states"].to_list()
    assert nation["value"].sum() == sum(count for *_, count in counts)


def test_months_are_summed_over_a_window_that_is_asked_for(small: Counted) -> None:
    add_victims(small, victims([1, 2, 3, 4, 5, 6, 7]))
    series = small.series("mx_homicide_victims", "MX", window=Clock.QUARTER)
    assert series.clock == Clock.QUARTER
    assert series.frame["value"].to_list() == [6, 15, None]
    assert series.frame["missing_code"].to_list() == [None, None, "not_published"]


def test_published_twelve_months_are_never_summed(small_home: Home) -> None:
    with (
        query.connect(small_home.warehouse) as connection,
        pytest.raises(UsageError, match="can't be summed"),
    ):
        compute.series(connection, "us_overdose_deaths_12m", "US", date(2021, 1, 1), Clock.YEAR)


def test_as_of_a_day_a_metric_is_what_was_known_then(small_home: Home) -> None:
    """October 2015 at the Southwest border: 91 + 1 in the first release, 101 + 1 in the second."""
    with query.connect(small_home.warehouse) as connection:
        then, now = (
            compute.series(connection, "sw_encounters", "US-SWB", day).frame
            for day in (date(2016, 12, 1), date(2021, 1, 1))
        )
    assert (then["value"][0], now["value"][0]) == (92, 102)
    assert (then["period_end"].max(), now["period_end"].max()) == (date(2016, 10, 31), date(2016, 11, 30))
    assert (then["value"][-1], now["value"][-2]) == (137, 107)  # 10 revised up, a row of 40 taken away


def test_before_the_first_release_a_metric_has_no_data(small_home: Home) -> None:
    with (
        query.connect(small_home.warehouse) as connection,
        pytest.raises(UsageError, match="no release out by 2010-01-01"),
    ):
        compute.series(connection, "sw_encounters", "US-SWB", date(2010, 1, 1))


def test_suppressed_cell_keeps_its_reason(small: Counted) -> None:
    row = {
        "place": "US-WY", "period_start": date(2022, 1, 1), "period_end": date(2022, 12, 31), "part": "all",
        "clock": "12_month_ending", "indicator": "overdose", "maturity": "final",
    }  # fmt: skip
    suppressed = {**row, "reported_deaths": None, "predicted_deaths": 10, "missing_code": "suppressed"}
    small.add("overdose_deaths", "cdc_overdose", [suppressed])
    reported = small.series("us_overdose_deaths_12m", "US-WY").frame.row(0, named=True)
    assert (reported["value"], reported["missing_code"]) == (None, "suppressed")
    predicted = small.series("us_overdose_deaths_12m_predicted", "US-WY").frame.row(0, named=True)
    assert (predicted["value"], predicted["missing_code"]) == (10, None)


def test_stock_has_no_zeros_between_its_snapshots(small_home: Home) -> None:
    with query.connect(small_home.warehouse) as connection:
        stock = compute.series(connection, "mx_missing_stock", "MX", date(2021, 1, 1))
    assert stock.frame.height == 1
    assert (stock.kind, stock.clock) == ("stock", Clock.STOCK)


def test_rnpdno_july_2020_a_snapshot_of_which_only_the_month_is_known_is_told_by_its_month(
    small_home: Home,
) -> None:
    """Its last day stood on the page as the day of the copy, which was the 23rd."""
    with query.connect(small_home.warehouse) as connection:
        row = compute.series(connection, "mx_missing_stock", "MX", date(2021, 1, 1)).frame.row(0, named=True)
    assert (row["period_start"], row["period_end"]) == (date(2020, 7, 1), date(2020, 7, 31))
    assert Text("en").period(row["period_start"], row["period_end"], Clock.STOCK) == "as of July 2020"


def test_unknown_metric_names_the_nearest(small: Counted) -> None:
    with pytest.raises(UsageError, match="do you mean mx_homicide_victims"):
        small.series("mx_homicide_victim", "MX")
    with pytest.raises(UsageError, match="see `indicators metrics`"):
        small.series("weather", "MX")


def test_unknown_place_lists_those_there_are(small: Counted) -> None:
    add_victims(small, victims([1]))
    with pytest.raises(UsageError, match="mx_homicide_victims has no US; it has MX"):
        small.series("mx_homicide_victims", "US")


@pytest.mark.parametrize(
    ("metric", "place"),
    [("mx_homicide_victims", "MX"), ("sw_encounters", "US-SWB"), ("us_overdose_deaths_12m", "US")],
)
def test_default_place_is_the_first_named_or_the_nation(small_home: Home, metric: str, place: str) -> None:
    with query.connect(small_home.warehouse) as connection:
        assert compute.default_place(connection, metric, date(2021, 1, 1)) == place


def test_every_metric_gives_a_value_or_a_reason_the_same_alone_as_among_all(small_home: Home) -> None:
    day = date(2021, 1, 1)
    with query.connect(small_home.warehouse) as connection:
        held = {row[0] for row in connection.sql("SELECT DISTINCT fact FROM vintage_part").fetchall()}
        for name in (name for name, one in catalog.metrics().items() if one.table in held):
            found = compute.all_series(connection, name, day)
            for place in list(found)[-1:]:
                alone = compute.series(connection, name, place, day)
                assert frames.rows(alone).equals(frames.rows(found[place])), (name, place)
            for series in found.values():
                frame = series.frame
                assert (frame["value"].is_null() == frame["missing_code"].is_not_null()).all(), name
                assert frame["period_start"].is_sorted()
                assert frame["period_start"].is_unique().all()
                assert (frame["period_start"] <= frame["period_end"]).all()
