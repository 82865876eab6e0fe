"""A whole report in one language as one file for a mail: every page one below the other, nothing beside it needed.

Made from the pages that lie in the report's folder, so that what is mailed is what was published. Left out are
the code and the CSV files; the numbers stay as tables.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from markupsafe import Markup

from indicators import files
from indicators.errors import UsageError
from indicators.i18n import Text
from indicators.report import quarter, record, template
from indicators.report.page import policy
from indicators.report.prose import PageError

FOLDER = "mail"
MAIN = re.compile(r'<main id="content"[^>]*>(.*)</main>', re.DOTALL)
SHARED = re.compile(r'(?:href|src|data-plotly)="\.\./\.\./assets/([^"]+)"')
KINDS = {"style": r"report-.*\.css", "script": r"report-.*\.js", "bundle": r"plotly-.*\.js"}
LEFT_OUT = re.compile(r'<details class="code">.*?</details>|<a href="\.\./data/[^>]*>[^<]*</a>', re.DOTALL)
FIRST_PAGE_ONLY = re.compile(r'<aside class="warnings".*?</aside>', re.DOTALL)
SCRIPT = re.compile(r"(<script\b.*?</script>)", re.DOTALL)
POINTERS = re.compile(r' (id|aria-labelledby|aria-describedby)="([^"]+)"')


def write(reports: Path, name: str, lang: str) -> Path:
    """Write ``mail/cross-border-crime-indicators-<quarter>-<lang>.html`` and return its path.

    Raises UsageError where there is no such report, PageError where a page of it is not one of ours.
    """
    run = record.read_run(reports / name)
    if run is None or lang not in run["languages"]:
        raise UsageError(f"there is no report {name} in {lang}: make it first, `indicators report {name}`")
    pages = {
        page: (reports / name / lang / f"{page}.html").read_text(encoding="utf-8") for page in run["pages"]
    }
    path = reports / FOLDER / f"cross-border-crime-indicators-{name}-{lang}.html"
    with files.file(path) as beside:
        beside.write_text(_html(reports / "assets", run, lang, pages), encoding="utf-8")
    return path


def _html(assets: Path, run: dict[str, Any], lang: str, pages: dict[str, str]) -> str:
    text = Text(lang)
    style, script, plotly = (_shared(assets, next(iter(pages.values())), kind) for kind in KINDS)
    return template.filled(
        "single.html.j2",
        t=text.t,
        lang=lang,
        quarter=quarter.words(run["quarter"], text),
        draft=not run["published"],
        chapters=[
            (name, _title(name, html), Markup(_chapter(name, html, pages, first=number == 0)))
            for number, (name, html) in enumerate(pages.items())
        ],
        style=style,
        script=script,
        plotly=plotly,
        policy=policy(f"{hash_source(script)} {hash_source(plotly)}"),
    )


def _shared(assets: Path, html: str, kind: str) -> Markup:
    """The style, script or bundle that a page was published with, for the inside of an element."""
    found = next((file for file in SHARED.findall(html) if re.fullmatch(KINDS[kind], file)), None)
    if not found:
        raise PageError(f"a page of the report names no {kind}: make the report anew")
    content = (assets / found).read_text(encoding="utf-8")
    return Markup(re.sub(r"</(?=script|style)", r"<\\/", content, flags=re.IGNORECASE))


def hash_source(script: str) -> str:
    """What a content security policy calls an inline script by."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


def _title(name: str, html: str) -> Markup:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    if not found:
        raise PageError(f"{name}.html has no title: make the report anew")
    return Markup(found[1])


def _chapter(name: str, html: str, pages: dict[str, str], first: bool) -> str:
    """What stands in a page, its ids and links made its own among all pages."""
    found = MAIN.search(html)
    if not found:
        raise PageError(f"{name}.html has no content: make the report anew")
    content = LEFT_OUT.sub("", found[1] if first else FIRST_PAGE_ONLY.sub("", found[1]))
    content = re.sub(r"<section aria-labelledby=\"[^\"]+\"", "<section", content)  # two may have one name
    parts = SCRIPT.split(content)
    return "".join(part if part.startswith("<script") else _own(name, part, pages) for part in parts)


def _own(name: str, part: str, pages: dict[str, str]) -> str:
    part = POINTERS.sub(lambda one: f' {one[1]}="{" ".join(f"{name}--{id}" for id in one[2].split())}"', part)
    part = re.sub(r'href="#([^"]+)"', rf'href="#{name}--\1"', part)
    part = re.sub(r"url\(#", f"url(#{name}--", part)

    def inside(link: re.Match[str]) -> str:
        page, fragment = link[1], link[2]
        return f'href="#{page}{f"--{fragment}" if fragment else ""}"' if page in pages else link[0]

    return re.sub(r'href="([a-z0-9-]+)\.html(?:#([^"]+))?"', inside, part)
