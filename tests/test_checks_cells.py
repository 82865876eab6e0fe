"""Findings about one place or label: every fault that kept the national sums, or nearly, and passed."""

from datetime import date

import polars as pl
import pytest

from indicators.i18n import Text
from indicators.periods import add_months
from indicators.releases import checks
from released import (
    DEATHS,
    DRUGS,
    ENCOUNTERS,
    MONTHS,
    REGISTER,
    VICTIMS,
    Edit,
    Of,
    codes,
    exchange,
    multiply,
    named,
    noticed,
    planted,
    rows,
    totals,
)

DOLOSO, FEMINICIDE = pl.col("subtype") == "Homicidio doloso", pl.col("subtype") == "Feminicidio"
IN_2022, NEWEST = pl.col("period_end").dt.year() == 2022, pl.col("period_start") == MONTHS[-1]


def revised(facts: pl.DataFrame, column: str, closed: float = 1.005, late: float = 1.03) -> pl.DataFrame:
    """The rows as an agency revises them: the twelve newest months by ``late``, those before by ``closed``."""
    newest = pl.col("period_start") >= add_months(MONTHS[-1], -11)
    share = pl.when(newest).then(late).otherwise(closed)
    return facts.with_columns((pl.col(column) * share).round().cast(facts.schema[column]))


@pytest.mark.parametrize(
    ("of", "column", "one", "other"),
    [
        (VICTIMS, "place", "MX-CHH", "MX-GUA"),
        (VICTIMS, "subtype", "Homicidio doloso", "Homicidio culposo"),
        (VICTIMS, "sex", "male", "female"),
        (ENCOUNTERS, "component", "border_patrol", "field_operations"),
        (ENCOUNTERS, "citizenship", "MEXICO", "CUBA"),
        (ENCOUNTERS, "demographic", "single_adult", "family_unit"),
        (DRUGS, "place", "US-OFO-LAREDO", "US-OFO-EL-PASO"),
        (DEATHS, "place", "US-AZ", "US-TX"),
        (REGISTER, "place", "MX-JAL", "MX-CHH"),
        (REGISTER, "sex", "male", "female"),
    ],
)
def test_two_places_or_labels_that_exchange_their_figures_are_both_named(
    of: Of, column: str, one: str, other: str
) -> None:
    """The report printed 3,256 victims for a year with 33,000, and the page of data quality was silent."""
    found = planted(of, exchange(column, one, other))
    assert "cells_exchanged" in codes(found, "refusal")
    assert named(found, "cells_exchanged") == {one, other}


@pytest.mark.parametrize("measures", [["events"], ["seized_lb"], ["events", "seized_lb"]])
def test_field_offices_that_exchange_events_or_pounds(measures: list[str]) -> None:
    def fault(facts: pl.DataFrame) -> pl.DataFrame:
        keys = ["place", "drug", "period_start"]
        swapped = exchange("place", "US-OFO-LAREDO", "US-OFO-EL-PASO")(facts).select(*keys, *measures)
        return facts.drop(measures).join(swapped, on=keys)

    found = planted(DRUGS, fault)
    assert "cells_exchanged" in codes(found, "refusal")
    assert named(found, "cells_exchanged") == {"US-OFO-LAREDO", "US-OFO-EL-PASO"}


def test_sexes_exchanged_in_one_crime_alone_are_named_with_the_crime() -> None:
    found = planted(VICTIMS, exchange("sex", "male", "female", DOLOSO))
    assert "cells_exchanged" in codes(found, "refusal")
    assert named(found, "cells_exchanged") == {"male", "female", "Homicidio", "Homicidio doloso"}
    (one,) = [one for one in found if one.code == "cells_exchanged"]
    assert "Homicidio doloso" in checks.sentence(one.code, one.facts, Text("es"))


@pytest.mark.parametrize(
    "when", [IN_2022, pl.col("period_start") >= MONTHS[-3], NEWEST], ids=["one year", "three months", "newest month"]
)
def test_exchange_in_some_periods_alone_names_one_of_the_two(when: pl.Expr) -> None:
    """A file that was pasted together has the fault in the rows of one release only."""
    found = planted(VICTIMS, exchange("place", "MX-CHH", "MX-GUA", when))
    assert codes(found, "refusal") & {"cells_exchanged", "cell_far_off"}
    assert {"MX-CHH", "MX-GUA"} & (named(found, "cells_exchanged") | named(found, "cell_far_off"))


