"""The append-only store of releases: one folder for each vintage, with the agency's file and its record.

``data/raw/<source>/<released>-<sha>/`` has the file as it came and ``vintage.json``. A vintage is never edited;
its folder appears whole or not at all.
"""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

from indicators.errors import DataError
from indicators.files import writing
from indicators.periods import MONTH_TOKENS, MONTHS_EN, MONTHS_ES, add_months, month_end

if TYPE_CHECKING:
    from indicators.catalog.models import ReleaseNaming

RECORD = "vintage.json"
CHECKED = "checked.csv"
LIBRARIES = ("polars", "pyarrow", "python-calamine")  # they read the files of agencies
TIME_ZONES = timedelta(days=1)  # the most by which the days of two right clocks differ
RESTORE = "a stored release must never be edited: restore it, or delete its folder and add it again"


class Provenance(StrEnum):
    """How a file reached the project."""

    AGENCY_BYTES = "agency_bytes"  # fetched from the agency, or equal to a checksum that the agency publishes
    AS_RECEIVED = "as_received"  # not verified
    RE_EXPORTED = "re_exported"
    REBUILT = "rebuilt"
    TRANSCRIBED = "transcribed"


THIRD_HANDS = (Provenance.RE_EXPORTED, Provenance.REBUILT, Provenance.TRANSCRIBED)


@dataclass(frozen=True)
class Vintage:
    """One release of a source as it was received on a day."""

    id: str
    source: str
    layout: str
    file: str
    sha256: str
    content_sha256: str  # of the unpacked text with plain line ends: equal for one table in another wrapping
    size_bytes: int
    how: str
    url: str
    released: date
    released_estimated: bool
    data_month: date | None
    received: date
    accepted: str = ""  # the reason for a release that the checks refuse
    replaces: str = ""  # the vintage that the analyst says this release corrects
    provenance: str = Provenance.AS_RECEIVED
    found_at: str = ""  # the address of another publisher than the agency that the file came from

    def path(self, root: Path) -> Path:
        """Return the path of the stored file."""
        return root / self.source / self.id.removeprefix(self.source + "-") / self.file

    def read(self, root: Path) -> bytes:
        """Return the bytes of the stored file. Raise DataError where they have changed."""
        with self._open(root) as file:
            data = file.read()
        self._check(root, hashlib.sha256(data).hexdigest())
        return data

    def verify(self, root: Path) -> None:
        """Raise DataError where the bytes of the stored file have changed; memory never has the whole file."""
        with self._open(root) as file:
            self._check(root, hashlib.file_digest(file, "sha256").hexdigest())

    def _open(self, root: Path) -> BufferedReader:
        try:
            return self.path(root).open("rb")
        except OSError as error:
            found = error.strerror or "none"
            raise DataError(str(self.path(root)), "the stored file", found, RESTORE) from None

    def _check(self, root: Path, sha256: str) -> None:
        if sha256 != self.sha256:
            raise DataError(str(self.path(root)), f"sha256 {self.sha256[:12]}…", "other bytes", RESTORE)


@dataclass(frozen=True)
class ReleaseDay:
    """The day from which a release counts as published, and the last month of its data by its name."""

    released: date
    estimated: bool
    data_month: date | None


MONTH = rf"(?P<month>{'|'.join(sorted({*MONTHS_EN, *MONTHS_ES, 'sept', *MONTH_TOKENS}, key=len, reverse=True))})"
YEAR = r"(?P<year>20\d\d|\d\d(?![ _,-]+20\d\d))(?!\d)"  # "sep 17, 2025" is no month of 2017
FISCAL_YEAR = r"fy(?:20)?(?P<fiscal_year>\d\d)"
MONTH_NAMES = (  # the names of files that say a month, in lower case; the first that matches counts
    rf"{FISCAL_YEAR}-{MONTH}(?![a-z])",  # fy22-fy25-nov
    rf"{FISCAL_YEAR}m(?P<number>0[1-9]|1[0-2])(?!\d)",  # fy25m11: a calendar month, November 2024
    rf"(?<![a-z]){MONTH}[ _-]?{YEAR}",  # IDVFC_NM_jun25
)
DAY_NAME = r"(?<!\d)(20\d\d)([-_]?)(\d\d)\2(\d\d)(?!\d)"  # …_20250917: the day of the download
CLOSED_YEARS_NAME = rf"fy(?:20)?\d\d-{FISCAL_YEAR}(?!\d)"  # fy19-fy22
ESTIMATES_NAME = r"est(20\d\d)(?!\d)"  # NST-EST2024
MONTH_FOLDER = r"vintage-(20\d\d)-(0[1-9]|1[0-2])(?!\d)"
YEAR_FOLDER = r"vintage-(20\d\d)$"


