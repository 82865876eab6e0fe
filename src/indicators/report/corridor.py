"""One stretch of the border, both sides of it, on one time axis; each series with its own clock and breaks."""

import dataclasses
from collections.abc import Sequence

from indicators.catalog import Place, corridors
from indicators.charts import Chart
from indicators.charts.tables import Cell, Link, Table
from indicators.metrics.series import Series
from indicators.periods import Clock
from indicators.report import exhibits
from indicators.report.sentences import Words
from indicators.report.view import View, current, where_held

DRUGS = ["fentanyl_seized_lb", "methamphetamine_seized_lb", "cocaine_seized_lb"]


def heading(corridor: str) -> Words:
    """Return the page's title, the parts of the corridor, and links to the other corridors."""
    view = current()
    text, found = view.text, corridors.corridor(corridor)
    whole, shared, mexico = found.states_of("US"), found.shared_states("US"), found.states_of("MX")
    others = [f"[{view.place(one)}]({page(one)}.html)" for one in corridors.ids() if one != corridor]
    north = {"us": _names(view, whole), "shared": _names(view, shared)}
    paragraphs = [
        f"# {view.place(corridor)}",
        text.t("corridor.lead", us=_names(view, whole or shared), mx=_names(view, mexico)),
        text.t("corridor.shared", places=_names(view, found.shared)) if found.shared else "",
        text.t("corridor.north", **north) if whole and shared else "",
        text.t("corridor.others", links=" · ".join(others)),
    ]
    return Words("\n\n".join(paragraphs))


def page(corridor: str) -> str:
    """Return the name of the corridor's page, without ending."""
    return f"corridor-{corridor}".replace("_", "-")


def _names(view: View, places: Sequence[Place]) -> str:
    return ", ".join(place.name(view.text.lang) for place in places)


@where_held
def us_side(corridor: str) -> Chart:
    """Return overdose deaths per 100,000 in the states of the American side."""
    return _states(corridor, "us_overdose_rate", _north(corridor))


@where_held
def killings(corridor: str) -> Chart:
    """Return intentional killings per 100,000 in the states of the Mexican side."""
    return _states(corridor, "mx_intentional_killings_rate", corridors.corridor(corridor).states_of("MX"))


@where_held
def missing(corridor: str) -> Chart:
    """Return people of the Mexican side still missing, by month of disappearance, summed over twelve months."""
    states = corridors.corridor(corridor).states_of("MX")
    return _states(corridor, "mx_missing_new", states, Clock.TWELVE_MONTH_ROLLING)


@where_held
def encounters(corridor: str) -> Chart:
    """Return encounters in the states of the American side, summed over twelve months."""
    return _states(corridor, "sw_encounters", _north(corridor), Clock.TWELVE_MONTH_ROLLING)


def _north(corridor: str) -> Sequence[Place]:
    """Return the American states that lie wholly in a corridor, or else those that lie in it in part."""
    found = corridors.corridor(corridor)
    return found.states_of("US") or found.shared_states("US")


@where_held
def seizures(corridor: str) -> Chart | Words:
    """Return the drugs seized by the offices and sectors that lie wholly in the corridor, over twelve months."""
    return _crossing(corridor, DRUGS, "corridor.drugs")


@where_held
def arms(corridor: str) -> Chart | Words:
    """Return weapons found going south in the corridor, over twelve months; words where no field office lies in it."""
    text, found = current().text, corridors.corridor(corridor)
    if not found.areas:
        return Words(text.t("corridor.no_area_arms"))
    if not found.at_ports():  # only officers at ports report the direction of a weapon
        return Words(text.t("corridor.no_direction"))
    return _crossing(corridor, ["weapons_seized_sw"], "corridor.arms")


def _crossing(corridor: str, metrics: Sequence[str], title: str) -> Chart | Words:
    """Return a chart of CBP's seizures in the corridor; words where none of its areas lies wholly in it."""
    view, found = current(), corridors.corridor(corridor)
    if not found.areas:
        return Words(view.text.t("corridor.no_area"))
    many = [view.series(name, corridor, Clock.TWELVE_MONTH_ROLLING) for name in metrics]
    labels = [view.metric_name(name) for name in metrics]
    chart = _chart(view, corridor, many, labels, view.text.t(title, place=view.place(corridor)))
    return chart if found.at_ports() else _noted(chart, view.text.t("corridor.between_ports"))


def assignments(corridor: str) -> Table:
    """Return the places of the corridor, those that it shares with other corridors, and the reasons."""
    view = current()
    text, found = view.text, corridors.corridor(corridor)
    rows = (
        (place.name(text.lang), text.t(f"corridor.{kind}"), _why(view, place))
        for kind, places in (("whole", (*found.states, *found.areas)), ("part", found.shared))
        for place in places
    )
    columns = exhibits.headings("corridor", "place belongs why")
    return exhibits.table("assignments", text.t("corridor.assignments"), columns, rows)


def _why(view: View, place: Place) -> Cell:
    words = place.assignment(view.text.lang)
    return Link(words, place.assignment_url) if place.assignment_url else words


def _states(corridor: str, metric: str, states: Sequence[Place], window: Clock | None = None) -> Chart:
    view = current()
    many = [view.series(metric, state.id, window) for state in states]
    title = view.text.t("corridor.title", name=view.metric_name(metric), places=_names(view, states))
    chart = _chart(view, corridor, many, [view.place(state.id) for state in states], title)
    spanning = [state for state in states if state.corridor != corridor]
    left_out = [one for one in corridors.corridor(corridor).shared_states("US") if one not in states]
    if spanning:
        return _noted(chart, view.text.t("corridor.all_of", places=_names(view, spanning)))
    if left_out and states[0].country == "US":
        names = {"us": _names(view, states), "shared": _names(view, left_out)}
        return _noted(chart, view.text.t("corridor.alone", **names))
    return chart


def _noted(chart: Chart, note: str) -> Chart:
    return dataclasses.replace(chart, notes=(note, *chart.notes))


def _chart(view: View, corridor: str, many: Sequence[Series], labels: Sequence[str], title: str) -> Chart:
    name = view.id(many[0].metric, corridor)
    chart = exhibits.lines(many, labels, name, title=title, span=view.span)
    return exhibits.noting_end(view, chart, many)
