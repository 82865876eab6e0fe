"""Metrics of published figures: one figure a period, the others kept as disagreements.

Somebody else made these numbers, so nothing is summed or adjusted. A period of another clock (half a year, a
running count) is another series, asked for by its own window.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb
import polars as pl

from indicators import catalog
from indicators.catalog import Metric
from indicators.catalog.tables import FIGURE_MATURITY
from indicators.i18n import READ
from indicators.metrics.series import COLUMNS, Series
from indicators.metrics.windows import days
from indicators.periods import Clock
from indicators.warehouse.query import select

PERIOD = ["place", "period_start", "period_end", "clock"]
MATURITY = {"final": "final", "target": "final", "estimate": "provisional", "provisional": "provisional"}
MINUTES_A_DAY = 1440


def figures(connection: duckdb.DuckDBPyConnection, name: str, as_of: date) -> pl.DataFrame:
    """Every figure of a metric known on a day, of all clocks, the one a series takes first in its period.

    The firmest first (final, estimate, provisional), then the best grade of the source, then the newest, then
    the first publisher by name. Columns of the table ``published_figures``.
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
    """Of ``figures``: those that give another value than the one taken for their period, which is ``taken``."""
    first = pl.col("value").first().over(PERIOD)
    return rows.with_columns(taken=first).filter(pl.col("value") != pl.col("taken"))


def all_series(
    connection: duckdb.DuckDBPyConnection,
    one: Metric,
    as_of: date,
    places: Sequence[str] | None = None,
    window: Clock | None = None,
) -> dict[str, Series]:
    """A metric of published figures at every place it has any for (or at ``places``), of one clock."""
    clock = window or one.clock
    rows = figures(connection, one.id, as_of).filter(pl.col("clock") == str(clock))
    if places is not None:
        rows = rows.filter(pl.col("place").is_in(list(places)))
    return {
        str(place[0]): Series(
            metric=one.id,
            place=str(place[0]),
            source=one.id,  # a figure is comparable with figures of its own metric only
            clock=clock,
            unit=one.unit,
            kind="published",
            frame=_frame(one, found),
            breaks=catalog.breaks_of(one.id, clock),
        )
        for place, found in rows.group_by("place", maintain_order=True)
    }


def _frame(one: Metric, rows: pl.DataFrame) -> pl.DataFrame:
    """The figures taken, in the series' columns; the note tells grade and dissent: ``grade=C others=856|900``."""
    apart = disagreements(rows).group_by(PERIOD).agg(pl.col("value").unique().sort().alias("others"))
    taken = rows.unique(PERIOD, keep="first", maintain_order=True).join(apart, on=PERIOD, how="left")
    if one.unit == "share":
        divisor: pl.Expr = pl.lit(100.0)
    else:
        divisor = days() * MINUTES_A_DAY if one.minutes_of else pl.lit(1.0)
    others = pl.col("others").list.eval(pl.element().map_elements(_plain, pl.String)).list.join("|")
    return taken.with_columns(
        pl.col("value", "lower", "upper") / divisor,
        numerator=pl.lit(None, pl.Float64),
        denominator=pl.lit(None, pl.Float64),
        maturity=pl.col("maturity").replace_strict(MATURITY, return_dtype=pl.String),
        missing_code=pl.lit(None, pl.String),
        vintage=pl.format(
            "{} ({}), {}", "publisher", "document", pl.col("published_on").str.strip_prefix(READ)
        ),
        note=pl.concat_str(
            pl.format("grade={}", "grade"),
            pl.when(pl.col("maturity") == "estimate").then(pl.lit("estimate")),
            pl.format("others={}", others),
            separator=" ",
            ignore_nulls=True,
        ),
    ).select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items())


def _plain(value: float) -> str:
    return f"{value:.10g}"


def carries_status(found: Series) -> bool:
    """Whether the newest figure and the one before it both stand on more than the press (grade A or B)."""
    grades = found.frame["note"].tail(2).str.extract(r"grade=(\w)")
    return len(grades) == 2 and bool(grades.is_in(["A", "B"]).all())
