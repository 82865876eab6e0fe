"""The four ways to an agency's files: a page of links, an address with a date, a Socrata table, a dashboard."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import unquote, urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup

from indicators import catalog
from indicators.catalog.downloads import AnyWay, Dashboard, Dated, Listing, Socrata
from indicators.fetch.client import Answer, Problem
from indicators.fetch.download import Asking, File, Unchanged, ask, data_month
from indicators.periods import MONTHS_ES, add_months
from indicators.readers.files import decode

SMALLEST_PAGE_BYTES = 5_000  # the robot checks that were met have 1,850 to 2,263 bytes
GATE_WORDS = (b"challenge validation", b"incapsula", b"access denied", b"verify you are human")
SOCRATA_READINGS = 2  # of the whole table, where it changed under the first
DASHBOARD_READINGS = 3
CAMEL = r"(?<=[a-z])(?=[A-Z])"  # the reader expects idEstatusVictima as id_estatus_victima


def addresses(way: AnyWay, today: date) -> list[str]:
    """Return the addresses that a way would ask, without asking."""
    match way:
        case Listing():
            return [way.page, f"… and the newest file it links to as {way.label or way.link}"]
        case Dated():
            first, *more = dated_addresses(way, today)
            return [first, f"… or, where that is not there, back to {more[-1]}"] if more else [first]
        case Socrata():
            return [way.about, _count_address(way), _page_address(way, 0)]
        case Dashboard():
            return [way.page, way.totals, way.by_state, way.by_year]


def files(way: AnyWay, asking: Asking) -> Iterator[File | Unchanged | Problem]:
    """Yield the results of a way, a problem of a single file among them. Raise Problem where the way fails."""
    match way:
        case Listing():
            return _listed_files(way, asking)
        case Dated():
            return _dated_files(way, asking)
        case Socrata():
            return _socrata_files(way, asking)
        case Dashboard():
            return _dashboard_files(way, asking)


@dataclass(frozen=True)
class Link:
    """A link that counts: the address of its file, its window, and its rank among the links of the window.

    ``folder`` is the folder ``vintage-…`` that replaces the release day of its name, where there is one.
    """

    url: str
    window: str
    folder: str
    rank: tuple[date, int]


def _listed_files(way: Listing, asking: Asking) -> Iterator[File | Unchanged | Problem]:
    """Yield the newest file of each window."""
    page = asking.client.page(way.page, way.reached(), limit_mb=way.limit_mb)
    found = newest(way, asking.source, page)
    if not found:
        text = page.body.lower()
        if len(text) < SMALLEST_PAGE_BYTES or any(word in text for word in GATE_WORDS):
            what = f"a robot check (a page of {len(text):,} bytes)"
            raise Problem("gate", way.page, "the page that lists the files", what)
        raise Problem("moved", way.page, f"a link like {way.label or way.link}", "none")
    for link in found:
        try:
            if file := ask(link.url, way, asking, folder=link.folder):
                yield file
        except Problem as problem:
            yield problem


def newest(way: Listing, source: catalog.Source, page: Answer) -> list[Link]:
    """Return the links of a page that count, the newest of each window, in the page's order."""
    best: dict[str, Link] = {}
    for address, words in _links(page):
        path = unquote(urlsplit(address).path)
        match = re.search(f"{way.link}$", path)
        if match and re.search(way.label, _plain(words)):
            groups = match.groupdict()
            url = way.download.format(**groups) if way.download else address
            again = re.search(r"_(\d+)\.\w+$", path)
            month = data_month(path.rsplit("/", 1)[-1], source) or date.min
            rank = (month, int(again[1]) if again else -1)
            link = Link(url, groups.get("window", url), way.folder.format(**groups), rank)
            if link.window not in best or rank > best[link.window].rank:
                best[link.window] = link
    return list(best.values())


def _links(page: Answer) -> Iterator[tuple[str, str]]:
    """Yield the whole address and the words of every link, without those that are no address."""
    for link in BeautifulSoup(decode(bytes(page.body))[0], "html.parser").find_all("a"):
        with suppress(ValueError):
            yield urljoin(page.url, str(link.get("href", "")).strip()), link.get_text()


def _plain(words: str) -> str:
    """Return words in lower case, without accents, with single blanks."""
    apart = unicodedata.normalize("NFKD", words.casefold())
    return " ".join("".join(one for one in apart if not unicodedata.combining(one)).split())


def _dated_files(way: Dated, asking: Asking) -> Iterator[File | Unchanged]:
    """Yield the newest file that is there."""
    for url in dated_addresses(way, asking.today):
        if file := ask(url, way, asking, folder=way.folder, absent=frozenset(way.absent)):
            yield file
            return
    tried = f"none of {way.back} periods" if way.back > 1 else "none"
    raise Problem("moved", way.address, "a file at this address", tried)


