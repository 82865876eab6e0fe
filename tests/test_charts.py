import json
import math
from datetime import date

import polars as pl
import pytest

from indicators.catalog import Bilingual, Break
from indicators.charts import MIME, bars, signal, small_multiples, trend
from indicators.charts.axes import nice_ticks, tick_labels, time_ticks
from indicators.charts.panels import arrangement
from indicators.charts.points import points, stretches
from indicators.errors import UsageError
from indicators.metrics.series import COLUMNS, Series
from indicators.periods import Clock, add_months, month_end
from indicators.text import Text

EN, ES = Text("en"), Text("es")
BREAK = Break(
    id="b", sources=["s"], first=date(2020, 7, 1), last=date(2020, 7, 1),
    reason=Bilingual(en="a <new> form", es="un formato <nuevo>"),
)  # fmt: skip


def series(
    months=24,
    place="MX-JAL",
    unit="victims",
    clock=Clock.MONTH,
    missing=(),
    provisional=3,
    breaks=(),
    level=100,
):
    rows = []
    for number in range(months):
        start = add_months(date(2019, 6, 1), number)
        value = None if number in missing else float(level + number)
        spread = None if value is None else math.sqrt(value)
        rows.append({
            "period_start": start, "period_end": month_end(start), "value": value,
            "lower": value and value - spread, "upper": value and value + spread,
            "numerator": value, "denominator": None,
            "maturity": "provisional" if number >= months - provisional else "final",
            "missing_code": "suppressed" if number in missing else None,
            "vintage": "sesnsp_victims-2021-07-20-0a1b2c3d", "note": None,
        })  # fmt: skip
    return Series(
        "m", place, "sesnsp_victims", clock, unit, "count", pl.DataFrame(rows, schema=COLUMNS), tuple(breaks)
    )


def made(text=EN, **changes):
    return trend(series(**changes), text, id="t", title="Title")


def traces(chart):
    return chart.payload()["figure"]["data"]


def test_the_same_input_gives_the_same_bytes():
    for build in (made, lambda: small_multiples([series(), series(place="MX-COL")], EN, id="p", title="P")):
        assert json.dumps(build().payload()) == json.dumps(build().payload())


@pytest.mark.parametrize(("text", "words"), [(EN, "Provisional"), (ES, "Preliminar")])
def test_hover_ticks_and_table_speak_the_language(text, words):
    chart = made(text)
    shown = json.dumps(chart.payload(), ensure_ascii=False)
    other = {"Provisional": "Preliminar", "Preliminar": "Provisional"}[words]
    assert words in shown
    assert other not in shown
    last, first = chart.table.rows[0], chart.table.rows[-1]
    assert first[0] == text.month(date(2019, 6, 1))
    assert last == (
        text.month(date(2021, 5, 1)),
        "123",
        text.t("number.interval", lower="112", upper="134"),
        words,
    )


def test_the_alternative_text_tells_first_last_high_and_low():
    assert made(ES).alt == (
        "Gráfica de líneas, víctimas. Jalisco: de 100 (junio de 2019) a 123 (mayo de 2021); máximo 123 (mayo de"
        " 2021), mínimo 100 (junio de 2019). 3 cifras no son definitivas."
    )


def test_a_missing_value_cuts_the_line_and_says_why():
    chart = made(missing=(5, 6))
    runs = stretches(series(missing=(5, 6)), points(series(missing=(5, 6)), EN))
    assert [len(run) for run in runs] == [5, 17]
    assert "No value: November 2019, December 2019 (suppressed by the agency)." in chart.notes
    assert chart.table.rows[-6][1] == "suppressed by the agency"
    drawn = [x for trace in traces(chart) if trace["mode"] == "lines" for x in trace["x"]]
    assert "2019-11-15" not in drawn


def test_a_period_that_is_left_out_is_a_gap_too():
    whole = series()
    holed = Series(**{**vars(whole), "frame": whole.frame.filter(pl.col("period_start") != date(2020, 1, 1))})
    assert [len(run) for run in stretches(holed, points(holed, EN))] == [7, 16]


def test_a_blocking_break_cuts_the_line_and_a_soft_one_does_not():
    soft = BREAK.model_copy(update={"blocks": False})
    for one, lengths in ((BREAK, [13, 11]), (soft, [24])):
        broken = series(breaks=[one])
        assert [len(run) for run in stretches(broken, points(broken, EN))] == lengths
    chart = made(breaks=[BREAK])
    assert chart.notes[0] == "1. From July 1, 2020: a <new> form"
    assert chart.payload()["figure"]["layout"]["annotations"][0]["text"] == "1"
    assert "July 1, 2020" in chart.alt


