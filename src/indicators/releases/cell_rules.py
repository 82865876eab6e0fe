"""The rules of the checks for cells: one place or label, compared with its own past and with the other cells.

A cell is a label of a column (place, sex, citizenship, ...), also within each reported category. The national sums
stay where two cells exchange their figures, so each cell is compared. A window is a calendar year, or those of its
months that lie in the last twelve, in which figures move most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import polars as pl

from indicators import catalog
from indicators.catalog.models import Limits, Parts
from indicators.catalog.schema import level
from indicators.catalog.tables import FACTS
from indicators.releases.totals import AT, CELL, DAYS_OF_YEAR, Totals, months_before

Noticed = Iterator[tuple[str, dict[str, str]]]
WINDOW = [*CELL, "series", "clock", "window", "open"]
MEASURE = pl.col("series").str.extract(r"^([^,]*)")  # a series names its measure first
ALIKE = 0.25  # two cells match where they differ by less than this share of the difference that they explain
MATCH = 0.05  # ... where one cell alone has the figures of another
LEAST_MOVED = 0.01  # share of a cell below which its figures are still its own
LEAST_TAKEN_OVER = 0.2  # share that moves where one cell has the figures of another, and the other its own
LEAST_PERIODS = 6  # of a cell with the figures of another
LEAST_MUTUAL = 2  # ... of two cells with the figures of each other
OPEN = 12  # months
MOST_PAIRED = 3_000  # cells that are compared with each other
FLOAT_NOISE = 1e-9
LEAST_COPIED = 20  # cells of a month: fewer can be equal by chance
CELL_STEP = 2 / 3  # of `step`, for a place or label as a whole, whose new months move less than those within a category
SAME_MONTHS = 6  # equal to those of the year before: a year that was copied
TWELVE_MONTHS = "12_month_ending"
MONTHLY = ("month", TWELVE_MONTHS)
LEAST_SUM, JUMP, JUMP_NOISE = 50, 1.2, 3.0  # of sums of twelve months


def growth(years_apart: pl.Expr) -> pl.Expr:
    """Return the factor of a limit for the years between two releases: the older a file, the further it may lie."""
    return (1 + years_apart.fill_null(0.0)) ** 1.5


def windows(cells: pl.DataFrame, end: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return cells side by side (old, new) by period, and by window. ``end`` is the last day of the older release.

    The windows have old, new, ``moved`` (the sum of the moves of their periods, up and down), the days they cover,
    ``years_apart``, ``open`` and ``largest`` (of old and new).
    """
    both = _reported(_of_shared_levels(cells)).drop_nulls(["old", "new"])
    is_open = (months_before(pl.lit(end)) < OPEN).alias("open")
    both = both.with_columns(is_open, window=pl.col("period_end").dt.year())
    summed = both.group_by(WINDOW).agg(
        pl.col("old", "new").sum(),
        moved=(pl.col("new") - pl.col("old")).abs().sum(),
        first=pl.col("period_start").min(),
        last=pl.col("period_end").max(),
        periods=pl.len(),
        years_apart=pl.col("years_apart").mean(),
    )
    return both, summed.with_columns(largest=pl.max_horizontal("old", "new"))


def _of_shared_levels(both: pl.DataFrame) -> pl.DataFrame:
    """Return the cells without places of a level that one of the releases lacks in that part."""
    is_place = pl.col("column") == "place"
    both = both.with_columns(level=pl.when(is_place).then(level("label")))
    levels = ["column", "part", "series", "level"]
    return both.filter(pl.col("in_old").any().over(levels) & pl.col("in_new").any().over(levels)).drop("level")


def _reported(both: pl.DataFrame) -> pl.DataFrame:
    """Return the cells without the newest months in which a place has no row at all in the older release.

    A state that reports them late has not moved: in March, one month of the year's three would be a third.
    """
    key = ["part", "series", "label"]
    places = both.filter(pl.col("column") == "place", pl.col("within") == "")
    last = places.filter("in_old").group_by(key).agg(last=pl.col("period_start").max())
    late = places.join(last, on=key).filter(pl.col("period_start") > pl.col("last"))
    return both.join(late.select("column", *key, "period_start"), on=["column", *key, "period_start"], how="anti")


