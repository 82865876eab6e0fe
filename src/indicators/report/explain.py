"""The chain of one number, from its value back to the cells of the agency's file that are added up.

A number is made of sums of rows: one for a count, two for a rate, a share or a quotient. ``metrics.counts`` finds the
rows of a sum in the warehouse; ``releases.tidy_cache`` finds their cells in the stored file, or in the edition.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from indicators import catalog
from indicators.catalog import Metric
from indicators.catalog.tables import ELEMENTS
from indicators.charts.tables import to_csv
from indicators.errors import NotHeld, UsageError, visible
from indicators.metrics import compute, counts, ledger, published
from indicators.metrics.rates import HELD
from indicators.metrics.series import Series
from indicators.metrics.windows import Period
from indicators.paths import home
from indicators.periods import Clock, fiscal_year, fiscal_year_bounds, mid_point, month_end, quarter_of
from indicators.releases import store, tidy_cache
from indicators.report.view import Row, View
from indicators.warehouse import query

SHOWN = 20  # cells of a file that are printed; `cells` has all
WIDTH = 80
PERIOD = ["period_start", "period_end"]
WRITTEN = "write it like 2025-03, 2025, 2025Q1 or, for a stock, 2025-03-31"
ROLLING = (Clock.TWELVE_MONTH_ROLLING, Clock.TWELVE_MONTH_ENDING, Clock.FISCAL_YEAR_TO_DATE)


@dataclass(frozen=True)
class Sum:
    """One sum of cells behind a number.

    ``role``: value, numerator, denominator (a mean of ``years`` where there are several) or population (on the straight
    line between its days). ``rows`` are the rows of the warehouse in words, ``periods`` the periods that are added up,
    and ``cells`` all cells.
    """

    role: str
    value: float | None
    rows: str
    periods: pl.DataFrame
    cells: pl.DataFrame
    years: int = 1


@dataclass(frozen=True, repr=False)
class Explanation:
    """The chain of one number: ``print`` shows it in words, ``cells`` is a frame of every cell that is added up.

    ``row`` is its row of the series; ``records`` are the published figures, the one taken first, or the events behind
    a number entered by hand.
    """

    view: View
    series: Series
    row: Row
    sums: list[Sum]
    releases: pl.DataFrame
    records: pl.DataFrame

    @property
    def cells(self) -> pl.DataFrame:
        """Every cell of every sum, or the records of a number entered by hand."""
        found = [one.cells.select(pl.lit(one.role).alias("sum"), pl.all()) for one in self.sums]
        return pl.concat(found) if found else self.records

    def written(self, form: str) -> str:
        """Return the chain as ``json``, its cells as ``csv``, or the chain in words."""
        if form == "csv":
            return to_csv(self.cells).rstrip("\n")
        if form != "json":
            return repr(self)
        one = self.series
        sums = [{"sum": part.role, "value": part.value, "years": part.years, "rows": part.rows} for part in self.sums]
        chain = {"metric": one.metric, "place": one.place, "clock": one.clock, "unit": one.unit, **self.row}
        chain |= {"as_of": self.view.as_of, "breaks": {found.id: self._touched(found) for found in one.breaks}}
        chain |= {"sums": sums, "releases": self.releases.to_dicts(), "cells": self.cells.to_dicts()}
        return json.dumps(chain, default=str, ensure_ascii=False, indent=1)

    def __repr__(self) -> str:
        """Return the chain in words, in lines of WIDTH characters at most where an address is not longer."""
        wrap = textwrap.TextWrapper(WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        lines = (part for line in self._lines() for part in ([line] if line[:1] == " " else wrap.wrap(line) or [""]))
        return "\n".join(map(visible, lines))

    def _touched(self, found: catalog.Break) -> bool:
        return found.lies_in(self.row["period_start"], self.row["period_end"])

    def _say(self, key: str, **values: object) -> str:
        return self.view.text.t(f"explain.{key}", **values)

    def _lines(self) -> Iterator[str]:
        """Yield the chain line by line; a line that begins with a blank is not wrapped."""
        one, row, view, text = self.series, self.row, self.view, self.view.text
        metric, (first, last) = catalog.metrics()[one.metric], (row[name] for name in PERIOD)
        yield f"{view.metric_name(one.metric)}, {view.place(one.place)}: {text.period(first, last, one.clock)}"
        asked = {"metric": one.metric, "place": one.place, "first": str(first), "last": str(last)}
        yield self._say("asked", **asked, day=str(view.as_of))
        yield ""
        if row["value"] is None:
            yield self._say("no_value", reason=text.t(f"missing.{row['missing_code']}"))
        else:
            value, exact = text.amount(row["value"], one.unit), _digits(row["value"])
            value = value if exact in value else f"{value} ({exact})"
            yield self._say("value", value=value, maturity=text.t(f"maturity.{row['maturity']}").lower())
        yield self._say("counts", words=metric.definition[text.lang])
        yield self._say(f"formula.{metric.rule or ('minutes' if metric.minutes_of else metric.kind)}")
        if row["lower"] is not None and row["upper"] is not None:
            method = one.kind if one.kind in ("rate", "share") else "share" if metric.rule else "published"
            inputs = {"rate": ["numerator"], "share": ["numerator", "denominator"]}.get(method, [])
            yield self._say(f"interval.{method}", **{name: _digits(row[name]) for name in ("lower", "upper", *inputs)})
        if HELD in (row["note"] or ""):
            yield text.t("chart.population_held")
        yield self._say("breaks", names=", ".join(found.id for found in one.breaks) or self._say("none"))
        for found in filter(self._touched, one.breaks):
            yield self._say("touched", name=found.id, reason=found.reason[text.lang])
        for part in self.sums:
            yield from self._lines_of(part)
        for release in self.releases.iter_rows(named=True):
            yield from self._lines_of_release(release)
        for position, record in enumerate(self.records.iter_rows(named=True), 1):
            yield from self._lines_of_record(metric, position, record)

    def _lines_of(self, part: Sum) -> Iterator[str]:
        yield ""
        yield self._say(f"sum.{part.role}", value=_digits(part.value))
        yield part.rows
        if part.years > 1:
            yield self._say("mean", n=part.years)
        if part.periods.height > 1:
            periods = part.periods.select("period_start", "value").iter_rows()
            yield " · ".join(f"{start:%Y-%m} {_digits(value)}" for start, value in periods)
        without = part.periods.filter(pl.col("value") == 0).join(part.cells, on=PERIOD, how="anti")
        for row in without.iter_rows(named=True):
            yield self._say("zero", month=f"{row['period_start']:%Y-%m}", release=row["vintage"])
        for (release, file), cells in part.cells.group_by("release", "file", maintain_order=True):
            yield self._say("cells", n=cells.height, file=file, release=release)
            if part.role != "population":
                yield self._say("total", total=_digits(float(cells["number"].sum())))
            if "/" in str(file):  # the path of a file of the edition: a release is one file without a folder
                yield self._say("shipped")
            yield from self._table(cells)

    def _table(self, cells: pl.DataFrame) -> Iterator[str]:
        """Yield the first cells of a file, one a line."""
        yield _columns(*(self._say(f"column.{name}") for name in ("line", "column", "text", "period", "place")))
        for row in cells.head(SHOWN).iter_rows(named=True):
            column = f"{row['sheet']}: {row['column']}" if row["sheet"] else row["column"]
            start, end = (row[name] for name in PERIOD)
            period = f"{start:%Y-%m}" if (start.day, month_end(start)) == (1, end) else end
            yield _columns(row["line"] or "", column, row["text"] or self._say("blank"), period, row["place"])
        if cells.height > SHOWN:
            yield self._say("more", n=cells.height - SHOWN)

    def _lines_of_release(self, row: Row) -> Iterator[str]:
        text, came = self.view.text, self.view.text.t(f"provenance.{row['provenance']}")
        found = [self._say(f"how.{row['how']}"), *dict.fromkeys(filter(None, (row["url"], row["found_at"])))]
        yield ""
        yield self._say("release", release=row["vintage"], agency=catalog.sources()[row["source"]].agency[text.lang])
        released, through = self.view.released(row), str(row["data_through"])
        yield self._say("released", released=released, through=through, file=row["file"])
        yield f"  sha256 {row['sha256']}"
        yield self._say("found", came=came, found="; ".join(found))

    def _lines_of_record(self, metric: Metric, position: int, row: Row) -> Iterator[str]:
        """Yield the lines of a published figure, an event or a coded objective."""
        text = self.view.text
        what = row.get("document") or row.get(f"title_{text.lang}") or f"{row['code']} {row[f'objective_{text.lang}']}"
        if "first_day" in row:
            day = text.known_day(row["first_day"], row["last_day"])
        else:
            day = text.loose_day(row.get("published_on") or str(row["known_from"]))
        yield ""
        yield f"{position}. {what}, {day}"
        if "quantity" not in row and "value" not in row:
            yield self._say("elements", n=sum(row[name] for name in ELEMENTS), of=len(ELEMENTS))
        elif metric.kind == "published":
            unit = catalog.metrics()[metric.minutes_of or metric.id].unit
            figure = text.amount(row["value"] / (100 if unit == "share" else 1), unit)
            apart = row["value"] != self.records["value"][0]
            yield self._say("figure_apart" if apart else "figure", value=figure)
        elif row["quantity"] is not None:
            of = f" / {_digits(row['of_quantity'])}" if row["of_quantity"] else ""
            yield self._say("quantity", value=f"{_digits(row['quantity'])}{of} {row['unit']}")
        if "coder" in row:
            yield self._say("coding", coder=row["coder"])
        else:
            yield self._say("source", publisher=text.agency(row["publisher"]), grade=row["grade"])
        yield f"  {row['url']}"
        yield f"  data/raw/{row['file']}:{row['line']}"


def _digits(x: float | None) -> str:
    """Return a number in all its digits, up to six decimals."""
    return "-" if x is None else f"{x:,.6f}".rstrip("0").rstrip(".")


def _columns(line: object, column: str, text: str, period: object, place: str) -> str:
    """Return one line of a table; a cell wider than its column is cut, a column's name at its beginning."""
    column, text = (visible(" ".join(cell.split())) for cell in (column, text))
    column = column if len(column) <= 24 else f"…{column[-23:]}"
    text = text if len(text) <= 19 else f"{text[:18]}…"
    return f" {line!s:>7} {column:<24} {text:>19} {period!s:<10} {place}"