def test_the_table_of_a_long_series_holds_the_latest_and_says_so():
    chart = made(months=90)
    assert (len(chart.table.rows), chart.data.height) == (60, 90)
    assert chart.table.notes == ("The table has the latest 60 periods; the CSV file has them all.",)


def test_what_is_not_final_is_dashed_and_hollow():
    *_, solid, dashed, marks = traces(made())
    assert (solid["line"]["dash"], dashed["line"]["dash"]) == ("solid", "4px 3px")
    assert dashed["x"] == ["2021-02-15", "2021-03-15", "2021-04-15", "2021-05-15"]
    assert marks["x"] == dashed["x"][1:]
    assert marks["marker"]["color"] == ["#ffffff"] * 3


def test_a_long_stretch_that_is_not_final_is_dashed_only():
    chart = made(months=60, provisional=40)
    assert len(traces(chart)[-1]["x"]) == 1
    assert "Dashed line: 40 figures are not final and may still change." in chart.notes


def test_snapshots_far_apart_are_not_joined():
    whole = series(months=9, clock=Clock.STOCK)
    holed = Series(
        **{**vars(whole), "frame": whole.frame.filter(~pl.col("period_start").dt.month().is_in([8, 9, 10]))}
    )
    assert [len(run) for run in stretches(whole, points(whole, EN))] == [9]
    assert [len(run) for run in stretches(holed, points(holed, EN))] == [2, 4]


def test_a_point_tells_its_own_period_and_interval():
    chart = made(missing=(5, 6), provisional=4)
    for trace in traces(chart):
        if "text" in trace:
            assert len(trace["text"]) == len(trace["customdata"]) == len(trace["x"]) == len(trace["y"])
            for y, bounds in zip(trace["y"], trace["customdata"], strict=True):
                assert (y is None and bounds is None) or bounds[0] < y < bounds[1]
    told = {
        label: y
        for trace in traces(chart)
        for label, y in zip(trace.get("text", []), trace["y"], strict=False)
    }
    assert told["June 2019"] == 100
    assert told["May 2021 · Provisional"] == 123


def test_bars_start_at_zero_and_hatch_what_is_not_final():
    chart = trend(series(), EN, id="t", title="T", style="bars")
    assert chart.payload()["figure"]["layout"]["yaxis"]["range"][0] == 0
    assert traces(chart)[0]["marker"]["pattern"]["shape"][-4:] == ["", "/", "/", "/"]


def test_an_axis_that_is_cut_is_said():
    note = EN.t("chart.axis_note")
    assert note not in made().notes
    assert note in trend(series(), EN, id="t", title="T", from_zero=False).notes


def test_lines_are_told_apart_by_shape_as_well_as_colour():
    chart = trend([series(place=place) for place in ("MX-JAL", "MX-COL")], EN, id="t", title="T")
    named = [trace for trace in traces(chart) if trace.get("name")]
    assert [(one["name"], one["marker"]["symbol"]) for one in named] == [
        ("Jalisco", "circle"),
        ("Colima", "square"),
    ]
    assert [column.header for column in chart.table.columns] == ["Month", "Jalisco", "Colima", "Figure"]
    assert chart.table.rows[0] == ("May 2021", "123", "123", "Provisional")


@pytest.mark.parametrize("other", [{"clock": Clock.TWELVE_MONTH_ROLLING}, {"unit": "deaths"}])
def test_two_clocks_or_units_never_share_an_axis(other):
    with pytest.raises(UsageError, match="cannot share one axis"):
        trend([series(), series(**other)], EN, id="t", title="T")


def test_too_many_lines_are_refused():
    with pytest.raises(UsageError, match="small multiples"):
        trend([series()] * 5, EN, id="t", title="T")


def test_the_source_line_names_every_release_with_its_day():
    whole = series()
    frame = whole.frame.with_columns(
        vintage=pl.lit("population_mx-2020-01-02-00000000; sesnsp_victims-2021-07-20-0a1b2c3d")
    )
    line = trend(Series(**{**vars(whole), "frame": frame}), EN, id="t", title="T").source_line
    assert "SESNSP" in line
    assert "release of July 20, 2021" in line
    assert "January 2, 2020" in line


