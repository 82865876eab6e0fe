"""No reader takes a table that has drifted for what it was: taken rightly, refused by name, or told at the top.

Each release is mutated and held against itself unchanged, as the last release. ``DRIFT_WRITE=1 pytest -m real
tests/drift`` writes docs/drift.md, which the same test holds to be current.
"""

from __future__ import annotations

import csv
import io
import os
from datetime import date
from pathlib import Path

import pytest

from drift.mutations import MUTATIONS, Table, of_document
from indicators import checks, contracts, intake, vintages
from indicators.checks import Read
from indicators.errors import DataError
from indicators.sources import Match, Tidy, recognise, tidy
from indicators.sources.files import JsonDocument, LargeTable, TextTable, decode, unpack

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "drift.md"
SAME = "taken, same figures"
LESS = "taken, same figures of the parts it holds"  # of the others, the last release goes on to count
MARGINAL = "taken, within its band"
WRONG = "TAKEN, OTHER FIGURES"
ONLY_HISTORY = {  # in files of a few rows there is not enough of it: the real releases are held to all of them
    "years one on", "last tenth of rows cut", "a tenth in the middle cut", "rows of one label gone", "figures blank",
    "figures doubled",
}  # fmt: skip
FIXTURES = [
    "bts_border_crossings/Border_Crossing_Entry_Data_20240503.csv",
    "cbp_currency/currency-seizures-fy22-fy23-oct.csv",
    "cbp_drugs/nationwide-drugs-fy22-fy23-nov.csv",
    "cbp_encounters/nationwide-encounters-fy22-fy23-oct-aor.csv",
    "cbp_weapons/weapons-ammunition-seizures-fy22-fy23-oct.csv",
    "cdc_overdose/export.csv",
    "population_mx/conapo_pob_ent_gender_1950_2070.csv",
    "population_us/NST-EST2024-ALLDATA.csv",
    "rnpdno/rnpdno_disappeared_not_located.csv",
    "rnpdno/rnpdno_state_year.csv",
    "rnpdno/unfiltered.json",
]


def parsed(name: str, data: bytes, match: Match) -> Table:
    """The table of a file as text, as published; headers by our names."""
    text, _ = decode(name, data)
    header, *rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    assert isinstance(match.content, TextTable)
    published = dict(zip(match.content.header, header, strict=True))
    return Table(header, rows, {ours: published[one] for ours, one in match.headers.items()})


def changed(name: str, data: bytes) -> dict[str, bytes | None]:
    """Every mutation of a file; None where it has nothing to change."""
    match = recognise(name, data)
    if isinstance(match.content, JsonDocument):
        return dict(of_document(match.content.content))
    table = parsed(name, data, match)
    return {mutation: change(table) for mutation, change in MUTATIONS.items()}


def read(name: str, data: bytes, day: vintages.ReleaseDay) -> tuple[Match, Tidy]:
    match = recognise(name, data)
    found = tidy(match, released=day.released, data_month=day.data_month)
    contracts.validate(match.source.table, found.facts, name)
    return match, found


def outcomes(name: str, data: bytes, day: vintages.ReleaseDay) -> dict[str, str]:
    """What becomes of each mutation of a release that is held against itself."""
    _, last = read(name, data, day)
    order = contracts.FACTS[recognise(name, data).source.table].unique
    found = {}
    for mutation, mutated in changed(name, data).items():
        if mutated is None:
            continue
        try:
            match, now = read(name, mutated, day)
        except DataError as error:
            found[mutation] = f"refused: {_short(error.expected)}"
            continue
        before, after = (one.facts.sort(order).select(sorted(one.facts.columns)) for one in (last, now))
        held = before.filter(before["part"].is_in(now.parts["part"].to_list()))
        if before.equals(after):
            found[mutation] = SAME
        else:
            found[mutation] = LESS if after.height and held.equals(after) else _judged(match, last, now)
    return found


def _judged(match: Match, last: Tidy, now: Tidy) -> str:
    said = checks.judge(
        match.source, [Read("last", last.facts, last.parts), Read("now", now.facts, now.parts)]
    )
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
    day = vintages.ReleaseDay(date(2026, 12, 31), True, None)
    found = outcomes(path.name, path.read_bytes(), day)
    assert found["unchanged"] == SAME
    wrong = {mutation for mutation, outcome in found.items() if outcome == WRONG}
    assert wrong <= ONLY_HISTORY


@pytest.mark.parametrize("name", FIXTURES)
def test_renamed_column_is_named(fixtures: Path, name: str) -> None:
    path = fixtures / name
    mutated = changed(path.name, path.read_bytes()).get("column renamed")
    if mutated is not None:
        with pytest.raises(DataError, match=r"\(nuevo\)"):
            recognise(path.name, mutated)


def newest(folder: Path) -> dict[str, tuple[Path, vintages.ReleaseDay]]:
    """The newest real release of every layout that a mutation can be made of."""
    found: dict[str, tuple[Path, vintages.ReleaseDay]] = {}
    for path in intake.files_under([folder]):
        try:
            match = recognise(path.name, path.read_bytes())
            day = intake._release_day(path, match, date(2026, 11, 1), None)
            read(path.name, path.read_bytes(), day)
        except DataError:
            continue
        if isinstance(match.content, LargeTable) or path.name.endswith(".xlsx"):
            continue
        key = f"{match.source.id}, {match.layout}"
        if key not in found or day.released >= found[key][1].released:
            found[key] = (path, day)
    return dict(sorted(found.items()))


@pytest.mark.thorough
@pytest.mark.real
def test_drift_of_real_releases_is_never_taken_for_what_it_was(real_raw: Path) -> None:
    table: dict[str, dict[str, str]] = {}
    for key, (path, day) in newest(real_raw).items():
        table[key] = outcomes(path.name.removesuffix(".gz"), unpack(path.name, path.read_bytes())[1], day)
    page = _page(table)
    print(page)
    if os.environ.get("DRIFT_WRITE"):
        PAGE.write_text(page, encoding="utf-8")
    wrong = [f"{key}: {one}" for key, found in table.items() for one, said in found.items() if said == WRONG]
    assert wrong == []
    assert PAGE.read_text(encoding="utf-8") == page, "run DRIFT_WRITE=1 pytest -m real tests/drift"


def _page(table: dict[str, dict[str, str]]) -> str:
    tried = sum(len(found) for found in table.values())
    lines = [
        "# Drift: what becomes of a table that has changed",
        "",
        "Written by `DRIFT_WRITE=1 pytest -m real tests/drift`; do not edit. The newest real release of every layout",
        f"is mutated and held against itself unchanged, as the last release: {tried} files. *Refused* is followed by",
        "what was expected, *refused by the checks* and *taken with a banner* by the rules of `checks.toml`;",
        "*taken, within its band* moved less than this source's own revisions do, and is told as a note.",
    ]
    for key, found in table.items():
        lines += ["", f"## {key}", "", "| Mutation | Outcome |", "|---|---|"]
        lines += [f"| {one} | {said.replace('|', '/')} |" for one, said in found.items()]
    return "\n".join(lines) + "\n"
