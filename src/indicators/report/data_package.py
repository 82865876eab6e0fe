"""The data folder of a report: every metric value, the data of each chart and table, and their description.

``metric_value`` contains each value of any page once. A metric of the catalogue that no page shows is added at the
places of its definition, so that the table has every metric with a value.
"""

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
from indicators.catalog.scorecard import goals
from indicators.charts.tables import to_csv
from indicators.i18n import LANGUAGES, Text
from indicators.metrics import compute, frames
from indicators.report.outputs import PageError, payloads
from indicators.warehouse.query import provenances, select

SCHEMA = {name: kind for name, kind in frames.FRAME.items() if name not in ("numerator", "denominator")}
KEY = ["metric", "place", "clock", "period_start", "period_end"]
NAME = "cross-border-crime-indicators"
LICENCE, LICENCE_TITLE, LICENCE_PAGE = "MIT", "MIT License", "https://opensource.org/license/mit"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
DATASET = "metric_value"
MEDIA = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
TYPES: dict[Any, str] = {pl.Date(): "date", pl.Boolean(): "boolean", pl.Float64(): "number", pl.Int64(): "integer"}
ISO_DAY = r"^\d{4}-\d{2}-\d{2}$"
Notebooks = Mapping[str, Sequence[NotebookNode]]  # the executed notebooks of each language


def write(
    folder: Path, connection: duckdb.DuckDBPyConnection, quarter: str, as_of: date, notebooks: Notebooks
) -> dict[str, Mapping[str, Any]]:
    """Write the data of a report into ``folder`` and return its description for a page's head, by language.

    The files are ``metric_value.csv`` and ``.parquet``; ``<lang>/<id>.csv`` of each chart, map and table;
    ``datapackage.json`` and ``CITATION.cff``. The same inputs make the same bytes. Raise PageError where two pages
    contradict each other.
    """
    shown = {lang: _by_id(books) for lang, books in notebooks.items()}
    csvs = [payload["csv"] for payload in next(iter(shown.values()), {}).values()]
    values = metric_values(csvs, connection, as_of)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{DATASET}.csv").write_text(to_csv(values), encoding="utf-8")
    values.write_parquet(folder / f"{DATASET}.parquet", compression="zstd", statistics=False)
    titles: dict[str, str] = {}
    for lang, payloads_by_id in shown.items():
        (folder / lang).mkdir(exist_ok=True)
        for name, payload in payloads_by_id.items():
            path = f"{lang}/{name}.csv"
            (folder / path).write_text(payload["csv"], encoding="utf-8")
            titles[path] = payload["title"]
    about = About(quarter, as_of, values, sources(connection, as_of))
    write_description(folder, about, titles)
    return {lang: json_ld(about, lang) for lang in shown}


def _by_id(books: Sequence[NotebookNode]) -> dict[str, Mapping[str, Any]]:
    """Return the payloads with data of a language, by id. Raise PageError for an id of two different payloads."""
    found: dict[str, Mapping[str, Any]] = {}
    for payload in (one for book in books for one in payloads(book) if one["csv"]):
        before = found.setdefault(payload["id"], payload)
        if before["csv"] != payload["csv"]:
            raise PageError(f'two pages show different data under the id "{payload["id"]}": rename one')
    return found


def metric_values(csvs: Iterable[str], connection: duckdb.DuckDBPyConnection, as_of: date) -> pl.DataFrame:
    """Return every metric value behind a report, one row for each KEY, sorted by it: the columns of SCHEMA.

    Raise PageError where two pages have different values of one metric, place and period.
    """
    empty = pl.DataFrame(schema={name: SCHEMA[name] for name in frames.CSV_COLUMNS})
    shown = pl.concat([empty, *_shown(csvs)])
    rest = pl.concat([empty, *_not_shown(set(shown["metric"]), connection, as_of)])
    units = {name: one.unit for name, one in catalog.metrics().items()}
    values = (
        pl.concat([shown, rest.filter(pl.col("period_end") <= as_of)])
        .unique()
        .with_columns(unit=pl.col("metric").replace_strict(units, return_dtype=pl.String))
        .select(list(SCHEMA))
        .sort(KEY)
    )
    twice = values.filter(pl.struct(KEY).is_duplicated())
    if not twice.is_empty():
        row = twice.row(0, named=True)
        raise PageError(
            f"two pages give {row['metric']}, {row['place']}, {row['clock']} {row['period_end']}"
            f" as {' and '.join(str(value) for value in twice['value'].head(2))}"
        )
    return values


def _shown(csvs: Iterable[str]) -> Iterator[pl.DataFrame]:
    """Yield the rows of the CSVs that contain metric values."""
    names = frames.CSV_COLUMNS
    for csv in csvs:
        if set(names) <= set(csv.partition("\n")[0].split(",")):
            yield pl.read_csv(StringIO(csv), columns=names, schema_overrides=SCHEMA).select(names)


def _not_shown(shown: set[str], connection: duckdb.DuckDBPyConnection, as_of: date) -> Iterator[pl.DataFrame]:
    """Yield the metrics of the catalogue that no page shows, each at the places of its definition."""
    for name, one in catalog.metrics().items():
        if name not in shown:
            named = [place for place in one.places() if place in catalog.places()]
            for series in compute.all_series(connection, name, as_of, named or None).values():
                yield frames.rows(series).select(frames.CSV_COLUMNS)
    for line in (line for goal in goals() for line in goal.lines if line.newer_metric not in (None, line.metric)):
        clock = catalog.metrics()[line.metric].clock  # announced totals have other clocks besides their own
        for series in compute.all_series(connection, str(line.newer_metric), as_of, [line.place], clock).values():
            yield frames.rows(series).select(frames.CSV_COLUMNS)


