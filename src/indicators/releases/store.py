"""The append-only store of releases: one folder a vintage, the agency's file beside what is known of it.

``data/raw/<source>/<released>-<sha>/`` holds the file as it came and ``vintage.json``. A vintage is never
edited; it appears whole or not at all.
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
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from indicators.errors import DataError
from indicators.periods import MONTH_TOKENS, MONTHS_EN, MONTHS_ES, add_months, month_end

RECORD = "vintage.json"
CHECKED = "checked.csv"
LIBRARIES = ("polars", "pyarrow", "python-calamine")  # they read the files of agencies
TIME_ZONES = timedelta(days=1)  # what two machines in good order may differ by
RESTORE = "a stored release must never be edited: restore it, or delete its folder and add it again"


@dataclass(frozen=True)
class Vintage:
    """One release of a source as it was received on a day."""

    id: str
    source: str
    layout: str
    file: str
    sha256: str
    content_sha256: str  # of the unpacked text with plain line ends: the same table in another wrapping
    size_bytes: int
    how: str
    url: str
    released: date
    released_estimated: bool
    data_month: date | None
    received: date
    accepted: str = ""  # why it was taken in although the checks refused it

    def path(self, root: Path) -> Path:
        return root / self.source / self.id.removeprefix(self.source + "-") / self.file

    def read(self, root: Path) -> bytes:
        """The file's bytes. Raises DataError where they are not those that were stored."""
        path = self.path(root)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise DataError(str(path), "the stored file", error.strerror or "none", RESTORE) from None
        self._hold(path, hashlib.sha256(data).hexdigest())
        return data

    def verify(self, root: Path) -> None:
        """Read the file only to see that its bytes are those that were stored. Raises DataError."""
        path = self.path(root)
        try:
            with path.open("rb") as file:
                self._hold(path, hashlib.file_digest(file, "sha256").hexdigest())
        except OSError as error:
            raise DataError(str(path), "the stored file", error.strerror or "none", RESTORE) from None

    def _hold(self, path: Path, sha256: str) -> None:
        if sha256 != self.sha256:
            raise DataError(str(path), f"sha256 {self.sha256[:12]}…", "other bytes", RESTORE)


@dataclass(frozen=True)
class ReleaseDay:
    """The day from which a release counts as known, and the last month its name says it holds."""

    released: date
    estimated: bool
    data_month: date | None


def vintage_id(source: str, released: date, sha256: str) -> str:
    return f"{source}-{released.isoformat()}-{sha256[:8]}"


def release_day(
    path: Path,
    *,
    token: str,
    folder: str,
    months_after_data: int,
    yearly: bool,
    given: date | None = None,
) -> ReleaseDay | None:
    """Tell the release day from what was given, else the file's name, else its ``vintage-…`` folder.

    Where only a month is known the release counts as known from the last day of that month: an as-of day
    must never see a release before it was out. None where nothing tells.
    """
    named = _month_in_name(path.name)
    data_month = named or _closed_year(path.name) if token == "data" else None
    if given:
        return ReleaseDay(given, False, data_month)
    if day := _day_in_name(path.name):
        return ReleaseDay(day, True, data_month)
    if named:
        after = months_after_data if token == "data" else 0
        return ReleaseDay(month_end(add_months(named, after)), True, data_month)
    for parent in path.absolute().parents:
        if match := re.match(r"vintage-(20\d\d)-(0[1-9]|1[0-2])(?!\d)", parent.name):
            month = month_end(date(int(match[1]), int(match[2]), 1))
            if folder == "data":
                return ReleaseDay(month_end(add_months(month, months_after_data)), True, data_month or month)
            return ReleaseDay(month, True, data_month)
        if yearly and (match := re.match(r"vintage-(20\d\d)$", parent.name)):
            return ReleaseDay(date(int(match[1]), 12, 31), True, None)
    if yearly and (match := re.search(r"EST(20\d\d)(?!\d)", path.name, re.IGNORECASE)):
        return ReleaseDay(date(int(match[1]), 12, 31), True, None)
    return None


MONTH = "|".join(sorted({*MONTHS_EN, *MONTHS_ES, "sept", *MONTH_TOKENS}, key=len, reverse=True))
YEAR = r"(20\d\d|\d\d(?![ _,-]+20\d\d))(?!\d)"  # "sep 17, 2025" is no month of 2017


def _day_in_name(name: str) -> date | None:
    """The day in names such as ``…_20250917``: the day of the download."""
    for match in re.finditer(r"(?<!\d)(20\d\d)([-_]?)(\d\d)\2(\d\d)(?!\d)", name):
        with suppress(ValueError):
            return date(int(match[1]), int(match[3]), int(match[4]))
    return None


