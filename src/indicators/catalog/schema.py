"""Declaration of a table: its columns, its key, and the values that may be added up.

``tables`` contains the declarations. The same declaration checks the rows of a reader, creates the table of the
warehouse and fills the data dictionary. The column ``part`` names the rows that a newer release replaces as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from indicators import catalog
from indicators.periods import Clock

if TYPE_CHECKING:
    import dataframely as dy

PERIOD = ("place", "period_start", "period_end", "clock", "part")  # in the key of every fact table
MATURITIES = ["final", "provisional", "incomplete"]  # the most settled first
MISSING = ["suppressed", "not_published", "low_quality", "not_applicable"]
LEVELS = {"nation": "nation", "region": "border", "office": "area", "sector": "area"}


@dataclass(frozen=True)
class Column:
    """A column of a table: type, meaning, unit, smallest value, allowed values; ``nullable`` allows empty cells."""

    type: type[pl.DataType]
    meaning: str
    unit: str = ""
    minimum: int | None = None
    allowed: Sequence[str] = ()
    nullable: bool = False

    def rule(self, *, in_key: bool) -> dy.Column:
        """Return the column as the validating library takes it; a number must be finite."""
        import dataframely as dy

        options: dict[str, Any] = {"nullable": self.nullable, "primary_key": in_key}
        if self.minimum is not None:
            options["min"] = self.minimum
        if allowed := self.allowed:
            options["check"] = {"allowed": lambda cell: cell.is_in(allowed)}
        kinds = (dy.String, dy.Date, dy.Int64, dy.Float64, dy.Bool)
        return next(kind for kind in kinds if kind().dtype == self.type)(**options)


@dataclass(frozen=True)
class Table:
    """A table: meaning, columns, key, and how the key of a fact table is added up.

    Values of different ``apart`` are never added up: their classes overlap, or their tables count the same events.
    ``category`` makes the value that is reported. The other columns of the key are details of it.
    """

    meaning: str
    columns: dict[str, Column]
    key: tuple[str, ...]
    apart: tuple[str, ...] = ()
    category: tuple[str, ...] = ()

    @property
    def measures(self) -> list[str]:
        """Return the columns of values. A percentage says how complete a value is, and is no measure."""
        numbers = (pl.Int64, pl.Float64)
        return [name for name, one in self.columns.items() if one.type in numbers and one.unit != "percent"]

    @property
    def types(self) -> dict[str, type[pl.DataType]]:
        """Return the type of each column, by its name."""
        return {name: one.type for name, one in self.columns.items()}

    def empty(self) -> pl.DataFrame:
        """Return the fact table without rows, with the column ``vintage`` that names the release."""
        return pl.DataFrame(schema={**self.types, "vintage": pl.String})

    def fault(self, rows: pl.DataFrame) -> str:
        """Return the faults of rows in words, each with its column; an empty text for rows without a fault."""
        if missing := [name for name in self.columns if name not in rows.columns]:
            return f"no column {', '.join(missing)}"
        if more := [name for name in rows.columns if name not in self.columns]:
            return f"columns that the table does not have: {', '.join(more)}"
        if other := [name for name, kind in self.types.items() if rows.schema[name] != kind]:
            return "; ".join(f"{name} of type {rows.schema[name]}, not {self.types[name]}" for name in other)
        broken = self._rules.filter(rows)[1]
        faults = [f"{_words(rule, self.key)} (rows: {count:,})" for rule, count in broken.counts().items()]
        return f"{'; '.join(faults)}; the first: {broken.invalid().row(0, named=True)}" if faults else ""

    @cached_property
    def _rules(self) -> type[dy.Schema]:
        import dataframely as dy

        rules = {name: one.rule(in_key=name in self.key) for name, one in self.columns.items()}
        return type("Rules", (dy.Schema,), rules)


FAULTS = {
    "nullability": "is empty",
    "min": "is too small",
    "check__allowed": "is not an allowed value",
    "inf": "is infinite",
    "nan": "is no number",
}


def _words(rule: str, key: Sequence[str]) -> str:
    if rule == "primary_key":
        return f"the key {', '.join(key)} is not unique"
    column, _, broken = rule.partition("|")
    return f"{column} {FAULTS[broken]}"


def text(meaning: str, allowed: Sequence[str] = (), *, nullable: bool = False) -> Column:
    """Return a column of text; ``allowed`` lists its values if the list is closed."""
    return Column(pl.String, meaning, allowed=allowed, nullable=nullable)


def day(meaning: str) -> Column:
    """Return a column of days."""
    return Column(pl.Date, meaning, "day")


def count(unit: str, meaning: str, *, nullable: bool = False) -> Column:
    """Return a column of whole numbers from 0 on."""
    return Column(pl.Int64, meaning, unit, minimum=0, nullable=nullable)


def amount(unit: str, meaning: str, *, nullable: bool = False) -> Column:
    """Return a column of numbers from 0 on."""
    return Column(pl.Float64, meaning, unit, minimum=0, nullable=nullable)


def period(clocks: Iterable[Clock]) -> dict[str, Column]:
    """Return the columns of place and period, for periods of these clocks."""
    return {
        "place": text("Place, an id of places.csv"),
        "period_start": day("First day of the period"),
        "period_end": day("Last day of the period"),
        "clock": text("How the periods follow each other", [str(clock) for clock in clocks]),
    }


def fact(
    meaning: str,
    clocks: Sequence[Clock],
    columns: dict[str, Column],
    apart: tuple[str, ...] = (),
    category: tuple[str, ...] = (),
) -> Table:
    """Return a fact table: place and period, its own columns, maturity and part.

    The key is place, period, clock, part, and each text column of its own that may not be empty.
    """
    last = {
        "maturity": text("Maturity of the value", MATURITIES),
        "part": text("Rows that a newer release replaces as a whole"),
    }
    labels = [name for name, one in columns.items() if one.type == pl.String and not one.nullable]
    return Table(meaning, period(clocks) | columns | last, (*PERIOD, *labels), apart, category)


def hand_kept(meaning: str, key: tuple[str, ...], columns: dict[str, Column]) -> Table:
    """Return a table entered by hand: its own columns, then the source of each row."""
    last = {
        "url": text("Address of the source"),
        "known_from": day("Public from this day on: the last day that its date of publication allows"),
        "note_en": text("Note for readers, in English", nullable=True),
        "note_es": text("Note for readers, in Spanish", nullable=True),
        "file": text("File of data/raw that contains the row"),
        "line": count("", "Line of the row in that file"),
    }
    return Table(meaning, columns | last, key)


def level() -> pl.Expr:
    """Return the level of ``place``: values of places of one level may be added up.

    The levels are nation, state, border, and area of CBP.
    """
    levels = {one.id: LEVELS.get(one.kind, "state") for one in catalog.places().values()}
    return pl.col("place").replace_strict(levels, default="state", return_dtype=pl.String)


def added_up(facts: pl.DataFrame, by: list[str], measures: list[str]) -> pl.DataFrame:
    """Return the sums of measures by the columns ``by``; the sum of rows with a missing value is missing."""
    whole = [pl.when(pl.col(name).is_not_null().all()).then(pl.col(name).sum()) for name in measures]
    return facts.group_by(by).agg(whole)