@pytest.mark.parametrize("size", [200.0, 5.0])
def test_exchange_of_small_places_is_named_too(size: float) -> None:
    """A state with 150 victims a year exchanged with one of 500: the nation has not moved by one victim."""
    found = planted(VICTIMS, exchange("place", "MX-CHH", "MX-GUA"), size)
    assert "cells_exchanged" in codes(found, "refusal")


@pytest.mark.parametrize(
    ("fault", "label"),
    [
        (multiply("victims", 2, FEMINICIDE, IN_2022), "Feminicidio"),
        (multiply("victims", 0, FEMINICIDE, IN_2022), "Feminicidio"),
        (multiply("victims", 1.3, DOLOSO, IN_2022), "Homicidio doloso"),
        (multiply("victims", 10, pl.col("place") == "MX-SON", IN_2022), "MX-SON"),
        (multiply("victims", 0, pl.col("place") == "MX-SON", IN_2022), "MX-SON"),
        (multiply("victims", 1.5, pl.col("place") == "MX-CHH", IN_2022), "MX-CHH"),
    ],
    ids=["feminicide x2", "feminicide zero", "homicide x1.3", "state x10", "state zero", "state x1.5"],
)
def test_place_or_label_that_moves_in_one_closed_year_is_named(fault: Edit, label: str) -> None:
    found = planted(VICTIMS, fault)
    assert "cell_far_off" in codes(found, "refusal")
    assert label in named(found, "cell_far_off")
    said = [checks.sentence(one.code, one.facts, Text("en")) for one in found if one.code == "cell_far_off"]
    assert any("2022" in words for words in said)


def test_label_with_the_figures_of_another_beside_its_own() -> None:
    """Women were pasted over men: no pair, as women still have their own."""

    def fault(facts: pl.DataFrame) -> pl.DataFrame:
        women = facts.filter(sex="female").with_columns(sex=pl.lit("male"))
        return pl.concat([facts.filter(sex="female"), women])

    found = planted(VICTIMS, fault)
    assert "cell_of_another" in codes(found, "refusal")
    pairs = [{one.facts["label"], one.facts["other"]} for one in found if one.code == "cell_of_another"]
    assert {"male", "female"} in pairs


# The file itself: its nation, its wholes, its months


def test_state_of_cdc_times_ten_is_above_its_own_nation() -> None:
    """It is seen in a first release too, which has none before it."""
    wrong = rows(DEATHS).with_columns(
        pl.when(pl.col("place") == "US-TX").then(pl.col(name) * 10).otherwise(name).alias(name)
        for name in ("reported_deaths", "predicted_deaths")
    )
    for found in (planted(DEATHS, lambda _: wrong), noticed(totals("cdc_overdose", wrong))):
        assert "states_above_nation" in codes(found, "refusal")
    assert named(planted(DEATHS, lambda _: wrong), "cell_far_off") == {"US-TX"}


def test_reported_deaths_above_predicted_ones() -> None:
    figures = {"reported_deaths": pl.col("predicted_deaths"), "predicted_deaths": pl.col("reported_deaths")}
    found = noticed(totals("cdc_overdose", rows(DEATHS).with_columns(**figures)))
    assert "part_above_whole" in codes(found, "refusal")


def test_class_of_drugs_above_the_class_that_contains_it() -> None:
    found = noticed(totals("cdc_overdose", exchange("indicator", "opioids", "overdose")(rows(DEATHS))))
    assert "part_above_whole" in codes(found, "refusal")
    (one,) = [one for one in found if one.code == "part_above_whole"]
    assert (one.facts["series"], one.facts["other"]) == ("reported_deaths, opioids", "reported_deaths, overdose")


