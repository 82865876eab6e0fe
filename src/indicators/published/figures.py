"""Published figures: a row as the agency or outlet has it, its period fitting its clock."""

from __future__ import annotations

from datetime import date

from indicators import catalog
from indicators.catalog import Metric
from indicators.catalog.tables import FIGURE_MATURITY, GRADES
from indicators.i18n import READ
from indicators.periods import Clock, fiscal_year_bounds, month_end, parse_quarter, quarter_of
from indicators.published.rows import Cells, Row

COLUMNS = [
    "metric", "place", "first_day", "last_day", "clock", "value", "unit", "lower", "upper", "maturity",
    "publisher", "document", "published_on", "url", "grade", "note_en", "note_es",
]  # fmt: skip


def figure(row: Row) -> Cells:
    """One row as a row of ``published_figures``. Raises DataError."""
    known = {one.id: one for one in catalog.metrics().values() if one.kind == "published"}
    todo = "take the metric's id from the catalogue; a figure of another concept needs its own metric"
    metric = known[row.one_of("metric", known, "a metric of published figures", todo)]
    start, end, clock = _period(row)
    maturity = row.one_of("maturity", FIGURE_MATURITY, "how settled the figure is")
    known_from = row.days("published_on", READ)[1]
    if known_from < start and maturity != "target":
        row.refuse(
            "published_on", f"a date after {start} began", "a figure can't be published before its period"
        )
    return {
        "metric": metric.id,
        "place": row.one_of("place", metric.places(), f"a place of {metric.id}"),
        "period_start": start,
        "period_end": end,
        "clock": str(clock),
        **_value(row, metric),
        "maturity": maturity,
        "publisher": row.text("publisher"),
        "document": row.text("document"),
        "published_on": row.text("published_on"),
        "grade": row.one_of("grade", GRADES, "a grade of the source"),
        "url": row.url("url"),
        "known_from": known_from,
        **row.notes(),
    }


def _value(row: Row, metric: Metric) -> Cells:
    unit = row.one_of(
        "unit", ["percent" if metric.unit == "share" else metric.unit], f"the unit of {metric.id}"
    )
    bounds = {"least": None if unit == "percent_change" else 0, "most": 100 if unit == "percent" else None}
    value = row.number("value", **bounds)
    if value is None:
        row.refuse("value", "a number", "a row without a figure does not enter")
    lower, upper = row.number("lower", **bounds), row.number("upper", **bounds)
    if lower is not None and lower > value:
        row.refuse("lower", f"at most the value, {value:g}", "check the bound against its address")
    if upper is not None and upper < value:
        row.refuse("upper", f"at least the value, {value:g}", "check the bound against its address")
    return {"value": value, "unit": unit, "lower": lower, "upper": upper}


def _period(row: Row) -> tuple[date, date, Clock]:
    """A period whose days fit its clock, so that half a year never stands among whole ones."""
    start, end = row.day("first_day"), row.day("last_day")
    if end < start:
        row.refuse("last_day", f"a day not before {start}", "check both days")
    clock = Clock(row.one_of("clock", list(Clock), "a clock"))
    should = _bounds(start, end, clock)
    if should and should != (start, end):
        todo = (
            "correct the days, or take the clock that fits them (part_year, several_years, running_counter…)"
        )
        row.refuse("clock", f"for {clock} the days {should[0]} to {should[1]}", todo)
    odd = {
        Clock.PART_YEAR: end.year > start.year + 1 or (end - start).days >= 364,
        Clock.SEVERAL_YEARS: (end - start).days < 366,
    }
    if odd.get(clock):
        row.refuse(
            "clock", "less than a year for part_year, more than one for several_years", "check the days"
        )
    return start, end, clock


def _bounds(start: date, end: date, clock: Clock) -> tuple[date, date] | None:
    """The days a period of this clock has around ``start`` and ``end``; None where any will do."""
    match clock:
        case Clock.MONTH:
            return start.replace(day=1), month_end(start)
        case Clock.QUARTER:
            return parse_quarter(quarter_of(start))
        case Clock.HALF_YEAR:
            first = date(start.year, 1 if start.month <= 6 else 7, 1)
            return first, month_end(date(start.year, first.month + 5, 1))
        case Clock.YEAR:
            return date(start.year, 1, 1), date(start.year, 12, 31)
        case Clock.FISCAL_YEAR:
            return fiscal_year_bounds(end.year)
        case Clock.FISCAL_YEAR_TO_DATE:
            return date(start.year, 10, 1), end
        case Clock.TWELVE_MONTH_ENDING | Clock.TWELVE_MONTH_ROLLING:
            last = month_end(end)
            return date(last.year - (last.month < 12), last.month % 12 + 1, 1), last
        case Clock.STOCK:  # one day, or the days of one month among which it lies
            return (start if start >= end.replace(day=1) else end), end
    return None
