"""Metrics of published figures: one figure a period, and those that disagree with it.

Another publisher made these numbers, so nothing is summed or adjusted. A period of another clock (half a year, a
running count) belongs to another series, asked for by its own window.
"""

from datetime import date

import duckdb
import polars as pl

from indicators import catalog
from indicators.catalog import Metric
from indicators.catalog.tables import FIGURE_MATURITY
from indicators.i18n import READ
from indicators.metrics.counts import Question
from indicators.metrics.series import Series, series_frame
from indicators.warehouse.query import select

PERIOD = ["place", "period_start", "period_end", "clock"]
MATURITY = {"final": "final", "target": "final", "estimate": "provisional", "provisional": "provisional"}
MINUTES_A_DAY = 1440


def figures(connection: duckdb.DuckDBPyConnection, name: str, as_of: date) -> pl.DataFrame:
    """Return every figure of a metric published by a day, of all clocks; the first of a period is the one taken.

    They are sorted by firmness (final, estimate, provisional), then the best grade of the source, then the newest,
    then the name of the publisher. Columns of the table ``published_figures``.
    """
    base = catalog.metrics()[name].minutes_of or name
    rows = select(
        connection,
        "FROM published_figures_asof($day) WHERE metric = $metric ORDER BY ALL",
        {"day": as_of, "metric": base},
    )
    firmness = pl.col("maturity").cast(pl.Enum(FIGURE_MATURITY)).to_physical()
    newest_first = -pl.col("known_from").to_physical()
    return rows.sort(*PERIOD, firmness, "grade", newest_first, "publisher", "document", maintain_order=True)


def disagreements(rows: pl.DataFrame) -> pl.DataFrame:
    """Return those of ``figures`` whose value differs from the one taken for their period, ``taken``."""
    first = pl.col("value").first().over(PERIOD)
    return rows.with_columns(taken=first).filter(pl.col("value") != pl.col("taken"))


def all_series(asked: Question, metric: Metric) -> dict[str, Series]:
    """Return a metric of published figures, of one clock, by place."""
    clock = asked.window or metric.clock
    rows = figures(asked.connection, metric.id, asked.as_of).filter(pl.col("clock") == str(clock))
    if asked.places is not None:
        rows = rows.filter(pl.col("place").is_in(list(asked.places)))
    return {
        str(place): Series(
            metric=metric.id,
            place=str(place),
            source=metric.id,  # a figure is comparable with figures of its own metric only
            clock=clock,
            unit=metric.unit,
            kind="published",
            frame=_frame(metric, found),
            breaks=catalog.breaks_of(metric.id, clock),
        )
        for (place,), found in rows.group_by("place", maintain_order=True)
    }


def _frame(metric: Metric, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the figures taken as COLUMNS, with grade and other values in the note: ``grade=C others=856|900``."""
    apart = disagreements(rows).group_by(PERIOD).agg(pl.col("value").unique().sort().alias("others"))
    taken = rows.unique(PERIOD, keep="first", maintain_order=True).join(apart, on=PERIOD, how="left")
    divisor: pl.Expr | float = 100.0 if metric.unit == "share" else 1.0
    if metric.minutes_of:
        days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
        divisor = days * MINUTES_A_DAY
    plain = pl.element().map_elements(lambda value: f"{value:.10g}", pl.String)
    others = pl.col("others").list.eval(plain).list.join("|")
    figure = taken.with_columns(
        pl.col("value", "lower", "upper") / divisor,
        maturity=pl.col("maturity").replace_strict(MATURITY, return_dtype=pl.String),
        vintage=pl.format("{} ({}), {}", "publisher", "document", pl.col("published_on").str.strip_prefix(READ)),
        note=pl.concat_str(
            pl.format("grade={}", "grade"),
            pl.when(pl.col("maturity") == "estimate").then(pl.lit("estimate")),
            pl.format("others={}", others),
            separator=" ",
            ignore_nulls=True,
        ),
    )
    return series_frame(figure)


def carries_status(found: Series) -> bool:
    """Return true if the newest figure and the one before it have grade A or B: more than the press alone."""
    grades = found.frame["note"].tail(2).str.extract(r"grade=(\w)")
    return len(grades) == 2 and bool(grades.is_in(["A", "B"]).all())
