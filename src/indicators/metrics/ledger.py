"""The joint objectives as coded by the rubric: how many have their metric whole in public, and how far two
codings agree.

Rubric and limits: docs/methods/framework-coverage.en.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from indicators import catalog
from indicators.catalog import Metric
from indicators.catalog.tables import ELEMENTS
from indicators.errors import UsageError
from indicators.metrics.rates import wilson
from indicators.metrics.series import COLUMNS, Series
from indicators.periods import Clock, add_months, month_end, parse_quarter, quarter_of, twelve_months_ending
from indicators.warehouse.query import select

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]

STATEMENT = "statement_2021"  # the text whose objectives were all read, and are all coded


def objectives(connection: duckdb.DuckDBPyConnection, as_of: date) -> pl.DataFrame:
    """The coded joint objectives known on a day. Columns of the table ``framework_objectives``."""
    return select(
        connection, "FROM framework_objectives_asof($day) ORDER BY known_from, code, coder", {"day": as_of}
    )


def coverage(coded: pl.DataFrame) -> pl.DataFrame:
    """For each day of coding: objectives of the statement whose metric every coding of the day finds whole.

    The note tells how many objectives have each element in every coding. No interval: every objective of the
    text is coded.
    """
    agreed = (
        coded.filter(level=STATEMENT)
        .group_by("known_from", "code")
        .agg(*(pl.col(name).all() for name in ELEMENTS), pl.col("coder"))
        .with_columns(whole=pl.all_horizontal(*ELEMENTS))
    )
    tally = [pl.col(name).sum().alias(name) for name in ELEMENTS]
    elements = " ".join(f"{name}={{}}" for name in ELEMENTS)
    coders = pl.col("coder").explode().unique().sort().str.join(", ")
    return (
        agreed.group_by(period_end="known_from")
        .agg(
            *tally,
            numerator=pl.col("whole").sum().cast(pl.Float64),
            denominator=pl.len().cast(pl.Float64),
            vintage=pl.format("coding: {}", coders),
        )
        .sort("period_end")
        .with_columns(
            period_start="period_end",
            value=pl.col("numerator") / pl.col("denominator"),
            note=pl.format(elements, *ELEMENTS),
        )
    )


def agreement(coded: pl.DataFrame) -> pl.DataFrame:
    """How far the two newest codings of the statement's objectives agree; no rows where there is only one.

    Columns: what (one of ELEMENTS), n (objectives), yes_first, yes_second, agreed, kappa (Cohen 1960; null where
    both codings say the same of every objective: chance would then agree always, and there is nothing to
    correct for). No kappa is taken over all elements: their shares of yes differ so much that it would flatter.
    """
    ours = coded.filter(level=STATEMENT)
    coders = ours["coder"].unique().sort().to_list()[-2:]
    if len(coders) < 2:
        return pl.DataFrame()
    first, second = (
        ours.filter(coder=one).sort("known_from").unique("code", keep="last").sort("code") for one in coders
    )
    both = first.join(second, on="code", suffix="_second")
    rows = []
    for name in ELEMENTS:
        one, other = both[name], both[f"{name}_second"]
        rows.append(
            {
                "what": name,
                "n": len(both),
                "yes_first": int(one.sum()),
                "yes_second": int(other.sum()),
                "agreed": int((one == other).sum()),
                "kappa": _kappa(one.to_numpy(), other.to_numpy()),
            }
        )
    return pl.DataFrame(rows, schema_overrides={"kappa": pl.Float64})


def _kappa(one: Flags, other: Flags) -> float | None:
    """Cohen's kappa of two codings in yes and no."""
    by_chance = float(one.mean() * other.mean() + (1 - one.mean()) * (1 - other.mean()))
    return None if by_chance == 1 else (float((one == other).mean()) - by_chance) / (1 - by_chance)


