"""The rules of the checks: two releases of one source in, findings out. Limits come from the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from indicators.catalog import models as catalogue
from indicators.catalog.models import Limits, Severity
from indicators.catalog.schema import level
from indicators.releases import cell_rules
from indicators.releases.totals import AT, CELL, SERIES, Totals, by_series, in_effect, of_nation, share, side_by_side

STEPS_BACK = 3  # a new period is compared with the three before it
MOST = 1e9  # the largest change that is counted: any figure is endlessly more than zero
BANDS: dict[str, type[pl.DataType]] = {"series": pl.String, "settled": pl.Boolean, "band": pl.Float64}
Noticed = Iterator[tuple[str, dict[str, str]]]  # codes of rules, and the values of their words


@dataclass(frozen=True)
class Finding:
    """One finding about a release. ``facts`` are the values of its words, as text."""

    severity: Severity
    code: str
    source: str
    vintage: str
    facts: dict[str, str]


ENDED = (pl.col("period_end") <= pl.col("released")).fill_null(True)  # July 2026 of the register has eight days


def compare(before: Totals, after: Totals, bands: pl.DataFrame | None = None) -> list[Finding]:
    """Return the findings about ``after``, the later of two releases that share a part.

    ``bands`` (series, settled, band) are learnt from earlier pairs; a series without one has the declared band.
    """
    limits, both = catalogue.limits(after.source.id), of_nation(before, after)
    found = [*scaled(both, limits), *doubled(both, limits), *shifted(both, limits)]
    explained = {facts["series"] for _, facts in found}
    rest = both.filter(~pl.col("series").is_in(explained))
    found += periods_moved(rest, limits, bands)
    found += closed_years_moved(rest, limits)
    found += new_periods(before, after, limits)
    found += ends_earlier(before, after)
    found += periods_gone(before, after, limits)
    cells = side_by_side(before, after, "cells", CELL)
    implied = before.source.zeros == "implied"
    found += places_gone(cells, limits, implied=implied)
    if implied:
        found += labels_gone(cells, limits)
        found += cell_rules.rows_fewer(before, after, limits)
    else:
        found += cell_rules.zeros_for_blanks(cells, limits)
    if not explained:
        found += cell_rules.moved(cells, before, limits)
        named = [facts["series"] for code, facts in found if code.startswith("newest")]
        found += cell_rules.new_months(before, after, limits, named)
    return _findings(after, [*found, *_within(after)])


def first(release: Totals) -> list[Finding]:
    """Return the findings about a release that has none before it: about its newest period."""
    limits = catalogue.limits(release.source.id)
    runs = (rows.tail(STEPS_BACK + 1) for _, rows in by_series(release.nation.filter(ENDED)))
    found = [one for run in runs for one in steps(run, 1, limits)]
    return _findings(release, [*found, *_within(release)])


def classes(release: Totals, earlier: Sequence[Totals]) -> list[Finding]:
    """Return the findings about classes of a release day that do not add up, in whatever files they came."""
    parts = catalogue.parts(release.source.id)
    if not parts.sums:
        return []
    return _findings(release, list(cell_rules.not_the_sum(in_effect([*earlier, release]), parts)))


def _within(release: Totals) -> Noticed:
    """Yield what a release shows alone: copies, jumps, and wholes that its own parts contradict."""
    yield from cell_rules.copied(release)
    yield from cell_rules.sums_jump(release)
    yield from cell_rules.parts_and_wholes(release, catalogue.parts(release.source.id))


def _findings(release: Totals, found: list[tuple[str, dict[str, str]]]) -> list[Finding]:
    severity = catalogue.severities()
    return [Finding(severity[code], code, release.source.id, release.vintage, facts) for code, facts in found]


def _whole(value: float) -> str:
    return f"{value:.0f}"


def _ratio(share: float) -> str:
    return f"{share:.3g}"


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def scaled(nation: pl.DataFrame, limits: Limits) -> Noticed:
    """Notice a series whose sum of all shared periods is a multiple, or a fraction, of the former sum."""
    sums = nation.drop_nulls(["old", "new"]).group_by("series", "clock").agg(pl.col("old", "new").sum())
    for series, _, old, new in sums.sort("series", "clock").iter_rows():
        if max(old, new) >= limits.least and not old / limits.scaled < new < old * limits.scaled:
            yield "scaled", {"series": series, "before": _whole(old), "now": _whole(new)}


def doubled(nation: pl.DataFrame, limits: Limits) -> Noticed:
    """Notice a series of which half of the shared periods or more are twice the former figure."""
    counted = nation.filter(pl.col("old") >= limits.least, pl.col("new").is_not_null())
    twice = ((pl.col("new") / pl.col("old") - 2).abs() < 0.005).sum()
    counts = counted.group_by("series", "clock").agg(pl.len().alias("of"), twice.alias("twice"))
    for series, _, periods, doubled in counts.sort("series", "clock").iter_rows():
        if doubled >= max(2, periods / 2):
            yield "rows_doubled", {"series": series, "periods": str(doubled), "of": str(periods)}


def shifted(nation: pl.DataFrame, limits: Limits) -> Noticed:
    """Notice a series that fits the last release better when it is moved by one period, or by twelve."""
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
    """Notice periods of the nation that moved too far: name the one of each series that moved furthest."""
    learnt = bands if bands is not None else pl.DataFrame(schema=BANDS)
    largest = pl.max_horizontal("old", "new")
    moved = nation.drop_nulls(["old", "new"]).filter(largest >= limits.least)
    moved = (
        moved.join(learnt, on=["series", "settled"], how="left")
        .with_columns(
            share=share().fill_nan(0.0).clip(-1.0, MOST),
            band=pl.col("band").fill_null(pl.when("settled").then(limits.settled).otherwise(limits.recent)),
            far=pl.when("settled").then(limits.far_settled).otherwise(limits.far_recent),
            growth=1 + pl.col("years_apart").fill_null(0.0),  # releases of 2019 and 2023 are 12% apart in March 2016
        )
        .with_columns(pl.col("band", "far") * pl.col("growth"))
    )
    outside = moved.filter(pl.col("share").abs() > pl.col("band"))
    is_far = (pl.col("share").abs() > pl.col("far")) & (largest >= limits.least_far)
    for code, limit, rows_of in (("far_from_last", "far", is_far), ("outside_band", "band", ~is_far)):
        for (series, _), rows in by_series(outside.filter(rows_of)):
            worst = rows.sort(pl.col("share").abs(), "period_end", descending=True).row(0, named=True)
            facts = {"series": series, "month": _month(worst["period_end"])}
            facts |= {"before": _whole(worst["old"]), "now": _whole(worst["new"])}
            facts |= {"change": _ratio(worst["share"]), "limit": _ratio(worst[limit])}
            yield code, {**facts, "periods": str(rows.height)}


def closed_years_moved(nation: pl.DataFrame, limits: Limits) -> Noticed:
    """Notice years that were final and moved: name the one of each series that moved furthest."""
    both = nation.drop_nulls(["old", "new"]).with_columns(year=pl.col("period_end").dt.year())
    years = both.group_by("series", "clock", "year").agg(
        pl.col("old", "new").sum(), pl.col("final").all(), pl.col("period_start", "period_end").first()
    )
    moved = years.filter("final", pl.col("old") >= limits.least, share().abs() > 1e-9)
    for (series, _), rows in by_series(moved.with_columns(share=share())):
        worst = rows.sort(pl.col("share").abs(), "year").row(-1, named=True)
        code = "closed_year_moved" if abs(worst["share"]) > limits.closed_year else "closed_year_touched"
        facts = {"series": series, "year": str(worst["year"])}
        yield code, {**facts, "change": _ratio(worst["share"]), "years": str(rows.height)}


def new_periods(before: Totals, after: Totals, limits: Limits) -> Noticed:
    """Notice periods that only the later release has and that had ended by its day, each against the three before."""
    ends = before.nation.group_by("series", "clock").agg(pl.col("period_end").max().alias("end"))
    fresh = after.nation.join(ends, on=["series", "clock"]).filter(pl.col("period_end") > pl.col("end"), ENDED)
    past = before.nation.sort(AT).group_by("series", "clock").tail(STEPS_BACK)
    counts = {key: rows.height for key, rows in by_series(fresh)}
    rows = pl.concat([past.select(*AT, "value"), fresh.select(*AT, "value")])
    for key, run in by_series(rows):
        yield from steps(run, counts.get(key, 0), limits)


def steps(run: pl.DataFrame, new: int, limits: Limits) -> Noticed:
    """Notice the worst of the last ``new`` rows of one series in order, each against the rows before it."""
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
    code = "newest_far_off" if factor >= limits.far_step else "newest_unusual"
    if values[at] == 0:
        code = "newest_empty"
    facts = {"series": run["series"][at], "month": _month(run["period_end"][at]), "now": _whole(values[at])}
    yield code, {**facts, "least": _whole(min(past)), "most": _whole(max(past))}


def ends_earlier(before: Totals, after: Totals) -> Noticed:
    """Notice a part that reached further in the release before; a table of one year, of eleven, is not cut short."""
    both = before.parts.join(after.parts, on="part", suffix="_new").sort("part")
    shorter = (
        pl.col("period_through_new").is_between("period_from", "period_through", closed="left"),
        pl.col("period_from_new") <= pl.col("period_from"),
        (pl.col("period_through_new") - pl.col("period_from_new")) * 2
        >= pl.col("period_through") - pl.col("period_from"),
    )
    for row in both.filter(*shorter).iter_rows(named=True):
        months = {"last_month": row["period_through"], "now_month": row["period_through_new"]}
        yield "ends_earlier", {"part": row["part"]} | {name: _month(day) for name, day in months.items()}


def periods_gone(before: Totals, after: Totals, limits: Limits) -> Noticed:
    """Notice the nation's figures that are gone, blank or without a row, where a source states its zeros."""
    if before.source.zeros == "implied":
        return
    through = after.parts.select("part", "period_through")
    old = before.nation.join(through, on="part").filter(
        pl.col("period_end") <= pl.col("period_through"), pl.col("value") >= limits.least
    )
    gone = old.join(after.nation.drop_nulls("value"), on=SERIES, how="anti")
    if gone.is_empty():
        return
    counts = gone.group_by("series").agg(pl.len(), pl.col("period_end").min()).sort("len", "series")
    series, periods, first = counts.row(-1)
    facts = {"series": series, "periods": str(periods), "month": _month(first)}
    yield "periods_gone", {**facts, "of": str(counts.height)}


