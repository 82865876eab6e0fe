"""A series as points on paper: where each stands, what may be joined, and what there is to say about them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, pairwise

import polars as pl

from indicators import catalog
from indicators.catalog import Break
from indicators.catalog.schema import MATURITIES
from indicators.charts import style
from indicators.charts.style import Trace
from indicators.charts.tables import Column, Table
from indicators.errors import UsageError
from indicators.i18n import Text, unit_digits
from indicators.metrics import frames
from indicators.metrics.rates import HELD, UNKNOWN
from indicators.metrics.series import Series
from indicators.periods import Clock, months_between

# How far apart two points may stand and still be joined; snapshots of a register, a quarter.
MONTHS_APART = {
    Clock.MONTH: 1, Clock.TWELVE_MONTH_ENDING: 1, Clock.TWELVE_MONTH_ROLLING: 1,
    Clock.QUARTER: 3, Clock.STOCK: 3, Clock.YEAR: 12, Clock.FISCAL_YEAR: 12, Clock.FISCAL_YEAR_TO_DATE: 12,
}  # fmt: skip

TWELVE_MONTHS = {Clock.TWELVE_MONTH_ENDING, Clock.TWELVE_MONTH_ROLLING}
AT_MIDDLE = {Clock.QUARTER, Clock.YEAR, Clock.FISCAL_YEAR, Clock.HALF_YEAR}
PUBLISHED = re.compile(
    r"(?P<publisher>.+?) \(.*\), (?P<day>\d{4}(-\d\d){0,2})"
)  # of a figure that others published
VINTAGE = re.compile(r"(?P<source>\w+)-(?P<day>\d{4}-\d\d-\d\d)-[0-9a-f]{8}")


@dataclass(frozen=True)
class Point:
    """One period of a series; ``label`` is the period and ``words`` the value, as the reader sees them."""

    day: date
    value: float | None
    lower: float | None
    upper: float | None
    final: bool
    maturity: str
    missing: str | None
    label: str
    words: str


def points(series: Series, text: Text) -> list[Point]:
    """The periods of a series, oldest first. What lasts a year or less stands at its middle (at its end, a year's
    figure would stand at the name of the next); a sum that slides, and a day, at the end."""
    made = []
    for row in series.frame.iter_rows(named=True):
        start, end, value = row["period_start"], row["period_end"], row["value"]
        made.append(
            Point(
                day=_stands(start, end, series.clock),
                value=value,
                lower=row["lower"],
                upper=row["upper"],
                final=row["maturity"] == "final",
                maturity=row["maturity"],
                missing=row["missing_code"],
                label=text.point(start, end, series.clock),
                words=text.value(value, series.unit),
            )
        )
    return made


def _stands(start: date, end: date, clock: Clock) -> date:
    if clock is Clock.MONTH:
        return start + timedelta(days=14)
    return start + (end - start) / 2 if clock in AT_MIDDLE else end


def stretches(series: Series, marks: list[Point]) -> list[list[Point]]:
    """Runs of points that a line may join: no missing value, no left-out period, no blocking break between."""
    apart = MONTHS_APART.get(series.clock)
    runs: list[list[Point]] = [[]]
    for number, here in enumerate(marks):
        before = marks[number - 1] if number else here
        left_out = apart is not None and months_between(before.day, here.day) > apart
        broken = any(one.blocks and before.day < one.first <= here.day for one in series.breaks)
        if left_out or broken or here.value is None:
            runs.append([])
        if here.value is not None:
            runs[-1].append(here)
    return [run for run in runs if run]


def pieces(run: list[Point]) -> list[tuple[bool, list[Point]]]:
    """A run cut where it turns from final to not final; neighbouring pieces share the point between them."""
    made: list[tuple[bool, list[Point]]] = []
    for before, here in pairwise(run):
        settled = before.final and here.final
        if not made or made[-1][0] is not settled:
            made.append((settled, [before]))
        made[-1][1].append(here)
    return made or [(mark.final, [mark]) for mark in run]


def breaks_within(many: Sequence[Series], marks: list[Point]) -> list[Break]:
    """The breaks of all series that fall within the points' days, oldest first, each once."""
    found = {one.id: one for series in many for one in series.breaks}
    inside = [one for one in found.values() if marks and marks[0].day < one.first <= marks[-1].day]
    return sorted(inside, key=lambda one: (one.first, one.id))


