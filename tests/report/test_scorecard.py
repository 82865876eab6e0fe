"""The scorecard's lines: each with its status and words, and none left out because nobody publishes it."""

from collections.abc import Callable, Iterator
from datetime import date
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

from drawn import series
from indicators import catalog
from indicators.catalog import Break
from indicators.catalog.scorecard import goals
from indicators.charts.tables import Quantity
from indicators.i18n import Text, leaves
from indicators.metrics import compute
from indicators.metrics.change import Change
from indicators.report import scorecard, sentences
from indicators.report.view import View, set_current
from small_warehouse import (
    ENCOUNTER,
    LANGUAGES,
    MISSING,
    MONTHS,
    RELEASED,
    VICTIM,
    WAVE,
    Small,
    homicides,
    months,
)

TODAY = date(2026, 11, 22)
RAW = Path(__file__).parents[2] / "data" / "raw"


@pytest.fixture(scope="module")
def on_record() -> Iterator[Small]:
    """The tables kept by hand, as they ship, for looking at."""
    made = Small(RAW)
    yield made
    made.connection.close()


@pytest.fixture(scope="module")
def views(on_record: Small) -> dict[str, View]:
    """What is on record, seen today in each language."""
    views = {lang: on_record.view(lang, as_of=TODAY) for lang in LANGUAGES}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(compute, "memo", {})
        for view in views.values():
            scorecard.lines(view)
    return views


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Leave one metric alone on the scorecard: each of its fifty lines asks the warehouse."""

    lines = import_module("indicators.report.scorecard")  # the package calls its function so, too

    def leave(metric: str) -> None:
        left = [(goal, [one for one in goal.lines if one.metric == metric]) for goal in goals()]
        kept = tuple(goal.model_copy(update={"lines": ours}) for goal, ours in left)
        monkeypatch.setattr(lines, "goals", lambda: kept)

    return leave


def line(view: View, metric: str) -> scorecard.Line:
    (found,) = [one for one in scorecard.lines(view) if one.metric.id == metric]
    return found


def said(view: View, metric: str) -> str:
    name = f"**{catalog.metrics()[metric].name[view.text.lang]}**"
    set_current(view)
    (found,) = [one for one in scorecard.in_words().markdown.splitlines() if name in one]
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_line_without_a_figure_stays_and_says_so(views: dict[str, View], lang: str) -> None:
    view = views[lang]
    assert len(scorecard.lines(view)) == sum(len(goal.lines) for goal in goals())
    assert line(view, "sdg_16_4_2").assessment.status.code == "not_published"
    assert catalog.metrics()["sdg_16_4_2"].searched[lang] in said(view, "sdg_16_4_2")
    assert line(view, "currency_seized_usd").assessment.status.code == "not_at_hand"
    set_current(view)
    table = scorecard.table()
    assert len(table.rows) == len(scorecard.accountability().rows) == len(scorecard.lines(view))


def test_every_status_has_a_tone_and_is_counted_once() -> None:
    """A line with no release at hand was counted among those without a change."""
    aside = {"no_target"}  # a word for the table of targets
    assert {key.removeprefix("status.") for key in leaves("en") if key.startswith("status.")} - aside == set(
        scorecard.TONES
    )
    assert scorecard.TONES["not_at_hand"] == "unknown"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_screen_answers_by_name_and_counts_what_it_cannot_judge(
    small: Small, only: Callable[[str], None], lang: str
) -> None:
    only("mx_homicide_victims")
    homicides(small, lambda step: 100 - (40 if step >= 60 else 0))
    view = small.use(lang)
    found = line(view, "mx_homicide_victims")
    assert found.assessment.status.code == "improving"
    good, bad, *_ = scorecard.answer().markdown.splitlines()
    assert found.metric.name[lang] in good
    assert sentences.change(view.text, found.yearly, "victims")[0] in good
    assert view.text.t("scorecard.answer.none") in bad


def test_the_latest_value_stands_before_what_it_is(views: dict[str, View]) -> None:
    """A column held number, period and maturity in one text, and no unit: 7, of what? A lagging figure says its age."""
    set_current(views["en"])
    table = scorecard.table()
    cells = {row[0]: row[2] for row in table.rows}
    assert cells["2.1 · Trade in goods between the United States and Mexico"] == Quantity(
        "872.8 billion", "U.S. dollars, 2025; provisional; 11 months old"
    )
    assert cells["Joint objectives with a complete public metric"].text == "0 of 10"
    assert [count for _, count in table.groups] == [len(goal.lines) for goal in goals()]


def test_an_announced_meeting_is_overdue_once_its_day_has_passed(on_record: Small, only: Callable[[str], None]) -> None:
    """The ministerial announced for February 2026 is on record as planned, never as held."""
    only("cabinet_meetings")
    before = on_record.view(as_of=date(2026, 1, 31))
    after = on_record.view(as_of=TODAY)
    assert line(before, "cabinet_meetings").assessment.status.code == "present"
    assert line(after, "cabinet_meetings").assessment.status.code == "overdue"
    assert "announced for February 2026" in said(after, "cabinet_meetings")


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "12,242 encounters, August 2026"), ("es", "12,242 encuentros, agosto de 2026")]
)
def test_a_month_that_was_announced_is_shown_beside_the_twelve_months_of_the_series(
    only: Callable[[str], None], lang: str, told: str
) -> None:
    """The line looked for announced totals on its own clock alone, and August 2026 is a month."""
    only("sw_encounters")
    made = Small(RAW)
    made.add("encounters", "cbp_encounters", months([9000] * MONTHS, "encounters", ENCOUNTER))
    before, after = (made.view(lang, as_of=day) for day in (date(2026, 9, 30), TODAY))
    assert line(before, "sw_encounters").newer is None
    assert told in said(after, "sw_encounters")
    made.connection.close()


def test_half_a_year_that_was_announced_is_shown_beside_the_last_whole_year(views: dict[str, View]) -> None:
    """The line of INEGI ended in 2024, and the first half of 2025 was at hand."""
    found = line(views["en"], "mx_homicide_inegi")
    assert [one and one.through for one in (found.latest, found.newer)] == [date(2024, 12, 31), date(2025, 6, 30)]
    assert "14,488 deaths" in said(views["en"], "mx_homicide_inegi")


def test_a_promise_of_benchmarks_is_no_published_review(views: dict[str, View]) -> None:
    view = views["en"]
    assert line(view, "joint_review_published").assessment.status.code == "not_published"
    assert line(view, "framework_metric_coverage").assessment.status.code == "not_published"
    assert "0 of 10" in said(view, "framework_metric_coverage")


def test_a_yearly_output_is_shown_and_never_judged(views: dict[str, View]) -> None:
    view = views["en"]
    found = line(view, "extraditions_mx_us")
    assert found.assessment.status.code == "shown"
    assert said(view, "extraditions_mx_us").count("Context only.") == 1
    assert scorecard.TONES["shown"] == "shown"


def test_no_sentence_ends_twice_or_tells_a_sign_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    small = Small(RAW)
    homicides(small, lambda step: 100 - (40 if step >= 60 else 0))
    monkeypatch.setattr(compute, "memo", {})  # the second language finds the series of the first
    for lang in LANGUAGES:
        small.use(lang, as_of=TODAY)
        words = scorecard.in_words().markdown
        assert ".." not in words
        assert not any(f"{verb} −" in words for verb in ("fell by", "rose by", "bajó", "subió"))


def test_a_fall_is_told_without_a_sign_and_from_the_smaller_bound() -> None:
    fall = Change(difference=-30.0, ratio=0.7, lower=0.6, upper=0.8, method="quasi_poisson", distinguishable=True)
    words = sentences.change_sentence(Text("en"), fall, "victims", neutral=False)
    assert "fell by 30.0% (95% interval 20.0% to 40.0%)" in words
    points = Change(difference=0.04, lower=0.01, upper=0.07, scale="difference", distinguishable=True)
    words = sentences.change_sentence(Text("es"), points, "share", neutral=False)
    assert "subió 4.0 puntos (intervalo de 95%: de 1.0 puntos a 7.0 puntos)" in words


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_neutral_line_without_status_says_why(small: Small, only: Callable[[str], None], lang: str) -> None:
    only("sw_encounters")
    counts = [5000 + 100 * wave for wave in WAVE]
    small.add("encounters", "cbp_encounters", months(counts, "encounters", ENCOUNTER))
    view = small.use(lang)
    (line,) = [one for one in scorecard.lines(view) if one.metric.id == "sw_encounters"]
    assert line.assessment.status.code == "shown"
    (ends,) = [one for one in catalog.breaks() if one.id == "cbp_title_42_ends"]
    assert ends.reason[lang] in scorecard.in_words().markdown


def test_a_rolling_share_is_judged_from_its_months(small: Small, only: Callable[[str], None]) -> None:
    only("mx_homicide_firearm_share")
    homicides(small, lambda _: 80)
    extra = months([30 * (20 + wave) for wave in WAVE], "victims", VICTIM, modality="Con arma blanca")
    small.add("crime_victims", "sesnsp_victims", [*extra], released=date(2025, 7, 21))
    (line,) = [one for one in scorecard.lines(small.view()) if one.metric.id == "mx_homicide_firearm_share"]
    assert line.assessment.change.method == "quasi_binomial"
    assert line.assessment.status.code != "not_assessable"
    assert line.latest.clock == "12_month_rolling"


def test_each_reason_for_no_status_has_its_words() -> None:
    reasons = ("break", "clock", "age", "missing", "too_short", "no_interval", "dispersion_unknown", "press")
    assert all(Text(lang).t(f"sentence.unjudged.{reason}") for lang in LANGUAGES for reason in reasons)


def test_the_break_named_is_one_that_blocks(small: Small) -> None:
    small.add("crime_victims", "sesnsp_victims", months([50.0] * 20, "victims", VICTIM))
    series = compute.series(small.connection, "mx_homicide_victims", "MX", date(2025, 9, 1))
    soft = Break(
        id="soft", sources=["sesnsp_victims"], first=date(2020, 1, 1), last=date(2020, 1, 1), blocks=False,
        reason={"en": "A new form.", "es": "Un formato nuevo."},
    )  # fmt: skip
    softened = type(series)(**{**vars(series), "breaks": (soft,)})
    assert "A new form" not in sentences.unsignalled(Text("en"), softened, "too_short")


def test_three_copies_of_a_register_that_hold_no_month_twice_are_no_three_releases(
    small: Small, only: Callable[[str], None]
) -> None:
    """The missing had grade A: three releases at hand, each with a part of its own, and the census of 2023 within."""
    only("mx_missing_new")
    for number, status in enumerate(("missing", "located_alive", "located_dead")):
        rows = months([100] * MONTHS, "persons", MISSING, status=status, part=f"month {status}", clock="month")
        small.add("missing_persons", "rnpdno", rows, date(2025, 7, 20 + number))
    assert line(small.view(), "mx_missing_new").grade == "C"


def test_releases_count_for_a_grade_where_they_hold_the_two_years_compared(
    small: Small, only: Callable[[str], None]
) -> None:
    """CDC's release of 2019 told nothing of how the figures of 2024 and 2025 are revised."""
    only("mx_homicide_victims")
    homicides(small, lambda step: 100)
    counted = months([3000] * MONTHS, "victims", VICTIM)
    small.add("crime_victims", "sesnsp_victims", counted[:-1], date(2025, 6, 20))
    small.add("crime_victims", "sesnsp_victims", counted[:24], date(2021, 7, 20))
    small.came("agency_bytes")
    assert line(small.view(), "mx_homicide_victims").grade == "B"
    small.add("crime_victims", "sesnsp_victims", counted[:-2], date(2025, 5, 20))
    small.came("agency_bytes")
    assert line(small.view("es"), "mx_homicide_victims").grade == "A"


