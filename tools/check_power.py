"""Measure what the checks of `indicators add` notice: ``make power``.

Faults are planted into the newest release of each source in the store, which is then compared with the release before
it; the releases themselves, compared in their order, give the false alarms. docs/methods/checks is written in both
languages, with every number computed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from indicators import catalog
from indicators.catalog import models as catalogue
from indicators.catalog.schema import PERIOD, level
from indicators.catalog.tables import FACTS
from indicators.i18n import LANGUAGES, Text
from indicators.paths import home
from indicators.releases import checks, store, tidy_cache
from indicators.releases.check_rules import Finding
from indicators.releases.totals import Totals, add_up, in_effect
from markdown_blocks import table

TEMPLATES = Path(__file__).parent / "templates"
PAGE = "docs/methods/checks.{lang}.md"
SEED, PLANTED = 20261130, 12  # faults of each kind
FACTORS = (1.1, 1.3, 1.5, 2.0, 10.0, 0.0)
LEAST_MULTIPLIED, LEAST_EXCHANGED = 200, 50  # events a year
UNWATCHED = {"modality", "branch", "land_filter", "port_code", "municipality_code"}  # details of what is reported


@dataclass(frozen=True)
class Release:
    """One release of the store: its rows, what its parts cover, and its totals."""

    vintage: store.Vintage
    facts: pl.DataFrame
    parts: pl.DataFrame
    totals: Totals


@dataclass(frozen=True)
class Planted:
    """One planted fault, and the severity of what the checks found, or an empty text."""

    source: str
    kind: str
    column: str
    caught: str


def releases() -> dict[str, list[Release]]:
    """Return the releases of the store by source, oldest first."""
    found: dict[str, list[Release]] = {}
    for one in store.all_vintages(home().raw):
        stored = tidy_cache.read(home().raw, one, home().cache)
        rows = stored.rows if isinstance(stored.rows, pl.DataFrame) else pl.read_parquet(stored.rows)
        found.setdefault(one.source, []).append(Release(one, rows.drop("vintage"), stored.parts, stored.totals))
    return found


def plant(source: catalog.Source, of: Sequence[Release]) -> Iterator[Planted]:
    """Yield the faults planted into the newest release of a source that shares a part with an earlier one."""
    pairs = [
        (of[:at], one)
        for at, one in enumerate(of)
        if any(checks.share_a_part(before.totals, one.totals) for before in of[:at])
    ]
    if not pairs:
        return
    earlier, newest = pairs[-1]
    known = [in_effect([one.totals for one in earlier if checks.share_a_part(one.totals, newest.totals)])]
    real = {(one.code, one.facts.get("label")) for one in checks.about(newest.totals, known)}
    chosen = random.Random(SEED)
    for kind, column, facts in _faults(source, earlier, newest, chosen):
        totals = add_up(source, newest.vintage.id, facts, newest.parts, newest.vintage.released)
        found = [one for one in checks.about(totals, known) if (one.code, one.facts.get("label")) not in real]
        yield Planted(source.id, kind, column, _worst(found))


def _worst(found: Sequence[Finding]) -> str:
    said = {one.severity for one in found}
    return next((severity for severity in ("refusal", "banner") if severity in said), "")


def _faults(
    source: catalog.Source, earlier: Sequence[Release], newest: Release, chosen: random.Random
) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """Yield faulty copies of the rows of a release: kind, column and rows."""
    table_of, facts = FACTS[source.table], newest.facts
    measure = next((name for name in table_of.measures if table_of.columns[name].type == pl.Int64), "")
    reach = pl.concat([one.parts.select("part", "period_through") for one in earlier]).group_by("part").max()
    shared = facts.join(reach, on="part").filter(pl.col("period_end") <= pl.col("period_through"))
    rows = shared.with_columns(year=pl.col("period_end").dt.year(), level=level())
    columns = ["place", *(name for name in table_of.key if name not in PERIOD and name not in UNWATCHED)]
    for column in columns:
        if rows[column].n_unique() < 2:
            continue
        apart = [name for name in table_of.apart if name not in PERIOD and name != column]
        years = rows.group_by(column, "level", *apart, "year").agg(pl.col(measure).sum().alias("events"))
        years = years.sort(pl.all())
        cells = years.filter(pl.col("events") >= LEAST_MULTIPLIED).rows(named=True)
        for factor in FACTORS:
            for cell in chosen.sample(cells, min(PLANTED, len(cells))):
                of_cell = (pl.col(column) == cell[column]) & (pl.col("period_end").dt.year() == cell["year"])
                for name in apart:
                    of_cell &= pl.col(name) == cell[name]
                yield f"×{factor:g}", column, _multiplied(facts, of_cell, factor, source, measure)
        least = years.group_by(column, "level", *apart).agg(pl.col("events").min())
        large = least.filter(pl.col("events") >= LEAST_EXCHANGED)
        pairs = large.join(large, on=["level", *apart], suffix="_other")
        pairs = pairs.filter(pl.col(column) < pl.col(f"{column}_other")).sort(pl.all())
        names = pairs.select(column, f"{column}_other").unique(maintain_order=True).rows()
        for one, other in chosen.sample(names, min(PLANTED, len(names))):
            yield "exchange", column, facts.with_columns(pl.col(column).replace({one: other, other: one}))
    cut = facts.sort(measure, maintain_order=True).tail(facts.height - facts.height // 5)
    yield "smallest fifth of rows cut", "", cut
    yield from _copied(facts)


def _multiplied(
    facts: pl.DataFrame, cell: pl.Expr, factor: float, source: catalog.Source, measure: str
) -> pl.DataFrame:
    figure = pl.when(cell).then((pl.col(measure) * factor).round().cast(pl.Int64)).otherwise(measure)
    found = facts.with_columns(figure.alias(measure))
    return found if source.zeros == "stated" else found.filter(pl.col(measure).is_null() | (pl.col(measure) > 0))


def _copied(facts: pl.DataFrame) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """Yield the rows with the newest month of a part of months replaced by the month before it."""
    newest = facts.filter(pl.col("clock") == "month")["period_start"].max()
    if newest is None:
        return
    past = facts.filter(pl.col("period_start") == pl.lit(newest).dt.offset_by("-1mo"))
    start = pl.col("period_start").dt.offset_by("1mo")
    moved = past.with_columns(start, start.dt.month_end().alias("period_end"))
    moved = moved.filter(pl.col("part").is_in(facts.filter(pl.col("period_start") == newest)["part"].implode()))
    if not moved.is_empty():
        yield "newest month copied", "", pl.concat([facts.filter(pl.col("period_start") != newest), moved])


def document(of: dict[str, list[Release]], planted: Sequence[Planted], lang: str) -> str:
    """Return the page docs/methods/checks in ``lang``."""
    false = [
        (source, len(many), checks.findings_of([one.totals for one in many]))
        for source, many in of.items()
    ]  # fmt: skip
    alarms = [
        [
            f"`{source}`",
            str(count),
            *(str(sum(one.severity == severity for one in found)) for severity in ("refusal", "banner")),
        ]
        for source, count, found in false
    ]
    text = Text(lang)
    words = [
        f"- `{one.vintage}`: {checks.sentence(one.code, one.facts, text)}"
        for _, _, found in false
        for one in found
        if one.severity != "note"
    ]
    kinds = list(dict.fromkeys(one.kind for one in planted))
    lines = []
    for source, column in dict.fromkeys((one.source, one.column) for one in planted):
        mine = [one for one in planted if (one.source, one.column) == (source, column)]
        lines.append([f"`{source}`", f"`{column}`" if column else "", *(_share(mine, kind) for kind in kinds)])
    headers = {"en": ("source", "column"), "es": ("fuente", "columna")}[lang]
    limits = [
        [f"`{source}`", *(f"{getattr(catalogue.limits(source), name):g}" for name in LIMITS)] for source in of
    ]  # fmt: skip
    alarm_headers = {"en": ("releases", "refused", "banners"), "es": ("cortes", "rechazados", "avisos")}[lang]
    return (TEMPLATES / f"checks.{lang}.md").read_text(encoding="utf-8").format(
        planted=PLANTED,
        least_multiplied=LEAST_MULTIPLIED,
        least_exchanged=LEAST_EXCHANGED,
        power=table([*headers, *kinds], lines),
        alarms=table([headers[0], *alarm_headers], alarms),
        said="\n".join(words),
        limits=table([headers[0], *(f"`{name}`" for name in LIMITS)], limits),
    )  # fmt: skip


LIMITS = ("closed_cell", "open_cell", "open_detail", "banner_share", "noise", "rows_lost")


def _share(planted: Sequence[Planted], kind: str) -> str:
    """Return how many faults of a kind were caught of those planted, and how many of them were refused."""
    of_kind = [one for one in planted if one.kind == kind]
    if not of_kind:
        return "–"
    refused = sum(one.caught == "refusal" for one in of_kind)
    return f"{sum(bool(one.caught) for one in of_kind)} ({refused}) / {len(of_kind)}"


def main() -> None:
    """Write the page in both languages."""
    of = releases()
    planted = [one for source, many in of.items() for one in plant(catalog.sources()[source], many)]
    for lang in LANGUAGES:
        target = Path(__file__).parents[1] / PAGE.format(lang=lang)
        target.write_text(document(of, planted, lang), encoding="utf-8")
        print(f"written: {target}")


if __name__ == "__main__":
    main()
