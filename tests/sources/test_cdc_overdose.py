"""CDC's overdose deaths: both export styles and the API, and every footnote that stands for a number."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from indicators import catalog
from indicators.catalog.tables import validate
from indicators.errors import DataError
from indicators.readers import Tidy, recognise, tidy

DECEMBER_2017 = date(2017, 12, 31)
JANUARY_2018 = date(2018, 1, 31)


@pytest.fixture(scope="module")
def export(fixtures: Path) -> str:
    return (fixtures / "cdc_overdose/export.csv").read_text(encoding="utf-8")


def tidied(data: str | bytes) -> Tidy:
    match = recognise("VSRR.csv", data.encode() if isinstance(data, str) else data)
    assert match.source.id == "cdc_overdose"
    result = tidy(match, released=date(2018, 9, 12))
    validate("overdose_deaths", result.facts, "VSRR.csv")
    return result


def one(result: Tidy, place: str, period_end: date, indicator: str = "overdose") -> dict[str, object]:
    return result.facts.filter(place=place, period_end=period_end, indicator=indicator).row(0, named=True)


def refused(data: str) -> DataError:
    with pytest.raises(DataError) as caught:
        tidied(data)
    return caught.value


def changed(export: str, old: str, new: str) -> str:
    """The export with the first ``old`` replaced, which has to be there."""
    assert old in export
    return export.replace(old, new, 1)


# What comes out


def test_a_value_is_of_the_twelve_months_that_end_with_its_month(export: str) -> None:
    assert one(tidied(export), "US", DECEMBER_2017) == {
        "place": "US",
        "period_start": date(2017, 1, 1),
        "period_end": DECEMBER_2017,
        "clock": "12_month_ending",
        "indicator": "overdose",
        "reported_deaths": 3315,
        "predicted_deaths": 3402,
        "complete_pct": 100.0,
        "pending_pct": 0.104511278195489,
        "drugs_specified_pct": 87.6543210987654,
        "maturity": "final",
        "missing_code": None,
        "part": "all",
    }
    february = one(tidied(export), "US-AK", date(2018, 2, 28))
    assert (february["period_start"], february["maturity"]) == (date(2017, 3, 1), "provisional")


@pytest.mark.parametrize("style", ["export_for_excel.csv", "api.csv"])
def test_all_styles_hold_the_same(fixtures: Path, export: str, style: str) -> None:
    # The style for Excel has a byte order mark and thousands commas in quotes; the API has snake_case names
    other = tidied((fixtures / "cdc_overdose" / style).read_bytes())
    assert other.facts.equals(tidied(export).facts)


def test_the_order_of_rows_is_not_stable_and_does_not_matter(export: str) -> None:
    header, *lines = export.strip().split("\n")
    turned = tidied("\n".join([header, *reversed(lines), ""]))
    key = ["place", "period_end", "indicator"]
    assert turned.facts.sort(key).equals(tidied(export).facts.sort(key))


def test_what_the_file_covers(export: str) -> None:
    assert tidied(export).parts.rows() == [("all", date(2017, 1, 1), date(2018, 2, 28))]


def test_all_causes_of_death_are_never_taken_for_overdoses(export: str) -> None:
    result = tidied(export)
    assert one(result, "US-NY", DECEMBER_2017, "all_causes")["reported_deaths"] == 10_200
    assert one(result, "US-NY", DECEMBER_2017)["reported_deaths"] == 1_210


def test_new_york_city_stands_beside_the_state_of_new_york(export: str) -> None:
    facts = tidied(export).facts.filter(period_end=DECEMBER_2017, indicator="overdose")
    assert dict(facts.select("place", "reported_deaths").rows()) == {
        "US-NY": 1210,
        "US-NYC": 1105,
        "US": 3315,
    }


def test_the_share_with_drugs_specified_is_a_column_and_no_count_of_deaths(export: str) -> None:
    facts = tidied(export).facts
    assert "drugs_specified_pct" not in facts["indicator"].to_list()
    shares = facts.filter(place="US")["drugs_specified_pct"].unique().to_list()
    assert shares == [87.6543210987654]
    assert one(tidied(export), "US-AK", date(2018, 2, 28))["drugs_specified_pct"] is None


def test_99_5_plus_percent_complete(export: str) -> None:
    assert one(tidied(export), "US-AK", JANUARY_2018)["complete_pct"] == 99.5


@pytest.mark.parametrize(
    ("indicator", "predicted", "missing_code"),
    [
        ("methadone", None, "suppressed"),
        ("cocaine", 10, "low_quality"),
        ("synthetic_opioids", None, "suppressed"),
        ("heroin", None, "not_published"),
    ],
)
def test_a_blank_says_why_and_is_never_zero(
    export: str, indicator: str, predicted: int | None, missing_code: str
) -> None:
    row = one(tidied(export), "US-AK", JANUARY_2018, indicator)
    assert row["reported_deaths"] is None
    assert (row["predicted_deaths"], row["missing_code"]) == (predicted, missing_code)


def test_a_published_zero_stays_a_zero(export: str) -> None:
    # April 2019 published counts below ten, zeros included
    row = one(tidied(changed(export, ",104,99.5+", ",0,99.5+")), "US-AK", JANUARY_2018)
    assert (row["reported_deaths"], row["missing_code"]) == (0, None)


def test_a_prediction_below_the_reported_count_is_as_published(export: str) -> None:
    row = one(tidied(export), "US-AK", JANUARY_2018)
    assert (row["reported_deaths"], row["predicted_deaths"]) == (104, 103)


def test_rows_of_commas_only_are_dropped(export: str) -> None:
    assert tidied(export + "," * 11 + "\n" + "," * 11 + "\n").facts.equals(tidied(export).facts)


# What is refused


def test_a_row_without_its_state_is_refused(export: str) -> None:
    error = refused(changed(export, "YC,2017", ",2017"))
    assert (error.line, error.column) == (4, "State")


def test_months_after_the_release_are_refused(export: str) -> None:
    match = recognise("VSRR.csv", export.encode())
    with pytest.raises(
        DataError, match="months up to 2018-01, that of the release\n  found:    months through 2018-02"
    ):
        tidy(match, released=JANUARY_2018)


def test_a_month_lost_between_two_others_means_a_cut_file(export: str) -> None:
    error = refused(export.replace("AK,2018,February", "AK,2018,March"))
    assert error.expected.startswith("overdose of US-AK in every month")
    assert error.found == "none in 2018-02"


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("Cocaine (T40.5)", "Cocaine (T40.6)", "Indicator"),
        ("Cocaine (T40.5)", "Fentanyl", "Indicator"),
        ("YC,", "GU,", "State"),
        ("February", "Febuary", "Month"),
        ("12 month-ending", "monthly", "Period"),
        (",**,", ",***,", "Footnote Symbol"),
    ],
)
def test_an_unknown_label_is_refused(export: str, old: str, new: str, column: str) -> None:
    error = refused(changed(export, old, new))
    assert error.column == column
    assert error.found.casefold() == repr(new.strip(",")).casefold()
    assert "[cdc_overdose.categories" in error.todo


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        (",3315,", ",3315.5,", "Data Value"),
        (",3402", ",<10", "Predicted Value"),
        (",87.6543210987654,", ",most,", "Data Value"),
        (",99.5+,", ",almost,", "Percent Complete"),
        (",0.12,", ",-0.12,", "Percent Pending Investigation"),
        ("NY,2017", "NY,17", "Year"),
        ("NY,2017", "NY,", "Year"),
        ("NY,2017", "NY,20177", "Year"),
    ],
)
def test_a_cell_that_cannot_be_is_refused(export: str, old: str, new: str, column: str) -> None:
    error = refused(changed(export, old, new))
    assert error.column == column
    assert error.line is not None


def test_a_file_for_excel_cut_inside_its_last_number(fixtures: Path) -> None:
    text = (fixtures / "cdc_overdose/export_for_excel.csv").read_text(encoding="utf-8")
    cut = text[: text.index('"3,402"') + 4]
    assert refused(cut).expected == "every quotation mark closed"


def test_every_place_of_the_table_is_a_place_we_know() -> None:
    places = catalog.sources()["cdc_overdose"].categories["state"]
    assert isinstance(places, dict)
    assert len(places) == 54
    assert set(places.values()) <= set(catalog.places())


def test_facts_have_one_row_a_count(export: str) -> None:
    published = pl.read_csv(export.encode(), infer_schema=False)
    counts = published.filter(pl.col("Indicator") != "Percent with drugs specified")
    assert tidied(export).facts.height == counts.height
