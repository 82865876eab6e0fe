"""Victims by state, sex and age band: what their table has beyond that of the cases."""

from datetime import date
from functools import partial

import polars as pl
import pytest

import reading
from indicators.catalog.tables import validate
from indicators.readers import Tidy, recognise, tidy
from indicators.readers.base import CELL
from indicators.readers.files import COLUMN, LINE
from sesnsp_tables import Nation, as_csv, victims_by_municipality, with_cell

MARCH_2016 = date(2016, 3, 31)
JUNE_2026 = date(2026, 6, 30)


def tidied(table: pl.DataFrame, *, data_month: date = MARCH_2016, encoding: str = "cp1252") -> Tidy:
    known = {"released": date(2026, 9, 15), "data_month": data_month}
    return reading.tidied("sesnsp_victims", "Estatal-Víctimas.csv", as_csv(table, encoding), **known)


refused = partial(reading.refused, tidied)


@pytest.fixture(scope="module")
def cnsp(sesnsp_nation: Nation) -> pl.DataFrame:
    return sesnsp_nation("sesnsp_victims/IDVFC_one_state.csv", MARCH_2016)


@pytest.fixture(scope="module")
def rnid(sesnsp_nation: Nation) -> pl.DataFrame:
    return sesnsp_nation("sesnsp_victims/RNID-Victimas_one_state.csv", JUNE_2026, "0")


def test_a_victim_keeps_crime_sex_and_age_band(cnsp: pl.DataFrame) -> None:
    facts = tidied(with_cell(cnsp, 2, "Enero", "3,041")).facts
    assert facts.filter(victims=3041).to_dicts() == [
        {
            "place": "MX-AGU",
            "period_start": date(2015, 1, 1),
            "period_end": date(2015, 1, 31),
            "clock": "month",
            "methodology": "CNSP/38/15",
            "crime_type": "Homicidio",
            "subtype": "Homicidio doloso",
            "modality": "Con arma de fuego",
            "sex": "female",
            "age_group": "Menores de edad (0-17)",
            "victims": 3041,
            "maturity": "final",
            "part": "CNSP/38/15",
        }
    ]


def test_every_count_of_the_file_arrives_by_sex(cnsp: pl.DataFrame) -> None:
    facts = tidied(cnsp).facts
    counts = pl.sum_horizontal(pl.col(cnsp.columns[-12:]).replace("", "0").cast(pl.Int64)).sum()
    published = dict(cnsp.group_by("Sexo").agg(counts).rows())
    codes = {"Hombre": "male", "Mujer": "female", "No identificado": "not_identified"}
    arrived = dict(facts.group_by("sex").agg(pl.col("victims").sum()).rows())
    assert arrived == {codes[label]: number for label, number in published.items()}


def test_homicide_and_feminicide_do_not_overlap(cnsp: pl.DataFrame) -> None:
    facts = tidied(cnsp).facts
    feminicide = facts.filter(subtype="Feminicidio")
    assert feminicide["sex"].unique().to_list() == ["female"]
    assert feminicide.height > 0
    assert set(facts.filter(crime_type="Homicidio")["subtype"]) == {"Homicidio doloso", "Homicidio culposo"}


def test_a_table_of_women_only_is_refused(cnsp: pl.DataFrame) -> None:
    error = refused(cnsp.filter(pl.col("Sexo") == "Mujer"))
    assert error.found.startswith("no row of ")
    error = refused(cnsp.filter((pl.col("Sexo") == "Mujer") | (pl.col("Subtipo de delito") == "Aborto")))
    assert error.found == "none of male"


def test_a_sex_and_age_row_missing_in_one_state_is_a_defect(cnsp: pl.DataFrame) -> None:
    lost = cnsp.with_row_index().filter(pl.col("index") != 8000).drop("index")
    error = refused(lost)
    assert "230 rows for each of 32 states" in error.expected
    assert error.found.startswith("1 missing")


def test_a_subtype_missing_in_every_state_is_a_defect(cnsp: pl.DataFrame) -> None:
    error = refused(cnsp.filter(pl.col("Subtipo de delito") != "Extorsión"))
    assert error.found == "no row of El patrimonio | Extorsión | Extorsión | Extorsión"
    assert '[sesnsp_victims.categories] "CNSP/38/15 subtype"' in error.expected


def test_a_crime_whose_victims_are_not_counted_is_refused(cnsp: pl.DataFrame) -> None:
    error = refused(with_cell(cnsp, 2, "Subtipo de delito", "Fraude"))
    assert (error.line, error.column, error.found) == (2, "Subtipo de delito", "'Fraude'")
    assert "sesnsp_victims" in error.todo


@pytest.mark.parametrize(
    ("column", "label"),
    [("Sexo", "Hombres"), ("Rango de edad", "Adultos (18 y mas)"), ("Rango de edad", "18 a 29 años")],
)
def test_an_unknown_sex_or_age_band_is_refused(cnsp: pl.DataFrame, column: str, label: str) -> None:
    error = refused(with_cell(cnsp, 5, column, label))
    assert (error.line, error.column, error.found) == (5, column, repr(label))


def test_rnid_has_its_own_age_bands_and_zeros_ahead(rnid: pl.DataFrame) -> None:
    result = tidied(rnid, data_month=JUNE_2026, encoding="utf-8-sig")
    assert result.parts.rows() == [("RNID 2026", date(2026, 1, 1), JUNE_2026)]
    assert [code for code, _ in result.notes] == ["padded_months"]
    assert result.facts["age_group"].n_unique() == 6
    unidentified = result.facts.filter(sex="not_identified")
    assert unidentified["age_group"].unique().to_list() == ["No especificado"]


