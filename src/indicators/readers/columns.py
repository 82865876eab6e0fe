"""From columns of text to typed columns, each refusal naming file, line, column, expected and found."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping

import polars as pl

from indicators.errors import DataError
from indicators.readers.files import LINE

MAX_WHOLE = 2**53  # beyond it a float no longer tells two whole numbers apart
# a comma stands between thousands, or it is another country's point
DIGITS = r"-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)"
WHOLE = rf"^{DIGITS}(\.0)?$"  # 12.000 is twelve to some, twelve thousand to others
DECIMAL = rf"^({DIGITS}(\.[0-9]*)?|-?\.[0-9]+)([eE][-+]?[0-9]+)?$"
CHECK = "check the cell against the agency's own file"


def refuse(
    rows: pl.DataFrame, bad: pl.Series, file: str, column: str, header: str, expected: str, todo: str
) -> None:
    """Raise DataError for the first row that ``bad`` marks, with what its column holds."""
    if bad.any():
        first = rows.filter(bad).row(0, named=True)
        raise DataError(file, expected, repr(first[column]), todo, line=first[LINE], column=header)


def _bare(cells: pl.Expr) -> pl.Expr:
    """Bare digits as Int64, all else null: the cast alone would take ``+5``, which no agency writes."""
    return pl.when(~cells.str.starts_with("+")).then(cells.cast(pl.Int64, strict=False))


def _numbers(cells: pl.Series, pattern: str) -> pl.Series:
    """Text as Float64, null where it is not written as ``pattern`` says; most are bare digits."""
    bare = cells.to_frame().select(_bare(pl.all())).to_series()
    if bare.null_count() == cells.null_count():
        return bare.cast(pl.Float64)
    written = pl.DataFrame({"cell": cells}).select(
        pl.when(pl.col("cell").str.contains(pattern)).then(
            pl.col("cell").str.replace_all(",", "", literal=True)
        )
    )
    return written.to_series().cast(pl.Float64, strict=False).alias(cells.name)


def whole_numbers(
    rows: pl.DataFrame,
    names: Iterable[str],
    file: str,
    headers: Mapping[str, str],
    *,
    least: int = 0,
    most: int = MAX_WHOLE,
    blanks: bool = True,
) -> pl.DataFrame:
    """Cast text columns to Int64: blanks to null, ``1,234`` and ``9584.0`` taken, anything else refused.

    With ``blanks=False`` an empty cell is refused as well.
    """
    names = list(names)
    plain = _plain(rows.select(names), least, min(most, MAX_WHOLE - 1), blanks)
    rows = rows.with_columns(plain)
    for name in (one for one in names if one not in plain.columns):
        header = headers.get(name, name)
        numbers = _typed(rows, name, file, header, WHOLE, "a whole number", MAX_WHOLE, least, blanks)
        refuse(rows, (numbers > most).fill_null(False), file, name, header, f"at most {most}", CHECK)
        rows = rows.with_columns(numbers.cast(pl.Int64))
    return rows


def _plain(cells: pl.DataFrame, least: int, most: int, blanks: bool) -> pl.DataFrame:
    """Those of the columns that hold nothing but bare digits within the limits, read: nearly all do."""
    cells = cells.with_columns(pl.when(pl.all() != "").then(pl.all()))
    read = cells.with_columns(_bare(pl.all()))
    empty, odd = cells.null_count().row(0), read.null_count().row(0)
    limits = zip(read.min().row(0), read.max().row(0), strict=True)
    fits = [low is None or (low >= least and high <= most) for low, high in limits]
    return read.select(
        name
        for name, none, null, fit in zip(read.columns, empty, odd, fits, strict=True)
        if none == null and fit and (blanks or not none)
    )


def decimals(
    rows: pl.DataFrame,
    names: Iterable[str],
    file: str,
    headers: Mapping[str, str],
    *,
    least: float = 0,
    blanks: bool = True,
) -> pl.DataFrame:
    """Cast text columns to Float64: blanks to null, thousands commas taken, anything else refused.

    With ``blanks=False`` an empty cell is refused as well.
    """
    for name in names:
        header = headers.get(name, name)
        rows = rows.with_columns(
            _typed(rows, name, file, header, DECIMAL, "a number", math.inf, least, blanks)
        )
    return rows


def _typed(
    rows: pl.DataFrame,
    name: str,
    file: str,
    header: str,
    pattern: str,
    expected: str,
    below: float,
    least: float,
    blanks: bool,
) -> pl.Series:
    """A column's numbers, written as ``pattern`` says, nearer to zero than ``below`` and not under ``least``."""
    text = rows[name].replace("", None)
    numbers = _numbers(text, pattern)
    odd = (text.is_not_null() | (not blanks)) & ~(numbers.abs() < below).fill_null(False)
    refuse(rows, odd, file, name, header, expected, CHECK)
    refuse(rows, (numbers < least).fill_null(False), file, name, header, f"at least {least}", CHECK)
    return numbers


def categories(
    rows: pl.DataFrame,
    name: str,
    known: Mapping[str, str] | Iterable[str],
    file: str,
    headers: Mapping[str, str],
    *,
    where: str,
    catalogue: str = "sources.toml",
) -> pl.DataFrame:
    """Replace labels by our codes (or keep them, where ``known`` is a list); an unknown label is refused.

    ``where`` names the entry of the catalogue file that a new label would be added to.
    """
    codes = dict(known) if isinstance(known, Mapping) else {label: label for label in known}
    unknown = ~rows[name].is_in(list(codes))
    if unknown.any():
        label = rows.filter(unknown)[name][0]
        near = difflib.get_close_matches(label, list(codes), n=1)
        nearest = f'one of {len(codes)} known labels (nearest: "{near[0]}")' if near else "a known label"
        entry = f"{where} in catalog/{catalogue}"
        todo = f"if the agency has a new label, add it to {entry} and say what it means"
        refuse(rows, unknown, file, name, headers.get(name, name), nearest, todo)
    return rows.with_columns(rows[name].replace_strict(codes, return_dtype=pl.String).alias(name))


def every_key_once(rows: pl.DataFrame, key: list[str], file: str) -> None:
    """Refuse a table in which two rows have the same key."""
    twice = rows.filter(rows.select(key).is_duplicated())
    if not twice.is_empty():
        first, second = twice.sort([*key, LINE]).head(2).iter_rows(named=True)
        found = f"the same {', '.join(f'{name} {first[name]}' for name in key)} on line {first[LINE]}"
        todo = "the file was edited or joined from two: download it again"
        raise DataError(file, "every row once", found, todo, line=second[LINE])