def dated_addresses(way: Dated, today: date) -> list[str]:
    """Return the addresses that are tried, newest first: from the last whole month, or this year, back."""
    if way.every == "once":
        return [way.address]
    if way.every == "year":
        days = [date(today.year - number, 1, 1) for number in range(way.back)]
    else:
        first = today.replace(day=1)
        days = [add_months(first, -number) for number in range(1, way.back + 1)]
    return [
        way.address.format(year=day.year, yy=f"{day.year % 100:02}", mes=MONTHS_ES[day.month - 1][:3]) for day in days
    ]


def _socrata_files(way: Socrata, asking: Asking) -> Iterator[File | Unchanged]:
    """Yield the table as one CSV, or as unchanged where its rows are those in the store."""
    changed = _changed(way, asking)
    if (stored := asking.seen.vintage(way.table)) and asking.seen.version(way.table) == str(changed):
        yield Unchanged(way.about, stored)
        return
    for _ in range(SOCRATA_READINGS):
        data, fault = _table(way, asking)
        if (now := _changed(way, asking)) != changed:
            changed, fault = now, "rows that were changed while they were read"
        if not fault:
            day = datetime.fromtimestamp(changed, UTC).date()
            name = way.file.format(day=f"{day:%Y%m%d}")
            yield File(way.table, name, data, min(day, asking.today), marks={"etag": str(changed)})
            return
    raise Problem("changed", way.table, "one whole table", fault)


def _count_address(way: Socrata) -> str:
    return f"{way.table}.csv?{urlencode({'$select': 'count(*)'})}"


def _page_address(way: Socrata, offset: int) -> str:
    asked = {"$limit": way.page_rows, "$offset": offset, "$order": way.order}
    return f"{way.table}.csv?{urlencode(asked)}"


def _changed(way: Socrata, asking: Asking) -> int:
    """Return when the table's rows were last changed, in seconds since 1970."""
    answer = _get(way.about, way, asking)
    try:
        return int(json.loads(answer.body)["rowsUpdatedAt"])
    except (ValueError, KeyError, TypeError):
        raise Problem("changed", way.about, "rowsUpdatedAt in JSON", _beginning(answer)) from None


def _table(way: Socrata, asking: Asking) -> tuple[bytes, str]:
    """Return the pages put together under one header, and their fault, an empty text where they have none."""
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


def _dashboard_files(way: Dashboard, asking: Asking) -> Iterator[File | Problem]:
    """Yield a snapshot of each status, in the form that the source's ``dashboard`` layout reads."""
    asking.client.get(way.page, way.reached(), limit_mb=way.limit_mb)  # opens the session: a cookie
    for status, title in way.statuses.items():
        try:
            yield _snapshot(way, status, title, asking)
        except Problem as problem:
            yield problem


def _snapshot(way: Dashboard, status: str, title: str, asking: Asking) -> File:
    """Return the answers about one status, read again where the totals changed in between."""
    form = {"titulo": title, "idEstatusVictima": status, **way.form}
    totals = _post(way.totals, form, way, asking)
    for _ in range(DASHBOARD_READINGS):
        by_state = _by_sex(_post(way.by_state, form, way, asking), way.by_state)
        by_year = _by_sex(_post(way.by_year, form, way, asking), way.by_year)
        before, totals = totals, _post(way.totals, form, way, asking)
        if before == totals:
            content = {
                "totales": totals,
                "espacial": by_state,
                "anual": by_year,
                "parametros": {re.sub(CAMEL, "_", name).lower(): value for name, value in form.items()},
            }
            data = json.dumps(content, ensure_ascii=False, indent=1).encode()
            name = f"rnpdno_estatus_{status}_{asking.today:%Y%m%d}.json"
            return File(f"{way.totals}#{status}", name, data, asking.today)
    found = f"other totals after {DASHBOARD_READINGS} readings: the register is being changed right now"
    raise Problem("unreachable", way.totals, "the same totals before and after", found)


def _post(url: str, form: dict[str, str], way: Dashboard, asking: Asking) -> dict[str, Any]:
    answer = asking.client.post(url, form, way.reached(), limit_mb=way.limit_mb)
    if answer.is_html():
        raise Problem("gate", url, "an answer in JSON", f"a web page ({len(answer.body):,} bytes)")
    try:
        content = json.loads(answer.body)
    except ValueError:
        raise Problem("changed", url, "an answer in JSON", _beginning(answer)) from None
    if not isinstance(content, dict):
        raise Problem("changed", url, "an answer with named parts", type(content).__name__)
    return content


def _by_sex(chart: dict[str, Any], url: str) -> dict[str, dict[str, int]]:
    """Return {sex: {label: count}} of a chart's axis and series."""
    try:
        labels = [str(one) for one in chart["XAxisCategories"]]
        series = {str(one["name"]): [int(count) for count in one["data"]] for one in chart["Series"]}
        return {sex: dict(zip(labels, counts, strict=True)) for sex, counts in series.items()}
    except (KeyError, TypeError, ValueError) as error:
        found = f"{', '.join(sorted(chart))[:80]} ({error})"
        raise Problem("changed", url, "XAxisCategories, and Series as long as it", found) from None
