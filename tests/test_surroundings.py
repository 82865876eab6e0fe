"""Surroundings that fail: an output without UTF-8, a warehouse in use, a full disk, a folder with an odd name."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from io import BytesIO, TextIOWrapper
from pathlib import Path

import duckdb
import polars as pl
import pytest

from command import Run
from indicators import cli
from indicators.errors import DataError, IndicatorsError
from indicators.files import replace_file, writing
from indicators.paths import Home
from indicators.releases import store
from indicators.warehouse import build, query

ROOT = Path(__file__).parents[1]
HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); c.execute(sys.argv[2]); print(flush=True); input()"


# Output


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252", "cp437"])
@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["metrics"],
        ["metric", "mx_homicide_victims", "--place", "MX-CHH"],
        ["status"],
        ["check", "--lang", "es"],
        ["claims"],
        ["explain", "mx_homicide_victims", "--lang", "es"],
        ["sql", "SELECT 'Michoacán — ≥ 3'"],
        ["sql", "SELEC 'Michoacán — ≥ 3'"],
        ["diff", "cbp_encounters"],
        ["fetch", "--list"],
        ["build", "--as-of", "año"],
    ],
    ids=" ".join,
)
def test_output_without_utf_8_has_other_characters_and_no_traceback(
    small_home: Home, monkeypatch: pytest.MonkeyPatch, encoding: str, words: list[str]
) -> None:
    out, err = (TextIOWrapper(BytesIO(), encoding) for _ in range(2))
    monkeypatch.setenv("INDICATORS_HOME", str(small_home.root))
    monkeypatch.setattr(sys, "argv", ["indicators", *words])
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    with pytest.raises(SystemExit) as end:
        cli.main()
    said = b"".join(one.flush() or one.buffer.getvalue() for one in (out, err))  # type: ignore[attr-defined]
    assert said
    assert int(end.value.code or 0) == (words[0] == "build" or "SELEC 'Michoacán — ≥ 3'" in words)
    if words[0] in ("metric", "status", "claims"):
        assert said.startswith(b"+---")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sql", "SELECT 'Michoacán' AS place", "--format", "csv"], "place\nMichoacán\n"),
        (["explain", "us_overdose_deaths_12m", "--lang", "es", "--format", "json"], "Filas del almacén"),
    ],
)
def test_data_for_another_program_lose_no_character(
    small_home: Home, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    out = TextIOWrapper(BytesIO(), "ascii")
    monkeypatch.setenv("INDICATORS_HOME", str(small_home.root))
    monkeypatch.setattr(sys, "argv", ["indicators", *words])
    monkeypatch.setattr(sys, "stdout", out)
    with pytest.raises(SystemExit):
        cli.main()
    out.flush()
    assert said in out.buffer.getvalue().decode()  # type: ignore[attr-defined]


def test_a_file_name_that_is_no_text_is_refused_and_not_stored(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a name of readable characters\n  found:    'V\\udcedctimas_mar16.csv'"):
        store.store(tmp_path, vintage(file="V\udcedctimas_mar16.csv"), b"")
    assert not list(tmp_path.iterdir())


def vintage(file: str = "rows.csv") -> store.Vintage:
    day = date(2021, 1, 4)
    return store.Vintage(
        id="cdc_overdose-2021-01-04-0", source="cdc_overdose", layout="api", file=file, sha256="", content_sha256="",
        size_bytes=0, how="", url="", released=day, released_estimated=False, data_month=None, received=day,
    )  # fmt: skip


# A warehouse that does not open


@pytest.fixture
def own_home(small_home: Home, tmp_path: Path) -> Home:
    shutil.copytree(small_home.root, tmp_path / "home")
    return Home(tmp_path / "home")


@contextmanager
def held(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Hold the warehouse open for writing, in a process of its own that leaves a log beside it if killed."""
    words = [sys.executable, "-c", HOLD, str(path), "CREATE TABLE mine AS SELECT 1 AS a"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        process.kill()


def test_a_warehouse_in_use_is_called_so_by_every_command_and_is_not_replaced(run: Run, own_home: Home) -> None:
    """A new warehouse beside the other program's log would not open: the log fits the old one alone."""
    with held(own_home.warehouse) as process:
        for words in (["sql", "SELECT 1"], ["metric", "sw_encounters"], ["status"], ["build"], ["report"]):
            said = run(*words, home=own_home)
            assert said.code == 1
            assert f"{own_home.warehouse} is in use by process {process.pid} (" in said.err
            assert "close it or wait until it ends" in said.err
            assert "indicators build" not in said.err
    assert run("build", home=own_home).code == 0  # over the log that the killed program left
    assert run("sql", "SELECT 1", home=own_home).code == 0


def test_a_warehouse_in_use_by_this_process_is_called_so(own_home: Home) -> None:
    with duckdb.connect(own_home.warehouse), pytest.raises(query.InUse, match="another connection of this process"):
        query.connect(own_home.warehouse)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda path: path.mkdir(), "is a folder: move it away"),
        (lambda path: path.write_text("a,b\n" * 9_000), "is no warehouse: run `indicators build`"),
        (lambda path: duckdb.connect(path).close(), "Table with name build does not exist"),
        (lambda path: path.write_bytes(b"SQLite format 3\0" * 600), "is no warehouse: run `indicators build`"),
    ],
    ids=["folder", "text", "other database", "sqlite"],
)
def test_what_is_no_warehouse_is_called_what_it_is(run: Run, own_home: Home, made, said) -> None:
    own_home.warehouse.unlink()
    made(own_home.warehouse)
    found = run("status", home=own_home)
    assert found.code == 1
    assert said in found.err
    assert found.err.count("\n") == 1
    assert run("build", home=own_home).code == own_home.warehouse.is_dir()


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("IO Error: Cannot open file: Permission denied", "may not be read by this user"),
        ("Trying to read a database file with storage version number 99", "by a newer DuckDB: run `indicators build`"),
        ('File is already open in \nC:\\dbeaver.exe (PID 7)"', "is in use by process 7"),
    ],
)
def test_reasons_that_this_machine_cannot_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str, said: str
) -> None:
    class Closed:
        def execute(self, statement: str) -> None:
            raise duckdb.IOException(reason)

        def close(self) -> None:
            pass

    (tmp_path / "w.duckdb").touch()
    monkeypatch.setattr(duckdb, "connect", lambda config: Closed())
    with pytest.raises(IndicatorsError, match=said):
        query.connect(tmp_path / "w.duckdb")


