"""Periods and clocks.

A period is the pair of its first and last day. A clock names how the periods of one series follow each other; values
of two clocks are never added up or compared.
"""

import calendar
import re
from datetime import date, timedelta
from enum import StrEnum

from indicators.errors import UsageError


class Clock(StrEnum):
    """The kind of period of a series."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    FISCAL_YEAR = "fiscal_year"  # of the United States: October to September, named after the year of its end
    FISCAL_YEAR_TO_DATE = "fiscal_year_to_date"
    YEAR_TO_DATE = "year_to_date"  # from January on
    TWELVE_MONTH_ENDING = "12_month_ending"  # published by the agency (CDC)
    TWELVE_MONTH_ROLLING = "12_month_rolling"  # summed here from months
    STOCK = "stock"  # the records of a register on one day: first day = last day
    EVENT = "event"  # a dated event of the ledger
    HALF_YEAR = "half_year"  # January to June, or July to December
    PART_YEAR = "part_year"  # within one year; no month, quarter or half-year
    SEVERAL_YEARS = "several_years"  # one figure for more than a year
    RUNNING_COUNTER = "running_counter"  # counted since a fixed first day: each figure includes the one before


MONTHS_ES = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
MONTHS_EN = tuple(name.lower() for name in calendar.month_name[1:])
MONTH_TOKENS = {name[:3]: number for names in (MONTHS_ES, MONTHS_EN) for number, name in enumerate(names, 1)}


def month_end(day: date) -> date:
    """Return the last day of the month of ``day``."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """Return the first day of the month that comes ``months`` after the month of ``day``."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def months_between(first: date, last: date) -> int:
    """Return the number of months from the month of ``first`` to the month of ``last`` (the same month: 0)."""
    return (last.year - first.year) * 12 + last.month - first.month


def twelve_months_ending(day: date) -> tuple[date, date]:
    """Return the first and last day of the twelve months that end with the month of ``day``."""
    return add_months(day, -11), month_end(day)


def fiscal_year(day: date) -> int:
    """Return the United States fiscal year of ``day``: October 2023 is in 2024."""
    return day.year + (day.month >= 10)


def fiscal_year_bounds(year: int) -> tuple[date, date]:
    """Return the first and last day of a United States fiscal year."""
    return date(year - 1, 10, 1), date(year, 9, 30)


def parse_quarter(text: str) -> tuple[date, date]:
    """Return the first and last day of a quarter written ``2025Q2``; ignore the ``-r1`` of a correction.

    Raise UsageError for any other text.
    """
    match = re.fullmatch(r"([12]\d{3})Q([1-4])(-r[1-9]\d*)?", text)
    if not match:
        raise UsageError(f'"{text}" is no quarter: write it like 2025Q2')
    year, quarter = int(match[1]), int(match[2])
    first = date(year, 3 * quarter - 2, 1)
    return first, month_end(add_months(first, 2))


def quarter_of(day: date) -> str:
    """Return the quarter of ``day``, such as ``2025Q2``."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def parse_day(text: str) -> date:
    """Return the day of a text such as ``2024-08-31``. Raise UsageError for any other text."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f'"{text}" is no day: write it like 2024-08-31') from None


def mid_point(first: date, last: date) -> date:
    """Return the day in the middle of a period: the population of a rate is taken on it."""
    return first + timedelta(days=((last - first).days + 1) // 2)
