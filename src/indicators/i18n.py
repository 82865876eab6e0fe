"""Both languages of the report: texts by key; numbers, days and periods as its readers write them.

The words are in catalog/text/en.toml and es.toml, under the same keys with the same placeholders.
"""

from __future__ import annotations

import math
import re
import string
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from indicators.errors import IndicatorsError, UsageError
from indicators.periods import Clock, fiscal_year, quarter_of

FOLDER = Path(__file__).parent / "catalog" / "text"
LANGUAGES = ("en", "es")
PLURAL_FORMS = {"one", "many", "other"}
MINUS = "\N{MINUS SIGN}"
MONEY, BILLION = {"usd", "mxn"}, 1e9
LARGE_RATE = 1000  # from here on the decimal of a rate tells nothing
READ = "read "  # before the day on which something was read whose day of publication is not known

Leaf = str | dict[str, str]


class TextError(IndicatorsError):
    """A key, a placeholder or a language that the texts do not have."""


def _is_plural(value: object) -> bool:
    return isinstance(value, dict) and "other" in value and set(value) <= PLURAL_FORMS


def _flat(section: dict[str, object], prefix: str = "") -> dict[str, Leaf]:
    """The texts by dotted key; a plural's forms stay together."""
    leaves: dict[str, Leaf] = {}
    for name, value in section.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and not _is_plural(value):
            leaves |= _flat(value, f"{key}.")
        elif isinstance(value, (str, dict)):
            leaves[key] = value
        else:
            raise TextError(f"{key}: a text is a string or its plural forms, not {value!r}")
    return leaves


@cache
def leaves(lang: str) -> dict[str, Leaf]:
    """All texts of a language by dotted key. Raises TextError where the file is no TOML."""
    path = FOLDER / f"{lang}.toml"
    try:
        return _flat(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise TextError(f"{path.name}: {error}") from None


def placeholders(leaf: Leaf) -> set[str]:
    """The names in braces of a text, of all its forms together."""
    forms = leaf.values() if isinstance(leaf, dict) else [leaf]
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name is not None}


def parity() -> list[str]:
    """What keeps the two languages apart, a sentence each: a key or placeholder that only one of them has."""
    english, spanish = leaves("en"), leaves("es")
    apart = [f"{key}: missing in es" for key in english.keys() - spanish.keys()]
    apart += [f"{key}: missing in en" for key in spanish.keys() - english.keys()]
    for key in english.keys() & spanish.keys():
        ours, theirs = placeholders(english[key]), placeholders(spanish[key])
        if ours != theirs:
            apart.append(f"{key}: placeholders {sorted(ours)} in en, {sorted(theirs)} in es")
        if isinstance(english[key], dict) != isinstance(spanish[key], dict):
            apart.append(f"{key}: plural forms in one language only")
    return sorted(apart)


@cache
def _agency_words(lang: str) -> dict[str, str]:
    prefix = "agency_word."
    return {
        key.removeprefix(prefix): str(leaf) for key, leaf in leaves(lang).items() if key.startswith(prefix)
    }


def _absent(x: float | None) -> bool:
    return x is None or math.isnan(x)


