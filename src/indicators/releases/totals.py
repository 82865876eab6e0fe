"""The sums of a release that the checks compare: by nation, by place, and by label of a category."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from indicators import catalog
from indicators.catalog.schema import PERIOD, level
from indicators.catalog.tables import FACTS

AT = ["series", "clock", "period_start", "period_end"]
SERIES = ["part", *AT]
RECENT_MONTHS = 12


@dataclass(frozen=True)
class Totals:
    """One release, added up. ``series`` names a measure and the values that are never added across.

    ``nation`` has SERIES, value, final · ``places`` the same with place · ``labels`` the same with column and
    label · ``parts`` has part, period_from, period_through. A sum in which a figure is missing is missing.
    """

    vintage: str
    source: catalog.Source
    nation: pl.DataFrame
    places: pl.DataFrame
    labels: pl.DataFrame
    parts: pl.DataFrame


def add_up(source: catalog.Source, vintage: str, facts: pl.DataFrame, parts: pl.DataFrame) -> Totals:
    """Return the totals of a release, from the rows of its fact table and what each of its parts covers."""
    table = FACTS[source.table]
    places = _sums(facts, source.table, ["place"])
    names = [name for name in table.key if name not in (*PERIOD, *table.apart)]
    # by all labels first: without places these are few rows, and quick to add up by each label in turn
    by_labels = _sums(facts, source.table, names) if names else places
    labels = [
        _added_up(by_labels, [name, *SERIES]).rename({name: "label"}).with_columns(column=pl.lit(name))
        for name in names
    ]
    none = places.clear().rename({"place": "label"}).with_columns(column=pl.lit(""))
    return Totals(vintage, source, _nation(places), places, pl.concat([none, *labels]), covered(parts))


def covered(parts: pl.DataFrame) -> pl.DataFrame:
    """Return the parts of a release with the days that each covers, sorted."""
    return parts.select("part", "period_from", "period_through").sort(pl.all())


def _sums(facts: pl.DataFrame, table: str, by: list[str]) -> pl.DataFrame:
    """Return SERIES, value and final by the columns named, sorted."""
    apart = [name for name in FACTS[table].apart if name not in PERIOD]
    measures = FACTS[table].measures
    groups = [*by, *(name for name in PERIOD if name != "place" and name not in by), *apart]
    final = (pl.col("maturity") == "final").all().alias("final")
    wide = facts.group_by(groups).agg(*(_sum(name).cast(pl.Float64) for name in measures), final)
    long = wide.unpivot(measures, index=[*groups, "final"], variable_name="measure", value_name="value")
    series = pl.concat_str("measure", *apart, separator=", ")
    return long.with_columns(series=series).select(*by, *SERIES, "value", "final").sort(*by, *SERIES)


def _sum(column: str) -> pl.Expr:
    """Return the sum of a column; the sum of rows with a missing value is missing."""
    return pl.when(~pl.col(column).has_nulls()).then(pl.col(column).sum())


def _nation(places: pl.DataFrame) -> pl.DataFrame:
    """Return the nation's own rows where a series has them, else its places added up."""
    rows = places.with_columns(is_nation=level() == "nation")
    has_own = pl.col("is_nation").any().over("part", "series", "clock")
    return _added_up(rows.filter(pl.col("is_nation") | ~has_own), SERIES)


def _added_up(rows: pl.DataFrame, groups: list[str]) -> pl.DataFrame:
    return rows.group_by(groups).agg(_sum("value"), pl.col("final").all()).sort(groups)


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
    """Return old and new figures side by side, of the days of each part that both releases cover."""
    parts = shared_parts(before.parts, after.parts)
    old, new = (in_shared_days(getattr(release, frame), parts) for release in (before, after))
    keys = [*by, *SERIES]
    both: pl.DataFrame = old.select(*keys, "final", old="value", in_old=True).join(
        new.select(*keys, new="value", in_new=True), on=keys, how="full", coalesce=True
    )
    both = both.with_columns(pl.col("final", "in_old", "in_new").fill_null(False))
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
