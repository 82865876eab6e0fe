"""Both languages of the report: texts by key; numbers, days and periods as their readers write them.

A text is either an entry of catalog/text/en.toml and es.toml, under the same key and with the same placeholders, or a
``Bilingual`` of the catalogue. A language is added in ``LOCALES``, with a file of texts.
"""

from __future__ import annotations

import math
import re
import string
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

import tomli

from indicators.errors import IndicatorsError, UsageError
from indicators.periods import Clock, fiscal_year, quarter_of

if TYPE_CHECKING:
    from babel import Locale

FOLDER = Path(__file__).parent / "catalog" / "text"
LOCALES = {"en": "en_US", "es": "es_MX"}
LANGUAGES = tuple(LOCALES)
PLURAL_FORMS = {"one", "many", "other"}
MINUS = "\N{MINUS SIGN}"
MONEY, BILLION = {"usd", "mxn"}, 1e9
LARGE_RATE = 1000  # a rate from here on is shown without decimals
READ = "read "  # before the day of reading, if the day of publication is missing

Leaf = str | dict[str, str]


class TextError(IndicatorsError):
    """A key, a placeholder or a value that does not fit the texts."""


def _flat(section: dict[str, object], prefix: str = "") -> dict[str, Leaf]:
    """Return the texts by dotted key; the plural forms of a text stay together."""
    found: dict[str, Leaf] = {}
    for name, value in section.items():
        key = f"{prefix}{name}"
        if isinstance(value, str):
            found[key] = value
        elif not isinstance(value, dict):
            raise TextError(f"{key}: a text is a string or its plural forms, not {value!r}")
        elif "other" in value and value.keys() <= PLURAL_FORMS:
            found[key] = value
        else:
            found |= _flat(value, f"{key}.")
    return found


@cache
def leaves(lang: str) -> dict[str, Leaf]:
    """Return all texts of a language by dotted key. Raise TextError for a file that is not valid TOML."""
    path = FOLDER / f"{lang}.toml"
    try:
        return _flat(tomli.loads(path.read_text(encoding="utf-8")))
    except tomli.TOMLDecodeError as error:
        raise TextError(f"{path.name}: {error}") from None


def placeholders(leaf: Leaf) -> set[str]:
    """Return the names in braces of a text, those of all its plural forms together."""
    forms = leaf.values() if isinstance(leaf, dict) else [leaf]
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name is not None}


@cache
def _agency_words(lang: str) -> dict[str, str]:
    """Return the words to translate in the names of agencies, the longest first."""
    prefix = "agency_word."
    words = {key.removeprefix(prefix): str(leaf) for key, leaf in leaves(lang).items() if key.startswith(prefix)}
    return dict(sorted(words.items(), key=lambda item: len(item[0]), reverse=True))


def _present(x: float | None) -> TypeGuard[float]:
    return x is not None and not math.isnan(x)


