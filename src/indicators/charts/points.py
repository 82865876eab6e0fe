"""Series as lines of a chart: their points, the words about them, and the table of their numbers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain, pairwise
from operator import itemgetter
from typing import Any

import polars as pl

from indicators import catalog
from indicators.catalog import Break
from indicators.catalog.schema import MATURITIES
from indicators.charts.style import Trace
from indicators.charts.tables import Caption, Column, Table, latest
from indicators.errors import UsageError
from indicators.i18n import Text
from indicators.metrics import frames
from indicators.metrics.rates import HELD, UNKNOWN
from indicators.metrics.series import Series
from indicators.periods import Clock, months_between

# Months between two points that a line may join; a register has a snapshot a quarter.
MONTHS_APART = {
    Clock.MONTH: 1, Clock.TWELVE_MONTH_ENDING: 1, Clock.TWELVE_MONTH_ROLLING: 1,
    Clock.QUARTER: 3, Clock.STOCK: 3, Clock.YEAR: 12, Clock.FISCAL_YEAR: 12, Clock.FISCAL_YEAR_TO_DATE: 12,
}  # fmt: skip
TWELVE_MONTHS = {Clock.TWELVE_MONTH_ENDING, Clock.TWELVE_MONTH_ROLLING}
AT_MIDDLE = {Clock.QUARTER, Clock.YEAR, Clock.FISCAL_YEAR, Clock.HALF_YEAR}
PUBLISHED = re.compile(r"(?P<publisher>.+?) \(.*\), (?P<day>\d{4}(-\d\d){0,2})")  # vintage of a published figure


# Points


@dataclass(frozen=True)
class Point:
    """One period of a series; ``label`` is the period and ``words`` the value, as the reader sees them."""

    day: date
    value: float | None
    lower: float | None
    upper: float | None
    maturity: str
    missing: str | None
    label: str
    words: str

    @property
    def final(self) -> bool:
        """Return true for a value that no later release changes."""
        return self.maturity == "final"


@dataclass(frozen=True)
class Line:
    """One series of a chart: its name, and its points, oldest first."""

    name: str
    series: Series
    points: list[Point]


def lines(many: Sequence[Series], text: Text, labels: Sequence[str] = ()) -> list[Line]:
    """Return the series as lines, named by ``labels`` (without labels: by their places).

    Raises UsageError unless all series share one clock and one unit, as one axis must.
    """
    if not many:
        raise UsageError("a chart needs at least one series")
    kinds = sorted({f"{series.unit} by {series.clock}" for series in many})
    if len(kinds) > 1:
        raise UsageError(f"{' and '.join(kinds)} cannot share one axis")
    names = labels or [place_name(series.place, text.lang) for series in many]
    return [Line(name, series, points(series, text)) for name, series in zip(names, many, strict=True)]


def points(series: Series, text: Text) -> list[Point]:
    """Return the periods of a series as points, oldest first.

    A period of a year or less lies at its middle (at its end, a year's figure would lie at the name of the next
    year); a sum of sliding months, and a day, at the end.
    """
    rows = series.frame.iter_rows(named=True)
    return [point(row, series.unit, series.clock, text) for row in rows]


def point(row: Mapping[str, Any], unit: str, clock: Clock, text: Text) -> Point:
    """Return a row of a series as a point; a row without maturity is final."""
    period = row["period_start"], row["period_end"]
    return Point(
        _day(*period, clock), row["value"], row["lower"], row["upper"], row.get("maturity", "final"),
        row.get("missing_code"), label=text.point(*period, clock), words=text.value(row["value"], unit),
    )  # fmt: skip


def _day(start: date, end: date, clock: Clock) -> date:
    if clock is Clock.MONTH:
        return start + timedelta(days=14)
    return start + (end - start) / 2 if clock in AT_MIDDLE else end


def all_points(many: Sequence[Line]) -> list[Point]:
    """Return the points of all lines, oldest first."""
    return sorted((point for line in many for point in line.points), key=lambda point: point.day)


def with_value(marks: Iterable[Point]) -> list[Point]:
    """Return the points that have a value."""
    return [point for point in marks if point.value is not None]


def xy(marks: Sequence[Point | None]) -> Trace:
    """Return the coordinates of a trace through points; None interrupts the line."""
    return {
        "x": [point and point.day.isoformat() for point in marks],
        "y": [point and point.value for point in marks],
    }


def stretches(series: Series, marks: list[Point]) -> list[list[Point]]:
    """Return runs of points that a line may join: no missing value, left-out period or blocking break between."""
    apart = MONTHS_APART.get(series.clock)
    runs: list[list[Point]] = [[]]
    for number, here in enumerate(marks):
        before = marks[number - 1] if number else here
        left_out = apart is not None and months_between(before.day, here.day) > apart
        broken = any(found.blocks and before.day < found.first <= here.day for found in series.breaks)
        if left_out or broken or here.value is None:
            runs.append([])
        if here.value is not None:
            runs[-1].append(here)
    return [run for run in runs if run]


def pieces(run: list[Point]) -> list[tuple[bool, list[Point]]]:
    """Return a run cut where it turns from final to not final; neighbouring pieces share the point between them."""
    made: list[tuple[bool, list[Point]]] = []
    for before, here in pairwise(run):
        settled = before.final and here.final
        if not made or made[-1][0] is not settled:
            made.append((settled, [before]))
        made[-1][1].append(here)
    return made or [(point.final, [point]) for point in run]


def breaks_within(breaks: Iterable[Break], marks: Sequence[Point]) -> list[Break]:
    """Return the breaks that lie between the first and the last of the points, oldest first, each once."""
    inside = {found.id: found for found in breaks if marks and marks[0].day < found.first <= marks[-1].day}
    return sorted(inside.values(), key=lambda found: (found.first, found.id))


def breaks_of(many: Sequence[Line]) -> list[Break]:
    """Return the breaks of all lines that lie within their points, oldest first, each once."""
    return breaks_within(chain(*(line.series.breaks for line in many)), all_points(many))


# Words


def place_name(place: str, lang: str) -> str:
    """Return the name of a place, or its code where the catalogue has no such place."""
    entry = catalog.places().get(place)
    return entry.name(lang) if entry else place


def named(metric: str, text: Text) -> str:
    """Return a metric's name without "twelve months", for a title in which the period says so."""
    return catalog.metrics()[metric].name[text.lang].removesuffix(f", {text.t('period.twelve_months')}")


