"""``import indicators``: what an analyst calls from a notebook."""

import importlib.util
import inspect
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Literal

import polars as pl
import pytest

import indicators
from indicators import api, catalog, charts, paths
from indicators.errors import IndicatorsError, NotHeld, UsageError
from indicators.metrics import compute
from indicators.metrics.frames import CSV_COLUMNS, FRAME, rows
from indicators.metrics.series import Series, series_frame
from indicators.metrics.windows import windows
from indicators.paths import Home
from indicators.periods import Clock
from indicators.report.sentences import Words
from indicators.warehouse import query
from indicators.warehouse.freshness import newest_release

HOMICIDES = "mx_homicide_victims"


@pytest.fixture(autouse=True)
def at_home(small_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDICATORS_HOME", str(small_home.root))


def test_importing_it_loads_nothing() -> None:
    code = "import indicators, sys; print(sorted({'polars', 'duckdb', 'plotly', 'indicators.api'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_function_hides_behind_a_module_of_its_name() -> None:
    """``indicators.metrics()`` would work until somebody imports ``indicators.metrics``."""
    for name in indicators.__all__:
        assert importlib.util.find_spec(f"indicators.{name}") is None
        assert getattr(indicators, name).__name__ == name
    assert dir(indicators) == sorted(indicators.__all__)
    with pytest.raises(AttributeError, match="no attribute 'metrik'"):
        indicators.metrik  # type: ignore[attr-defined]  # noqa: B018


def test_every_function_says_what_it_gives_and_what_its_parameters_are() -> None:
    for name in indicators.__all__:
        function = getattr(indicators, name)
        assert inspect.getdoc(function)
        assert "return" in inspect.get_annotations(function)


def test_all_metrics_and_what_contains_some_letters() -> None:
    everything = indicators.all_metrics()
    assert everything["metric"].to_list() == list(catalog.metrics())
    assert everything.null_count().sum_horizontal().item() == 0
    indicators.use(lang="es")
    found = indicators.all_metrics("HOMICIDIO DOLOSO")
    row = found.row(by_predicate=pl.col("metric") == HOMICIDES, named=True)
    assert row["name"].startswith("Víctimas de homicidio doloso")
    assert (row["unit"], row["tier"], row["clock"]) == ("víctimas", "A", "month")
    assert (row["places"], row["source"]) == ("MX, each", "sesnsp_victims")


def test_all_sources_in_a_language() -> None:
    english = indicators.all_sources()
    assert english["source"].to_list() == list(catalog.sources())
    indicators.use(lang="es")
    assert indicators.all_sources()["name"].to_list() != english["name"].to_list()


def test_places_of_a_metric() -> None:
    indicators.use(lang="es")
    found = indicators.places(HOMICIDES)
    assert found.height == 33
    assert ("MX-CHH", "Chihuahua", "state", "MX") in found.rows()
    assert ("MX", "México", "nation", "MX") in found.rows()


def test_metric_gives_the_rows_that_the_command_prints(small_home: Home) -> None:
    months = indicators.metric(HOMICIDES)
    assert months.columns == list(FRAME)
    with query.connect(small_home.warehouse) as connection:
        series = compute.series(connection, HOMICIDES, "MX", newest_release(connection))
    assert months.select(CSV_COLUMNS).equals(rows(series))
    assert set(months["place"]) == {"MX"}
    years = indicators.metric(HOMICIDES, "MX", window="year")
    of_2015 = months.filter(pl.col("period_end") <= date(2015, 12, 31))["value"].sum()
    assert years["value"][0] == of_2015 > 0
    assert set(years["clock"]) == {"year"}


def test_pandas_is_one_call_away() -> None:
    plain = indicators.metric(HOMICIDES).to_pandas()
    indicators.use(frames="pandas")
    frame = indicators.metric(HOMICIDES)
    assert frame.equals(plain)
    assert list(frame.columns) == list(FRAME)
    assert frame["value"].dtype == "float64"
    assert frame["period_end"].max().year == 2016
    many = [
        indicators.all_metrics(),
        indicators.all_sources(),
        indicators.places(HOMICIDES),
        indicators.status(),
    ]
    many += [indicators.breaks(HOMICIDES), indicators.change(frame), indicators.query("SELECT 1 AS one")]
    assert {type(one) for one in many} == {type(frame)}


def shown(figures: object) -> list[object]:
    """Return what each call that takes a frame of months makes of it, as text that can be compared."""
    chart, process = indicators.chart(figures), indicators.process_chart(figures)
    changed = indicators.change(figures)
    changed = changed if isinstance(changed, pl.DataFrame) else pl.from_pandas(changed)
    return [
        chart.payload(),
        process.payload() if isinstance(process, charts.Chart) else process.markdown,
        changed.cast(api.CHANGE).to_dicts(),  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize(
    ("metric", "place", "years"),
    [
        (HOMICIDES, "MX", "year"),
        ("mx_intentional_killings_rate", "MX-CHH", "year"),
        ("mx_homicide_firearm_share", "MX", "year"),
        ("sw_encounters", "US-SWB", "fiscal_year"),
        ("us_overdose_deaths_12m", "US", None),
    ],
)
def test_a_frame_of_pandas_is_shown_as_one_of_polars(
    edition_home: Home, metric: str, place: str, years: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INDICATORS_HOME", str(edition_home.root))
    indicators.use()
    whole, of_years = indicators.metric(metric, place), indicators.metric(metric, place, window=years)
    newest = whole.filter(pl.col("period_start") >= date(2020, 1, 1)).with_columns(half=pl.col("value") / 2)
    expected = [shown(whole), shown(newest), indicators.year_table(of_years).payload()]
    indicators.use(frames="pandas")
    theirs, of_years = indicators.metric(metric, place), indicators.metric(metric, place, window=years)
    filtered = theirs[theirs["period_start"] >= "2020-01-01"].assign(half=theirs["value"] / 2)
    assert [shown(theirs), shown(filtered), indicators.year_table(of_years).payload()] == expected
    assert shown(filtered) != shown(theirs)


def test_a_frame_may_lose_rows_and_get_columns_and_is_still_shown() -> None:
    frame = indicators.metric(HOMICIDES, ["MX-CHH", "MX-BCN"])
    one = frame.filter(pl.col("place") == "MX-CHH").with_columns(twice=pl.col("value") * 2).reverse()
    assert indicators.chart(one).payload() == indicators.chart(indicators.metric(HOMICIDES, "MX-CHH")).payload()


def test_several_places_and_every_place() -> None:
    two = indicators.metric(HOMICIDES, ["MX-CHH", "MX-BCN"])
    assert two["place"].unique(maintain_order=True).to_list() == ["MX-CHH", "MX-BCN"]
    every = indicators.metric(HOMICIDES, "each")
    assert set(every["place"]) == set(indicators.places(HOMICIDES)["place"])


@pytest.mark.parametrize("day", ["2016-12-01", date(2016, 12, 1)])
def test_as_of_a_day(day: str | date) -> None:
    then = indicators.metric("sw_encounters", as_of=day)
    assert then["vintage"][0].startswith("cbp_encounters-2016-11-30-")
    assert then.height < indicators.metric("sw_encounters").height


def test_a_chart_is_the_one_of_the_page(small_home: Home) -> None:
    path = str(small_home.warehouse)
    indicators.use(quarter="2016Q4", lang="es", as_of="2016-12-31", warehouse=path)
    page = indicators.chart(indicators.metric(HOMICIDES, "MX", window="quarter"), style="bars")
    indicators.use(lang="es")
    ours = indicators.chart(indicators.metric(HOMICIDES, window="quarter", as_of="2016-12-31"), style="bars")
    assert ours.payload() == page.payload()


def test_each_side_of_a_break_has_a_chart_of_its_own(small_home: Home) -> None:
    """Four months of RNID ended a line of eleven years at another level."""
    indicators.use(lang="en", as_of="2016-12-31", warehouse=str(small_home.warehouse))
    homicides = indicators.metric(HOMICIDES)
    before = indicators.chart(homicides, through="2016-07-31")
    after = indicators.chart(homicides, since=date(2016, 8, 1), style="bars")
    assert before.data["period_end"].max() == date(2016, 7, 31)
    assert after.data["period_start"].min() == date(2016, 8, 1)
    assert before.name != after.name  # one page has both
    (bars,) = after.figure["data"]
    assert (bars["textposition"], len(bars["x"])) == ("outside", len(after.figure["layout"]["xaxis"]["tickvals"]))
    nothing = indicators.chart(homicides, since="2026-01-01")
    assert isinstance(nothing, Words)
    assert "No release published by" in nothing.markdown


def test_months_of_several_metrics_since_a_day_are_a_table(small_home: Home) -> None:
    indicators.use(lang="en", as_of="2016-12-31", warehouse=str(small_home.warehouse))
    both = indicators.metric([HOMICIDES, "mx_feminicide_victims"], "MX")
    table = indicators.month_table(both, since="2016-09-01")
    newest = both.filter(pl.col("period_end") == date(2016, 9, 30))["value"].to_list()
    assert table.rows[0] == ("September 2016", *(f"{value:,.0f}" for value in newest), "Provisional")
    assert table.title == "Mexico, month by month (victims)"


def test_a_series_goes_on_after_the_quarter_that_names_the_report(small_home: Home) -> None:
    """Encounters were held to July 2026 and drawn to September 2025: the slowest source cut all."""
    indicators.use(as_of="2016-12-31", warehouse=str(small_home.warehouse))
    whole = indicators.metric(HOMICIDES)
    indicators.use(quarter="2016Q2", as_of="2016-12-31", warehouse=str(small_home.warehouse))
    assert indicators.metric(HOMICIDES).equals(whole)
    assert whole["period_end"].max() > date(2016, 6, 30)


def test_a_notebook_gets_a_figure_to_draw() -> None:
    bundle = indicators.chart(indicators.metric(HOMICIDES))._repr_mimebundle_()
    assert bundle["application/vnd.plotly.v1+json"]["data"]
    assert bundle["text/plain"]


def test_of_several_lines_none_gives_the_title_its_value() -> None:
    two, both_metrics = ["MX-CHH", "MX-BCN"], [HOMICIDES, "mx_feminicide_victims"]
    of_one = indicators.chart(indicators.metric(HOMICIDES, "MX-CHH")).title
    states = indicators.chart(indicators.metric(HOMICIDES, two))
    assert of_one.startswith(f"{states.title}, Chihuahua: ")
    assert states.table.columns[1].header.startswith("Chihuahua")
    four = indicators.chart(indicators.metric(both_metrics, two))
    assert four.table.columns[1].header.startswith(f"{states.title}, Chihuahua")


def test_more_places_than_lines_stand_side_by_side() -> None:
    chart = indicators.chart(indicators.metric(HOMICIDES, "each"))
    assert chart.data["place"].n_unique() == 33
    assert len(chart.figure.layout.annotations) >= 33


def test_breaks_of_a_metric() -> None:
    indicators.use(lang="es")
    found = indicators.breaks(HOMICIDES)
    assert found["break"].to_list() == ["sesnsp_rnid_2026"]
    assert found["reason"][0] == catalog.breaks_of("sesnsp_victims", api.Clock.MONTH)[0].reason.es


def test_status_and_query() -> None:
    state = indicators.status("2017-01-31")
    row = state.row(by_predicate=pl.col("source") == "sesnsp_victims", named=True)
    assert row["released"] <= date(2017, 1, 31)
    assert set(indicators.status()["source"]) == set(catalog.sources())
    assert indicators.query("SELECT count(*) AS n FROM encounters_asof('2016-12-01')")["n"][0] == 71


def test_a_sum_of_whole_numbers_is_a_whole_number() -> None:
    """DuckDB sums them to 128 bits, which pandas holds as objects."""
    total = indicators.query("SELECT sum(encounters) AS encounters FROM encounters")
    assert total.schema["encounters"] == pl.Int64
    assert total["encounters"][0] > 0


def renamed(metric: str) -> pl.DataFrame:
    return indicators.metric(HOMICIDES).with_columns(metric=pl.lit(metric))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: indicators.metric("mx_homicide_victim"), "do you mean mx_homicide_victims?"),
        (lambda: indicators.places("mx_homicide_victim"), "do you mean mx_homicide_victims?"),
        (lambda: indicators.breaks("homicides of all"), "see `indicators metrics`"),
        (lambda: indicators.metric(HOMICIDES, "chihuahua"), r"do you mean MX-CHH \(Chihuahua\)\?"),
        (lambda: indicators.metric(HOMICIDES, ["MX", "MX-CH"]), "do you mean MX-C"),
        (lambda: indicators.metric(HOMICIDES, "México"), r"do you mean MX \(Mexico\)\?"),
        (lambda: indicators.metric(HOMICIDES, "%%"), "lists them"),
        (lambda: indicators.metric(HOMICIDES, []), "no place is named"),
        (lambda: indicators.metric(HOMICIDES, "US"), "has no US; it has MX"),
        (lambda: indicators.metric(HOMICIDES, as_of="yesterday"), "write it like 2024-08-31"),
        (lambda: indicators.status("soon"), "write it like 2024-08-31"),
        (lambda: indicators.metric(HOMICIDES, window="decade"), "one of quarter, year, year_to_date, fiscal_year"),
        (lambda: indicators.metric("us_overdose_deaths_12m", window="year"), "can't be summed to year"),
        (
            lambda: indicators.chart(indicators.metric([HOMICIDES, "sw_encounters"])),
            "encounters by month and victims by month",
        ),
        (
            lambda: indicators.chart(HOMICIDES),
            r"a frame is expected, .* pass indicators.metric\('mx_homicide",
        ),
        (lambda: indicators.chart(indicators.all_metrics()), "no column place, period_start"),
        (lambda: indicators.chart(indicators.metric(HOMICIDES).clear()), "the frame has no rows"),
        (lambda: indicators.chart(renamed("mx_homicides")), 'no metric is called "mx_homicides"'),
        (
            lambda: indicators.process_chart(indicators.metric(HOMICIDES, ["MX-CHH", "MX-BCN"])),
            "the frame has 2",
        ),
        (lambda: indicators.ranking(indicators.metric(HOMICIDES, "MX")), "states of one country"),
        (lambda: indicators.use(lang="fr"), "choose en or es"),
        (lambda: indicators.use(quarter="2016"), "2016"),
        (lambda: indicators.use(as_of="yesterday"), "write it like 2024-08-31"),
        (lambda: indicators.use(frames="arrow"), 'frames are "polars" or "pandas", not "arrow"'),  # type: ignore[arg-type]
        (lambda: indicators.query("SELEC 1"), "syntax error"),
        (lambda: indicators.query("DELETE FROM vintage"), "read-only"),
        (lambda: indicators.query("FROM read_csv('/etc/passwd')"), "disabled by configuration"),
    ],
)
def test_what_does_not_fit_is_said_in_words(call: Callable[[], object], words: str) -> None:
    with pytest.raises(IndicatorsError, match=words):
        call()


