"""The revisions of a source: what changed from one release, or one day, to another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import duckdb
import polars as pl

from indicators import catalog
from indicators.catalog.schema import PERIOD, Table, added_up, level
from indicators.catalog.tables import FACTS
from indicators.errors import UsageError
from indicators.releases.totals import in_shared_days, months_before, shared_parts
from indicators.warehouse.query import select

TOLERANCE = 1e-6  # CBP's pounds carry float noise of 1e-11 from one file to the next
KINDS = ["changed", "added", "removed", "suppressed", "published"]


@dataclass(frozen=True)
class Snapshot:
    """A source as one release, or as all releases published by a day, show it.

    ``facts`` has the rows of its fact table, ``parts`` has part, period_from, period_through.
    """

    label: str
    source: catalog.Source
    facts: pl.DataFrame
    parts: pl.DataFrame

    @property
    def data_through(self) -> date:
        """Return the last day that the parts cover."""
        return self.parts["period_through"].max()  # type: ignore[return-value]


def release(connection: duckdb.DuckDBPyConnection, vintage: str) -> Snapshot:
    """Return a source as one vintage shows it. Raise UsageError for a vintage that is not in the warehouse."""
    values = {"vintage": vintage}
    found = select(connection, "FROM vintage WHERE vintage = $vintage", values)
    if found.is_empty():
        raise UsageError(f"the warehouse has no release {vintage}")
    source = catalog.sources()[found["source"][0]]
    facts = select(connection, f"FROM {source.table} WHERE vintage = $vintage", values)
    columns = "part, period_from, period_through"
    parts = select(connection, f"SELECT {columns} FROM vintage_part WHERE vintage = $vintage", values)
    return Snapshot(vintage, source, facts, parts)


def as_of(connection: duckdb.DuckDBPyConnection, source: str, day: date) -> Snapshot:
    """Return a source as of a day: of each part, the newest release published by then."""
    entry = catalog.sources()[source]
    values = {"day": day, "source": source}
    vintages = "(SELECT vintage FROM vintage WHERE source = $source)"
    facts = select(connection, f"FROM {entry.table}_asof($day) WHERE vintage IN {vintages}", values)
    parts = select(
        connection,
        "SELECT part, min(period_from) AS period_from, max(period_through) AS period_through"
        " FROM vintage_part JOIN vintage USING (vintage) WHERE source = $source AND released <= $day GROUP BY part",
        values,
    )
    return Snapshot(day.isoformat(), entry, facts, parts)


def pair(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    old: str | None = None,
    new: str | None = None,
    day: date = date.max,
) -> tuple[Snapshot, Snapshot]:
    """Return two releases of a source that share a part.

    ``old`` and ``new`` are ids, release days or the beginnings of either; by default the two newest of those
    published by ``day``. Raise UsageError where no pair matches, or more than one.
    """
    if source not in catalog.sources():
        raise UsageError(f'no source is called "{source}": one of {", ".join(catalog.sources())}')
    found = select(
        connection,
        "SELECT vintage, list(part) AS parts FROM vintage LEFT JOIN vintage_part USING (vintage)"
        " WHERE source = $source AND released <= $day"
        " GROUP BY vintage, release_order ORDER BY release_order",
        {"source": source, "day": day},
    )
    parts = {vintage: set(names) - {None} for vintage, names in found.iter_rows()}
    ids = list(parts)
    pairs = [
        (first, second)
        for second in _matching(ids, source, new)
        for first in _matching(ids, source, old)
        if parts[first] & parts[second] and ((old and new) or ids.index(first) < ids.index(second))
    ]
    if not pairs:
        if len(ids) < 2:
            raise UsageError(
                f"a comparison takes two releases of {source}; there is {len(ids)}: `indicators add` another"
            )
        raise UsageError(f"{source}: no two of these releases have figures in common: {', '.join(ids)}")
    if old and new and len(pairs) > 1:
        listed = "; ".join(f"{first} and {second}" for first, second in pairs)
        raise UsageError(f"{source}: several pairs of releases match, name one: {listed}")
    first, second = max(pairs, key=lambda two: (ids.index(two[1]), ids.index(two[0])))
    return release(connection, first), release(connection, second)


def _matching(ids: list[str], source: str, text: str | None) -> list[str]:
    """Return the vintages that a text names by their beginning."""
    found = [one for one in ids if text is None or one == text or one[len(source) + 1 :].startswith(text)]
    if text is not None and not found:
        raise UsageError(f'{source} has no release "{text}"; it has {", ".join(ids) or "none"}')
    return found


@dataclass(frozen=True)
class Revision:
    """The changes from one release to another.

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
        """Return how many rows of the table moved, by kind; a row with several measures counts once a kind."""
        rows = self.cells.select("kind", *self.table.key).unique()
        return {kind: rows.filter(pl.col("kind") == kind).height for kind in KINDS}

    def totals(self, *by: str, reported: bool = False) -> pl.DataFrame:
        """Return the sums of cells, by the columns ``by`` and by those whose values are never added up.

        The columns: cells in all and by kind, net and gross change, places, and ``oldest``, the end of the first
        period touched. ``level`` separates the nation from its states and so on.
        """
        cells = (self.reported if reported else self.cells).with_columns(level=level())
        groups = list(dict.fromkeys([*by, "measure", *self.table.apart, "level"]))
        kinds = {kind: (pl.col("kind") == kind).sum().cast(pl.Int64) for kind in KINDS}
        totals = cells.group_by(groups).agg(
            cells=pl.len().cast(pl.Int64),
            **kinds,
            net=pl.col("change").sum(),
            gross=pl.col("change").abs().sum(),
            oldest=pl.col("period_end").min(),
            places=pl.col("place").n_unique().cast(pl.Int64),
        )
        return totals.sort(groups, nulls_last=True)

    def largest(self, count: int = 10, *, reported: bool = False) -> pl.DataFrame:
        """Return the largest moves first; those of one size in the order of place and period."""
        cells = self.reported if reported else self.cells
        size = pl.col("change").abs().fill_null(0.0)
        return cells.sort(size, descending=True, maintain_order=True).head(count)

    def tables(self, count: int = 10) -> Iterator[tuple[str, pl.DataFrame]]:
        """Yield the tables for a terminal with their titles, without columns that are empty or all alike."""
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
    """Return a table with short numbers, without columns that are empty or all alike."""
    frame = frame.with_columns(pl.col(pl.Float64).round(3))
    whole = [name for name, kind in frame.schema.items() if kind == pl.Float64 and (frame[name] % 1 == 0).all()]
    empty = [name for name in frame.columns if frame[name].null_count() == frame.height]
    unused = [name for name in frame.columns if name in KINDS and frame[name].sum() == 0]
    alike = [name for name in ("methodology", "dataset", "level", "lag_months") if name in frame.columns]
    alike = [name for name in alike if frame.height > 1 and frame[name].n_unique() == 1]
    return frame.with_columns(pl.col(whole).cast(pl.Int64)).drop({*empty, *unused, *alike})


