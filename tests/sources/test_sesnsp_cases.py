"""Investigation files by state: the traps of SESNSP's tables, most of which victims share."""

import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import date

import openpyxl
import polars as pl
import pytest

from indicators import catalog, contracts
from indicators.errors import DataError
from indicators.sources import Tidy, recognise, tidy

MARCH_2016 = date(2016, 3, 31)
Nation = Callable[..., pl.DataFrame]


def as_csv(table: pl.DataFrame, encoding: str = "cp1252", line_end: str = "\r\n") -> bytes:
    blank = table.with_columns(pl.all().replace("", None))
    return blank.write_csv(line_terminator=line_end).encode(encoding)


def tidied(
    table: pl.DataFrame | bytes,
    name: str = "IDEFC_NM_mar16.csv",
    *,
    data_month: date | None = MARCH_2016,
    released: date = date(2016, 4, 30),
) -> Tidy:
    data = table if isinstance(table, bytes) else as_csv(table)
    result = tidy(recognise(name, data), released=released, data_month=data_month)
    contracts.validate("crime_cases", result.facts, name)
    return result


def refused(table: pl.DataFrame | bytes, **options: date | None) -> DataError:
    with pytest.raises(DataError) as caught:
        tidied(table, **options)
    return caught.value


def with_cell(table: pl.DataFrame, line: int, column: str, text: str) -> pl.DataFrame:
    """The table with one cell changed; line 2 is the first below the header."""
    at = pl.int_range(pl.len()) == line - 2
    return table.with_columns(pl.when(at).then(pl.lit(text)).otherwise(pl.col(column)).alias(column))


def total(facts: pl.DataFrame, **where: str | date) -> int:
    return int(facts.filter(**where)["cases"].sum())


@pytest.fixture(scope="module")
def cnsp(sesnsp_nation: Nation) -> pl.DataFrame:
    return sesnsp_nation("sesnsp_cases/IDEFC_one_state.csv", MARCH_2016)


@pytest.fixture(scope="module")
def rnid(sesnsp_nation: Nation) -> pl.DataFrame:
    return sesnsp_nation("sesnsp_cases/RNID-Delitos_one_state.csv", date(2026, 3, 31))


def rnid_tidied(table: pl.DataFrame | bytes, data_month: date = date(2026, 3, 31)) -> Tidy:
    name = "RNID-Delitos_Estatal-2026.csv"
    return tidied(table, name, data_month=data_month, released=date(2026, 9, 15))


# What comes out


def test_month_columns_become_one_row_a_month(cnsp: pl.DataFrame) -> None:
    table = with_cell(cnsp, 2, "Enero", "41")
    facts = tidied(table).facts
    first = facts.filter(place="MX-AGU", subtype="Homicidio doloso", modality="Con arma de fuego").row(
        0, named=True
    )
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
    published = cnsp.select(
        pl.col(cnsp.columns[-12:]).replace("", "0").cast(pl.Int64).sum()
    ).sum_horizontal()[0]
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
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("Estatal-Delitos-2015-2016_mar2016.csv", plain)
        data = buffer.getvalue()
    elif wrapping == "xlsx":
        data = _as_workbook(cnsp)
    elif wrapping == "line feeds":
        data, name = as_csv(cnsp, line_end="\n"), "IDEFC_NM_mar16.csv"
    else:
        data, name = as_csv(cnsp, encoding=wrapping), "IDEFC_NM_mar16.csv"
    assert tidied(data, name).facts.equals(tidied(plain).facts)


def _as_workbook(table: pl.DataFrame) -> bytes:
    """The xlsx edition: one sheet ``Hoja1``, whole numbers as numbers, unpublished months empty."""
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("Hoja1")
    sheet.append(table.columns)
    for row in table.iter_rows():
        sheet.append([int(cell) if cell.isdigit() else cell or None for cell in row])
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


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
    assert (error.line, error.column, error.found) == (cnsp.height + 1, "Abril", "7")
    assert "2016-03-31, the month in the file's name" in error.expected


