"""RNPDNO: totals only, asked without a filter, and the same before and after."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from indicators import catalog
from indicators.catalog.downloads import Dashboard
from indicators.fetch import Outcome
from indicators.paths import Home

Ask = Callable[..., list[Outcome]]
RNPDNO = "https://versionpublicarnpdno.segob.gob.mx/"
TOO_SHORT = '{"XAxisCategories": ["A"], "Series": [{"name": "Hombre", "data": []}]}'


@pytest.fixture
def register(fixtures: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((fixtures / "rnpdno" / "unfiltered.json").read_text(encoding="utf-8"))
    return content


def chart(section: dict[str, dict[str, int]]) -> bytes:
    labels = list(next(iter(section.values())))
    series = [{"name": sex, "data": [counts[one] for one in labels]} for sex, counts in section.items()]
    return json.dumps({"XAxisCategories": labels, "Series": series}).encode()


@pytest.fixture
def rnpdno(register: dict[str, Any]) -> catalog.Source:
    """The source, asked for the missing alone, as the fixture answers."""
    source = catalog.sources()["rnpdno"]
    way = source.fetch[0]
    assert isinstance(way, Dashboard)
    asked = {"7": way.statuses["7"]}
    return source.model_copy(update={"fetch": [way.model_copy(update={"statuses": asked})]})


def test_rnpdno_is_a_snapshot_of_totals_asked_without_a_filter(
    agencies: Any, ask: Ask, rnpdno: catalog.Source, register: dict[str, Any], home: Home
) -> None:
    agencies.on(f"{RNPDNO}Dashboard/Sociodemografico", "<html>", Set_Cookie="session=1; Path=/")
    agencies.on(f"{RNPDNO}Sociodemografico/Totales", json.dumps(register["totales"]))
    agencies.on(f"{RNPDNO}SocioDemografico/BarChartSexoEstados", chart(register["espacial"]))
    agencies.on(f"{RNPDNO}SocioDemografico/AreaChartSexoAnio", chart(register["anual"]))
    (outcome,) = ask(rnpdno)
    assert outcome.status == "fetched", outcome.error
    assert outcome.vintage is not None
    assert (outcome.vintage.released, outcome.vintage.layout) == (date(2026, 11, 22), "dashboard")
    kept = json.loads(outcome.vintage.read(home.raw))
    assert {name: kept[name] for name in ("totales", "espacial", "anual", "parametros")} == {
        name: register[name] for name in ("totales", "espacial", "anual", "parametros")
    }
    assert agencies.asked[1][2]["Cookie"] == "session=1"
    assert agencies.asked[1][2]["idEstatusVictima"] == "7"


def test_rnpdno_that_changes_while_it_is_read(
    agencies: Any, ask: Ask, rnpdno: catalog.Source, register: dict[str, Any], home: Home
) -> None:
    agencies.on(f"{RNPDNO}Dashboard/Sociodemografico", "<html>")
    for number in range(5):
        agencies.on(f"{RNPDNO}Sociodemografico/Totales", json.dumps({**register["totales"], "TotalGlobal": number}))
    agencies.on(f"{RNPDNO}SocioDemografico/BarChartSexoEstados", chart(register["espacial"]))
    agencies.on(f"{RNPDNO}SocioDemografico/AreaChartSexoAnio", chart(register["anual"]))
    (outcome,) = ask(rnpdno)
    assert "the register is being changed right now" in str(outcome.error)
    assert not home.raw.exists()


@pytest.mark.parametrize("answer", ["<html>captcha</html>", "", "[]", '{"Series": []}', TOO_SHORT])
def test_rnpdno_that_answers_otherwise(
    agencies: Any, ask: Ask, rnpdno: catalog.Source, register: dict[str, Any], home: Home, answer: str
) -> None:
    agencies.on(f"{RNPDNO}Dashboard/Sociodemografico", "<html>")
    agencies.on(f"{RNPDNO}Sociodemografico/Totales", json.dumps(register["totales"]))
    agencies.on(f"{RNPDNO}SocioDemografico/BarChartSexoEstados", answer)
    (outcome,) = ask(rnpdno)
    assert outcome.status == "failed"
    assert outcome.url == f"{RNPDNO}SocioDemografico/BarChartSexoEstados"
    assert not home.raw.exists()


def test_no_way_leads_to_the_search_for_persons() -> None:
    hosts = {host for source in catalog.sources().values() for way in source.fetch for host in way.reached()}
    assert "versionpublicarnpdno.segob.gob.mx" in hosts
    assert not [host for host in hosts if host.startswith("consultapublica")]
    way = catalog.sources()["rnpdno"].fetch[0]
    assert isinstance(way, Dashboard)
    filters = {name: value for name, value in way.form.items() if value not in ("", "0")}
    assert filters == {}