# A full disk


def test_an_error_of_the_disk_names_the_file(tmp_path: Path) -> None:
    """Python names no file when a write fails, and polars raises errors of its own."""
    path, frame = tmp_path / "new" / "x", pl.DataFrame({"a": range(100_000)})
    for write in (
        lambda one: one.write_bytes(b"x" * 100_000),
        lambda one: frame.write_parquet(one),
        lambda one: frame.write_csv(one),
    ):
        with full(), pytest.raises(OSError, match="File too large") as caught, replace_file(path) as beside:
            write(beside)
        assert caught.value.filename == str(path)
        assert not list(path.parent.iterdir())
    with pytest.raises(KeyError), writing(path):
        raise KeyError("a")


@contextmanager
def full(limit: int = 50_000) -> Iterator[None]:
    """Let no file of this process grow beyond the limit."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_half_a_line_of_a_check_is_taken_back(tmp_path: Path) -> None:
    first, path = vintage(), tmp_path / "cdc_overdose" / store.CHECKED
    path.parent.mkdir()
    for limit in (8, 60):
        before = path.read_bytes() if path.exists() else b""
        with full(limit), pytest.raises(OSError, match="File too large") as caught:
            store.record_check(tmp_path, first, date(2021, 1, 4 + limit // 60))
        assert caught.value.filename == str(path)
        assert path.read_bytes() == before
        store.record_check(tmp_path, first, date(2021, 1, 4))
    assert store.checks(tmp_path) == [store.Check(date(2021, 1, 4), first.id)]


@pytest.mark.parametrize("words", [["add", "{releases}"], ["build", "--as-of", "2016-12-01"], ["report"]], ids=" ".join)
def test_a_command_on_a_full_disk_names_the_file_and_loses_nothing(
    run: Run, own_home: Home, small_releases: Path, words: list[str]
) -> None:
    shutil.rmtree(own_home.raw / "cbp_encounters")
    before = query.query(own_home.warehouse, "FROM vintage ORDER BY ALL")
    with full(100):
        said = run(*(one.format(releases=small_releases) for one in words), home=own_home)
    assert said.code == 1
    assert f"{own_home.root}/" in said.err
    assert "could not be written" in said.err
    assert query.query(own_home.warehouse, "FROM vintage ORDER BY ALL").equals(before)
    assert not list(own_home.root.rglob(".[!.]*"))


def test_a_disk_that_is_full_at_duckdbs_checkpoint_is_a_message(
    own_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise duckdb.FatalException("Failed to create checkpoint because of error: No space left on device")

    monkeypatch.setattr(build, "create_tables", fail)
    with pytest.raises(IndicatorsError, match="the last one stays: Failed to create checkpoint"):
        build.build(build.BuildInputs(own_home.raw, own_home.edition), own_home.warehouse)


# The folder


def test_make_runs_in_a_folder_with_any_name(tmp_path: Path) -> None:
    """With VIRTUAL_ENV=$(CURDIR)/.venv the shell took the second word of the path for a command."""
    folder = tmp_path / "mis documentos (1)" / "o'brien & año"
    folder.mkdir(parents=True)
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in ("python", "uv", "indicators", "ruff", "mypy"):
        program = folder / ".venv" / "bin" / name
        program.write_text(f'#!/bin/sh\necho "{name} $VIRTUAL_ENV $AXE_CORE" >> called\n')
        program.chmod(0o755)
    (folder / ".venv" / "node_modules" / ".bin").mkdir(parents=True)
    (folder / "npm").write_text("#!/bin/sh\ntouch .venv/node_modules/.bin/lighthouse\n")
    (folder / "npm").chmod(0o755)
    (folder / "chromium").symlink_to("npm")
    env = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}
    words = ["make", "setup", "report", "data", "test", "lint", "test-browser", f"PYTHON={sys.executable}"]
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    called = (folder / "called").read_text()
    assert called.count("uv .venv \n") == 2
    assert f"python  {folder}/.venv/node_modules/axe-core/axe.min.js\n" in called