@dataclass(frozen=True)
class About:
    """A report's data folder: its metric values, and its sources as ``sources()`` returns them."""

    quarter: str
    as_of: date
    values: pl.DataFrame
    sources: list[dict[str, Any]]

    @property
    def covers(self) -> str:
        """The time from the first day with a value to the last one, in the form of ISO 8601."""
        valued = self.values.filter(pl.col("value").is_not_null())
        first, last = valued["period_start"].min(), valued["period_end"].max()
        return f"{first!s}/{last!s}"


def sources(connection: duckdb.DuckDBPyConnection, as_of: date) -> list[dict[str, Any]]:
    """Return the sources with a release by a day: address, licence, and day and provenance of the newest release."""
    known = provenances(connection)
    newest = select(
        connection,
        "SELECT source, max(released) AS released, arg_max(vintage, release_order) AS vintage"
        " FROM vintage WHERE released <= $day GROUP BY source ORDER BY source",
        {"day": as_of},
    )
    return [
        {
            "title": f"{source.agency.en}: {source.name.en}",
            "title_es": f"{source.agency.es}: {source.name.es}",
            "path": source.url,
            "version": released.isoformat(),
            "license": source.licence.en,
            "provenance": known[vintage],
        }
        for source, released, vintage in ((catalog.sources()[name], *rest) for name, *rest in newest.iter_rows())
    ]


def write_description(folder: Path, about: About, titles: Mapping[str, str]) -> None:
    """Describe the files of a data folder; ``titles`` are the titles of the charts' and tables' files, by path."""
    fields = [
        {"name": name, "type": TYPES.get(kind, "string"), "description": _both(f"column.{name}")}
        for name, kind in about.values.schema.items()
    ]
    schema = {"fields": fields, "primaryKey": KEY, "missingValues": [""]}
    table = {"rows": about.values.height, "schema": schema}
    resources = [
        _resource(folder, f"{DATASET}.{form}", DATASET + end, _both("values"), table)
        for form, end in (("csv", ""), ("parquet", "-parquet"))
    ]
    for path, title in titles.items():
        frame = pl.read_csv(folder / path, infer_schema_length=None)
        fields = [{"name": column.name, "type": _type_of(column)} for column in frame]
        lang, _, name = path.removesuffix(".csv").partition("/")
        table = {"rows": frame.height, "schema": {"fields": fields, "missingValues": [""]}}
        resources.append(_resource(folder, path, f"{name}-{lang}", title, table))
    descriptor = {
        "$schema": PROFILE,
        "name": f"{NAME}-{about.quarter.lower()}",
        "title": f"{_both('title')}, {about.quarter}",
        "description": _both("description"),
        "version": about.as_of.isoformat(),
        "licenses": [{"name": LICENCE, "title": LICENCE_TITLE, "path": LICENCE_PAGE}],
        "contributors": [{"title": Text("en").t("data.creator"), "roles": ["creator"]}],
        "temporal": about.covers,
        "sources": about.sources,
        "resources": resources,
    }
    content = json.dumps(descriptor, ensure_ascii=False, indent=1)
    (folder / "datapackage.json").write_text(f"{content}\n", encoding="utf-8")
    (folder / "CITATION.cff").write_text(citation(about), encoding="utf-8")


def _both(key: str) -> str:
    return " · ".join(Text(lang).t(f"data.{key}") for lang in LANGUAGES)


def _type_of(column: pl.Series) -> str:
    """Return the type in a table schema of a column read from CSV. (Polars looks for days ten times slower.)"""
    texts = column.drop_nulls()
    if column.dtype == pl.String and len(texts) and texts.str.contains(ISO_DAY).all():
        return "date"
    return TYPES.get(column.dtype, "string")


def _resource(folder: Path, path: str, name: str, title: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of a file; ``table`` has its rows and its schema."""
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
        **table,
    }


def citation(about: About) -> str:
    """Return the citation of the data and their sources. A JSON string is a YAML string too."""
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


def catalogue(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return all reports that have data as a schema.org DataCatalog, for the head of the index."""
    return {
        "@context": "https://schema.org",
        "@type": "DataCatalog",
        "name": Text("en").t("data.title"),
        "alternateName": Text("es").t("data.title"),
        "description": Text("en").t("data.description"),
        "inLanguage": list(LANGUAGES),
        **_open_data("en"),
        "dataset": [
            {
                "@type": "Dataset",
                "name": f"{Text('en').t('data.title')}, {run['quarter']}",
                "description": Text("en").t("data.description"),
                "version": run["as_of"],
                "license": LICENCE_PAGE,
                "distribution": _distribution(f"{run['quarter']}/data"),
            }
            for run in runs
        ],
    }


def json_ld(about: About, lang: str) -> dict[str, Any]:
    """Return the data as a schema.org Dataset, for the head of a page two folders beside it."""
    places = [catalog.places()[place].name(lang) for place in ("US", "MX")]
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": f"{Text(lang).t('data.title')}, {about.quarter}",
        "description": Text(lang).t("data.description"),
        "inLanguage": lang,
        "version": about.as_of.isoformat(),
        **_open_data(lang),
        "temporalCoverage": about.covers,
        "spatialCoverage": [{"@type": "Place", "name": place} for place in places],
        "isBasedOn": [one["path"] for one in about.sources],
        "distribution": _distribution("../data"),
    }


def _open_data(lang: str) -> dict[str, Any]:
    return {
        "license": LICENCE_PAGE,
        "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": Text(lang).t("data.creator")},
    }


def _distribution(folder: str) -> list[dict[str, str]]:
    return [
        {"@type": "DataDownload", "encodingFormat": kind, "contentUrl": f"{folder}/{DATASET}.{form}"}
        for form, kind in MEDIA.items()
    ]
