"""An executed notebook as a page of the report: one language, no request to anywhere, the same bytes each time."""

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
from itertools import count
from pathlib import Path
from typing import Any

import mistune
from markupsafe import Markup
from nbformat import NotebookNode

from indicators.charts import style, tables, tile_map
from indicators.charts.style import templates
from indicators.charts.tables import TONE_MARKS
from indicators.files import replace_file
from indicators.i18n import Text
from indicators.report.data_package import LICENCE
from indicators.report.outputs import Block, PageError, blocks
from indicators.report.view import quarter_words


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
    """The report and the page around a notebook.

    ``name`` is the page's file without ``.html``; ``pages`` are name and title of all pages of the report, in order;
    ``vintages`` is a sentence on the edition or the releases behind the figures, ``warnings`` come before the figures,
    and ``overdue`` are the warnings of stale sources (folded where they are many). ``signed`` is the sign-off of
    headlines, on the page of data quality.
    """

    lang: str
    name: str
    quarter: str
    as_of: date
    pages: tuple[tuple[str, str], ...] = ()
    vintages: str = ""
    warnings: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()
    json_ld: Mapping[str, Any] = field(default_factory=dict)

    @property
    def other(self) -> str:
        """The other language."""
        return "es" if self.lang == "en" else "en"


@dataclass
class Section:
    """The blocks under one heading of the second level; the first section has no heading."""

    id: str
    title: str
    blocks: list[Block] = field(default_factory=list)


def render(notebook: NotebookNode, facts: Facts) -> str:
    """Return the page of an executed notebook. Raise PageError for an output that a page cannot show."""
    text = Text(facts.lang)
    sections = _sections(notebook, facts.lang)
    page = {
        "facts": facts,
        "t": text.t,
        "text": text,
        "title": sections[0].title,
        "description": _description(sections[0]),
        "quarter": quarter_words(facts.quarter, text),
        "sections": sections,
        "licence": LICENCE,
        "groups": list(grouped(facts.pages, facts.name)),
        "contents": [section for section in sections if section.id],
        "plotly": PLOTLY,
        "style": asset_name("report.css"),
        "script": asset_name("report.js"),
        "policy": policy(),
        "figure_json": figure_json,
        "json_ld": _safe_json(facts.json_ld) if facts.json_ld else "",
        "table_html": lambda payload: Markup(tables.html(payload)),
        "tally": tally,
        "edge": style.EDGE,
        "map_html": lambda payload: Markup(tile_map.svg(payload)),
    }
    return render_template("page.html.j2", page=page)


def _sections(notebook: NotebookNode, lang: str) -> list[Section]:
    """Return the blocks under their headings. Raise PageError unless the page begins with its one title (``# …``)."""
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
        found = [one.text for one in titles]
        raise PageError(f"a page in {lang} begins with its one title (# …); found {found}")
    sections[0].title = titles[0].text
    return sections


def _description(first: Section) -> str:
    """Return the first paragraph as plain words, for the page's description."""
    for block in first.blocks:
        if block.kind == "prose" and (match := re.search(r"<p>(.*?)</p>", block.content, re.DOTALL)):
            words = unescape(re.sub(r"<[^>]+>", "", match[1])).replace("\n", " ")
            return words if len(words) <= 160 else words[:159].rsplit(" ", 1)[0] + "…"
    return first.title