@dataclass(frozen=True)
class Text:
    """The words, numbers and days of a page in one of LANGUAGES. Raise UsageError for another language."""

    lang: str

    def __post_init__(self) -> None:
        if self.lang not in LANGUAGES:
            raise UsageError(f'"{self.lang}" is no language of the report: choose {" or ".join(LANGUAGES)}')

    def t(self, key: str, **values: object) -> str:
        """Return the text of ``key`` with its placeholders filled.

        Values are strings, whole numbers or days; a text with plural forms takes the number ``n``. Raise TextError for
        an unknown key, for values that do not match the placeholders, and for a fraction, which the caller rounds.
        """
        leaf = leaves(self.lang).get(key)
        if leaf is None:
            raise TextError(f'no text "{key}" in {self.lang}.toml')
        plural = isinstance(leaf, dict)
        names = placeholders(leaf) | ({"n"} if plural else set())
        if names != set(values):
            raise TextError(f'"{key}" in {self.lang}.toml takes {sorted(names)}, got {sorted(values)}')
        form = self._form(leaf, key, values["n"]) if isinstance(leaf, dict) else leaf
        return form.format_map({name: self._word(key, values[name]) for name in placeholders(form)})

    def _form(self, leaf: dict[str, str], key: str, n: object) -> str:
        if not isinstance(n, (int, float)):
            raise TextError(f'"{key}" in {self.lang}.toml needs the number n to choose its plural form')
        return leaf.get(_locale(self.lang).plural_form(abs(n)), leaf["other"])

    def _word(self, key: str, value: object) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, date):
            return self.day(value)
        if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
            return self.number(value)
        raise TextError(f'"{key}" in {self.lang}.toml got {value!r}: format it first, for example with number()')

    def agency(self, name: str) -> str:
        """Return a publisher or an owner in this language: ``FGR and SSPC`` is ``FGR y SSPC``; proper names stay."""
        words = _agency_words(self.lang)
        any_word = "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words)
        return re.sub(any_word, lambda found: words[found[0]], name)

    def number(self, x: float | None, digits: int = 0) -> str:
        """Return ``1,234.5``, or the word for a missing value."""
        return _decimal(x, digits, self.lang).replace("-", MINUS) if _present(x) else self.t("number.missing")

    def percent(self, x: float | None, digits: int = 1) -> str:
        """Return a share as percent: 0.123 is ``12.3%``."""
        return f"{self.number(x * 100, digits)}%" if _present(x) else self.number(x)

    def signed_percent(self, x: float | None, digits: int = 1) -> str:
        """Return a change as percent with its sign: ``+12.3%``, ``−4.0%``; one that rounds to zero has no sign."""
        words = self.percent(x, digits)
        if not _present(x) or round(x * 100, digits) == 0:
            return words.removeprefix(MINUS)
        return f"+{words}" if x > 0 else words

    def day(self, day: date) -> str:
        """Return ``August 31, 2024`` or ``31 de agosto de 2024``."""
        return _date(day, "long", self.lang)

    def month(self, day: date) -> str:
        """Return ``August 2024`` or ``agosto de 2024``."""
        return self.t("date.month", month=_date(day, "LLLL", self.lang), year=str(day.year))

    def month_short(self, day: date) -> str:
        """Return ``Aug 2024`` or ``ago 2024``, for axes and narrow columns."""
        return _date(day, "LLL y", self.lang)

    def loose_day(self, iso: str) -> str:
        """Return ``2024-08-31``, ``2024-08`` or ``2024`` in words, also after ``read ``; any other text unchanged."""
        if iso.startswith(READ):
            return self.t("date.read", day=self.loose_day(iso.removeprefix(READ)))
        try:
            known = date.fromisoformat(iso if len(iso) > 7 else f"{iso}-01"[:10])
        except ValueError:
            return iso
        return self.day(known) if len(iso) > 7 else self.month(known)

    def known_day(self, first: date, last: date) -> str:
        """Return the day between two days: the day itself if they are one, or else the month or the year they share."""
        if first == last:
            return self.day(last)
        return self.month(last) if (first.year, first.month) == (last.year, last.month) else str(last.year)

    def period(self, start: date, end: date, clock: Clock | str) -> str:
        """Return a period in words: a month, a quarter, the twelve months ending in one, the day of a register, …"""
        clock, year = Clock(clock), str(end.year)
        if clock is Clock.MONTH:
            return self.month(start)
        if clock is Clock.QUARTER:
            return self.t(f"period.quarter_{quarter_of(end)[-1]}", year=year)
        if clock is Clock.HALF_YEAR:
            return self.t(f"period.half_{1 if end.month <= 6 else 2}", year=year)
        if clock is Clock.YEAR:
            return year
        if clock is Clock.FISCAL_YEAR:
            return self.t("period.fiscal_year", year=str(fiscal_year(end)))
        if clock is Clock.FISCAL_YEAR_TO_DATE:
            return self.t("period.fiscal_year_to_date", first=self.month(start), last=self.month(end))
        if clock == Clock.YEAR_TO_DATE:
            return self.t("period.year_to_date", first=self.month(start), last=self.month(end))
        if clock is Clock.EVENT:
            return self.known_day(start, end)
        if clock is Clock.STOCK and start < end:  # the source names the month or the year only
            return self.t("period.stock_loose", when=self.known_day(start, end))
        if clock is Clock.STOCK:
            return self.t("period.stock", day=end)
        if clock in (Clock.PART_YEAR, Clock.SEVERAL_YEARS, Clock.RUNNING_COUNTER):
            return self.t(f"period.{clock}", first=start, last=end)
        return self.t(f"period.{clock}", last=self.month(end))

    def clock(self, clock: Clock | str) -> str:
        """Return the heading of a column of ``point``: ``Month``, ``12 months ending in``, ``As of``, …"""
        return self.t(f"clock.{Clock(clock)}")

    def point(self, start: date, end: date, clock: Clock | str) -> str:
        """Return a period for a cell under the heading ``clock``: ``August 2024`` for twelve months too."""
        clock = Clock(clock)
        if clock in (Clock.YEAR, Clock.HALF_YEAR):
            return self.period(start, end, clock)
        if clock is Clock.FISCAL_YEAR:
            return str(fiscal_year(end))
        if clock is Clock.QUARTER:
            return self.t("point.quarter", quarter=quarter_of(end)[-1], year=str(end.year))
        if clock in (Clock.STOCK, Clock.EVENT) and start < end:
            return self.known_day(start, end)
        if clock in (Clock.STOCK, Clock.EVENT, Clock.PART_YEAR, Clock.SEVERAL_YEARS, Clock.RUNNING_COUNTER):
            return _date(end, self.t("date.short"), self.lang)
        return self.month(end)

    def unit(self, unit: str, n: float = 2) -> str:
        """Return the noun of a unit for ``n`` of it; a rate without a noun of its own is put together."""
        for suffix in ("per_100k", "per_day", "per_minute"):
            if unit.endswith(f"_{suffix}"):
                return self.t(f"unit.{suffix}", unit=self.unit(unit.removesuffix(f"_{suffix}")))
        counted = isinstance(leaves(self.lang).get(f"unit.{unit}"), dict)  # "percent" has no plural
        return self.t(f"unit.{unit}", n=n) if counted else self.t(f"unit.{unit}")

    def value(self, x: float | None, unit: str) -> str:
        """Return a value without its noun, in the precision of its unit: ``80,391``, ``24.1``, ``71.8%``."""
        if unit == "share":
            return self.percent(x)
        if _is_compact(x, unit):
            return _compact(x, self.lang).replace("-", MINUS)
        large_rate = unit.endswith("_per_100k") and x is not None and abs(x) >= LARGE_RATE
        return self.number(x, 0 if large_rate else unit_digits(unit))

    def amount(self, x: float | None, unit: str) -> str:
        """Return a value with its noun, ``80,391 deaths``, or the word for a missing value."""
        if unit == "share" or not _present(x):
            return self.value(x, unit)
        key = "number.compact" if _is_compact(x, unit) else "number.amount"
        return self.t(key, value=self.value(x, unit), unit=self.unit(unit, x))


