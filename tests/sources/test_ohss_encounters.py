"""The traps of DHS's workbook of Border Patrol encounters. Its sheets are written here, with small numbers."""

from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from indicators import catalog
from indicators.catalog.tables import validate
from indicators.errors import DataError
from indicators.readers import Tidy, recognise, tidy
from wrapped import workbook

FILE = "KHSM Encounters (USBP) fy02m11.xlsx"
RELEASED, THROUGH = date(2002, 1, 31), date(2001, 11, 30)
Sheets = dict[str, list[list[object]]]
HEADER = "Fiscal\nYear"  # the line end is the agency's


def _sheets() -> Sheets:
    """Fiscal year 2001, and October and November of 2002, as the agency lays its monthly sheets out."""
    labels = catalog.sources()["ohss_encounters"].categories["month"]
    months = [(2001, label) for label in labels] + [(2002, label) for label in list(labels)[:2]]
    regions = [("Coastal Border", 10), ("Northern Land Border", 20), ("Southwest Land Border", 970)]
    sectors = [("Miami, FL", 10), ("Livermore, CA", 10), ("Blaine, WA", 10), ("Tucson, AZ", 970)]
    made: Sheets = {
        "Annual Count": [[HEADER, "Quantity"], [2001, 12_000], [2002, 2_000]],
        "Monthly Count": [[HEADER, "Month", "Quantity"]],
        "Monthly Citizenship": [
            [HEADER, "Month", "Citizenship", "Quantity"],
            [2001, "01 October", "Peru", 10],
        ],
        "Monthly Region": [[HEADER, "Month", "Region", "Quantity"]],
        "Monthly Sector": [[HEADER, "Month", "Sector", "Quantity"]],
    }
    for year, month in months:
        made["Monthly Count"].append([year, month, 1_000])
        made["Monthly Region"] += [[year, month, name, number] for name, number in regions]
        made["Monthly Sector"] += [[year, month, name, number] for name, number in sectors]
    return made


def read(change: Callable[[Sheets], object] = lambda sheets: None, data_month: date = THROUGH) -> Tidy:
    sheets = _sheets()
    change(sheets)
    match = recognise(FILE, workbook(**sheets))
    assert match.source.id == "ohss_encounters"
    found = tidy(match, released=RELEASED, data_month=data_month)
    validate("encounters_long", found.facts, FILE)
    return found


def refused(change: Callable[[Sheets], object], **options: date) -> DataError:
    with pytest.raises(DataError) as caught:
        read(change, **options)
    return caught.value


def test_each_level_comes_from_its_own_sheet() -> None:
    facts = read().facts.filter(period_start=date(2000, 10, 1))
    assert dict(facts.select("place", "encounters").rows()) == {
        "US": 1_000,
        "US-OTB": 10,
        "US-NLB": 20,
        "US-SWB": 970,
        "US-USBP-MIAMI": 10,
        "US-USBP-LIVERMORE": 10,
        "US-USBP-BLAINE": 10,
        "US-USBP-TUCSON": 970,
    }


def test_october_belongs_to_the_fiscal_year_after_it() -> None:
    found = read()
    assert found.parts.rows() == [
        ("long FY2001", date(2000, 10, 1), date(2001, 9, 30)),
        ("long FY2002", date(2001, 10, 1), date(2001, 11, 30)),
    ]
    assert set(found.facts.filter(part="long FY2001")["maturity"]) == {"final"}
    assert set(found.facts.filter(part="long FY2002")["maturity"]) == {"provisional"}


def test_a_fiscal_year_that_has_reached_september_is_final() -> None:
    def closed(sheets: Sheets) -> None:
        for rows in sheets.values():
            rows[1:] = [row for row in rows[1:] if row[0] == 2001]

    found = read(closed, data_month=date(2001, 9, 30))
    assert set(found.facts["maturity"]) == {"final"}


def test_a_sector_with_fewer_than_five_has_no_row() -> None:
    found = read(lambda sheets: sheets["Monthly Sector"].pop(2))
    assert found.facts.filter(place="US-USBP-LIVERMORE").height == 13


def test_a_cut_sheet_does_not_make_up_the_nation() -> None:
    def without_tucson(sheets: Sheets) -> None:
        sheets["Monthly Sector"] = [row for row in sheets["Monthly Sector"] if row[2:3] != ["Tucson, AZ"]]

    error = refused(without_tucson)
    assert error.expected.startswith('"Monthly Sector" to make up "Monthly Count"')
    assert error.found == "30 of 1,000 in 2000-10"


def test_a_month_gone_from_one_sheet_is_refused() -> None:
    def without_may(sheets: Sheets) -> None:
        sheets["Monthly Region"] = [row for row in sheets["Monthly Region"] if row[1] != "08 May"]

    assert "Monthly Region in every month" in refused(without_may).expected


def test_a_file_that_ends_before_its_name_says_is_refused() -> None:
    error = refused(lambda sheets: None, data_month=date(2001, 12, 31))
    assert (error.expected, error.found) == ("months through 2001-12, as the name says", "months through 2001-11")


def test_months_after_the_name_are_refused() -> None:
    assert refused(lambda sheets: None, data_month=date(2001, 10, 31)).column == "Month"


@pytest.mark.parametrize(
    ("sheet", "column", "value", "header"),
    [
        ("Monthly Sector", 2, "Tuscon, AZ", "Sector"),
        ("Monthly Region", 2, "Southern Land Border", "Region"),
        ("Monthly Count", 1, "10 October", "Month"),
        ("Monthly Count", 2, 1_003, "Quantity"),
        ("Monthly Region", 3, -10, "Quantity"),
        ("Monthly Sector", 3, "ten", "Quantity"),
        ("Monthly Sector", 3, None, "Quantity"),
    ],
)
def test_an_impossible_cell_names_sheet_line_and_column(sheet: str, column: int, value: object, header: str) -> None:
    def change(sheets: Sheets) -> None:
        sheets[sheet][3][column] = value

    error = refused(change)
    assert error.file == f'{FILE}, sheet "{sheet}"'
    assert (error.line, error.column) == (4, header)


def test_a_sector_twice_in_a_month_is_refused() -> None:
    assert refused(lambda sheets: sheets["Monthly Sector"].append(sheets["Monthly Sector"][1])).expected == (
        "every row once"
    )


def test_a_new_column_is_named() -> None:
    def wider(sheets: Sheets) -> None:
        sheets["Monthly Count"] = [[*row, "x"] for row in sheets["Monthly Count"]]
        sheets["Monthly Count"][0][-1] = "Authority"

    error = refused(wider)
    assert "ohss_encounters" in error.expected
    assert '"Authority" is new' in error.found


def test_a_workbook_without_its_monthly_sheets_is_not_taken() -> None:
    error = refused(lambda sheets: sheets.pop("Monthly Sector"))
    assert error.expected == "one sheet with a table"


def test_levels_are_never_added_to_each_other() -> None:
    facts = read().facts
    kinds = {catalog.places()[place].kind for place in facts["place"].unique()}
    assert kinds == {"nation", "region", "sector"}
    assert facts.filter(pl.col("place") == "US")["encounters"].sum() == 14_000
