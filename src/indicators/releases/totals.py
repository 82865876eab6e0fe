"""The sums of a release that the checks compare: by nation, and by cell of every place and label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from indicators import catalog
from indicators.catalog.schema import PERIOD, level
from indicators.catalog.tables import FACTS

AT = ["series", "clock", "period_start", "period_end"]
SERIES = ["part", *AT]
CELL = ["column", "within", "label"]
RECENT_MONTHS = 12
DAYS_OF_YEAR = 365.25
MOST_LABELS = 200  # a column with more labels, such as municipality, is not crossed with the reported category


@dataclass(frozen=True)
class Totals:
    """One release, added up. ``series`` names a measure and the values that are never added across.

    ``nation`` has SERIES, value, final, rows (of the fact table) · ``cells`` has CELL, SERIES, value, final: the sum
    of each ``label`` of a ``column`` (place, sex, ...), also within each reported category · ``parts`` has part,
    period_from, period_through. Each frame has ``released``, the release day. A sum in which a figure is missing is
    missing.
    """

    vintage: str
    source: catalog.Source
    nation: pl.DataFrame
    cells: pl.DataFrame
    parts: pl.DataFrame

    def overlaps(self, other: Totals) -> bool:
        """Return True where two releases have days of one part in common."""
        shared = shared_parts(self.parts, other.parts)
        return not shared.filter(pl.col("compared_from") <= pl.col("compared_through")).is_empty()

    def contradicts(self, other: Totals) -> bool:
        """Return True where two releases have other figures for one cell."""
        both = side_by_side(self, other, "cells", CELL)
        if self.source.zeros == "stated":
            both = both.filter("in_old", "in_new")
        return not both.filter(pl.col("old").ne_missing(pl.col("new"))).is_empty()


def add_up(
    source: catalog.Source, vintage: str, facts: pl.DataFrame, parts: pl.DataFrame, released: date | None = None
) -> Totals:
    """Return the totals of a release, from the rows of its fact table and what each of its parts covers.

    Without ``released``, the release counts as published on the day of the release that it is compared with.
    """
    table = FACTS[source.table]
    names = [name for name in table.key if name not in (*PERIOD, *table.apart)]
    base = _long(facts, source.table, ["place", *names])
    places = _added_up(base, ["place", *SERIES])
    cells = [_cells(base, (), "municipality_code")] if "municipality_code" in names else []
    if cells:  # far fewer rows, which are quick to add up by each label in turn
        names.remove("municipality_code")
        base = _added_up(base, ["place", *names, *SERIES])
    cells += [_cells(base, (), name) for name in ("place", *names)]
    if table.category:
        for name in ("place", *names):
            if name not in table.category and base[name].n_unique() <= MOST_LABELS:
                cells.append(_cells(base, [one for one in table.category if one in names], name))
    nation = (
        _nation(places, added_up=source.zeros == "implied")
        .sort(SERIES)
        .join(_rows(facts), on=["part", *AT[1:]], how="left", maintain_order="left")
    )
    by_series = nation.select(
        pl.lit("series").alias("column"),
        pl.col("series").str.extract(r"^([^,]*)").alias("within"),
        pl.col("series").alias("label"),
        *SERIES,
        "value",
        "final",
    )
    day = pl.lit(released, pl.Date).alias("released")
    frames = [nation, pl.concat([*cells, by_series]), covered(parts)]
    return Totals(vintage, source, *(frame.with_columns(day) for frame in frames))


def _cells(rows: pl.DataFrame, within: Sequence[str], column: str) -> pl.DataFrame:
    """Return the sums of each label of a column, within each combination of the columns ``within``."""
    added = _added_up(rows, [*within, column, *SERIES])
    text = pl.concat_str(list(within), separator=", ") if within else pl.lit("")
    return added.select(
        pl.lit(column).alias("column"), text.alias("within"), pl.col(column).alias("label"), *SERIES, "value", "final"
    )


def _rows(facts: pl.DataFrame) -> pl.DataFrame:
    return facts.group_by("part", *AT[1:]).agg(pl.len().cast(pl.Int64).alias("rows"))


def in_effect(releases: Sequence[Totals]) -> Totals:
    """Return what several releases of a source, oldest first, show together.

    Where a source states its zeros, a newer release replaces the cells that it has; else the days that it covers.
    """
    newest = releases[-1]
    if len(releases) == 1:
        return newest
    taken = [newest]
    for one in reversed(releases[:-1]):
        rest = one if newest.source.zeros == "stated" else _beside(one, pl.concat([newer.parts for newer in taken]))
        if rest.parts.height:
            taken.append(rest)

    def together(name: str, keys: list[str]) -> pl.DataFrame:
        rows: pl.DataFrame = pl.concat([getattr(one, name) for one in taken])
        return rows.unique(keys, keep="first", maintain_order=True) if len(taken) > 1 else rows

    reach = _stretches(pl.concat([one.parts for one in taken]))
    cells = together("cells", [*CELL, *SERIES])
    return Totals(newest.vintage, newest.source, together("nation", SERIES), cells, reach)


def _stretches(parts: pl.DataFrame) -> pl.DataFrame:
    """Return the stretches of days that several releases cover, each part once for each stretch without a gap."""
    before = pl.col("period_through").cum_max().shift(1).over("part")
    begins = (pl.col("period_from") > before.dt.offset_by("1d")).fill_null(True)
    rows = parts.sort("part", "period_from").with_columns(stretch=begins.cum_sum().over("part"))
    reach = rows.group_by("part", "stretch").agg(
        pl.col("period_from").min(), pl.col("period_through").max(), pl.col("released").max()
    )
    return reach.sort("part", "stretch").drop("stretch")


def _beside(one: Totals, newer: pl.DataFrame) -> Totals:
    """Return what a release shows on days that the parts of ``newer`` releases do not cover."""
    days = newer.select("part", newer_from="period_from", newer_through="period_through")
    inside = (pl.col("period_from") >= pl.col("newer_from")) & (pl.col("period_through") <= pl.col("newer_through"))
    parts = one.parts.join(one.parts.join(days, on="part").filter(inside), on="part", how="anti")
    in_newer = pl.col("period_start").is_between("newer_from", "newer_through")

    def rest(rows: pl.DataFrame) -> pl.DataFrame:
        rows = rows.join(parts, on="part", how="semi", maintain_order="left")
        dated = rows.select("part", "period_start").unique()
        return rows.join(dated.join(days, on="part").filter(in_newer), on=["part", "period_start"], how="anti")

    return Totals(one.vintage, one.source, rest(one.nation), rest(one.cells), parts)


def covered(parts: pl.DataFrame) -> pl.DataFrame:
    """Return the parts of a release with the days that each covers, sorted."""
    return parts.select("part", "period_from", "period_through").sort(pl.all())


def _long(facts: pl.DataFrame, table: str, by: list[str]) -> pl.DataFrame:
    """Return a row for each measure of each fact: the columns named, SERIES, value and final."""
    apart = [name for name in FACTS[table].apart if name not in PERIOD]
    measures = FACTS[table].measures
    keys = [*by, *(name for name in PERIOD if name not in by and name != "place"), *apart]
    final = (pl.col("maturity") == "final").alias("final")
    wide = facts.select(*keys, pl.col(measures).cast(pl.Float64), final)
    long = wide.unpivot(measures, index=[*keys, "final"], variable_name="measure", value_name="value")
    return long.with_columns(series=pl.concat_str("measure", *apart, separator=", ")).select(
        *by, *SERIES, "value", "final"
    )


def _sum(column: str) -> pl.Expr:
    """Return the sum of a column; the sum of rows with a missing value is missing."""
    return pl.when(~pl.col(column).has_nulls()).then(pl.col(column).sum())


def _nation(places: pl.DataFrame, *, added_up: bool) -> pl.DataFrame:
    """Return the nation's own rows where a series has them, else its places added up, where that is asked for.

    A source that states its zeros can have a file of some places alone, whose sum is no nation.
    """
    rows = places.with_columns(is_nation=level() == "nation")
    if not added_up:
        return _added_up(rows.filter("is_nation"), SERIES)
    has_own = pl.col("is_nation").any().over("part", "series", "clock")
    return _added_up(rows.filter(pl.col("is_nation") | ~has_own), SERIES)


def _added_up(rows: pl.DataFrame, groups: list[str]) -> pl.DataFrame:
    return rows.group_by(groups).agg(_sum("value"), pl.col("final").all())


def shared_parts(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Return every part of two releases: part, status (compared · new · dropped), and the days that both cover."""
    both = old.join(new, on="part", how="full", coalesce=True, suffix="_new")
    in_old, in_new = pl.col("period_from").is_not_null(), pl.col("period_from_new").is_not_null()
    status = pl.when(~in_old).then(pl.lit("new")).when(~in_new).then(pl.lit("dropped"))
    shared = pl.when(in_old & in_new)
    return both.select(
        "part",
        status=status.otherwise(pl.lit("compared")),
        compared_from=shared.then(pl.max_horizontal("period_from", "period_from_new")),
        compared_through=shared.then(pl.min_horizontal("period_through", "period_through_new")),
    ).sort("part")


