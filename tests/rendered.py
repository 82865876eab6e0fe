"""Figures and tables counted in an executed notebook and in the HTML of its page."""

import json
from collections import Counter
from html.parser import HTMLParser

from nbformat import NotebookNode

from indicators.report.outputs import payloads


def count_outputs(notebook: NotebookNode) -> Counter[str]:
    """Count figures (charts and maps, which have an ``alt``) and tables among the outputs, hidden cells included."""
    return Counter("figure" if "alt" in payload else "table" for payload in payloads(notebook))


class _Counter(HTMLParser):
    """A counter of figures with something to draw, and of tables with rows."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()
        self.inside = ""
        self.in_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.inside = attributes.get("data-output") or self.inside
        if (self.inside, tag) in (("figure", "svg"), ("table", "tbody")):
            self._count()
        self.in_data = tag == "script" and attributes.get("type") == "application/json"

    def handle_data(self, data: str) -> None:
        if self.in_data and self.inside == "figure" and json.loads(data)["data"]:
            self._count()
        self.in_data = False

    def _count(self) -> None:
        self.found[self.inside] += 1
        self.inside = ""


def count_rendered(html: str) -> Counter[str]:
    """Count figures with data to draw and tables with rows in a page."""
    counter = _Counter()
    counter.feed(html)
    return counter.found
