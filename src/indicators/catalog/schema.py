"""How a contract is written: columns with their units, and the two shapes of a table, fact and hand-kept."""

from __future__ import annotations

import math

import pandera.polars as pa
import polars as pl

from indicators.periods import Clock

MATURITIES = ["final", "provisional", "incomplete"]  # the most settled first
MISSING = ["suppressed", "not_published", "low_quality", "not_applicable"]
Column = pa.Column


def text(description: str, allowed: list[str] | None = None, *, nullable: bool = False) -> Column:
    checks = [pa.Check.isin(allowed)] if allowed else []
    return Column(pl.String, checks, description=description, nullable=nullable, metadata={"unit": ""})


def day(description: str, *, nullable: bool = False) -> Column:
    return Column(pl.Date, description=description, nullable=nullable, metadata={"unit": "day"})


def count(unit: str, description: str, *, nullable: bool = False) -> Column:
    metadata = {"unit": unit}
    return Column(pl.Int64, pa.Check.ge(0), description=description, nullable=nullable, metadata=metadata)


def amount(unit: str, description: str, *, nullable: bool = False) -> Column:
    metadata = {"unit": unit}
    return Column(
        pl.Float64,
        [pa.Check.ge(0), pa.Check.lt(math.inf)],
        description=description,
        nullable=nullable,
        metadata=metadata,
    )


def fact(
    description: str, clocks: list[Clock], key: list[str], columns: dict[str, Column]
) -> pa.DataFrameSchema:
    """The schema of a fact table: place and period first, then its own columns, then what every fact has."""
    first = {
        "place": text("Place, an id of places.csv"),
        "period_start": day("First day of the period"),
        "period_end": day("Last day of the period"),
        "clock": text("How the periods follow each other", [str(clock) for clock in clocks]),
    }
    last = {
        "maturity": text("How settled the value is", MATURITIES),
        "part": text("What a newer release replaces as a whole"),
    }
    unique = ["place", "period_start", "period_end", "clock", "part", *key]
    return pa.DataFrameSchema(
        {**first, **columns, **last}, description=description, unique=unique, strict=True, ordered=False
    )


def plain(description: str, kind: type[pl.DataType], *, nullable: bool = False) -> Column:
    return Column(kind, description=description, nullable=nullable, metadata={"unit": ""})


def hand_kept(description: str, key: list[str], columns: dict[str, Column]) -> pa.DataFrameSchema:
    """The schema of a table kept by hand: its own columns, then where each row comes from."""
    last = {
        "url": text("Address at which it was read"),
        "known_from": day("Known from this day: the last one its date of publication allows"),
        "note_en": text("What a reader must know, in English", nullable=True),
        "note_es": text("What a reader must know, in Spanish", nullable=True),
        "file": text("The file of data/raw it stands in"),
        "line": count("", "The line it stands on"),
    }
    return pa.DataFrameSchema({**columns, **last}, description=description, unique=key, strict=True)
