"""Markdown of the notebooks to HTML: raw HTML is escaped, headings get stable ids, nothing is loaded."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import mistune

from indicators.errors import IndicatorsError

OWN_ID = re.compile(r"\s*\{#([a-z][a-z0-9-]*)\}\s*$")


class PageError(IndicatorsError):
    """A notebook that cannot become a page without losing something."""


@dataclass(frozen=True)
class Heading:
    level: int
    id: str
    text: str


def slug(words: str) -> str:
    """``Qué cambió, y cuánto`` is ``que-cambio-y-cuanto``."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "section"


class _Renderer(mistune.HTMLRenderer):
    def __init__(self, headings: list[Heading]) -> None:
        super().__init__(escape=True)
        self.headings = headings

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        own = OWN_ID.search(text)
        shown = OWN_ID.sub("", text)
        words = unescape(re.sub(r"<[^>]+>", "", shown))
        wanted = own[1] if own else slug(words)
        taken = {heading.id for heading in self.headings}
        id = next(i for i in (wanted, *(f"{wanted}-{n}" for n in range(2, 1000))) if i not in taken)
        self.headings.append(Heading(level, id, words))
        return f'<h{level} id="{id}">{shown}</h{level}>\n'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        raise PageError(f'a page loads no picture: "{url}" in the prose; make it a chart, a map or a table')


@dataclass
class Prose:
    """Turns cells into HTML one after another, and remembers their headings: ids are unique in a page."""

    headings: list[Heading] = field(default_factory=list)

    def html(self, markdown: str) -> str:
        """Raises PageError for a picture."""
        convert = mistune.create_markdown(renderer=_Renderer(self.headings), plugins=["table"])
        made = convert(markdown)
        assert isinstance(made, str)
        scroll = '<div class="scroll" tabindex="0" role="group"><table>'
        return made.replace("<table>", scroll).replace("</table>", "</table></div>")
