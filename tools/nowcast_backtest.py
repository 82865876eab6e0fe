"""Back-test the nowcasts on the releases in the warehouse: ``make backtest``.

The table is printed; docs/methods/nowcast is written in both languages, with every number computed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from indicators import catalog
from indicators.i18n import LANGUAGES
from indicators.metrics import nowcast
from indicators.metrics.nowcast import MATURE_MONTHS
from indicators.paths import home
from indicators.periods import Clock
from indicators.warehouse.query import connect, select
from markdown_blocks import table

TEMPLATES = Path(__file__).parent / "templates"
PAGE = "docs/methods/nowcast.{lang}.md"
SERIES = [
    ("mx_homicide_victims", "MX"),
    ("mx_feminicide_victims", "MX"),
    ("mx_homicide_cases", "MX"),
    ("mx_feminicide_cases", "MX"),
    ("mx_missing_new", "MX"),
    ("sw_encounters", "US-SWB"),
    ("sw_encounters", "US"),
    ("fentanyl_seized_lb", "US"),
    ("fentanyl_seizure_events", "US"),
    ("methamphetamine_seized_lb", "US"),
]
WHY = {
    "en": {
        None: "shown",
        "too_few_releases": "none: too few releases",
        "not_better": "none: no better than the reported figure",
        "interval_misses": "none: the interval misses too often",
    },
    "es": {
        None: "se muestra",
        "too_few_releases": "ninguna: muy pocos cortes",
        "not_better": "ninguna: no mejor que la cifra reportada",
        "interval_misses": "ninguna: el intervalo falla demasiado",
    },
}
FACTORS = {
    "en": "## Revision factors: {name}, {place}, as of {day}",
    "es": "## Factores de revisión: {name}, {place}, al {day}",
}


@dataclass(frozen=True)
class Tested:
    """The nowcast of one series as of a day, with its test."""

    as_of: date
    nowcast: nowcast.Nowcast


def run(connection: duckdb.DuckDBPyConnection) -> list[Tested]:
    """Return the nowcast of every series in SERIES from all releases in the warehouse.

    A series whose instrument has changed is also tested as of the last release before each change.
    """
    tested = []
    for name, place in SERIES:
        metric = catalog.metrics()[name]
        assert metric.table
        for day in _days(connection, catalog.source_of(metric.table)):
            tested.append(Tested(day, nowcast.nowcast(connection, name, place, day)))
    return tested


def _days(connection: duckdb.DuckDBPyConnection, source: catalog.Source) -> list[date]:
    """Return the last release day before each change of the source's instrument, and the last of all.

    A source without a release in the warehouse gets the last release day of any source.
    """
    releases = select(connection, "FROM vintage WHERE source = $source", {"source": source.id})
    ends = [brk.first for brk in catalog.breaks_of(source.id, Clock.MONTH) if brk.splits]
    days = [releases.filter(pl.col("data_through") < end)["released"].max() for end in [*ends, date.max]]
    found = list(dict.fromkeys(day for day in days if isinstance(day, date)))
    return found or select(connection, "SELECT max(released) AS day FROM vintage")["day"].to_list()


def results(tested: list[Tested], lang: str) -> pl.DataFrame:
    """Return a row for each series: the size of the test, the errors with and without nowcast, the decision."""
    rows = [
        {
            "metric": one.nowcast.metric,
            "place": one.nowcast.place,
            "as_of": one.as_of,
            "releases": one.nowcast.test.releases,
            "estimates": one.nowcast.test.rows.height,
            "error_reported": _number(one.nowcast.test.error_unadjusted),
            "error_nowcast": _number(one.nowcast.test.error),
            "releases_won": one.nowcast.test.releases_won,
            "coverage": _number(one.nowcast.test.coverage),
            "mature_releases": one.nowcast.test.rows["mature_vintage"].n_unique(),
            "decision": WHY[lang][one.nowcast.reason],
        }
        for one in tested
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def document(connection: duckdb.DuckDBPyConnection, tested: list[Tested], lang: str) -> str:
    """Return the page docs/methods/nowcast in ``lang``."""
    shown = [one for one in tested if one.nowcast.reason is None]
    return (TEMPLATES / f"nowcast.{lang}.md").read_text(encoding="utf-8").format(
        mature_months=MATURE_MONTHS,
        pairs_min=nowcast.PAIRS_MIN,
        confidence=nowcast.NOWCAST_CONFIDENCE,
        gain_min=nowcast.GAIN_MIN,
        slack_points=100 * nowcast.COVERAGE_SLACK,
        test=_markdown(results(tested, lang)),
        factors="\n\n".join(_factors(one, lang) for one in shown),
        releases=_markdown(_releases(connection, tested)),
    )  # fmt: skip


def _factors(one: Tested, lang: str) -> str:
    name = getattr(catalog.metrics()[one.nowcast.metric].name, lang)
    title = FACTORS[lang].format(name=name, place=one.nowcast.place, day=one.as_of)
    return f"{title}\n\n{_markdown(one.nowcast.factors)}"


def _releases(connection: duckdb.DuckDBPyConnection, tested: list[Tested]) -> pl.DataFrame:
    tables = [catalog.metrics()[one.nowcast.metric].table for one in tested]
    return select(
        connection,
        "SELECT source, count(*) AS releases, min(released) AS first_release, max(released) AS last_release,"
        " max(data_through) AS data_through FROM vintage WHERE list_contains($sources, source)"
        " GROUP BY source ORDER BY source",
        {"sources": sorted({catalog.source_of(table).id for table in tables if table})},
    )


def _markdown(frame: pl.DataFrame) -> str:
    return table(frame.columns, [[_cell(value) for value in row] for row in frame.iter_rows()])


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}"
    return "–" if value is None else str(value)


def main() -> None:
    """Print the results and write the page in both languages."""
    with connect(home().warehouse) as connection:
        tested = run(connection)
        pages = {home().root / PAGE.format(lang=lang): document(connection, tested, lang) for lang in LANGUAGES}
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=200, tbl_hide_column_data_types=True):
        print(results(tested, "en"))
    for target, page in pages.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page, encoding="utf-8")
        print(f"written: {target}")


if __name__ == "__main__":
    main()