def three_releases(small: Small) -> list[str]:
    """Three releases that contain the two years compared, so that nothing but their provenance forbids grade A."""
    counted = months([3000] * MONTHS, "victims", VICTIM)
    days = [date(2025, 5, 20), date(2025, 6, 20), RELEASED]
    return [small.add("crime_victims", "sesnsp_victims", counted[: MONTHS - 2 + n], day) for n, day in enumerate(days)]


@pytest.mark.parametrize(
    ("provenance", "grade"),
    [("agency_bytes", "A"), ("as_received", "B"), ("re_exported", "B"), ("rebuilt", "B"), ("transcribed", "B")],
)
def test_grade_a_needs_the_agencys_own_bytes(
    small: Small, only: Callable[[str], None], provenance: str, grade: str
) -> None:
    """A file that somebody had rebuilt had grade A."""
    only("mx_homicide_victims")
    three_releases(small)
    small.came(provenance)
    assert line(small.view(), "mx_homicide_victims").grade == grade


def test_a_release_without_a_provenance_counts_as_received(small: Small, only: Callable[[str], None]) -> None:
    only("mx_homicide_victims")
    three_releases(small)
    found = line(small.view(), "mx_homicide_victims")
    assert (found.provenance, found.grade) == ("as_received", "B")


def test_one_rebuilt_release_among_the_two_years_compared_is_the_lines_provenance(
    small: Small, only: Callable[[str], None]
) -> None:
    only("mx_homicide_victims")
    *_, older = three_releases(small)
    later = months([3000] * MONTHS, "victims", VICTIM)[40:]
    small.add("crime_victims", "sesnsp_victims", later, date(2025, 7, 21))
    small.came("agency_bytes")
    small.came("rebuilt", older)  # in effect before the newest release begins, 32 months ago
    assert line(small.view(), "mx_homicide_victims").provenance == "agency_bytes"
    earlier = small.add("crime_victims", "sesnsp_victims", later[-18:-13], date(2025, 7, 22))
    small.came("transcribed", earlier)
    assert line(small.view("es"), "mx_homicide_victims").provenance == "transcribed"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_line_on_a_rebuilt_release_says_so_itself(small: Small, only: Callable[[str], None], lang: str) -> None:
    """Only the source line at the end of the page named the third party."""
    only("mx_homicide_victims")
    homicides(small, lambda step: 100)
    small.came("rebuilt")
    text = Text(lang)
    assert said(small.view(lang), "mx_homicide_victims").endswith(text.t("provenance.rebuilt"))
    small.use(lang)
    (row,) = scorecard.table().rows
    assert isinstance(row[2], Quantity)
    assert row[2].about.endswith(text.t("provenance.short.rebuilt"))
    assert pl.read_csv(scorecard.table().csv.encode())["provenance"].to_list() == ["rebuilt"]


