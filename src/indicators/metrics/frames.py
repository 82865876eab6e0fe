"""Series as tidy frames, one row a period, and the way back from a frame to its series.

A frame holds ids and values; breaks, source and kind of a series follow from the catalogue. So a filtered frame can
still be charted, and no comparison crosses a break that the whole series has.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import polars as pl

from indicators import catalog
from indicators.catalog import Break
from indicators.catalog.base import read_toml
from indicators.errors import UsageError
from indicators.metrics.series import Series, series_frame, weakest
from indicators.periods import Clock

CSV_COLUMNS = [  # of CSV files and of the command line
    "metric", "place", "period_start", "period_end", "clock", "value", "lower", "upper",
    "maturity", "missing_code", "vintage", "provenance", "note",
]  # fmt: skip
FRAME: dict[str, type[pl.DataType]] = {  # of a notebook
    "metric": pl.String, "place": pl.String, "clock": pl.String, "period_start": pl.Date, "period_end": pl.Date,
    "value": pl.Float64, "lower": pl.Float64, "upper": pl.Float64, "unit": pl.String, "maturity": pl.String,
    "missing_code": pl.String, "vintage": pl.String, "provenance": pl.String, "numerator": pl.Float64,
    "denominator": pl.Float64, "note": pl.String,
}  # fmt: skip


def rows(series: Series) -> pl.DataFrame:
    """Return a series as rows of CSV_COLUMNS, one a period."""
    return to_frame(series).select(CSV_COLUMNS)


def in_words(table: pl.DataFrame) -> pl.DataFrame:
    """Return rows for a reader in English: the provenance in words."""
    texts = read_toml(Path(catalog.__file__).parent / "text" / "en.toml")  # a query loads no texts of both languages
    return table.with_columns(pl.col("provenance").replace(texts["provenance"]["short"]))


def to_frame(series: Series) -> pl.DataFrame:
    """Return a series as rows of FRAME, one a period."""
    ids = {"metric": series.metric, "place": series.place, "clock": str(series.clock), "unit": series.unit}
    return series.frame.with_columns(pl.lit(value).alias(name) for name, value in ids.items()).select(list(FRAME))


def resting_on(numbers: pl.DataFrame, many: Iterable[Series]) -> pl.DataFrame:
    """Return numbers of which each rests on whole series, with the weakest provenance of any of their values."""
    found = weakest(code for series in many for code in series.frame["provenance"].unique())
    return numbers.with_columns(provenance=pl.lit(found, pl.String))


def absent(metric: str, place: str, clock: Clock, as_of: date) -> pl.DataFrame:
    """Return one row of FRAME without a value, for a metric of which no release was out by a day."""
    row = {"metric": metric, "place": place, "clock": str(clock), "unit": catalog.metrics()[metric].unit}
    why = {"missing_code": "not_published", "note": f"no release was out by {as_of}"}
    return pl.DataFrame([row | why], FRAME)


def from_frame(frame: pl.DataFrame) -> list[Series]:
    """Return the series of a frame, in the order of their first rows; rows without a period are left out.

    The frame has the columns of FRAME, others are ignored. Raise UsageError for a frame that lacks a column, or a
    metric that the catalogue does not have.
    """
    if lacking := [name for name in FRAME if name not in frame.columns]:
        raise UsageError(f"the frame has no column {', '.join(lacking)}: take one from indicators.metric(...)")
    frame = frame.select(pl.col(name).cast(kind) for name, kind in FRAME.items())
    if unknown := sorted(set(frame["metric"]) - set(catalog.metrics())):
        raise UsageError(f'no metric is called "{unknown[0]}": see indicators.all_metrics()')
    return [
        _series(str(name), str(place), Clock(str(clock)), found)
        for (name, place, clock), found in frame.group_by("metric", "place", "clock", maintain_order=True)
    ]


def _series(name: str, place: str, clock: Clock, frame: pl.DataFrame) -> Series:
    source, breaks, equal_age = described(name, clock)
    periods = frame.filter(pl.col("period_end").is_not_null())
    kind = catalog.metrics()[name].kind
    return Series(
        metric=name,
        place=place,
        source=source,
        clock=clock,
        unit=str(frame["unit"][0]),
        kind="ratio" if kind == "quotient" else kind,
        frame=series_frame(periods).sort("period_start", "period_end", maintain_order=True),
        breaks=breaks,
        equal_age=equal_age,
    )


def described(name: str, clock: Clock) -> tuple[str, tuple[Break, ...], bool]:
    """Return the source of a metric, its breaks over periods of a clock, and true if only equal ages compare."""
    metric = catalog.metrics()[name]
    if metric.over:
        top, bottom = (described(part, metric.clock) for part in metric.over)
        breaks = {found.id: found for found in (*top[1], *bottom[1])}
        return top[0], tuple(breaks.values()), top[2] or bottom[2]
    if metric.table:
        source = catalog.source_of(metric.table).id
        return source, catalog.breaks_of(source, metric.clock), metric.equal_age
    return name, catalog.breaks_of(name, clock), False
