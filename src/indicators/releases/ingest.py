"""Taking files in: recognised by header, tidied and held against the contract before anything is stored."""

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
from indicators.releases.store import Vintage
from indicators.releases.totals import Totals, add_up

PIECE_BYTES = 1 << 20  # so that no second copy of a large file is made


@dataclass(frozen=True)
class Outcome:
    """What became of one file that was to be added."""

    path: Path
    status: Literal["added", "unchanged", "refused"]
    vintage: Vintage | None = None
    rows: int = 0
    error: DataError | None = None
    findings: list[Finding] = field(default_factory=list)

    def held(self) -> Vintage:
        """The vintage that holds this file now. Only for a file that was not refused."""
        assert self.vintage is not None
        return self.vintage


def files_under(paths: Iterable[Path]) -> list[Path]:
    """The files named, and those inside the folders named, in order; hidden ones left out."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (one for one in path.rglob("*") if one.is_file())
            found += sorted(one for one in inside if not _hidden(one.relative_to(path)))
        else:
            found.append(path)
    return found


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def add(
    path: Path,
    root: Path,
    *,
    received: date,
    released: date | None = None,
    source: str | None = None,
    how: str = "by hand",
    url: str = "",
    accept: str = "",
    kept_in: Path | None = None,
) -> Outcome:
    """Take one file into the store under ``root``. A file that cannot be taken changes nothing.

    ``accept`` is the reason for which a release is taken that the checks refuse; it is kept with the release.
    Its rows are kept in the folder ``kept_in`` where one is given, so that nobody needs to read the file again.
    """
    try:
        return _add(path, root, received, released, source, how, url, accept, kept_in)
    except DataError as error:
        return Outcome(path, "refused", error=error)


def _add(
    path: Path,
    root: Path,
    received: date,
    released: date | None,
    source: str | None,
    how: str,
    url: str,
    accept: str,
    kept_in: Path | None,
) -> Outcome:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(str(path), "a readable file", error.strerror or "", "check the path") from None
    if path.name == store.RECORD:
        raise DataError(str(path), "a file with a name of its own", path.name, "rename it and add it again")
    content = unpack(path.name, data)[1]
    match = recognise(path.name, content)
    if source and match.source.id != source:
        raise DataError(path.name, source, f"the header of {match.source.id}", "leave --source out")
    content_sha256 = _with_plain_line_ends_sha256(content)
    if known := store.same_table(root, match.source.id, content_sha256):
        store.record_check(root, known, received)
        return Outcome(path, "unchanged", vintage=known)
    day = _release_day(path, match, received, released)
    tidy = tidy_cache.table_of(match, day)
    sha256 = hashlib.sha256(data).hexdigest()
    vintage = Vintage(
        id=store.vintage_id(match.source.id, day.released, sha256),
        source=match.source.id,
        layout=match.layout,
        file=path.name,
        sha256=sha256,
        content_sha256=content_sha256,
        size_bytes=len(data),
        how=how,
        url=url,
        released=day.released,
        released_estimated=day.estimated,
        data_month=day.data_month,
        received=received,
    )
    totals = add_up(match.source, vintage.id, tidy.facts, tidy.parts)
    found = _odd(root, vintage, totals, kept_in)
    if refused := [one for one in found if one.severity == "refusal"]:
        if not accept:
            raise _implausible(path.name, refused)
        vintage = replace(vintage, accepted=accept)
    store.store(root, vintage, data)
    if kept_in:
        tidy_cache.keep(kept_in, vintage, tidy, totals)
    return Outcome(path, "added", vintage=vintage, rows=tidy.facts.height, findings=found)


def _odd(root: Path, vintage: Vintage, totals: Totals, kept_in: Path | None) -> list[Finding]:
    """What the checks say of a release that is not stored yet, beside the last one before it.

    Where it is older than every release of its part, it is held against the first one after it.
    """
    mine = {checks.stem(part) for part in totals.parts["part"]}
    held = sorted([*store.all_vintages(root, vintage.source), vintage], key=store.in_order)
    at = held.index(vintage)
    for other in [*reversed(held[:at]), *held[at + 1 :]]:
        beside = tidy_cache.read(root, other, kept_in).totals
        if mine & {checks.stem(part) for part in beside.parts["part"]}:
            return checks.findings_of([beside, totals] if other in held[:at] else [totals, beside])
    return checks.findings_of([totals])


def _implausible(file: str, refused: list[Finding]) -> DataError:
    text = Text("en")
    found = "; ".join(checks.sentence(one.code, one.facts, text) for one in refused[:3])
    more = f" (and {len(refused) - 3} more)" if len(refused) > 3 else ""
    todo = (
        "check the file against the agency's page; if it did publish this, add it with "
        '--accept "reason": the reason is kept with the release and shown in the report'
    )
    return DataError(file, "figures that fit the releases beside it", found + more, todo)


def _with_plain_line_ends_sha256(content: bytes) -> str:
    """The hash of what a container holds, with plain line ends: git and gzip change neither."""
    digest, start = hashlib.sha256(), 0
    while start < len(content):
        end = start + PIECE_BYTES
        end += content[end - 1 : end] == b"\r"  # a line's end stays in one piece
        digest.update(content[start:end].replace(b"\r\n", b"\n"))
        start = end
    return digest.hexdigest()


def _release_day(path: Path, match: Match, received: date, given: date | None) -> store.ReleaseDay:
    """The release day: never after the day we received it, or an as-of day would not see what we hold."""
    rule = match.source.release
    day = store.release_day(
        path,
        token=rule.token,
        folder=rule.folder,
        months_after_data=rule.months_after_data,
        yearly=rule.yearly,
        given=given,
    )
    if day is None:
        expected = "a release day: --released, a month in the file's name, or a folder vintage-YYYY-MM"
        todo = "say when it was published: indicators add FILE --released YYYY-MM-DD"
        raise DataError(path.name, expected, "none of them", todo)
    if given and given > received:
        todo = "give the day on which the agency published it"
        raise DataError(path.name, f"a release day up to {received}", f"{given}", todo)
    return replace(day, released=min(day.released, received))
