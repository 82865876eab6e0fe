"""RNPDNO: each test is named after what a real snapshot did, or could do, to a careless reader."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from indicators import contracts
from indicators.errors import DataError
from indicators.sources import Tidy, recognise, tidy

MONTHS = "rnpdno_disappeared_not_located.csv"
YEARS = "rnpdno_state_year.csv"
ANSWER = "unfiltered.json"
RELEASED = {MONTHS: date(2024, 2, 15), YEARS: date(2020, 7, 23), ANSWER: date(2021, 11, 30)}
UNDATED = "1.CIFRA SIN  AÑO DE REFERENCIA"
CHIHUAHUA_JAN_2023 = "08001,08,chihuahua,001,cabecera,1,2,0,3,2023,1,7"

Edit = Callable[[str], str]
Read = Callable[..., Tidy]


@pytest.fixture
def read(fixtures: Path) -> Read:
    """Read a fixture, as it is or after an edit of its text; the result keeps the contract."""

    def _read(name: str, edit: Edit = str, *, released: date | None = None) -> Tidy:
        text = (fixtures / "rnpdno" / name).read_text(encoding="utf-8")
        match = recognise(name, edit(text).encode())
        assert match.source.id == "rnpdno"
        found = tidy(match, released=released or RELEASED[name])
        contracts.validate("missing_persons", found.facts, name)
        return found

    return _read


def replaced(old: str, new: str) -> Edit:
    """Replace the one place where ``old`` stands."""

    def edit(text: str) -> str:
        assert text.count(old) == 1
        return text.replace(old, new)

    return edit


def added(line: str) -> Edit:
    return lambda text: text + line + "\n"


def changed(change: Callable[[dict[str, Any]], None]) -> Edit:
    """Change the dashboard's answer in place."""

    def edit(text: str) -> str:
        answer = json.loads(text)
        change(answer)
        return json.dumps(answer)

    return edit


def asked(**parameters: str) -> Edit:
    return changed(lambda answer: answer["parametros"].update(parameters))


def persons(found: Tidy, **where: Any) -> int:
    return int(found.facts.filter(**where)["persons"].sum())


# municipality by month


def test_municipalities_are_added_up_to_their_state(read: Read) -> None:
    found = read(MONTHS)
    assert persons(found) == 141
    chihuahua = found.facts.filter(place="MX-CHH", period_start=date(2022, 12, 1))
    assert chihuahua.select("period_end", "clock", "sex", "persons", "part").rows() == [
        (date(2022, 12, 31), "month", "male", 11, "month missing")
    ]


def test_no_municipality_enters(read: Read) -> None:
    assert set(read(MONTHS).facts.columns) == {
        *("place", "period_start", "period_end", "clock", "status", "sex", "persons", "maturity", "part")
    }


def test_two_names_of_one_state_are_one_by_their_code(read: Read) -> None:
    coahuila = read(MONTHS).facts.filter(place="MX-COA")
    assert dict(coahuila.select("sex", "persons").rows()) == {"female": 3, "male": 4}


def test_unknown_and_unresolved_states_are_kept_as_unknown(read: Read) -> None:
    found = read(MONTHS)
    assert persons(found, place="MX-UNK") == 3
    assert found.notes == [("persons_without_state", {"missing": "3"})]


def test_codes_that_lost_their_zeros_are_padded(read: Read) -> None:
    found = read(MONTHS, replaced(CHIHUAHUA_JAN_2023, CHIHUAHUA_JAN_2023.replace("08001,08", "8001,8")))
    assert persons(found, place="MX-CHH") == persons(read(MONTHS), place="MX-CHH")


def test_monthly_tables_never_make_a_stock(read: Read) -> None:
    found = read(MONTHS)
    assert found.facts["clock"].unique().to_list() == ["month"]
    assert found.parts.rows() == [("month missing", date(2022, 12, 1), date(2023, 12, 31))]


def test_newest_six_months_are_incomplete_and_none_is_final(read: Read) -> None:
    months = dict(read(MONTHS).facts.select(pl.col("period_start").dt.strftime("%Y-%m"), "maturity").rows())
    assert months == {
        **dict.fromkeys(["2022-12", "2023-01", "2023-02"], "provisional"),
        **dict.fromkeys(["2023-07", "2023-08", "2023-12"], "incomplete"),
    }


def test_month_of_the_snapshot_is_covered_to_its_day_only(read: Read) -> None:
    found = read(MONTHS, released=date(2023, 12, 10))
    assert found.parts["period_through"].to_list() == [date(2023, 12, 10)]


