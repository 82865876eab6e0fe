"""The aggregate answers of the RNPDNO dashboard, put together as one snapshot a status.

Totals, counts by state and by year, each by sex; no question here can be answered with a person. The register
changes while it is being read: a snapshot counts only where its totals are the same before and after.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from indicators.catalog.downloads import Dashboard
from indicators.fetch.file import Asking, File
from indicators.fetch.problem import Problem

READINGS = 3


def files(way: Dashboard, asking: Asking) -> Iterator[File | Problem]:
    """A snapshot of each status, in the form that the source's ``dashboard`` layout reads."""
    asking.client.get(way.page, way.reached(), limit_mb=way.limit_mb)  # opens the session: a cookie
    for status, title in way.statuses.items():
        try:
            yield _snapshot(way, status, title, asking)
        except Problem as problem:
            yield problem


def addresses(way: Dashboard) -> list[str]:
    return [way.page, way.totals, way.by_state, way.by_year]


def _snapshot(way: Dashboard, status: str, title: str, asking: Asking) -> File:
    form = {"titulo": title, "idEstatusVictima": status, **way.form}
    totals = _post(way.totals, form, way, asking)
    for _ in range(READINGS):
        by_state = _by_sex(_post(way.by_state, form, way, asking), way.by_state)
        by_year = _by_sex(_post(way.by_year, form, way, asking), way.by_year)
        before, totals = totals, _post(way.totals, form, way, asking)
        if before == totals:
            content = {
                "totales": totals,
                "espacial": by_state,
                "anual": by_year,
                "parametros": {_snake(name): value for name, value in form.items()},
            }
            data = json.dumps(content, ensure_ascii=False, indent=1).encode()
            name = f"rnpdno_estatus_{status}_{asking.today:%Y%m%d}.json"
            return File(f"{way.totals}#{status}", name, data, asking.today)
    found = f"others after {READINGS} readings: the register is being changed right now"
    raise Problem("unreachable", way.totals, "the same totals before and after", found)


def _post(url: str, form: dict[str, str], way: Dashboard, asking: Asking) -> dict[str, Any]:
    answer = asking.client.post(url, form, way.reached(), limit_mb=way.limit_mb)
    if answer.is_html():
        raise Problem("gate", url, "an answer in JSON", f"a web page ({len(answer.body):,} bytes)")
    try:
        content = json.loads(answer.body)
    except ValueError:
        found = answer.body[:80].decode("utf-8", "replace") or "an empty answer"
        raise Problem("changed", url, "an answer in JSON", found) from None
    if not isinstance(content, dict):
        raise Problem("changed", url, "an answer with named parts", type(content).__name__)
    return content


def _by_sex(chart: dict[str, Any], url: str) -> dict[str, dict[str, int]]:
    """{sex: {label: count}} of a chart's axis and series."""
    try:
        labels = [str(one) for one in chart["XAxisCategories"]]
        series = {str(one["name"]): [int(count) for count in one["data"]] for one in chart["Series"]}
        return {sex: dict(zip(labels, counts, strict=True)) for sex, counts in series.items()}
    except (KeyError, TypeError, ValueError) as error:
        found = f"{', '.join(sorted(chart))[:80]} ({error})"
        raise Problem("changed", url, "XAxisCategories, and Series as long as it", found) from None


def _snake(name: str) -> str:
    """idEstatusVictima as the reader knows it: id_estatus_victima."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
