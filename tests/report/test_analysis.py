"""What the statistics say on a page: in words that claim no more than they may, and words where they may not."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import polars as pl
import pytest

from indicators import catalog, charts, warehouse
from indicators.metrics import compute, output
from indicators.metrics import nowcast as estimates
from indicators.metrics.signals import ChangePoint
from indicators.periods import add_months, month_end
from indicators.report import analysis, changes, sentences
from indicators.report.analysis import process
from indicators.report.sentences import Words
from indicators.report.view import View
from indicators.text import Text
from small_warehouse import (
    DEATHS,
    ENCOUNTER,
    FIRST,
    LANGUAGES,
    MISSING,
    MONTHS,
    VICTIM,
    WAVE,
    Row,
    Small,
    homicides,
    months,
)


@pytest.fixture
def small() -> Iterator[Small]:
    made = Small()
    yield made
    made.connection.close()


def words(shown: object) -> str:
    assert isinstance(shown, Words)
    return shown.markdown


# signals


@pytest.mark.parametrize(("lang", "said"), [("en", "unusually low"), ("es", "inusualmente bajo")])
def test_the_title_says_what_the_latest_month_says_and_by_which_rule(
    small: Small, lang: str, said: str
) -> None:
    homicides(small, lambda step: 80 if step < MONTHS - 1 else 60)
    chart = analysis.signal(small.view(lang), "mx_homicide_victims", "MX")
    assert isinstance(chart, charts.Chart)
    rule = Text(lang).t("process.rule.outside")
    assert said in chart.title
    assert rule in chart.title
    assert chart.title == chart.table.title
    assert chart.table.rows[0][-1].startswith(rule)
    assert chart.data.height == 36
    assert chart.data["flag"].to_list()[-1]


def test_a_month_like_the_others_is_as_usual_and_names_no_rule(small: Small) -> None:
    homicides(small, lambda _: 80)
    chart = analysis.signal(small.view(), "mx_homicide_victims", "MX")
    assert isinstance(chart, charts.Chart)
    assert "within the usual variation of the last 36 months" in chart.title
    assert not any("stand out: the level moved" in note for note in chart.notes)


def test_a_chart_in_which_most_months_stand_out_says_that_it_describes_no_level(small: Small) -> None:
    homicides(small, lambda step: 80 if step < MONTHS - 18 else 60)
    chart = analysis.signal(small.view(), "mx_homicide_victims", "MX")
    assert isinstance(chart, charts.Chart)
    assert any("describe no one level" in note for note in chart.notes)


def test_months_that_are_not_final_may_change_the_signal_and_the_page_says_so(small: Small) -> None:
    homicides(small, lambda _: 80, maturity="provisional")
    chart = analysis.signal(small.view(), "mx_homicide_victims", "MX")
    assert isinstance(chart, charts.Chart)
    assert any(note.startswith("36 months shown are not final") for note in chart.notes)


def test_an_output_of_enforcement_is_shown_and_not_judged(small: Small) -> None:
    homicides(small, lambda step: 80 if step < MONTHS - 1 else 60, crime_type="Trata de personas")
    chart = analysis.signal(small.view(), "mx_trafficking_victims", "MX")
    assert isinstance(chart, charts.Chart)
    assert any("neither good nor bad" in note for note in chart.notes)


def test_sums_of_twelve_months_are_told_as_this_month_against_the_year_before(small: Small) -> None:
    monthly = [1000 + 20 * WAVE[step] for step in range(MONTHS)]
    sums = [sum(monthly[step - 11 : step + 1]) for step in range(11, MONTHS)]
    rows = [
        {
            **DEATHS,
            "period_start": add_months(FIRST, step),
            "period_end": month_end(add_months(FIRST, step + 11)),
            "reported_deaths": round(value),
        }
        for step, value in enumerate(sums)
    ]
    small.add("overdose_deaths", "cdc_overdose", rows)
    chart = analysis.signal(small.view(), "us_overdose_deaths_12m", "US")
    assert isinstance(chart, charts.Chart)
    difference = round(sums[-1]) - round(sums[-2])
    assert chart.data["value"].to_list()[-1] == difference
    assert difference == pytest.approx(monthly[-1] - monthly[-13], abs=1)
    assert f"June 2025 minus June 2024 is {sentences.signed(Text('en'), difference)}" in chart.title
    assert chart.subtitle == "Deaths: each month minus the same month a year before"
    assert "never in sums of twelve" in words(
        analysis.change_points(small.view(), "us_overdose_deaths_12m", "US")
    )


@pytest.mark.parametrize(("lang", "day"), [("en", "May 12, 2023"), ("es", "12 de mayo de 2023")])
def test_too_few_months_since_a_break_are_words_that_name_it(small: Small, lang: str, day: str) -> None:
    counts = [5000 + 100 * wave for wave in WAVE]
    small.add("encounters", "cbp_encounters", months(counts, "encounters", ENCOUNTER))
    for step in (analysis.signal, analysis.change_points):
        said = words(step(small.view(lang), "sw_encounters", "US-SWB"))
        assert "36" in said
        assert day in said


def test_too_few_months_at_all_are_words_without_a_break(small: Small) -> None:
    small.add("crime_victims", "sesnsp_victims", months([50.0] * 20, "victims", VICTIM))
    said = words(analysis.signal(small.view(), "mx_homicide_victims", "MX"))
    assert "36 months without a gap" in said
    assert "break" not in said


def test_months_of_unequal_age_make_no_chart(small: Small) -> None:
    rows = months([50.0] * MONTHS, "persons", MISSING, clock="month", part="missing")
    small.add("missing_persons", "rnpdno", rows)
    said = words(analysis.signal(small.view(), "mx_missing_new", "MX"))
    assert "less time to fill and to empty" in said


def test_before_the_first_release_a_step_says_so_and_the_report_goes_on(small: Small) -> None:
    view = small.view(as_of=date(2010, 1, 1))
    for shown in (
        analysis.signal(view, "mx_homicide_victims", "MX"),
        analysis.funnel(view, "mx_intentional_killings_rate", "MX"),
        analysis.decomposition(view),
        analysis.joint(view),
        analysis.joint_killings(view),
        analysis.nowcast(view, "mx_homicide_victims", "MX"),
    ):
        assert words(shown)


# lasting changes


def test_a_lasting_change_is_told_with_the_months_between_which_it_came(small: Small) -> None:
    homicides(small, lambda step: 80 if step < 40 else 60)
    table = analysis.change_points(small.view(), "mx_homicide_victims", "MX")
    assert not isinstance(table, Words)
    (row,) = table.rows
    change = add_months(FIRST, 40)
    found = pl.read_csv(table.csv.encode(), try_parse_dates=True).row(0, named=True)
    assert found["first"] <= change <= found["last"]
    assert row[0] in ("November 2022", f"between {found['first']:%B %Y} and {found['last']:%B %Y}")
    assert float(row[1]) == pytest.approx(80, abs=2)
    assert float(row[2]) == pytest.approx(60, abs=2)
    assert any("95% interval" in note for note in table.notes)


def test_no_lasting_change_is_said_with_the_months_looked_at(small: Small) -> None:
    homicides(small, lambda _: 80)
    said = words(analysis.change_points(small.view(), "mx_homicide_victims", "MX"))
    assert "no lasting change" in said
    assert "July 2019" in said
    assert "June 2025" in said


def test_a_change_is_dated_by_the_months_between_which_it_lies() -> None:
    wide = ChangePoint(date(2023, 5, 1), date(2023, 5, 1), date(2023, 9, 1), 1.5, 6.5)
    assert process._when(Text("en"), wide) == "between May 2023 and September 2023"
    sure = ChangePoint(*[date(2023, 5, 1)] * 3, 1.5, 6.5)
    assert process._when(Text("en"), sure) == "May 2023"


# the funnel


def killings(small: Small, rate: Callable[[str], float]) -> None:
    """One year of files and a population in every state of Mexico, the states of very different size."""
    states = sorted(
        one.id for one in catalog.places().values() if one.kind == "state" and one.country == "MX"
    )
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


@pytest.mark.parametrize(
    ("lang", "label"), [("en", "above the 99.8% limit"), ("es", "arriba del límite de 99.8%")]
)
def test_a_state_outside_is_named_by_text_shape_and_colour(small: Small, lang: str, label: str) -> None:
    killings(
        small, lambda place: 90 if place == "MX-ZAC" else 20 + 2 * WAVE[len(place) + ord(place[-1]) % 30]
    )
    chart = analysis.funnel(small.view(lang), "mx_intentional_killings_rate", "MX")
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
    chart = analysis.funnel(small.view(), "mx_intentional_killings_rate", "MX")
    assert isinstance(chart, charts.Chart)
    assert "no state lies outside" in chart.title
    assert "none" in chart.alt
    assert any("no all-clear" in note for note in chart.notes)


# the register


def snapshot(small: Small, day: date, missing: dict[int | None, int], located: dict[int | None, int]) -> None:
    """The register on a day: its stock, and its years; people without a year are in the stock alone."""
    rows: list[Row] = []
    part = {"part": f"stock {day}"}
    for status, years in (("missing", missing), ("located_alive", located)):
        if years:
            here = {**MISSING, "status": status}
            stock = {"clock": "stock", "period_start": day, "period_end": day, "persons": sum(years.values())}
            rows.append({**here, **part, **stock})
            rows += [
                {
                    **here, "clock": "year", "period_start": date(year, 1, 1), "period_end": date(year, 12, 31),
                    "persons": count, "part": "years",
                }
                for year, count in years.items()
                if year
            ]  # fmt: skip
    small.add("missing_persons", "rnpdno", rows, released=day + timedelta(days=1))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_movements_of_the_register_add_up_to_the_last_stock(small: Small, lang: str) -> None:
    snapshot(small, date(2021, 1, 31), {2019: 100, 2020: 120, None: 30}, {2019: 40, 2020: 30})
    snapshot(
        small, date(2022, 1, 31), {2019: 90, 2020: 125, 2021: 80, None: 20}, {2019: 45, 2020: 40, 2021: 20}
    )
    table = analysis.decomposition(small.view(lang))
    assert not isinstance(table, Words)
    counts = [int(row[1].replace("−", "-").replace(",", "")) for row in table.rows]
    assert counts == [250, 100, 15, -35, -15, 315]
    assert sum(counts[:-1]) == counts[-1]
    assert "250" in table.title
    assert "315" in table.title


def test_where_located_people_were_not_captured_no_line_calls_an_exit_found(small: Small) -> None:
    snapshot(small, date(2021, 1, 31), {2019: 100, 2020: 100}, {2019: 40})
    snapshot(small, date(2022, 1, 31), {2019: 90, 2020: 130}, {})
    table = analysis.decomposition(small.view())
    assert not isinstance(table, Words)
    assert [row[1] for row in table.rows] == ["200", "0", "+30", "−10", "220"]
    assert table.rows[3][0].startswith("Located, removed or dated anew")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rnpdno_census_2023_no_movements_are_told_across_the_break(small: Small, lang: str) -> None:
    for day in (date(2023, 1, 31), date(2024, 1, 31)):
        snapshot(small, day, {2019: 100, 2020: 120}, {})
    (broken,) = [one for one in catalog.breaks() if one.id == "rnpdno_census_2023"]
    assert broken.reason[lang] in words(analysis.decomposition(small.view(lang)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_two_days_of_the_register_are_bars_and_no_empty_chart(small: Small, lang: str) -> None:
    """Two dots stood in the corners of a chart over time, where nothing can be told between them."""
    snapshot(small, date(2021, 1, 31), {2019: 100}, {})
    snapshot(small, date(2022, 1, 31), {2019: 90}, {})
    chart = analysis.stock(small.view(lang))
    assert isinstance(chart, charts.Chart)
    assert chart.payload()["figure"]["data"][0]["type"] == "bar"
    assert [row[1] for row in chart.table.rows] == ["100", "90"]
    assert set(output.COLUMNS) <= set(chart.data.columns)


def test_where_most_months_stand_out_none_is_called_usual(small: Small) -> None:
    """A title said “within the usual variation” above a chart of which 33 of 36 months stood out."""
    homicides(small, lambda step: 150 if step < 52 else 80 if step < 67 else 117)
    chart = analysis.signal(small.view(), "mx_homicide_victims", "MX")
    assert isinstance(chart, charts.Chart)
    assert any("stand out: the level moved" in note for note in chart.notes)
    assert "the level moved within the 36 months" in chart.title


def test_a_map_and_a_ranking_name_metric_place_and_clock_for_whoever_reads_the_file(small: Small) -> None:
    killings(small, lambda place: 20.0)
    view = small.view()
    for shown in (
        view.map("mx_intentional_killings_rate", "MX"),
        view.ranking("mx_intentional_killings_rate", "MX"),
    ):
        header = shown.payload()["csv"].partition("\n")[0].split(",")
        assert set(output.COLUMNS) <= set(header)
        assert "Mexico by state" in shown.title


def test_one_snapshot_has_no_movements(small: Small) -> None:
    snapshot(small, date(2021, 1, 31), {2019: 100}, {})
    snapshot(small, date(2022, 1, 31), {2019: 90}, {})
    assert "it takes two" in words(analysis.decomposition(small.view(quarter="2021Q2")))


# side by side


def test_killings_and_disappearances_stand_side_by_side_and_are_never_added(small: Small) -> None:
    homicides(small, lambda _: 10)
    rows = months([100.0] * MONTHS, "persons", MISSING, clock="month", part="missing")
    small.add("missing_persons", "rnpdno", rows)
    view = small.view()
    killed = sum(
        compute.series(view.connection, "mx_homicide_victims", "MX", view.as_of).frame["value"][-12:]
    )
    said = words(analysis.joint(view))
    text = view.text
    assert text.amount(killed, "victims") in said
    assert "1,200 were still missing" in said
    assert f"{text.number(100 * 1200 / killed)} for every 100" in said
    assert text.number(killed + 1200) not in said
    assert "cannot be told from noise" in said
    first, second = analysis.joint_killings(view), analysis.joint_missing(view)
    assert isinstance(first, charts.Chart)
    assert isinstance(second, charts.Chart)
    axes = [one.payload()["figure"]["layout"]["xaxis"]["range"] for one in (first, second)]
    assert axes[0] == axes[1]
    assert [one.table.rows[0][1] for one in (first, second)] == [text.number(killed), "1,200"]


# estimates of the newest months


def triangle(at_birth: float) -> pl.DataFrame:
    """Monthly releases of a series that is first reported at ``at_birth`` of its mature 100, in steps up."""
    first, frames = date(2023, 7, 1), []
    for number in range(24):
        starts = [add_months(first, step) for step in range(number + 1)]
        ages = list(range(number, -1, -1))
        grown = [100 - (100 - at_birth) * max(0, 7 - age) / 7 + WAVE[step] for step, age in enumerate(ages)]
        frames.append(
            pl.DataFrame(
                {
                    "period_start": starts,
                    "period_end": [month_end(start) for start in starts],
                    "vintage": [f"release {number:02}"] * len(starts),
                    "released": [month_end(starts[-1]) + timedelta(days=20)] * len(starts),
                    "age_months": ages,
                    "maturity": ["provisional"] * len(starts),
                    "value": grown,
                },
                schema_overrides={"age_months": pl.Int64},
            )
        )
    return pl.concat(frames)


def estimated(monkeypatch: pytest.MonkeyPatch, at_birth: float) -> estimates.Nowcast:
    made = estimates.from_triangle("mx_homicide_victims", "MX", triangle(at_birth))
    monkeypatch.setattr(estimates, "nowcast", lambda *_: made)
    return made


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_estimate_stands_beside_the_reported_figure_and_never_in_its_place(
    small: Small, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    homicides(small, lambda _: 10)
    made = estimated(monkeypatch, 60)
    assert made.reason is None
    table = analysis.nowcast(small.view(lang), "mx_homicide_victims", "MX")
    assert not isinstance(table, Words)
    newest = made.frame.sort("period_start").row(-1, named=True)
    reported, estimate, interval = table.rows[0][1:]
    assert (reported, estimate) == (f"{newest['reported']:.0f}", f"{newest['estimate']:.0f}")
    low, high = (int(part) for part in interval.split() if part.isdigit())
    assert low <= newest["lower"] < newest["upper"] <= high
    assert Text(lang).t("nowcast.note") in table.notes
    assert "80%" in table.columns[-1].header


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_gain_there_is_no_estimate_but_a_reason(
    small: Small, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    homicides(small, lambda _: 10)
    made = estimated(monkeypatch, 100)
    assert made.reason == "not_better"
    said = words(analysis.nowcast(small.view(lang), "mx_homicide_victims", "MX"))
    assert Text(lang).t("nowcast.not_better") in said


def test_months_of_an_earlier_quarter_are_not_estimated(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    homicides(small, lambda _: 10)
    estimated(monkeypatch, 60)
    said = words(analysis.nowcast(small.view(quarter="2024Q2"), "mx_homicide_victims", "MX"))
    assert "young enough" in said


# what changed


def test_what_changed_compares_the_two_newest_releases_known_on_the_day(small_home) -> None:  # type: ignore[no-untyped-def]
    with warehouse.connect(small_home.warehouse) as connection:
        now = changes.by_release(View(connection, "2016Q4", date(2021, 1, 4), Text("en")))
        then = changes.by_release(View(connection, "2016Q4", date(2016, 12, 15), Text("en")))
    name = catalog.sources()["cbp_encounters"].name.en
    assert name in {row[0] for row in now.rows}
    assert name not in {row[0] for row in then.rows}
