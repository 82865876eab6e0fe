"""The warehouse: whole or as it was, seen as of any day, read-only for everybody who asks."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
from filelock import FileLock

from indicators import contracts, edition, intake, vintages, warehouse
from indicators.errors import DataError, IndicatorsError, UsageError
from indicators.paths import Home

OCTOBER = date(2016, 11, 30)  # the release of October's encounters
NOVEMBER = date(2016, 12, 31)


@pytest.fixture
def home(tmp_path: Path, small_releases: Path) -> Home:
    """A home of this test's own, with both releases of the encounters in its store."""
    home = Home(tmp_path)
    for name in ("sbo-encounters-fy16-fy17-oct.csv", "sbo-encounters-fy16-fy17-nov.csv"):
        assert intake.add(small_releases / name, home.raw, received=date(2021, 1, 4)).status == "added"
    return home


def build(home: Home, as_of: date | None = None) -> list[str]:
    return warehouse.build(home.raw, home.edition, home.warehouse, as_of=as_of)


def ask(home: Home, sql: str) -> list[tuple[object, ...]]:
    return warehouse.query(home.warehouse, sql).rows()


def encounters(home: Home, day: date, where: str = "true") -> object:
    return ask(home, f"SELECT sum(encounters)::BIGINT FROM encounters_asof('{day}') WHERE {where}")[0][0]


def files(home: Home) -> set[str]:
    return {path.name for path in home.processed.iterdir()}


def test_every_release_is_in_it(home: Home) -> None:
    ids = build(home)
    assert ids == [one.id for one in vintages.all_vintages(home.raw)]
    rows = ask(home, "SELECT released, data_through, rows, how FROM vintage ORDER BY released")
    assert rows == [
        (OCTOBER, date(2016, 10, 31), 30, "by hand"),
        (NOVEMBER, date(2016, 11, 30), 32, "by hand"),
    ]
    assert files(home) == {"warehouse.duckdb", "warehouse.lock"}


def test_every_fact_has_its_table_and_its_macro(home: Home) -> None:
    build(home)
    for table in contracts.FACTS:
        columns = warehouse.query(home.warehouse, f"FROM {table} LIMIT 0").columns
        assert columns == contracts.zero_rows(table).columns
        assert warehouse.query(home.warehouse, f"FROM {table}_asof('2020-01-01') LIMIT 0").columns == columns


def test_as_of_shows_of_each_part_the_newest_release_out_by_then(home: Home) -> None:
    """October 2015 was revised from 91 to 101 in the second release; November 2016 is only in it."""
    build(home)
    october = "period_start = '2015-10-01' AND component = 'border_patrol'"
    november = "period_start = '2016-11-01'"
    assert encounters(home, date(2016, 11, 29)) is None
    assert (encounters(home, OCTOBER, october), encounters(home, OCTOBER, november)) == (91, None)
    assert encounters(home, date(2016, 12, 30), october) == 91
    assert (encounters(home, NOVEMBER, october), encounters(home, NOVEMBER, november)) == (101, 107)


def test_row_that_the_agency_removed_vanishes(home: Home) -> None:
    build(home)
    removed = "demographic = 'family_unit' AND period_start = '2016-10-01'"
    assert encounters(home, OCTOBER, removed) == 40
    assert encounters(home, NOVEMBER, removed) is None


def test_built_as_of_a_day_it_holds_no_later_release(home: Home) -> None:
    assert len(build(home, OCTOBER)) == 1
    assert encounters(home, NOVEMBER, "period_start = '2016-11-01'") is None
    assert build(home, date(2016, 1, 1)) == []


def test_rebuilt_from_the_same_inputs_holds_the_same(home: Home) -> None:
    def everything() -> dict[str, list[tuple[object, ...]]]:
        with warehouse.connect(home.warehouse) as connection:
            tables = [row[0] for row in connection.sql("SHOW TABLES").fetchall()]
            return {table: connection.sql(f"FROM {table} ORDER BY ALL").fetchall() for table in tables}

    build(home)
    before = everything()
    build(home)
    assert everything() == before


