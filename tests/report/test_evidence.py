"""What others publish and what is on record, as the tables of the report say it."""

import re
from datetime import date
from pathlib import Path

import nbformat
import pytest

from indicators import catalog
from indicators.metrics.change import year_on_year
from indicators.report import evidence
from small_warehouse import LANGUAGES, Small

HOME = Path(__file__).parents[2]
READ = date(2026, 11, 22)


@pytest.fixture(scope="module")
def kept() -> Small:
    return Small(HOME / "data" / "raw")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_figure_known_on_the_day_is_listed(kept, lang):
    """The page of 2025Q2 said of pills seized that no figure was found, and the coverage page counted three."""
    kept.use(lang, as_of=READ)
    table = evidence.figures(["mx_fentanyl_pills_seized"], name="supply", title="evidence.supply")
    assert len(table.rows) == 4


def test_nothing_found_says_what_was_searched(kept):
    kept.use(as_of=READ)
    table = evidence.figures(["ofac_mx_designations"], name="money", title="evidence.money")
    assert table.rows[0][1] == "no public figure found"
    assert "OFAC" in str(table.rows[0][2])


@pytest.mark.parametrize(("lang", "word"), [("en", "provisional"), ("es", "preliminar")])
def test_of_two_figures_of_a_year_the_final_one_stands_first_and_the_other_says_what_it_is(kept, lang, word):
    """33,241 and 33,550 deaths stood under 2024, and nothing told them apart."""
    kept.use(lang, as_of=READ)
    table = evidence.figures(["mx_homicide_inegi"], name="v", title="evidence.violence")
    of_2024 = [(row[0], str(row[1])[:6]) for row in table.rows if str(row[0]).startswith("2024")]
    assert of_2024 == [("2024", "33,550"), (f"2024; {word}", "33,241")]


def test_the_page_of_published_figures_asks_for_no_other_metric():
    """It listed a metric of the ledger, and said that nothing was found of it."""
    cells = nbformat.read(HOME / "notebooks" / "60_published.ipynb", 4).cells
    asked = re.findall(r'"([a-z0-9_]+)"[,\]]', " ".join(one.source for one in cells if one.cell_type == "code"))
    assert len(asked) > 30
    assert {name for name in asked if catalog.metrics()[name].kind != "published"} == set()


def test_one_transfer_has_one_day_wherever_it_is_told(kept):
    """Both tables are kept by hand: one said the 28th of February, the other the 27th."""
    kept.use(as_of=READ)
    figures = evidence.figures(["transfers_mx_us"], name="justice", title="evidence.justice")
    events = evidence.events(["transfer"], name="cooperation", title="evidence.cooperation")
    days = {row[0] for row in figures.rows if "running" not in row[0]}
    assert days == {"January 20, 2026", "August 12, 2025", "February 27, 2025"}
    assert days <= {row[0] for row in events.rows}


@pytest.mark.parametrize(("lang", "said"), [("en", "read on November 21"), ("es", "consultado el 21 de noviembre")])
def test_the_day_of_reading_is_not_told_as_the_day_of_publication(kept, lang, said):
    """The trace counts of 2024 stood under a source of 2026: the page that has them bears no day."""
    kept.use(lang, as_of=READ)
    table = evidence.figures(["atf_mx_recovered_traced"], name="arms", title="evidence.arms")
    assert said in table.rows[0][2].text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_metric_that_names_its_place_is_not_followed_by_it(kept, lang):
    """«Waiting time of trucks at the Southwest border, Southwest land border» stood over its figures."""
    kept.use(lang, as_of=READ)
    table = evidence.figures(["ports_wait_minutes"], name="crossing", title="evidence.crossing")
    assert table.groups[0][0].count("uroeste" if lang == "es" else "outhwest") == 1


def test_what_stands_behind_the_metrics_is_told_objective_by_objective(kept, monkeypatch):
    monkeypatch.setattr(evidence, "_newest", lambda *_: None)  # every computed metric would be asked for its newest day
    kept.use(as_of=READ)
    told = [str(row[0]).split(" · ")[0] for row in evidence.standing().rows]
    assert told == sorted(told)


def test_a_law_is_adopted_and_a_year_alone_stands_below_its_days(kept):
    """Executive orders and audits «took place», and «2022» stood above October 14, 2022."""
    kept.use(as_of=READ)
    laws = evidence.events(["legal_milestone", "designation", "report"], name="laws", title="evidence.laws")
    assert {str(row[2]) for row in laws.rows} == {"adopted", "issued", "published"}
    meetings = evidence.events(
        ["cabinet_meeting", "meeting", "benchmark_commitment"], name="m", title="evidence.meetings"
    )
    days = [str(row[0]) for row in meetings.rows]
    assert days.index("2022") > days.index("January 31, 2022")


def test_a_snapshot_whose_day_is_not_stated_is_told_by_its_month(kept):
    """The register's 73,263 stood under the day they were published, the 95,238 under the last of a month."""
    kept.use(as_of=READ)
    table = evidence.figures(["mx_missing_stock_published"], name="missing", title="evidence.violence")
    told = {row[1]: row[0] for row in table.rows}
    assert told["73,263"] == "As of July 2020; provisional"
    assert told["95,238"] == "As of November 2021; provisional"


def test_snapshots_of_which_only_the_month_is_known_are_still_compared(kept):
    found = year_on_year(
        kept.view(quarter="2021Q4", as_of=date(2021, 12, 31)).series("mx_missing_stock_published", "MX")
    )
    assert found.difference == 95238 - 73263
