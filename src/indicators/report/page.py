"""An executed notebook as a page of the report: one language, no request to anywhere, the same bytes each time."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

import mistune
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from nbformat import NotebookNode

from indicators.charts import style, tables, tile_map
from indicators.charts.tables import TONE_MARKS
from indicators.files import replace_file
from indicators.i18n import Text
from indicators.report import view
from indicators.report.outputs import Block, PageError, blocks


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
        "quarter": view.quarter_words(facts.quarter, text),
        "sections": sections,
        "groups": list(grouped(facts.pages, facts.name)),
        "contents": [section for section in sections if section.id],
        "plotly": PLOTLY,
        "style": name("report.css"),
        "script": name("report.js"),
        "policy": policy(),
        "figure_json": figure_json,
        "json_ld": _safe_json(facts.json_ld) if facts.json_ld else "",
        "table_html": lambda payload: Markup(tables.html(payload)),
        "tally": tally,
        "edge": style.EDGE,
        "map_html": lambda payload: Markup(tile_map.svg(payload)),
        "csv_address": lambda payload: f"{facts.data}/{facts.lang}/{payload['id']}.csv",
    }
    return filled("page.html.j2", page=page)


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


OWN_ID = re.compile(r"\s*\{#([a-z][a-z0-9-]*)\}\s*$")


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


GROUPS = {  # the beginnings of the pages' names
    "overview": ("scorecard", "context"),
    "outcomes": ("overdoses", "homicides", "missing-persons"),
    "places": ("states", "corridor"),
    "enforcement": ("encounters", "seizures"),
    "institutions": ("governance", "published", "fact-check"),
    "method": ("coverage", "revisions", "data-quality", "methods"),
}
OTHER = "method"  # where a page goes that no group names


@dataclass(frozen=True)
class Group:
    """Pages that belong together, as name and title; ``id`` is the key of the group's title."""

    id: str
    pages: tuple[tuple[str, str], ...]
    current: bool


def group_of(name: str) -> str:
    """The group of a page, by its name."""
    return next((id for id, begins in GROUPS.items() if name.startswith(begins)), OTHER)


def grouped(pages: Sequence[tuple[str, str]], current: str) -> Iterator[Group]:
    """The groups that have pages, in their order, of a reader who is on the page ``current``."""
    for id in GROUPS:
        inside = tuple(page for page in pages if group_of(page[0]) == id)
        if inside:
            yield Group(id, inside, group_of(current) == id)


FOLDER = Path(__file__).parent / "templates"
SETTINGS: dict[str, Any] = {
    "autoescape": True,
    "undefined": StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
}


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(FOLDER), **SETTINGS)


def filled(name: str, **words: Any) -> str:
    """The template of this name with its words put in."""
    return _environment().get_template(name).render(words)


HERE = Path(__file__).parent / "static"
PLOTLY = "plotly-cartesian-4.1.1.min.js"


@cache
def files() -> dict[str, bytes]:
    """Every shared file by its published name."""
    return {
        PLOTLY: gzip.decompress((HERE / f"{PLOTLY}.gz").read_bytes()),
        "PLOTLY-LICENSE.txt": (HERE / "PLOTLY-LICENSE.txt").read_bytes(),
        name("report.css"): _content("report.css"),
        name("report.js"): _content("report.js"),
    }


@cache
def name(file: str) -> str:
    """The published name of our style sheet or script: ``report-1a2b3c4d.css``."""
    stem, suffix = file.split(".")
    return f"{stem}-{sha256(_content(file)).hexdigest()[:8]}.{suffix}"


def _content(file: str) -> bytes:
    """Return our style sheet or script as published: the style sheet after the colours of the charts."""
    content = (HERE / file).read_bytes()
    return style.css_variables().encode() + content if file.endswith(".css") else content


def read(file: str) -> str:
    """The text of a shared file, by its published name."""
    return files()[file].decode("utf-8")


def write_assets(reports: Path) -> list[Path]:
    """Write the shared files into ``reports/assets`` where missing or different; return what was written."""
    folder = reports / "assets"
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for file, content in files().items():
        path = folder / file
        if path.exists() and path.read_bytes() == content:
            continue
        with replace_file(path) as beside:
            beside.write_bytes(content)
        written.append(path)
    return written