def test_nothing_in_a_figure_is_taken_for_markup():
    frame = pl.DataFrame({"label": ["<b>x</b>"], "value": [1.0]})
    chart = bars(frame, EN, id="b", title="<i>", unit="victims", source_line="<u>")
    drawn = json.dumps(chart.payload()["figure"]) + json.dumps(chart.payload()["export"])
    assert "<b>x" not in drawn
    assert "<i>" not in drawn
    assert "<u>" not in drawn


def test_bars_write_values_out_and_say_what_is_missing():
    frame = pl.DataFrame({
        "label": ["A", "B"], "value": [12.34, None], "lower": [10.0, None], "upper": [15.0, None],
        "missing_code": [None, "low_quality"],
    })  # fmt: skip
    chart = bars(frame, ES, id="b", title="T", unit="deaths_per_100k", source_line="s")
    assert chart.table.rows == (
        ("A", "12.3", "10.0 a 15.0"),
        ("B", "por debajo del umbral de calidad", "n. d."),
    )
    assert traces(chart)[0]["error_x"]["array"] == [pytest.approx(2.66)]
    with pytest.raises(UsageError, match="negative"):
        bars(
            pl.DataFrame({"label": ["A"], "value": [-1.0]}),
            EN,
            id="b",
            title="T",
            unit="deaths",
            source_line="s",
        )


def test_panels_share_one_axis_and_rearrange_on_a_phone():
    chart = small_multiples(
        [
            series(place=f"MX-{code}", level=n)
            for n, code in enumerate(("JAL", "COL", "SIN", "SON", "NAY"), 1)
        ],
        EN,
        id="p",
        title="P",
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
    chart = signal(
        frame, EN, id="s", title="S", unit="victims", clock=Clock.MONTH, source_line="x", breaks=[BREAK]
    )
    assert traces(chart)[-1]["marker"]["symbol"][-2:] == ["circle", "diamond"]
    assert "1 period stands out: May 2021." in chart.alt
    assert chart.table.rows[0][-1] == "stands out"
    assert "1. From July 1, 2020: a <new> form" in chart.notes
    with pytest.raises(UsageError, match="flag"):
        signal(frame.drop("flag"), EN, id="s", title="S", unit="victims", clock=Clock.MONTH, source_line="x")


def test_a_notebook_shows_the_picture_with_title_and_source():
    bundle = made()._repr_mimebundle_()
    shown = bundle["application/vnd.plotly.v1+json"]["layout"]
    assert "Title" in shown["title"]["text"]
    assert "SESNSP" in shown["annotations"][-1]["text"]
    assert bundle[MIME]["csv"].startswith("metric,place,period_start")
    json.dumps(bundle)


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


def test_a_title_says_where_and_of_several_lines_all():
    """Two lines stood under the title of the first, and no title said in which country."""
    alone = series(unit="deaths")
    one = Series(**{**vars(alone), "metric": "us_overdose_deaths_12m", "place": "US"})
    two = Series(**{**vars(one), "metric": "us_overdose_deaths_12m_predicted"})
    names = [
        "Drug overdose deaths in twelve months, reported",
        "Drug overdose deaths in twelve months, predicted by CDC",
    ]
    assert trend(one, EN, id="t").title == f"{names[0]}, United States: 123 deaths (May 2021)"
    both = trend([one, two], EN, id="t", labels=names)
    told = "reported 123; predicted by CDC 123"
    assert both.title == f"Drug overdose deaths in twelve months, United States: {told} (May 2021)"
    assert [column.header for column in both.table.columns[1:3]] == ["reported", "predicted by CDC"]


def test_a_panel_that_ends_before_the_others_says_when():
    early = Series(**{**vars(series(place="MX-COL")), "frame": series().frame.head(20)})
    chart = small_multiples([series(), early], EN, id="p", title="P")
    assert any("is the latest: May 2021" in note for note in chart.notes)
    headings = [one["text"] for one in chart.payload()["figure"]["layout"]["annotations"]]
    assert [("January 2021" in one) for one in headings] == [False, True]


def test_the_first_tick_of_months_stands_within_the_axis_and_has_its_year():
    days, labels = time_ticks(date(2020, 7, 31), date(2021, 11, 30), EN, 10)
    assert (days[0], labels[0]) == ("2020-09-01", "Sep<br>2020")


@pytest.mark.parametrize(("months", "first"), [(4, "jun<br>2019"), (30, "jul<br>2019"), (130, "2020")])
def test_time_ticks_are_few_and_in_spanish(months, first):
    days, labels = time_ticks(date(2019, 6, 15), add_months(date(2019, 6, 1), months), ES, 10)
    assert 2 < len(days) <= 11
    assert labels[0] == first
