"""The command line: what each command says, and that bad input gets a message, exit code 1 and no traceback."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from indicators import catalog, cli, edition, vintages, warehouse
from indicators.cli import options
from indicators.paths import Home
from indicators.report import publish

NEWER = "sbo-encounters-fy16-fy17-nov.csv"
COLUMNS = "metric,place,period_start,period_end,clock,value,lower,upper,maturity,missing_code,vintage,note"


class Said(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run one command in the home given, as the installed program does."""

    def _run(*words: object, home: Home | None = None) -> Said:
        monkeypatch.setenv("INDICATORS_HOME", str((home or Home(tmp_path)).root))
        monkeypatch.setattr(sys, "argv", ["indicators", *map(str, words)])
        capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(code, said.out, said.err)

    return _run


@pytest.fixture
def look(run: Run, small_home: Home) -> Run:
    """Run a command that changes nothing in the small home."""
    return lambda *words: run(*words, home=small_home)


def test_add_says_what_became_of_each_file(run: Run, small_releases: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.csv").write_text("a,b\n1,2\n")
    said = run("add", small_releases / NEWER, tmp_path / "wrong.csv")
    assert said.code == 1
    assert f"added      {NEWER}: cbp_encounters-2016-12-31-" in said.out
    assert "released 2016-12-31 (estimated), 32 rows" in said.out
    assert "refused    wrong.csv, line 1\n  expected: the header of a known series" in said.out
    assert said.err == "indicators: 1 of 2 files were refused; the others are in the store\n"
    again = run("add", small_releases / NEWER)
    assert (again.code, again.err) == (0, "")
    assert f"unchanged  {NEWER}: already here as cbp_encounters-2016-12-31-" in again.out


def test_add_takes_the_day_and_the_source_that_are_given(
    run: Run, small_releases: Path, tmp_path: Path
) -> None:
    said = run("add", small_releases / NEWER, "--released", "2016-12-19", "--source", "cbp_encounters")
    assert said.code == 0
    assert "released 2016-12-19, 32 rows" in said.out
    (held,) = vintages.all_vintages(Home(tmp_path).raw)
    assert (held.released, held.released_estimated) == (date(2016, 12, 19), False)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--released", "19.12.2016"], "write it like 2024-08-31"),
        (["--released", "2999-12-19"], "a release day up to"),
        (["--source", "cdc_overdose"], "leave --source out"),
    ],
)
def test_add_with_words_that_do_not_fit(
    run: Run, small_releases: Path, tmp_path: Path, words: list[str], reason: str
) -> None:
    said = run("add", small_releases / NEWER, *words)
    assert said.code == 1
    assert reason in said.out + said.err
    assert vintages.all_vintages(Home(tmp_path).raw) == []


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    """Set this machine's clock."""

    def _set(day: date) -> None:
        monkeypatch.setattr(options, "date", SimpleNamespace(today=lambda: day))

    return _set


def test_add_by_a_clock_that_was_set_back_takes_nothing(
    run: Run, small_releases: Path, tmp_path: Path, clock: Callable[[date], None]
) -> None:
    """It would count as known on days on which nobody had it, and change every view as of those days."""
    clock(date(2021, 1, 4))
    assert run("add", small_releases / NEWER).code == 0
    clock(date(2017, 1, 4))
    said = run("add", small_releases)
    assert said.code == 1
    assert "no day after 2017-01-04, which this machine's clock tells\n  found:    2021-01-04" in said.err
    assert "set this machine's clock right" in said.err
    assert len(vintages.all_vintages(Home(tmp_path).raw)) == 1
    clock(date(2021, 1, 3))  # the same day, further west
    assert run("add", small_releases).code == 0