def test_failing_build_leaves_the_last_good_one_and_nothing_else(home: Home) -> None:
    build(home)
    before = home.warehouse.read_bytes()
    stored = vintages.all_vintages(home.raw)[-1].path(home.raw)
    stored.write_bytes(stored.read_bytes() + b"2016,FYTD\r\n")
    with pytest.raises(DataError, match="must never be edited"):
        build(home)
    assert home.warehouse.read_bytes() == before
    assert files(home) == {"warehouse.duckdb", "warehouse.lock"}


@pytest.mark.parametrize("step", ["create_tables", "_add_store", "_add_edition", "add_hand_kept"])
def test_interrupted_build_leaves_the_last_good_one(
    home: Home, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    build(home)
    before = home.warehouse.read_bytes()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(warehouse.building, step, stop)
    with pytest.raises(KeyboardInterrupt):
        build(home)
    monkeypatch.undo()
    assert home.warehouse.read_bytes() == before
    assert files(home) == {"warehouse.duckdb", "warehouse.lock"}
    assert len(build(home)) == 2


def test_what_a_killed_build_left_is_not_read(home: Home) -> None:
    """DuckDB reads the log beside a database: one left by a killed run would have come into the next."""
    home.processed.mkdir(parents=True)
    (home.processed / "warehouse.building").write_bytes(b"half a database")
    (home.processed / "warehouse.building.wal").write_bytes(b"half a log")
    assert len(build(home)) == 2
    assert files(home) == {"warehouse.duckdb", "warehouse.lock"}


def test_killed_build_leaves_the_last_good_one(home: Home) -> None:
    build(home)
    before = home.warehouse.read_bytes()
    script = (
        "import sys; from pathlib import Path; from indicators import warehouse; from indicators.paths import Home\n"
        "warehouse.building.add_hand_kept = lambda *_: (print('here', flush=True), sys.stdin.read())\n"
        "home = Home(Path(sys.argv[1])); warehouse.build(home.raw, home.edition, home.warehouse)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(home.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()
        running.kill()
    assert home.warehouse.read_bytes() == before
    assert len(build(home)) == 2
    assert files(home) == {"warehouse.duckdb", "warehouse.lock"}


def test_source_comes_from_the_store_else_from_the_edition(
    home: Home, small_home: Home, tmp_path: Path
) -> None:
    declared = tmp_path / "edition.toml"
    declared.write_text("releases = {}\n[[overdose_deaths]]\n[[encounters]]\n[[population]]\n")
    edition.export(small_home.warehouse, home.edition, declared)
    build(home)
    how = dict(ask(home, "SELECT source, string_agg(DISTINCT how) FROM vintage GROUP BY ALL"))
    assert how == {
        "cbp_encounters": "by hand",
        "cdc_overdose": "edition",
        "population_mx": "edition",
        "population_us": "edition",
        "rnpdno": "edition",
        "sesnsp_victims": "edition",
    }
    assert ask(home, "SELECT DISTINCT dataset FROM encounters") == [("southwest",)]
    shutil.rmtree(home.raw)
    build(home)
    assert ask(home, "SELECT DISTINCT how FROM vintage") == [("edition",)]
    assert ("nationwide_state",) in ask(home, "SELECT DISTINCT dataset FROM encounters")


def test_nothing_at_hand_is_an_empty_warehouse(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert build(home) == []
    assert ask(home, "SELECT count(*) FROM encounters_asof('2020-01-01')") == [(0,)]


def test_notes_of_the_readers_are_findings(small_home: Home) -> None:
    rows = ask(small_home, "SELECT severity, code, source FROM finding WHERE source = 'population_us'")
    assert rows == [("note", "years_left_to_the_next_census", "population_us")]


def test_second_build_waits_for_the_first(home: Home) -> None:
    home.processed.mkdir(parents=True)
    with FileLock(home.processed / "warehouse.lock"):
        waiting = threading.Thread(target=build, args=(home,))
        waiting.start()
        time.sleep(0.2)
        assert waiting.is_alive()
        assert files(home) == {"warehouse.lock"}
    waiting.join(30)
    assert "warehouse.duckdb" in files(home)


def test_build_that_waited_too_long_says_what_is_in_the_way(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.processed.mkdir(parents=True)
    monkeypatch.setattr(warehouse.building, "PATIENCE_SECONDS", 0.1)
    with (
        FileLock(home.processed / "warehouse.lock"),
        pytest.raises(UsageError, match=r"another run has held .*warehouse\.lock"),
    ):
        build(home)


def test_reader_that_is_open_during_a_build_keeps_what_it_saw(home: Home) -> None:
    """And a second reader in the same process sees the new one, not what the first one shares."""
    build(home, OCTOBER)
    count = "SELECT count(*) FROM vintage"
    with warehouse.connect(home.warehouse) as before:
        assert before.sql(count).fetchall() == [(1,)]
        build(home)
        assert before.sql(count).fetchall() == [(1,)]
        with warehouse.connect(home.warehouse) as after:
            assert after.sql(count).fetchall() == [(2,)]


def test_built_again_only_when_something_changed(home: Home, small_releases: Path) -> None:
    lines: list[str] = []
    first = warehouse.ensure(home, lines.append)
    made = home.warehouse.stat().st_mtime_ns
    assert warehouse.ensure(home, lines.append) == first
    assert (home.warehouse.stat().st_mtime_ns, lines) == (made, ["building the warehouse"])
    assert warehouse.is_current(home)
    added = small_releases / "nationwide-encounters-fy16-fy17-oct-state.csv"
    intake.add(added, home.raw, received=date(2021, 1, 4))
    assert not warehouse.is_current(home)
    assert warehouse.ensure(home, lines.append) != first
    assert len(lines) == 2
    assert len(ask(home, "FROM vintage")) == 3


@pytest.mark.parametrize("damage", [b"", b"no database", None])
def test_broken_warehouse_is_built_again(home: Home, damage: bytes | None) -> None:
    warehouse.ensure(home)
    if damage is None:
        home.warehouse.unlink()
    else:
        home.warehouse.write_bytes(damage)
    with pytest.raises(IndicatorsError, match="indicators build"):
        warehouse.query(home.warehouse, "FROM vintage")
    warehouse.ensure(home)
    assert len(ask(home, "FROM vintage")) == 2


@pytest.fixture
def forbidden(small_home: Home, tmp_path: Path) -> Callable[[str], str]:
    """Try a statement, in a folder of its own, and return the reason why it was refused."""

    def refused(sql: str) -> str:
        before = small_home.warehouse.read_bytes()
        with pytest.raises(UsageError) as caught:
            warehouse.query(small_home.warehouse, sql)
        assert small_home.warehouse.read_bytes() == before
        assert list(tmp_path.iterdir()) == [tmp_path / "secret.csv"]
        return str(caught.value)

    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    return refused


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE mine (a INT)",
        "INSERT INTO encounters SELECT * FROM encounters",
        "UPDATE vintage SET released = '2000-01-01'",
        "DELETE FROM vintage",
        "DROP TABLE vintage",
        "ALTER TABLE vintage ADD COLUMN mine INT",
        "CREATE OR REPLACE MACRO encounters_asof(day) AS TABLE SELECT 1",
    ],
)
def test_nothing_can_be_written(forbidden: Callable[[str], str], sql: str) -> None:
    assert "read-only" in forbidden(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "FROM read_csv('{}/secret.csv')",
        "FROM read_text('{}/secret.csv')",
        "FROM read_parquet('{}/*')",
        "FROM glob('{}/*')",
        "FROM '{}/secret.csv'",
        "COPY vintage TO '{}/copy.csv'",
        "COPY (SELECT 1) TO '{}/copy.parquet'",
        "EXPORT DATABASE '{}/copy'",
        "ATTACH '{}/other.duckdb'",
        "FROM read_csv('https://example.org/a.csv')",
    ],
)
def test_no_file_and_no_address_can_be_reached(
    forbidden: Callable[[str], str], tmp_path: Path, sql: str
) -> None:
    forbidden(sql.format(tmp_path))


@pytest.mark.parametrize("sql", ["INSTALL httpfs", "LOAD httpfs", "LOAD '/tmp/mine.duckdb_extension'"])
def test_no_extension_can_be_loaded(forbidden: Callable[[str], str], sql: str) -> None:
    forbidden(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SET enable_external_access = true",
        "SET GLOBAL enable_external_access = true",
        "RESET enable_external_access",
        "SET lock_configuration = false",
        "PRAGMA lock_configuration = false",
        "SET autoload_known_extensions = true",
        "SET python_enable_replacements = true",
        "SET allow_unsigned_extensions = true",
    ],
)
def test_settings_are_locked(forbidden: Callable[[str], str], sql: str) -> None:
    forbidden(sql)


