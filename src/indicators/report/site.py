"""The pages beside the reports: the index with its feed, and a report as a single file for a mail."""

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import polars as pl
from markupsafe import Markup

from indicators.charts.sparkline import headlines
from indicators.errors import UsageError
from indicators.files import replace_file
from indicators.i18n import LANGUAGES, Text
from indicators.periods import parse_day
from indicators.report import data_package, record
from indicators.report.data_package import SCHEMA
from indicators.report.outputs import PageError
from indicators.report.page import asset_name, policy, render_template
from indicators.report.record import Run
from indicators.report.view import quarter_words

VALUES = "data/metric_value.parquet"


def write_index(folder: Path) -> Path:
    """Write ``index.html``, in both languages on one page, and ``feed.xml``; return the path of the index."""
    runs = record.all_runs(folder)
    newest = next((run for run in runs if run["published"]), runs[0] if runs else None)
    values = _values(folder, newest)
    texts = {lang: Text(lang) for lang in LANGUAGES}
    has_data = {run["quarter"]: (folder / run["quarter"] / VALUES).exists() for run in runs}
    html = render_template(
        "index.html.j2",
        runs=runs,
        newest=newest,
        texts=texts,
        headlines={lang: list(headlines(values, text)) for lang, text in texts.items()},
        has_data=has_data,
        json_ld=data_package.catalogue([run for run in runs if has_data[run["quarter"]]]),
        day=parse_day,
        words=quarter_words,
        first_page=lambda run: f"{run['pages'][0]}.html",
        style=asset_name("report.css"),
        policy=policy(),
    )
    for file, content in {"feed.xml": feed(runs), "index.html": html}.items():
        with replace_file(folder / file) as beside:
            beside.write_text(content, encoding="utf-8")
    return folder / "index.html"


def _values(folder: Path, run: Run | None) -> pl.DataFrame:
    """Return every metric value of a report; none of a report that is older than the data folders."""
    path = folder / str(run["quarter"] if run else "") / VALUES
    return pl.read_parquet(path) if path.exists() else pl.DataFrame(schema=SCHEMA)


PROJECT = uuid5(NAMESPACE_URL, "urn:cross-border-crime-indicators")


def feed(runs: Sequence[Run]) -> str:
    """Return the feed of all published reports, newest first; a report has no time of day."""
    published = [run for run in runs if run["published"]]
    return render_template(
        "feed.xml.j2",
        runs=published,
        updated=max((run["as_of"] for run in published or runs), default="1970-01-01"),
        texts={lang: Text(lang) for lang in LANGUAGES},
        project=PROJECT,
        uuid=lambda name: uuid5(PROJECT, name),
        day=parse_day,
        words=quarter_words,
    )


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

    Raise UsageError without such a report, PageError for a page of another form.
    """
    run = record.read_run(reports / name)
    if run is None or lang not in run["languages"]:
        raise UsageError(f"there is no report {name} in {lang}: make it first, `indicators report {name}`")
    folder = reports / name / lang
    pages = {page: (folder / f"{page}.html").read_text(encoding="utf-8") for page in run["pages"]}
    path = reports / FOLDER / f"cross-border-crime-indicators-{name}-{lang}.html"
    with replace_file(path) as beside:
        beside.write_text(_html(reports / "assets", run, lang, pages), encoding="utf-8")
    return path


def _html(assets: Path, run: dict[str, Any], lang: str, pages: dict[str, str]) -> str:
    text = Text(lang)
    style, script, plotly = (_shared(assets, next(iter(pages.values())), kind) for kind in KINDS)
    return render_template(
        "single.html.j2",
        t=text.t,
        lang=lang,
        quarter=quarter_words(run["quarter"], text),
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
    """Return the style, script or bundle that a page was published with, for the inside of an element."""
    found = next((file for file in SHARED.findall(html) if re.fullmatch(KINDS[kind], file)), None)
    if not found:
        raise PageError(f"a page of the report names no {kind}: make the report anew")
    content = (assets / found).read_text(encoding="utf-8")
    return Markup(re.sub(r"</(?=script|style)", r"<\\/", content, flags=re.IGNORECASE))


def hash_source(script: str) -> str:
    """Return the name of an inline script in a content security policy."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


def _title(name: str, html: str) -> Markup:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    if not found:
        raise PageError(f"{name}.html has no title: make the report anew")
    return Markup(found[1])


def _chapter(name: str, html: str, pages: dict[str, str], first: bool) -> str:
    """Return the content of a page, with ids and links that are unique among all pages."""
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