@pytest.mark.parametrize("place", [None, "MX", "each", "states"])
@pytest.mark.parametrize("frames", ["polars", "pandas"])
def test_a_day_before_the_first_release(place: str | None, frames: Literal["polars", "pandas"]) -> None:
    indicators.use(as_of="2001-01-01", frames=frames)
    nothing = indicators.metric(HOMICIDES, place)
    assert list(nothing["missing_code"]) == ["not_published"]
    assert list(nothing["note"]) == ["no release was out by 2001-01-01"]
    for show in (indicators.chart, indicators.process_chart, indicators.nowcast, indicators.year_table):
        said = show(nothing)
        assert isinstance(said, Words)
        assert "January 1, 2001" in said.markdown
    with pytest.raises(NotHeld, match="no release out by 2001-01-01"):
        indicators.change(nothing)


def test_a_notebook_shows_an_error_as_words(capsys: pytest.CaptureFixture[str]) -> None:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}), colors="nocolor")
    shell.run_cell(f"import indicators; indicators.metric({HOMICIDES!r}, 'Sonorra')")
    said = capsys.readouterr().out
    assert said.strip() == 'no place has the id "Sonorra": do you mean MX-SON (Sonora)?'


def test_the_warehouse_is_built_where_there_is_none(
    small_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path)
    shutil.copytree(small_home.raw / "cbp_encounters", home.raw / "cbp_encounters")
    monkeypatch.setenv("INDICATORS_HOME", str(tmp_path))
    assert not indicators.metric("sw_encounters").is_empty()
    assert capsys.readouterr().err == "building the warehouse\n"
    shutil.rmtree(next((home.raw / "cbp_encounters").iterdir()))
    indicators.query("SELECT 1")
    said = capsys.readouterr().err
    assert "older than the releases or the code: run `indicators build`" in said
    assert said.count("\n") == 1


