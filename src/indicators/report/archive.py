"""The index of all reports, in both languages: the headline figures, every quarter and correction, and a feed."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from indicators import files
from indicators.charts.sparkline import headlines
from indicators.i18n import LANGUAGES, Text
from indicators.periods import parse_day
from indicators.report import assets, package, quarter, template
from indicators.report.data import SCHEMA
from indicators.report.feed import feed
from indicators.report.page import policy
from indicators.report.record import Run, reports

VALUES = "data/metric_value.parquet"


def write_index(folder: Path) -> Path:
    """Write ``index.html``, in both languages on one page, and ``feed.xml``."""
    runs = reports(folder)
    newest = next((run for run in runs if run["published"]), runs[0] if runs else None)
    values = _values(folder, newest)
    texts = {lang: Text(lang) for lang in LANGUAGES}
    has_data = {run["quarter"]: (folder / run["quarter"] / VALUES).exists() for run in runs}
    html = template.filled(
        "index.html.j2",
        runs=runs,
        newest=newest,
        texts=texts,
        headlines={lang: list(headlines(values, text)) for lang, text in texts.items()},
        has_data=has_data,
        json_ld=package.catalogue([run for run in runs if has_data[run["quarter"]]]),
        day=parse_day,
        words=quarter.words,
        first_page=first_page,
        style=assets.name("report.css"),
        policy=policy(),
    )
    for file, content in {"feed.xml": feed(runs), "index.html": html}.items():
        with files.file(folder / file) as beside:
            beside.write_text(content, encoding="utf-8")
    return folder / "index.html"


def _values(folder: Path, run: Run | None) -> pl.DataFrame:
    """Every metric value of a report; none of one that was made before reports had a data folder."""
    path = folder / str(run["quarter"] if run else "") / VALUES
    return pl.read_parquet(path) if path.exists() else pl.DataFrame(schema=SCHEMA)


def first_page(run: Run) -> str:
    """The page a reader opens first."""
    return f"{run['pages'][0]}.html"
