"""An executed notebook as a page of the report: one language, no request to anywhere, the same bytes each time."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from typing import Any

from markupsafe import Markup
from nbformat import NotebookNode

from indicators.charts import tables, tile_map
from indicators.charts.tables import TONE_MARKS
from indicators.i18n import Text
from indicators.report import assets, navigation, quarter, template
from indicators.report.outputs import Block, blocks
from indicators.report.prose import PageError, Prose

__all__ = ["Facts", "PageError", "render"]


def policy(scripts: str = "'self' file:") -> str:
    """Return the Content-Security-Policy of every page: no request leaves the browser.

    ``scripts`` are the sources of scripts, by default the files beside the page. ``connect-src`` is for the browser's
    own questions to the page's server, such as for ``robots.txt``.
    """
    return (
        f"default-src 'none'; connect-src 'self'; script-src {scripts}; style-src 'self' file: 'unsafe-inline';"
        " img-src 'self' data: blob:; base-uri 'none'; form-action 'none'"
    )


@dataclass(frozen=True)
class Facts:
    """What a page says about itself.

    ``name`` is the page's file without ``.html``; ``pages`` are name and title of all pages of the report, in
    order; ``vintages`` says what the figures stand on (the edition, or the releases), ``warnings`` what a
    reader must know first, ``overdue`` which sources are stale (folded where they are many).
    Addresses are relative to the page.
    """

    lang: str
    name: str
    quarter: str
    as_of: date
    pages: tuple[tuple[str, str], ...] = ()
    vintages: str = ""
    warnings: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()
    licence: str = "MIT"
    json_ld: Mapping[str, Any] = field(default_factory=dict)
    data: str = "../data"
    run_json: str = "../run.json"
    index: str = "../../index.html"
    assets: str = "../../assets"

    @property
    def other(self) -> str:
        """The other language."""
        return "es" if self.lang == "en" else "en"


@dataclass
class Section:
    """What stands under one heading of the second level; the first section has none."""

    id: str
    title: str
    blocks: list[Block] = field(default_factory=list)


def render(notebook: NotebookNode, facts: Facts) -> str:
    """Return the page of an executed notebook. Raise PageError for an output that a page cannot show."""
    text = Text(facts.lang)
    sections = _sections(notebook, facts.lang)
    title = sections[0].title
    page = {
        "facts": facts,
        "t": text.t,
        "text": text,
        "title": title,
        "description": _description(sections[0]),
        "quarter": quarter.words(facts.quarter, text),
        "sections": sections,
        "groups": list(navigation.grouped(facts.pages, facts.name)),
        "contents": [section for section in sections if section.id],
        "plotly": assets.PLOTLY,
        "style": assets.name("report.css"),
        "script": assets.name("report.js"),
        "policy": policy(),
        "figure_json": figure_json,
        "json_ld": _safe_json(facts.json_ld) if facts.json_ld else "",
        "table_html": lambda payload: Markup(tables.html(payload)),
        "tally": tally,
        "map_html": lambda payload: Markup(tile_map.svg(payload)),
        "csv_address": lambda payload: f"{facts.data}/{facts.lang}/{payload['id']}.csv",
    }
    return template.filled("page.html.j2", page=page)


def _sections(notebook: NotebookNode, lang: str) -> list[Section]:
    """The blocks under their headings. Raises PageError unless there is one title (``# …``), and first."""
    prose = Prose()
    sections = [Section("", "")]
    for block in blocks(notebook, lang):
        if block.kind != "prose":
            sections[-1].blocks.append(block)
            continue
        for part in re.split(r"(?=<h2 )", prose.html(block.content)):
            if match := re.match(r'<h2 id="([^"]+)"', part):
                heading = next(one for one in prose.headings if one.id == match[1])
                sections.append(Section(heading.id, heading.text))
            if part.strip():
                sections[-1].blocks.append(Block("prose", Markup(part)))
    titles = [heading for heading in prose.headings if heading.level == 1]
    if len(titles) != 1 or prose.headings[0].level != 1:
        raise PageError(
            f"a page in {lang} begins with its one title (# …); found {[one.text for one in titles]}"
        )
    sections[0].title = titles[0].text
    return sections


def _description(first: Section) -> str:
    """The first paragraph as plain words, for the page's description."""
    for block in first.blocks:
        if block.kind == "prose" and (match := re.search(r"<p>(.*?)</p>", block.content, re.DOTALL)):
            words = unescape(re.sub(r"<[^>]+>", "", match[1])).replace("\n", " ")
            return words if len(words) <= 160 else words[:159].rsplit(" ", 1)[0] + "…"
    return first.title


def tally(payload: Mapping[str, Any]) -> list[tuple[str, int]]:
    """How many lines of the scorecard have a badge of each tone, none included; nothing for another table."""
    if payload["id"] != "scorecard":
        return []
    cells = [cell for row in payload["rows"] for cell in row if isinstance(cell, dict)]
    counted = Counter(cell["badge"] for cell in cells if "badge" in cell)
    return [(tone, counted[tone]) for tone in TONE_MARKS]


def figure_json(payload: Mapping[str, Any]) -> Markup:
    """What report.js draws a chart from; lists that many traces share are written once, in ``shared``."""
    shared: dict[str, int] = {}
    counted: dict[str, int] = {}
    lists = [
        (trace, key, json.dumps(trace[key], ensure_ascii=False))
        for trace in (dict(one) for one in payload["figure"]["data"])
        for key in trace
        if isinstance(trace[key], list) and len(trace[key]) > 4
    ]
    for _, _, words in lists:
        counted[words] = counted.get(words, 0) + 1
    traces = [dict(one) for one in payload["figure"]["data"]]
    for trace in traces:
        for key, value in trace.items():
            words = json.dumps(value, ensure_ascii=False)
            if counted.get(words, 0) > 1:
                trace[key] = {"shared": shared.setdefault(words, len(shared))}
    content = {
        "data": traces,
        "shared": [json.loads(words) for words in shared],
        "layout": payload["figure"]["layout"],
        "narrow": payload["narrow"],
        "export": payload["export"],
    }
    return _safe_json(content)


def _safe_json(content: Mapping[str, Any]) -> Markup:
    """JSON for the inside of a script element, which no text in it can close."""
    words = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&":
        words = words.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(words)