def test_no_warehouse_is_built_outside_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDICATORS_HOME", str(tmp_path))
    with pytest.raises(UsageError, match="is no project folder: set INDICATORS_HOME"):
        indicators.metric(HOMICIDES)
    assert os.listdir(tmp_path) == []


def test_the_project_is_the_one_around_the_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    for folder in (project / "notebooks" / "drafts", elsewhere, (project / paths.MARK).parent):
        folder.mkdir(parents=True)
    (project / paths.MARK).touch()
    monkeypatch.chdir(project / "notebooks" / "drafts")
    assert paths.home().root == Path(os.environ["INDICATORS_HOME"])
    monkeypatch.delenv("INDICATORS_HOME")
    assert paths.home().root == project
    monkeypatch.chdir(elsewhere)
    assert paths.home().root == Path(indicators.__file__).resolve().parents[2]


def test_a_change_by_name_over_a_window_of_the_calendar(edition_home: Home) -> None:
    """Analysts added up January to July by hand: the year to date had no window."""
    indicators.use(warehouse=str(edition_home.warehouse))
    to_date = indicators.change("sw_encounters", "US-SWB", window="year_to_date").row(0, named=True)
    months = indicators.metric("sw_encounters", "US-SWB")

    def total(year: int) -> float:
        return float(
            months.filter(pl.col("period_start").is_between(date(year, 1, 1), date(year, 7, 1)))["value"].sum()
        )

    assert (to_date["period_start"], to_date["period_end"]) == (date(2026, 1, 1), date(2026, 7, 31))
    assert (to_date["value"], to_date["value_before"]) == (total(2026), total(2025))
    whole = indicators.change("mx_homicide_victims", "MX", window="year").row(0, named=True)
    assert (whole["period_end"], whole["value"], whole["verdict"]) == (date(2025, 12, 31), 23_386, "improving")


def test_a_year_to_date_is_not_compared_across_a_break(edition_home: Home) -> None:
    indicators.use(warehouse=str(edition_home.warehouse))
    refused = indicators.change("mx_homicide_victims", "MX", window="year_to_date").row(0, named=True)
    assert (refused["change"], refused["verdict"], refused["reason"]) == (None, "not_assessable", "break")
    assert refused["break"] == "sesnsp_rnid_2026"


def test_a_window_that_lacks_months_says_how_many_it_has() -> None:
    found = pl.DataFrame({"period_start": [date(2024, month, 1) for month in range(1, 13)]})
    found = found.with_columns(
        period_end=pl.col("period_start").dt.month_end(), value=pl.lit(1.0), maturity=pl.lit("final")
    )
    gap = found.with_columns(value=pl.when(pl.col("period_start") != date(2024, 5, 1)).then("value"))
    series = Series("x", "MX", "x", Clock.MONTH, "deaths", "count", series_frame(gap))
    assert windows(series, Clock.YEAR).frame.select("value", "note").rows() == [(None, "11 of 12 months")]
