"""Metrics of the ledger: events, promises and meetings counted by rule, and the joint objectives as coded.

The rubric of the coding and its limits: docs/methods/framework-coverage.en.md.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import duckdb
import polars as pl

from indicators import catalog
from indicators.catalog import Metric
from indicators.catalog.tables import ELEMENTS
from indicators.errors import UsageError
from indicators.metrics.counts import Question
from indicators.metrics.rates import share_bounds
from indicators.metrics.series import Series, series_frame
from indicators.metrics.windows import Period
from indicators.periods import add_months, month_end, parse_quarter, quarter_of, twelve_months_ending
from indicators.warehouse.query import select

STATEMENT = "statement_2021"  # the text whose objectives are all coded
PUBLISHERS = pl.col("publisher").unique().sort().str.join("; ")


def all_series(asked: Question, metric: Metric) -> dict[str, Series]:
    """Return a metric of the ledger, the same at each of its places. Raise UsageError for another clock."""
    if asked.window and asked.window != metric.clock:
        raise UsageError(f"{metric.id} is counted by {metric.clock}: it can't be summed to {asked.window}")
    if metric.rule == "framework":
        rows = coverage(objectives(asked.connection))
    else:
        assert metric.rule is not None, metric.id
        found = _events(asked.connection, asked.as_of, metric)
        rows = RULES[metric.rule](found, metric.unit, _end(asked))
    if rows.is_empty():
        return {}
    if "maturity" not in rows.columns:
        rows = rows.with_columns(maturity=pl.lit("provisional"))  # a ledger is never final
    name, clock, breaks = metric.id, metric.clock, catalog.breaks_of(metric.id, metric.clock)
    series = Series(name, "", name, clock, metric.unit, "ledger", series_frame(rows), breaks)
    places = [place for place in metric.places() if asked.places is None or place in asked.places]
    return {place: replace(series, place=place) for place in places}


def dates(
    connection: duckdb.DuckDBPyConnection, metric: Metric, as_of: date, by: date
) -> tuple[date | None, date | None]:
    """Return the day of the last event of a metric up to ``by``, and the last day for which one was announced.

    Either is None where the texts published by ``as_of`` have no such event.
    """
    rows = _events(connection, as_of, metric, ignored="status")
    past = rows.filter(pl.col("status") == "held", pl.col("last_day") <= by)["last_day"]
    planned = rows.filter(pl.col("status") == "planned")["last_day"]
    return max(past.to_list(), default=None), max(planned.to_list(), default=None)


def in_twelve_months(found: pl.DataFrame, unit: str, end: date) -> pl.DataFrame:
    """Count the events in the twelve months to the end of each whole quarter since the first, up to ``end``.

    A window that begins before the first event is incomplete, as the ledger does not cover that time. The note
    gives the last event, the days since, and how many of the counted events left a document.
    """
    rows = []
    for quarter_end in _quarter_ends(found["first_day"].to_list(), end):
        start, _ = twelve_months_ending(quarter_end)
        past = found.filter(pl.col("last_day") <= quarter_end)
        counted = past.filter(pl.col("first_day") >= start)
        last = max(past["last_day"].to_list(), default=None)
        since = f"last={last} days_since={(quarter_end - last).days} " if last else ""
        documents = int(counted["quantity"].fill_null(0).sum())
        note = f"{since}documents={documents}/{counted.height}"
        maturity = "provisional" if start >= found["first_day"][0] else "incomplete"
        rows.append((start, quarter_end, counted.height, maturity, counted.select(PUBLISHERS).item(), note))
    names = ["period_start", "period_end", "value", "maturity", "vintage", "note"]
    return pl.DataFrame(rows, names, orient="row").with_columns(numerator="value")


def by_year(found: pl.DataFrame, unit: str, end: date) -> pl.DataFrame:
    """Add up the quantities in ``unit`` of the events of each year, or count the events where none has that unit."""
    numbered = found.filter(pl.col("unit") == unit)
    rows, value = (found, pl.len()) if numbered.is_empty() else (numbered, pl.col("quantity").sum())
    return (
        rows.group_by(year=pl.col("last_day").dt.year())
        .agg(value=value, numerator=value, vintage=PUBLISHERS, note=pl.format("at_least events={}", pl.len()))
        .sort("year")
        .with_columns(period_start=pl.date("year", 1, 1), period_end=pl.date("year", 12, 31))
    )


def so_far(found: pl.DataFrame, unit: str, end: date) -> pl.DataFrame:
    """Count the events since the first one, by the day of each up to ``end``."""
    past = found.filter(pl.col("last_day") <= end)
    return (
        past.group_by(period_end="last_day")
        .agg(value=pl.len(), vintage=PUBLISHERS, note=pl.col("event").str.join(" "))
        .sort("period_end")
        .with_columns(pl.col("value").cum_sum(), period_start=pl.lit(past["first_day"].min(), pl.Date))
        .with_columns(numerator="value")
    )


def latest(found: pl.DataFrame, unit: str, end: date) -> pl.DataFrame:
    """Return the quantity in ``unit`` that each event gives for its period, and the whole that it is a part of."""
    return found.filter(pl.col("unit") == unit).select(
        period_start="first_day",
        period_end="last_day",
        value="quantity",
        numerator="quantity",
        denominator="of_quantity",
        vintage="publisher",
        note=pl.format("grade={}", "grade"),
    )


def share(found: pl.DataFrame, unit: str, end: date) -> pl.DataFrame:
    """Return the part over the whole that each event gives for its period, with Wilson's interval."""
    whole = found.filter(pl.col("of_quantity") > 0).with_columns(unit=pl.lit(unit))
    return share_bounds(latest(whole, unit, end))