def test_counts_for_months_after_the_day_of_release_are_refused(cnsp: pl.DataFrame) -> None:
    error = refused(cnsp, data_month=None, released=date(2016, 3, 20))
    assert error.column == "Marzo"
    assert "the day of the release" in error.expected


def test_a_file_that_ends_before_the_month_in_its_name_is_noted(cnsp: pl.DataFrame) -> None:
    result = tidied(cnsp, data_month=date(2016, 4, 30), released=date(2016, 5, 31))
    assert result.notes == [("months_missing", {"through": "2016-03", "named": "2016-04"})]


def test_the_closed_years_re_issued_in_a_later_year_miss_no_month(sesnsp_nation: Nation) -> None:
    whole = sesnsp_nation("sesnsp_cases/IDEFC_one_state.csv", date(2025, 12, 31))
    name = "Estatal-Delitos-2015-2025_feb2026.csv"
    result = tidied(whole, name, data_month=date(2026, 2, 28), released=date(2026, 3, 31))
    assert result.notes == []
    assert result.parts["period_through"][0] == date(2025, 12, 31)


def test_a_blank_inside_published_months_is_refused(cnsp: pl.DataFrame) -> None:
    error = refused(with_cell(cnsp, 40, "Mayo", ""))
    assert (error.line, error.column) == (40, "Mayo")
    assert "2016-03" in error.expected


def test_a_month_without_any_count_before_the_last_is_refused(cnsp: pl.DataFrame) -> None:
    of_2016 = pl.col("Año") == "2016"
    hollow = cnsp.with_columns(Febrero=pl.when(of_2016).then(pl.lit("0")).otherwise("Febrero"))
    error = refused(hollow)
    assert (error.line, error.column, error.found) == (3138, "Febrero", "0")


def test_a_table_without_any_count_is_refused(cnsp: pl.DataFrame) -> None:
    assert (
        refused(cnsp.with_columns(pl.lit("0").alias(month) for month in cnsp.columns[-12:])).found == "none"
    )


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
    saved_again = cnsp.with_columns(
        pl.when(pl.col(one) != "").then(pl.col(one) + ".0").alias(one) for one in months
    )
    assert tidied(saved_again.fill_null("")).facts.equals(tidied(cnsp).facts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-1", "at least 0"),
        ("1.5", "a whole number"),
        ("n.d.", "a whole number"),
        ("1e999", "a whole number"),
    ],
)
def test_a_cell_that_is_no_count_is_refused(cnsp: pl.DataFrame, text: str, expected: str) -> None:
    # -1 stands in two cells of the municipal table (Jonuta, May 2018; Iztacalco, September 2017)
    error = refused(with_cell(cnsp, 77, "Junio", text))
    assert (error.line, error.column, error.expected) == (77, "Junio", expected)
    assert text in error.found


# Rows


def test_a_row_that_is_missing_is_a_defect_and_no_zero(cnsp: pl.DataFrame) -> None:
    lost = cnsp.with_row_index().filter(pl.col("index") != 4000).drop("index")
    error = refused(lost)
    gone = cnsp.row(4000, named=True)
    assert error.found.startswith("1 missing, first 2016 | MX-")
    assert gone["Modalidad"] in error.found
    assert "98 rows for each of 32 states" in error.expected


def test_a_file_cut_between_two_rows_is_refused(cnsp: pl.DataFrame) -> None:
    assert refused(cnsp.head(5000)).found.startswith(f"{cnsp.height - 5000} missing")


def test_a_file_cut_inside_a_row_is_refused(cnsp: pl.DataFrame) -> None:
    error = refused(as_csv(cnsp)[:-40])
    assert "columns" in error.expected
    assert error.line == cnsp.height + 1


def test_a_state_that_is_missing_is_a_defect(cnsp: pl.DataFrame) -> None:
    assert refused(cnsp.filter(pl.col("Entidad") != "Morelos")).found.startswith(
        "196 missing, first 2015 | MX-MOR"
    )


def test_a_table_filtered_to_homicide_is_refused(cnsp: pl.DataFrame) -> None:
    error = refused(cnsp.filter(pl.col("Tipo de delito") == "Homicidio"))
    assert error.found.startswith("no row of ")
    assert "filtered" in error.todo