def break_notes(breaks: Sequence[Break], text: Text) -> list[str]:
    """A numbered note for each break, with the reason."""
    notes = []
    for number, one in enumerate(breaks, 1):
        reason = one.reason[text.lang]
        if one.first == one.last:
            note = text.t("chart.from_here", day=one.first, reason=reason)
        else:
            note = text.t("chart.between", first=one.first, last=one.last, reason=reason)
        notes.append(f"{number}. " + (note if one.blocks else text.t("chart.soft_break", note=note)))
    return notes


def point_notes(marks: Sequence[Point], text: Text, key: str = "provisional_note") -> list[str]:
    """How many points are not final, and which have no value and why."""
    notes = []
    if unsettled := sum(not mark.final for mark in marks if mark.value is not None):
        notes.append(text.t(f"chart.{key}", n=unsettled))
    by_reason: dict[str, list[str]] = {}
    for mark in marks:
        if mark.value is None:
            labels = by_reason.setdefault(mark.missing or "not_published", [])
            if mark.label not in labels:
                labels.append(mark.label)
    for code, labels in by_reason.items():
        listed = ", ".join(labels) if len(labels) <= 4 else f"{labels[0]} … {labels[-1]} ({len(labels)})"
        notes.append(text.t("chart.missing_note", periods=listed, reason=text.t(f"missing.{code}")))
    return notes


def population_notes(rows: pl.DataFrame, text: Text) -> list[str]:
    """That the population of some of a rate's ``rows`` is held, or too far off for a rate."""
    told = rows["note"].drop_nulls()
    keys = {HELD: "population_held", UNKNOWN: "population_unknown"}
    return [text.t(f"chart.{key}") for words, key in keys.items() if told.str.contains(words).any()]


def alt_line(label: str, marks: Sequence[Point], unit: str, text: Text, *, extremes: bool = True) -> str:
    """First (with its unit) and last value of a line, in a sentence; with ``extremes`` the highest and lowest too."""
    known = [(mark.value, mark) for mark in marks if mark.value is not None]
    if not known:
        return text.t("chart.alt.empty_line", label=label)
    first, last = known[0][1], known[-1][1]
    facts = {
        "label": label,
        "first": text.amount(first.value, unit), "first_period": first.label,
        "last": last.words, "last_period": last.label,
    }  # fmt: skip
    if not extremes:
        return text.t("chart.alt.line_ends", **facts)
    high, low = max(known, key=lambda one: one[0])[1], min(known, key=lambda one: one[0])[1]
    return text.t(
        "chart.alt.line", **facts,
        high=high.words, high_period=high.label, low=low.words, low_period=low.label,
    )  # fmt: skip


def alt_rest(marks: Sequence[Point], breaks: Sequence[Break], text: Text) -> str:
    """What else an eye would notice: breaks, and figures that are not final."""
    words = ""
    if breaks:
        words += " " + text.t("chart.alt.break", points=", ".join(text.day(one.first) for one in breaks))
    if unsettled := sum(not mark.final for mark in marks if mark.value is not None):
        words += " " + text.t("chart.alt.provisional", n=unsettled)
    return words


def value_words(mark: Point, text: Text) -> str:
    """The value in a cell: its words, or why there is none."""
    return mark.words if mark.value is not None else text.t(f"missing.{mark.missing or 'not_published'}")


def interval_words(mark: Point, unit: str, text: Text) -> str:
    if mark.lower is None or mark.upper is None:
        return text.number(None)
    return text.t("number.interval", lower=text.value(mark.lower, unit), upper=text.value(mark.upper, unit))


def same_axis(many: Sequence[Series]) -> None:
    """Raise UsageError unless all series share one clock and one unit, as one axis must."""
    if not many:
        raise UsageError("a chart needs at least one series")
    kinds = sorted({f"{one.unit} by {one.clock}" for one in many})
    if len(kinds) > 1:
        raise UsageError(f"{' and '.join(kinds)} cannot share one axis")


def heading(unit: str, text: Text, clock: Clock | None = None, title: str = "") -> str:
    """The unit as the line below a title, as ``measured`` words it."""
    words = measured(unit, text, clock, title)
    return words[:1].upper() + words[1:]


def measured(unit: str, text: Text, clock: Clock | None, title: str) -> str:
    """What a chart's values are: the unit, and that they are sums of twelve months unless the title says so."""
    words = text.unit(unit)
    if clock not in TWELVE_MONTHS:
        return words
    said = (text.t("period.twelve_months"), text.clock(clock))
    return words if any(one in title for one in said) else text.t("unit.in_twelve_months", unit=words)


