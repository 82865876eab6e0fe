"""What the checks notice in a release: each rule on small frames, and its words."""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import NamedTuple, get_args

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators import catalog
from indicators.catalog import models as catalogue
from indicators.catalog.schema import PERIOD
from indicators.catalog.tables import FACTS, validate
from indicators.i18n import Text, leaves
from indicators.periods import add_months, month_end
from indicators.releases import checks
from indicators.releases.checks import Finding
from indicators.releases.totals import add_up

MONTHS = [add_months(date(2022, 1, 1), number) for number in range(30)]
STATES = {"MX-CHH": 300, "MX-SON": 200, "MX-BCN": 500}
Count = Callable[[str, date, str], int | None]


class Read(NamedTuple):
    """A release as its reader gives it."""

    vintage: str
    facts: pl.DataFrame
    parts: pl.DataFrame


def steady(place: str, month: date, subtype: str) -> int:
    """Three hundred a month and some, with a season, so that no month is the next one's."""
    return STATES[place] + 7 * month.month + 3 * (month.year - 2022) + (60 if subtype == "Feminicidio" else 0)


def release(
    vintage: str,
    count: Count = steady,
    months: list[date] = MONTHS,
    source: str = "sesnsp_victims",
) -> Read:
    """A release of SESNSP's victims; a count of None is a row that is not there."""
    cells = [
        (place, month, subtype, found)
        for place in STATES
        for month in months
        for subtype in ("Homicidio doloso", "Feminicidio")
        if (found := count(place, month, subtype))
    ]
    last = months[-1]
    facts = pl.DataFrame(
        {
            "place": [place for place, *_ in cells],
            "period_start": [month for _, month, *_ in cells],
            "period_end": [month_end(month) for _, month, *_ in cells],
            "subtype": [subtype for _, _, subtype, _ in cells],
            "victims": [found for *_, found in cells],
            "maturity": ["final" if month < add_months(last, -11) else "provisional" for _, month, *_ in cells],
        }
    ).with_columns(
        clock=pl.lit("month"), part=pl.lit("CNSP/38/15"), methodology=pl.lit("CNSP/38/15"),
        crime_type=pl.lit("Homicidio"), modality=pl.lit("all"), sex=pl.lit("all"), age_group=pl.lit("all"),
    )  # fmt: skip
    facts = validate(catalog.sources()[source].table, facts, vintage)
    parts = pl.DataFrame({"part": ["CNSP/38/15"], "period_from": [months[0]], "period_through": [month_end(last)]})
    return Read(vintage, facts, parts)


def noticed(*releases: Read, source: str = "sesnsp_victims") -> dict[str, Finding]:
    found = checks.findings_of([add_up(catalog.sources()[source], *one) for one in releases])
    return {one.code: one for one in found}


def after(count: Count, months: list[date] = MONTHS) -> dict[str, Finding]:
    """What is noticed in a release with these counts after the steady one."""
    return noticed(_steady(), release("new", count, months))


@cache
def _steady() -> Read:
    return release("old")


def test_a_release_that_repeats_the_last_and_adds_a_month_is_not_noticed() -> None:
    assert after(steady, [*MONTHS, add_months(MONTHS[-1], 1)]) == {}


def test_thousands_for_units() -> None:
    found = after(lambda *cell: steady(*cell) * 1000)
    assert set(found) == {"scaled"}
    assert found["scaled"].severity == "refusal"
    assert found["scaled"].facts["series"] == "victims, CNSP/38/15"


