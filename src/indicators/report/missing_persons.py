"""The register of missing persons between two snapshots, and beside the killings of the same months."""

from __future__ import annotations

import polars as pl

from indicators import charts
from indicators.charts import tables
from indicators.charts.tables import Column
from indicators.i18n import Text
from indicators.metrics import missing_register
from indicators.metrics.change import year_on_year
from indicators.metrics.missing_register import Decomposition
from indicators.metrics.series import NotComparable
from indicators.metrics.windows import windows
from indicators.periods import Clock
from indicators.report import exhibits, sentences
from indicators.report.analysis import called
from indicators.report.sentences import Words
from indicators.report.view import View, current, where_held

STOCK = "mx_missing_stock"
KILLINGS, MISSING, JOINT = "mx_intentional_killings", "mx_missing_new", "mx_missing_ratio_homicide"


@where_held
def decomposition() -> tables.Table | Words:
    """What moved the register of missing persons between its two newest snapshots that tell the years."""
    view = current()
    text = view.text
    series = view.series(STOCK, "MX")
    held = [one for one in missing_register.snapshots(view.connection, view.as_of) if one.day <= view.ends]
    if len(held) < 2:
        return Words(text.t("register.one_snapshot", n=len(held)))
    before, after = held[-2:]
    starts = dict(series.frame.select("period_end", "period_start").iter_rows())
    first, last = ((starts.get(one.day, one.day), one.day) for one in (before, after))
    try:
        found = missing_register.decompose(series, before, after)
    except NotComparable as error:
        reason = error.broken.reason[text.lang] if error.broken else ""
        days = {"first": text.known_day(*first), "last": text.known_day(*last)}
        return Words(text.t("register.broken", **days, reason=reason))
    then = [sentences.then(text, *days) for days in (first, last)]
    return tables.Table(
        name="register-movements",
        title=text.t(
            "register.title",
            first=then[0],
            last=then[1],
            before=text.number(found.before),
            after=text.number(found.after),
        ),
        columns=(Column(text.t("register.movement")), Column(text.t("register.persons"), numeric=True)),
        rows=_movements(text, found, *then),
        notes=(text.t("register.net"), text.t("register.not_found")),
        source_line=view.source_line([series]),
        csv=tables.to_csv(found.cohorts),
        lang=text.lang,
    )


def _movements(text: Text, found: Decomposition, first: str, last: str) -> tuple[tuple[str, str], ...]:
    year = str(found.first.year)
    located = found.located is not None
    gone = "removed" if located else "removed_or_located"
    return (
        (text.t("register.stock", then=first), text.number(found.before)),
        (text.t("register.new", year=year), sentences.signed(text, found.new)),
        (text.t("register.late", year=year), sentences.signed(text, found.late)),
        *([(text.t("register.located"), sentences.signed(text, -(found.located or 0)))] if located else []),
        (text.t(f"register.{gone}"), sentences.signed(text, -found.removed_or_redated)),
        (text.t("register.stock", then=last), text.number(found.after)),
    )


@where_held
def joint() -> Words:
    """Killings and disappearances of the same twelve months in a sentence, set side by side and never added."""
    view = current()
    text = view.text
    both = view.series(JOINT, "MX").frame.filter(pl.col("value").is_not_null())
    row = both.row(-1, named=True)
    killings = view.series(KILLINGS, "MX")
    change = year_on_year(killings, row["period_end"])
    level = text.t(
        "joint.level",
        **called(view, killings),
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
    """Victims of intentional killings in twelve months, on the axis of ``joint_missing``."""
    view = current()
    return _in_line(view, KILLINGS)


@where_held
def joint_missing() -> charts.Chart:
    """People who disappeared in twelve months and are still missing, on the axis of ``joint_killings``."""
    view = current()
    return _in_line(view, MISSING)


def _in_line(view: View, metric: str) -> charts.Chart:
    series = windows(view.series(metric, "MX"), Clock.TWELVE_MONTH_ROLLING)
    return exhibits.lines(view, [series], [], name=view.id(metric, "joint"), span=view.span)
