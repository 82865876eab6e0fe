"""The Atom feed of the published reports (RFC 4287): one entry for each report and each correction.

Addresses are relative to the feed itself, as no domain is known here. Who serves the feed from elsewhere than
the reports gives it an ``xml:base``. An entry's id is a UUID of its name (RFC 9562, version 5): it stays the same
wherever the reports lie, and claims no domain, as a ``tag:`` or an ``https:`` id would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

from indicators.i18n import LANGUAGES, Text
from indicators.periods import parse_day
from indicators.report import quarter

ATOM = "http://www.w3.org/2005/Atom"
PROJECT = uuid5(NAMESPACE_URL, "urn:cross-border-crime-indicators")
Run = Mapping[str, Any]


def feed(runs: Sequence[Run]) -> str:
    """The feed of the published ones of all reports, newest first."""
    texts = {lang: Text(lang) for lang in LANGUAGES}
    published = [run for run in runs if run["published"]]
    root = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": "en"})
    _add(root, "id", f"urn:uuid:{PROJECT}")
    _add(root, "title", " · ".join(text.t("page.project") for text in texts.values()))
    _add(root, "updated", _instant(max((run["as_of"] for run in published or runs), default="1970-01-01")))
    _add(_add(root, "author"), "name", texts["en"].t("data.creator"))
    _add(root, "link", rel="self", type="application/atom+xml", href="feed.xml")
    _add(root, "link", rel="alternate", type="text/html", href="index.html")
    for run in published:
        _entry(root, run, [texts[lang] for lang in run["languages"]])
    ElementTree.indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, "unicode")}\n'


def _entry(root: ElementTree.Element, run: Run, texts: Sequence[Text]) -> None:
    entry, name = _add(root, "entry"), run["quarter"]
    _add(entry, "id", f"urn:uuid:{uuid5(PROJECT, name)}")
    _add(entry, "title", " · ".join(quarter.words(name, text) for text in texts))
    _add(entry, "updated", _instant(run["as_of"]))
    said = [text.t("page.as_of", day=parse_day(run["as_of"])) for text in texts]
    _add(entry, "summary", ". ".join(filter(None, [" · ".join(said), run.get("note")])))
    for text in texts:
        page = f"{name}/{text.lang}/{run['pages'][0]}.html"
        _add(entry, "link", rel="alternate", type="text/html", hreflang=text.lang, href=page)


def _add(parent: ElementTree.Element, tag: str, content: str = "", **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, tag, attributes)
    child.text = content or None
    return child


def _instant(day: str) -> str:
    """A day as RFC 3339 wants it: nothing finer than the day is known of a report."""
    return f"{day}T00:00:00Z"
