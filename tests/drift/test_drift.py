"""No reader takes a table that has drifted for what it was: taken rightly, refused by name, or told at the top.

Each release is mutated and held against itself unchanged, as the last release. ``DRIFT_WRITE=1 pytest -m real
tests/drift`` writes docs/drift.md, which the same test holds to be current.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import real_releases
from drift import generated
from drift.documents import of_document
from drift.mutations import MUTATIONS, SHEETS, WRITINGS
from drift.tables import Table, Workbook
from indicators import catalog
from indicators.catalog.tables import FACTS, validate
from indicators.errors import DataError
from indicators.readers import Match, Tidy, recognise, tidy
from indicators.readers.files import SHEET, JsonDocument, TextTable, decode, unpack
from indicators.releases import checks, ingest, store
from indicators.releases.totals import add_up

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "drift.md"
SAME = "taken, same figures"
LESS = "taken, same figures of the parts it holds"  # of the others, the last release goes on to count
MARGINAL = "taken, within its band"
WRONG = "TAKEN, OTHER FIGURES"
ONLY_HISTORY = {  # a file of a few rows has not enough of it: the long tables are held to all of them
    "years one on", "last tenth of rows cut", "a tenth in the middle cut", "figures doubled",
}  # fmt: skip
FIXTURES = [
    "bts_border_crossings/Border_Crossing_Entry_Data_20240503.csv",
    "cbp_currency/currency-seizures-fy22-fy23-oct.csv",
    "cbp_drugs/nationwide-drugs-fy22-fy23-nov.csv",
    "cbp_encounters/nationwide-encounters-fy22-fy23-oct-aor.csv",
    "cbp_weapons/weapons-ammunition-seizures-fy22-fy23-oct.csv",
    "cdc_overdose/api.csv",
    "cdc_overdose/export.csv",
    "population_mx/conapo_pob_ent_gender_1950_2070.csv",
    "population_us/NST-EST2024-ALLDATA.csv",
    "rnpdno/rnpdno_disappeared_not_located.csv",
    "rnpdno/rnpdno_state_year.csv",
    "rnpdno/unfiltered.json",
]


def parsed(name: str, data: bytes, match: Match) -> Table:
    """The table of a file as text, as published; headers by our names."""
    if isinstance(match.content, TextTable) and match.content.encoding == "xlsx":
        rows = [list(row) for row in match.content.rows.drop("line").rows()]
        return Workbook(list(match.content.header), rows, dict(match.headers))
    text, _ = decode(data)
    header, *rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    assert not isinstance(match.content, JsonDocument)
    published = dict(zip(match.content.header, header, strict=True))
    return Table(header, rows, {ours: published[one] for ours, one in match.headers.items()})


def changed(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Every mutation of a file that has something to change."""
    match = recognise(name, data)
    if isinstance(match.content, JsonDocument):
        yield from of_document(match.content.content).items()
        return
    table = parsed(name, data, match)
    for mutation, change in {**MUTATIONS, **(SHEETS if SHEET in table.header else {})}.items():
        if mutated := change(table):
            yield mutation, mutated.file()
    if not isinstance(table, Workbook):
        for mutation, write in WRITINGS.items():
            yield mutation, write(table)


def read(name: str, data: bytes, day: store.ReleaseDay) -> tuple[Match, Tidy]:
    match = recognise(name, data)
    found = tidy(match, released=day.released, data_month=day.data_month)
    validate(match.source.table, found.facts, name)
    return match, found


def release_day(path: Path, match: Match) -> store.ReleaseDay:
    """The day of the file's own name or folder; a fixture that has none came out at the end."""
    return store.release_day(path, match.source.release) or store.ReleaseDay(date(2026, 12, 31), True, None)


def outcomes(name: str, data: bytes, day: store.ReleaseDay) -> dict[str, str]:
    """What becomes of each mutation of a release that is held against itself."""
    _, last = read(name, data, day)
    order = list(FACTS[recognise(name, data).source.table].key)
    found = {}
    for mutation, mutated in changed(name, data):
        try:
            match, now = read(name, mutated, day)
        except DataError as error:
            found[mutation] = f"refused: {_short(error.expected)}"
            continue
        before, after = (one.facts.sort(order).select(sorted(one.facts.columns)) for one in (last, now))
        held = before.filter(before["part"].is_in(now.parts["part"].to_list()))
        zeros = last.municipalities.equals(now.municipalities)
        if before.equals(after) and zeros:
            found[mutation] = SAME
        else:
            found[mutation] = LESS if after.height and held.equals(after) and zeros else _judged(match, last, now)
    return found


def _judged(match: Match, last: Tidy, now: Tidy) -> str:
    releases = {"last": last, "now": now}
    said = checks.findings_of([add_up(match.source, name, one.facts, one.parts) for name, one in releases.items()])
    said = [one for one in said if one.vintage == "now"]
    for severity, words in (("refusal", "refused by the checks"), ("banner", "taken with a banner")):
        if codes := sorted({one.code for one in said if one.severity == severity}):
            return f"{words}: {', '.join(codes)}"
    if now.facts.is_empty():
        return WRONG
    return MARGINAL if [one for one in said if one.severity == "note"] else WRONG


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


