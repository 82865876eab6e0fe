"""CBP encounters: each test is named after what a real release did, or could do, to a careless reader."""

import re
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from indicators import catalog
from indicators.errors import DataError
from indicators.readers import Tidy, recognise, tidy
from reading import Edit, added, edited, refused, replaced_first, total, without

SOUTHWEST = "sbo-encounters-fy22-fy23-nov.csv"
STATE = "nationwide-encounters-fy22-fy23-oct-state.csv"
AREA = "nationwide-encounters-fy22-fy23-oct-aor.csv"
DATA_MONTH = {SOUTHWEST: date(2022, 11, 30), STATE: date(2022, 10, 31), AREA: date(2022, 10, 31)}
encounters = partial(total, "encounters")


def read(name: str, edit: Edit = str, *, data_month: date | None = None) -> Tidy:
    known = data_month or DATA_MONTH[name]
    return edited("cbp_encounters", name, edit, released=date(2022, 12, 31), data_month=known)


@pytest.mark.parametrize(
    ("name", "dataset", "published"),
    [(SOUTHWEST, "southwest", 11_161), (STATE, "nationwide_state", 2_977), (AREA, "nationwide_area", 4_071)],
)
def test_each_layout_is_recognised_by_its_header(name: str, dataset: str, published: int) -> None:
    found = read(name)
    assert found.facts["dataset"].unique().to_list() == [dataset]
    assert encounters(found) == published


def test_fiscal_year_starts_in_october_of_the_year_before() -> None:
    months = read(SOUTHWEST).facts.filter(part="southwest FY2022").sort("period_start")
    assert months["period_start"].min() == date(2021, 10, 1)
    assert months["period_end"].max() == date(2022, 9, 30)
    october = months.filter(period_start=date(2021, 10, 1), component="border_patrol")
    assert october["encounters"].to_list() == [101]
    assert october["period_end"].to_list() == [date(2021, 10, 31)]


def test_open_fiscal_year_is_provisional_and_closed_final() -> None:
    found = read(SOUTHWEST)
    maturity = dict(found.facts.group_by("part").agg(pl.col("maturity").unique().implode().list.join(",")).rows())
    assert maturity == {"southwest FY2022": "final", "southwest FY2023": "provisional"}


def test_parts_cover_closed_years_whole_and_the_open_one_through_its_last_month() -> None:
    assert read(SOUTHWEST).parts.rows() == [
        ("southwest FY2022", date(2021, 10, 1), date(2022, 9, 30)),
        ("southwest FY2023", date(2022, 10, 1), date(2022, 11, 30)),
    ]


def test_month_grouping_is_no_filter_and_no_key() -> None:
    as_published = read(SOUTHWEST)
    later = read(SOUTHWEST, lambda text: text.replace(",Remaining,", ",FYTD,"))
    bare = read(SOUTHWEST, lambda text: "\r\n".join(_drop_second(one) for one in text.split("\r\n")))
    assert later.facts.equals(as_published.facts)
    assert bare.facts.equals(as_published.facts)


def _drop_second(row: str) -> str:
    cells = row.split(",")
    return ",".join(cells[:1] + cells[2:])


def test_minors_renamed_uac_in_2025_stay_one_group() -> None:
    found = read(SOUTHWEST)
    assert encounters(found, demographic="unaccompanied_minor") == 7 + 5
    renamed = read(SOUTHWEST, lambda text: text.replace("UC / Single Minors", "UAC"))
    assert renamed.facts.equals(found.facts)


def test_title_42_called_apprehensions_in_2022_is_an_expulsion() -> None:
    found = read(SOUTHWEST)
    assert encounters(found, authority="title_42", encounter_type="expulsion") == 9584 + 3
    assert found.facts.filter(pl.col("authority") == "title_42")["encounter_type"].unique().to_list() == ["expulsion"]


def test_counts_written_as_floats_are_whole_numbers() -> None:
    assert encounters(read(SOUTHWEST), citizenship="HONDURAS") == 9584
    with pytest.raises(DataError, match="whole number"):
        read(SOUTHWEST, lambda text: text.replace("9584.0", "9584.5"))


