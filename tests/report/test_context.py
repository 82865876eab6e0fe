"""Both sides of the border: on one time axis, and told one by one."""

from collections.abc import Iterator

import pytest

import indicators
from indicators import charts
from indicators.report import scorecard
from indicators.report.sentences import Words
from small_warehouse import DEATHS, ENCOUNTER, LANGUAGES, WAVE, Small, homicides, months


@pytest.fixture
def small() -> Iterator[Small]:
    made = Small()
    homicides(made, lambda _: 80)
    counts = [5000 + 100 * wave for wave in WAVE]
    made.add("encounters", "cbp_encounters", months(counts, "encounters", ENCOUNTER))
    totals = months([100_000 + 10 * wave for wave in WAVE], "reported_deaths", DEATHS)
    made.add("overdose_deaths", "cdc_overdose", totals)
    yield made
    made.connection.close()


def test_panels_share_the_time_axis_and_nothing_else(small: Small) -> None:
    small.use()
    shown = [
        scorecard.panel(indicators.metric("mx_homicide_victims", "MX")),
        scorecard.panel(indicators.metric("us_overdose_deaths_12m", "US")),
        scorecard.panel(indicators.metric("sw_encounters", "US-SWB", window="12_month_rolling")),
    ]
    assert all(isinstance(chart, charts.Chart) for chart in shown)
    layouts = [chart.payload()["figure"]["layout"] for chart in shown if isinstance(chart, charts.Chart)]
    assert len({str(layout["xaxis"]["range"]) for layout in layouts}) == 1
    assert len({str(layout["yaxis"]["range"]) for layout in layouts}) == 3
    assert len({chart.name for chart in shown if isinstance(chart, charts.Chart)}) == 3


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_side_is_told_alone_and_what_is_lacking_is_said(small: Small, lang: str) -> None:
    view = small.use(lang)
    sides = [("mx_homicide_victims", "MX"), ("us_homicide", "US")]
    here, there = scorecard.said(sides).markdown.splitlines()
    assert view.place("MX") in here
    assert here.count("%") >= 3, "a change with both bounds"
    assert view.text.t("sentence.nothing", subject="")[-20:] in there
    assert isinstance(scorecard.panel(indicators.metric("us_homicide", "US")), Words)


def test_a_place_that_the_name_tells_is_not_told_twice(small: Small) -> None:
    small.use()
    (said,) = scorecard.said([("us_homicide", "US")]).markdown.splitlines()
    assert said.count("United States") == 1