def named(metric: str, text: Text) -> str:
    """A metric's name for a title that gives the period: without the twelve months, which the period tells."""
    return catalog.metrics()[metric].name[text.lang].removesuffix(f", {text.t('period.twelve_months')}")


def place_name(place: str, lang: str) -> str:
    """The name of a place, or the id itself where the catalogue does not know it."""
    known = catalog.places().get(place)
    return known.name(lang) if known else place


def default_title(many: Sequence[Series], text: Text) -> str:
    """The metrics' names, the first one's place, and the latest values with their period: of several metrics,
    what they share is said once. The metrics must be in the catalogue."""
    stem, names = shortened([named(one.metric, text) for one in many])
    about, place = stem or (names[0] if len(many) == 1 else ""), place_name(many[0].place, text.lang)
    about = about if place in about else ", ".join(filter(None, (about, place)))
    newest = max((end for one in many if (end := one.through)), default=None)
    rows = [one.frame.filter(pl.col("period_end") == newest).rows(named=True)[:1] for one in many]
    if newest is None or not any(rows):
        return f"{about}: {'; '.join(names)}" if len(many) > 1 else about
    last = next(row[0] for row in rows if row)
    period = text.period(last["period_start"], last["period_end"], many[0].clock)
    values = [row[0]["value"] if row else None for row in rows]
    unit = text.unit(many[0].unit)
    told = [  # a name that does not tell the unit is followed by it: "peso 154,473" are pounds
        text.t(
            "chart.named_value",
            name=name,
            value=(text.value if stem or unit in name.lower() else text.amount)(value, many[0].unit),
        )
        for name, value in zip(names, values, strict=True)
    ]
    value = "; ".join(told) if len(many) > 1 else text.amount(values[0], many[0].unit)
    return text.t("chart.title", name=about, value=value, period=period)


def shortened(names: Sequence[str]) -> tuple[str, list[str]]:
    """What all of several names begin with, up to a comma, and what is left of each: ``Deaths`` and
    ``reported``, ``predicted`` of ``Deaths, reported`` and ``Deaths, predicted``. A name alone stays whole."""
    parts = [name.split(", ") for name in names]
    shared = 0
    while len(names) > 1 and min(map(len, parts)) > shared + 1 and len({one[shared] for one in parts}) == 1:
        shared += 1
    return ", ".join(parts[0][:shared]), [", ".join(one[shared:]) for one in parts]


def source_line(many: Sequence[Series], text: Text) -> str:
    """Agency, series and latest release of every source that went into the values, populations included."""
    releases: dict[str, str] = {one.source: "" for one in many}
    for one in many:
        for vintages in one.frame["vintage"].drop_nulls().unique(maintain_order=True):
            for vintage in vintages.split("; "):
                if known := PUBLISHED.fullmatch(vintage):
                    releases.pop(one.source, None)
                    source, day = known["publisher"], known["day"]
                else:
                    known = VINTAGE.fullmatch(vintage)
                    source, day = (known["source"], known["day"]) if known else (one.source, vintage)
                releases[source] = max(day, releases.get(source, ""))
    return " ".join(_source_sentence(source, day, text) for source, day in releases.items())


def _source_sentence(source: str, day: str, text: Text) -> str:
    entry = catalog.sources().get(source)
    agency, name = (entry.agency[text.lang], entry.name[text.lang]) if entry else (source, "")
    named = ", ".join(part for part in (agency, name) if part)
    if not day:
        return text.t("source.line_undated", source=named)
    if not entry:
        return text.t("source.published", publisher=text.agency(named), day=text.loose_day(day))
    with suppress(ValueError):  # a release that is named otherwise keeps its name
        day = text.day(date.fromisoformat(day))
    return text.t("source.line", source=named, release=day)


def data_frame(many: Sequence[Series]) -> pl.DataFrame:
    """All rows of all series, as they leave the project: what the CSV holds."""
    return pl.concat([frames.rows(one) for one in many])


QUIET = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False}


