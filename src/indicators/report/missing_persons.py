"""The register of missing persons between two snapshots, and beside the killings of the same months."""

from collections.abc import Iterator

import polars as pl

from indicators import charts
from indicators.charts.tables import Table
from indicators.i18n import Text
from indicators.metrics import missing_register
from indicators.metrics.change import year_on_year
from indicators.metrics.frames import resting_on
from indicators.metrics.missing_register import Decomposition
from indicators.metrics.series import NotComparable
from indicators.metrics.windows import windows
from indicators.periods import Clock
from indicators.report import exhibits, sentences
from indicators.report.sentences import Words
from indicators.report.view import current, where_held

STOCK = "mx_missing_stock"
KILLINGS, MISSING, JOINT = "mx_intentional_killings", "mx_missing_new", "mx_missing_ratio_homicide"


@where_held
def decomposition() -> Table | Words:
    """Return what moved the register of missing persons between its two newest snapshots that have the years."""
    view = current()
    text = view.text
    series = view.series(STOCK, "MX")
    found = missing_register.snapshots(view.connection, view.as_of)
    if len(found) < 2:
        return Words(text.t("register.one_snapshot", n=len(found)))
    before, after = found[-2:]
    starts = dict(series.frame.select("period_end", "period_start").iter_rows())
    first, last = ((starts.get(one.day, one.day), one.day) for one in (before, after))
    try:
        moved = missing_register.decompose(series, before, after)
    except NotComparable as error:
        reason = error.broken.reason[text.lang] if error.broken else ""
        days = {"first": text.known_day(*first), "last": text.known_day(*last)}
        return Words(text.t("register.broken", **days, reason=reason))
    then = {"first": sentences.then(text, *first), "last": sentences.then(text, *last)}
    stocks = {"before": text.number(moved.before), "after": text.number(moved.after)}
    return exhibits.table(
        "register-movements",
        text.t("register.title", **then, **stocks),
        exhibits.headings("register", "movement persons", numbers="persons"),
        _movements(text, moved, **then),
        resting_on(moved.cohorts, [series]),
        notes=(text.t("register.net"), text.t("register.not_found")),
        source_line=view.source_line([series]),
    )


def _movements(text: Text, found: Decomposition, first: str, last: str) -> Iterator[tuple[str, str]]:
    year = str(found.first.year)
    yield text.t("register.stock", then=first), text.number(found.before)
    yield text.t("register.new", year=year), sentences.signed(text, found.new)
    yield text.t("register.late", year=year), sentences.signed(text, found.late)
    if found.located is not None:
        yield text.t("register.located"), sentences.signed(text, -found.located)
    gone = "removed_or_located" if found.located is None else "removed"
    yield text.t(f"register.{gone}"), sentences.signed(text, -found.removed_or_redated)
    yield text.t("register.stock", then=last), text.number(found.after)


@where_held
def joint() -> Words:
    """Return killings and disappearances of the same twelve months in a sentence, side by side and never added."""
    view = current()
    text = view.text
    both = view.series(JOINT, "MX").frame.filter(pl.col("value").is_not_null())
    row = both.row(-1, named=True)
    killings = view.series(KILLINGS, "MX")
    change = year_on_year(killings, row["period_end"])
    level = text.t(
        "joint.level",
        **view.called(killings),
        value=text.amount(row["denominator"], killings.unit),
        period=text.period(row["period_start"], row["period_end"], Clock.TWELVE_MONTH_ROLLING),
    )
    missing = text.t(
        "joint.missing",
        missing=text.number(row["numerator"]),
        per_hundred=text.number(100 * row["value"]),
    )
    changed = sentences.change_sentence(text, change, killings.unit, neutral=False)
    return Words(" ".join([level, changed, missing, text.t("joint.guard")]))


@where_held
def joint_killings() -> charts.Chart:
    """Return victims of intentional killings in twelve months, on the axis of ``joint_missing``."""
    return _in_line(KILLINGS)


@where_held
def joint_missing() -> charts.Chart:
    """Return people who disappeared in twelve months and are still missing, on the axis of ``joint_killings``."""
    return _in_line(MISSING)


def _in_line(metric: str) -> charts.Chart:
    view = current()
    series = windows(view.series(metric, "MX"), Clock.TWELVE_MONTH_ROLLING)
    return exhibits.lines([series], [], view.id(metric, "joint"), span=view.span)
