"""Taking files in: what is added, what is already here, what is refused, and that nothing is lost over it."""

import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from indicators.errors import DataError
from indicators.releases import ingest, store
from indicators.releases.ingest import Outcome

TODAY = date(2021, 1, 4)
OLDER = "sbo-encounters-fy16-fy17-oct.csv"
NEWER = "sbo-encounters-fy16-fy17-nov.csv"
Add = Callable[..., Outcome]


@pytest.fixture
def add(tmp_path: Path) -> Add:
    """Add a file to a store of this test's own."""
    return lambda path, **options: ingest.add(
        path, tmp_path / "raw", ingest.IngestRequest(**{"received": TODAY} | options)
    )


def state(root: Path) -> dict[str, bytes]:
    """Everything under a folder."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def error(outcome: Outcome) -> DataError:
    assert (outcome.status, outcome.vintage) == ("refused", None)
    assert outcome.error is not None
    return outcome.error


def test_what_is_kept_of_a_file(add: Add, small_releases: Path, tmp_path: Path) -> None:
    outcome = add(small_releases / NEWER)
    held = outcome.stored()
    assert (outcome.status, outcome.rows) == ("added", 32)
    assert (held.source, held.layout, held.how) == ("cbp_encounters", "southwest", "by hand")
    assert (held.released, held.released_estimated) == (date(2016, 12, 31), True)
    assert (held.data_month, held.received) == (date(2016, 11, 30), TODAY)
    assert store.all_vintages(tmp_path / "raw") == [held]
    assert held.read(tmp_path / "raw") == (small_releases / NEWER).read_bytes()


def test_same_bytes_twice_change_no_release(add: Add, small_releases: Path, tmp_path: Path) -> None:
    first = add(small_releases / NEWER).stored()
    folder = first.path(tmp_path / "raw").parent
    before = state(folder)
    again = add(small_releases / NEWER, received=date(2022, 1, 1))
    assert (again.status, again.stored()) == ("unchanged", first)
    assert state(folder) == before
    assert store.all_vintages(tmp_path / "raw") == [first]


def zipped(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(NEWER, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "wrap"),
    [
        (f"{NEWER}.gz", gzip.compress),
        (NEWER.replace(".csv", ".zip"), zipped),
        (NEWER, lambda data: data.replace(b"\r\n", b"\n")),
        ("another-name-fy16-fy17-nov.csv", lambda data: data),
    ],
)
def test_same_table_in_another_wrapping_is_the_same_release(
    add: Add, small_releases: Path, tmp_path: Path, name: str, wrap: Callable[[bytes], bytes]
) -> None:
    """Two of the real files have LF where CBP has CRLF: git had passed over them."""
    first = add(small_releases / NEWER).stored()
    (tmp_path / name).write_bytes(wrap((small_releases / NEWER).read_bytes()))
    assert add(tmp_path / name).stored() == first
    assert len(store.all_vintages(tmp_path / "raw")) == 1


def test_refused_file_leaves_the_store_as_it_was(add: Add, small_releases: Path, tmp_path: Path) -> None:
    add(small_releases / OLDER)
    before = state(tmp_path / "raw")
    data = (small_releases / NEWER).read_bytes().replace(b"Encounter Count", b"Encounters")
    (tmp_path / NEWER).write_bytes(data)
    assert error(add(tmp_path / NEWER)).line == 1
    assert state(tmp_path / "raw") == before


def test_refused_by_a_cell_names_line_and_column(add: Add, small_releases: Path, tmp_path: Path) -> None:
    data = (small_releases / NEWER).read_bytes().replace(b",Apprehensions,102\r", b",Apprehensions,-102\r")
    (tmp_path / NEWER).write_bytes(data)
    found = error(add(tmp_path / NEWER))
    assert (found.file, found.line, found.column) == (NEWER, 6, "Encounter Count")
    assert not (tmp_path / "raw").exists()


def test_file_that_tells_no_release_day_is_asked_about(add: Add, small_releases: Path, tmp_path: Path) -> None:
    (tmp_path / "encounters.csv").write_bytes((small_releases / NEWER).read_bytes())
    assert "--released" in str(error(add(tmp_path / "encounters.csv")))
    held = add(tmp_path / "encounters.csv", released=date(2016, 12, 19)).stored()
    assert (held.released, held.released_estimated) == (date(2016, 12, 19), False)


def test_release_is_never_known_before_it_was_received(add: Add, small_releases: Path) -> None:
    """November's table, in hand on 19 December: the last day of December as an estimate would hide it."""
    held = add(small_releases / NEWER, received=date(2016, 12, 19)).stored()
    assert (held.released, held.released_estimated) == (date(2016, 12, 19), True)


