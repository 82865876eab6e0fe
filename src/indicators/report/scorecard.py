"""The scorecard: its lines with their assessments, its tables, and the same in words."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import polars as pl

from indicators import catalog
from indicators.catalog import Metric
from indicators.catalog.scorecard import Line as Entry
from indicators.catalog.scorecard import OfficialTarget, goals, targets
from indicators.charts.chart import Chart
from indicators.charts.tables import NOTHING, TONE_MARKS, Badge, Cell, Quantity, Table, Tone
from indicators.errors import UsageError
from indicators.i18n import Text
from indicators.metrics import compute, ledger, process_chart, published, status
from indicators.metrics.change import Change
from indicators.metrics.series import MADE_ANEW, Series, weakest
from indicators.metrics.status import RULES, Assessment, Status, Target, assess
from indicators.metrics.windows import sums, windows
from indicators.periods import Clock, add_months, months_between
from indicators.releases.store import Provenance
from indicators.report import exhibits, sentences
from indicators.report.exhibits import headings
from indicators.report.exhibits import table as table_of
from indicators.report.sentences import Line, Words
from indicators.report.view import Figures, View, current, one_series, quarter_words, where_held
from indicators.warehouse import query


@cache
def lines(view: View) -> tuple[Line, ...]:
    """Return every line of the scorecard, in its order."""
    entries = [(goal.id, entry) for goal in goals() for entry in goal.lines]
    return tuple(replace(_line(view, entry), goal=goal, headline=entry.headline) for goal, entry in entries)


def _line(view: View, entry: Entry) -> Line:
    names = [name for name in (entry.metric, entry.or_metric) if name]
    found = {name: series_of(view, catalog.metrics()[name], entry.place) for name in names}
    metric = catalog.metrics()[max(names, key=lambda name: _through(found[name]))]
    series = found[metric.id]
    if metric.klass == "ledger":
        return _on_record(view, metric, entry.place, series)
    return _measured(view, metric, entry, series) if series else without_figure(metric, entry.place)


def _through(series: Series | None) -> date:
    return (series.through if series else None) or date.min


def series_of(view: View, metric: Metric, place: str) -> Series | None:
    """Return the series up to the quarter's end, a share by months; None without a figure.

    A coding of texts is taken as of the report's day, because it concerns the texts and not the day of the coding.
    """
    try:
        if metric.rule == "framework":
            return compute.series(view.connection, metric.id, place, view.as_of)
        return view.series(metric.id, place, Clock.MONTH if metric.kind == "share" else None)
    except UsageError:
        return None


def _measured(view: View, metric: Metric, entry: Entry, series: Series) -> Line:
    official = targets()[entry.target] if entry.target else None
    found = assess(metric, series, target=_target(series, official))
    compared = metric.kind == "published" and found.change.distinguishable is not None
    if compared and not published.carries_status(series):
        found = replace(found, status=Status("not_assessable", found.status.rule, "press"))
    latest = over_twelve_months(metric, series)
    newer = _newer(view, entry, series, latest)
    line = Line(metric, entry.place, series, latest, found, target=official, newer=newer)
    line = replace(line, provenance=_provenance(line, series))
    return replace(line, grade=grade(view, series, line.provenance))


def _newer(view: View, entry: Entry, series: Series, latest: Series) -> Series | None:
    """Return a figure after the last of those compared: a total that was announced, or the months since a break.

    A total announced on the clock of the line comes first, then one on its own metric's clock, then part of a year.
    """
    last = latest.through
    if last and (name := entry.newer_metric):
        for clock in (latest.clock, None, *OF_PART):
            with suppress(UsageError):
                announced = view.series(name, entry.place, clock)
                if announced.through and announced.through > last:
                    return announced
        return None
    if last and series.clock == Clock.MONTH and series.through and series.through > last:
        since = last + timedelta(days=1), series.through
        return replace(series, clock=Clock.PART_YEAR, frame=sums(series, [since]))
    return None


def over_twelve_months(metric: Metric, series: Series) -> Series:
    """Return the sums over twelve months of a monthly series of our own; figures that others published as they are."""
    ours = series.clock == Clock.MONTH and metric.kind != "published"
    return windows(series, Clock.TWELVE_MONTH_ROLLING) if ours else series


def without_figure(metric: Metric, place: str) -> Line:
    """Return a line without a figure: no agency publishes one, or none was out by the day."""
    code = "not_published" if metric.searched else "not_at_hand"
    return Line(metric, place, None, None, Assessment(Status(code, RULES[metric.klass]), Change(reason="missing")))


def _on_record(view: View, metric: Metric, place: str, series: Series | None) -> Line:
    """Return a line of the ledger: present, overdue or neither by the report's day."""
    day = view.as_of
    if metric.rule == "framework":
        coded = series.frame.row(-1, named=True) if series else {}
        last, due = coded["period_start"] if coded.get("value") else None, None
    else:
        last, due = ledger.dates(view.connection, metric, view.as_of, day)
    found = Assessment(status.ledger(last, due, day), Change(reason="clock"))
    return Line(metric, place, series, series, found, due=due)


