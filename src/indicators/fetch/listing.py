"""A page that links to the files: which of its links are the newest, and what they lead to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

from indicators import catalog
from indicators.catalog.downloads import Listing
from indicators.fetch.client import Answer
from indicators.fetch.file import Asking, File, Unchanged, ask, data_month
from indicators.fetch.problem import Problem
from indicators.readers.files import decode

SMALLEST_PAGE_BYTES = 5_000  # the robot checks that were met have 1,850 to 2,263 bytes
GATE_WORDS = (b"challenge validation", b"incapsula", b"access denied", b"verify you are human")


@dataclass(frozen=True)
class Link:
    """A link that counts: the address of its file, its window, and its place among those of the window.

    ``folder`` is the folder ``vintage-…`` that its address stands for, where it says one.
    """

    url: str
    window: str
    folder: str
    rank: tuple[date, int]


def files(way: Listing, asking: Asking) -> Iterator[File | Unchanged | Problem]:
    """The newest file of each window. Raises Problem where the page has none; a file's own is a result."""
    page = asking.client.page(way.page, way.reached(), limit_mb=way.limit_mb)
    found = newest(way, asking.source, page)
    if not found:
        text = page.body.lower()
        if len(text) < SMALLEST_PAGE_BYTES or any(word in text for word in GATE_WORDS):
            what = f"a robot check (a page of {len(text):,} bytes)"
            raise Problem("gate", way.page, "the page that lists the files", what)
        raise Problem("moved", way.page, f"a link like {way.label or way.link}", "none")
    for link in found:
        try:
            if file := ask(link.url, way, asking, folder=link.folder):
                yield file
        except Problem as problem:
            yield problem


def newest(way: Listing, source: catalog.Source, page: Answer) -> list[Link]:
    """Of the page's links that count, the newest of each window, in the page's order."""
    best: dict[str, Link] = {}
    for address, words in _links(page):
        path = unquote(urlsplit(address).path)
        match = re.search(f"{way.link}$", path)
        if match and re.search(way.label, _plain(words)):
            groups = match.groupdict()
            url = way.download.format(**groups) if way.download else address
            again = re.search(r"_(\d+)\.\w+$", path)
            month = data_month(path.rsplit("/", 1)[-1], source) or date.min
            rank = (month, int(again[1]) if again else -1)
            link = Link(url, groups.get("window", url), way.folder.format(**groups), rank)
            if link.window not in best or rank > best[link.window].rank:
                best[link.window] = link
    return list(best.values())


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append((dict(attrs).get("href") or "", ""))
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "a"

    def handle_data(self, data: str) -> None:
        if self._open:
            href, words = self.found[-1]
            self.found[-1] = (href, words + data)


def _links(page: Answer) -> Iterator[tuple[str, str]]:
    """The whole address and the words of every link; one that is no address is passed over."""
    parser = _Links()
    parser.feed(decode(bytes(page.body))[0])
    for href, words in parser.found:
        with suppress(ValueError):
            yield urljoin(page.url, href.strip()), words


def _plain(words: str) -> str:
    """Lower case, no accents, single blanks."""
    apart = unicodedata.normalize("NFKD", words.casefold())
    return " ".join("".join(one for one in apart if not unicodedata.combining(one)).split())
