"""Axes: one clock and one unit each, round ticks, and years that stand where they belong."""

from datetime import date

import polars as pl
import pytest

from drawn import EN, ES, made, series
from indicators.charts import trend
from indicators.charts.axes import nice_ticks, tick_labels, time_ticks
from indicators.charts.points import points
from indicators.errors import UsageError
from indicators.metrics.series import COLUMNS, Series
from indicators.periods import Clock, add_months


def test_an_axis_that_is_cut_is_said():
    note = EN.t("chart.axis_note")
    assert note not in made().notes
    assert note in trend(series(), EN, id="t", title="T", from_zero=False).notes


@pytest.mark.parametrize("other", [{"clock": Clock.TWELVE_MONTH_ROLLING}, {"unit": "deaths"}])
def test_two_clocks_or_units_never_share_an_axis(other):
    with pytest.raises(UsageError, match="cannot share one axis"):
        trend([series(), series(**other)], EN, id="t", title="T")


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
    chart = trend(yearly(), ES, id="t")
    assert chart.source_line == "Fuente: publicado por INEGI; cifra más reciente: 10 de noviembre de 2025."


def test_the_first_tick_of_months_stands_within_the_axis_and_has_its_year():
    days, labels = time_ticks(date(2020, 7, 31), date(2021, 11, 30), EN, 10)
    assert (days[0], labels[0]) == ("2020-09-01", "Sep<br>2020")


@pytest.mark.parametrize(("months", "first"), [(4, "jun<br>2019"), (30, "jul<br>2019"), (130, "2020")])
def test_time_ticks_are_few_and_in_spanish(months, first):
    days, labels = time_ticks(date(2019, 6, 15), add_months(date(2019, 6, 1), months), ES, 10)
    assert 2 < len(days) <= 11
    assert labels[0] == first