def _is_compact(x: float | None, unit: str) -> TypeGuard[float]:
    """Return true for a sum of money that is too long to be read in digits."""
    return unit in MONEY and x is not None and abs(x) >= BILLION


def unit_digits(unit: str) -> int:
    """Return the number of decimals of a value in this unit."""
    if unit == "score":
        return 2
    if unit.startswith(("usd", "mxn")):
        return 0
    return 1 if unit.endswith(("_per_100k", "_per_day", "share", "ratio", "percent_change", "minutes")) else 0


@cache
def _locale(lang: str) -> Locale:
    from babel import Locale

    return Locale.parse(LOCALES[lang])


@cache
def _decimal(x: float, digits: int, lang: str) -> str:
    """Return ``-1,234.5``; a value that rounds to zero has no sign."""
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    words = format_decimal(x, pattern, locale=_locale(lang))
    return words.removeprefix("-") if not any(digit in words for digit in "123456789") else words


@cache
def _compact(x: float, lang: str) -> str:
    """Return a large number with one decimal: ``48.4 billion``, ``48.4 mil millones``."""
    from babel.numbers import format_compact_decimal

    return format_compact_decimal(x, format_type="long", locale=_locale(lang), fraction_digits=1)


@cache
def _date(day: date, pattern: str, lang: str) -> str:
    """Return a day in a pattern of the Unicode date fields, or in the pattern ``long``."""
    from babel.dates import format_date

    return format_date(day, pattern, locale=_locale(lang))
