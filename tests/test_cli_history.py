"""The commands that tell how figures moved: diff, claims and status."""

import json

import pytest

from command import Run


@pytest.fixture
def wide(look: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command where lines may be long."""
    monkeypatch.setenv("COLUMNS", "200")
    return look


def test_diff_tells_what_moved_between_the_two_newest_releases(wide: Run) -> None:
    result = wide("diff", "cbp_encounters")
    assert result.code == 0
    assert "2 changed, 1 removed" in result.out
    for title in ("Parts", "Moved, at leaf grain", "By lag in months", "By place", "Largest moves"):
        assert title in result.out


def test_diff_gives_the_rows_for_other_programs(wide: Run) -> None:
    csv = wide("diff", "cbp_encounters", "--format", "csv").out.splitlines()
    assert csv[0].startswith("place,period_start")
    assert len(csv) == 4
    rows = json.loads(wide("diff", "cbp_encounters", "--format", "json").out)
    assert sorted(row["change"] for row in rows) == [-40, 10, 10]


def test_diff_of_a_release_with_itself_says_so(wide: Run) -> None:
    assert "0 moved" in wide("diff", "cbp_encounters", "2016-12", "2016-12").out


def test_claims_and_status_answer_for_every_entry(wide: Run) -> None:
    assert "wayne_overdoses_2021" in wide("claims", "--format", "csv").out
    lines = wide("status", "--as-of", "2017-02-10", "--format", "csv").out.splitlines()
    assert any(line.startswith("cbp_encounters,") and line.endswith(",10,,overdue") for line in lines)
