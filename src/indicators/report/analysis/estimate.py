"""The newest months as reported, beside what they will come to: only where a back-test finds that this helps."""

from __future__ import annotations

import math
from typing import Any

import polars as pl

from indicators.charts import tables
from indicators.charts.tables import Column
from indicators.i18n import Text
from indicators.metrics import nowcast as estimates
from indicators.metrics.nowcast import CONFIDENCE, Nowcast
from indicators.report.analysis.naming import called
from indicators.report.sentences import Words
from indicators.report.view import Figures, current, one_series, where_held

Row = dict[str, Any]


@where_held
def nowcast(figures: Figures) -> tables.Table | Words:
    """Return the newest months of a metric at one place as reported, beside what they will come to once mature.

    The table is shown only where a back-test on the releases at hand finds that the estimate is nearer than the
    figure as reported; words say so where it is not. The reported figure is never replaced. Raises UsageError for a
    frame with several series.

    >>> import indicators
    >>> homicides = indicators.metric("mx_homicide_victims", "MX")
    >>> "Victims of intentional homicide" in indicators.nowcast(homicides).markdown
    True
    """
    view, series = current(), one_series(figures)
    text, metric, place = view.text, series.metric, series.place
    found = estimates.nowcast(view.connection, metric, place, view.as_of)
    shown = found.frame.filter(pl.col("period_end") <= view.ends).sort("period_start", descending=True)
    named = called(view, series)
    if found.reason:
        why = text.t(f"nowcast.{found.reason}")
        return Words(" ".join([text.t("nowcast.heading", **named), why, *_tested(text, found, series.unit)]))
    if shown.is_empty():
        return Words(" ".join([text.t("nowcast.heading", **named), text.t("nowcast.all_mature")]))
    newest = shown.row(0, named=True)
    lower, upper = _outward(text, newest, series.unit)
    said = text.t(
        "nowcast.estimate",
        reported=text.amount(newest["reported"], series.unit),
        estimate=text.value(newest["estimate"], series.unit),
        confidence=text.percent(CONFIDENCE, 0),
        lower=lower,
        upper=upper,
    )
    names = ("month", "reported", "estimate", "interval")
    interval = {"confidence": text.percent(CONFIDENCE, 0)}
    return tables.Table(
        id=view.id(metric, place, "nowcast"),
        title=text.t("nowcast.title", **named, month=text.month(newest["period_end"]), estimate=said),
        columns=tuple(
            Column(
                text.t(f"nowcast.column.{name}", **(interval if name == "interval" else {})), name != "month"
            )
            for name in names
        ),
        rows=tuple(_young(text, row, series.unit) for row in shown.iter_rows(named=True)),
        notes=(text.t("nowcast.note"), *_tested(text, found, series.unit)),
        source_line=view.source_line([series]),
        csv=tables.to_csv(shown),
        lang=text.lang,
    )


def _young(text: Text, row: Row, unit: str) -> tuple[str, ...]:
    """A month that is not mature yet: as reported, as estimated, and the interval of the estimate."""
    lower, upper = _outward(text, row, unit)
    return (
        text.month(row["period_end"]),
        text.value(row["reported"], unit),
        text.value(row["estimate"], unit),
        text.t("number.interval", lower=lower, upper=upper),
    )


def _outward(text: Text, row: Row, unit: str) -> tuple[str, str]:
    """The interval rounded outward, so that it never claims more than it is."""
    return text.value(math.floor(row["lower"]), unit), text.value(math.ceil(row["upper"]), unit)


def _tested(text: Text, found: Nowcast, unit: str) -> list[str]:
    """How the estimates did in the back-test, where there was one."""
    test = found.test
    if test.rows.is_empty():
        return []
    return [
        text.t(
            "nowcast.test",
            n=test.releases,
            error=text.number(test.error, 1),
            unadjusted=text.number(test.error_unadjusted, 1),
            unit=text.unit(unit),
            coverage=text.percent(test.coverage, 0),
            confidence=text.percent(CONFIDENCE, 0),
        )
    ]