def test_rnid_attempts_are_subtypes_of_the_same_crime_type(rnid: pl.DataFrame) -> None:
    facts = tidied(rnid, data_month=JUNE_2026).facts
    homicide = facts.filter(crime_type="Homicidio")
    assert set(homicide["subtype"]) == {"Homicidio doloso", "Tentativa de homicidio doloso"}


def test_an_age_band_of_the_old_instrument_is_refused_under_rnid(rnid: pl.DataFrame) -> None:
    error = refused(with_cell(rnid, 2, "Rango de edad", "Adultos (18 y más)"), data_month=JUNE_2026)
    assert (error.line, error.column) == (2, "Rango de edad")


def test_a_table_of_non_zero_rows_only_is_refused(rnid: pl.DataFrame) -> None:
    # RNID's municipal table leaves rows of zero out: read as a state table it would have holes
    months = rnid.columns[-12:]
    quiet = rnid
    for month in months:
        quiet = with_cell(quiet, 2, month, "0")
    counts = pl.sum_horizontal(pl.col(months).cast(pl.Int64))
    assert tidied(quiet, data_month=JUNE_2026).facts.height > 0
    error = refused(quiet.filter(counts > 0), data_month=JUNE_2026)
    assert error.found.startswith("1 missing, first 2026 | MX-AGU")


# RNID's victims by municipality


def municipal_tidied(table: pl.DataFrame, *, traced: bool = False) -> Tidy:
    match = recognise("RNID-Víctimas_Municipal-2026-mar2026.csv", as_csv(table))
    assert (match.source.id, match.layout) == ("sesnsp_victims", "municipality_months")
    found = tidy(match, released=date(2026, 4, 30), data_month=date(2026, 3, 31), traced=traced)
    validate("crime_victims", found.facts.drop(CELL, strict=False), "RNID-Víctimas_Municipal-2026-mar2026.csv")
    return found


municipal_refused = partial(reading.refused, municipal_tidied)


@pytest.fixture(scope="module")
def municipal(sesnsp_nation: Nation) -> pl.DataFrame:
    return victims_by_municipality(sesnsp_nation("sesnsp_cases/RNID-Delitos_one_state.csv", date(2026, 3, 31)))


def test_victims_by_municipality_are_added_up_to_states(municipal: pl.DataFrame) -> None:
    # a second municipality with the crime, sex and age band of the first row
    first = municipal.head(1).with_columns(pl.lit("1038").alias("Cve. Municipio"), pl.lit("7").alias("Enero"))
    facts = municipal_tidied(pl.concat([municipal, first])).facts
    labels = municipal.row(0, named=True)
    leaf = {
        "crime_type": labels["Tipo de delito"],
        "subtype": labels["Subtipo de delito"],
        "modality": labels["Modalidad"],
    }
    where = {"place": "MX-AGU", "period_start": date(2026, 1, 1), "sex": "male", "age_group": "0 a 12 años", **leaf}
    assert facts.filter(**where)["victims"].to_list() == [7 + int(labels["Enero"])]
    assert facts["victims"].sum() == 7 + sum(
        int(count)
        for name in ("Enero", "Febrero", "Marzo")
        for count in pl.concat([municipal, first.with_columns(Enero=pl.lit("0"))])[name]
    )
    assert set(facts["part"]) == {"RNID 2026"}


def test_a_sum_of_municipalities_leads_back_to_each_of_their_lines(municipal: pl.DataFrame) -> None:
    first = municipal.head(1).with_columns(pl.lit("1038").alias("Cve. Municipio"), pl.lit("7").alias("Enero"))
    facts = municipal_tidied(pl.concat([municipal, first]), traced=True).facts
    (cells,) = facts.filter(pl.col(LINE).list.len() > 1, period_start=date(2026, 1, 1)).select(LINE, COLUMN).rows()
    assert cells == ([2, municipal.height + 2], ["month_01", "month_01"])


def test_a_fragment_of_one_municipality_is_no_release(municipal: pl.DataFrame) -> None:
    error = municipal_refused(municipal.head(19))
    assert error.expected == "victims in each of 32 states"
    assert error.found.startswith("none in MX-BCN, MX-BCS")


def test_a_file_of_the_capitals_only_is_refused(municipal: pl.DataFrame) -> None:
    capital = municipal.with_columns(
        (pl.col("Clave_Ent").cast(pl.Int64) * 1000 + 1).cast(pl.String).alias("Cve. Municipio")
    )
    error = municipal_refused(capital.unique(["Cve. Municipio", *capital.columns[5:11]], maintain_order=True))
    assert (error.expected, error.found) == ("victims in 1,200 municipalities or more each month", "32 in 2026-01")


def test_a_municipal_file_without_one_crime_is_refused(municipal: pl.DataFrame) -> None:
    error = municipal_refused(municipal.filter(pl.col("Tipo de delito") != "Feminicidio"))
    assert error.found == "none of Feminicidio"
    assert (
        municipal_tidied(municipal.filter(pl.col("Tipo de delito") != "Incesto")).facts.height > 0
    )  # none in most months


def test_a_municipality_of_another_state_is_refused(municipal: pl.DataFrame) -> None:
    error = municipal_refused(with_cell(municipal, 2, "Cve. Municipio", "26001"))
    assert (error.line, error.column, error.found) == (2, "Cve. Municipio", "'26001'")


def test_a_row_of_a_municipality_twice_is_refused(municipal: pl.DataFrame) -> None:
    municipal_refused(pl.concat([municipal, municipal.head(1)]))


def test_a_blank_published_month_of_a_municipality_is_refused(municipal: pl.DataFrame) -> None:
    error = municipal_refused(with_cell(municipal, 4, "Febrero", ""))
    assert (error.line, error.column) == (4, "Febrero")