def events(connection: duckdb.DuckDBPyConnection, one: Metric, as_of: date) -> pl.DataFrame:
    """The events of a metric known on a day, oldest first. Columns of the table ``ledger_events``."""
    rows = select(
        connection, "FROM ledger_events_asof($day) ORDER BY first_day, last_day, event", {"day": as_of}
    )
    for column, allowed in one.where.items():
        rows = rows.filter(pl.col(column).is_in(list(allowed)))
    return rows


def dates(
    connection: duckdb.DuckDBPyConnection, one: Metric, as_of: date, by: date
) -> tuple[date | None, date | None]:
    """The day of the last event of a metric up to ``by``, and the last day for which one was announced in the
    texts known on ``as_of``; None where there is no such event."""
    rows = select(connection, "FROM ledger_events_asof($day)", {"day": as_of})
    for column, allowed in one.where.items():
        if column != "status":
            rows = rows.filter(pl.col(column).is_in(list(allowed)))
    held = rows.filter((pl.col("status") == "held") & (pl.col("last_day") <= by))["last_day"]
    planned = rows.filter(pl.col("status") == "planned")["last_day"]
    return _latest_day(held), _latest_day(planned)


def _latest_day(days: pl.Series) -> date | None:
    newest = days.max()
    return newest if isinstance(newest, date) else None


def all_series(
    connection: duckdb.DuckDBPyConnection,
    one: Metric,
    as_of: date,
    places: Sequence[str] | None = None,
    window: Clock | None = None,
) -> dict[str, Series]:
    """A metric of the ledger, the same at each of its places. Raises UsageError for another clock."""
    if window and window != one.clock:
        raise UsageError(f"{one.id} is told by {one.clock}: it can't be summed to {window}")
    if one.rule == "framework":
        rows = coverage(objectives(connection, as_of))
    else:
        assert one.rule is not None, one.id
        rows = RULES[one.rule](events(connection, one, as_of), one.unit, _told_until(connection, as_of))
    if rows.is_empty():
        return {}
    frame = _frame(rows)
    return {
        place: Series(
            one.id, place, one.id, one.clock, one.unit, "ledger", frame, catalog.breaks_of(one.id, one.clock)
        )
        for place in one.places()
        if places is None or place in places
    }


def _told_until(connection: duckdb.DuckDBPyConnection, as_of: date) -> date:
    """The day up to which the ledger can be asked: ``as_of``, or the end of the quarter of its newest row."""
    newest = select(connection, "SELECT max(known_from) AS day FROM ledger_events_asof($day)", {"day": as_of})
    day = newest["day"][0]
    return min(as_of, parse_quarter(quarter_of(day))[1]) if day else as_of


def _frame(rows: pl.DataFrame) -> pl.DataFrame:
    """The series' columns, those a rule does not tell left empty; a ledger is never final."""
    given = [name for name in COLUMNS if name in rows.columns]
    absent = {name: pl.lit(None, dtype) for name, dtype in COLUMNS.items() if name not in given}
    settled = {} if "maturity" in given else {"maturity": pl.lit("provisional")}
    return rows.with_columns(**{**absent, **settled}).select(
        pl.col(name).cast(dtype) for name, dtype in COLUMNS.items()
    )


def in_twelve_months(found: pl.DataFrame, unit: str, as_of: date) -> pl.DataFrame:
    """Events in the twelve months to the end of each whole quarter since the first, up to ``as_of``.

    A window that begins before the first event is incomplete: the ledger does not say what was before. The
    note tells the last event, the days since, and how many of those counted left a document.
    """
    rows = []
    for end in _quarter_ends(found["first_day"].min(), as_of):
        start, _ = twelve_months_ending(end)
        past = found.filter(pl.col("last_day") <= end)
        counted = past.filter(pl.col("first_day") >= start)
        last = past["last_day"].max()
        since = f"last={last} days_since={(end - last).days} " if isinstance(last, date) else ""
        documents = int(counted["quantity"].fill_null(0).sum())
        note = f"{since}documents={documents}/{counted.height}"
        maturity = "provisional" if start >= found["first_day"][0] else "incomplete"
        rows.append((start, end, float(counted.height), maturity, _sources(counted), note))
    names = ["period_start", "period_end", "value", "maturity", "vintage", "note"]
    return pl.DataFrame(rows, names, orient="row").with_columns(numerator="value")


