"""What was fetched from which address: so that a file that did not change is not asked for again.

``data/processed/fetched.json`` may be deleted at any time: only the next answers are then longer.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from indicators import files
from indicators.releases import store
from indicators.releases.store import Vintage

FILE = "fetched.json"


@dataclass(frozen=True)
class Mark:
    """The vintage of a source that an address gave, and the server's own marks of that answer."""

    source: str
    vintage: str
    etag: str = ""
    last_modified: str = ""


class Seen:
    """The marks of every address, kept in ``folder``; only those count whose vintage the store still holds."""

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
        """The vintage that this address gave, where the store still holds it."""
        mark = self._marks.get(url)
        if mark is None:
            return None
        held = store.all_vintages(self._raw, mark.source)
        return next((one for one in held if one.id == mark.vintage), None)

    def conditions(self, url: str) -> dict[str, str]:
        """The headers that ask for a file only if it changed since; none where we do not hold it."""
        if not self.vintage(url):
            return {}
        mark = self._marks[url]
        asked = {"If-None-Match": mark.etag, "If-Modified-Since": mark.last_modified}
        return {name: value for name, value in asked.items() if value}

    def version(self, url: str) -> str:
        """The mark of the answer that this address gave; empty where we do not hold it."""
        return self._marks[url].etag if self.vintage(url) else ""

    def remember(self, url: str, vintage: Vintage, headers: Mapping[str, str]) -> None:
        """Keep the marks of an answer that is in the store now."""
        mark = Mark(vintage.source, vintage.id, headers.get("etag", ""), headers.get("last-modified", ""))
        with self._lock:
            self._marks[url] = mark
            content = {one: asdict(kept) for one, kept in sorted(self._marks.items())}
            with files.file(self._path) as beside:
                beside.write_text(json.dumps(content, indent=1), encoding="utf-8")
