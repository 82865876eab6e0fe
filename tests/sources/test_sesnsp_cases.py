"""Investigation files by state: what comes out, and what their months and cells have held."""

import gzip
from datetime import date

import polars as pl
import pytest

from sesnsp_cases import MARCH_2016, refused, tidied, total
from sesnsp_tables import Nation, as_csv, with_cell
from wrapped import workbook, zipped

# What comes out


def test_month_columns_become_one_row_a_month(cnsp: pl.DataFrame) -> None:
    table = with_cell(cnsp, 2, "Enero", "41")
    facts = tidied(table).facts
    first = facts.filter(place="MX-AGU", subtype="Homicidio doloso", modality="Con arma de fuego").row(0, named=True)
    assert first == {
        "place": "MX-AGU",
        "period_start": date(2015, 1, 1),
        "period_end": date(2015, 1, 31),
        "clock": "month",
        "methodology": "CNSP/38/15",
        "crime_type": "Homicidio",
        "subtype": "Homicidio doloso",
        "modality": "Con arma de fuego",
        "cases": 41,
        "maturity": "final",
        "part": "CNSP/38/15",
    }


def test_every_count_of_the_file_arrives(cnsp: pl.DataFrame) -> None:
    facts = tidied(cnsp).facts
    published = cnsp.select(pl.col(cnsp.columns[-12:]).replace("", "0").cast(pl.Int64).sum()).sum_horizontal()[0]
    assert total(facts) == published
    assert facts["place"].n_unique() == 32


def test_rows_of_zero_are_dropped_once_the_grid_was_found_whole(cnsp: pl.DataFrame) -> None:
    assert tidied(cnsp).facts["cases"].min() == 1


def test_months_left_blank_after_the_last_published_one_are_not_covered(cnsp: pl.DataFrame) -> None:
    result = tidied(cnsp)
    assert result.parts.to_dicts() == [
        {"part": "CNSP/38/15", "period_from": date(2015, 1, 1), "period_through": MARCH_2016}
    ]
    assert result.notes == []


def test_the_last_twelve_months_are_provisional(cnsp: pl.DataFrame) -> None:
    facts = tidied(cnsp).facts
    assert facts.filter(maturity="provisional")["period_start"].min() == date(2015, 4, 1)
    assert facts.filter(maturity="final")["period_start"].max() == date(2015, 3, 1)


@pytest.mark.parametrize("wrapping", ["csv.gz", "zip", "xlsx", "utf-8", "utf-8-sig", "line feeds"])
def test_the_same_table_in_another_wrapping(cnsp: pl.DataFrame, wrapping: str) -> None:
    plain, name = as_csv(cnsp), f"IDEFC_NM_mar16.{wrapping}"
    if wrapping == "csv.gz":
        data = gzip.compress(plain)
    elif wrapping == "zip":
        data = zipped(**{"Estatal-Delitos-2015-2016_mar2016.csv": plain})
    elif wrapping == "xlsx":
        data = _as_workbook(cnsp)
    elif wrapping == "line feeds":
        data, name = as_csv(cnsp, line_end="\n"), "IDEFC_NM_mar16.csv"
    else:
        data, name = as_csv(cnsp, encoding=wrapping), "IDEFC_NM_mar16.csv"
    assert tidied(data, name).facts.equals(tidied(plain).facts)


def _as_workbook(table: pl.DataFrame) -> bytes:
    """The xlsx edition: one sheet ``Hoja1``, whole numbers as numbers, unpublished months empty."""
    rows = [[int(cell) if cell.isdigit() else cell or None for cell in row] for row in table.iter_rows()]
    return workbook(Hoja1=[table.columns, *rows])


# Months


@pytest.mark.parametrize("unpublished", ["0", "0.0"])
def test_future_months_padded_with_zero_are_dropped(sesnsp_nation: Nation, unpublished: str) -> None:
    padded = sesnsp_nation("sesnsp_cases/IDEFC_one_state.csv", date(2016, 10, 31), unpublished)
    result = tidied(padded, data_month=date(2016, 10, 31), released=date(2016, 11, 30))
    assert result.parts["period_through"][0] == date(2016, 10, 31)
    assert result.notes == [("padded_months", {"months": "2016-11 2016-12"})]