def bands(runs: list[list[Point]], colour: str) -> list[Trace]:
    """The intervals of all runs as one trace of separate shapes; nothing where there is none."""
    xs: list[str | None] = []
    ys: list[float | None] = []
    for run in runs:
        inside = [mark for mark in run if mark.lower is not None and mark.upper is not None]
        if len(inside) > 1:
            xs += [*(mark.day.isoformat() for mark in chain(inside, inside[::-1])), None]
            ys += [*(mark.lower for mark in inside), *(mark.upper for mark in inside[::-1]), None]
    if not xs:
        return []
    return [
        {
            **QUIET, "x": xs[:-1], "y": ys[:-1], "line": {"width": 0},
            "fill": "toself", "fillcolor": style.rgba(colour, style.BAND),
        }
    ]  # fmt: skip


def paths(runs: list[list[Point]], colour: str, width: float) -> list[tuple[Trace, list[Point | None]]]:
    """The line through all runs: a solid trace where both ends are final, a dashed one for the rest; with
    each the points it goes through, ``None`` where it is interrupted."""
    made: list[tuple[Trace, list[Point | None]]] = []
    for settled, dash in ((True, "solid"), (False, style.DASH)):
        chosen = [piece for run in runs for kind, piece in pieces(run) if kind is settled]
        through: list[Point | None] = [mark for piece in chosen for mark in (*piece, None)][:-1]
        if through:
            trace = {
                **QUIET,
                "x": [mark and mark.day.isoformat() for mark in through],
                "y": [mark and mark.value for mark in through],
                "line": {"color": colour, "width": width, "dash": dash},
            }
            made.append((trace, through))
    return made


def spoken(
    marks: Sequence[Point | None], name: str, unit: str, text: Text, *, intervals: bool = True
) -> Trace:
    """What a point says when pointed at: name, period, value with unit, interval, and whether it is final.

    Plotly writes the numbers; it is told the format, and both languages share the separators.
    """
    form = ".1%" if unit == "share" else f",.{unit_digits(unit)}f"
    value = f"%{{y:{form}}}"
    words = (
        value if unit == "share" else text.t("number.amount", value=value, unit=style.plain(text.unit(unit)))
    )
    said: Trace = {"hoverinfo": "all", "text": [_label(mark, text) for mark in marks]}
    known = [mark for mark in marks if mark]
    if intervals and known and all(mark.lower is not None and mark.upper is not None for mark in known):
        lower, upper = (f"%{{customdata[{number}]:{form}}}" for number in (0, 1))
        interval = text.t("number.interval", lower=lower, upper=upper)
        words += f"<br>{style.plain(text.t('chart.interval'))}: {interval}"
        said["customdata"] = [mark and [style.fine(mark.lower), style.fine(mark.upper)] for mark in marks]
    if name:
        said["meta"] = style.plain(name)
    head = "<b>%{meta}</b><br>" if name else ""
    return {**said, "hovertemplate": f"{head}%{{text}}<br>{words}<extra></extra>"}


def _label(mark: Point | None, text: Text) -> str:
    if mark is None:
        return ""
    label = style.plain(mark.label)
    return label if mark.final else f"{label} · {style.plain(text.t(f'maturity.{mark.maturity}'))}"


MOST = 60  # periods; the CSV file has them all


def table(
    id: str,
    title: str,
    many: Sequence[Series],
    labels: Sequence[str],
    told: Sequence[list[Point]],
    text: Text,
) -> Table:
    """A row a period: one series with interval and maturity, or several beside each other with the maturity
    of the least settled. Of long series the latest MOST periods, and a note that says so."""
    with_interval = len(many) == 1 and any(mark.lower is not None for mark in told[0])
    columns = [Column(text.clock(many[0].clock)), *(Column(label, numeric=True) for label in labels)]
    if with_interval:
        columns.append(Column(text.t("chart.interval"), numeric=True))
    columns.append(Column(text.t("chart.status")))

    by_day = [{mark.day: mark for mark in line} for line in told]
    days = sorted({mark.day for line in told for mark in line}, reverse=True)
    rows = []
    for day in days[:MOST]:
        marks = [line.get(day) for line in by_day]
        known = [mark for mark in marks if mark]
        row = [known[0].label, *(_value(mark, text) for mark in marks)]
        if with_interval:
            row.append(interval_words(known[0], many[0].unit, text))
        worst = max((mark.maturity for mark in known), key=MATURITIES.index)
        rows.append((*row, text.t(f"maturity.{worst}")))
    notes = (text.t("chart.latest_note", n=MOST),) if len(days) > MOST else ()
    return Table(id, title, tuple(columns), tuple(rows), notes, lang=text.lang)


def _value(mark: Point | None, text: Text) -> str:
    return value_words(mark, text) if mark else text.number(None)
