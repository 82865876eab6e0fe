"""A line over time: what is drawn, what is said of it, and what is never drawn over."""

import json
import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from drawn import BREAK, EN, ES, made, series, traces
from indicators.charts import MIME, Caption, bars, small_multiples, style
from indicators.charts.points import points, stretches
from indicators.metrics.series import Series
from indicators.periods import Clock


def test_the_same_input_gives_the_same_bytes():
    for build in (made, lambda: small_multiples([series(), series(place="MX-COL")], EN, Caption("p", "P"))):
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
        "Gráfica de líneas, víctimas. Jalisco: de 100 víctimas (junio de 2019) a 123 (mayo de 2021); máximo 123"
        " (mayo de 2021), mínimo 100 (junio de 2019). 3 cifras no son definitivas."
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
    holed = Series(**{**vars(whole), "frame": whole.frame.filter(~pl.col("period_start").dt.month().is_in([8, 9, 10]))})
    assert [len(run) for run in stretches(whole, points(whole, EN))] == [9]
    assert [len(run) for run in stretches(holed, points(holed, EN))] == [2, 4]


def test_a_point_tells_its_own_period_and_interval():
    chart = made(missing=(5, 6), provisional=4)
    for trace in traces(chart):
        if "text" in trace:
            assert len(trace["text"]) == len(trace["customdata"]) == len(trace["x"]) == len(trace["y"])
            for y, bounds in zip(trace["y"], trace["customdata"], strict=True):
                assert (y is None and bounds is None) or bounds[0] < y < bounds[1]
    told = {label: y for trace in traces(chart) for label, y in zip(trace.get("text", []), trace["y"], strict=False)}
    assert told["June 2019"] == 100
    assert told["May 2021 · Provisional"] == 123


def test_nothing_in_a_figure_is_taken_for_markup():
    frame = pl.DataFrame({"label": ["<b>x</b>"], "value": [1.0]})
    chart = bars(frame, EN, Caption("b", "<i>", source_line="<u>"), unit="victims")
    drawn = json.dumps(chart.payload()["figure"]) + json.dumps(chart.payload()["export"])
    assert "<b>x" not in drawn
    assert "<i>" not in drawn
    assert "<u>" not in drawn


def test_a_notebook_shows_the_picture_with_title_and_source():
    bundle = made()._repr_mimebundle_()
    shown = bundle["application/vnd.plotly.v1+json"]["layout"]
    assert "Title" in shown["title"]["text"]
    assert "SESNSP" in shown["annotations"][-1]["text"]
    assert bundle[MIME]["csv"].startswith("metric,place,period_start")
    json.dumps(bundle)


def test_every_colour_of_the_report_is_in_one_palette():
    """The ink was typed in three files, and the tones of the scorecard only in the style sheet."""
    package = Path(style.__file__).parents[1]
    sources = [path for ending in ("py", "css", "j2") for path in package.rglob(f"*.{ending}")]
    typed = {
        f"{path.relative_to(package)}: {colour}"
        for path in sources
        if path != Path(style.__file__)
        for colour in re.findall(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})(?![\w-])", path.read_text(encoding="utf-8"))
    }
    assert not typed
    sheet = (package / "report" / "static" / "report.css").read_text(encoding="utf-8")
    used = set(re.findall(r"var\(--([a-z-]+)", sheet))
    declared = set(style.PALETTE) | set(re.findall(r"--([a-z-]+):", sheet))
    assert used - declared <= {"narrow", "wide"}, "the page declares the heights of its charts"
    assert set(style.PALETTE) <= used
