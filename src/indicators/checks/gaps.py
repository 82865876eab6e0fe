"""Rules about what is no longer there: a part's last days, a place, a label."""

from __future__ import annotations

import polars as pl

from indicators.catalog.models import Limits
from indicators.catalog.schema import level
from indicators.checks.side_by_side import Noticed, side_by_side, whole
from indicators.totals import SERIES, Totals


def ends_earlier(before: Totals, after: Totals) -> Noticed:
    """A part that reached further in the release before."""
    both = before.parts.join(after.parts, on="part", suffix="_new").sort("part")
    for row in both.filter(pl.col("period_through_new") < pl.col("period_through")).iter_rows(named=True):
        last, now = row["period_through"], row["period_through_new"]
        yield (
            "ends_earlier",
            {"part": row["part"], "last_month": f"{last:%Y-%m}", "now_month": f"{now:%Y-%m}"},
        )


def periods(before: Totals, after: Totals, limits: Limits) -> Noticed:
    """The nation's figures that a source which states its zeros gave, and gives no more: blank, or without a row."""
    if before.source.zeros == "implied":
        return
    through = after.parts.select("part", "period_through")
    old = before.nation.join(through, on="part").filter(
        pl.col("period_end") <= pl.col("period_through"), pl.col("value") >= limits.least
    )
    gone = old.join(after.nation.drop_nulls("value"), on=SERIES, how="anti")
    if not gone.is_empty():
        counts = gone.group_by("series").agg(pl.len(), pl.col("period_end").min()).sort("len", "series")
        series, periods, first = counts.row(-1)
        facts = {
            "series": series,
            "periods": str(periods),
            "month": f"{first:%Y-%m}",
            "of": str(counts.height),
        }
        yield "periods_gone", facts


def places(before: Totals, after: Totals, limits: Limits) -> Noticed:
    """Places that had figures and have no row: in any shared period, or in one year of them.

    Only where the later release has places of that level in the part at all.
    """
    keys = ["place", "series", "clock"]
    both = side_by_side(before, after, "places", ["place"]).with_columns(level=level())
    both = both.filter(pl.col("in_new").any().over("part", "series", "level"), pl.col("old").is_not_null())
    sums = (pl.col("old").sum(), pl.col("in_new").any())
    by_year = both.group_by(*keys, pl.col("period_end").dt.year().alias("year")).agg(*sums)
    empty = (pl.col("old") >= limits.least_of_place) & ~pl.col("in_new")
    gone = by_year.group_by(keys).agg(*sums).filter(empty)
    implied = before.source.zeros == "implied"
    if not gone.is_empty() and implied:
        yield "place_gone", _worst_place(gone)
    elif not gone.is_empty():  # what was added up here may be windows that overlap: no sum is said
        facts = _worst_place(gone)
        yield "place_not_in_release", {name: facts[name] for name in ("place", "series", "places")}
    year = by_year.filter(empty).join(gone, on=keys, how="anti")
    if implied and not year.is_empty():
        yield "place_to_zero", _worst_place(year)


def _worst_place(rows: pl.DataFrame) -> dict[str, str]:
    order = ["old", "place", "series", *(["year"] if "year" in rows.columns else [])]
    first = rows.sort(order, descending=[True, *([False] * (len(order) - 1))]).row(0, named=True)
    year = {"year": str(first["year"])} if "year" in first else {}
    places = str(rows["place"].n_unique())
    return {
        "place": first["place"],
        **year,
        "series": first["series"],
        "before": whole(first["old"]),
        "places": places,
    }


def labels(before: Totals, after: Totals, limits: Limits) -> Noticed:
    """Labels of a category that had figures in the shared periods and have none."""
    if before.source.zeros != "implied":
        return
    both = side_by_side(before, after, "labels", ["column", "label"])
    known = both.group_by("column", "label", "series").agg(pl.col("old", "new").sum())
    gone = known.filter(pl.col("old") >= limits.least, pl.col("new") == 0)
    for row in gone.sort("column", "series", "label").iter_rows(named=True):
        facts = {"series": row["series"], "column": row["column"], "label": row["label"]}
        yield "label_gone", {**facts, "before": whole(row["old"])}
