"""The scorecard's headline lines over time, each on an axis and clock of its own, as small drawings for the index."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl
from markupsafe import Markup

from indicators import catalog
from indicators.catalog import Break
from indicators.catalog.models import Metric
from indicators.catalog.scorecard import goals
from indicators.charts import axes, points, tables
from indicators.charts.points import Line
from indicators.charts.style import render
from indicators.charts.tables import Caption
from indicators.i18n import Text
from indicators.metrics.series import MADE_ANEW, Series

BOX = {"width": 340, "height": 150, "left": 52, "right": 328, "top": 12, "bottom": 128}  # a drawing and its plot
IN_TABLE = 25  # periods: two years and the month before


@dataclass(frozen=True)
class Headline:
    """One line of the scorecard: its newest value in words, its drawing, and the table of the drawing."""

    name: str
    place: str
    value: str
    unit: str
    period: str
    svg: Markup
    table: Markup
    notes: tuple[str, ...]


def headlines(values: pl.DataFrame, text: Text) -> Iterator[Headline]:
    """Return the headline lines with a value in a report's ``metric_value``, in the scorecard's order."""
    for line in (line for goal in goals() for line in goal.lines if line.headline):
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
        announced = values.filter(metric=line.newer_metric or "", place=line.place, clock=str(metric.clock))
        yield _headline(series, metric, text, announced.filter(pl.col("period_end") > (series.through or date.min)))


def _headline(series: Series, metric: Metric, text: Text, announced: pl.DataFrame) -> Headline:
    """Return a headline; where a newer total was ``announced``, its value is that total."""
    name, place = metric.name[text.lang], points.place_name(series.place, text.lang)
    line = Line(f"{name}, {place}", series, points.points(series, text))
    row = series.frame.filter(pl.col("value").is_not_null()).row(-1, named=True)
    breaks = points.breaks_of([line])
    newest = Line(name, replace(series, frame=series.frame.tail(IN_TABLE)), line.points[-IN_TABLE:])
    caption = Caption(f"{series.metric}-{text.lang}".replace("_", "-"), line.name)
    period = text.period(row["period_start"], row["period_end"], series.clock)
    if (provenance := row.get("provenance")) in MADE_ANEW:  # an older report has no such column
        period += "; " + text.t(f"provenance.short.{provenance}")
    value, notes = points.with_value(line.points)[-1].words, points.break_notes(breaks, text)
    for total in announced.tail(1).iter_rows(named=True):
        notes = [text.t("index.drawn", value=value, period=period), *notes]
        value = text.value(total["value"], series.unit)
        period = text.period(total["period_start"], total["period_end"], series.clock)
        period += "; " + text.t("scorecard.announced", publisher=total["vintage"])
    return Headline(
        name=name,
        place=place,
        value=value,
        unit="" if series.unit == "share" else text.unit(series.unit),  # the value has its percent sign
        period=period,
        svg=Markup(_svg(line, breaks, text)),
        table=Markup(tables.html(points.table(caption, [newest], text).payload())),
        notes=(*notes, metric.caveat[text.lang]),
    )


def _svg(line: Line, breaks: Sequence[Break], text: Text) -> str:
    """Return the line from zero, broken where no points may be joined, dashed where it is not final."""
    marks, unit, valued = line.points, line.series.unit, points.with_value(line.points)
    ticks = axes.nice_ticks(0.0, max(map(points.by_value, valued)), 3, unit)
    first, last = marks[0].day, marks[-1].day

    def x(day: date) -> float:
        return BOX["left"] + (BOX["right"] - BOX["left"]) * (day - first).days / max(1, (last - first).days)

    def y(value: float) -> float:
        return BOX["bottom"] - (BOX["bottom"] - BOX["top"]) * value / ticks[-1]

    return render(
        "sparkline.svg.j2",
        **BOX,
        x=x,
        y=y,
        day_of=date.fromisoformat,
        ticks=zip(ticks, axes.tick_labels(ticks, unit, text), strict=True),
        days=zip(*axes.time_ticks(first, last, text, 6), strict=True),
        breaks=breaks,
        pieces=[piece for run in points.stretches(line.series, marks) for piece in points.pieces(run)],
        newest=valued[-1],
        alt=points.alt_series(line, text) + points.alt_rest(marks, breaks, text),
    )
