"""The newest files of the agencies: hosts asked in parallel, one request at a time to each.

A file goes into the store through ``ingest.add``, like one added by hand. A source that fails stops no other: every
file, and every failure, is an ``Outcome``.
"""

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
from indicators.catalog.downloads import AnyWay
from indicators.errors import DataError, IndicatorsError, UsageError
from indicators.fetch import methods
from indicators.fetch.client import Client, Problem
from indicators.fetch.download import Asking, File, Seen, Unchanged
from indicators.files import writing
from indicators.paths import Home
from indicators.releases import ingest, store
from indicators.releases.store import Provenance, Vintage


@dataclass(frozen=True)
class Outcome:
    """The result for one file, or the failure of one way to a source; the error contains the remedy."""

    source: str
    status: Literal["fetched", "unchanged", "failed"]
    url: str
    name: str = ""
    vintage: Vintage | None = None
    rows: int = 0
    error: IndicatorsError | None = None

    def line(self, today: date) -> str:
        """Return the result in words."""
        if self.vintage and not self.error:
            words = f"{self.rows:,} rows" if self.status == "fetched" else f"checked on {today}"
            return f"{self.status:10} {self.name}: {self.vintage.id}, {words}"
        where = f"{self.url}\n" if self.name else ""
        return f"failed     {self.source}: {where}{self.error}"


def chosen(ids: Iterable[str]) -> list[catalog.Source]:
    """Return the sources with these ids; without ids, all that can be fetched. Raise UsageError."""
    sources = {one.id: one for one in catalog.sources().values() if one.fetch}
    if strange := [one for one in ids if one not in sources]:
        raise UsageError(f'no source to fetch is called "{strange[0]}": one of {", ".join(sources)}')
    return [sources[one] for one in dict.fromkeys(ids)] or list(sources.values())


def fetch(
    sources: list[catalog.Source],
    home: Home,
    client: Client,
    today: date,
    tell: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Fetch the newest files of sources into the store; call ``tell`` with each outcome at once.

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
    """Yield the outcomes of every way to a source; a fallback is asked only where the way before it failed."""
    failed = False
    for way in asking.source.fetch:
        if way.fallback and not failed:
            continue
        failed = False
        for result in _results(way, asking):
            outcome = _outcome(result, way, asking, home)
            failed = failed or outcome.status == "failed"
            yield outcome


def _results(way: AnyWay, asking: Asking) -> Iterator[File | Unchanged | Problem | IndicatorsError]:
    """Yield the results of a way, its own failure last."""
    try:
        yield from methods.files(way, asking)
    except (Problem, IndicatorsError) as failure:
        yield failure


def _outcome(result: File | Unchanged | Problem | IndicatorsError, way: AnyWay, asking: Asking, home: Home) -> Outcome:
    """Take a file into the store, or record that it is unchanged, and return the outcome."""
    source = asking.source.id
    if isinstance(result, Problem):
        return Outcome(source, "failed", result.url, error=result.as_error(source, way.page))
    if isinstance(result, IndicatorsError):  # of the store: a record that was edited
        return Outcome(source, "failed", way.page, error=result)
    try:
        if isinstance(result, File):
            return _added(result, way, asking, home)
        store.record_check(home.raw, result.vintage, asking.today)
        return Outcome(source, "unchanged", result.url, result.vintage.file, result.vintage)
    except IndicatorsError as error:
        return Outcome(source, "failed", result.url, error=error)
    except OSError as error:
        todo = "see that there is room and that the folder may be written, then fetch again"
        failure = DataError(str(home.raw / source), "a folder to write in", str(error), todo)
        return Outcome(source, "failed", result.url, error=failure)


def _added(file: File, way: AnyWay, asking: Asking, home: Home) -> Outcome:
    """Add a file to the store, by the same function as one added by hand, and return the outcome."""
    source = asking.source.id
    request = ingest.IngestRequest(
        asking.today,
        file.released,
        source,
        how="fetched",
        url=file.url,
        provenance=Provenance.AS_RECEIVED if way.mirror else Provenance.AGENCY_BYTES,
        found_at=file.url if way.mirror else "",
        cache=home.cache,
    )
    with tempfile.TemporaryDirectory(prefix="indicators-fetch-") as folder:
        path = Path(folder) / file.folder / file.name
        path.parent.mkdir(exist_ok=True)
        with writing(path):
            path.write_bytes(file.data)
        added = ingest.add(path, home.raw, request)
    if error := added.error:
        if error.expected == source:  # the header of another series: --source is not the remedy here
            todo = f"see what the agency has put there, then correct [[{source}.fetch]] in catalog/sources.toml"
            error = replace(error, todo=todo)
        return Outcome(source, "failed", file.url, file.name, error=error)
    vintage = added.stored()
    asking.seen.remember(file.url, vintage, file.marks)
    status: Literal["fetched", "unchanged"] = "fetched" if added.status == "added" else "unchanged"
    return Outcome(source, status, file.url, file.name, vintage, added.rows)
