"""A source as one release shows it, or as all releases known on a day do; and which two releases are meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import duckdb
import polars as pl

from indicators import catalog
from indicators.catalog.schema import PERIOD, Table, added_up, level
from indicators.catalog.tables import FACTS
from indicators.errors import UsageError
from indicators.warehouse.query import select


@dataclass(frozen=True)
class Known:
    """A source as one release, or one day, shows it. ``parts`` has part, period_from, period_through."""

    label: str
    source: catalog.Source
    facts: pl.DataFrame
    parts: pl.DataFrame

    @property
    def data_through(self) -> date:
        return self.parts["period_through"].max()  # type: ignore[return-value]


def release(connection: duckdb.DuckDBPyConnection, vintage: str) -> Known:
    """A source as one vintage of it shows it. Raises UsageError for an id the warehouse does not hold."""
    found = select(connection, "FROM vintage WHERE vintage = $vintage", {"vintage": vintage})
    if found.is_empty():
        raise UsageError(f"the warehouse holds no release {vintage}")
    source = catalog.sources()[found["source"][0]]
    values = {"vintage": vintage}
    facts = select(connection, f"FROM {source.table} WHERE vintage = $vintage", values)
    parts = select(
        connection,
        "SELECT part, period_from, period_through FROM vintage_part WHERE vintage = $vintage",
        values,
    )
    return Known(vintage, source, facts, parts)


def as_of(connection: duckdb.DuckDBPyConnection, source: str, day: date) -> Known:
    """A source as it was known on a day: of each part, the newest release out by then."""
    one = catalog.sources()[source]
    values = {"day": day, "source": source}
    mine = "(SELECT vintage FROM vintage WHERE source = $source)"
    facts = select(connection, f"FROM {one.table}_asof($day) WHERE vintage IN {mine}", values)
    parts = select(
        connection,
        "SELECT part, arg_max(period_from, (released, period_through, vintage)) AS period_from,"
        " arg_max(period_through, (released, period_through, vintage)) AS period_through"
        " FROM vintage_part JOIN vintage USING (vintage) WHERE source = $source AND released <= $day GROUP BY part",
        values,
    )
    return Known(day.isoformat(), one, facts, parts)


def pair(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    old: str | None = None,
    new: str | None = None,
    day: date = date.max,
) -> tuple[Known, Known]:
    """The two releases meant by ids, release days or the beginnings of either; by default the two newest, of
    those out by ``day``, that share a part. Raises UsageError where the words fit none, or several."""
    if source not in catalog.sources():
        raise UsageError(f'no source is called "{source}": one of {", ".join(catalog.sources())}')
    ids = select(
        connection,
        "SELECT vintage FROM vintage WHERE source = $source AND released <= $day"
        " ORDER BY released, data_through, vintage",
        {"source": source, "day": day},
    )["vintage"].to_list()
    held = select(connection, "SELECT vintage, part FROM vintage_part")
    parts = {one: set(held.filter(pl.col("vintage") == one)["part"]) for one in ids}
    pairs = [
        (first, second)
        for second in _meant(ids, source, new)
        for first in _meant(ids, source, old)
        if parts[first] & parts[second] and ((old and new) or ids.index(first) < ids.index(second))
    ]
    if not pairs:
        raise UsageError(
            f"{source}: no two such releases hold the same part; it has {', '.join(ids) or 'none'}"
        )
    if old and new and len(pairs) > 1:
        listed = "; ".join(f"{first} and {second}" for first, second in pairs)
        raise UsageError(f"{source}: several pairs of releases fit, name one: {listed}")
    first, second = max(pairs, key=lambda two: (ids.index(two[1]), ids.index(two[0])))
    return release(connection, first), release(connection, second)


def _meant(ids: list[str], source: str, text: str | None) -> list[str]:
    if text is None:
        return ids
    found = [one for one in ids if one == text or one.removeprefix(f"{source}-").startswith(text)]
    if not found:
        raise UsageError(f'{source} has no release "{text}"; it has {", ".join(ids) or "none"}')
    return found


TOLERANCE = 1e-6  # CBP's pounds carry float noise of 1e-11 from one file to the next
KINDS = ["changed", "added", "removed", "suppressed", "published"]


@dataclass(frozen=True)
class Revision:
    """What changed from one release to another.

    ``parts``: part, ``status`` (compared · new · dropped), the days compared, and how many rows of the newer
    release lie outside them (``rows_newly_covered``). ``cells`` has one row for every cell that moved, at leaf
    grain: its key, ``measure``, ``old``, ``new``, ``change``, ``kind`` (one of KINDS), ``lag_months`` (from the
    period to the end of the older release's data: 0 is its newest month), ``move`` (revised · relabelled ·
    reclassified) and ``along`` (the columns in which a cell was relabelled). ``reported`` is the same, without
    the last two, for the category totals that are reported.
    """

    source: catalog.Source
    old: str
    new: str
    parts: pl.DataFrame
    cells: pl.DataFrame
    reported: pl.DataFrame

    @property
    def table(self) -> Table:
        """Return the fact table that both releases fill."""
        return FACTS[self.source.table]

    def rows(self) -> dict[str, int]:
        """How many rows of the table moved, by kind; a row with several measures counts once a kind."""
        rows = self.cells.select("kind", *self.table.key).unique()
        return {kind: rows.filter(pl.col("kind") == kind).height for kind in KINDS}

    def totals(self, *by: str, reported: bool = False) -> pl.DataFrame:
        """Cells by kind, net and gross, by the columns named and by all that must never be added up.

        ``level`` keeps the nation apart from its states and so on, ``oldest`` the end of the first period touched.
        """
        cells = (self.reported if reported else self.cells).with_columns(level=level())
        groups = list(dict.fromkeys([*by, "measure", *self.table.apart, "level"]))
        totals = cells.group_by(groups).agg(
            pl.len().cast(pl.Int64).alias("cells"),
            *((pl.col("kind") == kind).sum().cast(pl.Int64).alias(kind) for kind in KINDS),
            pl.col("change").sum().alias("net"),
            pl.col("change").abs().sum().alias("gross"),
            pl.col("period_end").min().alias("oldest"),
            pl.col("place").n_unique().cast(pl.Int64).alias("places"),
        )
        return totals.sort(groups, nulls_last=True)

    def largest(self, count: int = 10, *, reported: bool = False) -> pl.DataFrame:
        """The largest moves first; those of one size in the order of place and period."""
        cells = self.reported if reported else self.cells
        return cells.sort(pl.col("change").abs().fill_null(0.0), descending=True, maintain_order=True).head(
            count
        )

    def tables(self, count: int = 10) -> Iterator[tuple[str, pl.DataFrame]]:
        """What there is to say, as titled tables for a terminal; columns that say nothing are left out."""
        labels = ["measure", *self.table.apart, "level"]
        shown = [*labels, "cells", "net", "gross", "oldest", "places"]
        yield "Parts", self.parts
        if self.cells.is_empty():
            return
        yield "Moved, at leaf grain", _plain(self.totals())
        yield "Moved, at reporting grain", _plain(self.totals(reported=True).select(shown))
        moves = self.totals("move", "along")
        if moves["move"].n_unique() > 1:
            yield "Revised, or only relabelled", _plain(moves.select("move", "along", *shown))
        lags = self.totals("lag_months").select("lag_months", *shown).head(2 * count)
        yield "By lag in months before the end of the older release", _plain(lags.drop("oldest"))
        places = self.totals("place").sort("gross", descending=True, maintain_order=True).head(count)
        yield "By place", _plain(places.select("place", *shown).drop("level", "places"))
        for reported, grain in ((True, "reporting"), (False, "leaf")):
            largest = self.largest(count, reported=reported)
            yield f"Largest moves, at {grain} grain", _plain(largest.drop("period_end", "clock", "part"))


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Short numbers; without columns that are empty, or say the same of every row."""
    frame = frame.with_columns(pl.col(pl.Float64).round(3))
    whole = [
        name for name, kind in frame.schema.items() if kind == pl.Float64 and (frame[name] % 1 == 0).all()
    ]
    empty = [name for name in frame.columns if frame[name].null_count() == frame.height]
    unused = [name for name in frame.columns if name in KINDS and frame[name].sum() == 0]
    alike = [name for name in ("methodology", "dataset", "level", "lag_months") if name in frame.columns]
    alike = [name for name in alike if frame.height > 1 and frame[name].n_unique() == 1]
    return frame.with_columns(pl.col(whole).cast(pl.Int64)).drop({*empty, *unused, *alike})


