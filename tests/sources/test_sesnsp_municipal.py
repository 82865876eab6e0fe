"""Investigation files by municipality: what is zero, what is missing, and what is no municipality."""

from datetime import date
from functools import partial

import polars as pl
import pytest

import reading
from indicators.readers import Tidy, large_csv, recognise, tidy
from indicators.readers.files import LargeTable
from sesnsp_tables import Nation, as_csv, in_municipalities, with_cell
from wrapped import workbook, zipped

MARCH_2016 = date(2016, 3, 31)
KEY = ["place", "period_start", "crime_type", "subtype", "modality"]


def tidied(
    table: pl.DataFrame | bytes,
    name: str = "IDM_NM_mar16.csv",
    *,
    data_month: date | None = MARCH_2016,
    released: date = date(2016, 4, 30),
) -> Tidy:
    data = table if isinstance(table, bytes) else as_csv(table, "latin-1")
    return reading.tidied("sesnsp_municipal", name, data, released=released, data_month=data_month)


refused = partial(reading.refused, tidied)


@pytest.fixture(scope="module")
def cnsp(by_state: pl.DataFrame) -> pl.DataFrame:
    return in_municipalities(by_state, 1, 2, 998)


@pytest.fixture(scope="module")
def rnid(sesnsp_nation: Nation) -> pl.DataFrame:
    return in_municipalities(sesnsp_nation("sesnsp_cases/RNID-Delitos_one_state.csv", MARCH_2016.replace(2026)), 1)


def rnid_tidied(table: pl.DataFrame | bytes, data_month: date = date(2026, 3, 31)) -> Tidy:
    name = "RNID-Delitos_Municipal-2026.csv"
    return tidied(table, name, data_month=data_month, released=date(2026, 9, 15))


# What comes out


def test_its_counts_are_those_of_the_table_by_state(by_state: pl.DataFrame, cnsp: pl.DataFrame) -> None:
    match = recognise("IDEFC_NM_mar16.csv", as_csv(by_state))
    expected = tidy(match, released=date(2016, 4, 30), data_month=MARCH_2016)
    summed = tidied(cnsp).facts.group_by(KEY).agg(pl.col("cases").sum()).sort(KEY)
    assert summed.equals(expected.facts.select(*KEY, "cases").sort(KEY))
    assert tidied(cnsp).parts.equals(expected.parts)


def test_zeros_are_not_stored_but_told_by_the_municipalities_of_the_file(cnsp: pl.DataFrame) -> None:
    found = tidied(cnsp)
    assert found.facts["municipality_code"].str.ends_with("001").all()
    assert (found.facts["cases"] > 0).all()
    told = found.municipalities.filter(place="MX-SON").drop("part", "place")
    assert told.rows() == [
        ("26001", "Municipio 1", "municipality", date(2015, 1, 1), MARCH_2016),
        ("26002", "Municipio 2", "municipality", date(2015, 1, 1), MARCH_2016),
        ("26998", "No Especificado", "not_specified", date(2015, 1, 1), MARCH_2016),
    ]


def test_a_municipality_founded_later_has_no_zeros_before(cnsp: pl.DataFrame) -> None:
    young = (pl.col("Cve. Municipio") == "26002") & (pl.col("Año") == "2015")
    told = tidied(cnsp.filter(~young)).municipalities
    assert told.filter(municipality_code="26002")["period_from"].to_list() == [date(2016, 1, 1)]


def test_a_municipality_left_out_for_a_year_has_two_stretches(sesnsp_nation: Nation) -> None:
    through = date(2017, 12, 31)
    table = in_municipalities(sesnsp_nation("sesnsp_cases/IDEFC_one_state.csv", through), 1, 2)
    hole = (pl.col("Cve. Municipio") == "26002") & (pl.col("Año") == "2016")
    told = tidied(table.filter(~hole), data_month=through, released=date(2018, 1, 31)).municipalities
    stretches = told.filter(municipality_code="26002").select("period_from", "period_through")
    assert [day.year for day in stretches["period_from"]] == [2015, 2017]
    assert [day.year for day in stretches["period_through"]] == [2015, 2017]