def moved(cells: pl.DataFrame, before: Totals, limits: Limits) -> Noticed:
    """Notice cells with the figures of another cell, and cells of counts that moved too far."""
    both, summed = windows(cells, before.parts["period_through"].max())  # type: ignore[arg-type]
    least = pl.when(pl.col("open") & (pl.col("within") != "")).then(limits.least_of_detail)
    counted = summed.filter(pl.col("largest") >= least.otherwise(limits.least_of_cell))
    counts = [name for name, one in FACTS[before.source.table].columns.items() if one.type == pl.Int64]
    pairs = exchanged(both, counted, counts)
    yield from _pairs_in_words(pairs)
    yield from _far(counted, pairs, limits, counts)


def exchanged(both: pl.DataFrame, windows: pl.DataFrame, counts: list[str]) -> pl.DataFrame:
    """Return the windows in which a cell has the figures that another had: ``label``, ``other``, ``mutual``.

    One large seizure can move an amount to that of another cell: there only mutual pairs count. In windows of one
    period, such as years of a population, they count where most windows of the cell are those of the other.
    """
    share = pl.col("moved") / pl.col("largest")
    suspects = windows.filter(share >= LEAST_MOVED).top_k(MOST_PAIRED, by="moved")
    context = ["column", "within", "measure", "clock", "window", "open"]
    measure = pl.when(pl.col("column") == "series").then(MEASURE).otherwise("series").alias("measure")
    suspects, windows, both = (frame.with_columns(measure) for frame in (suspects, windows, both))
    mine = suspects.select(*context, "label", "moved", "largest", "periods", "old", "new", "first", "last")
    others = windows.select(*context, other="label", was="old")
    # a window that another cell could explain has about the sum that the other had
    near = (pl.col("new") - pl.col("was")).abs() <= ALIKE * pl.col("moved")
    pairs = mine.join(others, on=context).filter(pl.col("label") != pl.col("other"), near)
    keys = [*context, "period_start", "period_end"]
    new = both.select(*keys, "label", "new")
    old = both.select(*keys, other="label", old="old")
    crossed = (
        pairs.select(*context, "label", "other")
        .join(new, on=[*context, "label"])
        .join(old, on=[*keys, "other"], how="left")
        .group_by(*context, "label", "other")
        .agg(across=(pl.col("new") - pl.col("old").fill_null(0.0)).abs().sum())
    )
    found = pairs.join(crossed, on=[*context, "label", "other"]).filter(pl.col("across") <= ALIKE * pl.col("moved"))
    back = found.select(*context, label="other", other="label", mutual=True)
    found = found.join(back, on=[*context, "label", "other"], how="left").with_columns(
        pl.col("mutual").fill_null(False)
    )
    pair = [*context[:4], "label", "other"]
    of_cell = windows.group_by(*context[:4], "label").len("windows")
    found = found.join(of_cell, on=[*context[:4], "label"])
    in_all = pl.col("periods").sum().over(pair)
    most = (pl.col("periods") > 1) | (pl.len().over(pair) > pl.col("windows") / 2)
    taken_over = (share >= LEAST_TAKEN_OVER) & (pl.col("across") <= MATCH * pl.col("moved"))
    taken_over &= pl.col("measure").str.extract(r"^([^,]*)").is_in(counts) & (pl.col("within") == "")
    taken_over &= (pl.col("periods") > 1) & (in_all >= LEAST_PERIODS)
    found = found.filter(pl.when("mutual").then(most & (in_all >= LEAST_MUTUAL)).otherwise(taken_over))
    # two labels that are exchanged are so within each category too
    is_detail = pl.col("within") != ""
    return found.filter(~is_detail | is_detail.all())


def _pairs_in_words(pairs: pl.DataFrame) -> Noticed:
    """Yield a finding for each column: the largest pair of cells, mutual ones first, outside of categories first."""
    once = pairs.filter(~pl.col("mutual") | (pl.col("label") < pl.col("other")))
    for (column,), rows in once.group_by("column", maintain_order=False):
        order = [(pl.col("within") != ""), ~pl.col("mutual"), -pl.col("moved"), "label", "other", "window"]
        row = rows.sort(order).row(0, named=True)
        alike = rows.filter(pl.col("mutual") == row["mutual"]).select("label", "other").n_unique()
        code = "cells_exchanged" if row["mutual"] else "cell_of_another"
        facts = {"series": row["measure"], "column": str(column), "label": row["label"], "other": row["other"]}
        facts |= {"within": row["within"], "window": _window(row), "before": f"{row['old']:.0f}"}
        yield code, {**facts, "now": f"{row['new']:.0f}", "pairs": str(alike)}


