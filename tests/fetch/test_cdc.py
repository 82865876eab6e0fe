"""CDC's table behind its Socrata interface: pages that have to be one table."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from indicators import catalog
from indicators.catalog.downloads import Socrata
from indicators.fetch import Outcome
from indicators.paths import Home
from indicators.releases import store

Ask = Callable[..., list[Outcome]]
Reply = Callable[[BaseHTTPRequestHandler, dict[str, str]], None]
CDC = "https://data.cdc.gov/resource/xkb8-kh2a.csv"
CDC_ABOUT = "https://data.cdc.gov/api/views/xkb8-kh2a.json"
CHANGED = 1_794_312_000  # 10 November 2026, 12:00 UTC


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


def socrata(
    agencies: Any, rows: list[list[str]], moved: int = 0, page: int | None = None, said: int | None = None
) -> Reply:
    """Pages of a table; from the second on (or on one) ``moved`` rows earlier: rows were loaded in between."""

    def reply(handler: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        header, *body = rows
        if "$select" in asked:
            return agencies.send(handler, written([["count"], [str(len(body) if said is None else said)]]))
        assert asked["$order"] == "state,year,month,indicator,:id"
        first = int(asked["$offset"])
        first -= moved if first and page in (None, first) else 0
        return agencies.send(handler, written([header, *body[first : first + int(asked["$limit"])]]))

    return reply


def test_cdc_is_read_in_pages_and_stands_as_one_table(
    agencies: Any, ask: Ask, cdc: catalog.Source, table: list[list[str]], home: Home
) -> None:
    agencies.on(CDC_ABOUT, json.dumps({"rowsUpdatedAt": CHANGED}))
    agencies.by(CDC, socrata(agencies, table))
    (outcome,) = ask(cdc)
    assert outcome.status == "fetched", outcome.error
    held = outcome.vintage
    assert held is not None
    assert (held.layout, held.released, held.released_estimated) == ("api", date(2026, 11, 10), False)
    assert held.file == "VSRR_Provisional_Drug_Overdose_Death_Counts_20261110.csv"
    assert list(csv.reader(io.StringIO(held.read(home.raw).decode()))) == table
    assert agencies.times(CDC) == 1 + 3  # the count, and 13 rows by five


def test_cdc_unchanged_is_one_question(agencies: Any, ask: Ask, cdc: catalog.Source, table: list[list[str]]) -> None:
    agencies.on(CDC_ABOUT, json.dumps({"rowsUpdatedAt": CHANGED}))
    agencies.by(CDC, socrata(agencies, table))
    ask(cdc)
    before = len(agencies.asked)
    assert ask(cdc)[0].status == "unchanged"
    assert len(agencies.asked) == before + 1


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ({"moved": 1}, "14 rows of 13, 1 of them twice"),
        ({"moved": 1, "page": 5}, "13 rows of 13, 1 of them twice"),
        ({"moved": -1}, "12 rows of 13"),
        ({"said": 14}, "13 rows of 14"),
    ],
)
def test_cdc_rows_that_moved_between_pages(
    agencies: Any, ask: Ask, cdc: catalog.Source, table: list[list[str]], home: Home, pages: Any, found: str
) -> None:
    agencies.on(CDC_ABOUT, json.dumps({"rowsUpdatedAt": CHANGED}))
    agencies.by(CDC, socrata(agencies, table, **pages))
    (outcome,) = ask(cdc)
    assert outcome.status == "failed"
    assert found in str(outcome.error)
    assert not home.raw.exists()


def test_cdc_loading_while_we_read_is_read_again(
    agencies: Any, ask: Ask, cdc: catalog.Source, table: list[list[str]]
) -> None:
    agencies.on(CDC_ABOUT, json.dumps({"rowsUpdatedAt": CHANGED - 86_400}))
    agencies.on(CDC_ABOUT, json.dumps({"rowsUpdatedAt": CHANGED}))
    agencies.by(CDC, socrata(agencies, table))
    (outcome,) = ask(cdc)
    assert outcome.vintage is not None
    assert outcome.vintage.released == date(2026, 11, 10)
    assert agencies.times(CDC) == 2 * 4


def test_cdc_changed_is_read_again_and_the_same_rows_are_no_new_release(
    agencies: Any, ask: Ask, cdc: catalog.Source, table: list[list[str]], home: Home
) -> None:
    for changed in (CHANGED, CHANGED, CHANGED + 86_400):
        agencies.on(CDC_ABOUT, json.dumps({"rowsUpdatedAt": changed}))
    agencies.by(CDC, socrata(agencies, table))
    assert [ask(cdc)[0].status, ask(cdc)[0].status] == ["fetched", "unchanged"]
    assert agencies.times(CDC) == 2 * 4
    assert len(store.all_vintages(home.raw)) == 1


@pytest.mark.parametrize("about", ["", "<html>", "{}", '{"rowsUpdatedAt": null}', "[1]"])
def test_cdc_without_a_day_of_change(agencies: Any, ask: Ask, cdc: catalog.Source, about: str) -> None:
    agencies.on(CDC_ABOUT, about)
    assert ask(cdc)[0].status == "failed"


def test_what_a_server_writes_cannot_write_over_the_terminal(agencies: Any, ask: Ask, cdc: catalog.Source) -> None:
    agencies.on(CDC_ABOUT, "\x1b[2Jall is well\r\n")
    assert "\x1b" not in str(ask(cdc)[0].error)
    assert "[2Jall is well" in str(ask(cdc)[0].error)