# The cells of -1


def test_a_declared_cell_of_minus_one_is_missing_and_noted(sesnsp_nation: Nation) -> None:
    through = date(2018, 12, 31)
    table = in_municipalities(sesnsp_nation("sesnsp_cases/IDEFC_one_state.csv", through), 11)
    jonuta = (pl.col("Cve. Municipio") == "27011") & (pl.col("Año") == "2018")
    line = table.with_row_index().filter(jonuta)["index"][0] + 2
    found = tidied(with_cell(table, line, "Mayo", "-1"), data_month=through, released=date(2019, 1, 31))
    assert found.notes == [("cells_not_a_count", {"cells": "27011 2018-05"})]
    missing = found.facts.filter(pl.col("cases").is_null())
    columns = ["municipality_code", "period_start", "missing_code"]
    assert missing.select(columns).rows() == [("27011", date(2018, 5, 1), "low_quality")]


@pytest.mark.parametrize("text", ["-1", "-2"])
def test_a_number_below_zero_that_is_not_declared_is_refused(cnsp: pl.DataFrame, text: str) -> None:
    error = refused(with_cell(cnsp, 77, "Junio", text))
    assert (error.line, error.column, error.found) == (77, "Junio", text)
    assert '"not a count"' in error.todo


# Municipalities


@pytest.mark.parametrize("code", ["2001", "01", "1o01", ""])
def test_a_code_that_is_not_of_the_state_is_refused(cnsp: pl.DataFrame, code: str) -> None:
    error = refused(with_cell(cnsp, 2, "Cve. Municipio", code))
    assert (error.line, error.column) == (2, "Cve. Municipio")


def test_codes_with_and_without_a_leading_zero(cnsp: pl.DataFrame) -> None:
    padded = cnsp.with_columns(pl.col("Clave_Ent").str.zfill(2), pl.col("Cve. Municipio").str.zfill(5))
    assert tidied(padded).facts.equals(tidied(cnsp).facts)


def test_two_names_of_one_code_are_refused(cnsp: pl.DataFrame) -> None:
    assert "Municipio 1, Municipio uno" in refused(with_cell(cnsp, 2, "Municipio", "Municipio uno")).found


def test_a_table_filtered_to_one_state_is_refused(cnsp: pl.DataFrame) -> None:
    # such an extract of Guanajuato goes round: as a release it would take every other state away
    error = refused(cnsp.filter(pl.col("Entidad") == "Guanajuato"))
    assert error.found.startswith("none of MX-AGU, MX-BCN")


# Rows


def test_a_row_that_is_missing_is_a_defect_and_no_zero(cnsp: pl.DataFrame) -> None:
    error = refused(cnsp.with_row_index().filter(pl.col("index") != 4000).drop("index"))
    assert "97 rows of 97 crimes for" in error.found


def test_a_row_in_place_of_another_is_refused(cnsp: pl.DataFrame) -> None:
    wrong = with_cell(cnsp, 2, "Modalidad", "Con arma blanca")
    assert "98 rows of 97 crimes for 01001" in refused(wrong).found


def test_a_table_filtered_to_homicide_is_refused(cnsp: pl.DataFrame) -> None:
    error = refused(cnsp.filter(pl.col("Tipo de delito") == "Homicidio"))
    assert error.found.startswith("no row of ")
    assert "filtered" in error.todo


@pytest.mark.parametrize("block_bytes", [100_000, large_csv.BLOCK_BYTES])
def test_a_file_cut_inside_a_row_names_its_line(
    block_bytes: int, cnsp: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_csv, "BLOCK_BYTES", block_bytes)
    error = refused(as_csv(cnsp, "latin-1")[:-40])
    assert error.line == cnsp.height + 1
    assert "columns" in error.expected


