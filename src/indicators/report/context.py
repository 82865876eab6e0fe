"""Both sides of each outcome: the series of one country beside its counterpart in the other.

The series of a pair share a time axis and nothing else: each has its own chart, clock, unit, breaks and scale. They are
never summed, divided or compared by a single number. Side by side is not cause.
"""

import dataclasses
from collections.abc import Sequence

import polars as pl

from indicators import catalog, charts
from indicators.metrics.status import assess
from indicators.report import exhibits, scorecard, sentences
from indicators.report.sentences import Words
from indicators.report.view import Figures, View, current, one_series, where_held


@where_held
def panel(figures: Figures) -> charts.Chart:
    """Return one series of a pair, on the time axis that all panels of the page share."""
    view, series = current(), one_series(figures)
    shown = dataclasses.replace(series, frame=series.frame.filter(pl.col("period_end") >= view.span[0]))
    name = view.id("context", series.metric, series.place)
    title = sentences.placed(view.metric_name(series.metric), view.place(series.place))
    return exhibits.lines([shown], [], name, title=title, span=view.span)


def said(sides: Sequence[tuple[str, str]]) -> Words:
    """Return a few sentences for each metric and place of a pair, each line by itself."""
    view = current()
    return Words("\n".join(f"- {sentences.line(view.text, _line(view, *side))}" for side in sides))


def _line(view: View, name: str, place: str) -> sentences.Line:
    metric = catalog.metrics()[name]
    series = scorecard.series_of(view, metric, place)
    if series is None:
        return scorecard.without_figure(metric, place)
    latest = scorecard.over_twelve_months(metric, series)
    return sentences.Line(metric, place, series, latest, assess(metric, series))