def test_a_line_on_the_file_of_the_agency_says_nothing_of_it(small: Small, only: Callable[[str], None]) -> None:
    only("mx_homicide_victims")
    homicides(small, lambda step: 100)
    for number, provenance in enumerate(("agency_bytes", "as_received", "re_exported")):
        small.came(provenance)
        view = small.view(as_of=date(2025, 9, 1 + number))
        assert not said(view, "mx_homicide_victims").endswith("third party.")
        assert scorecard.unsigned(view) == []


def test_lines_to_sign_are_those_judged_or_drawn_on_the_index(small: Small) -> None:
    """Context on a rebuilt file asks for no signature: nothing is concluded from it."""
    homicides(small, lambda step: 100)
    encounters = months([100] * MONTHS, "encounters", ENCOUNTER)
    small.add("encounters", "cbp_encounters", encounters)
    small.came("transcribed")
    found = {one.metric.id for one in scorecard.unsigned(small.view())}
    assert {"mx_homicide_victims", "sw_encounters"} <= found
    assert "sw_usbp_apprehensions" not in found


@pytest.mark.parametrize(("lang", "about"), [("en", "U.S. dollars, "), ("es", "de dólares estadounidenses, ")])
def test_a_sum_in_billions_is_joined_to_its_unit_in_each_language(lang: str, about: str) -> None:
    """The Spanish table read "840 mil millones dólares"."""
    value, said = sentences.latest(Text(lang), series(months=1, unit="usd", level=840e9))
    assert value in ("840 billion", "840 mil millones")
    assert said.startswith(about)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_an_interval_tells_stands_below_the_scorecard(views: dict[str, View], lang: str) -> None:
    """A change of "−44.3% (−95.0% to +520.2%)" stood there unexplained."""
    set_current(views[lang])
    assert Text(lang).t("scorecard.intervals") in scorecard.table().notes