# Labels


@pytest.mark.parametrize(
    ("column", "label", "nearest"),
    [
        ("Entidad", "Coahuila de Zaragosa", "Coahuila de Zaragoza"),
        ("Bien jurídico afectado", "La vida y la integridad corporal", "La vida y la Integridad corporal"),
        ("Subtipo de delito", "Homicidio dolosos", "Homicidio doloso"),
    ],
)
def test_an_unknown_label_is_refused_naming_the_nearest(
    cnsp: pl.DataFrame, column: str, label: str, nearest: str
) -> None:
    error = refused(with_cell(cnsp, 2, column, label))
    assert (error.line, error.column, error.found) == (2, column, repr(label))
    assert f'nearest: "{nearest}"' in error.expected


def test_known_labels_in_an_unknown_combination_are_refused(cnsp: pl.DataFrame) -> None:
    error = refused(with_cell(cnsp, 2, "Modalidad", "En accidente de tránsito"))
    assert (error.line, error.found.rpartition(" | ")[2]) == (2, "En accidente de tránsito")


def test_a_crime_of_the_other_instrument_is_refused(cnsp: pl.DataFrame) -> None:
    attempt = with_cell(cnsp, 2, "Subtipo de delito", "Tentativa de homicidio doloso")
    assert refused(attempt).line == 2


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Muni\u202ecipio 1", "characters that are hidden or turn the text: 'Muni\\u202ecipio 1'"),
        ("Muni\u200bcipio 1", "characters that are hidden or turn the text: 'Muni\\u200bcipio 1'"),
        ("M" * 5_000, "5,000 characters"),
        ("", "''"),
        (" ", "''"),
    ],
)
def test_a_name_that_no_cell_may_hold_is_refused(cnsp: pl.DataFrame, name: str, found: str) -> None:
    """All other tables refused them; the large one, which is not held as text, took them."""
    error = refused(as_csv(with_cell(cnsp, 77, "Municipio", name), "utf-8"))
    assert (error.line, error.column, error.found) == (77, "Municipio", found)


def test_a_blank_row_is_named_as_one(cnsp: pl.DataFrame) -> None:
    """It was an unknown label, to be added to sources.toml."""
    blank = cnsp.slice(0, 1).select(pl.lit("").alias(name) for name in cnsp.columns)
    error = refused(pl.concat([cnsp.head(100), blank, cnsp.slice(100)]))
    assert (error.line, error.found) == (102, "a blank row")
    assert "edited" in error.todo


def test_a_workbook_or_other_line_ends_are_refused_with_what_to_do(cnsp: pl.DataFrame) -> None:
    """They were read as a small table is, and ended in an AttributeError."""
    rows: list[list[object]] = [cnsp.columns, *map(list, cnsp.head(5).rows())]
    for error in (
        refused(workbook(Hoja1=rows), "IDM_NM_mar16.xlsx"),
        refused(as_csv(cnsp.head(5), line_end="\r")),
    ):
        assert error.expected == "a CSV file whose rows end with a line feed"
        assert "as CSV" in error.todo


def test_blanks_around_a_label_are_no_difference(cnsp: pl.DataFrame) -> None:
    assert tidied(with_cell(cnsp, 2, "Modalidad", "Con arma de fuego ")).facts.equals(tidied(cnsp).facts)


# Cells and months


def test_thousands_commas_and_decimals_are_whole_numbers(cnsp: pl.DataFrame) -> None:
    facts = tidied(with_cell(with_cell(cnsp, 2, "Enero", "1,124"), 2, "Febrero", "7.0")).facts
    assert facts["cases"][:2].to_list() == [1124, 7]


def test_a_number_too_large_for_a_count_is_refused(cnsp: pl.DataFrame) -> None:
    assert tidied(with_cell(cnsp, 2, "Enero", "3000000000")).facts["cases"][0] == 3_000_000_000
    assert refused(with_cell(cnsp, 2, "Enero", "9007199254740993")).expected == "a whole number"


