"""What the signals and lasting changes say on a page: no more than they may, and words where they may not."""

from datetime import date

import polars as pl
import pytest

import indicators
from indicators import charts
from indicators.i18n import Text
from indicators.metrics.process_chart import ChangePoint
from indicators.periods import add_months, month_end
from indicators.report import analysis, missing_persons, sentences
from indicators.report.sentences import Words
from small_warehouse import (
    DEATHS,
    ENCOUNTER,
    FIRST,
    MISSING,
    MONTHS,
    VICTIM,
    WAVE,
    Small,
    homicides,
    months,
    words,
)

# signals


@pytest.mark.parametrize(("lang", "said"), [("en", "unusually low"), ("es", "inusualmente bajo")])
def test_the_title_says_what_the_latest_month_says_and_by_which_rule(small: Small, lang: str, said: str) -> None:
    homicides(small, lambda step: 80 if step < MONTHS - 1 else 60)
    small.use(lang)
    chart = analysis.process_chart(indicators.metric("mx_homicide_victims", "MX"))
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
    small.use()
    chart = analysis.process_chart(indicators.metric("mx_homicide_victims", "MX"))
    assert isinstance(chart, charts.Chart)
    assert "within the usual variation of the last 36 months" in chart.title
    assert not any("the level was not steady" in note for note in chart.notes)


def test_a_chart_in_which_most_months_stand_out_says_that_it_describes_no_level(small: Small) -> None:
    homicides(small, lambda step: 80 if step < MONTHS - 18 else 60)
    small.use()
    chart = analysis.process_chart(indicators.metric("mx_homicide_victims", "MX"))
    assert isinstance(chart, charts.Chart)
    assert any("the level was not steady" in note for note in chart.notes)


def test_months_that_are_not_final_may_change_the_signal_and_the_page_says_so(small: Small) -> None:
    homicides(small, lambda _: 80, maturity="provisional")
    small.use()
    chart = analysis.process_chart(indicators.metric("mx_homicide_victims", "MX"))
    assert isinstance(chart, charts.Chart)
    assert any(note.startswith("36 months shown are not final") for note in chart.notes)


def test_an_output_of_enforcement_is_shown_and_not_judged(small: Small) -> None:
    homicides(small, lambda step: 80 if step < MONTHS - 1 else 60, crime_type="Trata de personas")
    small.use()
    chart = analysis.process_chart(indicators.metric("mx_trafficking_victims", "MX"))
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
    small.use()
    chart = analysis.process_chart(indicators.metric("us_overdose_deaths_12m", "US"))
    assert isinstance(chart, charts.Chart)
    difference = round(sums[-1]) - round(sums[-2])
    assert chart.data["value"].to_list()[-1] == difference
    assert difference == pytest.approx(monthly[-1] - monthly[-13], abs=1)
    assert f"June 2025 alone differs from June 2024 alone by {sentences.signed(Text('en'), difference)}" in chart.title
    assert (
        chart.subtitle
        == "Deaths: each single month, as the sums of twelve imply it, minus the same month a year before"
    )
    assert "never in sums of twelve" in words(analysis.change_points(indicators.metric("us_overdose_deaths_12m", "US")))


@pytest.mark.parametrize(("lang", "day"), [("en", "May 12, 2023"), ("es", "12 de mayo de 2023")])
def test_too_few_months_since_a_break_are_words_that_name_it(small: Small, lang: str, day: str) -> None:
    counts = [5000 + 100 * wave for wave in WAVE]
    small.add("encounters", "cbp_encounters", months(counts, "encounters", ENCOUNTER))
    small.use(lang)
    for step in (analysis.process_chart, analysis.change_points):
        said = words(step(indicators.metric("sw_encounters", "US-SWB")))
        assert "36" in said
        assert day in said


def test_too_few_months_at_all_are_words_without_a_break(small: Small) -> None:
    small.add("crime_victims", "sesnsp_victims", months([50.0] * 20, "victims", VICTIM))
    small.use()
    said = words(analysis.process_chart(indicators.metric("mx_homicide_victims", "MX")))
    assert "36 months without a gap" in said
    assert "break" not in said


def test_months_of_unequal_age_make_no_chart(small: Small) -> None:
    rows = months([50.0] * MONTHS, "persons", MISSING, clock="month", part="missing")
    small.add("missing_persons", "rnpdno", rows)
    small.use()
    said = words(analysis.process_chart(indicators.metric("mx_missing_new", "MX")))
    assert "less time to be updated" in said


def test_before_the_first_release_a_step_says_so_and_the_report_goes_on(small: Small) -> None:
    small.use(as_of=date(2010, 1, 1))
    killings = indicators.metric("mx_homicide_victims", "MX")
    rates = indicators.metric("mx_intentional_killings_rate", "states")
    for shown in (
        indicators.chart(killings),
        indicators.year_table(killings),
        indicators.ranking(rates),
        indicators.tile_map(rates),
        analysis.process_chart(killings),
        analysis.change_points(killings),
        analysis.funnel(rates),
        missing_persons.decomposition(),
        missing_persons.joint(),
        missing_persons.joint_killings(),
        analysis.nowcast(killings),
    ):
        assert words(shown)


def test_numbers_computed_from_a_whole_series_have_its_weakest_provenance(small: Small) -> None:
    """The CSV of a chart of limits named no release at all."""
    homicides(small, lambda step: 80 if step < 40 else 60)
    newer = months([2000] * 2, "victims", VICTIM)
    small.came("agency_bytes")
    small.came("transcribed", small.add("crime_victims", "sesnsp_victims", newer, date(2025, 7, 21)))
    small.use()
    figures = indicators.metric("mx_homicide_victims", "MX")
    assert figures["provenance"].to_list()[:3] == ["transcribed", "transcribed", "agency_bytes"]
    levels, chart = analysis.change_points(figures), analysis.process_chart(figures.tail(40))
    assert not isinstance(levels, Words)
    assert pl.read_csv(levels.csv.encode())["provenance"].unique().to_list() == ["transcribed"]
    assert chart.data["provenance"].unique().to_list() == ["agency_bytes"]  # of the months that it was given


# lasting changes


def test_a_lasting_change_is_told_with_the_months_between_which_it_came(small: Small) -> None:
    homicides(small, lambda step: 80 if step < 40 else 60)
    small.use()
    table = analysis.change_points(indicators.metric("mx_homicide_victims", "MX"))
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
    small.use()
    said = words(analysis.change_points(indicators.metric("mx_homicide_victims", "MX")))
    assert "no lasting change" in said
    assert "July 2019" in said
    assert "June 2025" in said


def test_a_change_is_dated_by_the_months_between_which_it_lies() -> None:
    wide = ChangePoint(date(2023, 5, 1), date(2023, 5, 1), date(2023, 9, 1), 1.5, 6.5)
    assert analysis._when(Text("en"), wide) == "between May 2023 and September 2023"
    sure = ChangePoint(*[date(2023, 5, 1)] * 3, 1.5, 6.5)
    assert analysis._when(Text("en"), sure) == "May 2023"


def test_where_most_months_stand_out_none_is_called_usual(small: Small) -> None:
    """A title said “within the usual variation” above a chart of which 33 of 36 months stood out."""
    homicides(small, lambda step: 150 if step < 52 else 80 if step < 67 else 117)
    small.use()
    chart = analysis.process_chart(indicators.metric("mx_homicide_victims", "MX"))
    assert isinstance(chart, charts.Chart)
    assert any("the level was not steady" in note for note in chart.notes)
    assert "the level was not steady in the 36 months" in chart.title