def test_nothing_is_published_by_a_clock_that_was_set_back(
    run: Run,
    small_releases: Path,
    tmp_path: Path,
    clock: Callable[[date], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[bool] = []

    def make(home: Home, **given: object) -> publish.Made:
        made.append(bool(given["publish"]))
        return publish.Made("2016Q4", home.reports, home.reports, 1)

    monkeypatch.setattr(publish, "make", make)
    clock(date(2021, 1, 4))
    run("add", small_releases / NEWER)
    clock(date(2017, 1, 4))
    said = run("report", "--publish")
    assert (said.code, "found:    2021-01-04" in said.err, made) == (1, True, [])
    assert run("report").code == 0  # what is not published can be made again
    clock(date(2021, 1, 4))
    assert run("report", "--publish").code == 0
    assert made == [False, True]


def test_add_of_an_empty_folder_is_no_success(run: Run, tmp_path: Path) -> None:
    (tmp_path / "downloads").mkdir()
    said = run("add", tmp_path / "downloads")
    assert (said.code, said.err.startswith("indicators: no file to add in")) == (1, True)


def test_add_names_a_file_with_brackets_as_it_is_called(run: Run, tmp_path: Path) -> None:
    """Not taken for a style."""
    (tmp_path / "[red]data[1].csv").write_text("a,b\n1,2\n")
    assert "refused    [red]data[1].csv" in run("add", tmp_path / "[red]data[1].csv").out


def test_build_says_where_and_how_many(run: Run, small_releases: Path, tmp_path: Path) -> None:
    run("add", small_releases / NEWER)
    said = run("build")
    assert said == (0, f"{Home(tmp_path).warehouse}: 1 releases\n", "")
    assert warehouse.is_current(Home(tmp_path))
    assert run("build", "--as-of", "2016-01-01").out.endswith(": 0 releases\n")
    assert run("build", "--as-of", "soon").code == 1


def test_old_warehouse_is_noted(run: Run, small_releases: Path) -> None:
    run("add", small_releases / NEWER)
    run("build")
    metric = ("metric", "sw_encounters", "--format", "csv")
    assert run(*metric).err == ""
    run("add", small_releases / "sbo-encounters-fy16-fy17-oct.csv")
    said = run(*metric)
    assert said.code == 0
    assert said.err == "note: the warehouse is older than the releases or the code: run `indicators build`\n"
    run("build")
    assert run(*metric).err == ""


def test_metric_as_csv_has_exactly_the_columns(look: Run) -> None:
    said = look("metric", "sw_encounters", "--format", "csv")
    assert said.code == 0
    assert said.out.splitlines()[0] == COLUMNS
    rows = list(csv.DictReader(io.StringIO(said.out)))
    first = rows[0]
    assert len(rows) == 14
    assert (first["metric"], first["place"], first["clock"]) == ("sw_encounters", "US-SWB", "month")
    assert (first["period_start"], first["period_end"]) == ("2015-10-01", "2015-10-31")
    assert (first["value"], first["maturity"], first["missing_code"]) == ("102.0", "final", "")
    assert first["vintage"].startswith("cbp_encounters-2016-12-31-")


def test_metric_as_of_a_day_at_a_place_over_a_window(look: Run) -> None:
    words = ("--as-of", "2016-12-01", "--place", "US-SWB", "--window", "fiscal_year", "--format", "json")
    rows = json.loads(look("metric", "sw_encounters", *words).out)
    assert [row["clock"] for row in rows] == ["fiscal_year"] * 2
    assert rows[0]["vintage"].startswith("cbp_encounters-2016-11-30-")
    assert (rows[1]["value"], rows[1]["missing_code"]) == (None, "not_published")


def test_metric_as_a_table_shows_every_row_in_full(look: Run) -> None:
    said = look("metric", "mx_homicide_victims", "--place", "MX-CHH")
    assert said.out.count("MX-CHH") == 23
    assert "…" not in said.out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["metric", "mx_homicide_victim"], "do you mean mx_homicide_victims?"),
        (["metric", "mx_homicide_victims", "--place", "US"], "mx_homicide_victims has no US; it has MX"),
        (["metric", "mx_homicide_victims", "--as-of", "yesterday"], "write it like 2024-08-31"),
        (["metric", "mx_homicide_victims", "--as-of", "2001-01-01"], "2001-01-01"),
        (["metric", "us_overdose_deaths_12m", "--window", "year"], "can't be summed to year"),
        (["metric", "mx_homicide_victims", "--window", "stock"], "is no sum of months"),
        (["sql", "SELEC 1"], "syntax error"),
        (["sql", "DELETE FROM vintage"], "read-only"),
        (["sql", "FROM read_csv('/etc/passwd')"], "disabled by configuration"),
        (["diff", "cbp"], "cbp"),
        (["report", "2025"], "write it like 2025Q2"),
        (["report", "--lang", "fr"], "a report speaks en and es, not 'fr'"),
        (["report", "2031Q1"], "had not begun"),
    ],
)
def test_bad_input_gets_a_message_and_exit_code_1(look: Run, words: list[str], reason: str) -> None:
    said = look(*words)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("indicators: ")
    assert reason in said.err


