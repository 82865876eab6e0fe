"""Files that are taken into the store: recognised by their header, read and checked before anything is written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
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
from indicators.releases.store import Provenance, ReleaseDay, Vintage
from indicators.releases.totals import Totals, add_up, covered

PIECE_BYTES = 1 << 20  # so that no second copy of a large file is made


@dataclass(frozen=True)
class IngestRequest:
    """The circumstances in which a file is added.

    ``received`` is the day of receipt, ``released`` the release day where the analyst or the server says one;
    any other source than ``source`` is refused. ``accept`` is the reason for which a release is taken that the
    checks refuse, ``replaces`` the vintage that it corrects, ``provenance`` and ``found_at``
    how the file reached the project: its record contains all four. ``cache`` is the folder for the rows.
    """

    received: date
    released: date | None = None
    source: str | None = None
    how: str = "by hand"
    url: str = ""
    accept: str = ""
    replaces: str = ""
    provenance: Provenance = Provenance.AS_RECEIVED
    found_at: str = ""
    cache: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """The result for one file that was to be added.

    ``replaced`` lists the vintages of which this release replaces figures, ``behind`` those that replace its own.
    """

    path: Path
    status: Literal["added", "unchanged", "refused"]
    vintage: Vintage | None = None
    rows: int = 0
    error: DataError | None = None
    findings: list[Finding] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)

    def stored(self) -> Vintage:
        """Return the vintage of this file. Only for a file that was not refused."""
        assert self.vintage is not None
        return self.vintage

    def lines(self) -> Iterator[str]:
        """Yield the result in words, and a line for each finding."""
        if not (vintage := self.vintage):
            yield f"refused    {self.error}"
        elif self.status == "unchanged":
            yield f"unchanged  {self.path.name}: already here as {vintage.id}"
        else:
            released = f"{vintage.released}{' (estimated)' if vintage.released_estimated else ''}"
            yield f"added      {self.path.name}: {vintage.id}, released {released}, {self.rows:,} rows"
            if self.behind:
                yield f"  {self.behind[-1]}, a newer release, stays in effect for the figures of both"
            elif self.replaced:
                yield f"  in effect from {vintage.released} on, in place of {self.replaced[-1]}"
            for one in self.findings:
                yield f"  {one.severity:8} {checks.sentence(one.code, one.facts, Text('en'))}"


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
        replaces=request.replaces,
        provenance=request.provenance,
        found_at=request.found_at,
    )
    totals = add_up(match.source, vintage.id, tidy.facts, tidy.parts, vintage.released)
    earlier, later = _around(raw, vintage, totals, request.cache)
    found = [Finding("note", code, vintage.source, vintage.id, facts) for code, facts in tidy.notes]
    found += checks.about(totals, earlier)
    if later and not any(
        checks.share_a_part(one, totals) for one in earlier
    ):  # older than every other: compared with the first one after it
        found += checks.about(later[0], [totals])
    if refused := [one for one in found if one.severity == "refusal"]:
        if not request.accept:
            raise _implausible(path.name, refused)
        vintage = replace(vintage, accepted=request.accept)
    store.store(raw, vintage, data)
    if request.cache:
        tidy_cache.write(request.cache, vintage, tidy, totals)
    replaced, behind = ([one.vintage for one in side if one.overlaps(totals)] for side in (earlier, later))
    return Outcome(path, "added", vintage, tidy.facts.height, findings=found, replaced=replaced, behind=behind)


def release_day(path: Path, match: Match, request: IngestRequest) -> ReleaseDay:
    """Return the release day of a file, at the latest its day of receipt.

    A later day would hide the release from views as of days after its receipt. Raise DataError for a file
    without a release day, and for a day after the receipt.
    """
    day = store.release_day(path, match.source.release, request.released or _day_of_snapshot(match))
    if day is None:
        expected = "a release day: --released, a month in the file's name, or a folder vintage-YYYY-MM"
        todo = "say when it was published: indicators add FILE --released YYYY-MM-DD"
        raise DataError(path.name, expected, "none of them", todo)
    if request.released and request.released > request.received:
        todo = "give the day on which the agency published it"
        raise DataError(path.name, f"a release day up to {request.received}", f"{request.released}", todo)
    if day.data_month and request.released and request.released < day.data_month.replace(day=1):
        todo = "give the day on which the agency published it, after the months that it contains"
        expected = f"a release day from {day.data_month:%Y-%m} on, the last month by the file's name"
        raise DataError(path.name, expected, f"{request.released}", todo)
    return replace(day, released=min(day.released, request.received))


def _day_of_snapshot(match: Match) -> date | None:
    """Return the newest day in the column with the days of a snapshot; None where a layout has none."""
    column = match.source.layouts[match.layout].released
    newest = match.rows()[column].str.to_date("%Y-%m-%d", strict=False).max() if column else None
    return newest if isinstance(newest, date) else None


def _around(raw: Path, vintage: Vintage, totals: Totals, cache: Path | None) -> tuple[list[Totals], list[Totals]]:
    """Return the stored releases before and after a new one, oldest first.

    Raise DataError where days alone do not say which of two releases with other figures is newer, and for a
    ``replaces`` that is not in the store.
    """
    stored = store.all_vintages(raw, vintage.source)
    ids = [one.id for one in stored]
    if vintage.replaces and vintage.replaces not in ids:
        todo = f"name one of its releases in {raw / vintage.source}"
        raise DataError(vintage.file, f"--replaces with a release of {vintage.source}", vintage.replaces, todo)
    for one in store.tied(stored, vintage):
        if totals.contradicts(tidy_cache.read(raw, one, cache).totals):
            expected = f"one release of {vintage.released} received on {vintage.received}"
            todo = f"add it with --replaces {one.id} if it corrects that release, or with --released and its own day"
            raise DataError(vintage.file, expected, f"other figures than in {one.id}", todo)
    order = store.in_order([*stored, vintage])
    at = order.index(vintage)
    later = [tidy_cache.read(raw, one, cache).totals for one in order[at + 1 :]]
    earlier: list[Totals] = []
    unseen = dict(totals.parts.select("part", "period_from").iter_rows())
    for one in reversed(order[:at]):
        earlier.insert(0, tidy_cache.read(raw, one, cache).totals)
        days = {part: (first, last) for part, first, last in covered(earlier[0].parts).iter_rows()}
        # a table of one year, beside that of the year before it, says nothing on the releases under both
        unseen = {
            part: day for part, day in unseen.items() if part not in days or not days[part][0] <= day <= days[part][1]
        }
        if not unseen and totals.source.zeros == "implied":  # a release replaces the days that it covers
            break
    return earlier, [one for one in later if checks.share_a_part(one, totals)]


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
