"""What a notebook asks for: the warehouse seen for one quarter, as of a day, in one language.

    from indicators.report.view import View
    view = View.open(quarter, lang, as_of, warehouse)
    view.trend("mx_homicide_victims", "MX")

Every series ends with the quarter at the latest, so that a report says the same whenever it is made again.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal, ParamSpec, TypeVar

import duckdb
import polars as pl

from indicators import catalog, charts, tables, warehouse
from indicators.errors import NotHeld
from indicators.metrics import compute
from indicators.metrics.series import Series
from indicators.periods import Clock, parse_day, parse_quarter
from indicators.report import maps, years
from indicators.report.quarter import default_quarter, latest_known
from indicators.report.sentences import Words
from indicators.text import Text

P = ParamSpec("P")
R = TypeVar("R")


def where_held(show: Callable[P, R]) -> Callable[P, R | Words]:
    """Let a step show words instead, where no release of its metric was known on the day (its first argument is
    the View): a report of the past must say so and go on."""

    @functools.wraps(show)
    def shown(*given: P.args, **named: P.kwargs) -> R | Words:
        try:
            return show(*given, **named)
        except NotHeld as error:
            view = given[0]
            assert isinstance(view, View)
            name = catalog.metrics()[error.metric].name[view.text.lang]
            return Words(view.text.t("view.not_held", name=name, day=view.as_of))

    return shown


@dataclass(frozen=True)
class View:
    """The figures of one report in one language."""

    connection: duckdb.DuckDBPyConnection
    quarter: str
    as_of: date
    text: Text

    @classmethod
    def open(cls, quarter: str, lang: str, as_of: str, warehouse_path: str) -> View:
        """Open the warehouse read-only for a quarter (``""``: the last one covered) and a day (``""``: the
        newest known). Raises UsageError for what does not fit."""
        connection = warehouse.connect(Path(warehouse_path))
        day = parse_day(as_of) if as_of else latest_known(connection)
        chosen = quarter or default_quarter(connection, day)
        parse_quarter(chosen)
        return cls(connection, chosen, day, Text(lang))

    @property
    def ends(self) -> date:
        """The last day of the quarter."""
        return parse_quarter(self.quarter)[1]

    @property
    def span(self) -> tuple[date, date]:
        """The time axis that charts set beside each other share: from the first month of the victims' series on."""
        return date(2015, 1, 1), self.ends

    def place(self, place: str) -> str:
        """The name of a place in the report's language."""
        return catalog.places()[place].name(self.text.lang)

    def series(self, metric: str, place: str, window: Clock | None = None) -> Series:
        """One metric at one place, cut at the end of the quarter. Raises NotHeld where nothing is left of it."""
        found = self._cut(compute.series(self.connection, metric, place, self.as_of, window))
        if found.frame["value"].drop_nulls().is_empty():
            raise NotHeld(metric, self.as_of)
        return found

    def states(self, metric: str, country: str, window: Clock | None = None) -> list[Series]:
        """One metric in every state of a country that it exists for, in the order of the states' names."""
        states = {
            one.id for one in catalog.places().values() if one.kind == "state" and one.country == country
        }
        found = compute.all_series(self.connection, metric, self.as_of, sorted(states), window)
        chosen = [self._cut(one) for place, one in found.items() if place in states]
        if all(one.frame["value"].drop_nulls().is_empty() for one in chosen):
            raise NotHeld(metric, self.as_of)
        return sorted(chosen, key=lambda one: self.place(one.place))

    def _cut(self, series: Series) -> Series:
        return dataclasses.replace(series, frame=series.frame.filter(pl.col("period_end") <= self.ends))

    @cached_property
    def releases(self) -> pl.DataFrame:
        """Every release known on the day, newest last."""
        return warehouse.select(
            self.connection,
            "FROM vintage WHERE released <= $day ORDER BY source, released, data_through, vintage",
            {"day": self.as_of},
        )

    def source_line(self, many: Sequence[Series]) -> str:
        """Agency, series, and the newest release (with the month it goes through) of every source used."""
        vintages = {
            one
            for series in many
            for cell in series.frame["vintage"].drop_nulls()
            for one in cell.split("; ")
        }
        used = warehouse.select(  # these alone: a page does not stand on releases that it does not name
            self.connection,
            "FROM vintage WHERE list_contains($used, vintage) ORDER BY source, released, data_through, vintage",
            {"used": sorted(vintages)},
        )
        lines = []
        for source, rows in used.group_by("source", maintain_order=True):
            newest = rows.row(-1, named=True)
            entry = catalog.sources()[str(source[0])]
            key = "source.released_estimated" if newest["released_estimated"] else "source.released"
            lines.append(
                self.text.t(
                    key,
                    agency=entry.agency[self.text.lang],
                    name=entry.name[self.text.lang],
                    released=self.released(newest),
                    through=self.text.month(newest["data_through"]),
                )
            )
        return " ".join(lines)

    def released(self, row: Mapping[str, object]) -> str:
        """The release day of a row of ``vintage``; the month alone where the day is estimated."""
        released = row["released"]
        assert isinstance(released, date)
        return self.text.month(released) if row["released_estimated"] else self.text.day(released)

    @where_held
    def trend(
        self,
        metrics: str | Sequence[str],
        place: str,
        *,
        window: Clock | str | None = None,
        style: Literal["line", "bars"] = "line",
    ) -> charts.Chart:
        """A chart over time of one metric, or of several that share clock and unit, at one place."""
        names = [metrics] if isinstance(metrics, str) else list(metrics)
        many = [self.series(name, place, Clock(window) if window else None) for name in names]
        labels = [catalog.metrics()[name].name[self.text.lang] for name in names]
        return self.lines(many, labels, id=self.id(names[0], place, window), style=style)

    def lines(
        self,
        many: Sequence[Series],
        labels: Sequence[str],
        *,
        id: str,
        style: Literal["line", "bars"] = "line",
        title: str | None = None,
        span: tuple[date, date] | None = None,
    ) -> charts.Chart:
        """A chart over time of series that share clock and unit, with the caveat of the first."""
        return charts.trend(
            list(many) if len(many) > 1 else many[0],
            self.text,
            id=id,
            title=title,
            labels=labels if len(many) > 1 else None,
            source_line=self.source_line(many),
            notes=(catalog.metrics()[many[0].metric].caveat[self.text.lang],),
            style=style,
            span=span,
        )

    @staticmethod
    def id(*parts: object) -> str:
        """A name for a chart or table, and for its data file."""
        return "-".join(str(part) for part in parts if part).lower().replace("_", "-")

    @where_held
    def panels(
        self,
        metric: str,
        country: str,
        *,
        places: Sequence[str] | None = None,
        window: Clock | str | None = None,
    ) -> charts.Chart:
        """One small chart a state (or for each of ``places``), on one shared axis."""
        many = self.states(metric, country, Clock(window) if window else None)
        many = [one for one in many if places is None or one.place in places]
        name = catalog.metrics()[metric].name[self.text.lang]
        chart = charts.small_multiples(
            many,
            self.text,
            id=self.id(metric, country, "panels"),
            title=(
                self.text.t(
                    "view.of_places", name=name, places=", ".join(self.place(one.place) for one in many)
                )
                if places
                else self.text.t("view.by_state", name=name, place=self.place(country))
            ),
            source_line=self.source_line(many),
        )
        return self.noting_end(chart, many)

    def noting_end(self, chart: charts.Chart, many: Sequence[Series]) -> charts.Chart:
        """The chart, with a note where none of its series has a figure up to the quarter's end."""
        newest = max(filter(None, (one.through for one in many)))
        if newest >= self.ends:
            return chart
        note = self.text.t("view.ends", month=self.text.month(newest))
        return dataclasses.replace(chart, notes=(*chart.notes, note))

    @where_held
    def ranking(self, metric: str, country: str, *, window: Clock | str | None = None) -> charts.Chart:
        """The latest value of every state as bars with intervals, highest first."""
        many = self.states(metric, country, Clock(window) if window else None)
        rows = self.latest(many)
        return charts.bars(
            rows.sort("value", descending=True, nulls_last=True, maintain_order=True),
            self.text,
            id=self.id(metric, country, "ranking"),
            title=self._latest_title(metric, country, many),
            unit=many[0].unit,
            heading=self.text.t("view.state"),
            source_line=self.source_line(many),
            notes=charts.population_notes(self.latest(many), self.text),
        )

    @where_held
    def map(
        self, metric: str, country: Literal["MX", "US"], *, window: Clock | str | None = None
    ) -> maps.Map:
        """The latest value of every state as a map of equal tiles."""
        many = self.states(metric, country, Clock(window) if window else None)
        return maps.tile_map(
            self.latest(many),
            self.text,
            country=country,
            id=self.id(metric, country, "map"),
            title=self._latest_title(metric, country, many),
            unit=many[0].unit,
            source_line=self.source_line(many),
            notes=charts.population_notes(self.latest(many), self.text),
        )

    def latest(self, many: Sequence[Series]) -> pl.DataFrame:
        """The value of each series in the newest period that any of them has one for, as a metric leaves the project
        (the columns of ``output``) and with what it was made of."""
        newest = max(filter(None, (one.through for one in many)))
        return pl.concat(
            one.frame.filter(pl.col("period_end") == newest).select(
                pl.lit(one.metric).alias("metric"),
                pl.lit(one.place).alias("place"),
                pl.lit(self.place(one.place)).alias("label"),
                pl.lit(str(one.clock)).alias("clock"),
                pl.all(),
            )
            for one in many
        )

    def _latest_title(self, metric: str, country: str, many: Sequence[Series]) -> str:
        newest = self.latest(many).row(0, named=True)
        period = self.text.period(newest["period_start"], newest["period_end"], many[0].clock)
        name = charts.named(metric, self.text)
        return self.text.t("view.ranking", name=name, place=self.place(country), period=period)

    @where_held
    def decembers(self, metrics: Sequence[str], place: str) -> tables.Table:
        """The calendar years of metrics that are published as twelve months ending: the windows of December."""
        return self._years([years.decembers(self.series(name, place)) for name in metrics], Clock.YEAR)

    @where_held
    def years(self, metrics: Sequence[str], place: str, *, window: Clock | str = Clock.YEAR) -> tables.Table:
        """One row a year (calendar or fiscal), one column a metric; years that are not whole are left out."""
        return self._years([self.series(name, place, Clock(window)) for name in metrics], Clock(window))

    def _years(self, many: Sequence[Series], clock: Clock) -> tables.Table:
        first = many[0]
        return years.table(
            many,
            clock,
            self.text,
            id=self.id(first.metric, first.place, clock),
            place=self.place(first.place),
            source_line=self.source_line(many),
        )
