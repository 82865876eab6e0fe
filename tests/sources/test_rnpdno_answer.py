"""RNPDNO as its dashboard answers, and files about single persons, which never enter."""

import json
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import polars as pl
import pytest

from indicators.errors import DataError
from indicators.readers import Tidy, recognise
from reading import Edit, edited, total

persons = partial(total, "persons")


def read(edit: Edit = str, released: date = date(2021, 11, 30)) -> Tidy:
    return edited("rnpdno", "unfiltered.json", edit, released=released)


def changed(change: Callable[[dict[str, Any]], None]) -> Edit:
    """Change the dashboard's answer in place."""

    def edit(text: str) -> str:
        answer = json.loads(text)
        change(answer)
        return json.dumps(answer)

    return edit


def asked(**parameters: str) -> Edit:
    return changed(lambda answer: answer["parametros"].update(parameters))


def test_unfiltered_answer_is_the_stock_by_state_and_sex() -> None:
    found = read()
    assert persons(found, clock="stock", status="missing") == 1_322
    chihuahua = found.facts.filter(clock="stock", place="MX-CHH")
    assert dict(chihuahua.select("sex", "persons").rows()) == {"male": 28, "female": 1}


def test_nation_is_the_sum_of_its_states_and_not_a_row_beside_them() -> None:
    missing = read().facts.filter(clock="stock", status="missing")
    assert "MX" not in missing["place"].to_list()
    assert missing["place"].n_unique() == 33


def test_halves_published_for_the_nation_only_are_rows_of_the_nation() -> None:
    halves = read().facts.filter(pl.col("status").is_in(["disappeared", "not_located"]))
    assert halves.select("place", "clock", "status", "sex", "persons").rows() == [
        ("MX", "stock", "disappeared", "all", 1_313),
        ("MX", "stock", "not_located", "all", 9),
    ]


def test_padded_zeros_of_what_was_not_asked_are_no_zeros() -> None:
    assert not [part for part in read().parts["part"] if "located_" in part or "registered" in part]


def test_known_years_of_the_answer_are_rows_of_the_nation() -> None:
    found = read()
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
def test_answer_to_a_narrower_question_is_refused_naming_its_filter(parameters: dict[str, str]) -> None:
    with pytest.raises(DataError, match="the whole register") as caught:
        read(asked(**parameters))
    assert caught.value.found == "asked with " + ", ".join(f'{k} "{v}"' for k, v in parameters.items())


def test_answer_that_does_not_say_what_was_asked_is_refused() -> None:
    with pytest.raises(DataError, match="the status that was asked for"):
        read(changed(lambda answer: answer["parametros"].clear()))


def test_answer_about_one_half_is_read_by_state() -> None:
    def only_disappeared(answer: dict[str, Any]) -> None:
        answer["parametros"]["id_estatus_victima"] = "4"
        answer["totales"] |= {"TotalSoloDesaparecidos": "1322", "TotalSoloNoLocalizados": "00"}

    found = read(changed(only_disappeared))
    assert persons(found, clock="stock") == persons(found, clock="stock", status="disappeared") == 1_322


@pytest.mark.parametrize("section", ["espacial", "anual"])
def test_sections_read_at_different_minutes_are_refused(section: str) -> None:
    label = {"espacial": "CHIHUAHUA", "anual": "2019"}[section]

    def one_more(answer: dict[str, Any]) -> None:
        answer[section]["Hombre"][label] += 1

    with pytest.raises(DataError, match="add up to 1,322 missing") as caught:
        read(changed(one_more))
    assert (caught.value.column, caught.value.found) == (section, "1,323")


def test_halves_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(DataError, match="1,321"):
        read(changed(lambda answer: answer["totales"].update(TotalSoloNoLocalizados="08")))


@pytest.mark.parametrize("count", [-1, 1.5, None, True, "mil", float("inf")])
def test_count_that_is_none_is_refused(count: object) -> None:
    with pytest.raises(DataError) as caught:
        read(changed(lambda answer: answer["espacial"]["Hombre"].update(CHIHUAHUA=count)))
    assert caught.value.column == "espacial"


def test_unknown_state_name_is_refused_naming_the_nearest() -> None:
    with pytest.raises(DataError, match='nearest: "MICHOACAN"'):
        read(lambda text: text.replace("MICHOACAN ", "MICHOACAN DE OCAMPO"))


def test_answer_that_lost_its_form_is_refused() -> None:
    with pytest.raises(DataError, match="counts by sex and label") as caught:
        read(changed(lambda answer: answer.update(espacial=[])))
    assert caught.value.column == "espacial"


def test_answer_without_totals_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        read(changed(lambda answer: answer.update(totales={})))
    assert caught.value.column == "totales"


def test_cut_answer_is_refused() -> None:
    with pytest.raises(DataError, match="whole JSON"):
        read(lambda text: text[:2_000])


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


def test_catalogue_of_the_dashboard_is_no_data() -> None:
    with pytest.raises(DataError, match="the JSON answer of a known series"):
        recognise("estados.json", b'{"--TODOS--": "0", "AGUASCALIENTES": "1"}')
