"""The register of the missing: movements that add up, and none told across a break."""

from datetime import date, timedelta

import pytest

import indicators
from indicators import catalog, charts
from indicators.metrics import compute, frames
from indicators.report import missing_persons
from indicators.report.sentences import Words
from small_warehouse import (
    LANGUAGES,
    MISSING,
    MONTHS,
    Row,
    Small,
    homicides,
    months,
    words,
)


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
    snapshot(small, date(2022, 1, 31), {2019: 90, 2020: 125, 2021: 80, None: 20}, {2019: 45, 2020: 40, 2021: 20})
    small.use(lang)
    table = missing_persons.decomposition()
    assert not isinstance(table, Words)
    counts = [int(row[1].replace("−", "-").replace(",", "")) for row in table.rows]
    assert counts == [250, 100, 15, -35, -15, 315]
    assert sum(counts[:-1]) == counts[-1]
    assert "250" in table.title
    assert "315" in table.title


def test_where_located_people_were_not_captured_no_line_calls_an_exit_found(small: Small) -> None:
    snapshot(small, date(2021, 1, 31), {2019: 100, 2020: 100}, {2019: 40})
    snapshot(small, date(2022, 1, 31), {2019: 90, 2020: 130}, {})
    small.use()
    table = missing_persons.decomposition()
    assert not isinstance(table, Words)
    assert [row[1] for row in table.rows] == ["200", "0", "+30", "−10", "220"]
    assert table.rows[3][0].startswith("Located, removed or re-dated")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rnpdno_census_2023_no_movements_are_told_across_the_break(small: Small, lang: str) -> None:
    for day in (date(2023, 1, 31), date(2024, 1, 31)):
        snapshot(small, day, {2019: 100, 2020: 120}, {})
    (broken,) = [one for one in catalog.breaks() if one.id == "rnpdno_census_2023"]
    small.use(lang)
    assert broken.reason[lang] in words(missing_persons.decomposition())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_two_days_of_the_register_are_bars_and_no_empty_chart(small: Small, lang: str) -> None:
    """Two dots stood in the corners of a chart over time, where nothing can be told between them."""
    snapshot(small, date(2021, 1, 31), {2019: 100}, {})
    snapshot(small, date(2022, 1, 31), {2019: 90}, {})
    small.use(lang)
    chart = indicators.chart(indicators.metric("mx_missing_stock", "MX"))
    assert isinstance(chart, charts.Chart)
    assert chart.payload()["figure"]["data"][0]["type"] == "bar"
    assert [row[1] for row in chart.table.rows] == ["100", "90"]
    assert set(frames.CSV_COLUMNS) <= set(chart.data.columns)


def test_one_snapshot_has_no_movements(small: Small) -> None:
    snapshot(small, date(2021, 1, 31), {2019: 100}, {})
    snapshot(small, date(2022, 1, 31), {2019: 90}, {})
    small.use(quarter="2021Q2", as_of=date(2021, 6, 30))
    assert "it takes two" in words(missing_persons.decomposition())


def test_killings_and_disappearances_stand_side_by_side_and_are_never_added(small: Small) -> None:
    homicides(small, lambda _: 10)
    rows = months([100.0] * MONTHS, "persons", MISSING, clock="month", part="missing")
    small.add("missing_persons", "rnpdno", rows)
    view = small.use()
    killed = sum(compute.series(view.connection, "mx_homicide_victims", "MX", view.as_of).frame["value"][-12:])
    said = words(missing_persons.joint())
    text = view.text
    assert text.amount(killed, "victims") in said
    assert "1,200 were still missing" in said
    assert f"{text.number(100 * 1200 / killed)} for every 100" in said
    assert text.number(killed + 1200) not in said
    assert "No clear change" in said
    first, second = missing_persons.joint_killings(), missing_persons.joint_missing()
    assert isinstance(first, charts.Chart)
    assert isinstance(second, charts.Chart)
    axes = [one.payload()["figure"]["layout"]["xaxis"]["range"] for one in (first, second)]
    assert axes[0] == axes[1]
    assert [one.table.rows[0][1] for one in (first, second)] == [text.number(killed), "1,200"]