def _target(series: Series, official: OfficialTarget | None) -> Target | None:
    """Return the target with its baseline of the series; None where the series lacks the baseline period."""
    if official is None:
        return None
    period = (official.baseline_first, official.baseline_last)
    same = (pl.col("period_start") == period[0]) & (pl.col("period_end") == period[1])
    baseline = series.frame.filter(same)["value"].drop_nulls()
    return None if baseline.is_empty() else Target(period, official.value)


def _provenance(line: Line, series: Series) -> str | None:
    """Return the weakest provenance of the two years compared, and of the baseline of a target."""
    assert series.through
    used = pl.col("period_end") >= add_months(series.through, -23)
    if line.target:
        used |= pl.col("period_end") == line.target.baseline_last
    return weakest(series.frame.filter(used, pl.col("value").is_not_null())["provenance"])


def grade(view: View, series: Series, provenance: str | None) -> str:
    """Return the grade of a series by three conditions: A for all, B for two, C for fewer or an end a year before.

    The series reaches the end of the quarter; no break, blocking or not, lies in the two years compared; three
    releases or more contain figures of these two years, so that their revisions can be measured. A release that is
    not the agency's own bytes allows no A; a figure of a document has no release.
    """
    through = series.through
    assert through  # a series without a value has no line
    compared = add_months(through, -23), through
    met = [through >= view.ends, series.touched(*compared) is None, _releases(view, series, *compared) >= 3]
    if months_between(through, view.ends) >= 12:
        return "C"
    best = "A" if provenance in (None, Provenance.AGENCY_BYTES) else "B"
    return {3: best, 2: "B"}.get(sum(met), "C")


def _releases(view: View, series: Series, first: date, last: date) -> int:
    """Count the releases out by the report's day with figures, between two days, of the series' parts.

    A part is an instrument, a fiscal year or a status of the register.
    """
    recent = series.frame.filter(pl.col("period_end") >= first)["vintage"]
    used = recent.drop_nulls().str.split("; ").explode().unique().sort().to_list()
    found = query.select(
        view.connection,
        "SELECT DISTINCT vintage FROM vintage_part JOIN vintage USING (vintage)"
        " WHERE source = $source AND released <= $day AND period_from <= $last AND period_through >= $first"
        " AND part IN (SELECT part FROM vintage_part WHERE list_contains($used, vintage))",
        {"source": series.source, "day": view.as_of, "first": first, "last": last, "used": used},
    )
    return found.height


OF_PART = (Clock.HALF_YEAR, Clock.PART_YEAR, Clock.RUNNING_COUNTER)  # announced before the year is whole
TONES: dict[str, Tone] = {
    "target_met": "good", "improving": "good",
    "getting_worse": "bad", "worsening": "bad", "overdue": "bad",
    "little_or_no_change": "flat", "no_detectable_change": "flat",
    "unusually_high": "shown", "unusually_low": "shown", "usual": "shown", "watch": "shown",
    "present": "shown", "shown": "shown",
    "not_assessable": "unknown", "not_published": "unknown", "not_at_hand": "unknown",
}  # fmt: skip
JUDGED = ("good", "bad", "flat")


def table() -> Table:
    """Return the scorecard as a table, by goal."""
    view = current()
    notes = [view.text.t(f"scorecard.{key}") for key in ("rules", "intervals", "ledger", "grades")]
    return table_of(
        "scorecard",
        view.text.t("scorecard.title", quarter=quarter_words(view.quarter, view.text).lower()),
        headings("scorecard", "metric status latest change signal grade", numbers="latest change"),
        [_row(view, line) for line in lines(view)],
        _data(view),
        groups=_groups(view),
        notes=(*notes, _false_alarms(view)),
        source_line=view.source_line([line.series for line in lines(view) if line.series]),
    )


