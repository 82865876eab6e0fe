"""Both sides of each outcome: the series of one country beside its counterpart in the other.

The series of a pair share a time axis and nothing else: each has its own chart, clock, unit, breaks and scale. They are
never summed, divided or compared by a single number. Side by side is not cause.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import polars as pl

from indicators import catalog, charts
from indicators.errors import UsageError
from indicators.metrics.status import assess
from indicators.metrics.windows import windows
from indicators.periods import Clock
from indicators.report import exhibits, sentences
from indicators.report.sentences import Words
from indicators.report.view import Figures, View, current, one_series, where_held


@where_held
def panel(figures: Figures) -> charts.Chart:
    """Return one series of a pair, on the time axis that all panels of the page share."""
    view, series = current(), one_series(figures)
    shown = dataclasses.replace(series, frame=series.frame.filter(pl.col("period_end") >= view.span[0]))
    name, where = catalog.metrics()[series.metric].name[view.text.lang], view.place(series.place)
    return exhibits.lines(
        view,
        [shown],
        [],
        name=view.id("context", series.metric, series.place),
        title=sentences.placed(name, where),
        span=view.span,
    )


def said(sides: Sequence[tuple[str, str]]) -> Words:
    """A sentence or three for each metric and place of a pair, as each stands alone."""
    view = current()
    return Words("\n".join(f"- {_sentence(view, metric, place)}" for metric, place in sides))


def _sentence(view: View, name: str, place: str) -> str:
    text, metric = view.text, catalog.metrics()[name]
    try:
        series = view.series(name, place, Clock.MONTH if metric.kind == "share" else None)
    except UsageError:
        return sentences.without_figure(text, view.place(place), metric)
    found = assess(metric, series)
    ours = series.clock == Clock.MONTH and metric.kind != "published"
    latest = windows(series, Clock.TWELVE_MONTH_ROLLING) if ours else series
    return sentences.line(text, view.place(place), metric, latest, found.change, found, None)
