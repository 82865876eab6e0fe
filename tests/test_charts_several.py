"""Bars, panels, several lines and signals: told apart by shape, never one over the other."""

import dataclasses

import polars as pl
import pytest

from drawn import BREAK, EN, ES, series, traces
from indicators.charts import Caption, bars, bars_over_time, signal, small_multiples, trend
from indicators.charts.small_multiples import arrangement
from indicators.errors import UsageError
from indicators.metrics.series import Series
from indicators.periods import Clock


def test_bars_start_at_zero_and_hatch_what_is_not_final():
    chart = bars_over_time([series()], EN, Caption("t", "T"))
    assert chart.payload()["figure"]["layout"]["yaxis"]["range"][0] == 0
    assert traces(chart)[0]["marker"]["pattern"]["shape"][-4:] == ["", "/", "/", "/"]


def test_lines_are_told_apart_by_shape_as_well_as_colour():
    chart = trend([series(place=place) for place in ("MX-JAL", "MX-COL")], EN, Caption("t", "T"))
    named = [trace for trace in traces(chart) if trace.get("name")]
    assert [(one["name"], one["marker"]["symbol"]) for one in named] == [
        ("Jalisco", "circle"),
        ("Colima", "square"),
    ]
    assert [column.header for column in chart.table.columns] == ["Month", "Jalisco", "Colima", "Figure"]
    assert chart.table.rows[0] == ("May 2021", "123", "123", "Provisional")


def test_too_many_lines_are_refused():
    with pytest.raises(UsageError, match="small multiples"):
        trend([series()] * 5, EN, Caption("t", "T"))
    with pytest.raises(UsageError, match="small multiples"):
        bars_over_time([series()] * 2, EN, Caption("t", "T"))


def test_bars_write_values_out_and_say_what_is_missing():
    frame = pl.DataFrame({
        "label": ["A", "B"], "value": [12.34, None], "lower": [10.0, None], "upper": [15.0, None],
        "missing_code": [None, "low_quality"],
    })  # fmt: skip
    chart = bars(frame, ES, Caption("b", "T"), unit="deaths_per_100k")
    assert chart.table.rows == (
        ("A", "12.3", "10.0 a 15.0"),
        ("B", "por debajo del umbral de calidad", "n. d."),
    )
    assert traces(chart)[0]["error_x"]["array"] == [pytest.approx(2.66)]
    with pytest.raises(UsageError, match="negative"):
        bars(pl.DataFrame({"label": ["A"], "value": [-1.0]}), EN, Caption("b", "T"), unit="deaths")


def test_panels_share_one_axis_and_rearrange_on_a_phone():
    chart = small_multiples(
        [series(place=f"MX-{code}", level=n) for n, code in enumerate(("JAL", "COL", "SIN", "SON", "NAY"), 1)],
        EN,
        Caption("p", "P"),
    )
    layout = chart.payload()["figure"]["layout"]
    assert layout["yaxis"]["range"] == [0, 40]
    assert {layout[f"yaxis{key}"]["matches"] for key in (2, 3, 4, 5)} == {"y"}
    assert layout["xaxis5"]["domain"][0] == 0
    assert chart.narrow["xaxis3"]["domain"][0] == 0
    assert chart.narrow["height"] > layout["height"]
    assert chart.table.rows[0] == (
        "Jalisco",
        "1 (June 2019)",
        "24 (May 2021)",
        "24 (May 2021)",
        "1 (June 2019)",
    )
    assert chart.data.height == 5 * 24


@pytest.mark.parametrize(("count", "columns"), [(1, 4), (5, 4), (32, 4), (32, 2)])
def test_panels_never_overlap(count, columns):
    layout = arrangement(count, columns)
    keys = ["" if n == 1 else str(n) for n in range(1, count + 1)]
    boxes = [(*layout[f"xaxis{key}"]["domain"], *layout[f"yaxis{key}"]["domain"]) for key in keys]
    for n, (left, right, low, high) in enumerate(boxes):
        assert 0 <= left < right <= 1
        assert 0 <= low < high <= 1
        for other in boxes[:n]:
            assert right <= other[0] or other[1] <= left or high <= other[2] or other[3] <= low


