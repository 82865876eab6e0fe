"""One file from one address, and the memory of addresses, by which an unchanged file is not downloaded again.

``data/processed/fetched.json`` may be deleted at any time: the next run then downloads more.
"""

import json
import re
import threading
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from indicators import catalog
from indicators.catalog.downloads import Dated, Listing
from indicators.fetch.client import Answer, Client, Problem
from indicators.files import replace_file
from indicators.releases import store
from indicators.releases.store import Vintage

FILE = "fetched.json"


@dataclass(frozen=True)
class Mark:
    """The vintage that came from an address, and the server's own marks of that answer."""

    source: str
    vintage: str
    etag: str = ""
    last_modified: str = ""


class Seen:
    """The marks of every address, in a file of ``folder``; a mark counts while its vintage is in the store."""

    def __init__(self, folder: Path, raw: Path) -> None:
        self._path, self._raw = folder / FILE, raw
        self._lock = threading.Lock()
        self._marks = self._read()

    def _read(self) -> dict[str, Mark]:
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            return {url: Mark(**mark) for url, mark in content.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def vintage(self, url: str) -> Vintage | None:
        """Return the vintage that came from this address, where it is still in the store."""
        mark = self._marks.get(url)
        vintages = store.all_vintages(self._raw, mark.source) if mark else []
        return next((one for one in vintages if mark and one.id == mark.vintage), None)

    def conditions(self, url: str) -> dict[str, str]:
        """Return the headers that ask for a file only if it changed; none where it is not in the store."""
        if not self.vintage(url):
            return {}
        mark = self._marks[url]
        asked = {"If-None-Match": mark.etag, "If-Modified-Since": mark.last_modified}
        return {name: value for name, value in asked.items() if value}

    def version(self, url: str) -> str:
        """Return the mark of the answer from this address; empty where its vintage is not in the store."""
        return self._marks[url].etag if self.vintage(url) else ""

    def remember(self, url: str, vintage: Vintage, headers: Mapping[str, str]) -> None:
        """Write the marks of an answer that is in the store now."""
        mark = Mark(vintage.source, vintage.id, headers.get("etag", ""), headers.get("last-modified", ""))
        with self._lock:
            self._marks[url] = mark
            content = {one: asdict(kept) for one, kept in sorted(self._marks.items())}
            with replace_file(self._path) as beside:
                beside.write_text(json.dumps(content, indent=1), encoding="utf-8")


MAX_NAME_BYTES = 200  # file systems take 255


@dataclass(frozen=True)
class File:
    """A file as it came from ``url``, with the ``marks`` of the server for the next time.

    ``released`` is the release day where the server says it; else it comes from the name or the ``folder``.
    """

    url: str
    name: str
    data: bytes | bytearray
    released: date | None = None
    folder: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Unchanged:
    """A file that the server says is the one in the store."""

    url: str
    vintage: Vintage


@dataclass(frozen=True)
class Asking:
    """The values that every request for a source's files needs."""

    source: catalog.Source
    client: Client
    seen: Seen
    today: date


def ask(
    url: str, way: Listing | Dated, asking: Asking, *, folder: str, absent: frozenset[int] = frozenset()
) -> File | Unchanged | None:
    """Return the file at an address; None for an answer with a status of ``absent``. Raise Problem."""
    answer = asking.client.get(
        url, way.reached(), limit_mb=way.limit_mb, conditions=asking.seen.conditions(url), absent=absent
    )
    if answer.status in absent:
        return None
    if answer.status == 304 and (vintage := asking.seen.vintage(url)):
        return Unchanged(url, vintage)
    if not answer.body:
        raise Problem("changed", url, "a file", "an empty answer")
    if answer.is_html():
        found = f"a web page with status 200 ({len(answer.body):,} bytes): a robot check, or a notice"
        raise Problem("gate", url, "a file", found)
    name = file_name(answer)
    if way.file and not re.fullmatch(way.file, name, re.IGNORECASE):
        raise Problem("changed", url, f"a file called like {way.file}", name)
    day = last_modified(answer, name, asking) if way.released == "last_modified" else None
    return File(url, name, answer.body, day, folder, marks=answer.headers)


def file_name(answer: Answer) -> str:
    """Return the server's name of the file, else the end of its address, without folders and hidden characters."""
    disposition = answer.headers.get("content-disposition", "")
    if match := re.search(r"filename\*\s*=\s*(utf-8|iso-8859-1)'[^']*'([^;]+)", disposition, re.IGNORECASE):
        name = unquote(match[2].strip(), match[1])  # goes before the plain one (RFC 6266)
    else:
        message = Message()
        message["content-disposition"] = disposition
        name = message.get_filename() or unquote(urlsplit(answer.url).path)
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    name = "".join(sign for sign in name if sign.isprintable())
    return name.encode(errors="ignore")[-MAX_NAME_BYTES:].decode(errors="ignore").lstrip(".") or "unnamed"


def data_month(name: str, source: catalog.Source) -> date | None:
    """Return the last month of a file's data by its name and the naming of its source."""
    day = store.release_day(Path(name), source.release)
    return day.data_month if day else None


def last_modified(answer: Answer, name: str, asking: Asking) -> date | None:
    """Return the day of the header, in the server's own time; None where it cannot be the release day.

    A release day is not before the end of the file's last month, and not after today.
    """
    try:
        day = parsedate_to_datetime(answer.headers.get("last-modified", "")).date()
    except ValueError:
        return None
    return day if (data_month(name, asking.source) or date.min) < day <= asking.today else None
