"""Declaration of a table: its columns, its key, and the values that may be added up.

tables.toml contains the declarations. The same declaration checks the rows of a reader, creates the table of the
warehouse and fills the data dictionary. The column ``part`` names the rows that a newer release replaces as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal, Self

import polars as pl
from pydantic import model_validator

from indicators import catalog
from indicators.catalog.base import Entry, Fields, entry, read_toml
from indicators.errors import DataError
from indicators.periods import Clock

if TYPE_CHECKING:
    import dataframely as dy

PERIOD = ("place", "period_start", "period_end", "clock", "part")  # in the key of every fact table
SOURCE = ("url", "known_from", "note_en", "note_es", "file", "line")  # in every table entered by hand
AROUND = {"facts": (PERIOD[:4], ("maturity", "part")), "hand_kept": ((), SOURCE)}  # columns before and after the own
FILE = catalog.HERE / "tables.toml"
TYPES: dict[str, type[pl.DataType]] = {
    "text": pl.String,
    "day": pl.Date,
    "count": pl.Int64,
    "amount": pl.Float64,
    "number": pl.Float64,
    "flag": pl.Boolean,
}
LEVELS = {"nation": "nation", "region": "border", "office": "area", "sector": "area"}


class Column(Entry):
    """A column of a table: kind, meaning, unit, allowed values; ``nullable`` allows empty cells."""

    kind: Literal["text", "day", "count", "amount", "number", "flag"]
    meaning: str
    unit: str = ""
    allowed: list[str] = []
    nullable: bool = False

    @property
    def type(self) -> type[pl.DataType]:
        """The type of the column in a frame."""
        return TYPES[self.kind]

    @property
    def minimum(self) -> int | None:
        """The smallest value of a number of things: a number of any other kind may be negative."""
        return 0 if self.kind in ("count", "amount") else None

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


class Table(Entry):
    """A table: meaning, columns (the shared ones filled in), key, and how the key of a fact table is added up.

    Values of different ``apart`` are never added up: their classes overlap, or their tables count the same events.
    ``category`` makes the value that is reported. The other columns of the key are details of it.
    """

    meaning: str
    columns: dict[str, Column]
    clocks: list[Clock] = []
    key: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    category: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _listed(self) -> Self:
        if strange := {*self.key, *self.apart, *self.category} - self.columns.keys():
            raise ValueError(f"key, apart and category list columns of the table, not {', '.join(sorted(strange))}")
        is_fact = "part" in self.columns
        if is_fact != bool(self.clocks) or is_fact == bool(self.key):
            raise ValueError("a fact table has clocks and no key; a table entered by hand has a key and no clocks")
        return self

    def completed(self, own: Iterable[str]) -> Table:
        """Return the table with its allowed clocks and, without a key, each text column of ``own`` that is full."""
        columns = dict(self.columns)
        if "clock" in columns:
            allowed = [str(clock) for clock in self.clocks or Clock]
            columns["clock"] = columns["clock"].model_copy(update={"allowed": allowed})
        labels = [name for name in own if columns[name].kind == "text" and not columns[name].nullable]
        return self.model_copy(update={"columns": columns, "key": self.key or (*PERIOD, *labels)})

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


def tables(group: Literal["facts", "hand_kept"]) -> dict[str, Table]:
    """Return the tables of a group of tables.toml. Raise DataError, with file and key, for a wrong declaration."""
    before, after = AROUND[group]
    found = {}
    for name, fields in _declarations()[group].items():
        own = fields.get("columns", {})
        names = [*before, *own, *after]
        where = f"{group}.{name}"
        columns = {one: _column(f"{where}.columns.{one}", own.get(one, "shared")) for one in names}
        found[name] = entry(Table, FILE, where, {**fields, "columns": columns}).completed(own)
    return found


@cache
def _declarations() -> Fields:
    sections = {"lists", "shared", *AROUND}
    read = read_toml(FILE)
    if wrong := sorted(read.keys() ^ sections):
        todo = "mend the name of the section"
        raise DataError(FILE.name, f"the sections {', '.join(sorted(sections))}", ", ".join(wrong), todo)
    return read


def _column(where: str, declared: Any) -> Any:
    """Return the fields of a column; the shared column and the list that it names are filled in."""
    name = where.rpartition(".")[2]
    fields = _shared("shared", name, where) if declared == "shared" else declared
    if isinstance(fields, dict) and isinstance(fields.get("allowed"), str):
        return {**fields, "allowed": _shared("lists", fields["allowed"], where)}
    return fields


def _shared(section: str, name: str, where: str) -> Any:
    found = _declarations()[section]
    if name not in found:
        raise DataError(FILE.name, f"a name of [{section}]", name, f"add it to [{section}], or mend the key {where}")
    return found[name]


MATURITIES = _declarations()["shared"]["maturity"]["allowed"]  # the most settled first


def level(column: str = "place") -> pl.Expr:
    """Return the level of the place in a column: values of places of one level may be added up.

    The levels are nation, state, border, and area of CBP.
    """
    levels = {one.id: LEVELS.get(one.kind, "state") for one in catalog.places().values()}
    return pl.col(column).replace_strict(levels, default="state", return_dtype=pl.String)


def added_up(facts: pl.DataFrame, by: list[str], measures: list[str]) -> pl.DataFrame:
    """Return the sums of measures by the columns ``by``; the sum of rows with a missing value is missing."""
    whole = [pl.when(pl.col(name).is_not_null().all()).then(pl.col(name).sum()) for name in measures]
    return facts.group_by(by).agg(whole)
