"""The traps of SESNSP's federal table."""

from datetime import date

import polars as pl
import pytest

from indicators import catalog
from indicators.catalog.tables import validate
from indicators.errors import DataError
from indicators.readers import Tidy, recognise, tidy

FILE = "IDEFF_mar19.csv"
MONTHS = catalog.sources()["sesnsp_federal"].layouts["state_months"].months
RELEASED, THROUGH = date(2019, 4, 30), date(2019, 3, 31)
ABROAD = pl.col("ENTIDAD") == "EXTRANJERO"


@pytest.fixture
def nation(federal: pl.DataFrame) -> pl.DataFrame:
    return federal


def read(table: pl.DataFrame, data_month: date | None = THROUGH, encoding: str = "cp1252") -> Tidy:
    data = table.write_csv(line_terminator="\r\n").encode(encoding)
    found = tidy(recognise(FILE, data), released=RELEASED, data_month=data_month)
    validate("federal_offences", found.facts, FILE)
    return found


def refused(table: pl.DataFrame, **options: date) -> DataError:
    with pytest.raises(DataError) as caught:
        read(table, **options)
    return caught.value


def change(table: pl.DataFrame, row: int, **cells: str) -> pl.DataFrame:
    at = pl.int_range(pl.len()) == row
    return table.with_columns(
        pl.when(at).then(pl.lit(value)).otherwise(pl.col(name)).alias(name) for name, value in cells.items()
    )


def test_every_count_above_zero_is_kept_with_its_month(nation: pl.DataFrame) -> None:
    found = read(nation)
    cells = nation.select(pl.col(MONTHS).cast(pl.Int64, strict=False)).sum().sum_horizontal().item()
    assert found.facts["offences"].sum() == cells
    assert found.facts["offences"].min() == 1
    assert found.parts.rows()[-1] == ("2019", date(2019, 1, 1), date(2019, 3, 31))
    assert found.parts["part"].to_list() == [str(year) for year in range(2012, 2020)]
    assert found.notes == []


def test_offences_abroad_have_no_code_and_a_place_that_is_no_state(nation: pl.DataFrame) -> None:
    found = read(nation).facts.filter(place="MX-ABR")
    assert catalog.places()["MX-ABR"].kind == "unknown"
    assert found["offences"].sum() == read(nation).facts.filter(place="MX-SON")["offences"].sum()


def test_a_state_without_its_code_is_refused(nation: pl.DataFrame) -> None:
    error = refused(change(nation, 3, INEGI=""))
    assert (error.line, error.column) == (5, "INEGI")


def test_codes_padded_with_zeros_are_taken(nation: pl.DataFrame) -> None:
    padded = pl.when(~ABROAD).then(pl.col("INEGI").str.zfill(2)).otherwise("INEGI")
    assert read(nation.with_columns(padded.alias("INEGI"))).facts.equals(read(nation).facts)


def test_months_of_the_last_twelve_are_provisional(nation: pl.DataFrame) -> None:
    facts = read(nation).facts
    assert facts.filter(maturity="provisional")["period_start"].min() == date(2018, 4, 1)
    assert facts.filter(maturity="final")["period_start"].max() == date(2018, 3, 1)


def test_contra_la_salud_is_a_concept_and_a_type_of_organised_crime(nation: pl.DataFrame) -> None:
    facts = read(nation).facts
    concept = facts.filter(concept="CONTRA LA SALUD")
    organised = facts.filter(offence="CONTRA LA SALUD")
    assert set(concept["law"]) == {"CODIGO PENAL FEDERAL"}
    assert set(organised["concept"]) == {"LEY FEDERAL CONTRA LA DELINCUENCIA ORGANIZADA (L.F.C.D.O.)"}


def test_future_months_padded_with_zero_are_dropped(nation: pl.DataFrame) -> None:
    newest = pl.col("AÑO") == "2019"
    padded = nation.with_columns(
        pl.when(newest).then(pl.lit("0")).otherwise(month).alias(month) for month in MONTHS[3:]
    )
    found = read(padded)
    assert found.parts["period_through"].max() == date(2019, 3, 31)
    assert [code for code, _ in found.notes] == ["padded_months"]


def test_a_count_after_the_month_in_the_name_is_refused(nation: pl.DataFrame) -> None:
    error = refused(nation, data_month=date(2019, 2, 28))
    assert error.column == "MARZO"


def test_a_missing_row_is_no_zero(nation: pl.DataFrame) -> None:
    assert "1 missing, first 2012 | MX-AGU" in refused(nation[1:]).found


def test_a_missing_year_is_refused(nation: pl.DataFrame) -> None:
    assert "first 2015" in refused(nation.filter(pl.col("AÑO") != "2015")).found


def test_an_offence_before_its_law_is_refused(nation: pl.DataFrame) -> None:
    stray = nation.filter(pl.col("TIPO").str.contains("HIDROCARBUROS"))[:1]
    error = refused(pl.concat([nation, stray.with_columns(pl.lit("2018").alias("AÑO"))]))
    assert "HIDROCARBUROS" in error.found
    assert error.found.endswith("in 2018")


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"ENTIDAD": "AGUASCALIENTE"}, "ENTIDAD"),
        ({"AÑO": "2011"}, "AÑO"),
        ({"AÑO": "2012.5"}, "AÑO"),
        ({"AÑO": "20255"}, "AÑO"),  # a grid of 18,000 years filled the memory
    ],
)
def test_an_impossible_cell_names_line_and_column(nation: pl.DataFrame, cells: dict[str, str], column: str) -> None:
    error = refused(change(nation, 5, **cells))
    assert (error.line, error.column) == (7, column)


def test_thousands_commas_and_float_text_are_read(nation: pl.DataFrame) -> None:
    before = read(nation).facts["offences"].sum()
    first = int(nation["ENERO"][0])
    assert read(change(nation, 0, ENERO="1,234")).facts["offences"].sum() == before - first + 1234
    assert read(change(nation, 0, ENERO="7.0")).facts["offences"].sum() == before - first + 7


def test_an_unknown_offence_is_refused(nation: pl.DataFrame) -> None:
    error = refused(change(nation, 2, TIPO="TRAFFICO"))
    assert error.line == 4
    assert "TRAFFICO" in error.found


def test_garbled_text_is_refused(nation: pl.DataFrame) -> None:
    garbled = nation.rename({"AÑO": "AÒO"})  # read as Mac Roman once, as in a release of 2022
    assert '"AÑO" missing' in refused(garbled).found


def test_utf8_is_read_as_well(nation: pl.DataFrame) -> None:
    assert read(nation, encoding="utf-8-sig").facts.equals(read(nation).facts)