@dataclass(frozen=True)
class Text:
    """Everything a page says in one language, ``en`` or ``es``. Raises UsageError for any other."""

    lang: str

    def __post_init__(self) -> None:
        if self.lang not in LOCALES:
            raise UsageError(f'"{self.lang}" is no language of the report: choose {" or ".join(LOCALES)}')

    def t(self, key: str, **values: object) -> str:
        """The text under ``key``, with its placeholders filled.

        Values are strings, whole numbers or days; a text with plural forms takes the number as ``n``.
        Raises TextError, naming key and language, for an unknown key, a placeholder without value, a value
        without placeholder, and a fraction (which only the caller knows how to round).
        """
        leaf = leaves(self.lang).get(key)
        if leaf is None:
            raise TextError(f'no text "{key}" in {self.lang}.toml')
        names = placeholders(leaf)
        if isinstance(leaf, dict):
            form = self._form(leaf, key, values)
            names |= {"n"}
        else:
            form = leaf
        if names != set(values):
            raise TextError(f'"{key}" in {self.lang}.toml takes {sorted(names)}, got {sorted(values)}')
        used = placeholders(form)
        return form.format_map({name: self._word(key, values[name]) for name in used})

    def _form(self, leaf: dict[str, str], key: str, values: dict[str, object]) -> str:
        n = values.get("n")
        if not isinstance(n, (int, float)):
            raise TextError(f'"{key}" in {self.lang}.toml needs the number n to choose its plural form')
        return leaf.get(locale(self.lang).plural_form(abs(n)), leaf["other"])

    def _word(self, key: str, value: object) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, date):
            return self.day(value)
        if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
            return self.number(value)
        raise TextError(f'"{key}" in {self.lang}.toml got {value!r}: format it with number() or so')

    def agency(self, name: str) -> str:
        """A publisher or an owner: ``FGR and SSPC`` is ``FGR y SSPC``; the names of agencies stay."""
        words = _agency_words(self.lang)
        longest_first = sorted(words, key=len, reverse=True)
        any_word = "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in longest_first)
        return re.sub(any_word, lambda found: words[found[0]], name)

    def number(self, x: float | None, digits: int = 0) -> str:
        """``1,234.5``; a missing value is the word for it."""
        if x is None or math.isnan(x):
            return self.t("number.missing")
        return decimal(x, digits, self.lang).replace("-", MINUS)

    def percent(self, x: float | None, digits: int = 1) -> str:
        """A share as percent: 0.123 is ``12.3%``."""
        return self.number(None if x is None else x * 100, digits) + ("" if _absent(x) else "%")

    def signed_percent(self, x: float | None, digits: int = 1) -> str:
        """A change as percent with its sign: ``+12.3%``, ``−4.0%``; what rounds to nothing has no sign."""
        words = self.percent(x, digits)
        if x is None or math.isnan(x) or round(x * 100, digits) == 0:
            return words.removeprefix(MINUS)
        return f"+{words}" if x > 0 else words

    def day(self, day: date) -> str:
        """``August 31, 2024``; ``31 de agosto de 2024``."""
        return written_date(day, "long", self.lang)

    def month(self, day: date) -> str:
        """``August 2024``; ``agosto de 2024``."""
        return self.t("date.month", month=written_date(day, "LLLL", self.lang), year=str(day.year))

    def loose_day(self, iso: str) -> str:
        """A day of which perhaps only month or year is known: ``2024-08-31``, ``2024-08`` or ``2024`` in words;
        ``read 2024-08-31`` where it is not the day of publication. What is written otherwise stays as it is."""
        if iso.startswith(READ):
            return self.t("date.read", day=self.loose_day(iso.removeprefix(READ)))
        try:
            known = date.fromisoformat(iso if len(iso) > 7 else f"{iso}-01"[:10])
        except ValueError:
            return iso
        return self.day(known) if len(iso) > 7 else self.month(known)

    def known_day(self, first: date, last: date) -> str:
        """A day, known to lie from ``first`` to ``last``: the month or the year alone where no more is known."""
        if first == last:
            return self.day(last)
        return self.month(last) if (first.year, first.month) == (last.year, last.month) else str(last.year)

    def month_short(self, day: date) -> str:
        """``Aug 2024``; ``ago 2024``: for axes and narrow columns."""
        return written_date(day, "LLL y", self.lang)

    def period(self, start: date, end: date, clock: Clock | str) -> str:
        """A period as its clock reads: a month, a quarter, twelve months ending, a day of a register, …"""
        clock, year = Clock(clock), str(end.year)
        if clock is Clock.MONTH:
            return self.month(start)
        if clock is Clock.QUARTER:
            return self.t(f"period.quarter_{quarter_of(end)[-1]}", year=year)
        if clock is Clock.YEAR:
            return year
        if clock is Clock.FISCAL_YEAR:
            return self.t("period.fiscal_year", year=str(fiscal_year(end)))
        if clock is Clock.STOCK:
            if start < end:  # the day is not known
                return self.t("period.stock_loose", when=self.known_day(start, end))
            return self.t("period.stock", day=end)
        if clock is Clock.EVENT:
            return self.known_day(start, end)
        if clock is Clock.FISCAL_YEAR_TO_DATE:
            return self.t("period.fiscal_year_to_date", first=self.month(start), last=self.month(end))
        if clock is Clock.HALF_YEAR:
            return self.t(f"period.half_{1 if end.month <= 6 else 2}", year=year)
        if clock in (Clock.PART_YEAR, Clock.SEVERAL_YEARS, Clock.RUNNING_COUNTER):
            return self.t(f"period.{clock}", first=start, last=end)
        return self.t(f"period.{clock}", last=self.month(end))

    def clock(self, clock: Clock | str) -> str:
        """The heading of a column of ``point``: ``Month``, ``12 months ending in``, ``As of``, …"""
        return self.t(f"clock.{Clock(clock)}")

    def point(self, start: date, end: date, clock: Clock | str) -> str:
        """A period in a cell under the heading ``clock``: ``August 2024`` for twelve months too."""
        clock = Clock(clock)
        if clock is Clock.QUARTER:
            return self.t("point.quarter", quarter=quarter_of(end)[-1], year=str(end.year))
        if clock is Clock.YEAR:
            return str(end.year)
        if clock is Clock.FISCAL_YEAR:
            return str(fiscal_year(end))
        if clock is Clock.HALF_YEAR:
            return self.period(start, end, clock)
        if clock in (Clock.STOCK, Clock.EVENT) and start < end:
            return self.known_day(start, end)
        if clock in (Clock.STOCK, Clock.EVENT, Clock.PART_YEAR, Clock.SEVERAL_YEARS, Clock.RUNNING_COUNTER):
            return written_date(end, self.t("date.short"), self.lang)
        return self.month(end)

    def unit(self, unit: str, n: float | None = None) -> str:
        """The noun of a unit for ``n`` of it (many, without ``n``); ``_per_100k``, ``_per_day`` may end it, where the
        whole has no words of its own."""
        for suffix in ("per_100k", "per_day", "per_minute"):
            if unit.endswith(f"_{suffix}"):
                return self.t(f"unit.{suffix}", unit=self.unit(unit.removesuffix(f"_{suffix}")))
        counted = isinstance(leaves(self.lang).get(f"unit.{unit}"), dict)  # "percent" has no plural
        return self.t(f"unit.{unit}", n=2 if n is None else n) if counted else self.t(f"unit.{unit}")

    def value(self, x: float | None, unit: str) -> str:
        """A value without its noun, as precise as its unit: ``80,391``, ``24.1``, ``71.8%``, ``48.4 billion``."""
        if unit == "share":
            return self.percent(x)
        if _is_compact(x, unit):
            return compact(x, self.lang).replace("-", MINUS)
        large_rate = unit.endswith("_per_100k") and x is not None and abs(x) >= LARGE_RATE
        return self.number(x, 0 if large_rate else unit_digits(unit))

    def amount(self, x: float | None, unit: str) -> str:
        """A value with its noun: ``80,391 deaths``, ``71.8%``; a missing value is the word for it alone."""
        if unit == "share" or _absent(x):
            return self.value(x, unit)
        key = "number.compact" if _is_compact(x, unit) else "number.amount"
        return self.t(key, value=self.value(x, unit), unit=self.unit(unit, x))


def _is_compact(x: float | None, unit: str) -> TypeGuard[float]:
    """Whether a sum of money is too long to be read in digits."""
    return unit in MONEY and x is not None and abs(x) >= BILLION


def unit_digits(unit: str) -> int:
    """Decimals that a value of this unit is shown with."""
    if unit == "score":
        return 2
    if unit.startswith(("usd", "mxn")):
        return 0
    return 1 if unit.endswith(("_per_100k", "_per_day", "share", "ratio", "percent_change", "minutes")) else 0


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