@pytest.mark.parametrize("text", ["1.5", "1e999", "0x1F", "0X0"])  # Arrow would read the last two
def test_a_cell_that_is_no_count_is_refused(cnsp: pl.DataFrame, text: str) -> None:
    error = refused(with_cell(cnsp, 77, "Junio", text))
    assert (error.line, error.column, error.expected) == (77, "Junio", "a whole number")


def test_a_blank_inside_published_months_is_refused_even_in_a_row_of_zeros(cnsp: pl.DataFrame) -> None:
    zeros = cnsp.with_row_index().filter(pl.col("Municipio") == "Municipio 2")["index"][5] + 2
    error = refused(with_cell(cnsp, zeros, "Mayo", ""))
    assert (error.line, error.column) == (zeros, "Mayo")


def test_name_says_march_but_cells_reach_april(cnsp: pl.DataFrame) -> None:
    last = cnsp.with_row_index().filter(pl.col("Municipio") == "Municipio 1")["index"][-1] + 2
    error = refused(with_cell(cnsp, last, "Abril", "7"))
    assert (error.line, error.column) == (last, "Abril")


def test_future_months_padded_with_zero_are_dropped(sesnsp_nation: Nation) -> None:
    padded = sesnsp_nation("sesnsp_cases/IDEFC_one_state.csv", MARCH_2016, "0")
    found = tidied(in_municipalities(padded, 1))
    assert found.parts["period_through"].to_list() == [MARCH_2016]
    assert [code for code, _ in found.notes] == ["padded_months"]


# Instruments


def test_rnid_is_a_methodology_and_a_part_of_its_own(rnid: pl.DataFrame) -> None:
    found = rnid_tidied(rnid)
    assert found.facts["methodology"].unique().to_list() == ["RNID"]
    assert found.parts["part"].to_list() == ["RNID 2026"]
    assert found.municipalities["part"].unique().to_list() == ["RNID 2026"]


def test_years_of_both_instruments_in_one_file_are_refused(cnsp: pl.DataFrame, rnid: pl.DataFrame) -> None:
    error = refused(pl.concat([cnsp, rnid]), released=date(2026, 4, 30), data_month=None)
    assert error.column == "Año"
    assert "not comparable" in error.todo


# The file


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig"])
def test_every_encoding_gives_the_same(cnsp: pl.DataFrame, encoding: str) -> None:
    assert tidied(as_csv(cnsp, encoding, "\n")).facts.equals(tidied(cnsp).facts)


def test_a_zip_gives_the_same(cnsp: pl.DataFrame) -> None:
    data = zipped(**{"Municipal-Delitos-2015-2016_mar2016.csv": as_csv(cnsp, "latin-1")})
    assert tidied(data, "IDM_NM_mar16.zip").facts.equals(tidied(cnsp).facts)


def test_where_a_block_ends_is_no_difference(cnsp: pl.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tidied(cnsp)
    monkeypatch.setattr(large_csv, "BLOCK_BYTES", 100_000)
    assert tidied(cnsp).facts.equals(whole.facts)
    assert tidied(cnsp).municipalities.equals(whole.municipalities)
    assert refused(with_cell(cnsp, 15_000, "Enero", "n.d.")).line == 15_000


def test_it_is_recognised_by_its_header_alone(cnsp: pl.DataFrame) -> None:
    header = as_csv(cnsp, "latin-1").partition(b"\r\n")[0]
    data = header + b"\r\nnot,looked,at"
    content = recognise("IDM_NM_mar16.csv", data).content
    assert isinstance(content, LargeTable)
    assert content.data is data


def test_lines_without_end_after_the_last_row_are_no_row(cnsp: pl.DataFrame) -> None:
    assert tidied(as_csv(cnsp, "latin-1") + b"\r\n\r\n").facts.equals(tidied(cnsp).facts)
