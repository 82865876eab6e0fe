"""Population of both countries: each test is named after what a real file did, or could do."""

import csv
import io
import re
from datetime import date

import polars as pl
import pytest

from indicators.errors import DataError
from indicators.readers import Tidy, recognise
from reading import Edit, edited, replaced, without

US_2024 = "NST-EST2024-ALLDATA.csv"
US_2020 = "nst-est2020.csv"
MX_AGES = "00_Pob_Mitad_1950_2070.csv"
MX_SEXES = "conapo_pob_ent_gender_1950_2070.csv"
SOURCE = {
    US_2024: "population_us",
    US_2020: "population_us",
    MX_AGES: "population_mx",
    MX_SEXES: "population_mx",
}
RELEASED = {
    US_2024: date(2024, 12, 31),
    US_2020: date(2020, 12, 31),
    MX_AGES: date(2018, 12, 31),
    MX_SEXES: date(2023, 12, 31),
}
ENCODING = {MX_SEXES: "utf-8"}  # the others came in Latin-1


def read(name: str, edit: Edit = str, *, called: str = "") -> Tidy:
    known = {"called": called, "encoding": ENCODING.get(name, "latin-1")}
    return edited(SOURCE[name], name, edit, released=RELEASED[name], **known)


def residents(found: Tidy, place: str, year: int) -> int | None:
    rows = found.facts.filter(place=place, period_start=date(year, 7, 1))
    return rows["population_persons"].item() if rows.height else None


# United States


def test_nation_states_and_puerto_rico_on_the_first_of_july() -> None:
    found = read(US_2024)
    assert residents(found, "US", 2024) == 1_478_428
    assert residents(found, "US-TX", 2024) == 48_028
    assert residents(found, "US-DC", 2020) == 11_000
    assert residents(found, "US-PR", 2024) == 72_028
    assert found.facts["place"].n_unique() == 53
    assert found.facts.select("period_end", "clock").unique().height == 5
    assert (found.facts["period_start"] == found.facts["period_end"]).all()
    assert found.parts.rows() == [("NST-EST 2020s", date(2020, 7, 1), date(2024, 7, 1))]


def test_puerto_rico_is_not_in_the_nation() -> None:
    latest = read(US_2024).facts.filter(period_start=date(2024, 7, 1))
    states = latest.filter(~pl.col("place").is_in(["US", "US-PR"]))
    assert states.height == 51
    assert states["population_persons"].sum() == residents(read(US_2024), "US", 2024)


def test_regions_and_divisions_are_no_places() -> None:
    assert read(US_2024, without("Northeast Region|New England")).facts.equals(read(US_2024).facts)


def test_codes_that_lost_their_zeros_in_a_spreadsheet_are_padded() -> None:
    def unpad(text: str) -> str:
        return re.sub(r"(?m)^0(\d+),(\w),(\w),0(\d)", r"\1,\2,\3,\4", text)

    assert "40,3,6,1,Alabama" in unpad("040,3,6,01,Alabama")
    assert read(US_2024, unpad).facts.equals(read(US_2024).facts)


def test_next_vintage_has_one_more_year_and_replaces_the_decade() -> None:
    def next_vintage(text: str) -> str:
        lines = text.splitlines()
        return "\n".join([lines[0] + ",POPESTIMATE2025", *(f"{line},{line.split(',')[10]}" for line in lines[1:]), ""])

    found = read(US_2024, next_vintage, called="NST-EST2025-ALLDATA.csv")
    assert residents(found, "US", 2025) == residents(found, "US", 2024)
    assert found.parts.rows() == [("NST-EST 2020s", date(2020, 7, 1), date(2025, 7, 1))]


def test_estimates_under_the_name_of_the_next_edition_are_refused() -> None:
    with pytest.raises(DataError, match="the year that the name says\n  found:    through 2024"):
        read(US_2024, called="NST-EST2025-ALLDATA.csv")


