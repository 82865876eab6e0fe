"""What several commands take and print: the day, the format, the warehouse's file."""

from __future__ import annotations

import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from indicators.paths import home
from indicators.periods import parse_day

AsOf = Annotated[
    str | None, typer.Option("--as-of", help="See everything as it was known on this day.", metavar="DAY")
]


class Format(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="How to print it.")]


def as_of_day(text: str | None) -> date:
    return parse_day(text) if text else date.today()


def day_of_receipt() -> date:
    """Today, as the day on which something enters the records. Raises DataError where the clock was set back."""
    from indicators.releases import store

    today = date.today()
    store.refuse_clock_set_back(home().raw, today)
    return today


def warehouse_file() -> Path:
    """The warehouse's file; a note where it does not hold what is in the store now."""
    from indicators import warehouse

    if home().warehouse.exists() and not warehouse.is_current(home()):
        print(
            "note: the warehouse is older than the releases or the code: run `indicators build`",
            file=sys.stderr,
        )
    return home().warehouse


def show(frame: object, form: Format) -> None:
    import polars as pl

    assert isinstance(frame, pl.DataFrame)
    if form is Format.CSV:
        print(frame.write_csv(), end="")
    elif form is Format.JSON:
        print(frame.write_json())
    else:
        with pl.Config(
            tbl_rows=-1,
            tbl_cols=-1,
            tbl_hide_dataframe_shape=True,
            tbl_hide_column_data_types=True,
            fmt_str_lengths=80,
            tbl_width_chars=200,
            thousands_separator=",",
            fmt_float="full",
        ):
            print(frame)