@pytest.mark.parametrize(
    "words",
    [
        ["metric"],
        ["add", "/no/such/file.csv"],
        ["nonsense"],
        ["metric", "sw_encounters", "--window", "decade"],
        [],
    ],
)
def test_words_that_are_no_command_get_the_usage(look: Run, words: list[str]) -> None:
    said = look(*words)
    assert said.code == 2
    assert "Usage: indicators" in said.out + said.err


@pytest.mark.parametrize(
    "words",
    [
        ["metric", "sw_encounters"],
        ["sql", "SELECT 1"],
        ["diff", "rnpdno"],
        ["claims"],
        ["status"],
        ["export-edition"],
    ],
)
def test_without_a_warehouse_the_first_step_is_named(run: Run, words: list[str]) -> None:
    said = run(*words)
    assert (said.code, said.out) == (1, "")
    assert "run `indicators build` first" in said.err


def test_report_with_nothing_at_hand_says_so(run: Run) -> None:
    said = run("report")
    assert said.code == 1
    assert "indicators: " in said.err


def test_sql_prints_what_was_asked(look: Run) -> None:
    assert look("sql", "SELECT 1 AS one, 'a,b' AS two", "--format", "csv").out == 'one,two\n1,"a,b"\n'
    assert json.loads(look("sql", "SELECT 1 AS one", "--format", "json").out) == [{"one": 1}]
    count = "SELECT count(*) AS n FROM encounters_asof('2016-12-01')"
    assert look("sql", count, "--format", "csv").out == "n\n71\n"
    assert "1,234,567" in look("sql", "SELECT 1234567 AS n").out


def test_metrics_lists_every_one(look: Run) -> None:
    lines = look("metrics").out.splitlines()
    assert [line.split()[0] for line in lines] == list(catalog.metrics())


def test_export_edition_writes_where_the_next_build_reads(
    run: Run, small_releases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = tmp_path / "edition.toml"
    declared.write_text("releases = {}\n[[encounters]]\n")
    monkeypatch.setattr(edition.export, "__defaults__", (declared,))
    run("add", small_releases / NEWER)
    run("build")
    said = run("export-edition")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"{Home(tmp_path).edition}: ")
    assert (Home(tmp_path).edition / "encounters.parquet").exists()


def test_report_passes_its_words_on_and_says_what_to_open(look: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}

    def make(home: Home, **options: object) -> publish.Made:
        asked.update(options)
        options["progress"]("[1/2] 20_homicides (en)")  # type: ignore[operator]
        return publish.Made(
            "2016Q3", home.reports / "2016Q3", home.reports / "index.html", pages=asked["pages"]
        )  # type: ignore[arg-type]

    monkeypatch.setattr(publish, "make", make)
    asked["pages"] = 2
    said = look(
        "report", "2016Q3", "--lang", "en,es", "--as-of", "2016-12-01", "--publish", "--engine", "kernel"
    )
    assert said.code == 0
    assert said.err == "[1/2] 20_homicides (en)\n"
    assert said.out.splitlines()[0].startswith("2016Q3: 2 pages in ")
    assert said.out.splitlines()[-1].startswith("Open ")
    assert asked["quarter"] == "2016Q3"
    assert asked["as_of"] == date(2016, 12, 1)
    assert (asked["langs"], asked["publish"], asked["engine_name"]) == (["en", "es"], True, "kernel")
    asked["pages"] = 0
    assert look("report").out.startswith("Nothing changed: 2016Q3 stands as it is.\nOpen ")


def test_full_disk_is_a_message(look: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "/data/x")

    monkeypatch.setattr(publish, "make", full)
    said = look("report")
    assert (said.code, said.err) == (1, "indicators: [Errno 28] No space left on device: '/data/x'\n")


def test_help_of_every_command(look: Run) -> None:
    text = look("--help").out
    for name in ("add", "build", "sql", "metrics", "metric", "export-edition", "report"):
        assert name in text
        assert look(name, "--help").code == 0


def test_installed_program_and_module_are_the_same(small_home: Home) -> None:
    """The real thing, in a process of its own: exit code and streams."""
    for program in (
        [str(Path(sys.executable).with_name("indicators"))],
        [sys.executable, "-m", "indicators"],
    ):
        done = subprocess.run(
            [*program, "report", "--lang", "fr"],
            env={"INDICATORS_HOME": str(small_home.root), "PATH": ""},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr == "indicators: a report speaks en and es, not 'fr'\n"
