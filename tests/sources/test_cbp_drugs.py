"""CBP drug seizures: each test is named after what a real release did, or could do, to a careless reader."""

from datetime import date
from functools import partial

import polars as pl
import pytest

from indicators.catalog.tables import validate
from indicators.errors import DataError
from indicators.readers import Tidy
from reading import Edit, edited, refused, replaced_first, total, without

AREAS = "nationwide-drugs-fy22-fy23-nov.csv"
BRANCHES = "amo-drug-seizures-fy22-fy23-oct.csv"
DATA_MONTH = {AREAS: date(2022, 11, 30), BRANCHES: date(2022, 10, 31)}
pounds = partial(total, "seized_lb")


def read(name: str, edit: Edit = str) -> Tidy:
    return edited("cbp_drugs", name, edit, released=date(2022, 12, 31), data_month=DATA_MONTH[name])


def test_pounds_and_events_by_drug_and_area() -> None:
    found = read(AREAS)
    fentanyl = found.facts.filter(drug="fentanyl", part="land_components FY2022")
    assert fentanyl["seized_lb"].sum() == 78 + 12 * 0.25
    assert fentanyl["events"].sum() == 78 + 1
    assert set(fentanyl["place"]) == {"US-OFO-SAN-DIEGO"}
    assert pounds(found, place="US-USBP-TUCSON", drug="methamphetamine") == 780 + 30


def test_asterisks_are_part_of_other_drugs() -> None:
    assert pounds(read(AREAS), drug="other") == 98765.4321
    with pytest.raises(DataError, match=r"Other Drugs\*\*"):
        read(AREAS, lambda text: text.replace("Other Drugs**", "Other Drugs"))


def test_seizure_below_rounding_is_an_event_of_no_weight() -> None:
    light = read(AREAS).facts.filter(land_filter="other", place="US-OFO-SAN-DIEGO")
    assert light.select("events", "seized_lb").rows() == [(1, 0.0)]


def test_cell_without_event_or_weight_is_dropped() -> None:
    assert read(AREAS).facts.filter(drug="lsd").is_empty()


def test_air_and_marine_is_a_dataset_and_component_of_its_own() -> None:
    areas, branches = read(AREAS).facts, read(BRANCHES).facts
    assert set(areas["dataset"]) == {"land_components"}
    assert set(areas["component"]) == {"field_operations", "border_patrol"}
    assert set(areas["branch"]) == {"not_applicable"}
    assert set(branches["dataset"]) == set(branches["component"]) == {"air_and_marine"}
    assert not set(areas["part"]) & set(branches["part"])


def test_air_and_marine_says_land_where_the_others_say_land_only() -> None:
    facts = read(BRANCHES).facts
    assert set(facts.filter(branch="Tucson Air Branch")["land_filter"]) == {"land"}
    assert set(read(AREAS).facts["land_filter"]) == {"land", "other"}


def test_branch_in_two_regions_stays_two_rows() -> None:
    both = read(BRANCHES).facts.filter(branch="Ground Tactical Air Controller")
    assert dict(both.select("place", "seized_lb").rows()) == {"US-SWB": 3.0, "US-OTB": 5.0}


def test_branch_with_a_comma_in_its_name() -> None:
    bahamas = read(BRANCHES).facts.filter(branch="AMO Operation Bahamas, Turks And Caicos")
    assert bahamas["seized_lb"].to_list() == [700.0]


def test_open_fiscal_year_is_provisional_and_covered_through_its_last_month() -> None:
    found = read(AREAS)
    assert found.parts.rows() == [
        ("land_components FY2022", date(2021, 10, 1), date(2022, 9, 30)),
        ("land_components FY2023", date(2022, 10, 1), date(2022, 11, 30)),
    ]
    assert set(found.facts.filter(maturity="provisional")["part"]) == {"land_components FY2023"}


def test_noise_of_floats_is_taken_as_it_is() -> None:
    assert pounds(read(AREAS), drug="khat") == pytest.approx(8.3799469484296, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "old", "new", "column"),
    [
        (AREAS, "DETROIT FIELD OFFICE", "DETROIT OFFICE", "Area of Responsibility"),
        (AREAS, "Coastal/Interior", "Coastal", "Region"),
        (AREAS, "Southwest Border,Other", "Southwest Border,Sea", "Land Filter"),
        (AREAS, ",2,98765.4321", ",2.5,98765.4321", "Count of Event"),
        (AREAS, "2022,JAN,Office", "2022 FYTD,JAN,Office", "FY"),
        (BRANCHES, "Bellingham Air Branch", "Bellingham Branch", "Branch"),
        (BRANCHES, "Heroin", "HeroÃ­n", "Drug Type"),
    ],
)
def test_unknown_text_is_refused_with_line_and_column(name: str, old: str, new: str, column: str) -> None:
    error = refused(read, name, replaced_first(old, new))
    assert error.column == column
    assert (error.line or 0) > 1


def test_thousands_commas_are_taken() -> None:
    found = read(AREAS, lambda text: text.replace("98765.4321", '"98,765.4321"'))
    assert pounds(found, drug="other") == 98765.4321


def test_cut_month_of_one_component_is_refused() -> None:
    error = refused(read, AREAS, without(r"^2022,SEP,U\.S\."))
    assert "border_patrol" in error.expected
    assert "2022-09" in error.found


def test_facts_of_both_tables_fit_one_contract_together() -> None:
    both = pl.concat([read(AREAS).facts, read(BRANCHES).facts])
    assert validate("drug_seizures", both, "both").height == both.height