def heading(unit: str, text: Text, clock: Clock | None = None, title: str = "") -> str:
    """Return the unit as the line below a title, in the words of ``measured``."""
    words = measured(unit, text, clock, title)
    return words[:1].upper() + words[1:]


def measured(unit: str, text: Text, clock: Clock | None, title: str) -> str:
    """Return the unit of a chart's values, and "in twelve months" for sums of them unless the title says so."""
    words = text.unit(unit)
    if clock not in TWELVE_MONTHS:
        return words
    said = (text.t("period.twelve_months"), text.clock(clock))
    return words if any(one in title for one in said) else text.t("unit.in_twelve_months", unit=words)


def captioned(caption: Caption, many: Sequence[Line], text: Text, notes: Iterable[str]) -> Caption:
    """Return the caption with the lines' unit and source in place of empty ones, and ``notes`` before its own."""
    series = many[0].series
    filled = caption.filled(heading(series.unit, text, series.clock, caption.title), notes)
    return filled if filled.source_line else replace(filled, source_line=_publishers(many, text))


def _publishers(many: Sequence[Line], text: Text) -> str:
    """Return the source line of figures that come from no release: each publisher, and the day of its newest figure."""
    newest: dict[str, str] = {}
    for vintage in pl.concat(line.series.frame["vintage"] for line in many).drop_nulls():
        if found := PUBLISHED.fullmatch(vintage):
            newest[found["publisher"]] = max(found["day"], newest.get(found["publisher"], ""))
    return " ".join(
        text.t("source.published", publisher=text.agency(publisher), day=text.loose_day(day))
        for publisher, day in newest.items()
    )