def test_a_crime_listed_as_not_in_every_release_may_be_absent(
    rnid: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = catalog.sources()["sesnsp_cases"]
    crimes = [one for one in known.categories["RNID crime"] if not one.endswith("| Tortura")]
    sometimes = ["Otros bienes jurídicos afectados (del fuero común) | Tortura"]
    categories = {**known.categories, "RNID crime": crimes, "RNID crime, sometimes": sometimes}
    changed = known.model_copy(update={"categories": categories})
    sources = {**catalog.sources(), "sesnsp_cases": changed}
    monkeypatch.setattr(catalog, "sources", lambda: sources)
    assert total(rnid_tidied(rnid).facts, subtype="Tortura") > 0
    without = rnid_tidied(rnid.filter(pl.col("Tipo de delito") != "Tortura"))
    assert total(without.facts, subtype="Tortura") == 0


def test_the_same_key_twice_is_refused(cnsp: pl.DataFrame) -> None:
    error = refused(pl.concat([cnsp, cnsp.slice(10, 1)]))
    assert error.line == cnsp.height + 2
    assert "on line 12" in error.found


# Labels


@pytest.mark.parametrize(
    ("column", "label", "nearest"),
    [
        ("Entidad", "Coahuila de Zaragosa", "Coahuila de Zaragoza"),
        ("Bien jurídico afectado", "La vida y la integridad corporal", "La vida y la Integridad corporal"),
        ("Tipo de delito", "Homicidios", "Homicidio"),
        ("Subtipo de delito", "Homicidio dolosos", "Homicidio doloso"),
        ("Modalidad", "Con arma de fuego larga", "Con arma de fuego"),
    ],
)
def test_an_unknown_label_is_refused_naming_the_nearest(
    cnsp: pl.DataFrame, column: str, label: str, nearest: str
) -> None:
    error = refused(with_cell(cnsp, 2, column, label))
    assert (error.line, error.column, error.found) == (2, column, repr(label))
    assert f'nearest: "{nearest}"' in error.expected
    assert "sources.toml" in error.todo


def test_blanks_around_a_label_are_no_difference(cnsp: pl.DataFrame) -> None:
    assert tidied(with_cell(cnsp, 2, "Modalidad", "Con arma de fuego ")).facts.equals(tidied(cnsp).facts)


def test_known_labels_in_an_unknown_combination_are_refused(cnsp: pl.DataFrame) -> None:
    error = refused(with_cell(cnsp, 2, "Modalidad", "En accidente de tránsito"))
    assert error.line == 2
    assert error.found.endswith("Homicidio doloso | En accidente de tránsito")


def test_a_crime_of_the_other_instrument_is_refused(cnsp: pl.DataFrame) -> None:
    error = refused(with_cell(cnsp, 2, "Subtipo de delito", "Tentativa de homicidio doloso"))
    assert (error.line, error.column) == (2, "Subtipo de delito")
    assert '"CNSP/38/15 crime"' in error.todo


def test_a_state_code_that_is_not_the_states_own_is_refused(cnsp: pl.DataFrame) -> None:
    error = refused(with_cell(cnsp, 2, "Clave_Ent", "2"))
    assert (error.line, error.column) == (2, "Clave_Ent")


def test_state_codes_with_and_without_a_leading_zero(cnsp: pl.DataFrame) -> None:
    padded = cnsp.with_columns(pl.col("Clave_Ent").str.zfill(2))
    assert tidied(padded).facts.equals(tidied(cnsp).facts)


# Years and instruments


def test_years_of_both_instruments_in_one_file_are_refused(cnsp: pl.DataFrame, rnid: pl.DataFrame) -> None:
    error = refused(pl.concat([cnsp, rnid]), released=date(2026, 4, 30), data_month=None)
    assert (error.line, error.column) == (cnsp.height + 2, "Año")
    assert "not comparable" in error.todo


def test_a_year_left_out_is_refused(sesnsp_nation: Nation) -> None:
    through = date(2018, 12, 31)
    table = sesnsp_nation("sesnsp_cases/IDEFC_one_state.csv", through)
    options = {"data_month": through, "released": date(2019, 1, 31)}
    assert tidied(table, **options).parts["period_through"][0] == through
    assert refused(table.filter(pl.col("Año") != "2016"), **options).found == "2015, 2017, 2018"
    assert refused(table.filter(pl.col("Año") != "2015"), **options).found == "2016, 2017, 2018"


@pytest.mark.parametrize("year", ["", "2014", "2o16", "9016"])
def test_a_year_that_cannot_be_is_refused(cnsp: pl.DataFrame, year: str) -> None:
    error = refused(with_cell(cnsp, 2, "Año", year), released=date(2017, 1, 31))
    assert error.column == "Año"


def test_a_year_after_the_release_is_refused(rnid: pl.DataFrame) -> None:
    table = rnid.with_columns(pl.lit("20266").alias("Año"))
    with pytest.raises(DataError) as caught:
        rnid_tidied(table)
    assert (caught.value.line, caught.value.expected) == (2, "at most 2026")


def test_rnid_is_a_methodology_and_a_part_of_its_own(rnid: pl.DataFrame) -> None:
    result = rnid_tidied(as_csv(rnid, line_end="\n"))
    assert result.facts["methodology"].unique().to_list() == ["RNID"]
    assert result.parts.to_dicts() == [
        {"part": "RNID 2026", "period_from": date(2026, 1, 1), "period_through": date(2026, 3, 31)}
    ]


def test_rnid_years_are_parts_of_their_own(sesnsp_nation: Nation) -> None:
    table = sesnsp_nation("sesnsp_cases/RNID-Delitos_one_state.csv", date(2027, 2, 28))
    result = tidied(table, data_month=date(2027, 2, 28), released=date(2027, 3, 31))
    assert sorted(result.parts.rows()) == [
        ("RNID 2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("RNID 2027", date(2027, 1, 1), date(2027, 2, 28)),
    ]


def test_rnid_of_august_2026_with_a_byte_order_mark_and_zeros_ahead(sesnsp_nation: Nation) -> None:
    table = sesnsp_nation("sesnsp_cases/RNID-Delitos_one_state.csv", date(2026, 8, 31), "0")
    result = rnid_tidied(as_csv(table, "utf-8-sig", "\n"), data_month=date(2026, 8, 31))
    assert result.parts["period_through"][0] == date(2026, 8, 31)
    assert result.notes == [("padded_months", {"months": "2026-09 2026-10 2026-11 2026-12"})]


def test_rnid_attempts_are_never_in_the_completed_subtype(rnid: pl.DataFrame) -> None:
    attempts = rnid["Subtipo de delito"] == "Tentativa de homicidio doloso"
    loud = rnid.with_columns(Enero=pl.when(attempts).then(pl.lit("1000")).otherwise("Enero"))
    before, after = rnid_tidied(rnid).facts, rnid_tidied(loud).facts
    assert total(after, subtype="Homicidio doloso") == total(before, subtype="Homicidio doloso") > 0
    assert total(after, crime_type="Homicidio") > total(before, crime_type="Homicidio")


# Files that are something else


def test_the_release_of_march_2022_with_garbled_text_is_refused(cnsp: pl.DataFrame) -> None:
    garbled = as_csv(cnsp).decode("mac_roman").encode("utf-8-sig")
    with pytest.raises(DataError) as caught:
        recognise("IDEFC_NM_mar22.csv", garbled)
    assert '"Año" missing' in caught.value.found
    assert "download the file again" in caught.value.todo


def test_the_municipal_table_is_another_source(cnsp: pl.DataFrame) -> None:
    municipal = cnsp.head(3).select(
        *cnsp.columns[:3],
        pl.lit("1001").alias("Cve. Municipio"),
        pl.col("Entidad").alias("Municipio"),
        *cnsp.columns[3:],
    )
    assert recognise("IDM_NM_dic25.csv", as_csv(municipal)).source.id == "sesnsp_municipal"
