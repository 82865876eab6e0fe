"""The data folder of a report: every metric value behind it, and what each chart and table shows, with a description.

``metric_value`` holds, once, each value that a page shows as such. A metric of the catalogue that no page shows
is added at the places it is named for, so that the table has every metric of which something is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from nbformat import NotebookNode

from indicators import catalog
from indicators.charts.tables import to_csv
from indicators.metrics import compute, frames
from indicators.periods import parse_quarter
from indicators.report import package
from indicators.report.outputs import payloads
from indicators.report.prose import PageError

SCHEMA: dict[str, type[pl.DataType]] = {
    "metric": pl.String, "place": pl.String, "clock": pl.String,
    "period_start": pl.Date, "period_end": pl.Date,
    "value": pl.Float64, "lower": pl.Float64, "upper": pl.Float64, "unit": pl.String,
    "maturity": pl.String, "missing_code": pl.String, "vintage": pl.String, "note": pl.String,
}  # fmt: skip
KEY = ["metric", "place", "clock", "period_start", "period_end"]
Notebooks = Mapping[str, Sequence[NotebookNode]]  # the executed notebooks of each language


def write(
    folder: Path, connection: duckdb.DuckDBPyConnection, quarter: str, as_of: date, notebooks: Notebooks
) -> dict[str, Mapping[str, Any]]:
    """Write the data of a report into ``folder`` and return its description for a page's head, by language.

    ``metric_value.csv`` and ``.parquet``; ``<lang>/<id>.csv`` of each chart, map and table; ``datapackage.json``
    and ``CITATION.cff``. The same inputs give the same bytes. Raises PageError where two pages contradict
    each other.
    """
    shown = {lang: _by_id(books) for lang, books in notebooks.items()}
    one_language = next(iter(shown.values()), {})
    values = metric_values(
        [payload["csv"] for payload in one_language.values()], connection, as_of, parse_quarter(quarter)[1]
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metric_value.csv").write_text(to_csv(values), encoding="utf-8")
    values.write_parquet(folder / "metric_value.parquet", compression="zstd", statistics=False)
    for lang, items in shown.items():
        (folder / lang).mkdir(exist_ok=True)
        for id, payload in items.items():
            (folder / lang / f"{id}.csv").write_text(payload["csv"], encoding="utf-8")
    about = package.About(quarter, as_of, tuple(shown), values, package.sources(connection, as_of))
    titles = {f"{lang}/{id}.csv": one["title"] for lang, items in shown.items() for id, one in items.items()}
    package.write(folder, about, titles)
    return {lang: package.json_ld(about, lang) for lang in shown}


def _by_id(books: Sequence[NotebookNode]) -> dict[str, Mapping[str, Any]]:
    """What the notebooks of a language show and has data, by its id. Raises PageError for one id of two things."""
    found: dict[str, Mapping[str, Any]] = {}
    for payload in (one for book in books for one in payloads(book) if one["csv"]):
        before = found.setdefault(payload["id"], payload)
        if before["csv"] != payload["csv"]:
            raise PageError(f'two pages show different data under the id "{payload["id"]}": name one anew')
    return found


def metric_values(
    csvs: Iterable[str], connection: duckdb.DuckDBPyConnection, as_of: date, ends: date
) -> pl.DataFrame:
    """Every metric value behind a report, one row for each KEY, sorted by it: the columns of SCHEMA.

    Raises PageError where two pages give one metric, place and period different values.
    """
    shown = pl.concat([pl.DataFrame(schema=_read_as()), *_shown(csvs)])
    rest = pl.concat([pl.DataFrame(schema=_read_as()), *_not_shown(set(shown["metric"]), connection, as_of)])
    units = {name: one.unit for name, one in catalog.metrics().items()}
    values = (
        pl.concat([shown, rest.filter(pl.col("period_end") <= ends)])
        .unique()
        .with_columns(unit=pl.col("metric").replace_strict(units, return_dtype=pl.String))
        .select(list(SCHEMA))
        .sort(KEY)
    )
    twice = values.filter(pl.struct(KEY).is_duplicated())
    if not twice.is_empty():
        told = twice.row(0, named=True)
        raise PageError(
            f"two pages give {told['metric']}, {told['place']}, {told['clock']} {told['period_end']}"
            f" as {' and '.join(str(value) for value in twice['value'].head(2))}"
        )
    return values


def _read_as() -> dict[str, type[pl.DataType]]:
    return {name: SCHEMA[name] for name in frames.COLUMNS}


def _shown(csvs: Iterable[str]) -> Iterator[pl.DataFrame]:
    """The rows of those files that hold metric values as they leave the project."""
    for csv in csvs:
        if set(frames.COLUMNS) <= set(csv.partition("\n")[0].split(",")):
            yield pl.read_csv(StringIO(csv), columns=frames.COLUMNS, schema_overrides=SCHEMA).select(
                frames.COLUMNS
            )


def _not_shown(shown: set[str], connection: duckdb.DuckDBPyConnection, as_of: date) -> Iterator[pl.DataFrame]:
    """The metrics of the catalogue that no page shows, each at the places it is named for."""
    for name, one in catalog.metrics().items():
        if name not in shown:
            named = [place for place in one.places() if place in catalog.places()]
            for series in compute.all_series(connection, name, as_of, named or None).values():
                yield frames.rows(series).select(frames.COLUMNS)
