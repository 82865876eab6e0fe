"""The rules put together: two releases of one source in, findings out. Pure; limits come from the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from indicators.catalog import models as catalogue
from indicators.catalog.models import Severity
from indicators.checks import gaps, nation
from indicators.checks.side_by_side import by_series
from indicators.totals import Totals


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
    found = [*nation.scaled(both, limits), *nation.doubled(both, limits), *nation.shifted(both, limits)]
    explained = {facts["series"] for _, facts in found}
    rest = both.filter(~pl.col("series").is_in(explained))
    found += nation.periods_moved(rest, limits, bands)
    found += nation.closed_years(rest, limits)
    found += nation.new_periods(before, after, limits)
    found += gaps.ends_earlier(before, after)
    found += gaps.periods(before, after, limits)
    found += gaps.places(before, after, limits)
    found += gaps.labels(before, after, limits)
    return _findings(after, found)


def alone(release: Totals) -> list[Finding]:
    """What is odd about a release that has none before it: its newest period."""
    limits = catalogue.limits(release.source.id)
    runs = (rows.tail(nation.STEPS_BACK + 1) for _, rows in by_series(release.nation))
    return _findings(release, [one for run in runs for one in nation.steps(run, 1, limits)])


def _findings(release: Totals, found: list[tuple[str, dict[str, str]]]) -> list[Finding]:
    rules = catalogue.rules()
    return [
        Finding(rules.severity(code), code, release.source.id, release.vintage, facts)
        for code, facts in found
    ]