def chain(view: View, name: str, place: str | None, period: str | None, window: Clock | None) -> Explanation:
    """Return the chain of a metric at a place (None: its first) in a period (None: its newest) over a window.

    A year or quarter of a metric by months is the sum of its months. Raise UsageError, with the first and the last
    period, for a period without a value; DataError for a stored file that has changed.
    """
    one = compute.metric(name)
    place = place or compute.default_place(view.connection, name, view.as_of)
    if not window and one.clock == Clock.MONTH and one.table:
        window = {4: Clock.YEAR, 6: Clock.QUARTER}.get(len(period or ""))
    series = compute.series(view.connection, name, place, view.as_of, window)
    row = _row_at(series, period, view.as_of)
    sums = _sums(view, one, place, row) if one.kind not in ("published", "ledger") else []
    if row["value"] is None and not any(part.cells["number"].null_count() for part in sums):  # no cell says why
        raise _without(series, period, view.text.t(f"missing.{row['missing_code']}"))
    used = {release for part in sums for release in (*part.cells["release"], *part.periods["vintage"].drop_nulls())}
    releases = view.releases.filter(pl.col("vintage").is_in({one for joined in used for one in joined.split("; ")}))
    return Explanation(view, series, row, sums, releases, _records(view, one, series, row))


def _row_at(series: Series, period: str | None, day: date) -> Row:
    """Return the row of a period; without one the newest value up to the day, or a target if there is no other."""
    rows = list(series.frame.iter_rows(named=True))
    if period:
        named = [row for row in rows if period in _names(row["period_end"], series.clock)]
        if not named:
            raise _without(series, period, f"no such period; {WRITTEN}")
        return named[-1]
    valued = [row for row in rows if row["value"] is not None]
    if not valued:
        raise NotHeld(series.metric, day)
    return ([row for row in valued if row["period_end"] <= day] or valued)[-1]


