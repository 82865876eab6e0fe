"""The data folder of a report: every metric value behind it, and what each chart and table shows, with a description.

``metric_value`` holds, once, each value that a page shows as such. A metric of the catalogue that no page shows
is added at the places it is named for, so that the table has every metric of which something is known.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from nbformat import NotebookNode

from indicators import catalog
from indicators.charts.tables import to_csv
from indicators.i18n import LANGUAGES, Text
from indicators.metrics import compute, frames
from indicators.periods import parse_quarter
from indicators.report.outputs import PageError, payloads
from indicators.warehouse.query import select

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
    about = About(quarter, as_of, tuple(shown), values, sources(connection, as_of))
    titles = {f"{lang}/{id}.csv": one["title"] for lang, items in shown.items() for id, one in items.items()}
    write_description(folder, about, titles)
    return {lang: json_ld(about, lang) for lang in shown}


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
    return {name: SCHEMA[name] for name in frames.CSV_COLUMNS}


def _shown(csvs: Iterable[str]) -> Iterator[pl.DataFrame]:
    """The rows of those files that hold metric values as they leave the project."""
    for csv in csvs:
        if set(frames.CSV_COLUMNS) <= set(csv.partition("\n")[0].split(",")):
            yield pl.read_csv(StringIO(csv), columns=frames.CSV_COLUMNS, schema_overrides=SCHEMA).select(
                frames.CSV_COLUMNS
            )


def _not_shown(shown: set[str], connection: duckdb.DuckDBPyConnection, as_of: date) -> Iterator[pl.DataFrame]:
    """The metrics of the catalogue that no page shows, each at the places it is named for."""
    for name, one in catalog.metrics().items():
        if name not in shown:
            named = [place for place in one.places() if place in catalog.places()]
            for series in compute.all_series(connection, name, as_of, named or None).values():
                yield frames.rows(series).select(frames.CSV_COLUMNS)


NAME = "cross-border-crime-indicators"
LICENCE, LICENCE_TITLE, LICENCE_PAGE = "MIT", "MIT License", "https://opensource.org/license/mit"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
DATASET = "metric_value"
MEDIA = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
TYPES: tuple[tuple[Any, str], ...] = (
    (pl.Date, "date"),
    (pl.Boolean, "boolean"),
    (pl.Float64, "number"),
    (pl.Int64, "integer"),
)
ISO_DAY = r"^\d{4}-\d{2}-\d{2}$"


@dataclass(frozen=True)
class About:
    """What a report's data folder says of itself; ``sources`` as ``sources()`` has them."""

    quarter: str
    as_of: date
    langs: tuple[str, ...]
    values: pl.DataFrame
    sources: list[dict[str, Any]]

    @property
    def covers(self) -> str:
        """The time from the first day to the last of which there is a value, as ISO 8601 writes it."""
        known = self.values.filter(pl.col("value").is_not_null())
        first, last = known["period_start"].min(), known["period_end"].max()
        assert isinstance(first, date)
        assert isinstance(last, date)
        return f"{first}/{last}"


def sources(connection: duckdb.DuckDBPyConnection, as_of: date) -> list[dict[str, Any]]:
    """The sources known on a day, each with its address, licence, and the day of its newest release."""
    known = select(
        connection,
        "SELECT source, max(released) AS released FROM vintage WHERE released <= $day GROUP BY source ORDER BY source",
        {"day": as_of},
    )
    found = []
    for name, released in known.iter_rows():
        one = catalog.sources()[name]
        found.append(
            {
                "title": f"{one.agency.en}: {one.name.en}",
                "title_es": f"{one.agency.es}: {one.name.es}",
                "path": one.url,
                "version": released.isoformat(),
                "license": one.licence.en,
            }
        )
    return found


