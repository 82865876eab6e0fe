"""What stands behind each metric of the catalogue, and behind each founding article. Pure: frames in, rows out.

That no public figure exists is a finding too: such a metric says what was searched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from indicators.catalog import Article, Bilingual, Metric

Evidence = Literal["computed", "no_release", "published", "ledger", "none"]


@dataclass(frozen=True)
class Behind:
    """What one metric stands on.

    ``evidence``: ``computed`` from an agency's releases · ``no_release`` computed, but no release of its source
    is at hand · ``published`` figures · ``ledger`` of events · ``none``: no public figure was found.
    ``figures`` counts published figures, events or coded objectives; ``newest`` is the last day of the newest
    period; ``grade`` is the best one of the sources of that period.
    """

    metric: str
    evidence: Evidence
    figures: int | None = None
    newest: date | None = None
    grade: str | None = None
    searched: Bilingual | None = None


def behind(
    metrics: Mapping[str, Metric],
    figures: pl.DataFrame,
    events: pl.DataFrame,
    objectives: pl.DataFrame,
    computed: Mapping[str, date | None] | None = None,
) -> list[Behind]:
    """One row a metric, in the catalogue's order.

    The frames are the tables ``published_figures``, ``ledger_events`` and ``framework_objectives`` as known on
    some day; ``computed`` gives the newest period of computed metrics, where somebody has computed them.
    """
    return [_behind(one, figures, events, objectives, computed) for one in metrics.values()]


def _behind(
    one: Metric,
    figures: pl.DataFrame,
    events: pl.DataFrame,
    objectives: pl.DataFrame,
    computed: Mapping[str, date | None] | None,
) -> Behind:
    if one.kind == "published":
        rows = figures.filter(pl.col("metric") == (one.minutes_of or one.id))
        return _of_rows(one, "published", rows, "period_end")
    if one.rule == "framework":
        rows = objectives.filter(level="statement_2021").unique("code", maintain_order=True)
        return Behind(one.id, "ledger" if rows.height else "none", rows.height, _last(rows, "known_from"))
    if one.kind == "ledger":
        for column, allowed in one.where.items():
            events = events.filter(pl.col(column).is_in(list(allowed)))
        return _of_rows(one, "ledger", events, "last_day")
    if computed is None:
        return Behind(one.id, "computed")
    newest = computed.get(one.id)
    return Behind(one.id, "computed" if newest else "no_release", newest=newest)


def _of_rows(one: Metric, evidence: Evidence, rows: pl.DataFrame, end: str) -> Behind:
    if rows.is_empty():
        return Behind(one.id, "none", 0, searched=one.searched)
    newest = _last(rows, end)
    grade = str(rows.filter(pl.col(end) == newest)["grade"].min())
    return Behind(one.id, evidence, rows.height, newest, grade)


def _last(rows: pl.DataFrame, column: str) -> date | None:
    day = rows[column].max()
    return day if isinstance(day, date) else None


def of_articles(articles: Mapping[str, Article], rows: Iterable[Behind]) -> dict[str, list[Behind]]:
    """For each founding article what stands behind its metrics, in its own order."""
    by_metric = {one.metric: one for one in rows}
    return {key: [by_metric[name] for name in article.rows] for key, article in articles.items()}


def tally(rows: Iterable[Behind]) -> dict[Evidence, int]:
    """How many metrics stand on each kind of evidence."""
    found: dict[Evidence, int] = {"computed": 0, "no_release": 0, "published": 0, "ledger": 0, "none": 0}
    for one in rows:
        found[one.evidence] += 1
    return found
