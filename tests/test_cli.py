"""The command line: what each command says, and that bad input gets a message, exit code 1 and no traceback."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from command import Run
from indicators import catalog
from indicators.paths import Home
from indicators.report import publish

NEWER = "sbo-encounters-fy16-fy17-nov.csv"
COLUMNS = "metric,place,period_start,period_end,clock,value,lower,upper,maturity,missing_code,vintage,provenance,note"


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
        (["report", "--lang", "fr"], "a report is in en and es, not 'fr'"),
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


def test_report_passes_its_words_on_and_says_what_to_open(look: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[publish.ReportRequest] = []
    pages = iter([2, 0])

    def make(home: Home, request: publish.ReportRequest, progress: Callable[[str], None]) -> publish.Made:
        asked.append(request)
        progress("[1/2] 20_homicides (en)")
        return publish.Made("2016Q3", home.reports / "2016Q3", home.reports / "index.html", next(pages))

    monkeypatch.setattr(publish, "make", make)
    said = look("report", "2016Q3", "--lang", "en,es", "--as-of", "2016-12-01", "--publish", "--engine", "kernel")
    assert said.code == 0
    assert said.err == "[1/2] 20_homicides (en)\n"
    assert said.out.splitlines()[0].startswith("2016Q3: 2 pages in ")
    assert said.out.splitlines()[-1].startswith("Open ")
    assert asked == [publish.ReportRequest("2016Q3", date(2016, 12, 1), ["en", "es"], "kernel", publish=True)]
    assert look("report").out.startswith("Nothing changed: 2016Q3 is up to date.\nOpen ")


def test_full_disk_is_a_message(look: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "/data/x")

    monkeypatch.setattr(publish, "make", full)
    said = look("report")
    todo = "make room on its disk, then run the command again"
    assert said.code == 1
    assert said.err == f"indicators: /data/x could not be written: No space left on device; {todo}\n"


def test_help_of_every_command(look: Run) -> None:
    text = look("--help").out
    for name in ("add", "build", "sql", "metrics", "metric", "report"):
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
        assert done.stderr == "indicators: a report is in en and es, not 'fr': choose with --lang\n"