def test_a_padded_month_that_is_blank_for_some_rows_is_still_padding(cnsp: pl.DataFrame) -> None:
    result = tidied(with_cell(cnsp, cnsp.height + 1, "Abril", "0"))
    assert result.notes == [("padded_months", {"months": "2016-04"})]
    assert result.parts["period_through"][0] == MARCH_2016


def test_name_says_march_but_cells_reach_april(cnsp: pl.DataFrame) -> None:
    error = refused(with_cell(cnsp, cnsp.height + 1, "Abril", "7"))
    found = "7 in 2016-04 (counts through 2016-04)"
    assert (error.line, error.column, error.found) == (cnsp.height + 1, "Abril", found)
    assert error.expected == "months through 2016-03, as the name says"


def test_counts_for_months_after_the_day_of_release_are_refused(cnsp: pl.DataFrame) -> None:
    error = refused(cnsp, data_month=None, released=date(2016, 3, 20))
    assert error.column == "Marzo"
    assert "the day of the release" in error.expected


@pytest.mark.parametrize("ahead", ["", "0"])
def test_a_file_that_ends_before_the_month_in_its_name_is_refused(cnsp: pl.DataFrame, ahead: str) -> None:
    """August 2024, put up as December, hid every other release; zeros written in advance are no December."""
    of_2016 = pl.when(pl.col("Año") == "2016")
    file = cnsp.with_columns(of_2016.then(pl.lit(ahead)).otherwise(name).alias(name) for name in ("Abril", "Mayo"))
    error = refused(file, data_month=date(2016, 4, 30), released=date(2016, 5, 31))
    assert (error.expected, error.found) == ("months through 2016-04, as the name says", "months through 2016-03")


def test_a_closed_year_of_the_instrument_is_no_later_month_of_it(sesnsp_nation: Nation) -> None:
    """Only the tables that end in December 2025 are published again under later months."""
    whole = sesnsp_nation("sesnsp_cases/IDEFC_one_state.csv", date(2024, 12, 31))
    error = refused(whole, data_month=date(2025, 2, 28), released=date(2025, 3, 31))
    assert error.found == "months through 2024-12"


def test_the_closed_years_re_issued_in_a_later_year_miss_no_month(sesnsp_nation: Nation) -> None:
    whole = sesnsp_nation("sesnsp_cases/IDEFC_one_state.csv", date(2025, 12, 31))
    name = "Estatal-Delitos-2015-2025_feb2026.csv"
    result = tidied(whole, name, data_month=date(2026, 2, 28), released=date(2026, 3, 31))
    assert result.notes == []
    assert result.parts["period_through"][0] == date(2025, 12, 31)


def test_a_month_without_any_count_before_the_last_is_refused(cnsp: pl.DataFrame) -> None:
    of_2016 = pl.col("Año") == "2016"
    hollow = cnsp.with_columns(Febrero=pl.when(of_2016).then(pl.lit("0")).otherwise("Febrero"))
    error = refused(hollow)
    assert (error.line, error.column, error.found) == (3138, "Febrero", "0")


def test_a_table_without_any_count_is_refused(cnsp: pl.DataFrame) -> None:
    assert refused(cnsp.with_columns(pl.lit("0").alias(month) for month in cnsp.columns[-12:])).found == "none"


# Cells


def test_thousands_commas_in_the_newest_month_of_february_2024(cnsp: pl.DataFrame) -> None:
    facts = tidied(with_cell(cnsp, cnsp.height + 1, "Marzo", "1,124")).facts
    newest = {
        "place": "MX-ZAC",
        "crime_type": "Otros delitos del Fuero Común",
        "period_start": date(2016, 3, 1),
    }
    assert total(facts, **newest) == 1124


def test_whole_numbers_that_pandas_wrote_as_decimals_are_taken(cnsp: pl.DataFrame) -> None:
    months = cnsp.columns[-12:]
    saved_again = cnsp.with_columns(pl.when(pl.col(one) != "").then(pl.col(one) + ".0").alias(one) for one in months)
    assert tidied(saved_again.fill_null("")).facts.equals(tidied(cnsp).facts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.5", "a whole number"),
        ("1e999", "a whole number"),
    ],
)
def test_a_cell_that_is_no_count_is_refused(cnsp: pl.DataFrame, text: str, expected: str) -> None:
    error = refused(with_cell(cnsp, 77, "Junio", text))
    assert (error.line, error.column, error.expected) == (77, "Junio", expected)
    assert text in error.found