def in_shared_days(rows: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Return the rows whose periods both releases cover, by ``shared_parts``."""
    within = (pl.col("period_start") >= pl.col("compared_from")) & (pl.col("period_end") <= pl.col("compared_through"))
    return rows.join(parts.drop("status"), on="part", maintain_order="left").filter(within)


def months_before(end: pl.Expr) -> pl.Expr:
    """Return the number of months from the end of a row's period to the month of ``end``."""
    last = pl.col("period_end")
    return (end.dt.year() - last.dt.year()) * 12 + end.dt.month() - last.dt.month()


def side_by_side(before: Totals, after: Totals, frame: str, by: list[str]) -> pl.DataFrame:
    """Return old and new figures side by side, of the days of each part that both releases cover.

    ``years_apart`` is the time from the release of the old figure to that of the new one.
    """
    parts = shared_parts(before.parts, after.parts)
    old, new = (in_shared_days(getattr(release, frame), parts) for release in (before, after))
    keys = [*by, *SERIES]
    both: pl.DataFrame = old.select(*keys, "final", "released", old="value", in_old=True).join(
        new.select(*keys, new="value", in_new=True, later="released"), on=keys, how="full", coalesce=True
    )
    days = (pl.col("later") - pl.col("released")).dt.total_days()
    both = both.with_columns(pl.col("final", "in_old", "in_new").fill_null(False), years_apart=days / DAYS_OF_YEAR)
    both = both.drop("released", "later").with_columns(pl.col("years_apart").fill_null(pl.col("years_apart").max()))
    if before.source.zeros == "implied":
        both = both.with_columns(pl.col("old", "new").fill_null(0.0))
    return both


def of_nation(before: Totals, after: Totals) -> pl.DataFrame:
    """Return the nation's periods that both releases cover, sorted: SERIES, old, new, settled.

    A figure is null where its release has none.
    """
    end = before.nation.group_by("clock").agg(pl.col("period_end").max().alias("end"))
    both = side_by_side(before, after, "nation", []).join(end, on="clock", how="left")
    settled = pl.col("final") | (months_before(pl.col("end")) > RECENT_MONTHS)
    return both.with_columns(settled=settled).drop("end").sort(SERIES)


def by_series(rows: pl.DataFrame) -> Iterator[tuple[tuple[Any, ...], pl.DataFrame]]:
    """Yield the rows of each series and clock in the order of their periods, with the two as a key."""
    yield from rows.sort(AT).group_by("series", "clock", maintain_order=True)


def share() -> pl.Expr:
    """Return the change from ``old`` to ``new`` as a share of ``old``."""
    return pl.col("new") / pl.col("old") - 1


def moves(nation: pl.DataFrame, least: float) -> pl.DataFrame:
    """Return the largest move of each series, as a share, by series and settled; smaller figures do not count."""
    counted = nation.filter(pl.col("old") >= least, pl.col("new").is_not_null())
    move = share().abs().max().alias("move")
    return counted.group_by("series", "settled").agg(move).sort("series", "settled")
