"""SESNSP: links known by their words, shared archives, a robot gate and a mirror behind it."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from http.server import BaseHTTPRequestHandler
from typing import Any

import polars as pl
import pytest

from indicators.fetch import Outcome
from indicators.paths import Home
from indicators.releases import store

Ask = Callable[..., list[Outcome]]
Reply = Callable[[BaseHTTPRequestHandler, dict[str, str]], None]
SESNSP = "https://www.gob.mx/sesnsp/acciones-y-programas/datos-abiertos-de-incidencia-delictiva"
SHARE = "https://sspcgob-my.sharepoint.com"
DOWNLOAD = f"{SHARE}/personal/cni_sspc_gob_mx/_layouts/15/download.aspx"
MIRROR = "https://repodatos.atdt.gob.mx/api_update/sesnsp/incidencia_delictiva/"


def landing(agencies: Any, *words: str) -> str:
    """The agency's page: every link is a share of SharePoint, with these words."""
    links = [(f"{SHARE}/:u:/g/personal/cni_sspc_gob_mx/share{number}?e=x", one) for number, one in enumerate(words)]
    page: str = agencies.page(*links)
    return page


def zipped(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def shares(agencies: Any, files: dict[str, tuple[str, bytes]]) -> Reply:
    """SharePoint: each share is a file whose name stands in a header."""

    def reply(handler: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        name, data = files[asked["share"]]
        plain = name.encode("ascii", "replace").decode().replace("?", "_")
        quoted = "".join(f"%{byte:02X}" for byte in name.encode())
        agencies.send(handler, data, Content_Disposition=f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quoted}")

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
    page = landing(agencies, *labels).replace(
        f"{SHARE}/:u:/g/personal/cni_sspc_gob_mx/share0", "https://tablero.example/x"
    )
    agencies.on(SESNSP, page)
    name = "Estatal-Víctimas-2015-2025_nov2015.zip"
    agencies.by(DOWNLOAD, shares(agencies, {"share2": (name, zipped("Estatal-Víctimas.csv", victims_csv))}))
    outcome, *more = ask("sesnsp_victims")
    assert outcome.status == "fetched", outcome.error
    assert more == []
    assert outcome.vintage is not None
    assert (outcome.vintage.file, outcome.vintage.released) == (name, date(2015, 12, 31))
    assert not [host for host, _, _ in agencies.asked if "repodatos" in host]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_sesnsp_words_in_the_encodings_that_its_files_have_had(agencies: Any, ask: Ask, encoding: str) -> None:
    page = landing(agencies, "Enero - agosto 2026 (Fuero común - Víctimas). Incidencia delictiva estatal")
    agencies.on(SESNSP, page.encode(encoding))
    agencies.on(DOWNLOAD, status=404)
    ask("sesnsp_victims")
    assert agencies.times(DOWNLOAD) == 1


def test_sesnsp_page_is_asked_for_once_for_all_its_sources(agencies: Any, ask: Ask) -> None:
    agencies.on(SESNSP, landing(agencies, "nothing of ours"))
    ask("sesnsp_victims", "sesnsp_cases", "sesnsp_federal")
    assert agencies.times(SESNSP) == 1


def test_sesnsp_wants_a_login_where_a_file_was(agencies: Any, ask: Ask) -> None:
    agencies.on(SESNSP, landing(agencies, "(Fuero federal) Incidencia delictiva 2012 - 2026"))
    agencies.on(DOWNLOAD, status=302, Location="https://login.microsoftonline.com/common/oauth2")
    (outcome,) = ask("sesnsp_federal")
    assert "https://login.microsoftonline.com" in str(outcome.error)
    assert f"open {SESNSP}" in str(outcome.error)


def test_sesnsp_another_file_behind_the_words(agencies: Any, ask: Ask, victims_csv: bytes) -> None:
    agencies.on(SESNSP, landing(agencies, "(Fuero federal) Incidencia delictiva 2012 - 2026"))
    agencies.by(DOWNLOAD, shares(agencies, {"share0": ("Municipal-Delitos-2015-2025_ago2026.zip", victims_csv)}))
    said = str(ask("sesnsp_federal")[0].error)
    assert "expected: a file called like (Fuero_federal|IDEFF_).*" in said
    assert "found:    Municipal-Delitos-2015-2025_ago2026.zip" in said


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


def test_a_file_of_the_mirror_is_not_the_agencys_own_bytes(
    agencies: Any, ask: Ask, victims_csv: bytes, home: Home
) -> None:
    """All that was fetched counted as the agency's own bytes, from whatever host it came."""
    agencies.on(SESNSP, "<html><title>Challenge Validation</title></html>")
    agencies.on(f"{MIRROR}IDVFC_NM_nov15.csv", victims_csv)
    _, mirror = ask("sesnsp_victims", today=date(2015, 12, 22))
    (held,) = store.all_vintages(home.raw)
    assert (held.provenance, held.found_at) == ("as_received", mirror.url)


def test_a_mirror_with_nothing_in_a_year(agencies: Any, ask: Ask) -> None:
    agencies.on(SESNSP, "<html></html>")
    _, mirror = ask("sesnsp_victims")
    assert "none of 12 periods" in str(mirror.error)
