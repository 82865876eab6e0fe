"""A metric from fact rows to series: what is counted, what is zero, what is missing, and over whom."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators import catalog, contracts, warehouse
from indicators.errors import UsageError
from indicators.metrics import compute, output
from indicators.metrics.series import Series
from indicators.metrics.windows import windows
from indicators.paths import Home
from indicators.periods import Clock, add_months, month_end

DAY = date(2024, 6, 1)
VICTIM = {
    "place": "MX-CHH", "clock": "month", "methodology": "CNSP/38/15", "crime_type": "Homicidio",
    "subtype": "Homicidio doloso", "modality": "Con arma de fuego", "sex": "male", "age_group": "all",
    "victims": 1, "maturity": "final", "part": "CNSP/38/15",
}  # fmt: skip
RESIDENTS = {
    "place": "MX",
    "clock": "stock",
    "population_persons": 1_000_000,
    "maturity": "final",
    "part": "CONAPO",
}
Row = Mapping[str, Any]


class Small:
    """A warehouse in memory, filled by hand."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        warehouse.create_tables(self.connection, "")

    def add(
        self,
        table: str,
        source: str,
        rows: list[Row],
        *,
        released: date = DAY,
        parts: Mapping[str, tuple[date, date]] | None = None,
    ) -> str:
        """Put one release in; ``parts`` are what it covers, without them what its rows reach."""
        vintage = f"{source}-{released}"
        frame = pl.DataFrame(
            [{"period_end": month_end(row["period_start"]), "vintage": vintage, **row} for row in rows],
            schema=contracts.zero_rows(table).schema,
        )
        covered = parts or {
            str(part): (rows["period_start"].min(), rows["period_end"].max())
            for (part,), rows in frame.group_by("part")
        }
        warehouse.insert(self.connection, table, frame)
        warehouse.insert(
            self.connection,
            "vintage_part",
            pl.DataFrame(
                [(vintage, table, part, *bounds) for part, bounds in covered.items()],
                warehouse.PART_SCHEMA,
                orient="row",
            ),
        )
        known = {"vintage": vintage, "source": source, "released": released}
        warehouse.insert(self.connection, "vintage", pl.DataFrame([known], warehouse.VINTAGE_SCHEMA))
        return vintage

    def series(self, metric: str, place: str, as_of: date = DAY, window: Clock | None = None) -> Series:
        return compute.series(self.connection, metric, place, as_of, window)

    def values(self, metric: str, place: str, as_of: date = DAY) -> list[float | None]:
        return self.series(metric, place, as_of).frame["value"].to_list()


@pytest.fixture
def small() -> Iterator[Small]:
    made = Small()
    yield made
    made.connection.close()


def month(number: int, year: int = 2023) -> date:
    """The first day of the month ``number`` months into a year, 0 its January."""
    return add_months(date(year, 1, 1), number)


def victims(counts: list[int], **more: Any) -> list[Row]:
    """A row of VICTIM for each month from January 2023 with a count above zero."""
    return [
        {**VICTIM, "period_start": month(number), "victims": count, **more}
        for number, count in enumerate(counts)
        if count
    ]


def add_victims(small: Small, rows: list[Row], **options: Any) -> str:
    return small.add("crime_victims", "sesnsp_victims", rows, **options)


def test_month_without_a_row_is_zero_where_it_is_covered(small: Small) -> None:
    vintage = add_victims(small, victims([3, 0, 2]))
    frame = small.series("mx_homicide_victims", "MX-CHH").frame
    assert frame["value"].to_list() == [3, 0, 2]
    assert frame["missing_code"].to_list() == [None] * 3
    assert frame["maturity"].to_list() == ["final"] * 3
    assert frame["vintage"].to_list() == [vintage] * 3
    assert frame["period_end"].to_list() == [date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 31)]


