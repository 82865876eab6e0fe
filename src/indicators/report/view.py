"""The view that all calls read: a warehouse, a quarter, a day and a language; and their defaults."""

from __future__ import annotations

import dataclasses
import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar

import duckdb
import polars as pl

from indicators import catalog
from indicators.errors import NotHeld, UsageError
from indicators.i18n import Text
from indicators.metrics import compute
from indicators.metrics import frames as output
from indicators.metrics.series import Series
from indicators.paths import home
from indicators.periods import Clock, add_months, month_end, months_between, parse_day, parse_quarter, quarter_of
from indicators.releases.store import THIRD_HANDS
from indicators.warehouse import query
from indicators.warehouse.freshness import newest_release

if TYPE_CHECKING:
    from indicators.report.sentences import Words

CORE = (  # the four outcomes that a quarter's report is about, each by the series that serve it
    {"us_overdose_deaths_12m": "US", "us_overdose_deaths_month": "US"},
    {"mx_homicide_victims": "MX"},
    {"mx_missing_new": "MX"},
    {"sw_encounters": "US-SWB"},
)

MONTHS_TO_COVER = 5  # in 2025 and 2026 CDC published the overdoses of a month four to five months after it

P = ParamSpec("P")
R = TypeVar("R")
Frames = Literal["polars", "pandas"]
Figures = Any  # a frame of metric(): of polars or of pandas
Row = dict[str, Any]  # a row of a frame


def default_quarter(connection: duckdb.DuckDBPyConnection, as_of: date) -> str:
    """Return the last quarter that each core outcome covers whole on ``as_of``. Raises UsageError."""
    last = []
    for outcome in CORE:
        found = {name: compute.all_series(connection, name, as_of, [place]) for name, place in outcome.items()}
        ends = [found[name][place].through for name, place in outcome.items() if place in found[name]]
        if not (whole := [day for day in ends if day]):
            metric, place = next(iter(outcome.items()))
            why = f"no release of {metric} was out by {as_of}"
            if _is_out(connection, metric, as_of):
                why = f"the releases of {metric} that were out by {as_of} have no value for {place}"
            raise UsageError(f"{why}: name the quarter, or a later --as-of")
        last.append(max(whole))
    end = min(last)
    return quarter_of(end if end == parse_quarter(quarter_of(end))[1] else add_months(end, -3))


def default_day(connection: duckdb.DuckDBPyConnection, quarter: str | None) -> date:
    """Return the day of a report: of the newest release, or for a quarter before the last one covered, the day five
    months after its end, when each of 2025 had its four outcomes. Raises UsageError.
    """
    newest = newest_release(connection)
    if not quarter:
        return newest
    ends = parse_quarter(quarter)[1]
    past = ends < parse_quarter(default_quarter(connection, newest))[1]
    return min(newest, month_end(add_months(ends, MONTHS_TO_COVER))) if past else newest


def _is_out(connection: duckdb.DuckDBPyConnection, metric: str, as_of: date) -> bool:
    """Return true if a release of a metric's table was out by a day, with values or without."""
    table = catalog.metrics()[metric].table
    sources = [one.id for one in catalog.sources().values() if one.table == table]
    sql = "SELECT count(*) AS n FROM vintage WHERE list_contains($sources, source) AND released <= $day"
    return bool(query.select(connection, sql, {"sources": sources, "day": as_of})["n"][0])


def quarter_words(quarter: str, text: Text) -> str:
    """Return a report's quarter as in its title: ``Second quarter of 2025, correction 1``."""
    words = text.period(*parse_quarter(quarter), Clock.QUARTER)
    words = words[:1].upper() + words[1:]
    _, _, correction = quarter.partition("-r")
    return text.t("page.correction", quarter=words, number=correction) if correction else words