def test_variables_of_the_program_are_no_tables(small_home: Home) -> None:
    """DuckDB would take any frame of the calling functions for a table."""
    frame = warehouse.query(small_home.warehouse, "SELECT 1 AS one")
    assert frame.height == 1
    with pytest.raises(UsageError, match="frame does not exist"):
        warehouse.query(small_home.warehouse, "FROM frame")


@pytest.mark.parametrize("sql", ["SELEC 1", "FROM nowhere", "SELECT INTERVAL 1 DAY", "SELECT 'a"])
def test_wrong_words_get_an_answer_in_words(small_home: Home, sql: str) -> None:
    with pytest.raises(UsageError):
        warehouse.query(small_home.warehouse, sql)


def test_empty_question_has_an_empty_answer(small_home: Home) -> None:
    assert warehouse.query(small_home.warehouse, "").is_empty()


def test_question_with_values_binds_them(small_home: Home) -> None:
    with warehouse.connect(small_home.warehouse) as connection:
        rows = warehouse.select(
            connection,
            "SELECT source FROM vintage WHERE source = $name",
            {"name": "'; DROP TABLE vintage; --"},
        )
    assert rows.is_empty()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_may_not_be_written_is_an_error_of_the_system(home: Home) -> None:
    home.processed.mkdir(parents=True)
    home.processed.chmod(0o500)
    with pytest.raises(OSError, match="Permission denied"):
        build(home)


