"""Columns of text as typed columns; each refusal names file, line, column, what is expected and what is found."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from indicators.errors import DataError
from indicators.readers.files import LINE

MAX_WHOLE = 2**53  # beyond it a float cannot tell two whole numbers apart
COUNTS = (0, MAX_WHOLE)
# a comma separates thousands, or it is another country's decimal point
DIGITS = r"-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)"
CHECK = "check the cell against the agency's own file"


class Written(NamedTuple):
    """The way in which a kind of number is written, and the size that it stays below."""

    name: str
    pattern: str
    below: float


WHOLE = Written("a whole number", rf"^{DIGITS}(\.0)?$", MAX_WHOLE)  # 12.000 is twelve, or twelve thousand
DECIMAL = Written("a number", rf"^({DIGITS}(\.[0-9]*)?|-?\.[0-9]+)([eE][-+]?[0-9]+)?$", math.inf)


@dataclass(frozen=True)
class Origin:
    """The file that rows come from, and the header there of each of our columns."""

    file: str
    headers: Mapping[str, str]


def refuse(bad: pl.DataFrame, origin: Origin, column: str, expected: str, todo: str) -> None:
    """Raise DataError for the first of the ``bad`` rows, with the content of its column."""
    if not bad.is_empty():
        first = bad.row(0, named=True)
        header = origin.headers.get(column, column)
        raise DataError(origin.file, expected, repr(first[column]), todo, line=first[LINE], column=header)


def whole_numbers(
    rows: pl.DataFrame,
    names: Iterable[str],
    origin: Origin,
    limits: tuple[int, int] = COUNTS,
    blanks: bool = True,
) -> pl.DataFrame:
    """Cast text columns to Int64: blanks to null, ``1,234`` and ``9584.0`` taken, anything else refused.

    ``limits`` are the least and the greatest number allowed. With ``blanks=False`` an empty cell is refused.
    """
    names = list(names)
    least, most = limits
    plain = _plain(rows.select(names), least, min(most, MAX_WHOLE - 1), blanks)
    rows = rows.with_columns(plain)
    for name in (one for one in names if one not in plain.columns):
        numbers = _typed(rows.select(LINE, name), origin, WHOLE, least, blanks)
        refuse(rows.filter(numbers > most), origin, name, f"at most {most}", CHECK)
        rows = rows.with_columns(numbers.cast(pl.Int64))
    return rows


def decimals(rows: pl.DataFrame, names: Iterable[str], origin: Origin, blanks: bool = True) -> pl.DataFrame:
    """Cast text columns to Float64, 0 or more: blanks to null, thousands commas taken, anything else refused.

    With ``blanks=False`` an empty cell is refused.
    """
    return rows.with_columns(_typed(rows.select(LINE, one), origin, DECIMAL, 0, blanks) for one in names)


def categories(
    rows: pl.DataFrame, name: str, labels: Mapping[str, str] | list[str], origin: Origin, entry: str
) -> pl.DataFrame:
    """Replace the labels of a column by their codes (a list: labels that are their own codes).

    ``entry`` names the place in the catalogue to which a new label is added. Raises DataError for a label
    that ``labels`` lacks, with the nearest one.
    """
    codes = dict(labels) if isinstance(labels, Mapping) else {label: label for label in labels}
    unknown = rows.filter(~pl.col(name).is_in(list(codes)))
    if not unknown.is_empty():
        near = difflib.get_close_matches(unknown[name][0], list(codes), n=1)
        nearest = f'one of {len(codes)} known labels (nearest: "{near[0]}")' if near else "a known label"
        todo = f"if the agency has a new label, add it to {entry} and say what it means"
        refuse(unknown, origin, name, nearest, todo)
    return rows.with_columns(rows[name].replace_strict(codes, return_dtype=pl.String).alias(name))


def every_key_once(rows: pl.DataFrame, key: list[str], file: str) -> None:
    """Raise DataError where two rows have the same key."""
    twice = rows.filter(rows.select(key).is_duplicated())
    if not twice.is_empty():
        first, second = twice.sort([*key, LINE]).head(2).iter_rows(named=True)
        found = f"the same {', '.join(f'{name} {first[name]}' for name in key)} on line {first[LINE]}"
        todo = "the file was edited or joined from two: download it again"
        raise DataError(file, "every row once", found, todo, line=second[LINE])


def _bare(cells: pl.Expr) -> pl.Expr:
    """Cast bare digits to Int64, all else to null: the cast alone takes ``+5``, which no agency writes."""
    return pl.when(~cells.str.starts_with("+")).then(cells.cast(pl.Int64, strict=False))


def _plain(cells: pl.DataFrame, least: int, most: int, blanks: bool) -> pl.DataFrame:
    """Return, as numbers, the columns of nothing but bare digits within the limits: nearly all are."""
    cells = cells.with_columns(pl.when(pl.all() != "").then(pl.all()))
    read = cells.with_columns(_bare(pl.all()))
    return read.select(
        column.name
        for column, text in zip(read, cells, strict=True)
        if column.null_count() == text.null_count()
        and column.is_between(least, most).all()
        and (blanks or not text.null_count())
    )


def _typed(cells: pl.DataFrame, origin: Origin, written: Written, least: float, blanks: bool) -> pl.Series:
    """Return the numbers of a column, ``least`` or more, beside its lines. Raises DataError for any other cell."""
    name = cells.columns[1]
    text = cells[name].replace("", None)
    digits = pl.when(pl.col(name).str.contains(written.pattern)).then(pl.col(name).str.replace_all(",", ""))
    numbers = text.to_frame().select(digits.cast(pl.Float64, strict=False)).to_series()
    odd = (text.is_not_null() | (not blanks)) & ~(numbers.abs() < written.below).fill_null(False)
    refuse(cells.filter(odd), origin, name, written.name, CHECK)
    refuse(cells.filter(numbers < least), origin, name, f"at least {least}", CHECK)
    return numbers