RULES: dict[str, Callable[[pl.DataFrame, str, date], pl.DataFrame]] = {
    rule.__name__: rule for rule in (in_twelve_months, by_year, so_far, latest, share)
}


def objectives(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the joint objectives as coded: columns of the table ``framework_objectives``.

    Every report uses the codings of 2026, whatever its day: they concern texts of 2021 and 2022.
    """
    return select(connection, "FROM framework_objectives ORDER BY known_from, code, coder")


def coverage(coded: pl.DataFrame) -> pl.DataFrame:
    """Return for each day of coding the share of objectives whose metric every coding of the day finds whole.

    The note counts the objectives that have each element in every coding. There is no interval, as every objective
    of the text is coded.
    """
    agreed = (
        coded.filter(level=STATEMENT)
        .group_by("known_from", "code")
        .agg(*(pl.col(name).all() for name in ELEMENTS), pl.col("coder"))
        .with_columns(whole=pl.all_horizontal(*ELEMENTS))
    )
    coders = pl.col("coder").explode().unique().sort().str.join(", ")
    return (
        agreed.group_by(period_end="known_from")
        .agg(
            numerator=pl.col("whole").sum(),
            denominator=pl.len(),
            vintage=pl.format("coding: {}", coders),
            note=pl.format(" ".join(f"{name}={{}}" for name in ELEMENTS), *(pl.col(name).sum() for name in ELEMENTS)),
        )
        .sort("period_end")
        .with_columns(period_start="period_end", value=pl.col("numerator") / pl.col("denominator"))
    )


def agreement(coded: pl.DataFrame) -> pl.DataFrame:
    """Compare the two newest codings of the objectives, one row an element; no rows where there is only one coding.

    Columns: what (one of ELEMENTS), n (objectives), yes_first, yes_second, agreed, kappa (Cohen 1960; null where
    both codings are constant and equal: chance alone would then agree always). There is no kappa over all elements:
    their shares of yes differ so much that it would be too high.
    """
    ours = coded.filter(level=STATEMENT)
    coders = ours["coder"].unique().sort().to_list()[-2:]
    if len(coders) < 2:
        return pl.DataFrame()
    first, second = (
        ours.filter(coder=coder).sort("known_from").unique("code", keep="last").sort("code") for coder in coders
    )
    both = first.join(second, on="code", suffix="_second")
    n = len(both)
    rows = []
    for name in ELEMENTS:
        yes, other = int(both[name].sum()), int(both[f"{name}_second"].sum())
        agreed = int((both[name] == both[f"{name}_second"]).sum())
        by_chance = yes / n * (other / n) + (1 - yes / n) * (1 - other / n)
        kappa = None if by_chance == 1 else (agreed / n - by_chance) / (1 - by_chance)
        rows.append((name, n, yes, other, agreed, kappa))
    integers = ("n", "yes_first", "yes_second", "agreed")
    schema = {"what": pl.String, **dict.fromkeys(integers, pl.Int64), "kappa": pl.Float64}
    return pl.DataFrame(rows, schema, orient="row")


def _events(
    connection: duckdb.DuckDBPyConnection, as_of: date, metric: Metric, ignored: str | None = None
) -> pl.DataFrame:
    """Return the events of a metric by a day, oldest first; the condition on the column ``ignored`` is left out."""
    rows = select(connection, "FROM ledger_events_asof($day) ORDER BY first_day, last_day, event", {"day": as_of})
    return rows.filter(
        *(pl.col(column).is_in(allowed) for column, allowed in metric.where.items() if column != ignored)
    )


def counted(connection: duckdb.DuckDBPyConnection, metric: Metric, as_of: date, period: Period) -> pl.DataFrame:
    """Return the events that a metric counts in one period of its series."""
    first, last = period
    found = _events(connection, as_of, metric).filter(pl.col("last_day").is_between(first, last))
    if metric.rule in ("latest", "share"):
        measured = pl.col("of_quantity") > 0 if metric.rule == "share" else pl.col("unit") == metric.unit
        return found.filter(measured, first_day=first, last_day=last)
    if metric.rule == "in_twelve_months":
        return found.filter(pl.col("first_day") >= first)
    numbered = found.filter(unit=metric.unit)
    return found if metric.rule != "by_year" or numbered.is_empty() else numbered


def _end(asked: Question) -> date:
    """Return the day up to which the ledger is complete: ``as_of``, or the end of the quarter of its newest row."""
    newest = select(
        asked.connection, "SELECT max(known_from) AS day FROM ledger_events_asof($day)", {"day": asked.as_of}
    )["day"][0]
    return min(asked.as_of, parse_quarter(quarter_of(newest))[1]) if newest else asked.as_of


def _quarter_ends(days: list[date], end: date) -> list[date]:
    """Return the last days of the quarters up to ``end``, from the quarter of the first of some days on."""
    ends: list[date] = []
    day = parse_quarter(quarter_of(min(days)))[1] if days else date.max
    while day <= end:
        ends.append(day)
        day = month_end(add_months(day, 3))
    return ends