def write_description(folder: Path, about: About, titles: Mapping[str, str]) -> None:
    """Describe the files of a data folder; ``titles`` are those of the charts' and tables' files, by path."""
    english, spanish = Text("en"), Text("es")
    both = {key: f"{english.t(f'data.{key}')} · {spanish.t(f'data.{key}')}" for key in ("title", "values")}
    schema = {
        "fields": [_described(name, kind, english, spanish) for name, kind in about.values.schema.items()],
        "primaryKey": ["metric", "place", "clock", "period_start", "period_end"],
        "missingValues": [""],
    }
    resources = [
        _resource(folder, f"{DATASET}.{form}", DATASET + end, both["values"], schema, about.values.height)
        for form, end in (("csv", ""), ("parquet", "-parquet"))
    ]
    for path, title in titles.items():
        frame = pl.read_csv(folder / path, infer_schema_length=None)
        fields = [{"name": column.name, "type": _type_of(column)} for column in frame]
        lang, _, id = path.removesuffix(".csv").partition("/")
        shown = {"fields": fields, "missingValues": [""]}
        resources.append(_resource(folder, path, f"{id}-{lang}", title, shown, frame.height))
    descriptor = {
        "$schema": PROFILE,
        "name": f"{NAME}-{about.quarter.lower()}",
        "title": f"{both['title']}, {about.quarter}",
        "description": f"{english.t('data.description')} · {spanish.t('data.description')}",
        "version": about.as_of.isoformat(),
        "licenses": [{"name": LICENCE, "title": LICENCE_TITLE, "path": LICENCE_PAGE}],
        "contributors": [{"title": english.t("data.creator"), "roles": ["creator"]}],
        "temporal": about.covers,
        "sources": about.sources,
        "resources": resources,
    }
    (folder / "datapackage.json").write_text(
        json.dumps(descriptor, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    (folder / "CITATION.cff").write_text(citation(about), encoding="utf-8")


def catalogue(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """All reports that have data as a schema.org DataCatalog, for the head of the index beside their folders."""
    english, spanish = Text("en"), Text("es")
    return {
        "@context": "https://schema.org",
        "@type": "DataCatalog",
        "name": english.t("data.title"),
        "alternateName": spanish.t("data.title"),
        "description": english.t("data.description"),
        "inLanguage": list(LANGUAGES),
        "license": LICENCE_PAGE,
        "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": english.t("data.creator")},
        "dataset": [
            {
                "@type": "Dataset",
                "name": f"{english.t('data.title')}, {run['quarter']}",
                "description": english.t("data.description"),
                "version": run["as_of"],
                "license": LICENCE_PAGE,
                "distribution": _distribution(f"{run['quarter']}/data"),
            }
            for run in runs
        ],
    }


def _distribution(folder: str) -> list[dict[str, str]]:
    return [
        {"@type": "DataDownload", "encodingFormat": MEDIA[form], "contentUrl": f"{folder}/{DATASET}.{form}"}
        for form in MEDIA
    ]


def _described(name: str, kind: pl.DataType, english: Text, spanish: Text) -> dict[str, str]:
    words = f"{english.t(f'data.column.{name}')} · {spanish.t(f'data.column.{name}')}"
    return {"name": name, "type": field_type(kind), "description": words}


def _type_of(column: pl.Series) -> str:
    """What a table schema calls the type of a column read from CSV. (Polars looks for days ten times slower.)"""
    texts = column.drop_nulls()
    if column.dtype == pl.String and len(texts) and texts.str.contains(ISO_DAY).all():
        return "date"
    return field_type(column.dtype)


def field_type(kind: pl.DataType) -> str:
    """What a table schema calls a type of a column."""
    return next((name for one, name in TYPES if kind == one), "string")


def _resource(
    folder: Path, path: str, name: str, title: str, schema: dict[str, Any], rows: int
) -> dict[str, Any]:
    content = (folder / path).read_bytes()
    form = path.rpartition(".")[2]
    return {
        "name": name,
        "type": "table",
        "path": path,
        "title": title,
        "format": form,
        "mediatype": MEDIA[form],
        **({"encoding": "utf-8"} if form == "csv" else {}),
        "bytes": len(content),
        "hash": f"sha256:{sha256(content).hexdigest()}",
        "rows": rows,
        "schema": schema,
    }


def citation(about: About) -> str:
    """How to cite the data, and what they stand on. A JSON string is a YAML string too."""
    text = Text("en")
    lines = [
        "cff-version: 1.2.0",
        f"message: {json.dumps(text.t('data.cite'))}",
        f"title: {json.dumps(text.t('data.title') + ', ' + about.quarter)}",
        "type: dataset",
        f"authors:\n  - name: {json.dumps(text.t('data.creator'))}",
        f"version: {json.dumps(f'{about.quarter}, data as of {about.as_of}')}",
        f"date-released: {about.as_of}",
        f"license: {LICENCE}",
        "references:",
    ]
    for one in about.sources:
        agency, _, title = one["title"].partition(": ")
        lines += [
            "  - type: data",
            f"    title: {json.dumps(title, ensure_ascii=False)}",
            f"    authors:\n      - name: {json.dumps(agency, ensure_ascii=False)}",
            f"    url: {json.dumps(one['path'])}",
            f"    version: {json.dumps('release of ' + one['version'])}",
        ]
    return "\n".join(lines) + "\n"


def json_ld(about: About, lang: str) -> dict[str, Any]:
    """The data as a schema.org Dataset, for the head of a page two folders beside it."""
    text = Text(lang)
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": f"{text.t('data.title')}, {about.quarter}",
        "description": text.t("data.description"),
        "inLanguage": lang,
        "version": about.as_of.isoformat(),
        "license": LICENCE_PAGE,
        "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": text.t("data.creator")},
        "temporalCoverage": about.covers,
        "spatialCoverage": [
            {"@type": "Place", "name": catalog.places()[place].name(lang)} for place in ("US", "MX")
        ],
        "isBasedOn": [one["path"] for one in about.sources],
        "distribution": _distribution("../data"),
    }