def test_sum_of_twelve_months_that_jumps_from_one_month_to_the_next() -> None:
    jumped = pl.when(pl.col("place") == "US-AZ", pl.col("period_end") >= date(2023, 1, 1))
    wrong = rows(DEATHS).with_columns(
        jumped.then((pl.col(name) * 1.6).round().cast(pl.Int64)).otherwise(name).alias(name)
        for name in ("reported_deaths", "predicted_deaths")
    )
    found = noticed(totals("cdc_overdose", wrong))
    assert "sums_jump" in codes(found, "refusal")
    (one,) = [one for one in found if one.code == "sums_jump"]
    assert (one.facts["place"], one.facts["month"]) == ("US-AZ", "2023-01")


def test_smallest_fifth_of_the_rows_cut() -> None:
    """Zeros are implied: what is cut from the file becomes zero, and the nation moves by a thousandth."""
    found = planted(ENCOUNTERS, lambda facts: facts.sort("encounters").tail(facts.height - facts.height // 5))
    assert "rows_fewer" in codes(found, "refusal")


def test_newest_month_that_is_the_month_before_again() -> None:
    def fault(facts: pl.DataFrame) -> pl.DataFrame:
        past = facts.filter(pl.col("period_start") == MONTHS[-2])
        start = pl.col("period_start").dt.offset_by("1mo")
        copied = past.with_columns(start, period_end=start.dt.month_end())
        return pl.concat([facts.filter(~NEWEST), copied])

    found = planted(VICTIMS, fault)
    assert "month_copied" in codes(found, "banner")
    assert [one.facts["month"] for one in found if one.code == "month_copied"] == ["2024-06"]


def test_year_that_is_the_year_before_again() -> None:
    def fault(facts: pl.DataFrame) -> pl.DataFrame:
        start = pl.col("period_start").dt.offset_by("1y")
        copied = facts.filter(IN_2022).with_columns(start, period_end=start.dt.month_end())
        return pl.concat([facts.filter(pl.col("period_end").dt.year() != 2023), copied.select(facts.columns)])

    found = noticed(totals("sesnsp_victims", fault(rows(VICTIMS))))
    assert "year_copied" in codes(found, "banner")
    assert [(one.facts["year"], one.facts["past"]) for one in found if one.code == "year_copied"] == [("2023", "2022")]


# The register, whose four tables of a day come in four files


def register(status: str, facts: pl.DataFrame) -> pl.DataFrame:
    return facts.filter(status=status)


def test_classes_of_the_register_that_do_not_add_up_to_its_total() -> None:
    """Each of the four files is checked as it comes: the last one shows that the sum is wrong."""
    facts = rows(REGISTER)
    day = date(2026, 4, 30)
    statuses = ["registered", "missing", "located_dead", "located_alive"]
    four = [totals("rnpdno", register(one, facts), one, day) for one in statuses]
    assert "classes_not_sum" not in codes(noticed(*four))
    thrice = register("located_alive", facts).with_columns(pl.col("persons") // 3)
    found = noticed(*four[:3], totals("rnpdno", thrice, "located_alive", day))
    assert "classes_not_sum" in codes(found, "refusal")


def test_a_table_of_one_year_is_held_against_that_year_of_the_releases_before() -> None:
    """The register came in July 2026 as seventeen files of a year: each was compared with the year before it."""
    facts, april, july = rows(REGISTER), date(2026, 4, 30), date(2026, 7, 9)
    whole = [
        totals("rnpdno", register(one, facts), one, april)
        for one in ("registered", "missing", "located_dead", "located_alive")
    ]
    classes = facts.filter(pl.col("status") != "registered")
    years = [one for _, one in classes.group_by(pl.col("period_start").dt.year(), maintain_order=True)]
    yearly = [totals("rnpdno", one, f"year {number}", july) for number, one in enumerate(years)]
    for number in range(1, len(yearly)):
        assert codes(noticed(*whole, *yearly[: number + 1])) == set()
    thrice = totals("rnpdno", years[1].with_columns(pl.col("persons") * 3), "thrice", july)
    assert codes(noticed(*whole, yearly[0], thrice), "refusal")


def test_dead_of_the_register_relabelled_as_missing() -> None:
    facts, day = rows(REGISTER), date(2026, 4, 30)
    dead = register("located_dead", facts).with_columns(status=pl.lit("missing"), part=pl.lit("month missing"))
    others = [
        totals("rnpdno", register(one, facts), one, day) for one in ("registered", "located_alive", "located_dead")
    ]
    found = noticed(*others, totals("rnpdno", dead, "missing", day))
    assert "classes_not_sum" in codes(found, "refusal")


def test_dead_of_the_register_relabelled_as_missing_over_an_earlier_release() -> None:
    facts = rows(REGISTER)
    statuses = {"located_dead": "missing", "missing": "located_dead"}
    relabelled = pl.col("status").replace(statuses)
    found = planted(REGISTER, lambda true: true.with_columns(status=relabelled, part=pl.format("month {}", relabelled)))
    assert "cell_of_another" in codes(found, "refusal")
    dead = register("located_dead", facts).with_columns(status=pl.lit("missing"), part=pl.lit("month missing"))
    alone = noticed(totals("rnpdno", facts, "old", date(2026, 3, 31)), totals("rnpdno", dead, "new", date(2026, 4, 30)))
    assert codes(alone, "refusal") | codes(alone, "banner")


@pytest.mark.parametrize(("factor", "severity"), [(10.0, "refusal"), (0.0, "refusal"), (1.5, "banner")])
def test_state_of_the_register_that_moves_in_one_year_is_named(factor: float, severity: str) -> None:
    """The register lives, but no state has left a closed year between two of its snapshots."""
    found = planted(REGISTER, multiply("persons", factor, pl.col("place") == "MX-JAL", IN_2022))
    code = "cell_far_off" if severity == "refusal" else "cell_moved"
    assert code in codes(found, severity)
    assert "MX-JAL" in named(found, code)


# True revisions are not refused


@pytest.mark.parametrize(
    ("of", "column"),
    [(VICTIMS, "victims"), (ENCOUNTERS, "encounters"), (REGISTER, "persons"), (DRUGS, "events")],
)
def test_plain_revision_says_nothing(of: Of, column: str) -> None:
    """Half a percent in closed years and a few in the newest months: every release of an agency has that."""
    closed = 1.004  # a closed year that moved by half a percent of the nation has a banner of its own
    found = planted(of, lambda facts: revised(facts, column, closed, 1.018), 2000)
    assert codes(found) <= {"closed_year_touched"}


def test_revision_of_some_percent_in_the_newest_months_is_no_refusal() -> None:
    found = planted(VICTIMS, lambda facts: revised(facts, "victims", 1.005, 1.08))
    assert codes(found, "refusal") == set()


@pytest.mark.parametrize(("years", "refused"), [(0, True), (4, False)])
def test_limits_grow_with_the_years_between_two_releases(years: int, refused: bool) -> None:
    """SESNSP's true file of March 2019 has 130,466 files for March 2016 and its later ones 146,412: 12.2% more."""
    old, new = rows(VICTIMS), revised(rows(VICTIMS), "victims", 1.122, 1.122)
    day = date(2019, 4, 30)
    found = noticed(
        totals("sesnsp_victims", old, "old", day), totals("sesnsp_victims", new, "new", day.replace(year=2019 + years))
    )
    assert bool(codes(found, "refusal")) is refused


def test_shorter_window_of_fiscal_years_loses_no_row_of_the_years_that_it_covers() -> None:
    later = rows(ENCOUNTERS).filter(pl.col("period_start") >= date(2022, 1, 1))
    found = noticed(totals("cbp_encounters", rows(ENCOUNTERS), "old"), totals("cbp_encounters", later))
    assert codes(found) == set()


def test_days_that_a_partial_release_left_out_are_compared_with_the_release_before_it() -> None:
    """Only the newest release was compared: two places exchanged in the years that it lacks would have passed."""
    true = rows(VICTIMS)
    partial = true.filter(pl.col("period_start") >= date(2023, 1, 1))
    wrong = exchange("place", "MX-CHH", "MX-GUA", IN_2022)(true)
    old = [totals("sesnsp_victims", true, "whole"), totals("sesnsp_victims", partial, "partial")]
    found = noticed(*old, totals("sesnsp_victims", wrong))
    assert "cells_exchanged" in codes(found, "refusal")
    assert codes(noticed(*old, totals("sesnsp_victims", true))) == set()
