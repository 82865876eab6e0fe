"""A corridor's page: what of a state that it shares is shown, and how far the figures go, is said beside them."""

from collections.abc import Iterator

import pytest

from indicators import charts
from indicators.report import corridor
from indicators.report.sentences import Words
from small_warehouse import ENCOUNTER, LANGUAGES, MONTHS, Small, months

AT_STATE = ENCOUNTER | {"dataset": "nationwide_state", "part": "nationwide_state"}


@pytest.fixture
def small() -> Iterator[Small]:
    made = Small()
    counts = [5000.0 + step for step in range(MONTHS - 9)]
    rows = [row for place in ("US-TX", "US-AZ") for row in months(counts, "encounters", AT_STATE, place=place)]
    made.add("encounters", "cbp_encounters", rows)
    yield made
    made.connection.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_state_that_spans_corridors_is_said_to_be_more_than_the_stretch(small: Small, lang: str) -> None:
    """Three pages of Texas drew the same line of all Texas under the words "never added to it"."""
    view = small.use(lang)
    shared, own = (corridor.encounters(one) for one in ("texas_nuevo_leon", "arizona_sonora"))
    assert isinstance(shared, charts.Chart)
    assert isinstance(own, charts.Chart)
    note = view.text.t("corridor.all_of", places="Texas")
    assert shared.notes[0] == note
    assert note not in own.notes


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_series_that_lags_says_its_age(small: Small, lang: str) -> None:
    """Encounters by state ended in September 2024 on a page of June 2025, and nothing said why."""
    view = small.use(lang)
    chart = corridor.encounters("arizona_sonora")
    assert isinstance(chart, charts.Chart)
    last = chart.table.rows[0][0]
    assert chart.notes[-1] == view.text.t("view.ends", month=last, n=12)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_drugs_and_arms_do_not_give_the_same_sentence(small: Small, lang: str) -> None:
    small.use(lang)
    drugs, arms = (show("texas_nuevo_leon") for show in (corridor.seizures, corridor.arms))
    assert isinstance(drugs, Words)
    assert isinstance(arms, Words)
    assert drugs.markdown != arms.markdown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_says_whose_figures_its_north_side_shows(small: Small, lang: str) -> None:
    """The corridor of New Mexico and West Texas showed New Mexico only."""
    view = small.use(lang)
    said = view.text.t("corridor.north", us=view.place("US-NM"), shared="Texas")
    assert said in corridor.heading("new_mexico_west_texas_chihuahua").markdown
    assert said[:20] not in corridor.heading("texas_coahuila").markdown