def test_explicit_zeros_are_dropped_as_absent_rows_mean_zero() -> None:
    assert read(SOUTHWEST).facts["encounters"].min() == 1
    assert read(STATE).facts.filter(place="US-NM").is_empty()


def test_month_of_zeros_only_is_covered() -> None:
    zeros = "".join(
        f"2023 (FYTD),FYTD,DEC,{one},Single Adults,Mexico,Title 8,Inadmissibles,0\r\n"
        for one in ("Office of Field Operations", "U.S. Border Patrol")
    )
    found = read(SOUTHWEST, lambda text: text + zeros, data_month=date(2022, 12, 31))
    assert found.parts["period_through"].max() == date(2022, 12, 31)
    assert found.facts["period_end"].max() == date(2022, 11, 30)


def test_citizenship_is_upper_case_in_every_table() -> None:
    assert set(read(SOUTHWEST).facts["citizenship"]) == {"MEXICO", "EL SALVADOR", "HONDURAS", "OTHER"}


def test_comma_inside_a_quoted_citizenship() -> None:
    assert encounters(read(STATE), citizenship="CHINA, PEOPLES REPUBLIC OF") == 4


def test_states_off_the_border_region_and_territories_have_their_place() -> None:
    found = read(STATE)
    texas = found.facts.filter(place="US-TX", period_start=date(2022, 3, 1))
    assert dict(texas.select("land_border_region", "encounters").rows()) == {"other": 16, "southwest": 206}
    assert encounters(found, place="US-GU") == 4
    assert set(found.facts["component"]) == set(found.facts["encounter_type"]) == {"all"}


def test_offices_and_sectors_in_title_case_find_their_place() -> None:
    found = read(AREA)
    assert set(found.facts["place"]) == {
        "US-OFO-LAREDO",
        "US-USBP-RIO-GRANDE-VALLEY",
        "US-OFO-DETROIT",
        "US-USBP-DETROIT",
    }
    upper = read(AREA, lambda text: text.replace("Laredo Field Office", "LAREDO FIELD OFFICE"))
    assert upper.facts.equals(found.facts)


def test_field_office_has_rows_on_the_border_and_off_it() -> None:
    laredo = read(AREA).facts.filter(place="US-OFO-LAREDO", period_start=date(2022, 5, 1))
    assert dict(laredo.select("land_border_region", "encounters").rows()) == {"southwest": 8, "other": 2}


def test_line_ends_and_row_order_do_not_matter() -> None:
    found = read(SOUTHWEST)
    bare = read(SOUTHWEST, lambda text: text.replace("\r\n", "\n"))
    assert bare.facts.equals(found.facts)

    def backwards(text: str) -> str:
        header, *rows = text.strip().split("\r\n")
        return "\r\n".join([header, *reversed(rows), ""])

    order = found.facts.columns
    assert read(SOUTHWEST, backwards).facts.sort(order).equals(found.facts.sort(order))


def test_thousands_commas_are_taken() -> None:
    assert encounters(read(SOUTHWEST, lambda text: text.replace("9584.0", '"9,584"'))) == encounters(read(SOUTHWEST))


def test_months_after_the_data_month_are_refused() -> None:
    error = refused(read, SOUTHWEST, str, data_month=date(2022, 10, 31))
    assert "2022-10" in error.expected
    assert (error.found, error.column, error.line) == ("'NOV'", "Month (abbv)", 29)


def test_months_after_the_release_are_refused_where_the_name_tells_no_month(fixtures: Path) -> None:
    match = recognise(SOUTHWEST, (fixtures / "cbp_encounters" / SOUTHWEST).read_bytes())
    with pytest.raises(DataError, match="2022-10"):
        tidy(match, released=date(2022, 10, 20))
    assert tidy(match, released=date(2022, 11, 30)).facts.height > 0


def test_file_that_ends_before_its_data_month_is_refused() -> None:
    error = refused(read, SOUTHWEST, str, data_month=date(2022, 12, 31))
    assert "2022-12" in error.expected
    assert "2022-11" in error.found


