"""Rows kept beside the warehouse: never another answer than the releases themselves, whatever becomes of them."""

import ast
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from indicators import readers
from indicators.catalog.tables import FACTS
from indicators.errors import DataError
from indicators.paths import Home
from indicators.readers import Tidy
from indicators.releases import ingest, store, tidy_cache
from indicators.warehouse import build, query

RECEIVED = date(2021, 1, 4)


@pytest.fixture(scope="module")
def stored(once: Callable[..., Path], small_releases: Path) -> Path:
    """The folder of a home with four releases, their rows kept."""

    def make(root: Path) -> None:
        home = Home(root)
        for name in (
            "VSRR_20161114.csv",
            "VSRR_20170315.csv",
            "IDVFC_NM_oct16.csv.gz",
            "IDVFC_NM_nov16.csv.gz",
        ):
            outcome = ingest.add(
                small_releases / name, home.raw, ingest.IngestRequest(received=RECEIVED, cache=home.cache)
            )
            assert outcome.status == "added"

    return once("four_releases", make)


@pytest.fixture
def home(stored: Path, tmp_path: Path) -> Home:
    """The same, of a test's own."""
    return Home(shutil.copytree(stored, tmp_path, dirs_exist_ok=True))


@pytest.fixture(scope="module")
def whole(stored: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    """What these releases answer while nothing is amiss."""
    home = Home(tmp_path_factory.mktemp("whole") / "home")
    shutil.copytree(stored, home.root)
    return answers(home, kept=True)


@pytest.fixture
def read_by_reader(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that a source's reader was given since."""
    seen: list[str] = []
    tidy = tidy_cache.tidy

    def noted(match: readers.Match, **days: date) -> Tidy:
        seen.append(match.content.file)
        return tidy(match, **days)

    monkeypatch.setattr(tidy_cache, "tidy", noted)
    return seen


def answers(home: Home, *, kept: bool) -> dict[str, pl.DataFrame]:
    """Every row of every table of a warehouse built now."""
    build.build(build.BuildInputs(home.raw, home.edition, cache=home.cache if kept else None), home.warehouse)
    with query.connect(home.warehouse) as connection:
        tables = [*FACTS, *build.OWN_TABLES]
        return {table: query.select(connection, f"FROM {table} ORDER BY ALL") for table in tables}


def same(first: dict[str, pl.DataFrame], second: dict[str, pl.DataFrame]) -> bool:
    assert first.keys() == second.keys()
    return all(first[table].equals(second[table]) for table in first)


def test_deleted_it_changes_no_answer(home: Home, whole: dict[str, pl.DataFrame]) -> None:
    shutil.rmtree(home.cache)
    assert same(answers(home, kept=True), whole)
    assert same(answers(home, kept=False), whole)
    assert whole["crime_victims"].height > 1000


def test_what_was_added_is_not_read_again_to_build(home: Home, read_by_reader: list[str]) -> None:
    answers(home, kept=True)
    assert read_by_reader == []


def test_only_what_is_new_is_read(home: Home, small_releases: Path, read_by_reader: list[str]) -> None:
    new = "sbo-encounters-fy16-fy17-oct.csv"
    ingest.add(small_releases / new, home.raw, ingest.IngestRequest(received=RECEIVED))
    answers(home, kept=True)
    assert read_by_reader == [new, new]  # added without keeping, then built


def test_other_code_reads_everything_again(
    home: Home, read_by_reader: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidy_cache, "_code_sha256", lambda: "of another day")
    answers(home, kept=True)
    assert len(read_by_reader) == 4


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _one_byte_changed(data: bytes) -> bytes:
    """Among the rows, where no footer tells of it."""
    at = len(data) // 3
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("folder", ["crime_victims", "totals"])
@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: b"PAR1 cut", _cut, _one_byte_changed])
def test_damaged_rows_are_made_again(
    home: Home,
    whole: dict[str, pl.DataFrame],
    folder: str,
    damage: Callable[[bytes], bytes],
    read_by_reader: list[str],
) -> None:
    path = next(home.cache.glob(f"{folder}/*"))
    path.write_bytes(damage(path.read_bytes()))
    assert same(answers(home, kept=True), whole)
    assert len(read_by_reader) == 1


def test_rows_of_another_release_under_its_name_are_not_taken(home: Home, whole: dict[str, pl.DataFrame]) -> None:
    first, second = sorted(home.cache.glob("crime_victims/*.parquet"))
    shutil.copy(first, second)
    assert same(answers(home, kept=True), whole)


def test_an_edited_release_is_noticed_though_its_rows_are_kept(home: Home) -> None:
    one = store.all_vintages(home.raw, "cdc_overdose")[0]
    path = one.path(home.raw)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"5000", b"5001", 1))
    with pytest.raises(DataError, match="never be edited"):
        answers(home, kept=True)


def test_a_release_that_is_gone_is_noticed_though_its_rows_are_kept(home: Home) -> None:
    store.all_vintages(home.raw, "cdc_overdose")[0].path(home.raw).unlink()
    with pytest.raises(DataError, match="restore it"):
        answers(home, kept=True)


def test_what_is_kept_is_what_was_read(home: Home) -> None:
    for one in store.all_vintages(home.raw):
        kept, read = tidy_cache.read(home.raw, one, home.cache), tidy_cache.read(home.raw, one)
        assert isinstance(kept.rows, Path)
        assert isinstance(read.rows, pl.DataFrame)
        rows = pl.read_parquet(kept.rows)
        assert rows.equals(read.rows)
        assert rows.schema == read.rows.schema
        assert kept.height == read.height == rows.height
        for name in ("nation", "cells", "parts"):
            assert_frame_equal(getattr(kept.totals, name), getattr(read.totals, name), check_row_order=False)
        assert kept.parts.equals(read.parts)
        assert kept.municipalities.equals(read.municipalities)
        assert kept.notes == read.notes


def test_an_engine_reads_the_kept_rows_by_their_columns(home: Home) -> None:
    rows = pl.read_parquet(home.cache / "crime_victims" / "*.parquet")
    assert set(rows.columns) == {*FACTS["crime_victims"].columns, "vintage"}
    held = [one.id for one in store.all_vintages(home.raw, "sesnsp_victims")]
    assert sorted(rows["vintage"].unique()) == sorted(held)


def test_every_module_that_shapes_the_rows_is_in_the_hash() -> None:
    package = Path(tidy_cache.__file__).parent
    hashed = {path for pattern in tidy_cache.READERS for path in package.glob(pattern)}
    for path in [one for one in hashed if one.suffix == ".py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("indicators"):
                names = [f"{node.module}.{name.name}" for name in node.names] + [node.module or ""]
                ours = [package.joinpath(*name.split(".")[1:]).with_suffix(".py") for name in names]
                beyond = {one for one in ours if one.exists()} - hashed
                assert {one.name for one in beyond} <= {"vintages.py", "replacing.py"}, (path.name, beyond)
