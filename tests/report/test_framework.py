"""The coded objectives on the page: two codings side by side, and where they differ."""

from datetime import date
from pathlib import Path

import pytest

from indicators.charts.tables import Link, Table
from indicators.report import evidence
from indicators.report.sentences import Words
from small_warehouse import LANGUAGES, Small

CODED = date(2026, 11, 22)
RAW = Path(__file__).parents[2] / "data" / "raw"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_one_coding_alone_finds_public_is_marked_and_linked(lang: str) -> None:
    view = Small(RAW).use(lang, as_of=CODED)
    table = evidence.objectives()
    assert len(table.rows) == 10
    assert "10" in table.title
    ports = next(row for row in table.rows if str(row[0]).startswith("2.1"))
    assert isinstance(ports[1], Link)
    assert ports[1].text == view.text.t("framework.disputed")
    assert ports[2] == view.text.t("view.no")


def test_the_agreement_says_what_it_is_worth() -> None:
    Small(RAW).use(as_of=CODED)
    table = evidence.agreement()
    assert isinstance(table, Table)
    assert "40 of 50" in table.title
    assert [row[-1] for row in table.rows] == ["−0.20", "0.00", "0.00", "not defined", "0.00"]
    assert any("made by this project" in note for note in table.notes)


def test_without_a_second_coding_no_agreement_is_told() -> None:
    Small().use()
    assert isinstance(evidence.agreement(), Words)
