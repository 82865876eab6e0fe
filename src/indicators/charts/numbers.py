"""The table below a chart over time: its points as a reader sees them, the newest first."""

from __future__ import annotations

from collections.abc import Sequence

from indicators.catalog.schema import MATURITIES
from indicators.charts import points
from indicators.charts.points import Point
from indicators.i18n import Text
from indicators.metrics.series import Series
from indicators.tables import Column, Table

MOST = 60  # periods; the CSV file has them all


def table(
    id: str,
    title: str,
    many: Sequence[Series],
    labels: Sequence[str],
    told: Sequence[list[Point]],
    text: Text,
) -> Table:
    """A row a period: one series with interval and maturity, or several beside each other with the maturity
    of the least settled. Of long series the latest MOST periods, and a note that says so."""
    with_interval = len(many) == 1 and any(mark.lower is not None for mark in told[0])
    columns = [Column(text.clock(many[0].clock)), *(Column(label, numeric=True) for label in labels)]
    if with_interval:
        columns.append(Column(text.t("chart.interval"), numeric=True))
    columns.append(Column(text.t("chart.status")))

    by_day = [{mark.day: mark for mark in line} for line in told]
    days = sorted({mark.day for line in told for mark in line}, reverse=True)
    rows = []
    for day in days[:MOST]:
        marks = [line.get(day) for line in by_day]
        known = [mark for mark in marks if mark]
        row = [known[0].label, *(_value(mark, text) for mark in marks)]
        if with_interval:
            row.append(points.interval_words(known[0], many[0].unit, text))
        worst = max((mark.maturity for mark in known), key=MATURITIES.index)
        rows.append((*row, text.t(f"maturity.{worst}")))
    notes = (text.t("chart.latest_note", n=MOST),) if len(days) > MOST else ()
    return Table(id, title, tuple(columns), tuple(rows), notes, lang=text.lang)


def _value(mark: Point | None, text: Text) -> str:
    return points.value_words(mark, text) if mark else text.number(None)
