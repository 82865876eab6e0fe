"""Both sides of each outcome: what happens in one country beside its counterpart in the other.

The series of a pair share a time axis and nothing else: each has its own chart, clock, unit, breaks and scale, and
they are never summed, divided or told apart by a single number. Side by side is not cause.
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
from indicators.report import sentences
from indicators.report.sentences import Words
from indicators.report.view import View, where_held


@where_held
def panel(view: View, metric: str, place: str, window: Clock | str | None = None) -> charts.Chart:
    """One series of a pair, on the time axis that all panels of the page share."""
    series = view.series(metric, place, Clock(window) if window else None)
    shown = dataclasses.replace(series, frame=series.frame.filter(pl.col("period_end") >= view.span[0]))
    name, where = catalog.metrics()[metric].name[view.text.lang], view.place(place)
    return view.lines(
        [shown],
        [],
        id=view.id("context", metric, place),
        title=sentences.placed(name, where),
        span=view.span,
    )


def said(view: View, sides: Sequence[tuple[str, str]]) -> Words:
    """A sentence or three for each metric and place of a pair, as each stands alone."""
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
