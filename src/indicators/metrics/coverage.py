"""The evidence behind each metric of the catalogue, and behind each founding article, from frames alone.

The absence of a public figure is a finding too: such a metric names the places that were searched.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from indicators.catalog import Article, Bilingual, Metric

Evidence = Literal["computed", "no_release", "published", "ledger", "none"]


@dataclass(frozen=True)
class Behind:
    """The evidence of one metric.

    ``evidence``: ``computed`` from the releases of an agency · ``no_release``: computed, but no release of its
    source is in the warehouse · ``published`` figures · ``ledger`` of events · ``none``: no public figure was found.
    ``figures`` counts published figures, events or coded objectives; ``newest`` is the last day of the newest period.
    """

    metric: str
    evidence: Evidence
    figures: int | None = None
    newest: date | None = None
    searched: Bilingual | None = None


def behind(
    metrics: Mapping[str, Metric],
    figures: pl.DataFrame,
    events: pl.DataFrame,
    objectives: pl.DataFrame,
    computed: Mapping[str, date | None] | None = None,
) -> list[Behind]:
    """Return the evidence of each metric, in the order of the catalogue.

    The frames are the tables ``published_figures`` and ``ledger_events`` as of some day, and the coded objectives;
    ``computed`` maps a computed metric to the end of its newest period.
    """

    def evidence(metric: Metric) -> Behind:
        if metric.kind == "published":
            own = figures.filter(pl.col("metric") == (metric.minutes_of or metric.id))
            return _of_rows(metric, "published", own, "period_end")
        if metric.rule == "framework":
            coded = objectives.filter(level="statement_2021").unique("code", maintain_order=True)
            return Behind(metric.id, "ledger" if coded.height else "none", coded.height, _last(coded, "known_from"))
        if metric.kind == "ledger":
            own = events.filter(*(pl.col(name).is_in(allowed) for name, allowed in metric.where.items()))
            return _of_rows(metric, "ledger", own, "last_day")
        newest = (computed or {}).get(metric.id)
        return Behind(metric.id, "computed" if newest or computed is None else "no_release", newest=newest)

    return [evidence(metric) for metric in metrics.values()]


def of_articles(articles: Mapping[str, Article], rows: Iterable[Behind]) -> dict[str, list[Behind]]:
    """Return the evidence of the metrics of each founding article, in the order of the article."""
    by_metric = {row.metric: row for row in rows}
    return {key: [by_metric[name] for name in article.rows] for key, article in articles.items()}


def tally(rows: Iterable[Behind]) -> Counter[Evidence]:
    """Return the number of metrics with each kind of evidence."""
    return Counter(row.evidence for row in rows)


def _of_rows(metric: Metric, evidence: Evidence, rows: pl.DataFrame, end: str) -> Behind:
    if rows.is_empty():
        return Behind(metric.id, "none", 0, searched=metric.searched)
    return Behind(metric.id, evidence, rows.height, _last(rows, end))


def _last(rows: pl.DataFrame, column: str) -> date | None:
    return max(rows[column].drop_nulls().to_list(), default=None)