@dataclass(frozen=True)
class View:
    """The figures of the releases out by one day, in one language; the quarter names the report."""

    connection: duckdb.DuckDBPyConnection
    quarter: str
    as_of: date
    text: Text
    frames: Frames = "polars"

    @property
    def ends(self) -> date:
        """The last day of the quarter."""
        return parse_quarter(self.quarter)[1]

    @property
    def span(self) -> tuple[date, date]:
        """The time axis of charts side by side: from the first month of the victims' series to the day."""
        return date(2015, 1, 1), self.as_of

    def lag_months(self, through: date) -> int:
        """Return how many months old a figure is on the day; 0 within a quarter, when nothing newer is due."""
        months = months_between(through, self.as_of)
        return months if months > 3 else 0

    def place(self, place: str) -> str:
        """Return the name of a place in the report's language."""
        return catalog.places()[place].name(self.text.lang)

    def metric_name(self, metric: str) -> str:
        """Return the name of a metric in the report's language."""
        return catalog.metrics()[metric].name[self.text.lang]

    def called(self, series: Series) -> dict[str, str]:
        """Return the placeholders ``name`` and ``place`` of texts on a series."""
        return {"name": self.metric_name(series.metric), "place": self.place(series.place)}

    def found(self, metric: str, places: Sequence[str] | None, window: Clock | None = None) -> dict[str, Series]:
        """Return one metric at several places (every one, for None), by place, up to the day."""
        found = compute.all_series(self.connection, metric, self.as_of, places, window)
        return {place: self._cut(one) for place, one in found.items()}

    def series(self, metric: str, place: str, window: Clock | None = None) -> Series:
        """Return one metric at one place, up to the day. Raise NotHeld for one without a value."""
        found = self._cut(compute.series(self.connection, metric, place, self.as_of, window))
        if found.frame["value"].drop_nulls().is_empty():
            raise NotHeld(metric, self.as_of)
        return found

    def _cut(self, series: Series) -> Series:
        """Return the series without the periods that had not ended on the day, such as the year of a target."""
        return dataclasses.replace(series, frame=series.frame.filter(pl.col("period_end") <= self.as_of))

    @cached_property
    def releases(self) -> pl.DataFrame:
        """The releases out by the day, newest last."""
        return query.select(
            self.connection,
            "SELECT * EXCLUDE release_order FROM vintage WHERE released <= $day ORDER BY source, release_order",
            {"day": self.as_of},
        )

    def source_line(self, many: Sequence[Series]) -> str:
        """Return agency, series, and the newest release (with its last month) of every source used."""
        cells = pl.concat(series.frame["vintage"] for series in many).drop_nulls()
        used = query.select(  # not `releases`: a page depends on no release that it does not name
            self.connection,
            "FROM vintage WHERE list_contains($used, vintage) ORDER BY source, release_order",
            {"used": sorted(set(cells.str.split("; ").explode()))},
        )
        through = (
            pl.col("data_through").max().over("source", "released")
        )  # one query of the register is seventeen files
        newest = used.with_columns(through).unique("source", keep="last", maintain_order=True)
        return " ".join(self._source_of(row) for row in newest.iter_rows(named=True))

    def _source_of(self, row: Row) -> str:
        """Return the source line of a release; one that came through other hands than the agency's says so."""
        line = self.text.t(
            "source.released_estimated" if row["released_estimated"] else "source.released",
            agency=catalog.sources()[row["source"]].agency[self.text.lang],
            name=catalog.sources()[row["source"]].name[self.text.lang],
            released=self.released(row),
            through=self.text.month(row["data_through"]),
        )
        second_hand = row["provenance"] in THIRD_HANDS
        return f"{line} {self.text.t('provenance.' + row['provenance'])}" if second_hand else line

    def released(self, row: Mapping[str, object]) -> str:
        """Return the release day of a row of ``vintage``; the month alone where the day is estimated."""
        released = row["released"]
        assert isinstance(released, date)
        return self.text.month(released) if row["released_estimated"] else self.text.day(released)

    def latest(self, many: Sequence[Series]) -> pl.DataFrame:
        """Return the value of each series in the newest period of any, with its place's name as ``label``."""
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

    @staticmethod
    def id(*parts: object) -> str:
        """Return a name for a chart or table, and for its data file."""
        return "-".join(str(part) for part in parts if part).lower().replace("_", "-")


_current: View | None = None