def compare(old: Snapshot, new: Snapshot) -> Revision:
    """Return what changed from ``old`` to ``new``. Raise UsageError for two sources."""
    if old.source.id != new.source.id:
        raise UsageError(f"two sources can't be compared: {old.source.id} and {new.source.id}")
    table = FACTS[old.source.table]
    key, measures = list(table.key), table.measures
    parts = shared_parts(old.parts, new.parts)
    implied = old.source.zeros == "implied"
    before, after = (in_shared_days(one.facts, parts) for one in (old, new))
    before, after = _common_grain(before, after, table)
    if implied:
        before, after = _shared_levels(before, after, table), _shared_levels(after, before, table)
    lag = months_before(pl.lit(old.data_through)).cast(pl.Int64).alias("lag_months")
    cells = _changed(before, after, key, measures, implied=implied).with_columns(lag)
    total = [*PERIOD, *(name for name in (*table.apart, *table.category) if name not in PERIOD)]
    before, after = (added_up(one, total, measures) for one in (before, after))
    reported = _changed(before, after, total, measures, implied=implied).with_columns(lag)
    counted = _with_rows_covered(parts, new.facts)
    return Revision(old.source, old.label, new.label, counted, _with_moves(cells, table), reported)


def _common_grain(before: pl.DataFrame, after: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return two releases with the columns added up that the edition has added up in one of them.

    Then only the reported categories count that both have: the edition ships some of them.
    """
    columns = [name for name in table.key if name not in PERIOD]
    shipped = [name for name in columns if (before[name] == "all").all() != (after[name] == "all").all()]
    if not shipped or before.is_empty() or after.is_empty():
        return before, after
    kept = [name for name in dict.fromkeys([*table.apart, *table.category]) if name not in (*shipped, *PERIOD)]
    shared = before.select(kept).unique().join(after.select(kept).unique(), on=kept) if kept else None
    sides = []
    for rows in (before, after):
        rows = rows.with_columns(pl.lit("all").alias(name) for name in shipped)
        added = added_up(rows, list(table.key), table.measures)
        sides.append(added if shared is None else added.join(shared, on=kept, how="semi"))
    return sides[0], sides[1]


def _with_rows_covered(parts: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Return the parts with the number of rows of the newer release outside of the days compared."""
    inside = in_shared_days(new, parts).group_by("part").len("inside")
    counted = new.group_by("part").len("rows").join(inside, on="part", how="left")
    outside = (pl.col("rows") - pl.col("inside").fill_null(0)).fill_null(0).cast(pl.Int64)
    joined = parts.join(counted, on="part", how="left", maintain_order="left")
    return joined.with_columns(rows_newly_covered=outside).drop("rows", "inside")


def _shared_levels(facts: pl.DataFrame, other: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return the rows of the levels that the other release has in the part too.

    Where that is the nation alone, the states are added up: the register's dashboard gives years for the nation,
    its table for the states.
    """
    key, measures = list(table.key), table.measures
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


def _changed(
    before: pl.DataFrame, after: pl.DataFrame, key: list[str], measures: list[str], *, implied: bool
) -> pl.DataFrame:
    """Return one row for every cell whose figure moved, from a full outer join on ``key``."""
    old, new = (
        frame.select(*key, *(pl.col(name).cast(pl.Float64) for name in measures))
        .unpivot(measures, index=key, variable_name="measure", value_name=side)
        .with_columns(pl.lit(True).alias(f"in_{side}"))
        for frame, side in ((before, "old"), (after, "new"))
    )
    joined = old.join(new, on=[*key, "measure"], how="full", coalesce=True)
    if implied:
        joined = joined.with_columns(pl.col("old", "new").fill_null(0.0))
    change = pl.col("change")
    differs = pl.when(change.is_null()).then(pl.col("kind") != "same").otherwise(change.abs() > TOLERANCE)
    return (
        joined.with_columns(change=pl.col("new") - pl.col("old"), kind=_kind())
        .filter(differs)
        .select(*key, "measure", "old", "new", "change", "kind")
        .sort([*key, "measure"])
    )


def _kind() -> pl.Expr:
    """Return how a cell moved: one of KINDS, or "same" where neither release has a figure."""
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


def _with_moves(cells: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return the cells with the columns ``move`` and ``along``.

    Relabelled: within one place, period and reported category, cells that differ only in the columns ``along``
    cancel to nothing. Reclassified: they cancel between categories of one parent. The rest is revised. The fewest
    columns are tried first, so that another revision of the same category does not hide a swap of two age bands.
    """
    leaf = [name for name in table.key if name not in (*PERIOD, *table.apart, *table.category)]
    subsets = [columns for size in range(len(leaf) + 1) for columns in combinations(leaf, size)]
    tries = [(columns, "relabelled") for columns in subsets[1:]]
    tries += [((last, *columns), "reclassified") for last in table.category[-1:] for columns in subsets]
    rest, found = cells, []
    for columns, move in tries:
        group = ["measure", *(name for name in table.key if name not in columns)]
        cancels = (pl.col("change").sum().over(group).abs() <= TOLERANCE) & (pl.len().over(group) > 1)
        cancels = cancels & pl.col("change").is_not_null().all().over(group)
        rest = rest.with_columns(cancels=cancels)
        along = pl.lit(" + ".join(columns))
        hits = rest.filter("cancels").drop("cancels")
        found.append(hits.with_columns(move=pl.lit(move), along=along))
        rest = rest.filter(~pl.col("cancels")).drop("cancels")
    found.append(rest.with_columns(move=pl.lit("revised"), along=pl.lit(None, pl.String)))
    return pl.concat(found).sort([*table.key, "measure"])
