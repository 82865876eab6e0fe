"""States held against each other: named where they lie outside, never ranked by noise."""

import math
from collections.abc import Callable
from datetime import date

import pytest

import indicators
from indicators import catalog, charts
from indicators.metrics import frames
from indicators.periods import add_months
from indicators.report import analysis
from small_warehouse import (
    VICTIM,
    WAVE,
    Small,
)


def killings(small: Small, rate: Callable[[str], float]) -> None:
    """One year of files and a population in every state of Mexico, the states of very different size."""
    states = sorted(one.id for one in catalog.places().values() if one.kind == "state" and one.country == "MX")
    persons = {place: 700_000 * 1.1**number for number, place in enumerate(states)}
    rows = [
        {
            **VICTIM, "place": place, "period_start": add_months(date(2024, 7, 1), step),
            "victims": round(rate(place) * persons[place] / 100_000 / 12),
        }
        for place in states
        for step in range(12)
    ]  # fmt: skip
    small.add("crime_victims", "sesnsp_victims", rows)
    people = [
        {
            "place": place, "clock": "stock", "population_persons": round(persons[place]), "maturity": "final",
            "part": "CONAPO", "period_start": date(year, 7, 1), "period_end": date(year, 7, 1),
        }
        for place in states
        for year in (2024, 2025)
    ]  # fmt: skip
    small.add("population", "population_mx", people)


@pytest.mark.parametrize(("lang", "label"), [("en", "above the 99.8% limit"), ("es", "arriba del límite de 99.8%")])
def test_a_state_outside_is_named_by_text_shape_and_colour(small: Small, lang: str, label: str) -> None:
    killings(small, lambda place: 90 if place == "MX-ZAC" else 20 + 2 * WAVE[len(place) + ord(place[-1]) % 30])
    small.use(lang)
    chart = analysis.funnel(indicators.metric("mx_intentional_killings_rate", "states"))
    assert isinstance(chart, charts.Chart)
    figure = chart.payload()["figure"]
    named = [one["text"] for one in figure["layout"]["annotations"] if "Zacatecas" in one["text"]]
    assert len(named) == 1
    outside = next(one for one in figure["data"] if one.get("marker", {}).get("symbol") == "triangle-up")
    others = next(one for one in figure["data"] if one.get("marker", {}).get("symbol") == "circle")
    assert len(outside["x"]) == 1
    assert outside["marker"]["color"] != others["marker"]["color"]
    assert figure["layout"]["showlegend"]
    assert "Zacatecas" in chart.alt
    assert [row[0] for row in chart.table.rows if row[-1] == label] == ["Zacatecas"]
    assert len(chart.table.rows) == chart.data.height == 32
    names = [row[0] for row in chart.table.rows]
    assert names == sorted(names), "a list by rate would be a ranking"


def test_a_small_state_within_the_spread_is_not_named(small: Small) -> None:
    killings(small, lambda place: 20 + 12 * (ord(place[-1]) % 3 - 1))
    small.use()
    chart = analysis.funnel(indicators.metric("mx_intentional_killings_rate", "states"))
    assert isinstance(chart, charts.Chart)
    assert "no state lies outside" in chart.title
    assert "none" in chart.alt
    assert any("is not shown to be safe" in note for note in chart.notes)


def test_every_limit_is_within_the_funnel_and_a_state_between_them_is_in_the_title(small: Small) -> None:
    """The axis ended at 125 below an upper limit of 240, and the title told of the wider limits alone."""
    spread = {"MX-YUC": 1.5, "MX-COL": 95}
    killings(small, lambda place: spread.get(place, 5 * 12 ** ((ord(place[-1]) + ord(place[-2])) % 7 / 7)))
    small.use()
    chart = analysis.funnel(indicators.metric("mx_intentional_killings_rate", "states"))
    assert isinstance(chart, charts.Chart)
    figure = chart.payload()["figure"]
    low, high = figure["layout"]["yaxis"]["range"]
    drawn = [math.log10(y) for trace in figure["data"] for y in trace["y"]]
    assert low < min(drawn)
    assert max(drawn) < high
    named = [row[0] for row in chart.table.rows if row[-1] != "within the limits"]
    assert named
    assert " and ".join(named) in chart.title
    assert ", ".join(named) in chart.alt


def test_a_map_and_a_ranking_name_metric_place_and_clock_for_whoever_reads_the_file(small: Small) -> None:
    killings(small, lambda place: 20.0)
    small.use()
    rates = indicators.metric("mx_intentional_killings_rate", "states")
    for shown in (indicators.tile_map(rates), indicators.ranking(rates)):
        header = shown.payload()["csv"].partition("\n")[0].split(",")
        assert set(frames.CSV_COLUMNS) <= set(header)
        assert "Mexico by state" in shown.title
