"""One stretch of the border, both sides of it, on one time axis; each series with its own clock and breaks."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from indicators import catalog
from indicators.catalog import Place, corridors
from indicators.charts import Chart
from indicators.charts.tables import Cell, Column, Link, Table
from indicators.metrics.series import Series
from indicators.periods import Clock
from indicators.report import exhibits
from indicators.report.sentences import Words
from indicators.report.view import View, current, where_held


def heading(corridor: str) -> Words:
    """The page's title, what the corridor is made of, and the way to the other corridors."""
    view = current()
    text, found = view.text, corridors.corridor(corridor)
    others = [one for one in corridors.ids() if one != corridor]
    return Words(
        "\n\n".join(
            [
                f"# {view.place(corridor)}",
                text.t(
                    "corridor.lead",
                    us=_names(view, found.states_of("US") or found.shared_states("US")),
                    mx=_names(view, found.states_of("MX")),
                ),
                text.t("corridor.shared", places=_names(view, found.shared)) if found.shared else "",
                _north(view, found),
                text.t(
                    "corridor.others",
                    links=" · ".join(f"[{view.place(one)}]({page(one)}.html)" for one in others),
                ),
            ]
        )
    )


def _north(view: View, found: corridors.Corridor) -> str:
    """Whose figures stand for the American side, where it has a state of its own and shares another."""
    whole, shared = found.states_of("US"), found.shared_states("US")
    if not (whole and shared):
        return ""
    return view.text.t("corridor.north", us=_names(view, whole), shared=_names(view, shared))


def page(corridor: str) -> str:
    """The page's file without ending."""
    return f"corridor-{corridor}".replace("_", "-")


def _names(view: View, places: Sequence[Place]) -> str:
    return ", ".join(place.name(view.text.lang) for place in places)


@where_held
def us_side(corridor: str) -> Chart:
    """Overdose deaths per 100,000 in the states of the American side."""
    view = current()
    found = corridors.corridor(corridor)
    return _states(view, corridor, "us_overdose_rate", found.states_of("US") or found.shared_states("US"))


@where_held
def killings(corridor: str) -> Chart:
    """Intentional killings per 100,000 in the states of the Mexican side."""
    view = current()
    return _states(
        view, corridor, "mx_intentional_killings_rate", corridors.corridor(corridor).states_of("MX")
    )


@where_held
def missing(corridor: str) -> Chart:
    """People of the Mexican side still missing, by month of disappearance, summed over twelve months."""
    view = current()
    states = corridors.corridor(corridor).states_of("MX")
    return _states(view, corridor, "mx_missing_new", states, Clock.TWELVE_MONTH_ROLLING)


@where_held
def encounters(corridor: str) -> Chart:
    """Encounters in the states of the American side, twelve months."""
    view = current()
    found = corridors.corridor(corridor)
    states = found.states_of("US") or found.shared_states("US")
    return _states(view, corridor, "sw_encounters", states, Clock.TWELVE_MONTH_ROLLING)


@where_held
def seizures(corridor: str) -> Chart | Words:
    """Drugs seized by the offices and sectors that lie wholly in the corridor, twelve months."""
    view = current()
    metrics = ["fentanyl_seized_lb", "methamphetamine_seized_lb", "cocaine_seized_lb"]
    return _crossing(view, corridor, metrics, view.text.t("corridor.drugs", place=view.place(corridor)))


@where_held
def arms(corridor: str) -> Chart | Words:
    """Weapons found going south in the corridor, twelve months; words where no field office lies wholly in it."""
    view = current()
    found = corridors.corridor(corridor)
    if not found.areas:
        return Words(view.text.t("corridor.no_area_arms"))
    if not found.at_ports():  # only officers at ports say in which direction a weapon went
        return Words(view.text.t("corridor.no_direction"))
    title = view.text.t("corridor.arms", place=view.place(corridor))
    return _crossing(view, corridor, ["weapons_seized_sw"], title)


def _crossing(view: View, corridor: str, metrics: Sequence[str], title: str) -> Chart | Words:
    """A chart of what CBP seized in the corridor; words where none of its areas lies wholly in it."""
    if not corridors.corridor(corridor).areas:
        return Words(view.text.t("corridor.no_area"))
    many = [view.series(name, corridor, Clock.TWELVE_MONTH_ROLLING) for name in metrics]
    chart = _chart(
        view, corridor, many, [catalog.metrics()[name].name[view.text.lang] for name in metrics], title
    )
    if corridors.corridor(corridor).at_ports():
        return chart
    return dataclasses.replace(chart, notes=(view.text.t("corridor.between_ports"), *chart.notes))


def assignments(corridor: str) -> Table:
    """Which places belong to the corridor, which it shares with others, and why."""
    view = current()
    text, found = view.text, corridors.corridor(corridor)
    rows = tuple(
        (place.name(text.lang), text.t(f"corridor.{kind}"), _why(view, place))
        for kind, places in (("whole", (*found.states, *found.areas)), ("part", found.shared))
        for place in places
    )
    columns = tuple(Column(text.t(f"corridor.column.{name}")) for name in ("place", "belongs", "why"))
    return Table("assignments", text.t("corridor.assignments"), columns, rows, lang=text.lang)


def _why(view: View, place: Place) -> Cell:
    words = place.assignment(view.text.lang)
    return Link(words, place.assignment_url) if place.assignment_url else words


def _states(
    view: View, corridor: str, metric: str, states: Sequence[Place], window: Clock | None = None
) -> Chart:
    many = [view.series(metric, state.id, window) for state in states]
    names = [state.name(view.text.lang) for state in states]
    metric_name = catalog.metrics()[metric].name[view.text.lang]
    title = view.text.t("corridor.title", name=metric_name, places=", ".join(names))
    chart = _chart(view, corridor, many, names, title)
    spanning = [state for state in states if state.corridor != corridor]
    left_out = [one for one in corridors.corridor(corridor).shared_states("US") if one not in states]
    if spanning:
        note = view.text.t("corridor.all_of", places=_names(view, spanning))
    elif left_out and states[0].country == "US":
        note = view.text.t("corridor.alone", us=_names(view, states), shared=_names(view, left_out))
    else:
        return chart
    return dataclasses.replace(chart, notes=(note, *chart.notes))


def _chart(view: View, corridor: str, many: Sequence[Series], labels: Sequence[str], title: str) -> Chart:
    name = view.id(many[0].metric, corridor)
    chart = exhibits.lines(view, many, labels, name=name, title=title, span=view.span)
    return exhibits.noting_end(view, chart, many)