def test_a_signal_stands_out_by_shape_and_in_words():
    frame = series().frame.select(
        "period_start", "period_end", "value", mean=pl.lit(111.0), lower=pl.lit(100.0), upper=pl.lit(122.0),
        flag=pl.col("value") > 122,
    )  # fmt: skip
    chart = signal(frame, EN, Caption("s", "S"), unit="victims", breaks=[BREAK])
    assert traces(chart)[-1]["marker"]["symbol"][-2:] == ["circle", "diamond"]
    assert "1 period is flagged: May 2021." in chart.alt
    assert chart.table.rows[0][-1] == "flagged"
    assert "1. From July 1, 2020: a <new> form" in chart.notes
    with pytest.raises(UsageError, match="flag"):
        signal(frame.drop("flag"), EN, Caption("s", "S"), unit="victims")


def test_a_title_says_where_and_of_several_lines_all():
    """Two lines stood under the title of the first, and no title said in which country."""
    alone = series(unit="deaths")
    one = Series(**{**vars(alone), "metric": "us_overdose_deaths_12m", "place": "US"})
    two = Series(**{**vars(one), "metric": "us_overdose_deaths_12m_predicted"})
    names = [
        "Drug overdose deaths in twelve months, reported",
        "Drug overdose deaths in twelve months, predicted by CDC",
    ]
    assert trend([one], EN, Caption("t")).title == f"{names[0]}, United States: 123 deaths (May 2021)"
    both = trend([one, two], EN, Caption("t"), names)
    told = "reported 123; predicted by CDC 123"
    assert both.title == f"Drug overdose deaths in twelve months, United States: {told} (May 2021)"
    assert [column.header for column in both.table.columns[1:3]] == ["reported", "predicted by CDC"]


def test_a_panel_that_ends_before_the_others_says_when():
    early = Series(**{**vars(series(place="MX-COL")), "frame": series().frame.head(20)})
    chart = small_multiples([series(), early], EN, Caption("p", "P"))
    assert any("is the latest: May 2021" in note for note in chart.notes)
    headings = [one["text"] for one in chart.payload()["figure"]["layout"]["annotations"]]
    assert [("January 2021" in one) for one in headings] == [False, True]


@pytest.mark.parametrize(("text", "said"), [(EN, "Encounters, twelve months"), (ES, "Encuentros, doce meses")])
def test_a_sum_of_twelve_months_is_called_one(text, said):
    """727,858 encounters of a year stood under the same title and unit as the 9,302 of a month."""
    rolling = series(unit="encounters", clock=Clock.TWELVE_MONTH_ROLLING)
    line, panels = (
        trend([rolling], text, Caption("t", "CBP")),
        small_multiples([rolling], text, Caption("p", "CBP")),
    )
    assert line.subtitle == panels.subtitle == said
    assert all(said[1:] in chart.alt for chart in (line, panels))
    told = text.t("period.twelve_months")
    assert told not in trend([rolling], text, Caption("t", f"CBP, {told}")).subtitle
    assert told not in trend([series(unit="encounters")], text, Caption("t", "CBP")).subtitle


@pytest.mark.parametrize("text", [EN, ES])
def test_a_title_with_its_period_says_twelve_months_once(text):
    """The page of the states read "twelve months, Mexico by state: 12 months to June 2025"."""
    rate = series(unit="victims_per_100k", clock=Clock.TWELVE_MONTH_ROLLING)
    chart = trend([dataclasses.replace(rate, metric="mx_intentional_killings_rate")], text, Caption("t"))
    assert text.clock(rate.clock) in chart.title
    assert text.t("period.twelve_months") not in chart.title + chart.subtitle


def test_a_number_after_a_whole_name_has_its_unit():
    """The title "Decomisos de metanfetamina por CBP, peso 154,473" read as pesos."""
    pounds = [
        Series(**{**vars(series(unit="lb")), "metric": f"{drug}_seized_lb", "place": "US"})
        for drug in ("methamphetamine", "cocaine")
    ]
    assert "metanfetamina por CBP, peso 123 libras;" in trend(pounds, ES, Caption("t")).title


@pytest.mark.parametrize("text", [EN, ES])
def test_no_highest_and_lowest_are_named_of_months_that_are_not_compared(text):
    """The alternative text of people still missing named June 2025 the highest month, the youngest of one copy;
    that of encounters a month under Title 42."""
    young = dataclasses.replace(series(), equal_age=True)
    broken = dataclasses.replace(series(), breaks=(BREAK,))
    extremes = {text.t("chart.highest"), text.t("chart.lowest")}
    for one, said in ((series(), extremes), (young, set()), (broken, set())):
        panels = small_multiples([one, one], text, Caption("p", "T"))
        assert extremes & {column.header for column in panels.table.columns} == said
        assert {len(row) for row in panels.table.rows} == {len(panels.table.columns)}
        alt = trend([one], text, Caption("t", "T")).alt
        assert all((word.lower() in alt) == bool(said) for word in extremes)