def _names(end: date, clock: Clock) -> set[str]:
    """Return the ways to write a period that ends on a day. A year is no name of a rolling year that ends within it."""
    names = {str(end), f"{end:%Y-%m}"}
    if clock != Clock.MONTH and end.month % 3 == 0:
        names.add(quarter_of(end))
    if clock not in (Clock.MONTH, Clock.QUARTER) and (end.month == 12 or clock not in ROLLING):
        names.add(str(end.year))
    return names


def _without(series: Series, period: str | None, why: str) -> UsageError:
    """Return the error for a period without a value."""
    form = {Clock.YEAR: "%Y", Clock.STOCK: "%Y-%m-%d"}.get(series.clock, "%Y-%m")
    ends = series.frame.filter(pl.col("value").is_not_null())["period_end"].to_list()
    values = f"its first value is of {min(ends):{form}}, its last of {max(ends):{form}}" if ends else "it has none"
    return UsageError(f"{series.metric} in {series.place} has no value for {period} ({why}): {values}")


def _sums(view: View, one: Metric, place: str, row: Row) -> list[Sum]:
    """Return the sums that a computed number is made of."""
    period = row["period_start"], row["period_end"]
    top, bottom = ("numerator", row["numerator"]), ("denominator", row["denominator"])
    if one.kind == "quotient":
        above, below = (catalog.metrics()[name] for name in one.over)
        return [_sum(view, above, place, period, top), _sum(view, below, place, period, bottom)]
    if one.kind == "rate":
        return [_sum(view, one, place, period, top), _population(view, one, place, row)]
    if one.kind == "share":
        part = one.model_copy(update={"where": {**one.where, **one.of}})
        return [_sum(view, part, place, period, top), _sum(view, one, place, period, bottom)]
    if one.over_years:
        ended = fiscal_year(period[0]) - 1
        before = fiscal_year_bounds(ended - one.over_years + 1)[0], fiscal_year_bounds(ended)[1]
        mean = replace(_sum(view, one, place, before, bottom), years=one.over_years)
        return [_sum(view, one, place, period, top), mean]
    return [_sum(view, one, place, period, ("value", row["value"]))]