def _far(windows: pl.DataFrame, pairs: pl.DataFrame, limits: Limits, counts: list[str]) -> Noticed:
    """Notice cells of counts that moved too far: name the one of each column that exceeds its limit most.

    The limit is a share of the cell, which grows with the time between the releases, and noise, which falls with the
    size of the cell. Single seizures move amounts, pounds and dollars, by any share: they have no limit.
    """
    explained = pl.concat([pairs.select("column", "label"), pairs.select("column", label="other")]).unique()
    rest = windows.filter(MEASURE.is_in(counts))
    rest = rest.join(explained, on=["column", "label"], how="anti").filter(pl.col("column") != "series")
    if pairs.height:  # cells within a category of an exchanged one move with it
        rest = rest.filter(pl.col("within") == "")
    allowed = (
        pl.when(pl.col("open") & (pl.col("column") == "modality")).then(1.0)  # RNID fills modalities in month by month
        .when(pl.col("open") & (pl.col("within") != "")).then(limits.open_detail)
        .when("open").then(limits.open_cell)
        .otherwise(limits.closed_cell)
    )  # fmt: skip
    allowed *= growth(pl.col("years_apart"))
    noise = limits.noise / pl.col("largest").sqrt()
    rest = rest.with_columns(
        share=pl.col("moved") / pl.col("largest"),
        far=allowed + noise,
        unusual=allowed * limits.banner_share + noise,
    )
    is_far = pl.col("share") > pl.col("far")
    for code, limit, rows in (
        ("cell_far_off", "far", rest.filter(is_far)),
        ("cell_moved", "unusual", rest.filter(~is_far, pl.col("share") > pl.col("unusual"))),
    ):
        order: list[pl.Expr | str] = [pl.col("within") != "", -pl.col("share") / pl.col(limit), "label", "window"]
        # one label can be the same rows in several columns: a crime with one subtype and one modality
        rows = rows.sort([*order, "column"]).unique(
            ["label", "window", "open", "old", "new"], keep="first", maintain_order=True
        )
        for (column,), of_column in rows.group_by("column", maintain_order=True):
            row = of_column.row(0, named=True)
            facts = {"series": row["series"], "column": str(column), "label": row["label"], "within": row["within"]}
            facts |= {"window": _window(row), "before": f"{row['old']:.0f}", "now": f"{row['new']:.0f}"}
            facts |= {"moved": f"{row['share']:.3g}", "limit": f"{row[limit]:.3g}"}
            yield code, {**facts, "cells": str(of_column.height)}


def _window(row: dict[str, Any]) -> str:
    return f"{row['first']:%Y-%m}/{row['last']:%Y-%m}" if row["open"] else str(row["window"])


def new_months(before: Totals, after: Totals, limits: Limits, named: Sequence[str] = ()) -> Noticed:
    """Notice cells of counts whose new months lie beyond their last twelve, or fit those of another cell.

    Series that are ``named`` already, for the new months of the nation, are left out.
    """
    counts = [name for name, one in FACTS[before.source.table].columns.items() if one.type == pl.Int64]
    key = [*CELL, "series"]
    watched = (pl.col("clock") == "month") & MEASURE.is_in(counts)
    watched &= ~pl.col("column").is_in(["series", "modality", "municipality_code"])
    watched &= ~pl.col("series").is_in(list(named))
    old, new = (one.cells.filter(watched) for one in (before, after))
    end = old.group_by("series").agg(end=pl.col("period_end").max())
    fresh = new.join(end, on="series").filter(pl.col("period_end") > pl.col("end"))
    past = old.join(end, on="series").filter(months_before(pl.col("end")) < OPEN)
    months = past.group_by("series").agg(pl.col("period_start").n_unique().alias("months"))
    spans = fresh.group_by("series").agg(
        pl.col("period_start").n_unique().alias("fresh"),
        first=pl.col("period_start").min(),
        last=pl.col("period_end").max(),
    )
    sums = past.group_by(key).agg(
        old=pl.col("value").sum(), least=pl.col("value").min(), most=pl.col("value").max(), seen=pl.len()
    )
    sums = sums.join(fresh.group_by(key).agg(now=pl.col("value").sum()), on=key, how="left")
    sums = sums.join(months, on="series").join(spans, on="series").with_columns(pl.col("now").fill_null(0.0))
    sums = sums.filter(pl.col("months") >= LEAST_PERIODS)
    sums = sums.with_columns(before=pl.col("old") / pl.col("months") * pl.col("fresh"))
    sums = sums.filter(pl.col("before") >= limits.least_of_cell)
    yield from _new_exchanged(sums, key)
    monthly = pl.col("now").clip(0.5) / pl.col("fresh")
    least = pl.when(pl.col("seen") == pl.col("months")).then("least").otherwise(0.0)  # a month without a row is zero
    limit = pl.when(pl.col("within") == "").then(limits.step * CELL_STEP).otherwise(limits.step)
    unusual = sums.with_columns(factor=pl.max_horizontal(monthly / pl.col("most"), least / monthly)).filter(
        pl.max_horizontal("before", "now") >= limits.least_of_detail, pl.col("factor") > limit
    )
    order: list[pl.Expr | str] = [pl.col("within") != "", -pl.col("factor"), "label", "column"]
    unusual = unusual.sort(order).unique(["label", "old", "now"], keep="first", maintain_order=True)
    for (column,), rows in unusual.group_by("column", maintain_order=True):
        yield "cell_new_unusual", {**_new_facts(rows.row(0, named=True), str(column)), "cells": str(rows.height)}


