"""The scorecard's headline lines over time, each on an axis and clock of its own, as small drawings for the index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

import polars as pl
from markupsafe import Markup

from indicators import catalog
from indicators.catalog import Break
from indicators.catalog.scorecard import goals
from indicators.charts import axes, points, tables
from indicators.charts.points import Point
from indicators.i18n import Text
from indicators.metrics.series import Series

WIDTH, HEIGHT = 340, 150
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 12, 22  # of the drawing, around the plot
IN_TABLE = 25  # periods: two years and the month before


@dataclass(frozen=True)
class Headline:
    """One line: its newest value in words, its drawing, and the same for those who do not see it."""

    id: str
    name: str
    place: str
    value: str
    unit: str
    period: str
    svg: Markup
    table: Markup
    notes: tuple[str, ...]


def headlines(values: pl.DataFrame, text: Text) -> Iterator[Headline]:
    """The headline lines of which a report's ``metric_value`` holds something, in the scorecard's order."""
    for line in (one for goal in goals() for one in goal.lines if one.headline):
        metric = catalog.metrics()[line.metric]
        rows = values.filter(metric=line.metric, place=line.place, clock=str(metric.clock))
        if rows["value"].drop_nulls().is_empty():
            continue
        assert metric.table
        source = catalog.source_of(metric.table).id
        series = Series(
            metric.id, line.place, source, metric.clock, metric.unit, metric.kind, rows,
            catalog.breaks_of(source, metric.clock),
        )  # fmt: skip
        yield _headline(series, metric.name[text.lang], metric.caveat[text.lang], text)


def _headline(series: Series, name: str, caveat: str, text: Text) -> Headline:
    marks = points.points(series, text)
    last = next(mark for mark in reversed(marks) if mark.value is not None)
    row = series.frame.filter(pl.col("value").is_not_null()).row(-1, named=True)
    breaks = points.breaks_within([series], marks)
    place = points.place_name(series.place, text.lang)
    id = f"{series.metric}-{text.lang}".replace("_", "-")
    alt = points.alt_line(f"{name}, {place}", marks, series.unit, text, extremes=series.ranks)
    alt += points.alt_rest(marks, breaks, text)
    newest = Series(**{**vars(series), "frame": series.frame.tail(IN_TABLE)})
    table = points.table(id, f"{name}, {place}", [newest], [name], [marks[-IN_TABLE:]], text)
    return Headline(
        id=id,
        name=name,
        place=place,
        value=last.words,
        unit="" if series.unit == "share" else text.unit(series.unit),  # the value says percent itself
        period=text.period(row["period_start"], row["period_end"], series.clock),
        svg=Markup(_svg(series, marks, breaks, alt, text)),
        table=Markup(tables.html(table.payload())),
        notes=(*points.break_notes(breaks, text), caveat),
    )


def _svg(series: Series, marks: list[Point], breaks: Sequence[Break], alt: str, text: Text) -> str:
    """The line from zero, broken where nothing may be joined, dashed where it is not final."""
    top = max(mark.value for mark in marks if mark.value is not None)
    ticks = axes.nice_ticks(0.0, top, 3, series.unit)
    first, last = marks[0].day, marks[-1].day

    def x(day: date) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (day - first).days / max(1, (last - first).days)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / ticks[-1]

    drawn = [
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
        f'<text x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{escape(words)}</text>'
        for tick, words in zip(ticks, axes.tick_labels(ticks, series.unit, text), strict=True)
    ]
    years = axes.time_ticks(first, last, text, 6)
    for day, label in zip(*years, strict=True):
        at = max(float(LEFT), x(date.fromisoformat(day)))
        drawn.append(
            f'<text x="{at:.1f}" y="{HEIGHT - 5}" text-anchor="middle">{escape(label.partition("<br>")[0])}</text>'
        )
    for number, one in enumerate(breaks, 1):
        drawn.append(f'<path class="break" d="M{x(one.first):.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
        drawn.append(f'<text x="{x(one.first):.1f}" y="{TOP - 2}" text-anchor="middle">{number}</text>')
    for run in points.stretches(series, marks):
        for settled, piece in points.pieces(run):
            path = "L".join(f"{x(mark.day):.1f} {y(mark.value or 0.0):.1f}" for mark in piece)
            drawn.append(f'<path class="{"line" if settled else "line unsettled"}" d="M{path}"/>')
    newest = next(mark for mark in reversed(marks) if mark.value is not None)
    hollow = "" if newest.final else ' class="unsettled"'
    drawn.append(f'<circle{hollow} cx="{x(newest.day):.1f}" cy="{y(newest.value or 0.0):.1f}" r="4"/>')
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(alt)}">{"".join(drawn)}</svg>'
