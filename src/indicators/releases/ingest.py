"""Files that are taken into the store: recognised by their header, read and checked before anything is written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Literal

from indicators.errors import DataError
from indicators.i18n import Text
from indicators.readers import recognise
from indicators.readers.base import Match
from indicators.readers.files import unpack
from indicators.releases import checks, store, tidy_cache
from indicators.releases.check_rules import Finding
from indicators.releases.store import ReleaseDay, Vintage
from indicators.releases.totals import Totals, add_up

PIECE_BYTES = 1 << 20  # so that no second copy of a large file is made


@dataclass(frozen=True)
class IngestRequest:
    """The circumstances in which a file is added.

    ``received`` is the day of receipt, ``released`` the release day where the analyst or the server says one;
    any other source than ``source`` is refused. ``accept`` is the reason for which a release is taken that the
    checks refuse: it is written into the record of the release. ``cache`` is the folder for the rows.
    """

    received: date
    released: date | None = None
    source: str | None = None
    how: str = "by hand"
    url: str = ""
    accept: str = ""
    cache: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """The result for one file that was to be added."""

    path: Path
    status: Literal["added", "unchanged", "refused"]
    vintage: Vintage | None = None
    rows: int = 0
    error: DataError | None = None
    findings: list[Finding] = field(default_factory=list)

    def stored(self) -> Vintage:
        """Return the vintage of this file. Only for a file that was not refused."""
        assert self.vintage is not None
        return self.vintage


def files_under(paths: Iterable[Path]) -> list[Path]:
    """Return the files named, and those inside the folders named, in order, without hidden ones."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        found += [one for one in inside if not any(part[0] == "." for part in one.relative_to(path).parts)]
    return found


def add(path: Path, raw: Path, request: IngestRequest) -> Outcome:
    """Take one file into the store ``raw``. A file that is refused changes nothing."""
    try:
        return _add(path, raw, request)
    except DataError as error:
        return Outcome(path, "refused", error=error)


def _add(path: Path, raw: Path, request: IngestRequest) -> Outcome:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(str(path), "a readable file", error.strerror or "", "check the path") from None
    if path.name == store.RECORD:
        raise DataError(str(path), "a file with a name of its own", path.name, "rename it and add it again")
    content = unpack(path.name, data)[1]
    match = recognise(path.name, content)
    if request.source and match.source.id != request.source:
        raise DataError(path.name, request.source, f"the header of {match.source.id}", "leave --source out")
    content_sha256 = _with_plain_line_ends_sha256(content)
    if same := store.same_table(raw, match.source.id, content_sha256):
        store.record_check(raw, same, request.received)
        return Outcome(path, "unchanged", vintage=same)
    day = release_day(path, match, request)
    tidy = tidy_cache.table_of(match, day)
    sha256 = hashlib.sha256(data).hexdigest()
    vintage = Vintage(
        id=f"{match.source.id}-{day.released}-{sha256[:8]}",
        source=match.source.id,
        layout=match.layout,
        file=path.name,
        sha256=sha256,
        content_sha256=content_sha256,
        size_bytes=len(data),
        how=request.how,
        url=request.url,
        released=day.released,
        released_estimated=day.estimated,
        data_month=day.data_month,
        received=request.received,
    )
    totals = add_up(match.source, vintage.id, tidy.facts, tidy.parts)
    found = _findings(raw, vintage, totals, request.cache)
    if refused := [one for one in found if one.severity == "refusal"]:
        if not request.accept:
            raise _implausible(path.name, refused)
        vintage = replace(vintage, accepted=request.accept)
    store.store(raw, vintage, data)
    if request.cache:
        tidy_cache.write(request.cache, vintage, tidy, totals)
    return Outcome(path, "added", vintage=vintage, rows=tidy.facts.height, findings=found)


def release_day(path: Path, match: Match, request: IngestRequest) -> ReleaseDay:
    """Return the release day of a file, at the latest its day of receipt.

    A later day would hide the release from views as of days after its receipt. Raise DataError for a file
    without a release day, and for a day after the receipt.
    """
    day = store.release_day(path, match.source.release, request.released)
    if day is None:
        expected = "a release day: --released, a month in the file's name, or a folder vintage-YYYY-MM"
        todo = "say when it was published: indicators add FILE --released YYYY-MM-DD"
        raise DataError(path.name, expected, "none of them", todo)
    if request.released and request.released > request.received:
        todo = "give the day on which the agency published it"
        raise DataError(path.name, f"a release day up to {request.received}", f"{request.released}", todo)
    return replace(day, released=min(day.released, request.received))


def _findings(raw: Path, vintage: Vintage, totals: Totals, cache: Path | None) -> list[Finding]:
    """Return the findings about a release that is not stored yet, beside the last one before it.

    A release that is older than every other of its part is compared with the first one after it.
    """
    releases = sorted([*store.all_vintages(raw, vintage.source), vintage], key=store.in_order)
    at = releases.index(vintage)
    for other in [*reversed(releases[:at]), *releases[at + 1 :]]:
        beside = tidy_cache.read(raw, other, cache).totals
        if checks.share_a_part(beside, totals):
            return checks.findings_of([beside, totals] if other in releases[:at] else [totals, beside])
    return checks.findings_of([totals])


def _implausible(file: str, refused: list[Finding]) -> DataError:
    text = Text("en")
    found = "; ".join(checks.sentence(one.code, one.facts, text) for one in refused[:3])
    more = f" (and {len(refused) - 3} more)" if len(refused) > 3 else ""
    todo = (
        "compare the file with the agency's page; if the agency did publish this, add it with "
        '--accept "reason": the report shows the reason'
    )
    return DataError(file, "figures that fit the releases beside it", found + more, todo)


def _with_plain_line_ends_sha256(content: bytes) -> str:
    """Return the hash of an unpacked file with plain line ends: git and gzip do not change it."""
    digest, start = hashlib.sha256(), 0
    while start < len(content):
        end = start + PIECE_BYTES
        end += content[end - 1 : end] == b"\r"  # a line's end stays in one piece
        digest.update(content[start:end].replace(b"\r\n", b"\n"))
        start = end
    return digest.hexdigest()