def _new_exchanged(sums: pl.DataFrame, key: list[str]) -> Noticed:
    """Notice two cells of unlike size whose new months fit the past of each other."""
    context = [name for name in key if name != "label"]
    pairs = sums.join(sums.select(*key, "before", "now"), on=context, suffix="_other")
    pairs = pairs.filter(pl.col("label") < pl.col("label_other"))
    here, there = (pl.col("now") - pl.col("before")).abs(), (pl.col("now_other") - pl.col("before_other")).abs()
    across = (pl.col("now") - pl.col("before_other")).abs() + (pl.col("now_other") - pl.col("before")).abs()
    fits = (across < ALIKE * (here + there)) & (here + there > pl.col("before") + pl.col("before_other"))
    found = pairs.filter(fits).sort(pl.col("within") != "", -(here + there), "label")
    for (column,), rows in found.group_by("column", maintain_order=True):
        row = rows.row(0, named=True)
        yield "new_exchanged", {**_new_facts(row, str(column)), "other": row["label_other"], "pairs": str(rows.height)}


def _new_facts(row: dict[str, Any], column: str) -> dict[str, str]:
    window = f"{row['first']:%Y-%m}/{row['last']:%Y-%m}"
    facts = {"series": row["series"], "column": column, "label": row["label"], "within": row["within"]}
    return {**facts, "window": window, "before": f"{row['before']:.0f}", "now": f"{row['now']:.0f}"}


def rows_fewer(before: Totals, after: Totals, limits: Limits) -> Noticed:
    """Notice closed years of which the later release has fewer rows: rows cut from a file become zeros."""
    shared = before.parts.join(after.parts, on="part", suffix="_new")
    keys = ["part", *AT[1:]]
    year = pl.col("period_end").dt.year().alias("year")
    old, new = (one.nation.unique(keys).select(*keys, year, "rows") for one in (before, after))
    end = before.parts["period_through"].max()
    closed = old.join(shared, on="part").filter(
        months_before(pl.lit(end)) >= OPEN,
        pl.col("period_start") >= pl.col("period_from_new"),
        pl.col("period_end") <= pl.col("period_through_new"),
    )
    apart = (pl.col("released_new") - pl.col("released")).dt.total_days() / DAYS_OF_YEAR
    sums = closed.join(new, on=[*keys, "year"], how="left", suffix="_now").group_by("part", "year").agg(
        pl.col("rows").sum(), pl.col("rows_now").sum(), apart=apart.mean()
    )  # fmt: skip
    lost = 1 - pl.col("rows_now") / pl.col("rows")
    fewer = sums.filter(pl.col("rows") >= limits.least_of_cell).with_columns(lost=lost)
    fewer = fewer.filter(pl.col("lost") > limits.rows_lost * growth(pl.col("apart")))
    if not fewer.is_empty():
        row = fewer.sort(-pl.col("lost"), "part", "year").row(0, named=True)
        facts = {"part": row["part"], "year": str(row["year"]), "before": str(row["rows"]), "now": str(row["rows_now"])}
        yield "rows_fewer", {**facts, "years": str(fewer.height)}