def use(
    quarter: str | None = None,
    lang: str = "en",
    as_of: str | date = "",
    warehouse: str = "",
    frames: Frames = "polars",
) -> None:
    """Set the view of all later calls, until the next call of ``use``.

    Parameters
    ----------
    quarter: such as ``2025Q2``, the name of a report. Empty: the last quarter that all core outcomes cover whole.
    lang: ``en`` or ``es``, for names, titles and reasons.
    as_of: only releases out by this day count, such as ``2025-08-31``. Empty: the day of the newest release, or for a
        quarter before the last one covered, the day five months after its end.
    warehouse: the path of the warehouse. Empty: the warehouse of the project around the working directory.
    frames: ``polars`` or ``pandas``, the kind of every frame that a call returns.

    Raises UsageError for a value that does not fit.

    >>> import indicators
    >>> indicators.use(lang="es", frames="pandas")
    >>> indicators.all_metrics("homicidio doloso")["unit"].iloc[0]
    'víctimas'
    >>> indicators.use()
    """
    global _current
    if frames not in ("polars", "pandas"):
        raise UsageError(f'frames are "polars" or "pandas", not "{frames}"')
    path = Path(warehouse) if warehouse else None
    _current = opened(path, quarter, lang, as_of, frames) if path else _of_project(quarter, lang, as_of, frames)


def opened(path: Path, quarter: str | None, lang: str, as_of: str | date, frames: Frames = "polars") -> View:
    """Return the view of a warehouse for a quarter (without one: the last one covered) and a day."""
    text = Text(lang)
    connection = query.connect(path)
    compute.forget_other_than(path)
    day = parse_day(as_of) if isinstance(as_of, str) and as_of else as_of or default_day(connection, quarter)
    assert isinstance(day, date)
    if quarter is None:
        return View(connection, quarter_of(day), day, text, frames=frames)
    return View(connection, quarter or default_quarter(connection, day), day, text, frames=frames)


def current() -> View:
    """Return the view that ``use`` set, or else the whole project's warehouse as of its newest release."""
    return _current or _of_project(None, "en", "", "polars")


def set_current(view: View | None) -> None:
    """Set the view of all later calls; None for the default."""
    global _current
    _current = view


def _of_project(quarter: str | None, lang: str, as_of: str | date, frames: Frames) -> View:
    """Return the view of the project's warehouse; build a missing one, and print a note about an old one."""
    project = home()
    if not project.raw.is_dir() and not project.edition.is_dir():
        raise UsageError(f"{project.root} is no project folder: set INDICATORS_HOME to your project's folder")
    if not project.warehouse.exists():
        from indicators.warehouse import build

        build.ensure(project, progress=functools.partial(print, file=sys.stderr))
    view = opened(project.warehouse, quarter, lang, as_of, frames)
    if query.built_from(view.connection) != query.fingerprint(project):
        note = "note: the warehouse is older than the releases or the code: run `indicators build`"
        print(note, file=sys.stderr)
    return view


def framed(frame: pl.DataFrame) -> Any:
    """Return a frame of the kind that ``use`` set."""
    return frame.to_pandas() if _current and _current.frames == "pandas" else frame


def series_of(figures: Figures) -> list[Series]:
    """Return the series of a frame of ``metric``. Raise UsageError for anything else, NotHeld without a value."""
    if isinstance(figures, (str, list, tuple)):
        raise UsageError(f"a frame is expected, not {figures!r}: pass indicators.metric({figures!r})")
    frame = figures if isinstance(figures, pl.DataFrame) else pl.from_pandas(figures)
    many = output.from_frame(frame)
    if not many:
        raise UsageError("the frame has no rows: filter less, or ask for another metric")
    if all(one.frame["value"].drop_nulls().is_empty() for one in many):
        raise NotHeld(many[0].metric, current().as_of)
    return many


def one_series(figures: Figures) -> Series:
    """Return the only series of a frame. Raise UsageError for a frame with several."""
    many = series_of(figures)
    if len(many) > 1:
        named = ", ".join(f"{one.metric} in {one.place}" for one in many[:3])
        raise UsageError(f"one metric at one place is expected; the frame has {len(many)}: {named}")
    return many[0]


def where_held(show: Callable[P, R]) -> Callable[P, R | Words]:
    """Make a function return words where no release of its metric was out by the day.

    The report of a past day has such metrics, and goes on without them.
    """

    @functools.wraps(show)
    def shown(*args: P.args, **named: P.kwargs) -> R | Words:
        try:
            return show(*args, **named)
        except NotHeld as error:
            from indicators.report.sentences import Words

            view = current()
            name = view.metric_name(error.metric)
            return Words(view.text.t("view.not_held", name=name, day=view.as_of))

    return shown