def _month_in_name(name: str) -> date | None:
    """The last day of the month in names such as ``IDVFC_NM_jun25``, ``fy22-fy25-nov`` or ``fy25m11``."""
    text = name.lower()
    if match := re.search(rf"fy(?:20)?(\d\d)-({MONTH})(?![a-z])", text):
        number = MONTH_TOKENS[match[2][:3]]
        return month_end(date(2000 + int(match[1]) - (number >= 10), number, 1))
    if match := re.search(r"fy(?:20)?(\d\d)m(0[1-9]|1[0-2])(?!\d)", text):
        number = int(match[2])  # of the calendar: fy25m11 is November 2024
        return month_end(date(2000 + int(match[1]) - (number >= 10), number, 1))
    if match := re.search(rf"(?<![a-z])({MONTH})[ _-]?{YEAR}", text):
        return month_end(date(2000 + int(match[2]) % 100, MONTH_TOKENS[match[1][:3]], 1))
    return None


def _closed_year(name: str) -> date | None:
    """September of the last fiscal year, for the closed windows ``fy19-fy22`` that name no month."""
    match = re.search(r"fy(?:20)?\d\d-fy(?:20)?(\d\d)(?!\d)", name.lower())
    return date(2000 + int(match[1]), 9, 30) if match else None


def all_vintages(root: Path, source: str | None = None) -> list[Vintage]:
    """Every vintage in the store (of one source), oldest release first."""
    found = [
        _read_record(path)
        for path in root.glob(f"{source or '*'}/*/{RECORD}")
        if not path.parent.name.startswith(".")
    ]
    return sorted(found, key=in_order)


def in_order(one: Vintage) -> tuple[str, date, date, str]:
    """What releases are sorted by: those of a source from the first to the last."""
    return (one.source, one.released, one.data_month or date.min, one.id)


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
    """The vintage of a source that holds this very table already, whatever it was wrapped in."""
    found: Iterator[Vintage] = (
        one for one in all_vintages(root, source) if one.content_sha256 == content_sha256
    )
    return next(found, None)


@dataclass(frozen=True)
class Check:
    """That a file was offered on a day and turned out to be one we hold: checked, unchanged."""

    day: date
    vintage: str


def record_check(root: Path, vintage: Vintage, day: date) -> None:
    """Append to ``checked.csv`` of the vintage's source, once a day, that its file was seen again."""
    path = root / vintage.source / CHECKED
    if Check(day, vintage.id) not in checks(root, vintage.source):
        header = "" if path.exists() else "day,vintage\n"
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{header}{day.isoformat()},{vintage.id}\n")


def checks(root: Path, source: str | None = None) -> list[Check]:
    """Every check recorded in the store (of one source), in the order of recording. Raises DataError."""
    found = []
    for path in sorted(root.glob(f"{source or '*'}/{CHECKED}")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                try:
                    found.append(Check(date.fromisoformat(row["day"]), row["vintage"]))
                except (KeyError, TypeError, ValueError) as error:
                    todo = "mend that line, or delete the file: only the memory of checks is lost"
                    raise DataError(str(path), "day,vintage", str(error), todo) from None
    return found


def refuse_clock_set_back(root: Path, today: date) -> None:
    """Raises DataError where ``today``, this machine's day, lies before the newest day recorded in the store.

    A release received by such a clock would seem known on days on which nobody had it, and every view as of
    those days would change.
    """
    newest, path = max(_recorded_days(root), default=(date.min, root))
    if today + TIME_ZONES < newest:
        remedy = "that line" if path.name == CHECKED else "that folder, and add its file again"
        todo = (
            f"set this machine's clock right and try again; where it is right, {newest} was written by a clock "
            f"that was fast: delete {remedy}"
        )
        raise DataError(
            str(path), f"no day after {today}, which this machine's clock tells", f"{newest}", todo
        )


def _recorded_days(root: Path) -> Iterator[tuple[date, Path]]:
    """Every day that is recorded in the store, and where; what is broken stops its own source, not this."""
    for folder in root.glob("[!.]*"):
        with suppress(DataError):
            yield from (
                (one.received, one.path(root).with_name(RECORD)) for one in all_vintages(root, folder.name)
            )
        with suppress(DataError):
            yield from ((one.day, folder / CHECKED) for one in checks(root, folder.name))


def store(root: Path, vintage: Vintage, data: bytes) -> Path:
    """Write a vintage's folder: to a temporary name, then renamed, so that it is whole or absent."""
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
            raise DataError(
                str(final), "no folder of this vintage yet", "one that was not whole", todo
            ) from None
        raise
    return final


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def libraries() -> str:
    """Return the libraries that read the files of agencies with their versions: another version may read otherwise."""
    from importlib.metadata import version

    return "\0".join(f"{name} {version(name)}" for name in LIBRARIES)
