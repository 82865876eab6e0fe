"""`indicators fetch`: what it says, its exit code, and that it is the only command that may ask."""

import subprocess
import sys
from datetime import date
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from command import Run, runner
from indicators import catalog, cli
from indicators.fetch import client as fetch_client
from indicators.fetch.client import Client
from indicators.paths import Home
from indicators.releases import store


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    home: Home,
    client: Client,
    clock: Any,
) -> Run:
    """Run the command in the home of this test, against the server here."""
    here = partial(Client, transport=client._http._transport, clock=clock)
    monkeypatch.setattr(fetch_client, "Client", here)
    return partial(runner(monkeypatch, capsys, home), "fetch")


def test_list_says_what_would_be_asked_and_asks_nothing(run: Run, agencies: Any, home: Home) -> None:
    said = run("--list")
    assert said.code == 0
    for source in catalog.sources().values():
        for way in source.fetch:
            assert source.id in said.out
            assert way.page.split("/")[2] in said.out or way.kind == "dated"
    assert "sesnsp_victims: dated (only if the one above fails)" in said.out
    assert agencies.asked == []
    assert not home.root.exists()


def test_fetched_then_unchanged_then_failed(
    run: Run, agencies: Any, drugs_url: str, drugs_csv: bytes, home: Home
) -> None:
    agencies.on(drugs_url, drugs_csv)
    said = run("cbp_drugs")
    (held,) = store.all_vintages(home.raw)
    assert f"fetched    nationwide-drugs-fy22-fy23-nov.csv: {held.id}, " in said.out
    assert "1 fetched, 0 unchanged, 1 failed" in said.out  # the page here lists no amo-drug-seizures
    assert "Next: indicators build" in said.out
    assert (said.code, said.err) == (1, "indicators: 1 could not be fetched; the others are in the store\n")
    again = run("cbp_drugs")
    assert f"unchanged  nationwide-drugs-fy22-fy23-nov.csv: {held.id}, checked on " in again.out


def test_a_clock_that_was_set_back_asks_nobody(
    run: Run, agencies: Any, drugs_url: str, drugs_csv: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    agencies.on(drugs_url, drugs_csv)
    run("cbp_drugs")
    asked = len(agencies.asked)
    monkeypatch.setattr(cli, "date", SimpleNamespace(today=lambda: date(2023, 1, 1)))
    said = run("cbp_drugs")
    assert (said.code, "no day after 2023-01-01" in said.err) == (1, True)
    assert len(agencies.asked) == asked
    assert run("--list").code == 0


def test_nothing_failed_is_exit_code_0(run: Run, agencies: Any, fixtures: Path) -> None:
    data = (fixtures / "population_mx" / "00_Pob_Mitad_1950_2070.csv").read_bytes()
    agencies.on("https://conapo.segob.gob.mx/work/models/CONAPO/Datos_Abiertos/pry23/00_Pob_Mitad_1950_2070.csv", data)
    said = run("population_mx")
    assert (said.code, said.err) == (0, "")
    assert "1 fetched, 0 unchanged, 0 failed" in said.out


def test_a_refused_file_is_told_with_its_address(run: Run, agencies: Any, drugs_url: str, drugs_csv: bytes) -> None:
    agencies.on(drugs_url, drugs_csv.replace(b"Drug Type", b"Drug Kind"))
    said = run("cbp_drugs")
    assert f"failed     cbp_drugs: {drugs_url}\nnationwide-drugs-fy22-fy23-nov.csv, line 1\n" in said.out


def test_an_unknown_source(run: Run, agencies: Any) -> None:
    said = run("cdc")
    assert said.code == 1
    assert 'no source to fetch is called "cdc": one of cdc_overdose' in said.err
    assert agencies.asked == []


def test_help_and_other_commands_load_no_network_code() -> None:
    code = "import sys, indicators.cli; print(sorted({'httpx', 'stamina', 'rich.progress'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