def accountability() -> Table:
    """Return the agency responsible for each line in either country, and the official target where there is one."""
    view = current()
    text = view.text
    rows = (
        (
            name(view, line),
            text.agency(line.metric.owner_us) or NOTHING,
            text.agency(line.metric.owner_mx) or NOTHING,
            line.target.set_by[text.lang] if line.target else text.t("status.no_target"),
            text.t(f"rule.{line.assessment.status.rule}"),
        )
        for line in lines(view)
    )
    return table_of(
        "accountability",
        text.t("scorecard.accountability"),
        headings("scorecard", "metric owner_us owner_mx target rule"),
        rows,
        _data(view).select("objective", "metric", "place", "target", "rule"),
        groups=_groups(view),
    )


def unsigned(view: View) -> list[Line]:
    """Return the lines that are judged, or drawn on the index, and rest on a rebuilt or transcribed release."""
    judged = [line for line in lines(view) if line.headline or TONES[line.assessment.status.code] in JUDGED]
    return [line for line in judged if line.provenance in MADE_ANEW]


def _row(view: View, line: Line) -> tuple[Cell, ...]:
    text, signal = view.text, line.assessment.signal
    badge = badge_of(text, line.assessment.status.code)
    if line.series is None or line.latest is None:
        return (name(view, line), badge, *[NOTHING] * 4)
    on_record = line.metric.klass == "ledger"
    value, about = sentences.latest(text, line.latest)
    if line.latest.through and not on_record and (months := view.lag_months(line.latest.through)):
        about += "; " + text.t("scorecard.age", n=months)
    changed = NOTHING if on_record else Quantity(*sentences.change(text, line.yearly, line.series.unit))
    compared = line.latest.through
    made_anew = text.t(f"provenance.short.{line.provenance}") if line.provenance in MADE_ANEW else ""
    if line.newer and compared and line.newer.clock == line.latest.clock:  # then it is the newest figure of the line
        value, about = _announced(view, line.newer)
        if isinstance(changed, Quantity):
            until = text.t("scorecard.judged_to", month=text.month(compared))
            changed = replace(changed, about="; ".join(filter(None, (changed.about, until, made_anew))))
    else:
        about = "; ".join(filter(None, (about, made_anew)))
        about += f". {sentences.newer(text, line.newer)}" if line.newer else ""
    return (
        name(view, line),
        badge,
        Quantity(value, about),
        changed,
        text.t(f"signal.word.{signal.code}") if signal and signal.code else NOTHING,
        line.grade or NOTHING,
    )


def _announced(view: View, series: Series) -> tuple[str, str]:
    """Return a published figure as sentences.latest does, with its publisher and its age."""
    value, about = sentences.latest(view.text, series)
    row = sentences.last_row(series)
    assert row
    parts = [about, view.text.t("scorecard.announced", publisher=row["vintage"])]
    if months := view.lag_months(row["period_end"]):
        parts.append(view.text.t("scorecard.age", n=months))
    return value, "; ".join(parts)


def badge_of(text: Text, status: str) -> Badge:
    """Return the badge of a status."""
    return Badge(text.t(f"status.{status}"), TONES[status])


def _groups(view: View) -> tuple[tuple[str, int], ...]:
    counted = Counter(line.goal for line in lines(view))
    return tuple((goal.name[view.text.lang], counted[goal.id]) for goal in goals() if counted[goal.id])


def name(view: View, line: Line, *, objective: bool = True) -> str:
    """Return the objective of a line, its metric, and its place unless the metric's name contains it."""
    named = line.metric.name[view.text.lang]
    if line.metric.klass != "ledger":
        named = sentences.placed(named, view.place(line.place))
    return f"{line.metric.objective} · {named}" if objective and line.metric.objective != "G" else named


def _false_alarms(view: View) -> str:
    charts = [line for line in lines(view) if line.assessment.signal and line.assessment.signal.code]
    correlations = [line.assessment.change.autocorrelation or 0.0 for line in charts]
    expected = view.text.number(process_chart.expected(correlations), 1)
    return view.text.t("scorecard.false_alarms", n=len(charts), expected=expected)