@pytest.mark.parametrize("name", FIXTURES)
def test_drift_of_a_small_file_is_never_taken_for_what_it_was(fixtures: Path, name: str) -> None:
    path = fixtures / name
    found = outcomes(path.name, path.read_bytes(), release_day(path, recognise(path.name, path.read_bytes())))
    assert found["unchanged"] == SAME
    wrong = {mutation for mutation, outcome in found.items() if outcome == WRONG}
    assert wrong <= ONLY_HISTORY


@pytest.mark.parametrize("name", FIXTURES)
def test_renamed_column_is_named(fixtures: Path, name: str) -> None:
    path = fixtures / name
    mutated = dict(changed(path.name, path.read_bytes())).get("column renamed")
    if mutated is not None:
        with pytest.raises(DataError, match=r"\(nuevo\)"):
            recognise(path.name, mutated)


@pytest.fixture(scope="module")
def long_tables(sesnsp_nation: Callable[..., pl.DataFrame]) -> dict[str, bytes]:
    """Generated tables of the layouts that no real release is at hand of."""
    return generated.tables(sesnsp_nation)


@pytest.mark.thorough
@pytest.mark.parametrize("name", generated.NAMES)
def test_drift_of_a_generated_table_is_never_taken_for_what_it_was(long_tables: dict[str, bytes], name: str) -> None:
    _, found = of_generated(name, long_tables[name])
    assert found["unchanged"] == SAME
    assert WRONG not in found.values(), found


def of_generated(name: str, data: bytes) -> tuple[str, dict[str, str]]:
    """The layout of a generated table, and what becomes of its mutations."""
    match = recognise(name, data)
    return layout(match), outcomes(name, data, release_day(Path(name), match))


def layout(match: Match) -> str:
    return f"{match.source.id}, {match.layout}"


def newest(folder: Path) -> dict[str, tuple[Path, store.ReleaseDay]]:
    """Find the newest pinned release of every layout that they have."""
    found: dict[str, tuple[Path, store.ReleaseDay]] = {}
    for path in [*real_releases.files(folder), *real_releases.published(folder)]:
        match = recognise(path.name, path.read_bytes())
        day = ingest.release_day(path, match, ingest.IngestRequest(received=date(2026, 11, 1)))
        if layout(match) not in found or day.released >= found[layout(match)][1].released:
            found[layout(match)] = (path, day)
    return found


@pytest.mark.thorough
@pytest.mark.real
def test_drift_of_real_releases_is_never_taken_for_what_it_was(real_raw: Path, long_tables: dict[str, bytes]) -> None:
    real: dict[str, dict[str, str]] = {}
    for key, (path, day) in sorted(newest(real_raw).items()):
        real[key] = outcomes(path.name.removesuffix(".gz"), unpack(path.name, path.read_bytes())[1], day)
    made_up: dict[str, dict[str, str]] = {}
    for name, data in long_tables.items():  # of SESNSP's two instruments in one layout, the first
        made_up.setdefault(*of_generated(name, data))
    page = _page(real, {key: found for key, found in made_up.items() if key not in real})
    print(page)
    if os.environ.get("DRIFT_WRITE"):
        PAGE.write_text(page, encoding="utf-8")
    tables = {**real, **made_up}
    layouts = {f"{one.id}, {name}" for one in catalog.sources().values() for name in one.layouts}
    assert layouts == set(tables), "a layout that nothing is mutated of"
    assert {key: found for key, found in tables.items() if WRONG in found.values()} == {}
    assert PAGE.read_text(encoding="utf-8") == page, "run DRIFT_WRITE=1 pytest -m real tests/drift"


def _page(real: dict[str, dict[str, str]], made_up: dict[str, dict[str, str]]) -> str:
    tried = sum(len(found) for found in (*real.values(), *made_up.values()))
    lines = [
        "# Drift: what becomes of a table that has changed",
        "",
        "Written by `DRIFT_WRITE=1 pytest -m real tests/drift`; do not edit. The newest real release of every layout",
        "(a generated table where no release is available, listed below) is changed and compared with its unchanged",
        f"form, as the last release: {tried} files of {len(real) + len(made_up)} layouts. *Refused* is followed by",
        "what was expected, *refused by the checks* and *taken with a banner* by the rules of `checks.toml`;",
        "*taken, within its band* moved less than this source's own revisions do, and is noted.",
        "",
        f"Every layout in the catalogue is here; of {', '.join(f'`{key}`' for key in made_up)} the table is generated.",
    ]
    for key, found in sorted({**real, **made_up}.items()):
        lines += ["", f"## {key}", "", "| Mutation | Outcome |", "|---|---|"]
        lines += [f"| {one} | {said.replace('|', '/')} |" for one, said in found.items()]
    return "\n".join(lines) + "\n"