def tally(payload: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return the count of the scorecard's badges of each tone, zeros included; nothing for another table."""
    if payload["id"] != "scorecard":
        return []
    cells = [cell for row in payload["rows"] for cell in row if isinstance(cell, dict)]
    counted = Counter(cell["badge"] for cell in cells if "badge" in cell)
    return [(tone, counted[tone]) for tone in TONE_MARKS]


def figure_json(payload: Mapping[str, Any]) -> Markup:
    """Return the JSON from which report.js draws a chart; ``shared`` has each long list of several traces once."""
    traces = [
        {key: (value, json.dumps(value, ensure_ascii=False)) for key, value in trace.items()}
        for trace in payload["figure"]["data"]
    ]
    long = [pair for trace in traces for pair in trace.values() if isinstance(pair[0], list) and len(pair[0]) > 4]
    counted = Counter(words for _, words in long)
    numbers = {words: number for number, words in enumerate(one for one in counted if counted[one] > 1)}
    content = {
        "data": [
            {key: {"shared": numbers[words]} if words in numbers else value for key, (value, words) in trace.items()}
            for trace in traces
        ],
        "shared": [json.loads(words) for words in numbers],
        "layout": payload["figure"]["layout"],
        "narrow": payload["narrow"],
        "export": payload["export"],
    }
    return _safe_json(content)


def _safe_json(content: Mapping[str, Any]) -> Markup:
    """Return JSON for the inside of a script element, which no text in it can close."""
    words = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&":
        words = words.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(words)


OWN_ID = re.compile(r"\s*\{#([a-z][a-z0-9-]*)\}\s*$")


@dataclass(frozen=True)
class Heading:
    """A heading of a page."""

    level: int
    id: str
    text: str


def slug(words: str) -> str:
    """Return words as an id: ``Qué cambió, y cuánto`` is ``que-cambio-y-cuanto``."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "section"


class Prose(mistune.HTMLRenderer):
    """The converter of a page's markdown cells, one after another; the ids of their ``headings`` are unique."""

    def __init__(self) -> None:
        super().__init__(escape=True)
        self.headings: list[Heading] = []
        self.convert = mistune.create_markdown(renderer=self, plugins=["table"])

    def html(self, markdown: str) -> str:
        """Return a cell as HTML. Raise PageError for a picture."""
        made = self.convert(markdown)
        assert isinstance(made, str)
        scroll = '<div class="scroll" tabindex="0" role="group"><table>'
        return made.replace("<table>", scroll).replace("</table>", "</table></div>")

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        """Return a heading with its own id (``{#id}``), or else the slug of its words."""
        own, shown = OWN_ID.search(text), OWN_ID.sub("", text)
        words = unescape(re.sub(r"<[^>]+>", "", shown))
        wanted = own[1] if own else slug(words)
        taken = {heading.id for heading in self.headings}
        free = next(one for n in count(1) if (one := f"{wanted}-{n}" if n > 1 else wanted) not in taken)
        self.headings.append(Heading(level, free, words))
        return f'<h{level} id="{free}">{shown}</h{level}>\n'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Raise PageError."""
        raise PageError(f'a page loads no picture: "{url}" in the prose; make it a chart, a map or a table')


GROUPS = {  # the beginnings of the pages' names
    "overview": ("scorecard", "context"),
    "outcomes": ("overdoses", "homicides", "missing-persons"),
    "places": ("states", "corridor"),
    "enforcement": ("encounters", "seizures"),
    "institutions": ("governance", "published", "fact-check"),
    "method": ("coverage", "revisions", "data-quality", "methods"),
}
OTHER = "method"  # the group of a page that no group names


@dataclass(frozen=True)
class Group:
    """Pages that belong together, as name and title; ``id`` is the key of the group's title."""

    id: str
    pages: tuple[tuple[str, str], ...]
    current: bool


def group_of(name: str) -> str:
    """Return the group of a page, by its name."""
    return next((group for group, begins in GROUPS.items() if name.startswith(begins)), OTHER)


def grouped(pages: Sequence[tuple[str, str]], current: str) -> Iterator[Group]:
    """Yield the groups that have pages, in their order, for a reader of the page ``current``."""
    for group in GROUPS:
        inside = tuple(page for page in pages if group_of(page[0]) == group)
        if inside:
            yield Group(group, inside, group_of(current) == group)


HERE = Path(__file__).parent
PLOTLY = "plotly-cartesian-4.1.1.min.js"
render_template = templates(HERE / "templates")


def asset(file: str) -> bytes:
    """Return a file in ``static`` as published: the style sheet after the colours of the charts."""
    content = (HERE / "static" / file).read_bytes()
    return style.css_variables().encode() + content if file.endswith(".css") else content


@cache
def assets() -> dict[str, bytes]:
    """Return every file that all pages share, by its published name."""
    return {
        PLOTLY: gzip.decompress(asset(f"{PLOTLY}.gz")),
        "PLOTLY-LICENSE.txt": asset("PLOTLY-LICENSE.txt"),
        **{asset_name(file): asset(file) for file in ("report.css", "report.js")},
    }


@cache
def asset_name(file: str) -> str:
    """Return the published name of our style sheet or script: ``report-1a2b3c4d.css``."""
    stem, suffix = file.split(".")
    return f"{stem}-{sha256(asset(file)).hexdigest()[:8]}.{suffix}"


def write_assets(reports: Path) -> list[Path]:
    """Write the shared files into ``reports/assets`` where missing or different; return the written paths."""
    folder = reports / "assets"
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in assets().items():
        path = folder / name
        if not path.exists() or path.read_bytes() != content:
            with replace_file(path) as beside:
                beside.write_bytes(content)
            written.append(path)
    return written