def test_quote_in_the_name_of_a_folder(home: Home, tmp_path: Path) -> None:
    odd = Home(tmp_path / "analyst's folder")
    shutil.copytree(home.raw, odd.raw)
    assert len(build(odd)) == 2
    assert len(ask(odd, "FROM vintage")) == 2


def test_as_of_takes_text_and_days(small_home: Home) -> None:
    with warehouse.connect(small_home.warehouse) as connection:
        by_text = connection.sql("SELECT count(*) FROM encounters_asof('2016-12-01')").fetchall()
        by_day = warehouse.select(
            connection, "SELECT count(*) AS n FROM encounters_asof($day)", {"day": date(2016, 12, 1)}
        )
        with pytest.raises(duckdb.ConversionException):
            connection.sql("FROM encounters_asof('soon')").fetchall()
    assert by_text == by_day.rows()


def test_months_without_cases_of_a_municipality_are_told_by_its_coverage(
    home: Home, sesnsp_nation: Callable[..., pl.DataFrame]
) -> None:
    nation = sesnsp_nation("sesnsp_cases/IDEFC_one_state.csv", date(2016, 12, 31)).with_columns(
        pl.format("{}001", "Clave_Ent").alias("Cve. Municipio"), Municipio=pl.lit("Uno")
    )
    second = nation.filter(pl.col("Año") == "2016").with_columns(
        pl.col(nation.columns[7:19]).replace({str(number): "0" for number in range(1, 1000)}),
        pl.format("{}002", "Clave_Ent").alias("Cve. Municipio"),
        Municipio=pl.lit("Dos"),
    )
    order = [*nation.columns[:3], "Cve. Municipio", "Municipio", *nation.columns[3:19]]
    path = home.root / "IDM_NM_dic16.csv"
    path.write_bytes(pl.concat([nation, second]).select(order).write_csv().encode("latin-1"))
    assert intake.add(path, home.raw, received=date(2017, 2, 1)).status == "added"
    build(home)
    record = Path(__file__).parents[1] / "docs" / "decisions" / "0018-municipalities.md"
    question = record.read_text(encoding="utf-8").partition("```sql\n")[2].partition("```")[0]
    found = warehouse.query(home.warehouse, question)
    months = dict(found.group_by("municipality_code").agg(pl.col("period_start").min()).iter_rows())
    assert months == {"11001": date(2015, 1, 1), "11002": date(2016, 1, 1)}
    assert found.filter(municipality_code="11002")["cases"].to_list() == [0] * 12
    by_state = nation.filter(Entidad="Guanajuato").filter(pl.col("Subtipo de delito") == "Homicidio doloso")
    expected = by_state.select(pl.col(nation.columns[7:19]).cast(pl.Int64)).sum().sum_horizontal()[0]
    assert found["cases"].sum() == expected > 0
