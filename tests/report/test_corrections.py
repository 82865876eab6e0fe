"""What is published stays, and a correction stands beside it, with its reason."""

import pytest

from indicators.errors import UsageError
from indicators.paths import Home
from indicators.report import record
from small_report import ENCOUNTERS, HOMICIDES, QUARTER, make, run_of, state, write


def test_published_report_is_never_written_again(reported: Home) -> None:
    make(reported, publish=True)
    before = state(reported.reports / QUARTER)
    written = (reported.reports / QUARTER / record.RUN).read_bytes()
    assert run_of(reported)["published"]
    assert make(reported).pages == make(reported, publish=True).pages == 0
    write(reported, "20_homicides", HOMICIDES, ENCOUNTERS)
    for again in (False, True):
        with pytest.raises(UsageError, match=f"published and stays.*indicators report {QUARTER}-r1"):
            make(reported, quarter=QUARTER, publish=again)
    assert state(reported.reports / QUARTER) == before
    assert (reported.reports / QUARTER / record.RUN).read_bytes() == written


def test_draft_becomes_published(reported: Home) -> None:
    assert not run_of(reported)["published"]
    assert make(reported, publish=True).pages == 1
    assert run_of(reported)["published"]


def test_correction_stands_beside_what_it_corrects(reported: Home) -> None:
    make(reported, publish=True)
    before = state(reported.reports / QUARTER)
    write(reported, "20_homicides", HOMICIDES, ENCOUNTERS)
    first = f"{QUARTER}-r1"
    assert make(reported, quarter=first).pages == 1
    assert run_of(reported, first)["previous"] == QUARTER
    write(reported, "20_homicides", ENCOUNTERS)
    with pytest.raises(UsageError, match="add the reason, --note"):
        make(reported, quarter=first, publish=True)
    why = "A table was left out."
    assert make(reported, quarter=first, publish=True, note=why).pages == 1  # a draft until then
    assert run_of(reported, first)["note"] == why
    assert why in (reported.reports / first / "en" / "homicides.html").read_text(encoding="utf-8")
    assert make(reported, quarter=first, publish=True).pages == 0  # the note stays
    with pytest.raises(UsageError, match=f"indicators report {QUARTER}-r2"):
        make(reported, quarter=QUARTER)
    assert make(reported, quarter=f"{QUARTER}-r2").pages == 1
    assert run_of(reported, f"{QUARTER}-r2")["previous"] == first
    assert state(reported.reports / QUARTER) == before


def test_note_belongs_to_a_correction(home: Home) -> None:
    with pytest.raises(UsageError, match="leave the note out"):
        make(home, note="because")


@pytest.mark.parametrize("quarter", [f"{QUARTER}-r1", f"{QUARTER}-r2"])
def test_draft_has_no_correction(reported: Home, quarter: str) -> None:
    with pytest.raises(UsageError, match=f"make {QUARTER}$"):
        make(reported, quarter=quarter)


def test_report_compares_with_the_last_one_published(home: Home) -> None:
    make(home, quarter="2016Q1", publish=True)
    make(home, quarter="2016Q2")
    make(home)
    assert run_of(home)["previous"] == "2016Q1"
    assert run_of(home, "2016Q2")["previous"] == "2016Q1"
