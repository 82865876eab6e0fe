"""The warehouse as it is built: whole or as it was, seen as of any day."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from filelock import FileLock

import edition
from indicators.catalog.tables import FACTS
from indicators.errors import DataError, IndicatorsError, UsageError
from indicators.paths import Home
from indicators.releases import ingest, store
from indicators.warehouse import build, query

OCTOBER = date(2016, 11, 30)  # the release of October's encounters
NOVEMBER = date(2016, 12, 31)


@pytest.fixture
def home(once: Callable[..., Path], small_releases: Path, tmp_path: Path) -> Home:
    """A home of this test's own, with both releases of the encounters in its store."""

    def make(root: Path) -> None:
        for name in ("sbo-encounters-fy16-fy17-oct.csv", "sbo-encounters-fy16-fy17-nov.csv"):
            outcome = ingest.add(small_releases / name, Home(root).raw, ingest.IngestRequest(received=date(2021, 1, 4)))
            assert outcome.status == "added"

    return Home(shutil.copytree(once("two_releases", make), tmp_path, dirs_exist_ok=True))


@pytest.fixture
def built(once: Callable[..., Path], home: Home) -> Home:
    """The same with its warehouse."""
    made = once("warehouse_of_two", lambda root: built_ids(Home(shutil.copytree(home.root, root, dirs_exist_ok=True))))
    shutil.copytree(Home(made).processed, home.processed)
    return home


def built_ids(home: Home, as_of: date | None = None) -> list[str]:
    return build.build(build.BuildInputs(home.raw, home.edition, as_of=as_of), home.warehouse)


def ask(home: Home, sql: str) -> list[tuple[object, ...]]:
    return query.query(home.warehouse, sql).rows()


def encounters(home: Home, day: date, where: str = "true") -> object:
    return ask(home, f"SELECT sum(encounters)::BIGINT FROM encounters_asof('{day}') WHERE {where}")[0][0]


def files(home: Home) -> set[str]:
    return {path.name for path in home.processed.iterdir()}


def test_every_release_is_in_it(home: Home) -> None:
    ids = built_ids(home)
    assert ids == [one.id for one in store.all_vintages(home.raw)]
    rows = ask(home, "SELECT released, data_through, rows, how FROM vintage ORDER BY released")
    assert rows == [
        (OCTOBER, date(2016, 10, 31), 30, "by hand"),
        (NOVEMBER, date(2016, 11, 30), 32, "by hand"),
    ]
    assert files(home) == {"warehouse.duckdb", "warehouse.lock"}


def test_every_fact_has_its_table_and_its_macro(built: Home) -> None:
    for table in FACTS:
        columns = query.query(built.warehouse, f"FROM {table} LIMIT 0").columns
        assert columns == FACTS[table].empty().columns
        assert query.query(built.warehouse, f"FROM {table}_asof('2020-01-01') LIMIT 0").columns == columns


def test_as_of_shows_of_each_part_the_newest_release_out_by_then(built: Home) -> None:
    """October 2015 was revised from 91 to 101 in the second release; November 2016 is only in it."""
    october = "period_start = '2015-10-01' AND component = 'border_patrol'"
    november = "period_start = '2016-11-01'"
    assert encounters(built, date(2016, 11, 29)) is None
    assert (encounters(built, OCTOBER, october), encounters(built, OCTOBER, november)) == (91, None)
    assert encounters(built, date(2016, 12, 30), october) == 91
    assert (encounters(built, NOVEMBER, october), encounters(built, NOVEMBER, november)) == (101, 107)


def test_row_that_the_agency_removed_vanishes(built: Home) -> None:
    removed = "demographic = 'family_unit' AND period_start = '2016-10-01'"
    assert encounters(built, OCTOBER, removed) == 40
    assert encounters(built, NOVEMBER, removed) is None


def test_built_as_of_a_day_it_holds_no_later_release(home: Home) -> None:
    assert len(built_ids(home, OCTOBER)) == 1
    assert encounters(home, NOVEMBER, "period_start = '2016-11-01'") is None
    assert built_ids(home, date(2016, 1, 1)) == []


def test_rebuilt_from_the_same_inputs_holds_the_same(built: Home) -> None:
    def everything() -> dict[str, list[tuple[object, ...]]]:
        with query.connect(built.warehouse) as connection:
            tables = [row[0] for row in connection.sql("SHOW TABLES").fetchall()]
            return {table: connection.sql(f"FROM {table} ORDER BY ALL").fetchall() for table in tables}

    before = everything()
    built_ids(built)
    assert everything() == before


