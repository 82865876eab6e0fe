"""Rules about the nation's figures: periods that moved, and new ones that do not fit those before them."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from indicators.catalog.checks import Limits
from indicators.checks.side_by_side import Noticed, by_series, ratio, share, whole
from indicators.totals import Totals

STEPS_BACK = 3  # a new period is held against the three before it
MOST = 1e9  # a figure that was zero has become any multiple of it
BANDS: dict[str, type[pl.DataType]] = {"series": pl.String, "settled": pl.Boolean, "band": pl.Float64}


def scaled(nation: pl.DataFrame, limits: Limits) -> Noticed:
    """The sum of all shared periods is a multiple, or a fraction, of what it was."""
    told = nation.drop_nulls(["old", "new"])
    for (series, _), rows in by_series(told):
        old, new = float(rows["old"].sum()), float(rows["new"].sum())
        if max(old, new) >= limits.least and not old / limits.scaled < new < old * limits.scaled:
            yield "scaled", {"series": series, "before": whole(old), "now": whole(new)}


def doubled(nation: pl.DataFrame, limits: Limits) -> Noticed:
    """Half of the shared periods or more are just twice what they were."""
    told = nation.filter(pl.col("old") >= limits.least, pl.col("new").is_not_null())
    for (series, _), rows in by_series(told):
        twice = ((rows["new"] / rows["old"] - 2).abs() < 0.005).sum()
        if twice >= max(2, rows.height / 2):
            yield "rows_doubled", {"series": series, "periods": str(twice), "of": str(rows.height)}


def shifted(nation: pl.DataFrame, limits: Limits) -> Noticed:
    """The figures fit the last release better when they are moved by one period, or by twelve."""
    told = nation.filter(pl.col("old") >= limits.least)
    for (series, _), rows in by_series(told):
        for by in (1, -1, 12, -12):
            pairs = rows.select("old", "new", moved=pl.col("old").shift(by)).drop_nulls()
            if pairs.height < 4:
                continue
            straight = (pairs["new"] - pairs["old"]).abs().sum()
            shifted = (pairs["new"] - pairs["moved"]).abs().sum()
            if straight > limits.floor * float(pairs["old"].sum()) and shifted < straight / 4:
                yield "periods_shifted", {"series": series, "periods": str(by), "of": str(pairs.height)}
                break


def periods_moved(nation: pl.DataFrame, limits: Limits, bands: pl.DataFrame | None) -> Noticed:
    """Single periods of the nation that moved too far: the worst of each series is named."""
    learnt = bands if bands is not None else pl.DataFrame(schema=BANDS)
    declared = pl.when("settled").then(limits.settled).otherwise(limits.recent)
    far = pl.when("settled").then(limits.far_settled).otherwise(limits.far_recent)
    told = nation.drop_nulls(["old", "new"]).filter(pl.max_horizontal("old", "new") >= limits.least)
    told = told.join(learnt, on=["series", "settled"], how="left").with_columns(
        share=share().fill_nan(0.0).clip(-1.0, MOST), band=pl.col("band").fill_null(declared), far=far
    )
    is_far = (pl.col("share").abs() > pl.col("far")) & (pl.max_horizontal("old", "new") >= limits.least_far)
    outside = told.filter(pl.col("share").abs() > pl.col("band"))
    for code, limit, out in (
        ("far_from_last", "far", outside.filter(is_far)),
        ("outside_band", "band", outside.filter(~is_far)),
    ):
        for (series, _), rows in by_series(out):
            worst = rows.sort(pl.col("share").abs(), "period_end", descending=True).row(0, named=True)
            yield (
                code,
                {
                    "series": series,
                    **_period(worst),
                    "before": whole(worst["old"]),
                    "now": whole(worst["new"]),
                    "change": ratio(worst["share"]),
                    "limit": ratio(worst[limit]),
                    "periods": str(rows.height),
                },
            )


def closed_years(nation: pl.DataFrame, limits: Limits) -> Noticed:
    """Years that were final: the one that moved furthest of each series is named."""
    told = nation.drop_nulls(["old", "new"]).with_columns(year=pl.col("period_end").dt.year())
    years = told.group_by("series", "clock", "year").agg(
        pl.col("old", "new").sum(), pl.col("final").all(), pl.col("period_start", "period_end").first()
    )
    moved = years.filter("final", pl.col("old") >= limits.least, share().abs() > 1e-9)
    for (series, _), rows in by_series(moved):
        worst = rows.with_columns(share=share()).sort(pl.col("share").abs(), "year").row(-1, named=True)
        code = "closed_year_moved" if abs(worst["share"]) > limits.closed_year else "closed_year_touched"
        yield (
            code,
            {
                "series": series,
                "year": str(worst["year"]),
                "change": ratio(worst["share"]),
                "years": str(rows.height),
            },
        )


def new_periods(before: Totals, after: Totals, limits: Limits) -> Noticed:
    """Periods that only the later release has, each against the three before it."""
    keys = ["series", "clock", "period_start", "period_end"]
    ends = before.nation.group_by("series", "clock").agg(pl.col("period_end").max().alias("end"))
    fresh = after.nation.join(ends, on=["series", "clock"]).filter(pl.col("period_end") > pl.col("end"))
    past = before.nation.sort(keys).group_by("series", "clock").tail(STEPS_BACK)
    counts = {(series, clock): rows.height for (series, clock), rows in by_series(fresh)}
    rows = pl.concat([past.select(*keys, "value"), fresh.select(*keys, "value")])
    for (series, clock), run in by_series(rows):
        yield from steps(run, counts.get((series, clock), 0), limits)


def steps(run: pl.DataFrame, new: int, limits: Limits) -> Noticed:
    """The last ``new`` rows of one series in order, each against the rows before it; the worst is named."""
    values, worst = run["value"].to_list(), None
    for at in range(max(run.height - new, 1), run.height):
        past = [one for one in values[max(at - STEPS_BACK, 0) : at] if one is not None]
        value = values[at]
        if value is None or not past or max(*past, value) < limits.least:
            continue
        factor = max(value / max(max(past), 1e-9), min(past) / max(value, 1e-9))
        if factor >= limits.step and (worst is None or factor > worst[0]):
            worst = (factor, at, past)
    if worst is None:
        return
    factor, at, past = worst
    row = run.row(at, named=True)
    code = "newest_far_off" if factor >= limits.far_step else "newest_unusual"
    if values[at] == 0:
        code = "newest_empty"
    facts = {"series": row["series"], **_period(row), "now": whole(row["value"])}
    yield code, {**facts, "least": whole(min(past)), "most": whole(max(past))}


def _period(row: dict[str, Any]) -> dict[str, str]:
    last: date = row["period_end"]
    return {"month": f"{last:%Y-%m}"}
