"""What an agency changed between two releases: cells, covered months, and what is never added up."""

from datetime import date

import pytest

from indicators.catalog.tables import FACTS
from indicators.errors import UsageError
from indicators.periods import add_months, month_end
from indicators.warehouse import compare
from indicators.warehouse.query import connect
from known_releases import ADULTS, GUN, JUNE, KNIFE, MAY, MINORS, OTHER, known, victims


def encounters(part: str, month: date, count: int, **labels: str) -> dict[str, object]:
    return {
        "place": "US-SWB",
        "period_start": month,
        "period_end": month_end(month),
        "clock": "month",
        "part": part,
        "dataset": "southwest",
        "land_border_region": "southwest",
        "component": "border_patrol",
        "demographic": "single_adult",
        "citizenship": "MEXICO",
        "authority": "title_8",
        "encounter_type": "apprehension",
        "encounters": count,
        "maturity": "provisional",
        **labels,
    }


def overdoses(end: date, reported: int | None, predicted: int | None, indicator: str = "overdose") -> dict[str, object]:
    return {
        "place": "US",
        "period_start": add_months(end, -11),
        "period_end": end,
        "clock": "12_month_ending",
        "part": "all",
        "indicator": indicator,
        "reported_deaths": reported,
        "predicted_deaths": predicted,
        "complete_pct": 100.0,
        "pending_pct": 0.1,
        "drugs_specified_pct": None,
        "missing_code": None if reported is not None else "suppressed",
        "maturity": "provisional",
    }


CDC = {"all": (date(2014, 2, 1), date(2025, 4, 30))}


def test_net_and_gross_by_lag_and_place() -> None:
    old = victims(
        ("MX-CHH", MAY, GUN, ADULTS, 10),
        ("MX-CHH", JUNE, GUN, ADULTS, 20),
        ("MX-JAL", JUNE, GUN, ADULTS, 7),
        through=JUNE,
    )
    new = victims(
        ("MX-CHH", MAY, GUN, ADULTS, 13),
        ("MX-CHH", JUNE, GUN, ADULTS, 15),
        ("MX-JAL", JUNE, GUN, ADULTS, 7),
        through=JUNE,
    )
    found = compare.compare(old, new)
    total = found.totals().row(0, named=True)
    assert (total["cells"], total["net"], total["gross"], total["oldest"], total["places"]) == (
        2,
        -2,
        8,
        month_end(MAY),
        1,
    )
    assert found.totals("lag_months").select("lag_months", "net").rows() == [(0, -5), (1, 3)]
    assert found.totals("place").select("place", "gross").rows() == [("MX-CHH", 8)]
    assert found.largest(1).select("old", "new", "change").rows() == [(20, 15, -5)]


def test_a_row_that_vanished_is_a_revision_to_zero() -> None:
    old = victims(("MX-CHH", MAY, GUN, ADULTS, 10), ("MX-CHH", MAY, KNIFE, ADULTS, 2), through=MAY)
    new = victims(("MX-CHH", MAY, GUN, ADULTS, 10), ("MX-CHH", MAY, OTHER, MINORS, 1), through=MAY)
    found = compare.compare(old, new)
    assert found.cells.select("modality", "old", "new", "kind").rows() == [
        (KNIFE, 2, 0, "removed"),
        (OTHER, 0, 1, "added"),
    ]
    assert found.rows() == {"changed": 0, "added": 1, "removed": 1, "suppressed": 0, "published": 0}


def test_a_release_without_any_row_of_a_part_has_zeros() -> None:
    old = victims(("MX-CHH", MAY, GUN, ADULTS, 3), through=MAY)
    found = compare.compare(old, victims(through=MAY))
    assert found.totals().select("removed", "net").rows() == [(1, -3)]


def test_the_new_month_is_newly_covered_and_no_revision() -> None:
    old = victims(("MX-CHH", MAY, GUN, ADULTS, 10), through=MAY)
    new = victims(("MX-CHH", MAY, GUN, ADULTS, 10), ("MX-CHH", JUNE, GUN, ADULTS, 12), through=JUNE)
    found = compare.compare(old, new)
    assert found.cells.is_empty()
    assert found.parts.select("status", "compared_through", "rows_newly_covered").rows() == [
        ("compared", month_end(MAY), 1)
    ]


def test_a_window_that_moved_on_compares_only_the_years_both_hold() -> None:
    years = {f"southwest FY{year}": (date(year - 1, 10, 1), date(year, 9, 30)) for year in (2022, 2023, 2024)}
    first, second, third = years
    old = known(
        "cbp_encounters",
        [encounters(first, date(2021, 10, 1), 5), encounters(second, date(2022, 10, 1), 7)],
        {first: years[first], second: years[second]},
    )
    new = known(
        "cbp_encounters",
        [encounters(second, date(2022, 10, 1), 7), encounters(third, date(2023, 10, 1), 9)],
        {second: years[second], third: years[third]},
    )
    found = compare.compare(old, new)
    assert found.cells.is_empty()
    assert found.parts.select("part", "status").rows() == [
        (first, "dropped"),
        (second, "compared"),
        (third, "new"),
    ]


def test_tables_of_the_same_events_are_never_added_up() -> None:
    part = {
        "southwest FY2023": (date(2022, 10, 1), date(2023, 9, 30)),
        "nationwide_state FY2023": (date(2022, 10, 1), date(2023, 9, 30)),
    }
    month = date(2022, 10, 1)
    state = {"dataset": "nationwide_state", "place": "US-TX"}
    old, new = (
        known(
            "cbp_encounters",
            [
                encounters("southwest FY2023", month, count),
                encounters("nationwide_state FY2023", month, count, **state),
            ],
            part,
        )
        for count in (10, 14)
    )
    found = compare.compare(old, new).totals()
    assert found.select("dataset", "net").rows() == [("nationwide_state", 4), ("southwest", 4)]


