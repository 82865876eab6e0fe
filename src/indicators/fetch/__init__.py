"""Asking the agencies for their newest files: hosts in parallel, one request at a time to each.

What comes goes into the store through ``intake.add``, so whole and known, or not at all. One source that fails
stops no other: every file, and every failure, is an ``Outcome``.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from indicators import catalog
from indicators.catalog.downloads import AnyWay, Dashboard, Dated, Listing, Socrata
from indicators.errors import DataError, IndicatorsError, UsageError
from indicators.fetch import methods
from indicators.fetch.client import Client, Problem
from indicators.fetch.download import Asking, File, Seen, Unchanged
from indicators.paths import Home
from indicators.releases import ingest, store
from indicators.releases.store import Vintage


@dataclass(frozen=True)
class Outcome:
    """What became of one file, or of one way to a source; an error says what to do."""

    source: str
    status: Literal["fetched", "unchanged", "failed"]
    url: str
    name: str = ""
    vintage: Vintage | None = None
    rows: int = 0
    error: IndicatorsError | None = None


def chosen(ids: Iterable[str]) -> list[catalog.Source]:
    """The sources with these ids, all that can be fetched where there are none. Raises UsageError."""
    known = {one.id: one for one in catalog.sources().values() if one.fetch}
    if strange := [one for one in ids if one not in known]:
        raise UsageError(f'no source to fetch is called "{strange[0]}": one of {", ".join(known)}')
    return [known[one] for one in dict.fromkeys(ids)] or list(known.values())


def addresses(way: AnyWay, today: date) -> list[str]:
    """What a way would ask, without asking."""
    match way:
        case Listing():
            return [way.page, f"… and the newest file it links to as {way.label or way.link}"]
        case Dated():
            first, *more = methods.dated_addresses(way, today)
            return [first, f"… or, where that is not there, back to {more[-1]}"] if more else [first]
        case Socrata():
            return methods.socrata_addresses(way)
        case Dashboard():
            return methods.dashboard_addresses(way)


def fetch(
    sources: list[catalog.Source],
    home: Home,
    client: Client,
    today: date,
    tell: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Ask for these sources and take in what is new; each outcome is told as it is known.

    Sources whose files are listed by the same host are asked one after the other.
    """
    seen = Seen(home.processed, home.raw)
    by_host: defaultdict[str, list[catalog.Source]] = defaultdict(list)
    for source in sources:
        by_host[urlsplit(source.fetch[0].page).hostname or ""].append(source)

    def ask(group: list[catalog.Source]) -> list[Outcome]:
        found = []
        for source in group:
            for outcome in _outcomes(Asking(source, client, seen, today), home):
                tell(outcome)
                found.append(outcome)
        return found

    with ThreadPoolExecutor(max_workers=len(by_host) or 1) as pool:
        return [outcome for outcomes in pool.map(ask, by_host.values()) for outcome in outcomes]


def _outcomes(asking: Asking, home: Home) -> Iterator[Outcome]:
    """The outcomes of every way to a source; a fallback is asked only where the way before it failed."""
    failed = False
    for way in asking.source.fetch:
        if way.fallback and not failed:
            continue
        failed = False
        for one in _files(way, asking):
            outcome = _taken(one, way, asking, home)
            failed = failed or outcome.status == "failed"
            yield outcome


def _files(way: AnyWay, asking: Asking) -> Iterator[File | Unchanged | Problem | IndicatorsError]:
    """What a way gives back, its own failure last."""
    try:
        match way:
            case Listing():
                yield from methods.listed_files(way, asking)
            case Dated():
                yield from methods.dated_files(way, asking)
            case Socrata():
                yield from methods.socrata_files(way, asking)
            case Dashboard():
                yield from methods.dashboard_files(way, asking)
    except (Problem, IndicatorsError) as failure:
        yield failure


def _taken(
    one: File | Unchanged | Problem | IndicatorsError, way: AnyWay, asking: Asking, home: Home
) -> Outcome:
    """What became of one file: taken into the store, or recorded as seen again, or failed."""
    source = asking.source.id
    if isinstance(one, Problem):
        return Outcome(source, "failed", one.url, error=one.as_error(source, way.page))
    if isinstance(one, IndicatorsError):  # of the store: a record that was edited
        return Outcome(source, "failed", way.page, error=one)
    try:
        if isinstance(one, Unchanged):
            store.record_check(home.raw, one.vintage, asking.today)
            return Outcome(source, "unchanged", one.url, one.vintage.file, one.vintage)
        return _added(one, asking, home)
    except IndicatorsError as error:
        return Outcome(source, "failed", one.url, error=error)
    except OSError as error:
        todo = "see that there is room and that the folder may be written, then fetch again"
        failure = DataError(str(home.raw / source), "a folder to write in", str(error), todo)
        return Outcome(source, "failed", one.url, error=failure)


def _added(file: File, asking: Asking, home: Home) -> Outcome:
    """The file in the store, by the same way as one added by hand."""
    source = asking.source.id
    with tempfile.TemporaryDirectory(prefix="indicators-fetch-") as folder:
        path = Path(folder) / file.folder / file.name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(file.data)
        added = ingest.add(
            path,
            home.raw,
            ingest.IngestRequest(
                received=asking.today,
                released=file.released,
                source=source,
                how="fetched",
                url=file.url,
                cache=home.cache,
            ),
        )
    if added.error:
        error = added.error
        if error.expected == source:  # it is another series: nothing the analyst said can be mended
            todo = (
                f"see what the agency has put there; [[{source}.fetch]] in catalog/sources.toml has to follow"
            )
            error = replace(error, todo=todo)
        return Outcome(source, "failed", file.url, file.name, error=error)
    asking.seen.remember(file.url, added.stored(), file.marks)
    status: Literal["fetched", "unchanged"] = "fetched" if added.status == "added" else "unchanged"
    return Outcome(source, status, file.url, file.name, added.stored(), added.rows)