def release_day(path: Path, naming: ReleaseNaming, published: date | None = None) -> ReleaseDay | None:
    """Return the release day: ``published``, else by the file's name, else by its ``vintage-…`` folder.

    A release of which only the month is named counts as published on the last day of that month, so that no view
    as of an earlier day shows it. None where neither name nor folder says a day.
    """
    name = path.name.lower()
    named = _month_in_name(name)
    data_month = named or _closed_year(name) if naming.token == "data" else None
    if published:
        return ReleaseDay(published, False, data_month)
    if day := _day_in_name(name):
        return ReleaseDay(day, True, data_month)
    if named:
        after = naming.months_after_data if naming.token == "data" else 0
        return ReleaseDay(month_end(add_months(named, after)), True, data_month)
    for parent in path.absolute().parents:
        if match := re.match(MONTH_FOLDER, parent.name):
            month = month_end(date(int(match[1]), int(match[2]), 1))
            if naming.folder == "data":
                released = month_end(add_months(month, naming.months_after_data))
                return ReleaseDay(released, True, data_month or month)
            return ReleaseDay(month, True, data_month)
        if naming.yearly and (match := re.match(YEAR_FOLDER, parent.name)):
            return ReleaseDay(date(int(match[1]), 12, 31), True, None)
    if naming.yearly and (match := re.search(ESTIMATES_NAME, name)):
        return ReleaseDay(date(int(match[1]), 12, 31), True, None)
    return None


def _day_in_name(name: str) -> date | None:
    for match in re.finditer(DAY_NAME, name):
        with suppress(ValueError):
            return date(int(match[1]), int(match[3]), int(match[4]))
    return None


def _month_in_name(name: str) -> date | None:
    """Return the last day of the month that a name says by one of MONTH_NAMES."""
    match = next(filter(None, (re.search(pattern, name) for pattern in MONTH_NAMES)), None)
    if match is None:
        return None
    found = match.groupdict()
    month = MONTH_TOKENS[found["month"][:3]] if "month" in found else int(found["number"])
    if "year" in found:
        return month_end(date(2000 + int(found["year"]) % 100, month, 1))
    return month_end(date(2000 + int(found["fiscal_year"]) - (month >= 10), month, 1))


def _closed_year(name: str) -> date | None:
    """Return September of the last fiscal year, for closed windows that name no month."""
    match = re.search(CLOSED_YEARS_NAME, name)
    return date(2000 + int(match["fiscal_year"]), 9, 30) if match else None


def all_vintages(root: Path, source: str | None = None) -> list[Vintage]:
    """Return every vintage in the store (of one source), oldest release first. Raise DataError."""
    records = root.glob(f"{source or '*'}/[!.]*/{RECORD}")
    return in_order([_read_record(path) for path in records])


def in_order(vintages: Iterable[Vintage]) -> list[Vintage]:
    """Return vintages by source, from the first release to the last; a newer one is in effect where both have figures.

    The order is by release day, last month of the data in the name, day of receipt, and then by what the analyst said
    that a release replaces. Never by the hash: an agency corrects a file under its old name, on the same estimated day.
    """
    found = sorted(vintages, key=lambda one: (*_days(one), one.id))
    corrected = {one.id: _corrected(one, found) for one in found if one.replaces}
    for one in sorted((one for one in found if one.replaces), key=lambda one: len(corrected[one.id])):
        ids = [other.id for other in found]
        if one.replaces in ids and ids.index(one.replaces) > ids.index(one.id):
            found.remove(one)
            found.insert(ids.index(one.replaces), one)
    return found


def _corrected(one: Vintage, vintages: Iterable[Vintage]) -> list[str]:
    """Return the vintage that a release corrects, the one that this vintage corrects, and so on."""
    replaces = {other.id: other.replaces for other in vintages}
    found, named = [], one.replaces
    while named in replaces and named not in found:
        found.append(named)
        named = replaces[named]
    return found


def tied(vintages: Sequence[Vintage], new: Vintage) -> list[Vintage]:
    """Return the vintages that only the analyst can put in order with a new one."""
    corrected = _corrected(new, vintages)
    return [one for one in vintages if _days(one) == _days(new) and one.id not in corrected]


