"""Whether the nowcasts are worth showing, computed and written down: ``python -m indicators.metrics.backtest``.

Prints the table and writes docs/methods/nowcast.md from the releases in the warehouse; no number is typed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import duckdb
import polars as pl

from indicators import catalog
from indicators.metrics import nowcast
from indicators.metrics.counts import source_of
from indicators.metrics.triangle import MATURE_MONTHS
from indicators.paths import home
from indicators.periods import Clock
from indicators.warehouse import connect, select

PAGE = "docs/methods/nowcast.md"
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
    None: "shown",
    "too_few_releases": "none: too few releases",
    "not_better": "none: no better than the reported figure",
    "interval_misses": "none: the interval misses too often",
}


@dataclass(frozen=True)
class Tested:
    """One series as known on a day, and what the test of its nowcast found."""

    as_of: date
    found: nowcast.Nowcast


def run(connection: duckdb.DuckDBPyConnection) -> list[Tested]:
    """The nowcast of every one of SERIES from all releases in the warehouse; where the instrument changed since,
    as known before that too."""
    tested = []
    for name, place in SERIES:
        metric = catalog.metrics()[name]
        assert metric.table
        for day in _days(connection, source_of(metric.table)):
            tested.append(Tested(day, nowcast.nowcast(connection, name, place, day)))
    return tested


def _days(connection: duckdb.DuckDBPyConnection, source: catalog.Source) -> list[date]:
    """The last release day before each change of the source's instrument, and the last of all (any source's,
    where it has no release here)."""
    releases = select(connection, "FROM vintage WHERE source = $source", {"source": source.id})
    ends = [one.first for one in catalog.breaks_of(source.id, Clock.MONTH) if one.splits]
    days = [releases.filter(pl.col("data_through") < end)["released"].max() for end in [*ends, date.max]]
    found = list(dict.fromkeys(day for day in days if isinstance(day, date)))
    return found or select(connection, "SELECT max(released) AS day FROM vintage")["day"].to_list()


def table(tested: list[Tested]) -> pl.DataFrame:
    """One row a series: what was tested, how far both were off, and the decision."""
    rows = [
        {
            "metric": one.found.metric,
            "place": one.found.place,
            "as_of": one.as_of,
            "releases": one.found.test.releases,
            "estimates": one.found.test.rows.height,
            "error_reported": _number(one.found.test.error_unadjusted),
            "error_nowcast": _number(one.found.test.error),
            "releases_won": one.found.test.releases_won,
            "coverage": _number(one.found.test.coverage),
            "mature_releases": one.found.test.mature_releases,
            "decision": WHY[one.found.reason],
        }
        for one in tested
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def document(connection: duckdb.DuckDBPyConnection, tested: list[Tested]) -> str:
    """The page docs/methods/nowcast.md."""
    blocks = [METHOD, "## The test", _markdown(table(tested))]
    blocks += [_factors(one) for one in tested if one.found.reason is None]
    blocks += ["## The releases it stands on", _markdown(_releases(connection, tested))]
    return "\n\n".join(blocks) + "\n"


def _factors(one: Tested) -> str:
    name = catalog.metrics()[one.found.metric].name.en
    return (
        f"## Revision factors: {name}, {one.found.place}, as of {one.as_of}\n\n{_markdown(one.found.factors)}"
    )


def _releases(connection: duckdb.DuckDBPyConnection, tested: list[Tested]) -> pl.DataFrame:
    tables = [catalog.metrics()[one.found.metric].table for one in tested]
    return select(
        connection,
        "SELECT source, count(*) AS releases, min(released) AS first_release, max(released) AS last_release,"
        " max(data_through) AS data_through FROM vintage WHERE list_contains($sources, source)"
        " GROUP BY source ORDER BY source",
        {"sources": sorted({source_of(table).id for table in tables if table})},
    )


def _markdown(frame: pl.DataFrame) -> str:
    cells = [[_cell(value) for value in row] for row in frame.iter_rows()]
    lines = [frame.columns, ["---"] * frame.width, *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}"
    return "–" if value is None else str(value)


METHOD = f"""# Nowcast of the newest months

Written by `python -m indicators.metrics.backtest` from the releases in the warehouse. Do not edit.

The newest months of a register are not settled: files are opened late, and corrected later still. From every
release at hand we take what each month was in it (`metrics/triangle.py`), by the month's age in that release. A
month counts as mature at {MATURE_MONTHS} months, or when its fiscal year is closed; before that it is young.

**Factor.** Young values of one age are multiplied by the sum of the mature values over the sum of the young ones,
over all months that have both (chain-ladder's factor to ultimate). An age needs {nowcast.PAIRS_MIN} such months.

**Interval**, at {nowcast.CONFIDENCE:.0%}. For each of these months the factor is computed again without it; the
interval is the order statistic of those misses, on the scale of ratios (jackknife). It carries no assumption about
the shape of the errors, and no promise beyond the releases it was made from.

**Test.** Every release is left out in turn, with the months that are predicted from it. `error_reported` is the mean
absolute error of the figure as reported against its mature value, `error_nowcast` that of the estimate, both in the
unit of the series; `releases_won` counts the releases in which the estimate was nearer on average; `coverage` is the
share of mature values inside an interval that did not know them; `mature_releases` says how many releases gave the
mature values: where it is 1, one release decided what every month became, and the gain is less certain than it looks.

**Rule.** A nowcast is shown only where its error is at least {nowcast.GAIN_MIN:.0%} smaller, it is nearer in two thirds
of the releases, and coverage is at most {nowcast.COVERAGE_SLACK * 100:.0f} points short of {nowcast.CONFIDENCE:.0%}.
Elsewhere the page says why there is none. It never replaces the reported figure, enters no sum and no status. Where an
agency publishes its own adjustment (CDC's predicted deaths), that one is shown and none is made here."""


def main() -> None:
    """Print the table and write the page."""
    with connect(home().warehouse) as connection:
        tested = run(connection)
        page = document(connection, tested)
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=200, tbl_hide_column_data_types=True):
        print(table(tested))
    target = home().root / PAGE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page, encoding="utf-8")
    print(f"written: {target}")


if __name__ == "__main__":
    main()