def zeros_for_blanks(cells: pl.DataFrame, limits: Limits) -> Noticed:
    """Notice cells of a source that states its zeros: withheld in the release before, zero in this one."""
    both = cells.filter(pl.col("column") == "place", pl.col("in_old"))
    zero = both.filter(pl.col("old").is_null(), pl.col("new") == 0)
    if zero.height >= limits.least_zeros:
        row = zero.sort("label", "period_end").row(0, named=True)
        facts = {"series": row["series"], "place": row["label"], "month": f"{row['period_end']:%Y-%m}"}
        yield "zeros_for_blanks", {**facts, "periods": str(zero.height)}


def copied(release: Totals) -> Noticed:
    """Notice a month that repeats the one before it, and a year whose months repeat those of the year before."""
    cells = release.cells.filter(pl.col("clock").is_in(MONTHLY), pl.col("column") != "municipality_code")
    cells = cells.drop_nulls("value")
    keep = [*CELL, "series", "clock"]  # without part, which can be a fiscal year
    for by, code in (("1mo", "month_copied"), ("1y", "year_copied")):
        end = pl.col("period_end").dt.offset_by(by).dt.month_end()
        past = cells.select(*keep, end.alias("period_end"), was="value")
        pairs = cells.join(past, on=[*keep, "period_end"], how="full", coalesce=True)
        pairs = pairs.filter(pl.col("period_end").is_in(cells["period_end"].implode()))
        pairs = pairs.with_columns(pl.col("value", "was").fill_null(0.0))
        same = _same(pairs, ["clock", "period_end"])
        if by == "1mo" and same.is_empty():
            yield from _copied_place(pairs)
        if by == "1y":
            years = same.group_by("clock", pl.col("period_end").dt.year().alias("year")).len()
            years = years.filter(pl.col("len") >= SAME_MONTHS).sort("year")
            if not years.is_empty():
                year = years.row(-1, named=True)["year"]
                yield code, {"year": str(year), "past": str(year - 1), "years": str(years.height)}
        elif not same.is_empty():
            row = same.row(-1, named=True)
            facts = {"month": f"{row['period_end']:%Y-%m}", "cells": str(row["cells"])}
            yield code, {**facts, "periods": str(same.height)}