def test_year_2020_on_the_old_census_is_left_to_the_new_one() -> None:
    found = read(US_2020)
    assert found.parts.rows() == [("NST-EST 2010s", date(2010, 7, 1), date(2019, 7, 1))]
    assert residents(found, "US-TX", 2019) == 48_063
    assert residents(found, "US-TX", 2020) is None
    assert found.notes == [("years_left_to_the_next_census", {"years": "2020"})]


def test_april_of_a_census_year_is_no_july() -> None:
    def april_apart(text: str) -> str:
        rows = list(csv.DictReader(io.StringIO(text)))
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, rows[0])
        writer.writeheader()
        writer.writerows({**row, "POPESTIMATE042020": "1"} for row in rows)
        return buffer.getvalue()

    assert read(US_2020, april_apart).facts.equals(read(US_2020).facts)


def test_estimates_of_an_edition_are_final() -> None:
    assert read(US_2024).facts["maturity"].unique().to_list() == ["final"]


def test_missing_state_is_refused_by_name() -> None:
    with pytest.raises(DataError, match="none for US-TX in 2020"):
        read(US_2024, without("Texas"))


def test_missing_nation_is_refused() -> None:
    with pytest.raises(DataError, match="none for US in 2020"):
        read(US_2024, without("United States"))


def test_states_that_do_not_add_up_to_the_nation_are_refused() -> None:
    with pytest.raises(DataError, match="add up to US 2020: 1,477,000") as caught:
        read(US_2024, replaced("Texas,48000,48000,", "Texas,48000,48001,"))
    assert caught.value.found == "1,477,001"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("", "a whole number"), ("-5", "at least 1"), ("0", "at least 1"), ("48.5", "a whole number")],
)
def test_bad_population_is_refused_with_its_line(cell: str, expected: str) -> None:
    with pytest.raises(DataError, match=expected) as caught:
        read(US_2024, replaced("Texas,48000,48000,", f"Texas,48000,{cell},"))
    assert (caught.value.line, caught.value.column) == (48, "POPESTIMATE2020")


def test_unknown_level_is_refused() -> None:
    with pytest.raises(DataError, match="known label") as caught:
        read(US_2024, replaced("040,3,6,48,Texas", "050,3,6,48,Texas"))
    assert caught.value.column == "SUMLEV"


def test_counties_are_another_table() -> None:
    with pytest.raises(DataError, match='"COUNTY" is new'):
        read(US_2024, replaced("SUMLEV,REGION,DIVISION,STATE,NAME", "SUMLEV,REGION,DIVISION,STATE,COUNTY"))


def test_table_without_any_estimate_says_which_column_is_missing() -> None:
    def renamed(text: str) -> str:
        return re.sub(r"POPESTIMATE(\d{4})", r"POPULATION\1", text)

    with pytest.raises(DataError, match=re.escape('"POPESTIMATE{year}" missing')):
        read(US_2024, renamed)


# Mexico


def test_ages_and_sexes_are_added_up() -> None:
    found = read(MX_AGES)
    assert residents(found, "MX-CHH", 2018) == 800 + 801 + 810 + 811
    assert residents(found, "MX", 2018) == 52_800 + 52_832 + 53_120 + 53_152
    assert found.facts["place"].n_unique() == 33


def test_both_tables_of_conapo_are_one_part() -> None:
    assert read(MX_AGES).parts.rows() == [("CONAPO", date(2018, 7, 1), date(2019, 7, 1))]
    assert read(MX_SEXES).parts.rows() == [("CONAPO", date(2023, 7, 1), date(2024, 7, 1))]


def test_years_after_the_edition_are_projections() -> None:
    for name, edition in ((MX_AGES, 2018), (MX_SEXES, 2023)):
        maturity = dict(read(name).facts.select(pl.col("period_start").dt.year(), "maturity").rows())
        assert maturity == {edition: "final", edition + 1: "provisional"}


def test_years_before_2010_and_after_2035_are_left_out() -> None:
    assert {day.year for day in read(MX_SEXES).facts["period_start"]} == {2023, 2024}


def test_years_of_the_nation_alone_before_1970_are_left_out() -> None:
    assert residents(read(MX_AGES), "MX", 1950) is None