def test_zeros_reach_to_the_end_of_what_is_covered(small: Small) -> None:
    """The state had nobody in the last months: not a series that ends earlier than the others."""
    rows = [*victims([1]), *victims([1, 1, 1, 1], place="MX-JAL")]
    add_victims(small, rows)
    alone = small.series("mx_homicide_victims", "MX-CHH").frame
    assert alone["value"].to_list() == [1, 0, 0, 0]
    among_all = compute.all_series(small.connection, "mx_homicide_victims", DAY)["MX-CHH"].frame
    assert alone.equals(among_all)


def test_category_without_any_row_is_zero_and_not_absent(small: Small) -> None:
    add_victims(small, victims([1, 1]))
    assert small.values("mx_feminicide_victims", "MX-CHH") == [0, 0]


def test_months_that_no_release_covers_are_not_published(small: Small) -> None:
    add_victims(small, victims([1, 1]))
    late = [{**VICTIM, "period_start": month(0, 2024), "part": "RNID 2024"}]
    add_victims(small, late, released=date(2024, 3, 1))
    frame = small.series("mx_homicide_victims", "MX").frame
    assert frame["value"].to_list() == [1, 1, *[None] * 10, 1]
    assert frame["missing_code"].to_list() == [None, None, *["not_published"] * 10, None]
    assert frame["vintage"].null_count() == frame["maturity"].null_count() == 10


def test_newest_months_keep_their_maturity_where_they_are_zero(small: Small) -> None:
    rows = [*victims([1, 0, 0]), *victims([1, 1, 1], place="MX-JAL")]
    rows[-1] = {**rows[-1], "maturity": "provisional"}
    add_victims(small, rows)
    assert small.series("mx_homicide_victims", "MX-CHH").frame["maturity"].to_list() == [
        "final",
        "final",
        "provisional",
    ]


def test_nation_is_the_sum_of_its_states_and_of_the_unknown_one(small: Small) -> None:
    rows = [*victims([5]), *victims([2], place="MX-JAL"), *victims([1], place="MX-UNK")]
    add_victims(small, rows)
    assert small.values("mx_homicide_victims", "MX") == [8]
    offered = compute.offered_places(small.connection, "mx_homicide_victims", DAY)
    assert sorted(offered) == ["MX", "MX-CHH", "MX-JAL"]


def test_nation_that_a_source_publishes_itself_is_not_added_to_its_states(small: Small) -> None:
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
def emptied() -> Iterator[Small]:
    made = Small()
    yield made
    made.connection.close()


@given(counts=COUNTS)
@settings(max_examples=25, deadline=None)
def test_nation_equals_the_sum_of_its_states_in_every_month(
    emptied: Small, counts: list[tuple[str, int, int]]
) -> None:
    emptied.connection.execute("DELETE FROM crime_victims; DELETE FROM vintage; DELETE FROM vintage_part")
    rows = [
        {**VICTIM, "place": place, "period_start": month(n), "victims": count} for place, n, count in counts
    ]
    add_victims(emptied, rows)
    found = compute.all_series(emptied.connection, "mx_homicide_victims", DAY)
    nation = found.pop("MX").frame
    states = (
        pl.concat(one.frame for one in found.values()).group_by("period_start").agg(pl.col("value").sum())
    )
    joined = nation.join(states, on="period_start", suffix="_states")
    assert joined.height == nation.height
    assert joined["value"].to_list() == joined["value_states"].to_list()
    assert nation["value"].sum() == sum(count for *_, count in counts)


def test_share_keeps_those_not_specified_in_its_whole(small: Small) -> None:
    year = [10] * 12
    rows = [
        *victims(year),
        *victims(year, modality="No especificado"),
        *victims(year, modality="Con arma blanca"),
    ]
    add_victims(small, rows)
    frame = small.series("mx_homicide_firearm_share", "MX").frame
    row = frame.row(0, named=True)
    assert frame.height == 1
    assert (row["numerator"], row["denominator"]) == (120, 360)
    assert row["value"] == pytest.approx(1 / 3)
    assert row["lower"] < 1 / 3 < row["upper"]


