"""Taking files in: recognised by header, tidied and held against the contract before anything is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Literal

from indicators import checks, contracts, vintages
from indicators.catalog import Source
from indicators.checks import Finding, Read
from indicators.errors import DataError
from indicators.sources import Match, recognise, tidy
from indicators.sources.files import unpack
from indicators.text import Text
from indicators.vintages import Vintage


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
) -> Outcome:
    """Take one file into the store under ``root``. A file that cannot be taken changes nothing.

    ``accept`` is the reason for which a release is taken that the checks refuse; it is kept with the release.
    """
    try:
        return _add(path, root, received, released, source, how, url, accept)
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
) -> Outcome:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(str(path), "a readable file", error.strerror or "", "check the path") from None
    if path.name == vintages.RECORD:
        raise DataError(str(path), "a file with a name of its own", path.name, "rename it and add it again")
    match = recognise(path.name, data)
    if source and match.source.id != source:
        raise DataError(path.name, source, f"the header of {match.source.id}", "leave --source out")
    content = _content_sha256(path.name, data)
    if known := vintages.same_table(root, match.source.id, content):
        vintages.record_check(root, known, received)
        return Outcome(path, "unchanged", vintage=known)
    day = _release_day(path, match, received, released)
    tidied = tidy(match, released=day.released, data_month=day.data_month)
    facts = contracts.validate(match.source.table, tidied.facts, path.name)
    sha256 = hashlib.sha256(data).hexdigest()
    vintage = Vintage(
        id=vintages.vintage_id(match.source.id, day.released, sha256),
        source=match.source.id,
        layout=match.layout,
        file=path.name,
        sha256=sha256,
        content_sha256=content,
        size_bytes=len(data),
        how=how,
        url=url,
        released=day.released,
        released_estimated=day.estimated,
        data_month=day.data_month,
        received=received,
    )
    found = _odd(root, match.source, vintage, Read(vintage.id, facts, tidied.parts))
    if refused := [one for one in found if one.severity == "refusal"]:
        if not accept:
            raise _implausible(path.name, refused)
        vintage = replace(vintage, accepted=accept)
    vintages.store(root, vintage, data)
    return Outcome(path, "added", vintage=vintage, rows=facts.height, findings=found)


def _odd(root: Path, source: Source, vintage: Vintage, read: Read) -> list[Finding]:
    """What the checks say of a release that is not stored yet, beside the last one before it.

    Where it is older than every release of its part, it is held against the first one after it.
    """
    mine = {checks.stem(part) for part in read.parts["part"]}
    held = sorted([*vintages.all_vintages(root, source.id), vintage], key=vintages.in_order)
    at = held.index(vintage)
    for other in [*reversed(held[:at]), *held[at + 1 :]]:
        match = recognise(other.file, other.read(root))
        tidied = tidy(match, released=other.released, data_month=other.data_month)
        if mine & {checks.stem(part) for part in tidied.parts["part"]}:
            beside = Read(other.id, tidied.facts, tidied.parts)
            return checks.judge(source, [beside, read] if other in held[:at] else [read, beside])
    return checks.judge(source, [read])


def _implausible(file: str, refused: list[Finding]) -> DataError:
    text = Text("en")
    found = "; ".join(checks.sentence(one.code, one.facts, text) for one in refused[:3])
    more = f" (and {len(refused) - 3} more)" if len(refused) > 3 else ""
    todo = (
        "check the file against the agency's page; if it did publish this, add it with "
        '--accept "reason": the reason is kept with the release and shown in the report'
    )
    return DataError(file, "figures that fit the releases beside it", found + more, todo)


def _content_sha256(name: str, data: bytes) -> str:
    """The hash of what the container holds, with plain line ends: git and gzip change neither."""
    return hashlib.sha256(unpack(name, data)[1].replace(b"\r\n", b"\n")).hexdigest()


def _release_day(path: Path, match: Match, received: date, given: date | None) -> vintages.ReleaseDay:
    """The release day: never after the day we received it, or an as-of day would not see what we hold."""
    rule = match.source.release
    day = vintages.release_day(
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