def default_title(many: Sequence[Series], text: Text) -> str:
    """Return a title of the metrics' names, the first one's place, and the latest values with their period.

    Words that all names begin with are said once. The metrics must be in the catalogue.
    """
    stem, names = shortened([named(series.metric, text) for series in many])
    about, place = stem or (names[0] if len(many) == 1 else ""), place_name(many[0].place, text.lang)
    about = about if place in about else ", ".join(filter(None, (about, place)))
    newest = max((end for series in many if (end := series.through)), default=None)
    rows = [series.frame.filter(pl.col("period_end") == newest).rows(named=True)[:1] for series in many]
    if newest is None or not any(rows):
        return f"{about}: {'; '.join(names)}" if len(many) > 1 else about
    last = next(row[0] for row in rows if row)
    period = text.period(last["period_start"], last["period_end"], many[0].clock)
    values, unit = [row[0]["value"] if row else None for row in rows], many[0].unit
    if len(many) == 1:
        return text.t("chart.title", name=about, value=text.amount(values[0], unit), period=period)
    said = [  # the unit follows a name without it: "peso 154,473" are pounds
        text.t(
            "chart.named_value",
            name=name,
            value=(text.value if stem or text.unit(unit) in name.lower() else text.amount)(value, unit),
        )
        for name, value in zip(names, values, strict=True)
    ]
    return text.t("chart.title", name=about, value="; ".join(said), period=period)


def shortened(names: Sequence[str]) -> tuple[str, list[str]]:
    """Return the beginning that several names share, up to a comma, and the rest of each.

    ``Deaths`` and ``reported``, ``predicted`` of ``Deaths, reported`` and ``Deaths, predicted``. A name alone stays
    whole.
    """
    parts = [name.split(", ") for name in names]
    shared = 0
    while len(names) > 1 and min(map(len, parts)) > shared + 1 and len({part[shared] for part in parts}) == 1:
        shared += 1
    return ", ".join(parts[0][:shared]), [", ".join(part[shared:]) for part in parts]


def break_notes(breaks: Sequence[Break], text: Text) -> list[str]:
    """Return a numbered note for each break, with the reason."""
    notes = []
    for number, found in enumerate(breaks, 1):
        reason = found.reason[text.lang]
        if found.first == found.last:
            note = text.t("chart.from_here", day=found.first, reason=reason)
        else:
            note = text.t("chart.between", first=found.first, last=found.last, reason=reason)
        notes.append(f"{number}. " + (note if found.blocks else text.t("chart.soft_break", note=note)))
    return notes


def notes_of(many: Sequence[Line], breaks: Sequence[Break], text: Text, key: str) -> list[str]:
    """Return the notes on breaks, on points that are not final (the text ``key``) or missing, and on populations."""
    rows = pl.concat(line.series.frame for line in many)
    about_points = _point_notes(all_points(many), text, key)
    return [*break_notes(breaks, text), *about_points, *population_notes(rows, text)]


def _point_notes(marks: Sequence[Point], text: Text, key: str) -> list[str]:
    notes = []
    if unsettled := _not_final(marks):
        notes.append(text.t(f"chart.{key}", n=unsettled))
    by_reason: dict[str, dict[str, None]] = {}
    for point in marks:
        if point.value is None:
            by_reason.setdefault(point.missing or "not_published", {})[point.label] = None
    for code, found in by_reason.items():
        labels = list(found)
        listed = ", ".join(labels) if len(labels) <= 4 else f"{labels[0]} … {labels[-1]} ({len(labels)})"
        notes.append(text.t("chart.missing_note", periods=listed, reason=text.t(f"missing.{code}")))
    return notes


def _not_final(marks: Sequence[Point]) -> int:
    return sum(not point.final for point in with_value(marks))


def population_notes(rows: pl.DataFrame, text: Text) -> list[str]:
    """Return a note where the population of some of a rate's ``rows`` is an older one, or too old for a rate."""
    notes = rows["note"].drop_nulls()
    keys = {HELD: "population_held", UNKNOWN: "population_unknown"}
    return [text.t(f"chart.{key}") for words, key in keys.items() if notes.str.contains(words).any()]