def test_edition_with_renamed_columns_and_padded_codes() -> None:
    def renamed(text: str) -> str:
        rows = list(csv.reader(io.StringIO(text)))
        kept = [[year, name, code.zfill(2), age, sex, count] for _, year, name, code, age, sex, count in rows[1:]]
        return "\n".join(map(",".join, [["year", "nom_ent", "cve_ent", "edad", "sexo", "poblacion"], *kept, [""]]))

    assert read(MX_AGES, renamed).facts.equals(read(MX_AGES).facts)


def test_start_of_the_year_is_refused_by_its_name() -> None:
    with pytest.raises(DataError, match="the population at mid-year"):
        read(MX_AGES, called="0_Pob_Inicio_1950_2070.csv")


def test_mid_year_is_taken_and_not_the_start() -> None:
    found = read(MX_SEXES)
    assert residents(found, "MX-CHH", 2024) == (400 + 24) + (480 + 24)


def test_missing_age_is_refused() -> None:
    with pytest.raises(DataError, match="4 ages and sexes") as caught:
        read(MX_AGES, without("2019,Chihuahua,8,0,Mujeres"))
    assert caught.value.found == "3 for MX-CHH in 2019"


def test_adults_only_are_refused() -> None:
    with pytest.raises(DataError, match="4 ages and sexes"):
        read(MX_AGES, without(",0,(Hombres|Mujeres),"))


def test_total_among_the_ages_is_refused() -> None:
    with pytest.raises(DataError, match="known label") as caught:
        read(MX_AGES, replaced("2019,Chihuahua,8,0,Mujeres,", "2019,Chihuahua,8,0,Total,"))
    assert caught.value.column == "SEXO"


def test_total_that_is_not_men_and_women_is_refused() -> None:
    with pytest.raises(DataError, match="the sum of men and women") as caught:
        read(MX_SEXES, replaced("2024,Chihuahua,08,Hombres,415,424", "2024,Chihuahua,08,Hombres,415,425"))
    assert caught.value.column == "pob_mid_year"


def test_mexican_states_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(DataError, match="add up to MX 2019"):
        read(MX_AGES, lambda text: re.sub(r"(2019,Chihuahua,8,0,Mujeres,)\d+", r"\g<1>1", text))


def test_table_without_the_nation_is_refused() -> None:
    with pytest.raises(DataError, match="none for MX in 2018, 2019"):
        read(MX_AGES, without("República Mexicana"))


def test_table_cut_at_the_end_of_a_row_is_refused() -> None:
    with pytest.raises(DataError, match="none for MX-ZAC in 2024"):
        read(MX_SEXES, lambda text: text[: text.index("2024,Zacatecas")])


def test_mojibake_header_is_refused() -> None:
    text = "RENGLON,AÃ‘O,ENTIDAD,CVE_GEO,EDAD,SEXO,POBLACION\n1,2020,Chihuahua,8,0,Hombres,1\n"
    with pytest.raises(DataError, match='"AÃ‘O" is new'):
        recognise(MX_AGES, text.encode())


def test_unknown_state_code_is_refused() -> None:
    with pytest.raises(DataError, match="known label") as caught:
        read(MX_AGES, replaced("2019,Chihuahua,8,0,Mujeres,", "2019,Chihuahua,33,0,Mujeres,"))
    assert caught.value.column == "CVE_GEO"


def test_no_year_of_use_is_refused() -> None:
    with pytest.raises(DataError, match="years from 2010 to 2035"):
        read(MX_SEXES, without("^20(09|23|24),"))


@pytest.mark.parametrize(
    "header",
    ["ENTIDAD,1970,1971,2024,2025", "CVE,Entidad,Municipio,1990,1991,2024,2025"],
)
def test_wide_tables_of_others_are_not_taken(header: str) -> None:
    with pytest.raises(DataError, match="the header of a known series"):
        recognise("poblacion.csv", f"{header}\n{','.join(['1'] * header.count(','))},1\n".encode())