def test_units_for_thousands() -> None:
    assert "scaled" in after(lambda *cell: max(steady(*cell) // 100, 1))


def test_only_the_new_months_in_thousands() -> None:
    """The shared months are right: only the three before a new one can tell."""
    new = add_months(MONTHS[-1], 1)
    found = after(lambda *cell: steady(*cell) * (1000 if cell[1] == new else 1), [*MONTHS, new])
    assert {code: one.severity for code, one in found.items()} == {"newest_far_off": "refusal"}
    assert found["newest_far_off"].facts["month"] == "2024-07"


def test_every_row_twice() -> None:
    found = after(lambda *cell: steady(*cell) * 2)
    assert found["rows_doubled"].severity == "refusal"
    assert found["rows_doubled"].facts["of"] == "30"


@pytest.mark.parametrize("by", [1, -1, 12])
def test_months_shifted(by: int) -> None:
    found = after(lambda place, month, subtype: steady(place, add_months(month, -by), subtype))
    assert found["periods_shifted"].severity == "refusal"
    assert found["periods_shifted"].facts["periods"] == str(by)


def test_month_far_from_the_last_release() -> None:
    odd = MONTHS[3]
    found = after(lambda *cell: round(steady(*cell) * (1.5 if cell[1] == odd else 1)))
    assert found["far_from_last"].severity == "refusal"
    assert found["far_from_last"].facts["month"] == "2022-04"


def test_small_figures_are_never_refused_for_having_moved() -> None:
    def few(factor: float) -> Count:
        return lambda *cell: round(steady(*cell) / 10 * (factor if cell[1] == MONTHS[3] else 1))

    found = noticed(release("old", few(1)), release("new", few(1.5)))
    assert "far_from_last" not in found
    assert found["outside_band"].severity == "banner"


def test_closed_year_that_moved_is_a_banner_and_one_that_was_touched_a_note() -> None:
    moved = after(lambda *cell: round(steady(*cell) * (1.03 if cell[1].year == 2022 else 1)))
    assert moved["closed_year_moved"].severity == "banner"
    assert moved["closed_year_moved"].facts["year"] == "2022"
    touched = after(lambda *cell: steady(*cell) + (cell == ("MX-CHH", MONTHS[0], "Feminicidio")))
    assert {code: one.severity for code, one in touched.items()} == {"closed_year_touched": "note"}


def test_newest_month_padded_with_zeros() -> None:
    """A month without any row is no month of the release: its part says how far it reaches."""
    new = add_months(MONTHS[-1], 1)
    older, newer = release("old"), release("new", steady, [*MONTHS, new])
    padded = newer.facts.with_columns(
        victims=pl.when(pl.col("period_start") == new).then(0).otherwise("victims").cast(pl.Int64)
    )
    found = noticed(older, newer._replace(facts=padded))
    assert found["newest_empty"].severity == "banner"


def test_newest_month_of_a_first_release_is_held_against_those_before_it() -> None:
    last = MONTHS[-1]
    low = release("only", lambda *cell: steady(*cell) // (10 if cell[1] == last else 1))
    assert noticed(low)["newest_unusual"].severity == "banner"
    assert noticed(release("only")) == {}


def test_state_that_is_gone() -> None:
    found = after(lambda *cell: None if cell[0] == "MX-SON" else steady(*cell))
    assert found["place_gone"].severity == "refusal"
    assert found["place_gone"].facts["place"] == "MX-SON"


def test_state_that_goes_to_zero_in_one_year() -> None:
    found = after(lambda *cell: None if cell[0] == "MX-SON" and cell[1].year == 2023 else steady(*cell))
    assert found["place_to_zero"].severity == "banner"
    assert (found["place_to_zero"].facts["place"], found["place_to_zero"].facts["year"]) == ("MX-SON", "2023")


def test_label_that_vanished() -> None:
    found = after(lambda *cell: None if cell[2] == "Feminicidio" else steady(*cell))
    assert found["label_gone"].facts["label"] == "Feminicidio"


def test_release_that_ends_before_the_last_one() -> None:
    assert after(steady, MONTHS[:-2])["ends_earlier"].facts["now_month"] == "2024-04"


def test_band_is_learnt_from_earlier_pairs_where_there_are_enough() -> None:
    """Six releases that never moved a month by more than a thousandth: then one per cent is noticed."""

    def moved(by: float) -> Count:
        return lambda *cell: round(steady(*cell) * (1 + (by if cell[1] == MONTHS[-3] else 0)))

    quiet = [release(f"r{number}", moved(0.001 * number)) for number in range(6)]
    odd = release("odd", moved(0.018))

    def codes(*releases: Read) -> set[str]:
        source = catalog.sources()["sesnsp_victims"]
        found = checks.findings_of([add_up(source, *one) for one in releases])
        return {one.code for one in found if one.vintage == "odd"}

    assert "outside_band" in codes(*quiet, odd)
    assert "outside_band" not in codes(quiet[0], odd)


def test_release_without_an_earlier_one_of_its_part_is_held_against_none() -> None:
    other = release("other")
    renamed = other._replace(
        facts=other.facts.with_columns(part=pl.lit("RNID 2026")),
        parts=other.parts.with_columns(part=pl.lit("RNID 2026")),
    )
    assert noticed(release("old", lambda *cell: 3 * steady(*cell)), renamed) == {}


def test_no_release_no_finding() -> None:
    assert checks.findings_of([]) == []


@settings(max_examples=12)
@given(st.floats(0.0001, 0.004), st.sampled_from(MONTHS[:-12]))
def test_the_further_a_month_moves_the_graver_it_is(share: float, month: date) -> None:
    """Monotone: what is a refusal at some move is one at every larger move."""
    order = {"note": 0, "banner": 1, "refusal": 2}

    def worst(by: float) -> int:
        found = after(lambda *cell: round(steady(*cell) * (1 + (by if cell[1] == month else 0))))
        return max((order[one.severity] for one in found.values()), default=-1)

    assert worst(share) <= worst(share * 10) <= worst(share * 400)


def test_every_rule_has_words_in_both_languages_that_take_its_facts() -> None:
    assert catalogue.severities().keys() == set(get_args(catalogue.Code))
    assert {f"finding.{code}" for code in catalogue.severities()} <= leaves("en").keys()
    for lang in ("en", "es"):
        for code, one in after(lambda *cell: steady(*cell) * 1000).items():
            assert "×" not in checks.sentence(code, one.facts, Text(lang))


def test_a_finding_reads_as_a_sentence_in_each_language() -> None:
    found = after(lambda *cell: round(steady(*cell) * (1.5 if cell[1] == MONTHS[3] else 1)))["far_from_last"]
    english = checks.sentence(found.code, found.facts, Text("en"))
    assert english.startswith("victims, CNSP/38/15: April 2022 was 2,348 and is now 3,522 (+50.0%)")
    assert checks.sentence(found.code, found.facts, Text("es")).startswith("víctimas, CNSP/38/15: abril de 2022")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_what_is_noticed_once_has_no_tally_and_what_is_tiny_no_digits(lang: str) -> None:
    """«Such periods: 1.» and «moved by −0.00005%» stood on the page of data quality."""
    facts = {"series": "cases", "year": "2021", "change": "-0.0000005", "years": "1"}
    once, often = (checks.sentence("closed_year_touched", facts | {"years": years}, Text(lang)) for years in ("1", "4"))
    assert Text(lang).t("number.under", value="0.01%") in once
    assert often.startswith(once)
    assert "4" in often.removeprefix(once)


def test_what_a_reader_noted_is_listed_in_words() -> None:
    said = checks.sentence("persons_without_year", {"located_alive": "16568", "new_kind": "x"}, Text("es"))
    assert said.endswith("(localizadas con vida: 16,568; new_kind: x).")


@pytest.mark.parametrize("source", catalog.sources().values(), ids=lambda one: one.id)
def test_classes_and_their_wholes_are_series_of_the_source(source: catalog.Source) -> None:
    """The classes of the register had names that no series has, so that nothing was added up."""
    declared, table = catalogue.parts(source.id), FACTS[source.table]
    apart = [name for name in table.apart if name not in PERIOD]
    names = [name for pair in declared.at_most for name in pair]
    for name in [*names, *declared.sums, *(one for classes in declared.sums.values() for one in classes)]:
        measure, *labels = name.split(", ")
        assert measure in table.measures
        assert len(labels) in ((0, len(apart)) if name in names else (len(apart),))
        for column, label in zip(apart, labels, strict=False):
            known = source.categories.get(column, {})
            allowed = {*table.columns[column].allowed, *(known.values() if isinstance(known, dict) else known)}
            assert label in allowed, f"{column} {label}"


def test_limits_of_a_source_stand_over_the_default_ones() -> None:
    assert catalogue.limits("cbp_drugs").step > catalogue.limits("sesnsp_cases").step
    assert catalogue.limits("cbp_drugs").pairs == catalogue.limits("sesnsp_cases").pairs
