"""What stands behind each metric: nothing the catalogue calls for is left unsaid."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from indicators import catalog
from indicators.catalog.tables import HAND_KEPT
from indicators.metrics import coverage
from indicators.readers import hand_kept

OURS = Path(__file__).parents[1] / "data" / "raw"
TIER_A = [
    "us_overdose_deaths_12m",
    "us_synthetic_opioid_deaths_12m",
    "us_overdose_rate",
    "mx_homicide_victims",
    "mx_feminicide_victims",
    "mx_intentional_killings_rate",
    "mx_other_crimes_against_life",
    "mx_homicide_firearm_share",
    "mx_extortion_kidnap",
    "mx_trafficking_victims",
    "mx_missing_stock",
    "mx_missing_new",
    "mx_missing_located",
    "mx_missing_ratio_homicide",
    "sw_encounters",
    "sw_usbp_apprehensions",
    "sw_family_share",
    "sw_inadmissibles_ofo",
    "fentanyl_seized_lb",
    "drugs_seized_lb",
    "drug_seizure_ratio_5y",
    "weapons_seized_sw",
    "currency_seized_usd",
    "us_mx_trade_per_min",
    "border_crossings_trucks",
    "ofac_mx_designations",
    "ensu_insecurity",
]
TIER_B = [
    "sw_unique_individuals",
    "sw_repeat_share",
    "mx_homicide_inegi",
    "us_homicide_border_states",
    "atf_mx_recovered_traced",
    "atf_us_sourced_share",
    "sdg_16_4_2",
    "mx_firearms_seized",
    "mx_fentanyl_seized",
    "precursor_incidents",
    "sdg_16_4_1_iff",
    "fincen_bsa_fentanyl",
    "uif_blocked_accounts",
    "extraditions_mx_us",
    "gitoc_criminality",
    "idp_stock_mx",
    "police_killed_mx",
    "mx_peace_index",
    "envipe_dark_figure",
    "impunity_homicide",
    "us_prosecutions_trafficking",
    "ports_wait_minutes",
    "nii_scan_rate",
    "poe_investment",
    "migrant_deaths_rescues",
    "cpi_corruption",
    "human_rights_complaints",
    "prs_overdose_target",
    "us_military_border_support",
    "mpp_returns",
]
TIER_C = [
    "most_wanted_arrest_share",
    "joint_training_people",
    "joint_exercises",
    "cabinet_meetings",
    "framework_metric_coverage",
    "intel_sharing_mechanisms",
    "trust_protection_measures",
    "tech_transfers",
    "legal_alignment",
    "etrace_states",
    "smuggling_networks_dismantled",
    "arms_dealers_major_cases",
    "public_top_issue",
]
SEVERAL = {  # one row of the catalogue, one metric for each drug
    "drugs_seized_lb": "methamphetamine_seized_lb",
    "drug_seizure_ratio_5y": "drug_seizure_ratio_5y_fentanyl_at_ports",
}


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    return hand_kept.load(OURS)


@pytest.fixture(scope="module")
def rows(tables) -> dict[str, coverage.Behind]:
    figures, events, objectives = (tables[name] for name in HAND_KEPT)
    return {one.metric: one for one in coverage.behind(catalog.metrics(), figures, events, objectives)}


def test_every_row_of_the_catalogue_has_its_entry():
    assert (len(TIER_A), len(TIER_B), len(TIER_C)) == (27, 30, 13)
    known = catalog.metrics()
    wanted = {SEVERAL.get(name, name) for name in [*TIER_A, *TIER_B, *TIER_C]}
    assert wanted <= known.keys()
    assert {known[name].tier for name in TIER_B} == {"B"}
    assert {known[name].tier for name in TIER_C} == {"C"}


def test_every_founding_article_has_its_rows(rows):
    articles = coverage.of_articles(catalog.articles(), rows.values())
    assert list(articles) == ["000", "001", "002", "003", "004"]
    for key, article in catalog.articles().items():
        assert [one.metric for one in articles[key]] == article.rows
        assert len(set(article.rows)) == len(article.rows)


def test_a_metric_without_any_figure_says_what_was_searched(rows):
    without = {name for name, one in rows.items() if one.evidence == "none"}
    assert without
    assert all(rows[name].searched for name in without)
    # a metric that found its figures no longer claims that there are none
    assert {name for name, one in catalog.metrics().items() if one.searched} == without


def test_each_kind_of_evidence_is_told(rows):
    assert rows["mx_homicide_victims"] == coverage.Behind("mx_homicide_victims", "computed")
    inegi = rows["mx_homicide_inegi"]
    assert (inegi.evidence, inegi.newest) == ("published", date(2025, 6, 30))
    assert inegi.figures == 43
    assert rows["us_mx_trade_per_min"].figures == rows["us_mx_trade_usd"].figures
    assert rows["etrace_states"] == coverage.Behind("etrace_states", "ledger", 1, date(2023, 6, 18))
    framework = rows["framework_metric_coverage"]
    assert (framework.evidence, framework.figures) == ("ledger", 10)


def test_a_computed_metric_without_a_release_is_told_apart(tables):
    frames = [tables[name] for name in HAND_KEPT]
    newest = {"mx_homicide_victims": date(2025, 6, 30), "currency_seized_usd": None}
    rows = {one.metric: one for one in coverage.behind(catalog.metrics(), *frames, newest)}
    assert rows["mx_homicide_victims"].newest == date(2025, 6, 30)
    assert rows["currency_seized_usd"].evidence == "no_release"
    tally = coverage.tally(rows.values())
    assert tally["computed"] == 1
    assert sum(tally.values()) == len(catalog.metrics())


def test_empty_tables_leave_published_and_ledger_metrics_with_nothing():
    empty = hand_kept.load(Path("nowhere"))
    rows = coverage.behind(catalog.metrics(), *(empty[name] for name in HAND_KEPT))
    kinds = {one.metric: catalog.metrics()[one.metric].kind for one in rows}
    assert {one.evidence for one in rows if kinds[one.metric] in ("published", "ledger")} == {"none"}