def test_failing_build_leaves_the_last_good_one_and_nothing_else(built: Home) -> None:
    before = built.warehouse.read_bytes()
    stored = store.all_vintages(built.raw)[-1].path(built.raw)
    stored.write_bytes(stored.read_bytes() + b"2016,FYTD\r\n")
    with pytest.raises(DataError, match="must never be edited"):
        built_ids(built)
    assert built.warehouse.read_bytes() == before
    assert files(built) == {"warehouse.duckdb", "warehouse.lock"}


@pytest.mark.parametrize("step", ["create_tables", "_add_store", "_add_edition", "add_hand_kept"])
def test_interrupted_build_leaves_the_last_good_one(built: Home, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    before = built.warehouse.read_bytes()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(build, step, stop)
    with pytest.raises(KeyboardInterrupt):
        built_ids(built)
    monkeypatch.undo()
    assert built.warehouse.read_bytes() == before
    assert files(built) == {"warehouse.duckdb", "warehouse.lock"}
    assert len(built_ids(built)) == 2


def test_what_a_killed_build_left_is_not_read(home: Home) -> None:
    """DuckDB reads the log beside a database: one left by a killed run would have come into the next."""
    home.processed.mkdir(parents=True)
    (home.processed / "warehouse.building").write_bytes(b"half a database")
    (home.processed / "warehouse.building.wal").write_bytes(b"half a log")
    assert len(built_ids(home)) == 2
    assert files(home) == {"warehouse.duckdb", "warehouse.lock"}


def test_killed_build_leaves_the_last_good_one(built: Home) -> None:
    before = built.warehouse.read_bytes()
    script = (
        "import sys; from pathlib import Path; from indicators.paths import Home\n"
        "from indicators.warehouse import build\n"
        "build.add_hand_kept = lambda *_: (print('here', flush=True), sys.stdin.read())\n"
        "home = Home(Path(sys.argv[1])); build.build(build.BuildInputs(home.raw, home.edition), home.warehouse)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(built.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()
        running.kill()
    assert built.warehouse.read_bytes() == before
    assert len(built_ids(built)) == 2
    assert files(built) == {"warehouse.duckdb", "warehouse.lock"}


def test_a_release_added_to_a_source_of_the_edition_drops_no_shipped_release(
    home: Home, small_home: Home, tmp_path: Path
) -> None:
    """One newer file of CBP took away every shipped year before it, and `add` said "added"."""
    declared = tmp_path / "edition.toml"
    declared.write_text("releases = {}\n[[overdose_deaths]]\n[[encounters]]\n[[population]]\n")
    edition.export(small_home.warehouse, home.edition, declared)
    shipped = set(ask(small_home, "SELECT vintage FROM vintage"))
    built_ids(home)
    how = dict(ask(home, "SELECT source, string_agg(DISTINCT how ORDER BY how) FROM vintage GROUP BY ALL"))
    assert how["cdc_overdose"] == "edition"
    assert how["cbp_encounters"] == "by hand,edition"
    assert shipped <= set(ask(home, "SELECT vintage FROM vintage"))
    assert ask(home, "SELECT count(*), count(DISTINCT vintage) FROM vintage")[0] == (len(shipped),) * 2
    assert ("nationwide_state",) in ask(home, "SELECT DISTINCT dataset FROM encounters")
    shutil.rmtree(home.raw)
    built_ids(home)
    assert ask(home, "SELECT DISTINCT how FROM vintage") == [("edition",)]


def test_a_correction_on_the_day_of_a_shipped_release_is_in_effect(
    home: Home, small_home: Home, tmp_path: Path
) -> None:
    """Both had one place in the order of releases, so that chance chose between them."""
    declared = tmp_path / "edition.toml"
    declared.write_text("releases = {}\n[[encounters]]\n")
    edition.export(small_home.warehouse, home.edition, declared)
    day = max(one.released for one in store.all_vintages(small_home.raw, "cbp_encounters"))
    shutil.rmtree(home.raw)
    file = next(small_home.raw.glob("cbp_encounters/*/sbo-encounters-fy16-fy17-nov.csv"))
    corrected = tmp_path / file.name
    corrected.write_text(file.read_text().replace(",1,", ",2,"))
    added = ingest.add(corrected, home.raw, ingest.IngestRequest(received=date(2021, 1, 4), released=day)).stored()
    built_ids(home)
    same_day = f"source = 'cbp_encounters' AND released = '{day}'"
    orders = ask(home, f"SELECT release_order, vintage FROM vintage WHERE {same_day} ORDER BY ALL")
    assert len({order for order, _ in orders}) == len(orders)
    assert orders[-1][1] == added.id


def test_nothing_at_hand_is_an_empty_warehouse(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert built_ids(home) == []
    assert ask(home, "SELECT count(*) FROM encounters_asof('2020-01-01')") == [(0,)]


def test_notes_of_the_readers_are_findings(small_home: Home) -> None:
    rows = ask(small_home, "SELECT severity, code, source FROM finding WHERE source = 'population_us'")
    assert rows == [("note", "years_left_to_the_next_census", "population_us")]


def test_second_build_waits_for_the_first(home: Home) -> None:
    home.processed.mkdir(parents=True)
    with FileLock(home.processed / "warehouse.lock"):
        waiting = threading.Thread(target=built_ids, args=(home,))
        waiting.start()
        time.sleep(0.2)
        assert waiting.is_alive()
        assert files(home) == {"warehouse.lock"}
    waiting.join(30)
    assert "warehouse.duckdb" in files(home)


def test_build_that_waited_too_long_says_what_is_in_the_way(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.processed.mkdir(parents=True)
    monkeypatch.setattr("indicators.files.PATIENCE_SECONDS", 0.1)
    with (
        FileLock(home.processed / "warehouse.lock"),
        pytest.raises(UsageError, match=r"another run has locked .*warehouse\.lock"),
    ):
        built_ids(home)


def test_reader_that_is_open_during_a_build_keeps_what_it_saw(home: Home) -> None:
    """And a second reader in the same process sees the new one, not what the first one shares."""
    built_ids(home, OCTOBER)
    count = "SELECT count(*) FROM vintage"
    with query.connect(home.warehouse) as before:
        assert before.sql(count).fetchall() == [(1,)]
        built_ids(home)
        assert before.sql(count).fetchall() == [(1,)]
        with query.connect(home.warehouse) as after:
            assert after.sql(count).fetchall() == [(2,)]


def test_built_again_only_when_something_changed(home: Home, small_releases: Path) -> None:
    lines: list[str] = []
    first = build.ensure(home, lines.append)
    made = home.warehouse.stat().st_mtime_ns
    assert build.ensure(home, lines.append) == first
    assert (home.warehouse.stat().st_mtime_ns, lines) == (made, ["building the warehouse"])
    assert query.is_current(home)
    added = small_releases / "nationwide-encounters-fy16-fy17-oct-state.csv"
    ingest.add(added, home.raw, ingest.IngestRequest(received=date(2021, 1, 4)))
    assert not query.is_current(home)
    assert build.ensure(home, lines.append) != first
    assert len(lines) == 2
    assert len(ask(home, "FROM vintage")) == 3


def test_built_again_with_another_version_of_a_library(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows kept of each release were made again, the warehouse beside them was not."""
    build.ensure(home)
    monkeypatch.setattr("importlib.metadata.version", lambda name: "99.0")
    assert not query.is_current(home)


@pytest.mark.parametrize("damage", [b"", b"no database", None])
def test_broken_warehouse_is_built_again(home: Home, damage: bytes | None) -> None:
    build.ensure(home)
    if damage is None:
        home.warehouse.unlink()
    else:
        home.warehouse.write_bytes(damage)
    with pytest.raises(IndicatorsError, match="indicators build"):
        query.query(home.warehouse, "FROM vintage")
    build.ensure(home)
    assert len(ask(home, "FROM vintage")) == 2


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_may_not_be_written_is_an_error_of_the_system(home: Home) -> None:
    home.processed.mkdir(parents=True)
    home.processed.chmod(0o500)
    with pytest.raises(OSError, match="Permission denied"):
        built_ids(home)


def test_quote_in_the_name_of_a_folder(home: Home, tmp_path: Path) -> None:
    odd = Home(tmp_path / "analyst's folder")
    shutil.copytree(home.raw, odd.raw)
    assert len(built_ids(odd)) == 2
    assert len(ask(odd, "FROM vintage")) == 2
