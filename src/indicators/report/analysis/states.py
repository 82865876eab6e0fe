"""Which states differ from the rest: the funnel."""

from __future__ import annotations

from indicators import catalog, charts
from indicators.metrics.funnel import funnel as funnel_of
from indicators.report.view import View, where_held


@where_held
def funnel(view: View, metric: str, country: str) -> charts.Chart:
    """The latest rate of every state against its population, within limits that carry the states' own spread."""
    text, many = view.text, view.states(metric, country)
    latest = view.latest(many).rename({"numerator": "events", "denominator": "population"})
    found = funnel_of(latest)
    newest = latest.row(0, named=True)
    outside = found.frame["band"].str.ends_with("_998").sum()
    facts = {
        "name": catalog.metrics()[metric].name[text.lang],
        "period": text.period(newest["period_start"], newest["period_end"], many[0].clock),
    }
    title = text.t("funnel.title", **facts, n=outside) if outside else text.t("funnel.title_none", **facts)
    return charts.funnel(
        found,
        text,
        id=view.id(metric, country, "funnel"),
        title=title,
        unit=many[0].unit,
        source_line=view.source_line(many),
        notes=(
            text.t("funnel.how", center=text.amount(found.center, many[0].unit)),
            text.t("funnel.spread", phi=text.number(found.phi)),
            catalog.metrics()[metric].caveat[text.lang],
        ),
    )
