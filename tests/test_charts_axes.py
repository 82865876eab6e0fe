"""Axes: one clock and one unit each, round ticks, and years that stand where they belong."""

from datetime import date

import polars as pl
import pytest

from drawn import BREAK, EN, ES, made, series
from indicators.charts import Caption, bars, signal, trend
from indicators.charts.axes import nice_ticks, tick_labels, time_ticks
from indicators.charts.points import points
from indicators.charts.style import COLOURS, colours
from indicators.errors import UsageError
from indicators.metrics.series import COLUMNS, Series
from indicators.periods import Clock, add_months


def test_an_axis_that_is_cut_is_said():
    note = EN.t("chart.axis_note")
    assert note not in made().notes
    limits = {"mean": 111.0, "lower": 100.0, "upper": 122.0, "flag": False}
    frame = series().frame.with_columns(pl.lit(value).alias(name) for name, value in limits.items())
    assert note in signal(frame, EN, Caption("s", "S"), unit="victims").notes


@pytest.mark.parametrize("other", [{"clock": Clock.TWELVE_MONTH_ROLLING}, {"unit": "deaths"}])
def test_two_clocks_or_units_never_share_an_axis(other):
    with pytest.raises(UsageError, match="cannot share one axis"):
        trend([series(), series(**other)], EN, Caption("t", "T"))


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 97, [0, 20, 40, 60, 80, 100]),
        (0, 0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (90, 110, [90, 95, 100, 105, 110]),
    ],
)
def test_ticks_are_round(low, high, ticks):
    assert nice_ticks(low, high) == ticks


def test_tick_labels_have_the_decimals_they_need():
    assert tick_labels([0, 0.05, 0.1], "share", ES) == ["0%", "5%", "10%"]
    assert tick_labels([0, 2.5, 5], "deaths_per_100k", ES) == ["0.0", "2.5", "5.0"]
    assert tick_labels([0, 5e6, 1e7], "usd", ES) == ["0", "5\xa0M", "10\xa0M"]


def yearly(vintage="INEGI (EDR 2024 (final)), 2025-11-10", metric="mx_homicide_inegi"):
    rows = [
        {
            **row,
            "period_start": date(2022 + n, 1, 1),
            "period_end": date(2022 + n, 12, 31),
            "vintage": vintage,
        }
        for n, row in enumerate(series(months=3).frame.rows(named=True))
    ]
    frame = pl.DataFrame(rows, schema=COLUMNS)
    return Series(metric, "MX", metric, Clock.YEAR, "deaths", "published", frame)


def test_the_figure_of_a_year_stands_within_that_year():
    """The deaths of 2024 stood at the tick named 2025: a year's figure was drawn at its last day."""
    assert [mark.day.year for mark in points(yearly(), EN)] == [2022, 2023, 2024]
    assert all(mark.day.month in (6, 7) for mark in points(yearly(), EN))


def test_a_published_figure_names_its_publisher_and_not_an_id():
    chart = trend([yearly()], ES, Caption("t"))
    assert chart.source_line == "Fuente: publicado por INEGI; cifra más reciente: 10 de noviembre de 2025."


def test_the_first_tick_of_months_stands_within_the_axis_and_has_its_year():
    days, labels = time_ticks(date(2020, 7, 31), date(2021, 11, 30), EN, 10)
    assert (days[0], labels[0]) == ("2020-09-01", "Sep<br>2020")


@pytest.mark.parametrize(("months", "first"), [(4, "jun<br>2019"), (30, "jul<br>2019"), (130, "2020")])
def test_time_ticks_are_few_and_in_spanish(months, first):
    days, labels = time_ticks(date(2019, 6, 15), add_months(date(2019, 6, 1), months), ES, 10)
    assert 2 < len(days) <= 11
    assert labels[0] == first


def test_what_is_counted_has_whole_ticks():
    """Weapons were marked at 2.5 and 7.5."""
    assert nice_ticks(0, 12, unit="weapons") == [0, 5, 10, 15]
    assert nice_ticks(0, 2, unit="weapons") == [0, 1, 2]
    assert nice_ticks(0, 12, unit="victims_per_100k") == [0, 2.5, 5, 7.5, 10, 12.5]


def test_bars_end_within_their_axis():
    """The axis ended at 75,000 below a bar of 95,238."""
    rows = pl.DataFrame({"label": ["A", "B"], "value": [95_238.0, 10.0]})
    chart = bars(rows, EN, Caption("b", "B"), unit="persons")
    axis = chart.payload()["figure"]["layout"]["xaxis"]
    assert axis["tickvals"][-1] == axis["range"][1] == 100_000


def test_charts_of_one_page_have_years_under_each_other_and_room_for_the_latest_value():
    """The value 727,858 was cut at the edge of a phone, and the drug charts had no margin for their values."""
    span = (date(2015, 1, 1), date(2025, 6, 30))
    one = trend([series(level=700_000)], EN, Caption("a", "A"), span=span)
    two = trend([series(), series(place="MX-COL")], EN, Caption("b", "B"), span=span)
    margins = [chart.payload()["figure"]["layout"]["margin"] for chart in (one, two)]
    assert {(margin["l"], margin["r"]) for margin in margins} == {(68, 76)}


def test_latest_values_that_are_close_are_written_above_each_other():
    chart = trend([series(), series(place="MX-COL")], EN, Caption("b", "B"))
    low, high = [one["yshift"] for one in chart.payload()["figure"]["layout"]["annotations"]]
    assert (low, high) == (0, 17)


def test_the_number_of_a_break_is_above_the_plot_and_below_the_legend():
    """The boxed "1" covered the peak of the line."""
    layout = trend([series(breaks=[BREAK]), series(place="MX-COL")], EN, Caption("b", "B")).payload()["figure"][
        "layout"
    ]
    assert layout["annotations"][0]["yanchor"] == "bottom"
    assert layout["margin"]["t"] > 20
    assert layout["legend"]["y"] > 1.05


def test_a_drug_has_one_colour_on_every_page():
    """Fentanyl was blue on one page and methamphetamine on another."""
    corridor = colours(["fentanyl_seized_lb", "methamphetamine_seized_lb", "cocaine_seized_lb"])
    seizures = colours(["methamphetamine_seized_lb", "cocaine_seized_lb", "marijuana_seized_lb"])
    assert corridor[1:] == seizures[:2]
    assert len(set(seizures)) == 3
    assert colours(["sw_encounters"] * 2) == list(COLOURS[:2])