def alt_line(label: str, marks: Sequence[Point], unit: str, text: Text, *, extremes: bool = True) -> str:
    """Return a sentence with the first and last value of a line; with ``extremes`` the highest and lowest too."""
    found = with_value(marks)
    if not found:
        return text.t("chart.alt.empty_line", label=label)
    first, last = found[0], found[-1]
    facts = {
        "label": label,
        "first": text.amount(first.value, unit), "first_period": first.label,
        "last": last.words, "last_period": last.label,
    }  # fmt: skip
    if not extremes:
        return text.t("chart.alt.line_ends", **facts)
    high, low = max(found, key=by_value), min(found, key=by_value)
    return text.t(
        "chart.alt.line", **facts,
        high=high.words, high_period=high.label, low=low.words, low_period=low.label,
    )  # fmt: skip


def alt_series(line: Line, text: Text) -> str:
    """Return ``alt_line`` of a line, with highest and lowest value where its periods may be compared."""
    return alt_line(line.name, line.points, line.series.unit, text, extremes=line.series.ranks)


def by_value(point: Point) -> float:
    """Return the value by which points are sorted."""
    return point.value or 0.0


def alt_extremes(key: str, found: Sequence[tuple[float, str, str]], text: Text, empty: str, **facts: Any) -> str:
    """Return the text ``key`` with the highest and the lowest of ``found``, each a value, its label and its words.

    Without any, return that ``empty`` has no value.
    """
    if not found:
        return text.t("chart.alt.empty_line", label=empty)
    (_, high_label, high), (_, low_label, low) = max(found, key=itemgetter(0)), min(found, key=itemgetter(0))
    return text.t(key, high_label=high_label, high=high, low_label=low_label, low=low, **facts)


def alt_rest(marks: Sequence[Point], breaks: Sequence[Break], text: Text) -> str:
    """Return sentences on the breaks, and on the points that are not final, each after a blank."""
    words = ""
    if breaks:
        words += " " + text.t("chart.alt.break", points=", ".join(text.day(found.first) for found in breaks))
    if unsettled := _not_final(marks):
        words += " " + text.t("chart.alt.provisional", n=unsettled)
    return words


def value_words(point: Point, text: Text) -> str:
    """Return the value in a cell: its words, or the reason why it is missing."""
    return point.words if point.value is not None else text.t(f"missing.{point.missing or 'not_published'}")


def interval(lower: float | None, upper: float | None, unit: str, text: Text) -> str:
    """Return an interval in words."""
    if lower is None or upper is None:
        return text.number(None)
    return text.t("number.interval", lower=text.value(lower, unit), upper=text.value(upper, unit))


# Numbers


def data_frame(many: Sequence[Line]) -> pl.DataFrame:
    """Return all rows of all lines, for the CSV file."""
    return pl.concat([frames.rows(line.series) for line in many])


def table(caption: Caption, many: Sequence[Line], text: Text) -> Table:
    """Return a row a period: one line with interval and maturity, or several with the least settled maturity."""
    first = many[0]
    with_interval = len(many) == 1 and any(point.lower is not None for point in first.points)
    columns = [
        Column(text.clock(first.series.clock)), *(Column(line.name, numeric=True) for line in many),
        *([Column(text.t("chart.interval"), numeric=True)] if with_interval else []), Column(text.t("chart.status")),
    ]  # fmt: skip
    by_day = [{point.day: point for point in line.points} for line in many]
    rows = []
    for day in sorted(set(chain(*by_day))):
        cells = [found.get(day) for found in by_day]
        marks = [point for point in cells if point]
        row = [marks[0].label, *(value_words(point, text) if point else text.number(None) for point in cells)]
        if with_interval:
            row.append(interval(marks[0].lower, marks[0].upper, first.series.unit, text))
        worst = max((point.maturity for point in marks), key=MATURITIES.index)
        rows.append((*row, text.t(f"maturity.{worst}")))
    return latest(caption, columns, rows, text)