def test_share_over_rolling_years_is_to_be_had_by_months_from_which_its_noise_is_told(small: Small) -> None:
    add_victims(small, [*victims([10] * 12), *victims([30] * 12, modality="Con arma blanca")])
    monthly = small.series("mx_homicide_firearm_share", "MX", window=Clock.MONTH)
    assert (monthly.clock, monthly.kind) == (Clock.MONTH, "share")
    assert monthly.frame["value"].to_list() == [0.25] * 12
    rolling = small.series("mx_homicide_firearm_share", "MX")
    assert windows(monthly, rolling.clock).frame["value"].to_list() == rolling.frame["value"].to_list()


def test_share_of_nothing_is_not_applicable(small: Small) -> None:
    add_victims(small, victims([1] * 12, subtype="Feminicidio", sex="female"))
    row = small.series("mx_homicide_firearm_share", "MX").frame.row(0, named=True)
    assert (row["value"], row["missing_code"]) == (None, "not_applicable")


def test_rate_is_over_the_population_of_its_own_source_at_mid_window(small: Small) -> None:
    add_victims(small, victims([10] * 12, place="MX-CHH"))
    population = [
        {
            **RESIDENTS,
            "period_start": date(year, 7, 1),
            "period_end": date(year, 7, 1),
            "population_persons": n,
        }
        for year, n in ((2022, 900_000), (2023, 1_000_000), (2024, 1_100_000))
    ]
    vintage = small.add("population", "population_mx", population)
    small.add(
        "population",
        "population_us",
        [{**row, "population_persons": 7, "part": "NST-EST 2020s"} for row in population],
    )
    row = small.series("mx_intentional_killings_rate", "MX").frame.row(0, named=True)
    assert (row["numerator"], row["denominator"]) == (120, pytest.approx(1_000_000, rel=1e-3))
    assert row["value"] == pytest.approx(12.0, rel=1e-3)
    assert row["lower"] < row["value"] < row["upper"]
    assert row["vintage"] == f"sesnsp_victims-{DAY}; {vintage}"


def test_rate_without_population_is_not_applicable(small: Small) -> None:
    add_victims(small, victims([10] * 12))
    row = small.series("mx_intentional_killings_rate", "MX").frame.row(0, named=True)
    assert (row["value"], row["missing_code"]) == (None, "not_applicable")


def test_rate_as_of_a_day_is_over_the_population_known_on_it(small: Small) -> None:
    add_victims(small, victims([10] * 12), released=date(2024, 1, 20))
    for released, n in ((date(2018, 12, 31), 1_000_000), (date(2024, 5, 1), 2_000_000)):
        row = {
            **RESIDENTS,
            "period_start": date(2023, 7, 1),
            "period_end": date(2023, 7, 1),
            "population_persons": n,
        }
        small.add("population", "population_mx", [row], released=released)
    assert small.values("mx_intentional_killings_rate", "MX", date(2024, 2, 1)) == [pytest.approx(12)]
    assert small.values("mx_intentional_killings_rate", "MX", date(2024, 5, 1)) == [pytest.approx(6)]


def test_rolling_windows_are_of_twelve_whole_months(small: Small) -> None:
    add_victims(small, victims([1] * 11))
    assert small.series("mx_intentional_killings_rate", "MX").frame.is_empty()
    other = Small()
    add_victims(other, victims([*[1] * 11, 5, 7]))
    frame = other.series("mx_intentional_killings_rate", "MX").frame
    assert frame["numerator"].to_list() == [16, 22]
    assert frame["period_start"].to_list() == [date(2023, 1, 1), date(2023, 2, 1)]
    assert frame["period_end"].to_list() == [date(2023, 12, 31), date(2024, 1, 31)]


def test_window_with_a_month_not_published_is_not_published(small: Small) -> None:
    add_victims(small, victims([1] * 3))
    rows = [{**VICTIM, "period_start": month(number), "part": "later"} for number in range(4, 14)]
    add_victims(small, rows, released=date(2024, 3, 1))
    frame = small.series("mx_intentional_killings_rate", "MX").frame
    assert frame["missing_code"].to_list()[:3] == ["not_published"] * 3
    assert frame["value"].to_list() == [None, None, None]