def _days(one: Vintage) -> tuple[str, date, date, date]:
    return (one.source, one.released, one.data_month or date.min, one.received)


def _read_record(path: Path) -> Vintage:
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        for name in ("released", "received", *(["data_month"] if fields["data_month"] else [])):
            fields[name] = date.fromisoformat(fields[name])
        return Vintage(**fields)
    except (ValueError, TypeError, KeyError) as error:
        todo = "delete this vintage's folder and add its file again"
        raise DataError(str(path), "the record of a vintage", str(error), todo) from None


def same_table(root: Path, source: str, content_sha256: str) -> Vintage | None:
    """Return the vintage of a source with this very table, in whatever wrapping it came."""
    return next((one for one in all_vintages(root, source) if one.content_sha256 == content_sha256), None)


@dataclass(frozen=True)
class Check:
    """A day on which a file that is in the store was met again: checked, unchanged."""

    day: date
    vintage: str


def record_check(root: Path, vintage: Vintage, day: date) -> None:
    """Append to ``checked.csv`` of the vintage's source, once a day, that its file was met again."""
    path = root / vintage.source / CHECKED
    if Check(day, vintage.id) not in checks(root, vintage.source):
        size = path.stat().st_size if path.exists() else 0
        header = "" if size else "day,vintage\n"
        try:
            with writing(path), path.open("a", encoding="utf-8") as file:
                file.write(f"{header}{day.isoformat()},{vintage.id}\n")
        except OSError:  # a full disk takes the half of a line
            with suppress(OSError):
                os.truncate(path, size)
            raise


def checks(root: Path, source: str | None = None) -> list[Check]:
    """Return every check in the store (of one source), in the order of recording. Raise DataError."""
    found = []
    for path in sorted(root.glob(f"{source or '*'}/{CHECKED}")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                try:
                    found.append(Check(date.fromisoformat(row["day"]), row["vintage"]))
                except (KeyError, TypeError, ValueError) as error:
                    todo = "correct that line, or delete the file: only the days of checks are lost"
                    raise DataError(str(path), "day,vintage", str(error), todo) from None
    return found


def refuse_clock_set_back(root: Path, today: date) -> None:
    """Raise DataError where ``today``, this machine's day, is before the newest day recorded in the store.

    A release with such a day of receipt would appear in views as of days before its receipt.
    """
    newest, path = max(_recorded_days(root), default=(date.min, root))
    if today + TIME_ZONES < newest:
        remedy = "that line" if path.name == CHECKED else "that folder, and add its file again"
        todo = (
            f"set this machine's clock right and try again; where it is right, {newest} was written by a clock "
            f"that was fast: delete {remedy}"
        )
        raise DataError(str(path), f"no day after {today}, this machine's day", f"{newest}", todo)


def _recorded_days(root: Path) -> Iterator[tuple[date, Path]]:
    """Yield every day in the store with the path of its record; a broken record stops its own source only."""
    for folder in root.glob("[!.]*"):
        with suppress(DataError):
            for one in all_vintages(root, folder.name):
                yield one.received, one.path(root).with_name(RECORD)
        with suppress(DataError):
            yield from ((one.day, folder / CHECKED) for one in checks(root, folder.name))


def store(root: Path, vintage: Vintage, data: bytes) -> Path:
    """Write the folder of a vintage under a temporary name, then rename it, so that it is whole or absent."""
    if not vintage.file.isprintable():
        todo = "rename the file and add it again; where its name is right, set PYTHONUTF8=1 first"
        raise DataError(vintage.file, "a name of readable characters", ascii(vintage.file), todo)
    final = vintage.path(root).parent
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".incoming-", dir=final.parent))
    try:
        _write(temporary / vintage.file, data)
        record = json.dumps(asdict(vintage), default=str, ensure_ascii=False, indent=1)
        _write(temporary / RECORD, record.encode())
        temporary.chmod(0o755)
        temporary.rename(final)
    except BaseException as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if isinstance(error, OSError) and error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            todo = "add the file again; where that ends the same, delete the folder first"
            found = "one that was not whole"
            raise DataError(str(final), "no folder of this vintage yet", found, todo) from None
        raise
    return final


def _write(path: Path, data: bytes) -> None:
    with writing(path), path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def libraries() -> str:
    """Return the libraries that read the files of agencies, with versions: another version may read otherwise."""
    from importlib.metadata import version

    return "\0".join(f"{name} {version(name)}" for name in LIBRARIES)
