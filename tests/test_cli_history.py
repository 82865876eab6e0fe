"""The commands that tell how figures moved: diff, claims and status."""

import json

import pytest
from typer.testing import CliRunner

from indicators.cli import app
from indicators.paths import Home


@pytest.fixture
def run(small_home: Home, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("INDICATORS_HOME", str(small_home.root))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(app, list(words))


def test_diff_tells_what_moved_between_the_two_newest_releases(run) -> None:  # type: ignore[no-untyped-def]
    result = run("diff", "cbp_encounters")
    assert result.exit_code == 0
    assert "2 changed, 1 removed" in result.stdout
    for title in ("Parts", "Moved, at leaf grain", "By lag in months", "By place", "Largest moves"):
        assert title in result.stdout


def test_diff_gives_the_rows_for_other_programs(run) -> None:  # type: ignore[no-untyped-def]
    csv = run("diff", "cbp_encounters", "--format", "csv").stdout.splitlines()
    assert csv[0].startswith("place,period_start")
    assert len(csv) == 4
    rows = json.loads(run("diff", "cbp_encounters", "--format", "json").stdout)
    assert sorted(row["change"] for row in rows) == [-40, 10, 10]


def test_diff_of_a_release_with_itself_says_so(run) -> None:  # type: ignore[no-untyped-def]
    assert "0 moved" in run("diff", "cbp_encounters", "2016-12", "2016-12").stdout


def test_claims_and_status_answer_for_every_entry(run) -> None:  # type: ignore[no-untyped-def]
    assert "wayne_overdoses_2021" in run("claims", "--format", "csv").stdout
    lines = run("status", "--as-of", "2017-02-10", "--format", "csv").stdout.splitlines()
    assert any(line.startswith("cbp_encounters,") and line.endswith(",10,,overdue") for line in lines)
