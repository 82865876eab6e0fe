"""Investigation files by state: every row once, every label known, each year of one instrument."""

from datetime import date

import polars as pl
import pytest

from indicators import catalog
from indicators.errors import DataError
from indicators.readers import recognise
from sesnsp_cases import refused, rnid_tidied, tidied, total
from sesnsp_tables import Nation, as_csv, with_cell

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


def test_a_state_that_is_missing_is_a_defect(cnsp: pl.DataFrame) -> None:
    assert refused(cnsp.filter(pl.col("Entidad") != "Morelos")).found.startswith("196 missing, first 2015 | MX-MOR")


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