def _same(pairs: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Return the groups in which each cell has its past figure; amounts carry float noise from one sum to the next."""
    same = (pl.col("value") - pl.col("was")).abs() <= FLOAT_NOISE * pl.col("value")
    groups = pairs.group_by(by).agg(same=same.all(), cells=(pl.col("value") > 0).sum())
    return groups.filter("same", pl.col("cells") >= LEAST_COPIED).sort(by)


def _copied_place(pairs: pl.DataFrame) -> Noticed:
    """Notice one place whose newest month repeats the month before it in every category."""
    rows = pairs.filter(pl.col("column") == "place", pl.col("within") != "", pl.col("clock") == "month")
    same = _same(rows.filter(pl.col("period_end") == pl.col("period_end").max()), ["label", "period_end"])
    if not same.is_empty():
        row = same.row(0, named=True)
        facts = {"place": row["label"], "month": f"{row['period_end']:%Y-%m}", "cells": str(row["cells"])}
        yield "place_copied", {**facts, "places": str(same.height)}


def sums_jump(release: Totals) -> Noticed:
    """Notice sums of twelve months that jump from one month to the next, at one place.

    Eleven of the twelve months stay: CDC's figures of 1,000 deaths or more moved by at most 15% in a month, those of
    100 to 300 by at most a third.
    """
    keys = ["label", "series"]
    sums = release.cells.filter(pl.col("column") == "place", pl.col("within") == "", pl.col("clock") == TWELVE_MONTHS)
    sums = sums.drop_nulls("value").sort(*keys, "period_end").with_columns(
        past=pl.col("value").shift(1).over(keys), day=pl.col("period_end").shift(1).over(keys)
    )  # fmt: skip
    most, least = pl.max_horizontal("value", "past"), pl.min_horizontal("value", "past")
    next_month = pl.col("day").dt.offset_by("1mo").dt.month_end() == pl.col("period_end")
    jumps = sums.filter(next_month, most >= LEAST_SUM, most / least.clip(1) > JUMP + JUMP_NOISE / most.sqrt())
    if not jumps.is_empty():
        row = jumps.sort(-(pl.col("value") - pl.col("past")).abs(), *keys, "period_end").row(0, named=True)
        facts = {"series": row["series"], "place": row["label"], "month": f"{row['period_end']:%Y-%m}"}
        facts |= {"before": f"{row['past']:.0f}", "now": f"{row['value']:.0f}"}
        yield "sums_jump", {**facts, "periods": str(jumps.height)}


def parts_and_wholes(release: Totals, parts: Parts) -> Noticed:
    """Notice wholes that the places or the classes of the release itself contradict."""
    yield from _states_and_nation(release, parts.tolerance)
    yield from _above_whole(release, parts)


def _states_and_nation(release: Totals, tolerance: float) -> Noticed:
    """Notice a nation's own figure that the sum of its states exceeds."""
    places = release.cells.filter(pl.col("column") == "place", pl.col("within") == "").rename({"label": "place"})
    apart = [one.id for one in catalog.places().values() if one.kind == "territory"]  # in no nation's total
    rows = places.filter(~pl.col("place").is_in(apart)).with_columns(level=level(), country=pl.col("place").str.head(2))
    keys = [*AT, "country"]
    nation = rows.filter(pl.col("level") == "nation").select(*keys, whole="value").drop_nulls()
    states = rows.filter(pl.col("level") == "state").group_by(keys).agg(pl.col("value").sum())
    above = nation.join(states, on=keys).filter(
        pl.col("whole") >= 100, pl.col("value") > pl.col("whole") * (1 + tolerance)
    )  # fmt: skip
    if not above.is_empty():
        row = above.sort(-pl.col("value") / pl.col("whole"), "series", "period_end").row(0, named=True)
        facts = {"series": row["series"], "month": f"{row['period_end']:%Y-%m}", "now": f"{row['value']:.0f}"}
        yield "states_above_nation", {**facts, "whole": f"{row['whole']:.0f}", "periods": str(above.height)}


def _above_whole(release: Totals, parts: Parts) -> Noticed:
    """Notice a class above the class that contains it, at one place and period."""
    places = release.cells.filter(pl.col("column") == "place", pl.col("within") == "")
    keys = ["label", *AT[1:]]
    for part, whole in parts.at_most:
        names = pl.col("series")
        is_part = (names == part) | names.str.starts_with(f"{part}, ")
        mine = places.filter(is_part).with_columns(whole=names.str.replace(part, whole, literal=True))
        pairs = mine.join(
            places.select(*keys, whole="series", of="value"), on=[*keys, "whole"]
        ).drop_nulls(["value", "of"])  # fmt: skip
        above = pairs.filter(pl.col("value") > pl.col("of") * (1 + parts.tolerance) + parts.slack)
        if not above.is_empty():
            row = above.sort(-(pl.col("value") - pl.col("of")), "label", "period_end").row(0, named=True)
            facts = {"series": row["series"], "other": row["whole"], "place": row["label"]}
            facts |= {"month": f"{row['period_end']:%Y-%m}", "now": f"{row['value']:.0f}"}
            yield "part_above_whole", {**facts, "whole": f"{row['of']:.0f}", "periods": str(above.height)}


def not_the_sum(release: Totals, parts: Parts) -> Noticed:
    """Notice classes whose sum is not the class that contains them all, on one release day."""
    for whole, classes in parts.sums.items():
        rows = release.nation.filter(pl.col("series").is_in([whole, *classes]))
        for (clock, _), found in rows.group_by("clock", "released", maintain_order=False):
            # the register lives: only periods in which the whole and each class have a figure are added up
            summed_up = found.group_by("period_end", "series").agg(pl.col("value").sum())
            wide = summed_up.pivot("series", index="period_end", values="value")
            if not {whole, *classes} <= set(wide.columns) or clock == "stock":
                continue
            wide = wide.drop_nulls([whole, *classes])
            summed, of = (float(wide[names].sum_horizontal().sum()) for names in (classes, [whole]))
            if of and abs(summed / of - 1) > parts.sum_tolerance:
                facts = {"series": whole, "now": f"{summed:.0f}", "whole": f"{of:.0f}"}
                yield "classes_not_sum", facts
