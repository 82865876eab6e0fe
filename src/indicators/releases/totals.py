"""The few sums of a release that its plausibility is told by: of the nation, of its places, of its labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from indicators import catalog
from indicators.catalog.schema import PERIOD, level
from indicators.catalog.tables import FACTS

SERIES = ["part", "series", "clock", "period_start", "period_end"]
GAP = " has a gap"


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

    def as_one(self) -> pl.DataFrame:
        """Nation, places and labels in one frame; ``of`` tells which a row is of."""
        sums = {"nation": self.nation, "places": self.places, "labels": self.labels}
        return pl.concat((rows.with_columns(of=pl.lit(name)) for name, rows in sums.items()), how="diagonal")


def from_one(source: catalog.Source, vintage: str, sums: pl.DataFrame, parts: pl.DataFrame) -> Totals:
    """The totals that ``as_one`` made a frame of."""
    value = [*SERIES, "value", "final"]
    columns = {"nation": value, "places": ["place", *value], "labels": ["label", *value, "column"]}
    nation, places, labels = (sums.filter(of=name).select(names) for name, names in columns.items())
    return Totals(vintage, source, nation, places, labels, _covered(parts))


def add_up(source: catalog.Source, vintage: str, facts: pl.DataFrame, parts: pl.DataFrame) -> Totals:
    """A release added up: the rows of its fact table, and what each of its parts covers."""
    places = _sums(facts, source.table, ["place"])
    names = _label_columns(source.table)
    # of all labels once: without places these are few rows, and quick to add up by each label in turn
    leaves = _sums(facts, source.table, names) if names else places
    labels = [
        _added_up(leaves, [name, *SERIES]).rename({name: "label"}).with_columns(column=pl.lit(name))
        for name in names
    ]
    none = places.clear().rename({"place": "label"}).with_columns(column=pl.lit(""))
    return Totals(vintage, source, _nation(places), places, pl.concat([none, *labels]), _covered(parts))


def _covered(parts: pl.DataFrame) -> pl.DataFrame:
    return parts.select("part", "period_from", "period_through").sort(pl.all())


def _label_columns(table: str) -> list[str]:
    return [name for name in FACTS[table].key if name not in (*PERIOD, *FACTS[table].apart)]


def _sums(facts: pl.DataFrame, table: str, by: list[str]) -> pl.DataFrame:
    """SERIES, value and final by the columns named, sorted; a sum with a gap in it is null."""
    apart = [name for name in FACTS[table].apart if name not in PERIOD]
    figures = FACTS[table].measures
    groups = [*by, *(name for name in PERIOD if name != "place" and name not in by), *apart]
    wide = facts.group_by(groups).agg(
        pl.col(figures).sum().cast(pl.Float64),
        pl.col(figures).has_nulls().name.suffix(GAP),
        final=(pl.col("maturity") == "final").all(),
    )
    whole = wide.with_columns(pl.when(~pl.col(one + GAP)).then(one) for one in figures)
    long = whole.unpivot(figures, index=[*groups, "final"], variable_name="measure", value_name="value")
    series = pl.concat_str("measure", *apart, separator=", ")
    return long.with_columns(series=series).select(*by, *SERIES, "value", "final").sort(*by, *SERIES)


def _nation(places: pl.DataFrame) -> pl.DataFrame:
    """The nation's own rows where a series has them, else its places added up."""
    rows = places.with_columns(is_nation=level() == "nation")
    has_own = pl.col("is_nation").any().over("part", "series", "clock")
    rows = rows.filter(pl.col("is_nation") | ~has_own)
    return _added_up(rows, SERIES)


def _added_up(rows: pl.DataFrame, groups: list[str]) -> pl.DataFrame:
    sums = rows.group_by(groups).agg(
        pl.col("value").sum(), pl.col("value").has_nulls().alias(GAP), pl.col("final").all()
    )
    return sums.with_columns(value=pl.when(~pl.col(GAP)).then("value")).drop(GAP).sort(groups)


RECENT_MONTHS = 12
AT = ["series", "clock", "period_start", "period_end"]
Noticed = Iterator[tuple[str, dict[str, str]]]  # codes of rules, and the values of their words


def side_by_side(before: Totals, after: Totals, frame: str, by: list[str]) -> pl.DataFrame:
    """Old and new figures side by side, of the days of each part that both releases cover."""
    covers = before.parts.join(after.parts, on="part", suffix="_new").select(
        "part",
        compared_from=pl.max_horizontal("period_from", "period_from_new"),
        compared_through=pl.min_horizontal("period_through", "period_through_new"),
    )
    inside = (pl.col("period_start") >= pl.col("compared_from")) & (
        pl.col("period_end") <= pl.col("compared_through")
    )
    sides = [
        getattr(one, frame).join(covers, on="part").filter(inside).drop("compared_from", "compared_through")
        for one in (before, after)
    ]
    keys = [*by, *SERIES]
    old = sides[0].select(*keys, old="value", final="final", in_old=pl.lit(True))
    new = sides[1].select(*keys, new="value", in_new=pl.lit(True))
    both: pl.DataFrame = old.join(new, on=keys, how="full", coalesce=True).with_columns(
        pl.col("final", "in_old", "in_new").fill_null(False)
    )
    if before.source.zeros == "implied":
        both = both.with_columns(pl.col("old", "new").fill_null(0.0))
    return both


def of_nation(before: Totals, after: Totals) -> pl.DataFrame:
    """The nation's periods that both releases cover, sorted: AT, old, new, settled; null where one has no figure."""
    both = side_by_side(before, after, "nation", [])
    end = before.nation.group_by("clock").agg(pl.col("period_end").max().alias("end"))
    months = (pl.col("end").dt.year() - pl.col("period_end").dt.year()) * 12
    months = months + pl.col("end").dt.month() - pl.col("period_end").dt.month()
    both = both.join(end, on="clock", how="left")
    nation: pl.DataFrame = both.with_columns(settled=pl.col("final") | (months > RECENT_MONTHS)).drop("end")
    return nation.sort(SERIES)


def by_series(rows: pl.DataFrame) -> Iterator[tuple[tuple[Any, ...], pl.DataFrame]]:
    return iter(rows.sort(AT).group_by("series", "clock", maintain_order=True))


def share() -> pl.Expr:
    return pl.col("new") / pl.col("old") - 1


def moves(nation: pl.DataFrame, least: float) -> pl.DataFrame:
    """How far each series moved at most, as a share, by series and settled."""
    told = nation.filter(pl.col("old") >= least, pl.col("new").is_not_null())
    return told.group_by("series", "settled").agg(share().abs().max().alias("move")).sort("series", "settled")


def whole(value: float) -> str:
    return f"{value:.0f}"


def ratio(share: float) -> str:
    return f"{share:.3g}"
