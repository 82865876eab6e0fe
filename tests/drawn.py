"""A small series and the chart of it."""

import math
from datetime import date

import polars as pl

from indicators.catalog import Bilingual, Break
from indicators.charts import Caption, trend
from indicators.i18n import Text
from indicators.metrics.series import COLUMNS, Series
from indicators.periods import Clock, add_months, month_end

EN, ES = Text("en"), Text("es")
BREAK = Break(
    id="b", sources=["s"], first=date(2020, 7, 1), last=date(2020, 7, 1),
    reason=Bilingual(en="a <new> form", es="un formato <nuevo>"),
)  # fmt: skip


def series(
    months=24,
    place="MX-JAL",
    unit="victims",
    clock=Clock.MONTH,
    missing=(),
    provisional=3,
    breaks=(),
    level=100,
):
    rows = []
    for number in range(months):
        start = add_months(date(2019, 6, 1), number)
        value = None if number in missing else float(level + number)
        spread = None if value is None else math.sqrt(value)
        rows.append({
            "period_start": start, "period_end": month_end(start), "value": value,
            "lower": value and value - spread, "upper": value and value + spread,
            "numerator": value, "denominator": None,
            "maturity": "provisional" if number >= months - provisional else "final",
            "missing_code": "suppressed" if number in missing else None,
            "vintage": "sesnsp_victims-2021-07-20-0a1b2c3d",
            "provenance": "as_received", "note": None,
        })  # fmt: skip
    return Series("m", place, "sesnsp_victims", clock, unit, "count", pl.DataFrame(rows, schema=COLUMNS), tuple(breaks))


def made(text=EN, **changes):
    return trend([series(**changes)], text, Caption("t", "Title", source_line="Source: SESNSP."))


def traces(chart):
    return chart.payload()["figure"]["data"]