def _data(view: View) -> pl.DataFrame:
    """Return the scorecard's numbers for the CSV, a row for each line."""
    rows = []
    for line in lines(view):
        change, status, series = line.yearly, line.assessment.status, line.latest
        row = sentences.last_row(series) or {}
        rows.append(
            {
                "goal": line.goal,
                "objective": line.metric.objective,
                "metric": line.metric.id,
                "place": line.place,
                "clock": str(series.clock) if series else None,
                **{name: row.get(name) for name in ("period_start", "period_end", "value")},
                "unit": line.metric.unit,
                "maturity": row.get("maturity"),
                "change": change.ratio if change.scale == "ratio" else change.difference,
                **{f"change_{key}": getattr(change, key) for key in ("lower", "upper", "scale", "method")},
                "dispersion": change.dispersion,
                "signal": line.assessment.signal.code if line.assessment.signal else None,
                "target": line.target.value if line.target else None,
                "due": line.due,
                "status": status.code,
                "rule": status.rule,
                "reason": status.reason,
                "break": status.broken.id if status.broken else None,
                "grade": line.grade,
                "vintage": row.get("vintage"),
                "provenance": line.provenance,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def ages(view: View) -> pl.DataFrame:
    """Return the lines with a figure, the oldest first: the end of the newest period, its age on the view's day.

    ``compared_to`` is the end of the periods that the change compares, where a newer figure is shown beside it.
    """
    rows = [
        {
            "metric": line.metric.id,
            "place": line.place,
            "status": line.assessment.status.code,
            "period_end": newest,
            "age_months": months_between(newest, view.as_of),
            "compared_to": line.latest.through if line.newer else None,
        }
        for line in lines(view)
        if line.latest and line.metric.rule != "framework" and (newest := (line.newer or line.latest).through)
    ]
    return pl.DataFrame(rows, infer_schema_length=None).sort("period_end", "metric")


def answer() -> Words:
    """Return the answer to "Is it getting better?": the lines that can be judged by name, the count of the others."""
    view = current()
    text = view.text
    names: dict[str, list[str]] = {tone: [] for tone in TONE_MARKS}
    for line in lines(view):
        names[TONES[line.assessment.status.code]].append(_short(view, line))
    none = text.t("scorecard.answer.none")
    points = [f"- {text.t(f'scorecard.answer.{tone}', names='; '.join(names[tone]) or none)}\n" for tone in JUDGED]
    rest = text.t("scorecard.answer.rest", shown=len(names["shown"]), unknown=len(names["unknown"]))
    return Words("".join([*points, "\n", rest]))


def _short(view: View, line: Line) -> str:
    """Return a line's name with its change over a year, where there is one."""
    named = name(view, line, objective=False)
    if not line.series:
        return named
    amount, _ = sentences.change(view.text, line.yearly, line.series.unit)
    return named if amount == NOTHING else f"{named} ({amount})"


def in_words() -> Words:
    """Return a few sentences for every line, goal by goal."""
    view = current()
    parts = []
    for goal in goals():
        found = [f"- {sentences.line(view.text, line)}" for line in lines(view) if line.goal == goal.id]
        if found:
            parts += [f"### {goal.name[view.text.lang]}\n", *found, ""]
    return Words("\n".join(parts))


@where_held
def panel(figures: Figures) -> Chart:
    """Return one series of a pair of both countries, on the time axis that all panels of the page share.

    Each series has its own chart, clock, unit, breaks and scale: side by side is not cause, and nothing is divided.
    """
    view, series = current(), one_series(figures)
    shown = replace(series, frame=series.frame.filter(pl.col("period_end") >= view.span[0]))
    name = view.id("context", series.metric, series.place)
    title = sentences.placed(view.metric_name(series.metric), view.place(series.place))
    return exhibits.lines([shown], [], name, title=title, span=view.span)


def said(sides: Sequence[tuple[str, str]]) -> Words:
    """Return a few sentences for each metric and place of a pair, each line by itself."""
    view = current()
    return Words("\n".join(f"- {sentences.line(view.text, _side(view, *side))}" for side in sides))


def _side(view: View, name: str, place: str) -> Line:
    metric = catalog.metrics()[name]
    series = series_of(view, metric, place)
    if series is None:
        return without_figure(metric, place)
    return Line(metric, place, series, over_twelve_months(metric, series), assess(metric, series))