@pytest.mark.parametrize(
    ("name", "gone", "value", "month"),
    [
        (SOUTHWEST, "2022,Remaining,JUL,", "border_patrol", "2022-07"),
        (SOUTHWEST, "2022,Remaining,SEP,U.S. Border Patrol", "border_patrol", "2022-09"),
        (SOUTHWEST, "2023 (FYTD),FYTD,OCT,Office", "field_operations", "2022-10"),
        (STATE, "2022,Remaining,SEP,Southwest", "southwest", "2022-09"),
        (AREA, "2022,Remaining,SEP,Office", "field_operations", "2022-09"),
    ],
)
def test_missing_month_would_be_counted_as_zero_and_is_refused(name: str, gone: str, value: str, month: str) -> None:
    error = refused(read, name, without(f"^{re.escape(gone)}"))
    assert value in error.expected
    assert month in error.found


def test_two_releases_in_one_file_are_refused() -> None:
    extra = added("2022 (FYTD),FYTD,OCT,U.S. Border Patrol,FMUA,Mexico,Title 8,Apprehensions,1")
    assert "open or closed" in refused(read, SOUTHWEST, extra).expected


def test_a_year_in_the_digits_of_another_script_is_refused() -> None:
    """The pattern took them for digits, and the cast that followed did not."""
    other = added("٢٠٢٢,FYTD,OCT,U.S. Border Patrol,FMUA,Mexico,Title 8,Apprehensions,1")
    assert refused(read, SOUTHWEST, other).expected.startswith("a fiscal year")
    other = added("20٢٢,FYTD,OCT,U.S. Border Patrol,FMUA,Mexico,Title 8,Apprehensions,1")
    assert refused(read, SOUTHWEST, other).column == "Fiscal Year"


def test_the_same_cell_twice_is_refused() -> None:
    again = added("2022,FYTD,OCT,U.S. Border Patrol,Single Adults,El Salvador,Title 8,Apprehensions,101")
    assert refused(read, SOUTHWEST, again).line == 35
    both_names = added("2022,Remaining,JAN,U.S. Border Patrol,UAC,Other,Title 8,Apprehensions,7")
    assert "unaccompanied_minor" in refused(read, SOUTHWEST, both_names).found


@pytest.mark.parametrize(
    ("name", "old", "new", "column"),
    [
        (SOUTHWEST, "FMUA,Honduras", "FMU,Honduras", "Demographic"),
        (SOUTHWEST, "FMUA,Honduras", "FMUA,Atlantis", "Citizenship Grouping"),
        (SOUTHWEST, "Title 42,Apprehensions", "Title 50,Apprehensions", "Title of Authority"),
        (SOUTHWEST, "U.S. Border Patrol,FMUA", "US Border Patrol,FMUA", "Component"),
        (SOUTHWEST, "Title 42,Expulsions", "Title 42,ExpulsiÃ³n", "Encounter Type"),
        (SOUTHWEST, "2022,Remaining,AUG,O", "2022,Remaining,August,O", "Month (abbv)"),
        (SOUTHWEST, "2022,Remaining,AUG,O", "FY22,Remaining,AUG,O", "Fiscal Year"),
        (STATE, "Other,GU", "Other,ZZ", "State"),
        (STATE, "Other,GU", "Interior,GU", "Land Border Region"),
        (AREA, "Detroit Field Office", "Detriot Field Office", "Area of Responsibility"),
    ],
)
def test_unknown_text_is_refused_with_line_and_column(name: str, old: str, new: str, column: str) -> None:
    error = refused(read, name, replaced_first(old, new))
    assert error.column == column
    assert (error.line or 0) > 1


def test_every_southwest_area_says_which_corridor_or_why_none() -> None:
    areas = [one for one in catalog.places().values() if one.kind in ("office", "sector")]
    southwest = [one for one in areas if one.parent == "US-SWB"]
    assert (len(areas), len(southwest)) == (42, 13)  # Livermore is in the long history alone
    assert all(one.assignment_en and one.assignment_es for one in southwest)
    assert {one.id for one in southwest if not one.corridor} == {
        "US-OFO-LAREDO",
        "US-USBP-YUMA",
        "US-USBP-BIG-BEND",
        "US-USBP-LAREDO",
    }
    assert not any(one.corridor for one in areas if one.parent != "US-SWB")
