"""A table behind a Socrata interface (CDC): read in pages, and found to be one table and not two.

A page is a slice of an order; while the agency loads new rows a row can stand on two pages, or on none. So the
order is explicit, and the table counts only where its day of change is the same before and after, its rows are
as many as the server counts, and no row came twice.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

from indicators.catalog.downloads import Socrata
from indicators.fetch.client import Answer
from indicators.fetch.file import Asking, File, Unchanged
from indicators.fetch.problem import Problem

READINGS = 2  # of the whole table, where it changed under the first


def files(way: Socrata, asking: Asking) -> Iterator[File | Unchanged]:
    """The table as one CSV, or that its rows are those we hold. Raises Problem."""
    changed = _changed(way, asking)
    if (held := asking.seen.vintage(way.table)) and asking.seen.version(way.table) == str(changed):
        yield Unchanged(way.about, held)
        return
    for _ in range(READINGS):
        data, fault = _table(way, asking)
        if (now := _changed(way, asking)) != changed:
            changed, fault = now, "rows that were changed while they were read"
        if not fault:
            day = datetime.fromtimestamp(changed, UTC).date()
            name = way.file.format(day=f"{day:%Y%m%d}")
            marks = {"etag": str(changed)}
            yield File(way.table, name, data, min(day, asking.today), marks=marks)
            return
    raise Problem("changed", way.table, "one whole table", fault)


def addresses(way: Socrata) -> list[str]:
    """What is asked, the first page standing for all."""
    return [way.about, _count_address(way), _page_address(way, 0)]


def _count_address(way: Socrata) -> str:
    return f"{way.table}.csv?{urlencode({'$select': 'count(*)'})}"


def _page_address(way: Socrata, offset: int) -> str:
    asked = {"$limit": way.page_rows, "$offset": offset, "$order": way.order}
    return f"{way.table}.csv?{urlencode(asked)}"


def _changed(way: Socrata, asking: Asking) -> int:
    """When the table's rows were last changed, in seconds since 1970."""
    answer = _get(way.about, way, asking)
    try:
        return int(json.loads(answer.body)["rowsUpdatedAt"])
    except (ValueError, KeyError, TypeError):
        raise Problem("changed", way.about, "rowsUpdatedAt in JSON", _beginning(answer)) from None


def _table(way: Socrata, asking: Asking) -> tuple[bytes, str]:
    """The pages put together under one header, and what is wrong with them, if anything."""
    count = _get(_count_address(way), way, asking)
    found = _rows(count)
    if len(found) != 2 or not found[1][0].isdigit():
        raise Problem("changed", count.url, "a number of rows", _beginning(count))
    expected = int(found[1][0])
    header: list[str] = []
    rows: list[list[str]] = []
    for offset in range(0, max(expected, 1), way.page_rows):
        page = _get(_page_address(way, offset), way, asking)
        first, *more = _rows(page) or [[]]
        if header and first != header:
            raise Problem("changed", page.url, f"the columns {', '.join(header)}", ", ".join(first))
        header = first
        rows += more
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    distinct = len({tuple(row) for row in rows})
    if len(rows) != expected or distinct != len(rows):
        return b"", f"{len(rows):,} rows of {expected:,}, {len(rows) - distinct:,} of them twice"
    return text.getvalue().encode(), ""


def _get(url: str, way: Socrata, asking: Asking) -> Answer:
    answer = asking.client.get(url, way.reached(), limit_mb=way.limit_mb)
    if answer.is_html():
        raise Problem("gate", url, "an answer of the interface", "a web page")
    return answer


def _rows(answer: Answer) -> list[list[str]]:
    try:
        return [row for row in csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Problem("changed", answer.url, "rows in UTF-8", str(error)) from None


def _beginning(answer: Answer) -> str:
    return answer.body[:80].decode("utf-8", "replace") or "an empty answer"