def test_months_are_summed_over_a_window_that_is_asked_for(small: Small) -> None:
    add_victims(small, victims([1, 2, 3, 4, 5, 6, 7]))
    series = small.series("mx_homicide_victims", "MX", window=Clock.QUARTER)
    assert series.clock == Clock.QUARTER
    assert series.frame["value"].to_list() == [6, 15, None]
    assert series.frame["missing_code"].to_list() == [None, None, "not_published"]


def test_published_twelve_months_are_never_summed(small_home: Home) -> None:
    with (
        warehouse.connect(small_home.warehouse) as connection,
        pytest.raises(UsageError, match="can't be summed"),
    ):
        compute.series(connection, "us_overdose_deaths_12m", "US", date(2021, 1, 1), Clock.YEAR)


def test_as_of_a_day_a_metric_is_what_was_known_then(small_home: Home) -> None:
    """October 2015 at the Southwest border: 91 + 1 in the first release, 101 + 1 in the second."""
    with warehouse.connect(small_home.warehouse) as connection:
        then, now = (
            compute.series(connection, "sw_encounters", "US-SWB", day).frame
            for day in (date(2016, 12, 1), date(2021, 1, 1))
        )
    assert (then["value"][0], now["value"][0]) == (92, 102)
    assert (then["period_end"].max(), now["period_end"].max()) == (date(2016, 10, 31), date(2016, 11, 30))
    assert (then["value"][-1], now["value"][-2]) == (137, 107)  # 10 revised up, a row of 40 taken away


def test_before_the_first_release_a_metric_has_no_data(small_home: Home) -> None:
    with (
        warehouse.connect(small_home.warehouse) as connection,
        pytest.raises(UsageError, match="no release known on 2010-01-01"),
    ):
        compute.series(connection, "sw_encounters", "US-SWB", date(2010, 1, 1))


def test_suppressed_cell_keeps_its_reason(small: Small) -> None:
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
    with warehouse.connect(small_home.warehouse) as connection:
        stock = compute.series(connection, "mx_missing_stock", "MX", date(2021, 1, 1))
    assert stock.frame.height == 1
    assert (stock.kind, stock.clock) == ("stock", Clock.STOCK)
    assert stock.frame["period_start"][0] == stock.frame["period_end"][0] == date(2020, 7, 31)


def test_unknown_metric_names_the_nearest(small: Small) -> None:
    with pytest.raises(UsageError, match="do you mean mx_homicide_victims"):
        small.series("mx_homicide_victim", "MX")
    with pytest.raises(UsageError, match="see `indicators metrics`"):
        small.series("weather", "MX")


def test_unknown_place_lists_those_there_are(small: Small) -> None:
    add_victims(small, victims([1]))
    with pytest.raises(UsageError, match="mx_homicide_victims has no US; it has MX"):
        small.series("mx_homicide_victims", "US")


@pytest.mark.parametrize(
    ("metric", "place"),
    [("mx_homicide_victims", "MX"), ("sw_encounters", "US-SWB"), ("us_overdose_deaths_12m", "US")],
)
def test_default_place_is_the_first_named_or_the_nation(small_home: Home, metric: str, place: str) -> None:
    with warehouse.connect(small_home.warehouse) as connection:
        assert compute.default_place(connection, metric, date(2021, 1, 1)) == place


def test_every_metric_gives_a_value_or_a_reason_the_same_alone_as_among_all(small_home: Home) -> None:
    day = date(2021, 1, 1)
    with warehouse.connect(small_home.warehouse) as connection:
        held = {row[0] for row in connection.sql("SELECT DISTINCT fact FROM vintage_part").fetchall()}
        for name in (name for name, one in catalog.metrics().items() if one.table in held):
            found = compute.all_series(connection, name, day)
            for place in list(found)[-1:]:
                alone = compute.series(connection, name, place, day)
                assert output.rows(alone).equals(output.rows(found[place])), (name, place)
            for series in found.values():
                frame = series.frame
                assert (frame["value"].is_null() == frame["missing_code"].is_not_null()).all(), name
                assert frame["period_start"].is_sorted()
                assert frame["period_start"].is_unique().all()
                assert (frame["period_start"] <= frame["period_end"]).all()