def _quarter_ends(first: object, as_of: date) -> list[date]:
    """The last days of the quarters that hold ``first`` and later ones and are over on ``as_of``."""
    ends: list[date] = []
    if isinstance(first, date):
        end = parse_quarter(quarter_of(first))[1]
        while end <= as_of:
            ends.append(end)
            end = month_end(add_months(end, 3))
    return ends


def by_year(found: pl.DataFrame, unit: str, as_of: date) -> pl.DataFrame:
    """What the events of each year that has any add up to: their quantities in ``unit``, else their number."""
    numbered = found.filter(pl.col("unit") == unit)
    counted = found.with_columns(amount=pl.lit(1.0)) if numbered.is_empty() else numbered.with_columns(
        amount=pl.col("quantity")
    )  # fmt: skip
    year = pl.col("last_day").dt.year()
    return (
        counted.group_by(year.alias("year"))
        .agg(
            value=pl.col("amount").sum(),
            vintage=pl.col("publisher").unique().sort().str.join("; "),
            n=pl.len(),
        )
        .sort("year")
        .with_columns(
            period_start=pl.date("year", 1, 1),
            period_end=pl.date("year", 12, 31),
            numerator="value",
            note=pl.format("at_least events={}", "n"),
        )
    )


def so_far(found: pl.DataFrame, unit: str, as_of: date) -> pl.DataFrame:
    """How many events there had been by the day of each, since the first."""
    past = found.filter(pl.col("last_day") <= as_of)
    return (
        past.group_by(period_end="last_day")
        .agg(
            n=pl.len(),
            vintage=pl.col("publisher").unique().sort().str.join("; "),
            note=pl.col("event").str.join(" "),
        )
        .sort("period_end")
        .with_columns(
            period_start=pl.lit(past["first_day"].min(), pl.Date),
            value=pl.col("n").cum_sum().cast(pl.Float64),
        )
        .with_columns(numerator="value")
    )


def latest(found: pl.DataFrame, unit: str, as_of: date) -> pl.DataFrame:
    """The quantity in ``unit`` that each event gives for its day (or the month or year it is known by), with the whole
    it is a part of."""
    return found.filter(pl.col("unit") == unit).select(
        period_start="first_day",
        period_end="last_day",
        value="quantity",
        numerator="quantity",
        denominator="of_quantity",
        vintage="publisher",
        note=pl.format("grade={}", "grade"),
    )


def share(found: pl.DataFrame, unit: str, as_of: date) -> pl.DataFrame:
    """The part over the whole that each event gives for its day, with Wilson's interval."""
    rows = found.filter(pl.col("of_quantity") > 0)
    lower, upper = wilson(rows["quantity"].to_numpy(), rows["of_quantity"].to_numpy())
    return rows.select(
        period_start="first_day",
        period_end="last_day",
        value=pl.col("quantity") / pl.col("of_quantity"),
        lower=pl.Series(lower, dtype=pl.Float64),
        upper=pl.Series(upper, dtype=pl.Float64),
        numerator="quantity",
        denominator="of_quantity",
        vintage="publisher",
        note=pl.format("grade={}", "grade"),
    )


def _sources(found: pl.DataFrame) -> str:
    return "; ".join(sorted(found["publisher"].unique()))


RULES: dict[str, Callable[[pl.DataFrame, str, date], pl.DataFrame]] = {
    "in_twelve_months": in_twelve_months,
    "by_year": by_year,
    "so_far": so_far,
    "latest": latest,
    "share": share,
}