def compare(old: Known, new: Known) -> Revision:
    """What changed from ``old`` to ``new``, two states of one source. Raises UsageError for two sources."""
    if old.source.id != new.source.id:
        raise UsageError(f"two sources can't be compared: {old.source.id} and {new.source.id}")
    table = FACTS[old.source.table]
    key, measures = list(table.key), table.measures
    parts = _shared(old.parts, new.parts)
    implied = old.source.zeros == "implied"
    before, after = (_inside(known.facts, parts) for known in (old, new))
    if implied:
        before, after = _same_level(before, after, key, measures), _same_level(after, before, key, measures)
    cells = _moved(before, after, key, measures, implied=implied)
    cells = _told_apart(_with_lag(cells, old.data_through), key, table)
    total = [*PERIOD, *(name for name in (*table.apart, *table.category) if name not in PERIOD)]
    reported = _moved(
        added_up(before, total, measures), added_up(after, total, measures), total, measures, implied=implied
    )
    reported = _with_lag(reported, old.data_through)
    return Revision(old.source, old.label, new.label, _counted(parts, new.facts), cells, reported)


def _shared(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Every part of either release, with the days that both cover."""
    both = old.join(new, on="part", how="full", coalesce=True, suffix="_new")
    absent = pl.col("period_from").is_null(), pl.col("period_from_new").is_null()
    return both.select(
        "part",
        status=pl.when(absent[0]).then(pl.lit("new")).when(absent[1]).then(pl.lit("dropped"))
        .otherwise(pl.lit("compared")),
        compared_from=pl.when(~absent[0] & ~absent[1]).then(
            pl.max_horizontal("period_from", "period_from_new")
        ),
        compared_through=pl.when(~absent[0] & ~absent[1]).then(
            pl.min_horizontal("period_through", "period_through_new")
        ),
    ).sort("part")  # fmt: skip


def _inside(facts: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    within = (pl.col("period_start") >= pl.col("compared_from")) & (
        pl.col("period_end") <= pl.col("compared_through")
    )
    return facts.join(parts.drop("status"), on="part", maintain_order="left").filter(within)


def _counted(parts: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    inside = _inside(new, parts).group_by("part").len("inside")
    counted = new.group_by("part").len("held").join(inside, on="part", how="left")
    outside = (pl.col("held") - pl.col("inside").fill_null(0)).fill_null(0).cast(pl.Int64)
    return (
        parts.join(counted, on="part", how="left", maintain_order="left")
        .with_columns(rows_newly_covered=outside)
        .drop("held", "inside")
    )


def _same_level(
    facts: pl.DataFrame, other: pl.DataFrame, key: list[str], measures: list[str]
) -> pl.DataFrame:
    """The rows of the levels that the other release has in the part too; where that is the nation alone, the
    states are added up (the register's dashboard gives years for the nation, its table for the states)."""
    theirs = other.group_by("part").agg(level().unique().alias("theirs"))
    mine = facts.group_by("part").agg(level().unique().alias("mine"))
    rows = facts.join(mine, on="part").join(theirs, on="part", how="left").with_columns(level=level())
    shared = pl.col("mine").list.set_intersection("theirs")
    shared = pl.when(pl.col("theirs").is_null()).then("mine").otherwise(shared)
    nation = pl.lit(["nation"], pl.List(pl.String))
    rows = rows.with_columns(shared=pl.when(shared.list.len() > 0).then(shared).otherwise(nation))
    alike = pl.col("shared").list.contains(pl.col("level"))
    national = pl.col("theirs").list.contains("nation") & ~pl.col("mine").list.contains("nation")
    countries = {one.id: one.country for one in catalog.places().values()}
    raised = rows.filter(~alike & national).with_columns(pl.col("place").replace_strict(countries))
    return pl.concat([rows.filter(alike).select(*key, *measures), added_up(raised, key, measures)])


def _moved(
    before: pl.DataFrame, after: pl.DataFrame, key: list[str], measures: list[str], *, implied: bool
) -> pl.DataFrame:
    """One row for every cell whose figure moved, from a full outer join on ``key``."""
    sides = [
        frame.select(*key, *(pl.col(name).cast(pl.Float64) for name in measures))
        .unpivot(measures, index=key, variable_name="measure", value_name=side)
        .with_columns(pl.lit(True).alias(f"in_{side}"))
        for frame, side in ((before, "old"), (after, "new"))
    ]
    joined = sides[0].join(sides[1], on=[*key, "measure"], how="full", coalesce=True)
    kind = _kind()
    if implied:
        joined = joined.with_columns(pl.col("old", "new").fill_null(0.0))
    return (
        joined.with_columns(change=pl.col("new") - pl.col("old"), kind=kind)
        .filter(pl.when(pl.col("change").is_null()).then(pl.col("kind") != "same").otherwise(_differs()))
        .select(*key, "measure", "old", "new", "change", "kind")
        .sort([*key, "measure"])
    )


def _differs() -> pl.Expr:
    return pl.col("change").abs() > TOLERANCE


def _kind() -> pl.Expr:
    old, new = pl.col("in_old").fill_null(False), pl.col("in_new").fill_null(False)
    had, has = pl.col("old").is_not_null(), pl.col("new").is_not_null()
    return (
        pl.when(~had & ~has).then(pl.lit("same"))
        .when(~old).then(pl.lit("added"))
        .when(~new).then(pl.lit("removed"))
        .when(had & ~has).then(pl.lit("suppressed"))
        .when(~had & has).then(pl.lit("published"))
        .otherwise(pl.lit("changed"))
    )  # fmt: skip


def _with_lag(cells: pl.DataFrame, through: date) -> pl.DataFrame:
    months = (through.year - pl.col("period_end").dt.year()) * 12 + through.month
    return cells.with_columns(lag_months=(months - pl.col("period_end").dt.month()).cast(pl.Int64))


def _told_apart(cells: pl.DataFrame, key: list[str], table: Table) -> pl.DataFrame:
    """Add ``move`` and ``along``.

    Relabelled: within one place, period and reported category, cells that differ only in the columns ``along``
    cancel to nothing. Reclassified: they cancel between categories of one parent. What is left is revised.
    The fewest columns are tried first, so that a swap of two age bands is not hidden by another
    revision of the same category.
    """
    leaf = [name for name in key if name not in (*PERIOD, *table.apart, *table.category)]
    rest, found = cells, []
    for columns, move in _candidates(leaf, table.category):
        group = ["measure", *(name for name in key if name not in columns)]
        cancels = (pl.col("change").sum().over(group).abs() <= TOLERANCE) & (pl.len().over(group) > 1)
        cancels = cancels & pl.col("change").is_not_null().all().over(group)
        rest = rest.with_columns(cancels=cancels)
        hits = rest.filter("cancels").drop("cancels")
        rest = rest.filter(~pl.col("cancels")).drop("cancels")
        found.append(hits.with_columns(move=pl.lit(move), along=pl.lit(" + ".join(columns))))
    found.append(rest.with_columns(move=pl.lit("revised"), along=pl.lit(None, pl.String)))
    return pl.concat(found).sort([*key, "measure"])


def _candidates(leaf: list[str], category: Iterable[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    for size in range(1, len(leaf) + 1):
        for columns in combinations(leaf, size):
            yield columns, "relabelled"
    if last := tuple(category)[-1:]:
        for size in range(len(leaf) + 1):
            for columns in combinations(leaf, size):
                yield (*last, *columns), "reclassified"
