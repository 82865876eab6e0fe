"""Two releases of one source side by side: the figures of the days that both cover."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from indicators.totals import SERIES, Totals

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
