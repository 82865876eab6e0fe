"""The page of the back-test, from the releases that ship with the project."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import nowcast_backtest as backtest
from indicators.i18n import leaves
from indicators.metrics import nowcast
from indicators.warehouse import build, query

PROJECT = Path(__file__).parents[2]
Found = tuple[list[backtest.Tested], dict[str, str]]


@pytest.fixture(scope="module")
def tested(once: Callable[..., Path]) -> Found:
    """The test of every series from the edition alone, and the pages that are made of it."""
    with query.connect(shipped(once)) as connection:
        found = backtest.run(connection)
        return found, {lang: backtest.document(connection, found, lang) for lang in backtest.LANGUAGES}


def shipped(once: Callable[..., Path]) -> Path:
    """Build the warehouse of the edition alone, once."""

    def make(folder: Path) -> None:
        edition = PROJECT / "data" / "processed" / "edition"
        build.build(build.BuildInputs(folder / "raw", edition), folder / "warehouse.duckdb")

    return once("edition_alone", make) / "warehouse.duckdb"


@pytest.mark.parametrize("lang", backtest.LANGUAGES)
def test_the_page_says_what_the_shipped_releases_say(tested: Found, lang: str) -> None:
    page = (PROJECT / backtest.PAGE.format(lang=lang)).read_text(encoding="utf-8")
    assert page == tested[1][lang], "with nothing in data/raw, run make backtest"


def test_feminicides_are_estimated_and_homicides_are_not(once: Callable[..., Path]) -> None:
    """Feminicides are reclassified upward for months; homicides hardly move. RNID has one release of victims."""
    with query.connect(shipped(once)) as connection:
        before, now = (
            {
                metric: nowcast.nowcast(connection, metric, "MX", day)
                for metric in ("mx_feminicide_victims", "mx_homicide_victims", "mx_missing_new")
            }
            for day in (date(2025, 8, 31), date(2026, 8, 31))
        )
    assert before["mx_feminicide_victims"].reason is None
    assert before["mx_feminicide_victims"].test.releases_won == 6
    assert before["mx_homicide_victims"].reason == "not_better"
    assert now["mx_feminicide_victims"].reason == "too_few_releases"
    assert now["mx_missing_new"].reason == "not_better"


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_reason_why_there_is_none_has_its_words(lang: str) -> None:
    reasons = set(re.findall(r"``(\w+)``", str(nowcast.Backtest.reason.__doc__)))
    assert reasons == {one for one in backtest.WHY[lang] if one}
    assert {f"nowcast.{one}" for one in reasons} <= leaves(lang).keys()