def places_gone(cells: pl.DataFrame, limits: Limits, *, implied: bool) -> Noticed:
    """Notice places that had figures and have no row, in any shared period or in one year of them.

    Only levels count of which the later release has a place in that part.
    """
    keys = ["place", "series", "clock"]
    both = cells.filter(pl.col("column") == "place", pl.col("within") == "")
    both = both.rename({"label": "place"}).with_columns(level=level())
    both = both.filter(pl.col("in_new").any().over("part", "series", "level"), pl.col("old").is_not_null())
    sums = (pl.col("old").sum(), pl.col("in_new").any())
    by_year = both.group_by(*keys, pl.col("period_end").dt.year().alias("year")).agg(*sums)
    empty = (pl.col("old") >= limits.least_of_place) & ~pl.col("in_new")
    gone = by_year.group_by(keys).agg(*sums).filter(empty)
    if not gone.is_empty() and implied:
        yield "place_gone", _worst_place(gone)
    elif not gone.is_empty():  # without a sum: the periods added up here may overlap
        facts = _worst_place(gone)
        yield "place_not_in_release", {name: facts[name] for name in ("place", "series", "places")}
    year = by_year.filter(empty).join(gone, on=keys, how="anti")
    if implied and not year.is_empty():
        yield "place_to_zero", _worst_place(year)


def _worst_place(rows: pl.DataFrame) -> dict[str, str]:
    """Return the facts of the place with the largest former figure."""
    year = [name for name in ("year",) if name in rows.columns]
    worst = rows.sort(-pl.col("old"), "place", "series", *year).row(0, named=True)
    facts = {name: str(worst[name]) for name in ("place", *year, "series")}
    return {**facts, "before": _whole(worst["old"]), "places": str(rows["place"].n_unique())}


def labels_gone(cells: pl.DataFrame, limits: Limits) -> Noticed:
    """Notice labels of a category that had figures in the shared periods and have none."""
    both = cells.filter(pl.col("within") == "", ~pl.col("column").is_in(["place", "municipality_code"]))
    sums = both.group_by("column", "label", "series").agg(pl.col("old", "new").sum())
    gone = sums.filter(pl.col("old") >= limits.least, pl.col("new") == 0)
    for row in gone.sort("column", "series", "label").iter_rows(named=True):
        facts = {name: row[name] for name in ("series", "column", "label")}
        yield "label_gone", {**facts, "before": _whole(row["old"])}
