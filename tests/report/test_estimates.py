"""Estimates of the newest months beside what was reported, and what changed between two releases."""

from datetime import date, timedelta

import polars as pl
import pytest

import indicators
from indicators import catalog
from indicators.i18n import Text
from indicators.metrics import nowcast as estimates
from indicators.periods import add_months, month_end
from indicators.report import analysis, quality
from indicators.report.sentences import Words
from small_warehouse import (
    LANGUAGES,
    VICTIM,
    WAVE,
    Small,
    homicides,
    months,
    words,
)


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
    small.use(lang)
    table = analysis.nowcast(indicators.metric("mx_homicide_victims", "MX"))
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
    small.use(lang)
    said = words(analysis.nowcast(indicators.metric("mx_homicide_victims", "MX")))
    assert Text(lang).t("nowcast.not_better") in said


# what changed


def test_what_changed_compares_the_two_newest_releases_known_on_the_day(small_home) -> None:  # type: ignore[no-untyped-def]
    path = str(small_home.warehouse)
    indicators.use("2016Q4", as_of="2021-01-04", warehouse=path)
    now = quality.changes_by_release()
    indicators.use("2016Q4", as_of="2016-12-15", warehouse=path)
    then = quality.changes_by_release()
    name = catalog.sources()["cbp_encounters"].name.en
    assert name in {row[0] for row in now.rows}
    assert name not in {row[0] for row in then.rows}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_newer_release_that_shares_no_figure_is_named_and_not_compared(small: Small, lang: str) -> None:
    """July 2020 stood against November 2021 as the register's newest release, with that of April 2026 at hand."""
    rows = months([10.0] * 12, "victims", VICTIM)
    for released in (date(2023, 1, 31), date(2023, 2, 28)):
        small.add("crime_victims", "sesnsp_victims", rows, released)
    small.use(lang)
    compared = quality.changes_by_release()
    small.add("crime_victims", "sesnsp_victims", [{**row, "part": "other"} for row in rows], date(2025, 4, 30))
    small.use(lang)
    left = quality.changes_by_release()
    assert left.rows == compared.rows
    (said,) = set(left.notes) - set(compared.notes)
    assert Text(lang).month(date(2025, 4, 30)) in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_releases_older_than_the_figures_held_of_them_say_so(small: Small, lang: str) -> None:
    """A finding told of the population of 2013 on a page whose edition holds it, and compares it, from 2014."""
    rows = months([10.0] * 12, "victims", VICTIM)
    reach = (rows[0]["period_start"], month_end(rows[-1]["period_start"]))
    small.add("crime_victims", "sesnsp_victims", rows, date(2023, 1, 31))
    small.add("crime_victims", "sesnsp_victims", rows, date(2023, 2, 28))
    small.use(lang)
    whole = quality.changes_by_release().notes
    cut = Small()
    for released in (date(2023, 1, 31), date(2023, 2, 28)):
        cut.add("crime_victims", "sesnsp_victims", rows, released, {"CNSP/38/15": (date(2015, 1, 1), reach[1])})
    cut.use(lang)
    (said,) = set(quality.changes_by_release().notes) - set(whole)
    assert Text(lang).month(reach[0]) in said
    assert Text(lang).month(date(2015, 1, 1)) in said
