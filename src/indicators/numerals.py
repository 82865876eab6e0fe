"""Numbers and days as the readers of a language write them; babel is imported when it is first used."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

LOCALES = {"en": "en_US", "es": "es_MX"}


@cache
def locale(lang: str) -> Locale:
    from babel import Locale

    return Locale.parse(LOCALES[lang])


@cache
def decimal(x: float, digits: int, lang: str) -> str:
    """``-1,234.5``; what rounds to nothing has no sign."""
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    words = format_decimal(x, pattern, locale=locale(lang))
    return words.removeprefix("-") if not any(digit in words for digit in "123456789") else words


@cache
def compact(x: float, lang: str) -> str:
    """A very large number to one decimal: ``48.4 billion``, ``48.4 mil millones``."""
    from babel.numbers import format_compact_decimal

    return format_compact_decimal(x, format_type="long", locale=locale(lang), fraction_digits=1)


@cache
def written_date(day: date, pattern: str, lang: str) -> str:
    """A day in a pattern of the Unicode date fields, or ``long``."""
    from babel.dates import format_date

    return format_date(day, pattern, locale=locale(lang))
