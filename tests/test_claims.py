"""Verdicts on published figures: what the wording allows, what was known then, and what is never guessed."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from indicators import catalog
from indicators.catalog.claims import Claim
from indicators.errors import DataError
from indicators.metrics import claims
from indicators.metrics.claims import Reading
from indicators.warehouse import build, query

TODAY, THEN = date(2026, 11, 21), date(2025, 1, 31)
PROJECT = Path(__file__).parents[1]


def claim(**fields: Any) -> Claim:
    text = {"en": "n", "es": "n"}
    metric = {
        "metric": "mx_homicide_victims",
        "place": "MX",
        "period": (date(2023, 1, 1), date(2023, 12, 31)),
    }
    given = {
        "id": "one",
        "claim": text,
        "who": text,
        "said": "2025-01",
        "url": "https://example.org",
        "figure": 100,
    }
    return Claim(**{**given, **metric, **fields})


def verdict(one: Claim, today: float | None, then: float | None) -> tuple[str, str | None]:
    missing = None if today is not None else "not_held"
    return claims.decide(one, Reading(TODAY, today, reason=missing), Reading(THEN, then))


def test_confirmed_then_and_revised_since() -> None:
    """29,713 for 2023 was right in January 2025, and is 29,721 now."""
    assert verdict(claim(figure=29713), today=29721, then=29713) == ("revised", None)


def test_confirmed_today_but_not_then() -> None:
    assert verdict(claim(figure=851), today=851, then=853) == ("confirmed", "not_then")


def test_neither_then_nor_today() -> None:
    assert verdict(claim(figure=29820), today=30046, then=27794) == ("contradicted", None)


def test_a_figure_of_a_release_that_is_gone_is_not_called_wrong() -> None:
    """107,622 overdose deaths stood in the release of May 2022 alone; today's figure is near it."""
    one = claim(figure=107622, moves=2500)
    assert verdict(one, today=109099, then=None) == ("not_checkable", "release_not_held")
    assert verdict(one, today=120000, then=None) == ("contradicted", None)
    assert verdict(one, today=109099, then=108000) == ("contradicted", None)


def test_what_somebody_kept_of_a_release_that_is_gone_decides() -> None:
    """15 percent more in 2021: CDC's 107,622 after 93,655 were quoted that week, and both were revised since."""
    one = claim(figure=15, tolerance=0.5, moves=3, judged="revised", evidence={"en": "seen", "es": "visto"})
    assert verdict(one, today=16.65, then=None) == ("revised", "judged")
    assert verdict(one, today=15.2, then=None) == ("confirmed", None)
    assert verdict(one, today=25, then=None) == ("contradicted", None)


@pytest.mark.parametrize(
    "name", ["wayne_ambassadors", "cbp_police_killed_laredo", "northcom_call", "expanded_framework"]
)
def test_evidence_that_leaves_it_open_confirms_and_contradicts_nothing(name: str) -> None:
    """Verdicts stood beside evidence that did not carry them: no number, no territory, no date."""
    one = catalog.claims.claims()[name]
    assert not one.metric
    assert one.judged == "not_checkable"


def test_a_text_without_a_date_is_seen_from_today_and_needs_no_year() -> None:
    undated = claim(said="", metric="", judged="not_checkable", evidence={"en": "none", "es": "nada"})
    assert undated.known_on > TODAY


def test_without_data_there_is_no_verdict_but_a_judged_one() -> None:
    assert verdict(claim(), today=None, then=None) == ("not_checkable", "not_held")
    judged = claim(judged="confirmed", evidence={"en": "seen", "es": "visto"})
    assert verdict(judged, today=None, then=None) == ("confirmed", "judged")
    assert verdict(judged, today=150, then=None) == ("contradicted", None)


@pytest.mark.parametrize(
    ("relation", "allowed", "refused"),
    [("is", [95, 100, 105], [94, 106]), ("over", [100, 105], [99, 106]), ("nearly", [95, 100], [94, 101])],
)
def test_what_the_wording_allows(relation: str, allowed: list[float], refused: list[float]) -> None:
    one = claim(relation=relation, tolerance=5)
    assert all(one.allows(value) for value in allowed)
    assert not any(one.allows(value) for value in refused)


@given(st.floats(0, 200), st.floats(0, 50), st.sampled_from(["is", "over", "nearly"]))
def test_what_is_allowed_is_also_near(value: float, moves: float, relation: str) -> None:
    one = claim(relation=relation, tolerance=5, moves=moves)
    assert one.allows(value, one.moves) or not one.allows(value)


@pytest.mark.parametrize(
    ("said", "day"),
    [("2022-05", date(2022, 5, 31)), ("2024", date(2024, 12, 31)), ("2024-12-10", date(2024, 12, 10))],
)
def test_a_claim_is_looked_up_as_of_the_last_day_it_may_have_been_made(said: str, day: date) -> None:
    assert claim(said=said).known_on == day
    assert claim(said=said, as_of=THEN).known_on == THEN


