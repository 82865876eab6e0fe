"""Every source of the catalogue, asked of a server that speaks as its agency does."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from indicators import catalog
from indicators.catalog.fetch import Dashboard, Dated, Listing, Socrata
from indicators.fetch import Outcome
from indicators.paths import Home

Ask = Callable[..., list[Outcome]]
Reply = Callable[[BaseHTTPRequestHandler, dict[str, str]], None]
CDC = "https://data.cdc.gov/resource/xkb8-kh2a.csv"
CDC_ABOUT = "https://data.cdc.gov/api/views/xkb8-kh2a.json"
CHANGED = 1_794_312_000  # 10 November 2026, 12:00 UTC
SESNSP = "https://www.gob.mx/sesnsp/acciones-y-programas/datos-abiertos-de-incidencia-delictiva"
SHARE = "https://sspcgob-my.sharepoint.com"
DOWNLOAD = f"{SHARE}/personal/cni_sspc_gob_mx/_layouts/15/download.aspx"
MIRROR = "https://repodatos.atdt.gob.mx/api_update/sesnsp/incidencia_delictiva/"
CENSUS = "https://www2.census.gov/programs-surveys/popest/datasets/"
RNPDNO = "https://versionpublicarnpdno.segob.gob.mx/"
FILLER = "<p>Datos abiertos de incidencia delictiva</p>" * 200


def send(handler: BaseHTTPRequestHandler, body: bytes, **headers: str) -> None:
    handler.send_response(200)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


# --- CDC: Socrata ---------------------------------------------------------------------------------------------


@pytest.fixture
def cdc() -> catalog.Source:
    """The source, read in pages of five rows."""
    source = catalog.sources()["cdc_overdose"]
    way = source.fetch[0]
    assert isinstance(way, Socrata)
    return source.model_copy(update={"fetch": [way.model_copy(update={"page_rows": 5})]})


@pytest.fixture
def table(fixtures: Path) -> list[list[str]]:
    text = (fixtures / "cdc_overdose" / "api.csv").read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(text)))


def written(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def socrata(rows: list[list[str]], moved: int = 0, said: int | None = None) -> Reply:
    """Pages of a table; from the second on, ``moved`` rows later, as when rows are loaded in between."""

    def reply(handler: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        header, *body = rows
        if "$select" in asked:
            return send(handler, written([["count"], [str(len(body) if said is None else said)]]))
        assert asked["$order"] == "state,year,month,indicator,:id"
        first = int(asked["$offset"])
        first -= moved if first else 0
        return send(handler, written([header, *body[first : first + int(asked["$limit"])]]))

    return reply


def test_cdc_is_read_in_pages_and_stands_as_one_table(
    agencies: Any, ask: Ask, cdc: catalog.Source, table: list[list[str]], home: Home
) -> None:
    agencies.on(CDC_ABOUT, json.dumps({"rowsUpdatedAt": CHANGED}))
    agencies.by(CDC, socrata(table))
    (outcome,) = ask(cdc)
    assert outcome.status == "fetched", outcome.error
    held = outcome.vintage
    assert held is not None
    assert (held.layout, held.released, held.released_estimated) == ("api", date(2026, 11, 10), False)
    assert held.file == "VSRR_Provisional_Drug_Overdose_Death_Counts_20261110.csv"
    assert list(csv.reader(io.StringIO(held.read(home.raw).decode()))) == table
    assert agencies.times(CDC) == 1 + 3  # the count, and 13 rows by five


def test_cdc_unchanged_is_one_question(
    agencies: Any, ask: Ask, cdc: catalog.Source, table: list[list[str]]
) -> None:
    agencies.on(CDC_ABOUT, json.dumps({"rowsUpdatedAt": CHANGED}))
    agencies.by(CDC, socrata(table))
    ask(cdc)
    before = len(agencies.asked)
    assert ask(cdc)[0].status == "unchanged"
    assert len(agencies.asked) == before + 1


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ({"moved": 1}, "1 of them twice"),
        ({"moved": -1}, "12 rows of 13"),
        ({"said": 14}, "13 rows of 14"),
    ],
)
def test_cdc_rows_that_moved_between_pages(
    agencies: Any, ask: Ask, cdc: catalog.Source, table: list[list[str]], home: Home, pages: Any, found: str
) -> None:
    agencies.on(CDC_ABOUT, json.dumps({"rowsUpdatedAt": CHANGED}))
    agencies.by(CDC, socrata(table, **pages))
    (outcome,) = ask(cdc)
    assert outcome.status == "failed"
    assert found in str(outcome.error)
    assert not home.raw.exists()


def test_cdc_loading_while_we_read_is_read_again(
    agencies: Any, ask: Ask, cdc: catalog.Source, table: list[list[str]]
) -> None:
    agencies.on(CDC_ABOUT, json.dumps({"rowsUpdatedAt": CHANGED - 86_400}))
    agencies.on(CDC_ABOUT, json.dumps({"rowsUpdatedAt": CHANGED}))
    agencies.by(CDC, socrata(table))
    (outcome,) = ask(cdc)
    assert outcome.vintage is not None
    assert outcome.vintage.released == date(2026, 11, 10)
    assert agencies.times(CDC) == 2 * 4


@pytest.mark.parametrize("about", ["", "<html>", "{}", '{"rowsUpdatedAt": null}', "[1]"])
def test_cdc_without_a_day_of_change(agencies: Any, ask: Ask, cdc: catalog.Source, about: str) -> None:
    agencies.on(CDC_ABOUT, about)
    assert ask(cdc)[0].status == "failed"


# --- CBP: a listing page, names that change every month, rolling windows --------------------------------------


def links(*names: str) -> str:
    listed = "".join(f'<a href="/sites/default/files/{name}">Download</a>' for name in names)
    return f"<html>{FILLER}{listed}</html>"


def test_cbp_takes_the_newest_of_each_window_and_the_last_that_was_put_up_again(
    agencies: Any, ask: Ask, fixtures: Path, home: Home
) -> None:
    source = catalog.sources()["cbp_drugs"]
    source = source.model_copy(update={"fetch": source.fetch[:1]})
    names = [
        "2023-01/nationwide-drugs-fy22-fy23-oct.csv",
        "2023-01/nationwide-drugs-fy22-fy23-nov.csv",
        "2023-02/nationwide-drugs-fy22-fy23-nov_0.csv",
        "2022-10/nationwide-drugs-fy21-fy22.csv",
        "2022-10/nationwide-drugs-data-dictionary.pdf",
        "assets/documents/2021-Oct/nationwide-drugs-fy20-fy21.csv",  # closed to machines by robots.txt
    ]
    agencies.on(source.fetch[0].page, links(*names))
    newest = (fixtures / "cbp_drugs" / "nationwide-drugs-fy22-fy23-nov.csv").read_bytes()
    base = "https://www.cbp.gov/sites/default/files/"
    agencies.on(base + names[2], newest)
    years = ((b"\n2022,", b"\n2021,"), (b"\n2023 (FYTD),", b"\n2022,"))
    older = newest
    for old, new in years:
        older = older.replace(old, new)
    agencies.on(base + names[3], older)
    outcomes = ask(source)
    assert [one.name for one in outcomes] == [
        "nationwide-drugs-fy22-fy23-nov_0.csv",
        "nationwide-drugs-fy21-fy22.csv",
    ]
    assert outcomes[0].status == "fetched", outcomes[0].error
    assert not [
        path for _, path, _ in agencies.asked if "assets" in path or path.endswith(("oct.csv", "nov.csv"))
    ]


def test_a_closed_window_has_its_day_from_the_folder_of_its_address(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_csv: bytes
) -> None:
    closed = [line for line in drugs_csv.splitlines(keepends=True) if not line.startswith(b"2023")]
    agencies.on(drugs.fetch[0].page, links("2022-10/nationwide-drugs-fy19-fy22.csv"))
    agencies.on(
        "https://www.cbp.gov/sites/default/files/2022-10/nationwide-drugs-fy19-fy22.csv", b"".join(closed)
    )
    (outcome,) = ask(drugs)
    assert outcome.vintage is not None, outcome.error
    assert (outcome.vintage.released, outcome.vintage.released_estimated) == (date(2022, 10, 31), True)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("cbp_encounters", "2025-11/sbo-encounters-fy22-fy25.csv"),
        ("cbp_encounters", "2024-10/nationwide-encounters-fy21-fy24-state.csv"),
        ("cbp_encounters", "2026-09/nationwide-encounters-fy23-fy26-aug-aor_0.csv"),
        ("cbp_drugs", "2026-05/nationwide-drugs-fy23-fy26-apr.csv"),
        ("cbp_drugs", "2026-01/amo-drug-seizures-fy23-fy26-dec.csv"),
        ("cbp_weapons", "2025-06/weapons-ammunition-seizures-fy22-fy25-may.csv"),
        ("cbp_currency", "2025-06/currency-seizures-fy22-fy25-may_1.csv"),
        ("ohss_encounters", "2025-01/KHSM%20Encounters%20%28USBP%29%20fy25m11.xlsx"),
    ],
)
def test_names_that_agencies_have_used_are_known(agencies: Any, ask: Ask, source: str, name: str) -> None:
    entry = catalog.sources()[source]
    for page in {way.page for way in entry.fetch}:
        agencies.on(page, links(name))
    host = entry.fetch[0].page.split("/")[2]
    ask(source)
    assert agencies.times(f"https://{host}/sites/default/files/{name}") == 1


# --- SESNSP: links without names, SharePoint zips, a mirror ----------------------------------------------------


def landing(*labels: str) -> str:
    listed = "".join(
        f'<p><a href="{SHARE}/:u:/g/personal/cni_sspc_gob_mx/share{number}?e=x"><strong>{label}</strong></a></p>'
        for number, label in enumerate(labels)
    )
    return f"<html>{FILLER}{listed}</html>"


def zipped(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def shares(files: dict[str, tuple[str, bytes]]) -> Reply:
    """SharePoint: each share is a file whose name stands in a header."""

    def reply(handler: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        name, data = files[asked["share"]]
        plain = name.encode("ascii", "replace").decode().replace("?", "_")
        quoted = "".join(f"%{byte:02X}" for byte in name.encode())
        send(
            handler, data, Content_Disposition=f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quoted}"
        )

    return reply


@pytest.fixture
def victims_csv(sesnsp_nation: Callable[..., pl.DataFrame]) -> bytes:
    table = sesnsp_nation("sesnsp_victims/IDVFC_one_state.csv", date(2015, 11, 30))
    return table.write_csv(line_terminator="\r\n").encode("cp1252")


def test_sesnsp_is_found_by_words_and_named_by_its_answer(
    agencies: Any, ask: Ask, victims_csv: bytes, home: Home
) -> None:
    labels = [
        "Tablero dinámico (Fuero común - Víctimas). Incidencia delictiva estatal",
        "2015 - 2025 (Fuero común - Delitos). Incidencia delictiva municipal",
        "2015 - 2025 (Fuero común -  VÍCTIMAS). Incidencia delictiva estatal",
    ]
    page = landing(*labels).replace(
        f"{SHARE}/:u:/g/personal/cni_sspc_gob_mx/share0", "https://tablero.example/x"
    )
    agencies.on(SESNSP, page)
    name = "Estatal-Víctimas-2015-2025_nov2015.zip"
    agencies.by(DOWNLOAD, shares({"share2": (name, zipped("Estatal-Víctimas.csv", victims_csv))}))
    outcome, *more = ask("sesnsp_victims")
    assert outcome.status == "fetched", outcome.error
    assert more == []
    assert outcome.vintage is not None
    assert (outcome.vintage.file, outcome.vintage.released) == (name, date(2015, 12, 31))
    assert not [host for host, _, _ in agencies.asked if "repodatos" in host]


def test_sesnsp_page_is_asked_for_once_for_all_its_sources(agencies: Any, ask: Ask) -> None:
    agencies.on(SESNSP, landing("nothing of ours"))
    ask("sesnsp_victims", "sesnsp_cases", "sesnsp_federal")
    assert agencies.times(SESNSP) == 1


def test_sesnsp_wants_a_login_where_a_file_was(agencies: Any, ask: Ask) -> None:
    agencies.on(SESNSP, landing("(Fuero federal) Incidencia delictiva 2012 - 2026"))
    agencies.on(DOWNLOAD, status=302, Location="https://login.microsoftonline.com/common/oauth2")
    (outcome,) = ask("sesnsp_federal")
    assert "https://login.microsoftonline.com" in str(outcome.error)
    assert f"open {SESNSP}" in str(outcome.error)


def test_sesnsp_another_file_behind_the_words(agencies: Any, ask: Ask, victims_csv: bytes) -> None:
    agencies.on(SESNSP, landing("(Fuero federal) Incidencia delictiva 2012 - 2026"))
    agencies.by(DOWNLOAD, shares({"share0": ("Municipal-Delitos-2015-2025_ago2026.zip", victims_csv)}))
    assert "Municipal-Delitos-2015-2025_ago2026.zip" in str(ask("sesnsp_federal")[0].error)


def test_a_robot_gate_sends_sesnsp_to_its_mirror_and_both_are_told(
    agencies: Any, ask: Ask, victims_csv: bytes, clock: Any
) -> None:
    agencies.on(SESNSP, "<html><title>Challenge Validation</title></html>")
    for missing in ("dic15", "nov15"):
        agencies.on(f"{MIRROR}IDVFC_NM_{missing}.csv", status=503)
    agencies.on(f"{MIRROR}IDVFC_NM_oct15.csv", victims_csv)
    gate, mirror = ask("sesnsp_victims", today=date(2016, 1, 22))
    assert gate.status == "failed"
    assert "robot check" in str(gate.error)
    assert mirror.url == f"{MIRROR}IDVFC_NM_oct15.csv"
    assert [path.rsplit("_")[-1] for _, path, _ in agencies.asked[1:]] == [
        "dic15.csv",
        "nov15.csv",
        "oct15.csv",
    ]
    assert max(clock.slept) <= 1  # a month that is not there is no reason to wait


def test_a_mirror_with_nothing_in_a_year(agencies: Any, ask: Ask) -> None:
    agencies.on(SESNSP, "<html></html>")
    _, mirror = ask("sesnsp_victims")
    assert "none of 12 periods" in str(mirror.error)


# --- RNPDNO: totals only, and the same before and after --------------------------------------------------------


@pytest.fixture
def register(fixtures: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        (fixtures / "rnpdno" / "unfiltered.json").read_text(encoding="utf-8")
    )
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
        agencies.on(
            f"{RNPDNO}Sociodemografico/Totales", json.dumps({**register["totales"], "TotalGlobal": number})
        )
    agencies.on(f"{RNPDNO}SocioDemografico/BarChartSexoEstados", chart(register["espacial"]))
    agencies.on(f"{RNPDNO}SocioDemografico/AreaChartSexoAnio", chart(register["anual"]))
    (outcome,) = ask(rnpdno)
    assert "the register is being changed right now" in str(outcome.error)
    assert not home.raw.exists()


TOO_SHORT = '{"XAxisCategories": ["A"], "Series": [{"name": "Hombre", "data": []}]}'


@pytest.mark.parametrize("answer", ["<html>captcha</html>", "", "[]", '{"Series": []}', TOO_SHORT])
def test_rnpdno_that_answers_otherwise(
    agencies: Any, ask: Ask, rnpdno: catalog.Source, register: dict[str, Any], home: Home, answer: str
) -> None:
    agencies.on(f"{RNPDNO}Dashboard/Sociodemografico", "<html>")
    agencies.on(f"{RNPDNO}Sociodemografico/Totales", json.dumps(register["totales"]))
    agencies.on(f"{RNPDNO}SocioDemografico/BarChartSexoEstados", answer)
    (outcome,) = ask(rnpdno)
    assert outcome.status == "failed"
    assert not home.raw.exists()


def test_no_way_leads_to_the_search_for_persons() -> None:
    hosts = {host for source in catalog.sources().values() for way in source.fetch for host in way.reached()}
    assert "versionpublicarnpdno.segob.gob.mx" in hosts
    assert not [host for host in hosts if host.startswith("consultapublica")]
    way = catalog.sources()["rnpdno"].fetch[0]
    assert isinstance(way, Dashboard)
    filters = {name: value for name, value in way.form.items() if value not in ("", "0")}
    assert filters == {}


# --- Census and CONAPO ----------------------------------------------------------------------------------------


def test_census_is_asked_from_this_year_back(agencies: Any, ask: Ask, fixtures: Path) -> None:
    folder = fixtures / "population_us"
    newest = f"{CENSUS}2020-2024/state/totals/NST-EST2024-ALLDATA.csv"
    agencies.on(newest, (folder / "NST-EST2024-ALLDATA.csv").read_bytes())
    agencies.on(f"{CENSUS}2010-2020/state/totals/nst-est2020.csv", (folder / "nst-est2020.csv").read_bytes())
    new, old = ask("population_us")
    assert (new.status, new.url) == ("fetched", newest), new.error
    assert new.vintage is not None
    assert new.vintage.released == date(2024, 12, 31)
    assert old.vintage is not None, old.error
    assert old.vintage.released == date(2020, 12, 31)
    assert agencies.times(f"{CENSUS}2020-2026/state/totals/NST-EST2026-ALLDATA.csv") == 1


def test_conapo_has_the_day_of_its_edition(agencies: Any, ask: Ask, fixtures: Path) -> None:
    way = catalog.sources()["population_mx"].fetch[0]
    assert isinstance(way, Dated)
    data = (fixtures / "population_mx" / "00_Pob_Mitad_1950_2070.csv").read_bytes()
    agencies.on(way.address, data, Last_Modified="Wed, 14 Oct 2026 15:05:45 GMT")
    (outcome,) = ask("population_mx")
    assert outcome.vintage is not None, outcome.error
    assert outcome.vintage.released == date(2023, 12, 31)


# --- All together ---------------------------------------------------------------------------------------------


def test_one_source_that_fails_stops_no_other_and_no_host_is_asked_twice_at_once(
    agencies: Any, ask: Ask, fixtures: Path, drugs_url: str, drugs_csv: bytes
) -> None:
    agencies.on(drugs_url, drugs_csv)
    way = catalog.sources()["population_mx"].fetch[0]
    assert isinstance(way, Dated)
    agencies.on(way.address, (fixtures / "population_mx" / "00_Pob_Mitad_1950_2070.csv").read_bytes())
    agencies.on(CDC_ABOUT, status=500)
    outcomes = ask(*[one.id for one in catalog.sources().values() if one.fetch])
    by_status = {
        status: {one.source for one in outcomes if one.status == status} for status in ("fetched", "failed")
    }
    assert by_status["fetched"] == {"cbp_drugs", "population_mx"}
    assert {"cdc_overdose", "cbp_encounters", "sesnsp_victims", "rnpdno", "ohss_encounters"} <= by_status[
        "failed"
    ]
    assert len(agencies.most_at_once) >= 7
    assert set(agencies.most_at_once.values()) == {1}
    assert all(one.error and one.error.todo for one in outcomes if one.status == "failed")


def test_a_listing_that_links_to_another_host_is_not_followed(
    agencies: Any, ask: Ask, drugs: catalog.Source
) -> None:
    way = drugs.fetch[0]
    assert isinstance(way, Listing)
    path = "sites/default/files/2022-12/nationwide-drugs-fy22-fy23-nov.csv"
    agencies.on(
        way.page,
        f'<html>{FILLER}<a href="https://evil.example/{path}">x</a><a href="http://[bad">y</a></html>',
    )
    (outcome,) = ask(drugs)
    assert "https to www.cbp.gov" in str(outcome.error)
    assert len(agencies.asked) == 1