def _sum(view: View, one: Metric, place: str, period: Period, known: tuple[str, float | None]) -> Sum:
    """Return the sum of a metric's rows in a period, whose role and value are ``known``."""
    asked = counts.Question(view.connection, view.as_of, [place])
    pieces = [piece for piece in one.slices if piece.place in ("each", "corridor", place)]
    piece, found = next((piece, at[place]) for piece in pieces if place in (at := counts.counts(asked, one, piece, {})))
    ends = pl.col("period_end")
    here = ends <= period[1] if found.clock == Clock.MONTH else ends == period[1]
    here &= pl.col("period_start") >= period[0]
    rows = counts.facts(asked, one, piece).filter(here)
    where = [f"{column} = {' | '.join(values)}" for column, values in {**piece.where, **one.where}.items()]
    added = piece.sum or piece.place == "corridor"
    where.append(view.text.t("explain.places") if added else f"place = {place}")
    assert one.table
    assert one.measure
    words = view.text.t("explain.rows", measure=one.measure, table=one.table, where="; ".join(where))
    return Sum(*known, words, found.frame.filter(here), _cells(one.table, one.measure, rows))


def _population(view: View, one: Metric, place: str, row: Row) -> Sum:
    """Return the population of a rate: of one day, or on the straight line between the days around the middle."""
    rows = query.select(
        view.connection,
        "SELECT *, population_persons AS value FROM population_asof($day)"
        " WHERE place = $place AND starts_with(vintage, $source) ORDER BY period_end",
        {"day": view.as_of, "place": place, "source": f"{one.population}-"},
    )
    middle = mid_point(row["period_start"], row["period_end"])
    before, after = rows.filter(pl.col("period_end") <= middle), rows.filter(pl.col("period_end") >= middle)
    around = pl.concat([before.tail(1), after.head(1)]).unique(maintain_order=True)
    words = view.text.t("explain.population", middle=str(middle))
    return Sum("population", row["denominator"], words, around, _cells("population", "population_persons", around))


def _cells(table: str, measure: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the cells behind rows of a fact table, in the stored files or else in the edition. Raise DataError."""
    project = home()
    stored = {one.id: one for one in store.all_vintages(project.raw)}
    is_stored = pl.col("vintage").is_in(stored)
    releases = rows.filter(is_stored).partition_by("vintage", maintain_order=True)
    found = [tidy_cache.cells(project.raw, stored[own["vintage"][0]], measure, own) for own in releases]
    return pl.concat([*found, tidy_cache.shipped_cells(project.root, table, measure, rows.filter(~is_stored))])


def _records(view: View, one: Metric, series: Series, row: Row) -> pl.DataFrame:
    """Return the published figures of a period, or the events (coded objectives) that are counted in it."""
    if one.rule == "framework":
        coded = ledger.objectives(view.connection)
        return coded.filter(known_from=row["period_end"], level=ledger.STATEMENT)
    if one.kind == "ledger":
        return ledger.counted(view.connection, one, view.as_of, (row["period_start"], row["period_end"]))
    if one.kind == "published":
        figures = published.figures(view.connection, one.id, view.as_of)
        same: Mapping[str, object] = {name: row[name] for name in PERIOD}
        return figures.filter(place=series.place, clock=str(series.clock), **same)
    return pl.DataFrame()
