"""The table of years says where a break lies, as a chart does."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from drawn import BREAK, EN, ES, series
from indicators.charts.tables import Caption, Table
from indicators.i18n import Text
from indicators.metrics.windows import windows
from indicators.periods import Clock
from indicators.report import exhibits

AT = date(2020, 3, 20)


def table(text: Text, months: int = 48, **changes: object) -> Table:
    """Years from June 2019 on, with a break in March 2020 unless ``changes`` move it."""
    one = BREAK.model_copy(update={"first": AT, "last": AT, "blocks": True, **changes})
    made = windows(series(months, breaks=(one,), provisional=0), Clock.FISCAL_YEAR)
    return exhibits.years_of(
        [replace(made, metric="mx_homicide_victims")], text, Caption("y", source_line="s"), "Jalisco"
    )


@pytest.mark.parametrize(("text", "said"), [(EN, ["cut by 1", "after 1"]), (ES, ["cortado por 1", "después de 1"])])
def test_years_on_two_sides_of_title_42_say_so(text: Text, said: list[str]) -> None:
    """Encounters of 2019 to 2024 stood side by side on a page that refuses to compare them."""
    made = table(text)
    assert [row[2] for row in made.rows] == [said[0], said[1], said[1]]
    assert made.notes[0] == text.t("view.years_apart")
    assert BREAK.reason[text.lang] in made.notes[1]
    (before, *_) = table(text, first=date(2021, 3, 1), last=date(2021, 3, 1)).rows
    assert before[2] == text.t("view.before_break", n=1)


def test_a_year_of_two_metrics_has_the_weaker_provenance_of_the_two() -> None:
    one = windows(series(48, provisional=0), Clock.YEAR)
    frame = one.frame.with_columns(provenance=pl.lit("rebuilt"))
    many = [replace(one, metric="mx_homicide_victims"), replace(one, metric="mx_feminicide_victims", frame=frame)]
    made = exhibits.years_of(many, EN, Caption("y", source_line="s"), "Jalisco")
    assert pl.read_csv(made.csv.encode())["provenance"].unique().to_list() == ["rebuilt"]


@pytest.mark.parametrize("changes", [{"blocks": False}, {"first": date(2026, 1, 1), "last": date(2026, 1, 1)}])
def test_without_a_blocking_break_among_the_years_there_is_no_such_column(changes: dict[str, object]) -> None:
    made = table(EN, **changes)
    assert {len(row) for row in made.rows} == {3}
    assert made.notes == ()
    assert EN.t("view.column.break") not in {column.header for column in made.columns}