@pytest.mark.parametrize(
    ("status_id", "status"),
    [
        ("0", "registered"),
        ("7", "missing"),
        ("4", "disappeared"),
        ("5", "not_located"),
        ("6", "located"),
        ("2", "located_alive"),
        ("3", "located_dead"),
    ],
)
def test_each_status_is_a_part_of_its_own(read: Read, status_id: str, status: str) -> None:
    found = read(MONTHS, lambda text: text.replace(",7\n", f",{status_id}\n"))
    assert found.facts["status"].unique().to_list() == [status]
    assert found.parts["part"].to_list() == [f"month {status}"]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("08001,08,chihuahua,001,cabecera,1,2,0,4,2023,1,7", "the sum of male, female, undefined"),
        ("08001,08,chihuahua,001,cabecera,-1,2,2,3,2023,1,7", "at least 0"),
        ("08001,08,chihuahua,001,cabecera,1.5,1.5,0,3,2023,1,7", "a whole number"),
        ("08001,08,chihuahua,001,cabecera,,2,0,2,2023,1,7", "a whole number"),
        ("08001,08,chihuahua,001,cabecera,1,2,0,3,2023,13,7", "a month from 1 to 12"),
        ("08001,08,chihuahua,001,cabecera,1,2,0,3,2023,1,9", "known label"),
        ("08001,40,chihuahua,001,cabecera,1,2,0,3,2023,1,7", "known label"),
        ("08001,09,chihuahua,001,cabecera,1,2,0,3,2023,1,7", "a municipality of the state"),
        ("08001,08,chihuahua,001,cabecera,1,2,0,3,2024,3,7", "nothing after the snapshot of 2024-02-15"),
    ],
)
def test_bad_cell_is_refused_with_its_line(read: Read, cell: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read(MONTHS, replaced(CHIHUAHUA_JAN_2023, cell))
    assert caught.value.line == 10


def test_float_text_and_thousands_commas_are_taken(read: Read) -> None:
    edit = replaced(CHIHUAHUA_JAN_2023, '08001,08,chihuahua,001,cabecera,"1,000",2.0,0,1002.0,2023,1,7')
    found = read(MONTHS, edit)
    assert persons(found, place="MX-CHH", period_start=date(2023, 1, 1)) == 1_002


def test_same_municipality_twice_in_a_month_is_refused(read: Read) -> None:
    with pytest.raises(DataError, match="on line 10") as caught:
        read(MONTHS, added(CHIHUAHUA_JAN_2023))
    assert caught.value.line == 43


def test_table_cut_at_the_end_of_a_row_is_refused_for_its_missing_states(read: Read) -> None:
    with pytest.raises(DataError, match="none of status missing for MX-ZAC"):
        read(MONTHS, lambda text: text[: text.index("32001")])


def test_table_cut_inside_a_row_is_refused(read: Read) -> None:
    with pytest.raises(DataError, match="12 columns"):
        read(MONTHS, lambda text: text[: text.index("otra parte")])


def test_renamed_header_is_refused_by_name(read: Read) -> None:
    with pytest.raises(DataError, match='"undefined" missing'):
        read(MONTHS, replaced("undefined", "indeterminado"))


# state by year


def test_bucket_without_a_year_is_in_the_stock_and_in_no_year(read: Read) -> None:
    found = read(YEARS)
    assert persons(found, clock="stock", place="MX-CHH", status="missing") == 4 + 1 + 15 + 5
    assert persons(found, clock="year", place="MX-CHH", status="missing") == 1 + 15 + 5
    notes = dict(found.notes)
    assert notes["persons_without_year"]["missing"] == "116"
    assert persons(found, clock="stock", status="missing") == 116 + 44
    assert persons(found, clock="year", status="missing") == 44


def test_three_statuses_are_told_apart(read: Read) -> None:
    found = read(YEARS)
    year_2019 = {"place": "MX-SON", "clock": "year", "period_start": date(2019, 1, 1), "sex": "male"}
    counts = {
        status: persons(found, status=status, **year_2019)
        for status in ("missing", "located_alive", "located_dead")
    }
    assert counts == {"missing": 10, "located_alive": 11, "located_dead": 12}


def test_stock_stands_on_the_day_of_the_snapshot(read: Read) -> None:
    stock = read(YEARS).facts.filter(clock="stock")
    assert stock.select("period_start", "period_end", "maturity").unique().rows() == [
        (date(2020, 7, 23), date(2020, 7, 23), "provisional")
    ]


def test_newer_snapshot_replaces_the_years_and_leaves_the_older_stock(read: Read) -> None:
    older, newer = (
        set(read(YEARS, released=day).parts["part"]) for day in (date(2020, 7, 23), date(2020, 8, 1))
    )
    assert older & newer == {"year missing", "year located_alive", "year located_dead"}
    assert {part for part in older - newer if "missing" in part} == {"stock missing 2020-07-23"}


def test_year_still_running_is_incomplete_and_covered_to_the_snapshot(read: Read) -> None:
    found = read(YEARS)
    years = found.facts.filter(clock="year", status="missing").sort("period_start")
    assert dict(years.select(pl.col("period_start").dt.year(), "maturity").rows()) == {
        1964: "provisional",
        2018: "provisional",
        2019: "provisional",
        2020: "incomplete",
    }
    assert years["period_end"].max() == date(2020, 12, 31)
    assert found.parts.row(by_predicate=pl.col("part") == "year missing") == (
        *("year missing", date(1964, 1, 1), date(2020, 7, 23)),
    )


def test_year_just_ended_is_incomplete_too(read: Read) -> None:
    found = read(YEARS, released=date(2021, 4, 1))
    assert found.facts.filter(period_start=date(2020, 1, 1))["maturity"].unique().to_list() == ["incomplete"]


def test_unknown_state_by_the_dashboards_own_number(read: Read) -> None:
    assert persons(read(YEARS, lambda text: text.replace(",99,", ",33,")), place="MX-UNK") == 19
    assert persons(read(YEARS), place="MX-UNK") == 19


@pytest.mark.parametrize("label", ["1.CIFRA SIN  AÃ‘O DE REFERENCIA", "", "2O19"])
def test_garbled_or_unknown_year_is_refused(read: Read, label: str) -> None:
    with pytest.raises(DataError) as caught:
        read(YEARS, replaced(f"{UNDATED},4,0,0,08,Aún sin localizar", f"{label},4,0,0,08,Aún sin localizar"))
    assert (caught.value.line, caught.value.column) == (9, "year")


def test_year_after_the_snapshot_is_refused(read: Read) -> None:
    with pytest.raises(DataError, match="nothing after the snapshot of 2019-12-31"):
        read(YEARS, released=date(2019, 12, 31))


def test_unknown_status_names_the_nearest(read: Read) -> None:
    with pytest.raises(DataError, match='nearest: "Localizado con vida"'):
        read(YEARS, added("2019,1,0,0,08,Localizada con vida"))


def test_mojibake_status_is_refused(read: Read) -> None:
    with pytest.raises(DataError, match="AÃºn"):
        read(YEARS, added("2018,1,0,0,08,AÃºn sin localizar"))


def test_same_year_twice_in_a_state_is_refused(read: Read) -> None:
    with pytest.raises(DataError, match="on line 11"):
        read(YEARS, added("2019,10,4,1,08,Aún sin localizar"))


def test_status_that_lacks_a_state_is_refused(read: Read) -> None:
    with pytest.raises(DataError, match="none of status located_dead for MX-ZAC"):
        read(YEARS, lambda text: text[: text.rindex(f"{UNDATED},5,0,0,32")])


# the dashboard's answer


def test_unfiltered_answer_is_the_stock_by_state_and_sex(read: Read) -> None:
    found = read(ANSWER)
    assert persons(found, clock="stock", status="missing") == 1_322
    chihuahua = found.facts.filter(clock="stock", place="MX-CHH")
    assert dict(chihuahua.select("sex", "persons").rows()) == {"male": 28, "female": 1}


def test_nation_is_the_sum_of_its_states_and_not_a_row_beside_them(read: Read) -> None:
    missing = read(ANSWER).facts.filter(clock="stock", status="missing")
    assert "MX" not in missing["place"].to_list()
    assert missing["place"].n_unique() == 33


def test_halves_published_for_the_nation_only_are_rows_of_the_nation(read: Read) -> None:
    halves = read(ANSWER).facts.filter(pl.col("status").is_in(["disappeared", "not_located"]))
    assert halves.select("place", "clock", "status", "sex", "persons").rows() == [
        ("MX", "stock", "disappeared", "all", 1_313),
        ("MX", "stock", "not_located", "all", 9),
    ]


def test_padded_zeros_of_what_was_not_asked_are_no_zeros(read: Read) -> None:
    assert not [part for part in read(ANSWER).parts["part"] if "located_" in part or "registered" in part]


def test_known_years_of_the_answer_are_rows_of_the_nation(read: Read) -> None:
    found = read(ANSWER)
    assert found.facts.filter(clock="year")["place"].unique().to_list() == ["MX"]
    assert persons(found, clock="year", period_start=date(2019, 1, 1)) == 440
    assert dict(found.notes) == {
        "persons_without_state": {"missing": "59"},
        "persons_without_year": {"missing": "131"},
    }


@pytest.mark.parametrize(
    "parameters",
    [
        {"fecha_inicio": "2000-01-01", "fecha_fin": "2021-08-20"},
        {"id_circunstancia": "13"},
        {"id_estado": "8"},
        {"es_migrante": "1"},
        {"mostrar_fecha_nula": "1"},
        {"un_filtro_nuevo": "x"},
    ],
)
def test_answer_to_a_narrower_question_is_refused_naming_its_filter(
    read: Read, parameters: dict[str, str]
) -> None:
    with pytest.raises(DataError, match="the whole register") as caught:
        read(ANSWER, asked(**parameters))
    assert caught.value.found == "asked with " + ", ".join(f'{k} "{v}"' for k, v in parameters.items())


def test_answer_that_does_not_say_what_was_asked_is_refused(read: Read) -> None:
    with pytest.raises(DataError, match="the status that was asked for"):
        read(ANSWER, changed(lambda answer: answer["parametros"].clear()))


def test_answer_about_one_half_is_read_by_state(read: Read) -> None:
    def only_disappeared(answer: dict[str, Any]) -> None:
        answer["parametros"]["id_estatus_victima"] = "4"
        answer["totales"] |= {"TotalSoloDesaparecidos": "1322", "TotalSoloNoLocalizados": "00"}

    found = read(ANSWER, changed(only_disappeared))
    assert persons(found, clock="stock") == persons(found, clock="stock", status="disappeared") == 1_322


@pytest.mark.parametrize("section", ["espacial", "anual"])
def test_sections_read_at_different_minutes_are_refused(read: Read, section: str) -> None:
    label = {"espacial": "CHIHUAHUA", "anual": "2019"}[section]

    def one_more(answer: dict[str, Any]) -> None:
        answer[section]["Hombre"][label] += 1

    with pytest.raises(DataError, match="add up to 1,322 missing") as caught:
        read(ANSWER, changed(one_more))
    assert (caught.value.column, caught.value.found) == (section, "1,323")


def test_halves_that_do_not_add_up_are_refused(read: Read) -> None:
    with pytest.raises(DataError, match="1,321"):
        read(ANSWER, changed(lambda answer: answer["totales"].update(TotalSoloNoLocalizados="08")))


@pytest.mark.parametrize("count", [-1, 1.5, None, True, "mil", float("inf")])
def test_count_that_is_none_is_refused(read: Read, count: object) -> None:
    with pytest.raises(DataError) as caught:
        read(ANSWER, changed(lambda answer: answer["espacial"]["Hombre"].update(CHIHUAHUA=count)))
    assert caught.value.column == "espacial"


def test_unknown_state_name_is_refused_naming_the_nearest(read: Read) -> None:
    with pytest.raises(DataError, match='nearest: "MICHOACAN"'):
        read(ANSWER, lambda text: text.replace("MICHOACAN ", "MICHOACAN DE OCAMPO"))


def test_answer_that_lost_its_form_is_refused(read: Read) -> None:
    with pytest.raises(DataError, match="counts by sex and label") as caught:
        read(ANSWER, changed(lambda answer: answer.update(espacial=[])))
    assert caught.value.column == "espacial"


def test_answer_without_totals_is_refused(read: Read) -> None:
    with pytest.raises(DataError) as caught:
        read(ANSWER, changed(lambda answer: answer.update(totales={})))
    assert caught.value.column == "totales"


def test_cut_answer_is_refused(read: Read) -> None:
    with pytest.raises(DataError, match="whole JSON"):
        read(ANSWER, lambda text: text[:2_000])


# persons


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("consulta.csv", "folio,Nombre,Primer Apellido,Segundo Apellido,sexo,edad\n1,A,B,C,MUJER,20\n"),
        ("consulta.csv", "nombre_completo,CURP,fecha_desaparicion\nA B C,XXXX000000,2020-01-01\n"),
        ("fichas.csv", "cvegeo,cve_estado,male,female,undefined,total,year,month,curp\n1,1,1,0,0,1,2,1,X\n"),
        ("consulta.json", '[{"folio": 1, "nombre": "A", "rutaFoto": "f.jpg"}]'),
        ("ficha.json", '{"nombre": "A", "curp": "XXXX000000"}'),
    ],
)  # fmt: skip
def test_file_about_single_persons_is_refused_with_the_reason(name: str, text: str) -> None:
    with pytest.raises(DataError, match="counts, no persons"):
        recognise(name, text.encode())


def test_catalogue_of_the_dashboard_is_no_data(read: Read) -> None:
    with pytest.raises(DataError, match="the JSON answer of a known series"):
        recognise("estados.json", b'{"--TODOS--": "0", "AGUASCALIENTES": "1"}')