def test_float_noise_between_files_is_no_revision() -> None:
    row = {
        "place": "US-OFO-LAREDO", "period_start": MAY, "period_end": month_end(MAY), "clock": "month",
        "part": "land_components FY2024", "dataset": "land_components", "component": "field_operations",
        "region": "southwest", "land_filter": "land", "branch": "not_applicable", "drug": "fentanyl",
        "events": 2, "seized_lb": 10.000000000001, "maturity": "provisional",
    }  # fmt: skip
    part = {"land_components FY2024": (date(2023, 10, 1), month_end(MAY))}
    found = compare.compare(known("cbp_drugs", [row], part), known("cbp_drugs", [row | {"seized_lb": 10.0}], part))
    assert found.cells.is_empty()


def test_a_blank_cell_of_cdc_is_a_suppression_and_no_zero() -> None:
    end = date(2025, 3, 31)
    old = known("cdc_overdose", [overdoses(end, 12, 14), overdoses(end, None, None, "cocaine")], CDC)
    new = known("cdc_overdose", [overdoses(end, None, 14), overdoses(end, 5, None, "cocaine")], CDC)
    found = compare.compare(old, new)
    assert found.cells.select("indicator", "measure", "old", "new", "change", "kind").rows() == [
        ("cocaine", "reported_deaths", None, 5, None, "published"),
        ("overdose", "reported_deaths", 12, None, None, "suppressed"),
    ]
    assert found.totals()["gross"].to_list() == [0, 0]


def test_a_row_of_cdc_that_is_not_in_an_excerpt_is_no_revision_to_zero() -> None:
    end = date(2025, 3, 31)
    old = known("cdc_overdose", [overdoses(end, 12, 14), overdoses(end, 3, 3, "cocaine")], CDC)
    new = known("cdc_overdose", [overdoses(end, 13, 14)], CDC)
    found = compare.compare(old, new)
    assert found.cells.filter(indicator="cocaine")["change"].to_list() == [None, None]
    assert found.rows() == {"changed": 1, "added": 0, "removed": 1, "suppressed": 0, "published": 0}


def test_a_state_and_the_nation_are_never_added_up() -> None:
    end = date(2025, 3, 31)
    old, new = (
        known("cdc_overdose", [overdoses(end, n, n), overdoses(end, n, n) | {"place": "US-TX"}], CDC) for n in (10, 12)
    )
    found = compare.compare(old, new).totals()
    assert found.filter(measure="reported_deaths").select("level", "net").rows() == [
        ("nation", 2),
        ("state", 2),
    ]


def test_states_are_added_up_where_the_other_release_has_the_nation_alone() -> None:
    """The register's table of 2020 has states, its dashboard of 2021 gives years for the nation."""

    def year(place: str, persons: int) -> dict[str, object]:
        first, last = date(2019, 1, 1), date(2019, 12, 31)
        return {
            "place": place, "period_start": first, "period_end": last, "clock": "year", "status": "missing",
            "sex": "male", "persons": persons, "maturity": "provisional", "part": "year missing",
        }  # fmt: skip

    covered = {"year missing": (date(1964, 1, 1), date(2020, 7, 31))}
    old = known("rnpdno", [year("MX-CHH", 40), year("MX-JAL", 60), year("MX-UNK", 5)], covered)
    new = known("rnpdno", [year("MX", 130)], {"year missing": (date(1964, 1, 1), date(2021, 11, 30))})
    found = compare.compare(old, new)
    assert found.cells.select("place", "old", "new").rows() == [("MX", 105, 130)]


def test_two_sources_are_not_compared() -> None:
    with pytest.raises(UsageError, match="two sources"):
        compare.compare(victims(through=MAY), known("cdc_overdose", [], CDC))


def test_every_table_says_what_is_never_added_up() -> None:
    for table in FACTS.values():
        assert {*table.apart, *table.category} <= set(table.key)


def test_the_two_newest_releases_that_share_a_part_are_taken(small_home) -> None:  # type: ignore[no-untyped-def]
    with connect(small_home.warehouse) as connection:
        old, new = compare.pair(connection, "cbp_encounters")
        assert (old.data_through, new.data_through) == (date(2016, 10, 31), date(2016, 11, 30))
        named = compare.pair(connection, "cbp_encounters", "2016-12", "2016-11")
        assert [one.label for one in named] == [new.label, old.label]
        found = compare.compare(old, new)
        before = compare.as_of(connection, "cbp_encounters", date(2016, 12, 1))
        after = compare.as_of(connection, "cbp_encounters", date(2017, 1, 31))
        assert compare.compare(before, after).cells.equals(found.cells)
    assert found.rows()["removed"] == 1


def test_words_that_fit_no_release_are_refused(small_home) -> None:  # type: ignore[no-untyped-def]
    with connect(small_home.warehouse) as connection:
        with pytest.raises(UsageError, match="no source is called"):
            compare.pair(connection, "cbp_encounter")
        with pytest.raises(UsageError, match='no release "1999"'):
            compare.pair(connection, "cbp_encounters", "1999")
        with pytest.raises(UsageError, match="no two of these releases"):
            compare.pair(connection, "cbp_encounters", day=date(2016, 12, 1))
        with pytest.raises(UsageError, match="several pairs"):
            compare.pair(connection, "cbp_encounters", "2016", "2016")
