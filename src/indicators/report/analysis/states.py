"""Which states differ from the rest: the funnel."""

from __future__ import annotations

import polars as pl

from indicators import catalog, charts
from indicators.i18n import Text
from indicators.metrics.funnel import Funnel
from indicators.metrics.funnel import funnel as funnel_of
from indicators.report.exhibits import states
from indicators.report.view import Figures, View, current, where_held


@where_held
def funnel(figures: Figures) -> charts.Chart:
    """Return the latest rate of every state against its population, within limits that include the states' own spread.

    Raises UsageError for a frame with anything but one rate in the states of one country.

    >>> import indicators
    >>> rates = indicators.metric("mx_intentional_killings_rate", "states")
    >>> indicators.funnel(rates).data.height
    32
    """
    view, (metric, country, many) = current(), states(figures)
    text = view.text
    latest = view.latest(many).rename({"numerator": "events", "denominator": "population"})
    found = funnel_of(latest)
    unit, newest = many[0].unit, latest.row(0, named=True)
    places = found.frame["rate"].drop_nulls().len()
    facts = {
        "name": charts.named(metric, text),
        "period": text.period(newest["period_start"], newest["period_end"], many[0].clock),
    }
    return charts.funnel(
        found,
        text,
        id=view.id(metric, country, "funnel"),
        title=_title(view, found, facts),
        unit=unit,
        source_line=view.source_line(many),
        notes=(
            text.t("funnel.how", center=text.amount(found.center, unit)),
            text.t("funnel.spread", **_ordinary(text, found, unit)),
            text.t("funnel.luck", places=places, expected=text.number(0.05 * places, 1)),
            catalog.metrics()[metric].caveat[text.lang],
        ),
    )


def _title(view: View, found: Funnel, facts: dict[str, str]) -> str:
    """How many states lie outside the wider limits; where none does, which lie outside the narrower ones."""
    bands = found.frame.drop_nulls("band")
    outside = bands.filter(pl.col("band").str.ends_with("_998")).height
    if outside:
        return view.text.t("funnel.title", **facts, n=outside)
    between = [view.place(place) for place in bands.filter(pl.col("band") != "within")["place"]]
    if not between:
        return view.text.t("funnel.title_none", **facts)
    *others, last = between
    names = view.text.t("funnel.and").join(([", ".join(others)] if others else []) + [last])
    return view.text.t("funnel.title_between", **facts, n=len(between), names=names)


def _ordinary(text: Text, found: Funnel, unit: str) -> dict[str, str]:
    """The rates between which two in three states lie."""
    low, high = found.ordinary
    return {"low": text.value(low, unit), "high": text.amount(high, unit)}