def test_release_day_to_come_is_refused(add: Add, small_releases: Path) -> None:
    assert "up to 2021-01-04" in str(error(add(small_releases / NEWER, released=date(2021, 1, 5))))


def test_another_source_than_the_one_named_is_refused(add: Add, small_releases: Path) -> None:
    assert "cbp_encounters" in error(add(small_releases / NEWER, source="cdc_overdose")).found
    assert add(small_releases / NEWER, source="cbp_encounters").status == "added"


def test_file_named_like_the_record_of_a_vintage_is_refused(add: Add, small_releases: Path, tmp_path: Path) -> None:
    (tmp_path / store.RECORD).write_bytes((small_releases / NEWER).read_bytes())
    assert "rename it" in error(add(tmp_path / store.RECORD, released=TODAY)).todo


def test_file_that_is_not_there_is_refused(add: Add, tmp_path: Path) -> None:
    assert "No such file" in error(add(tmp_path / "nothing.csv")).found


def test_folder_with_a_mixture(add: Add, small_releases: Path, tmp_path: Path) -> None:
    """Everything that can be taken is taken, everything else refused with its reason; hidden files are left."""
    folder = tmp_path / "downloads"
    (folder / "deeper" / "vintage-2017-02").mkdir(parents=True)
    (folder / ".cache").mkdir()
    (folder / ".cache" / "half.csv").write_text("State\n")
    (folder / NEWER).write_bytes((small_releases / NEWER).read_bytes())
    (folder / "copy.gz").write_bytes(gzip.compress((small_releases / NEWER).read_bytes()))
    (folder / "deeper" / "vintage-2017-02" / "missing.csv").write_bytes(
        (small_releases / "vintage-2017-02" / "missing.csv").read_bytes()
    )
    (folder / "notes.txt").write_text("call the agency\n")
    (folder / "page.csv").write_text("<!DOCTYPE html><title>Challenge Validation</title>")
    (folder / "empty.csv").touch()
    outcomes = {path.name: add(path) for path in ingest.files_under([folder])}
    assert {name: one.status for name, one in outcomes.items()} == {
        "copy.gz": "refused",  # the first in order, and its name tells no day
        "empty.csv": "refused",
        "missing.csv": "added",
        "notes.txt": "refused",
        "page.csv": "refused",
        NEWER: "added",
    }
    assert "web page" in str(error(outcomes["page.csv"]))
    assert len(store.all_vintages(tmp_path / "raw")) == 2


def test_edited_stored_file_is_noticed(add: Add, small_releases: Path, tmp_path: Path) -> None:
    held = add(small_releases / NEWER).stored()
    path = held.path(tmp_path / "raw")
    path.write_bytes(path.read_bytes().replace(b",102\r", b",103\r"))
    with pytest.raises(DataError, match="must never be edited"):
        held.read(tmp_path / "raw")


def test_two_releases_of_one_source_are_two_vintages(add: Add, small_releases: Path, tmp_path: Path) -> None:
    newer, older = add(small_releases / NEWER).stored(), add(small_releases / OLDER).stored()
    assert store.all_vintages(tmp_path / "raw") == [older, newer]
    assert older.id == f"cbp_encounters-2016-11-30-{older.sha256[:8]}"
