"""What comes goes into the store whole and known, once; and what fails leaves it as it was."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from indicators import catalog
from indicators.fetch import Outcome
from indicators.paths import Home
from indicators.releases import ingest, store

Ask = Callable[..., list[Outcome]]


def test_a_file_that_is_new_goes_into_the_store_with_its_address_and_day(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes, home: Home
) -> None:
    agencies.on(drugs_url, drugs_csv, Last_Modified="Wed, 14 Dec 2022 15:05:45 GMT", ETag='"a"')
    (outcome,) = ask(drugs)
    assert (outcome.status, outcome.rows > 0) == ("fetched", True)
    (held,) = store.all_vintages(home.raw)
    assert (held.how, held.url, held.received) == ("fetched", drugs_url, date(2026, 11, 22))
    assert (held.released, held.released_estimated) == (date(2022, 12, 14), False)
    assert held.read(home.raw) == drugs_csv
    assert (held.provenance, held.found_at) == ("agency_bytes", "")
    assert agencies.asked[0][2]["User-Agent"].startswith("cross-border-crime-indicators/")


def test_a_file_that_did_not_change_is_not_sent_again_and_recorded_as_checked(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes, home: Home
) -> None:
    agencies.on(drugs_url, drugs_csv, ETag='"a"', Last_Modified="Wed, 14 Dec 2022 15:05:45 GMT")
    agencies.on(drugs_url, status=304)
    first, second = ask(drugs)[0], ask(drugs, today=date(2026, 12, 1))[0]
    asked = agencies.asked[-1][2]
    assert asked["If-None-Match"] == '"a"'
    assert asked["If-Modified-Since"] == "Wed, 14 Dec 2022 15:05:45 GMT"
    assert (second.status, second.vintage) == ("unchanged", first.vintage)
    assert store.checks(home.raw) == [store.Check(date(2026, 12, 1), first.vintage.id)]  # type: ignore[union-attr]


def test_the_same_table_under_other_marks_is_unchanged_too(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes, home: Home
) -> None:
    agencies.on(drugs_url, drugs_csv)
    agencies.on(drugs_url, drugs_csv, ETag='"b"')
    assert [ask(drugs)[0].status, ask(drugs)[0].status] == ["fetched", "unchanged"]
    assert len(store.all_vintages(home.raw)) == 1


def test_a_vintage_deleted_by_hand_is_asked_for_whole(
    agencies: Any,
    ask: Ask,
    drugs: catalog.Source,
    drugs_url: str,
    drugs_csv: bytes,
    home: Home,
    fixtures: Path,
) -> None:
    other = fixtures / "cbp_drugs" / "amo-drug-seizures-fy22-fy23-oct.csv"
    assert ingest.add(other, home.raw, ingest.IngestRequest(received=date(2026, 11, 1))).status == "added"
    agencies.on(drugs_url, drugs_csv, ETag='"a"')
    held = ask(drugs)[0].vintage
    assert held
    folder = held.path(home.raw).parent
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert ask(drugs)[0].status == "fetched"
    assert "If-None-Match" not in agencies.asked[-1][2]


@pytest.mark.parametrize(
    ("header", "date_in_store"),
    [
        ("Wed, 14 Dec 2022 15:05:45 GMT", date(2022, 12, 14)),
        ("Tue, 01 Nov 2022 00:00:00 GMT", date(2022, 12, 31)),  # before the data end: the name tells
        ("Sun, 22 Nov 2099 00:00:00 GMT", date(2022, 12, 31)),  # a server's clock gone wrong
        ("yesterday", date(2022, 12, 31)),
    ],
)
def test_release_day_from_the_header_where_it_can_be_true(
    agencies: Any,
    ask: Ask,
    drugs: catalog.Source,
    drugs_url: str,
    drugs_csv: bytes,
    header: str,
    date_in_store: date,
) -> None:
    agencies.on(drugs_url, drugs_csv, Last_Modified=header)
    assert ask(drugs)[0].vintage.released == date_in_store  # type: ignore[union-attr]


def test_a_column_that_was_renamed(agencies: Any, failed: Callable[[], str], drugs_url: str, drugs_csv: bytes) -> None:
    agencies.on(drugs_url, drugs_csv.replace(b"Drug Type", b"Drug Kind"))
    said = failed()
    assert "expected: the header of cbp_drugs" in said
    assert '"Drug Kind"' in said


def test_another_series_under_this_name(
    agencies: Any, failed: Callable[[], str], drugs_url: str, fixtures: Path
) -> None:
    other = fixtures / "cbp_weapons" / "weapons-ammunition-seizures-fy22-fy23-oct.csv"
    agencies.on(drugs_url, other.read_bytes())
    assert "the header of cbp_weapons" in failed()


def test_an_empty_answer(agencies: Any, failed: Callable[[], str], drugs_url: str) -> None:
    agencies.on(drugs_url, b"")
    assert "an empty answer" in failed()


def test_a_failure_leaves_the_release_that_is_held_alone(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes, home: Home
) -> None:
    agencies.on(drugs_url, drugs_csv)
    agencies.on(drugs_url, drugs_csv.replace(b"Drug Type", b"Drug Kind"))
    ask(drugs)
    before = {path: path.read_bytes() for path in home.raw.rglob("*") if path.is_file()}
    assert ask(drugs)[0].status == "failed"
    assert {path: path.read_bytes() for path in home.raw.rglob("*") if path.is_file()} == before


def test_a_name_that_would_leave_its_folder_does_not(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes, home: Home
) -> None:
    name = "../../../nationwide-drugs-fy22-fy23-nov.csv"
    agencies.on(drugs_url, drugs_csv, Content_Disposition=f'attachment; filename="{name}"')
    (outcome,) = ask(drugs)
    assert (outcome.status, outcome.name) == ("fetched", "nationwide-drugs-fy22-fy23-nov.csv")
    assert all(home.root in path.parents for path in home.raw.rglob("*"))


def test_a_full_disk_fails_one_file_and_is_told(
    agencies: Any,
    ask: Ask,
    drugs: catalog.Source,
    drugs_url: str,
    drugs_csv: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    agencies.on(drugs_url, drugs_csv)
    monkeypatch.setattr(store, "store", full)
    (outcome,) = ask(drugs)
    assert outcome.status == "failed"
    assert "No space left on device" in str(outcome.error)


def test_a_record_in_the_store_that_is_broken_fails_its_source_alone(
    agencies: Any,
    ask: Ask,
    drugs: catalog.Source,
    drugs_url: str,
    drugs_csv: bytes,
    home: Home,
) -> None:
    agencies.on(drugs_url, drugs_csv, ETag='"a"')
    held = ask(drugs)[0].vintage
    assert held
    (held.path(home.raw).parent / store.RECORD).write_text("{")
    (outcome,) = ask(drugs)
    assert outcome.status == "failed"
    assert "delete this vintage's folder and add its file again" in str(outcome.error)