@pytest.mark.parametrize(
    "fields",
    [
        {"said": "May 2022"},
        {"said": ""},
        {"metric": "", "judged": None},
        {"metric": "", "judged": "confirmed"},
        {"figure": None},
        {"measure": "percent_change"},
        {"baseline": (date(2022, 1, 1), date(2022, 12, 31))},
        {"measure": "periods_higher"},
    ],
)
def test_a_claim_that_says_too_little_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        claim(**fields)


def test_a_wrong_key_of_the_file_is_named() -> None:
    with pytest.raises(DataError, match="mend the key northcom_founded"):
        catalog.entry(Claim, catalog.HERE / "claims.toml", "northcom_founded", {"id": "x", "verdict": "true"})


def test_every_checkable_figure_of_the_founding_articles_has_a_claim() -> None:
    rows = {one.row for one in catalog.claims.claims().values() if one.row}
    assert rows == set(range(1, 24))


def test_the_claims_name_metrics_and_places_that_exist() -> None:
    for one in catalog.claims.claims().values():
        assert not one.metric or one.metric in catalog.metrics()
        assert not one.place or one.place in catalog.places()
        assert not one.article or one.article in catalog.articles()
        assert one.url.startswith("http") or one.article == "002"  # given to us without an address
        assert not one.judged or not one.evidence_url or one.evidence_url.startswith("http")


@pytest.fixture(scope="module")
def checked(once: Callable[..., Path]) -> dict[str, claims.Checked]:
    """Every claim, against what ships with the project and the published figures kept by hand."""

    def make(folder: Path) -> None:
        published = folder / "raw" / "published"
        published.mkdir(parents=True)
        for path in (PROJECT / "data" / "raw" / "published").glob("*.csv"):
            (published / path.name).write_bytes(path.read_bytes())
        edition = PROJECT / "data" / "processed" / "edition"
        build.build(build.BuildInputs(folder / "raw", edition), folder / "warehouse.duckdb")

    with query.connect(once("shipped", make) / "warehouse.duckdb") as connection:
        return {one.claim.id: one for one in claims.check_all(connection, TODAY)}


@pytest.mark.parametrize(
    ("name", "today", "then", "verdict"),
    [
        ("wayne_overdoses_2021", 109099, None, "confirmed"),
        ("wayne_overdoses_2021_change", 16.65, None, "revised"),
        ("wayne_homicides_record", 0, None, "confirmed"),
        ("wayne_homicides_record_inegi", 2, 1, "contradicted"),
        ("wayne_missing_two_years", 26811, 26811, "confirmed"),
        ("wayne_trade_per_minute", 1169140.03, 1169140.03, "confirmed"),
        ("cbp_nearly_a_million_2019", 977509, None, "confirmed"),
        ("cbp_most_in_15_years", 3, None, "contradicted"),
        ("cdc_overdoses_2021", 109099, None, "revised"),
        ("cdc_overdoses_april_2025", 76448, 76516, "revised"),
        ("sesnsp_homicides_2023", 29732, 29713, "revised"),
        ("sesnsp_homicides_2024_mixed", 30060, None, "contradicted"),
        ("cbp_nationwide_october_2023", 309024, 309221, "revised"),
    ],
)
def test_verdicts_on_what_ships(
    checked: dict[str, claims.Checked], name: str, today: float, then: float | None, verdict: str
) -> None:
    one = checked[name]
    assert one.today.value == pytest.approx(today, abs=0.01)
    assert one.then.value == (None if then is None else pytest.approx(then, abs=0.01))
    assert one.verdict == verdict


def test_a_figure_known_from_the_claim_alone_confirms_nothing(checked: dict[str, claims.Checked]) -> None:
    """The 350,000 displaced stand in our table as quoted from the very article."""
    one = checked["wayne_displaced"]
    assert (one.verdict, one.reason, one.today.value) == ("not_checkable", "circular", None)


def test_a_claim_seen_from_an_earlier_day_knows_nothing_later(small_home) -> None:  # type: ignore[no-untyped-def]
    one = claim(said="2020", metric="sw_encounters", place="US-SWB", period=(date(2015, 10, 1), date(2015, 10, 31)))
    with query.connect(small_home.warehouse) as connection:
        history = claims.History(connection)
        early = claims.check(history, one, date(2016, 12, 1))
        late = claims.check(history, one, date(2017, 2, 1))
    assert early.then.as_of == date(2016, 12, 1)
    assert late.today.value == early.today.value + 10  # type: ignore[operator]


def test_the_printed_table_has_a_row_a_claim(checked: dict[str, claims.Checked]) -> None:
    table = claims.table(list(checked.values()))
    assert table["claim"].to_list() == list(catalog.claims.claims())
    assert set(table["verdict"].unique()) == {"confirmed", "revised", "contradicted", "not_checkable"}
    assert isinstance(table, pl.DataFrame)
