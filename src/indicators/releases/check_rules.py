"""The rules put together: two releases of one source in, findings out. Pure; limits come from the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from indicators.catalog import models as catalogue
from indicators.catalog.models import Limits, Severity
from indicators.catalog.schema import level
from indicators.releases.totals import (
    AT,
    SERIES,
    Noticed,
    Totals,
    by_series,
    ratio,
    share,
    side_by_side,
    whole,
)


@dataclass(frozen=True)
class Finding:
    """One thing noticed about a release. ``facts`` are the values of its words, as text."""

    severity: Severity
    code: str
    source: str
    vintage: str
    facts: dict[str, str]


def compare(
    before: Totals, after: Totals, both: pl.DataFrame, bands: pl.DataFrame | None = None
) -> list[Finding]:
    """What is odd about ``after``, the later of two releases that share a part.

    ``both`` has the nation's figures of the two (``of_nation``). ``bands`` (series, settled, band) are those
    learnt from earlier pairs; what is not in them is declared.
    """
    limits = catalogue.limits(after.source.id)
    found = [*scaled(both, limits), *doubled(both, limits), *shifted(both, limits)]
    explained = {facts["series"] for _, facts in found}
    rest = both.filter(~pl.col("series").is_in(explained))
    found += periods_moved(rest, limits, bands)
    found += closed_years(rest, limits)
    found += new_periods(before, after, limits)
    found += ends_earlier(before, after)
    found += periods(before, after, limits)
    found += places(before, after, limits)
    found += labels(before, after, limits)
    return _findings(after, found)


def alone(release: Totals) -> list[Finding]:
    """What is odd about a release that has none before it: its newest period."""
    limits = catalogue.limits(release.source.id)
    runs = (rows.tail(STEPS_BACK + 1) for _, rows in by_series(release.nation))
    return _findings(release, [one for run in runs for one in steps(run, 1, limits)])


def _findings(release: Totals, found: list[tuple[str, dict[str, str]]]) -> list[Finding]:
    severity = catalogue.severities()
    return [Finding(severity[code], code, release.source.id, release.vintage, facts) for code, facts in found]


STEPS_BACK = 3  # a new period is held against the three before it
MOST = 1e9  # a figure that was zero has become any multiple of it
BANDS: dict[str, type[pl.DataType]] = {"series": pl.String, "settled": pl.Boolean, "band": pl.Float64}


def scaled(nation: pl.DataFrame, limits: Limits) -> Noticed:
    """The sum of all shared periods is a multiple, or a fraction, of what it was."""
    told = nation.drop_nulls(["old", "new"]).group_by("series", "clock").agg(pl.col("old", "new").sum())
    for series, _, old, new in told.sort("series", "clock").iter_rows():
        if max(old, new) >= limits.least and not old / limits.scaled < new < old * limits.scaled:
            yield "scaled", {"series": series, "before": whole(old), "now": whole(new)}


def doubled(nation: pl.DataFrame, limits: Limits) -> Noticed:
    """Half of the shared periods or more are just twice what they were."""
    told = nation.filter(pl.col("old") >= limits.least, pl.col("new").is_not_null())
    twice = ((pl.col("new") / pl.col("old") - 2).abs() < 0.005).sum()
    counts = told.group_by("series", "clock").agg(pl.len().alias("of"), twice.alias("twice"))
    for series, _, periods, doubled in counts.sort("series", "clock").iter_rows():
        if doubled >= max(2, periods / 2):
            yield "rows_doubled", {"series": series, "periods": str(doubled), "of": str(periods)}


def shifted(nation: pl.DataFrame, limits: Limits) -> Noticed:
    """The figures fit the last release better when they are moved by one period, or by twelve."""
    series = nation.filter(pl.col("old") >= limits.least).sort(AT).group_by("series", "clock")
    found: dict[tuple[str, str], dict[str, str]] = {}
    for by in (1, -1, 12, -12):
        old, new, moved = pl.col("old"), pl.col("new"), pl.col("old").shift(by)
        pairs = new.is_not_null() & moved.is_not_null()
        sums = series.agg(
            pairs.sum().alias("pairs"),
            old.filter(pairs).sum().alias("old"),
            (new - old).filter(pairs).abs().sum().alias("straight"),
            (new - moved).filter(pairs).abs().sum().alias("shifted"),
        )
        fits = (pl.col("straight") > limits.floor * old) & (pl.col("shifted") < pl.col("straight") / 4)
        for name, clock, count, *_ in sums.filter(fits, pl.col("pairs") >= 4).iter_rows():
            found.setdefault((name, clock), {"series": name, "periods": str(by), "of": str(count)})
    yield from (("periods_shifted", facts) for _, facts in sorted(found.items()))


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
