"""The whole report in one file: nothing is named twice, every link leads somewhere, nothing is asked for."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from indicators.errors import UsageError
from indicators.report import page, site
from indicators.report.outputs import PageError

PAGE = """<html><head><link rel="stylesheet" href="../../assets/{css}">
<script src="../../assets/{js}" data-plotly="../../assets/{plotly}"></script></head><body>
<main id="content" tabindex="-1">
<section class="opening"><h1 id="title">{title} &amp; more</h1>
<aside class="warnings">Mind {title}</aside>
<details class="code"><summary>Code</summary><pre>view.secret()</pre></details></section>
<section aria-labelledby="trend"><h2 id="trend">Trend</h2>
<p><a href="#title">up</a> <a href="{other}.html#trend">there</a> <a href="{other}.html">start</a>
<a href="https://example.org/a.html">out</a></p>
<figure id="figure-x" aria-labelledby="x-title x-alt"><p id="x-title">X</p><p id="x-alt">alt</p>
<rect fill="url(#x-none)"/><pattern id="x-none"/>
<script type="application/json">{{"id": "figure-x", "href": "#title"}}</script>
<p class="save"><a href="../data/en/x.csv" download="x.csv">CSV</a></p></figure></section>
</main></body></html>"""


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    page.write_assets(tmp_path)
    names = {"css": page.asset_name("report.css"), "js": page.asset_name("report.js"), "plotly": page.PLOTLY}
    folder = tmp_path / "2024Q4"
    (folder / "en").mkdir(parents=True)
    for name, other in (("first", "second"), ("second", "first")):
        html = PAGE.format(title=name.title(), other=other, **names)
        (folder / "en" / f"{name}.html").write_text(html, encoding="utf-8")
    run = {
        "quarter": "2024Q4", "as_of": "2025-01-31", "languages": ["en"], "published": True,
        "pages": ["first", "second"],
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return tmp_path


class Pointers(HTMLParser):
    """The ids of a page, and what points at them."""

    def __init__(self):
        super().__init__()
        self.ids, self.pointed = [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        for name in ("aria-labelledby", "aria-describedby"):
            self.pointed += (given.get(name) or "").split()
        if (given.get("href") or "").startswith("#"):
            self.pointed.append(given["href"][1:])
        self.pointed += re.findall(r"url\(#([^)]+)\)", given.get("fill") or "")


def test_no_id_is_there_twice_and_every_pointer_leads_to_one(reports):
    found = Pointers()
    found.feed(site.write(reports, "2024Q4", "en").read_text(encoding="utf-8"))
    assert len(set(found.ids)) == len(found.ids)
    assert {"first--trend", "second--trend", "first--x-none"} <= set(found.ids)
    assert set(found.pointed) <= set(found.ids)
    assert {"first", "second", "first--trend", "second--x-alt"} <= set(found.pointed)


def test_it_holds_every_page_and_needs_no_file(reports):
    html = site.write(reports, "2024Q4", "en").read_text(encoding="utf-8")
    assert "First &amp; more</a>" in html
    assert "Second &amp; more</h1>" in html
    unscripted = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    assert not re.findall(r'(?:src|href)="(?!#|data:|https://example\.org)', unscripted)
    assert 'href="https://example.org/a.html"' in html
    assert "view.secret()" not in html
    assert html.count(page.assets()[page.PLOTLY].decode()[:200]) == 1
    assert "Mind First" in html
    assert "Mind Second" not in html  # the same banner stands on every page


def test_data_of_a_chart_is_left_as_it_is(reports):
    html = site.write(reports, "2024Q4", "en").read_text(encoding="utf-8")
    assert html.count('{"id": "figure-x", "href": "#title"}') == 2


def test_the_policy_knows_each_script_by_its_hash(reports):
    html = site.write(reports, "2024Q4", "en").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1].replace("&#39;", "'")
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert len(scripts) == 2
    assert [script for script in scripts if site.hash_source(script) not in policy] == []
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert not re.search("https?:", policy)


def test_the_same_pages_give_the_same_bytes(reports):
    assert site.write(reports, "2024Q4", "en").read_bytes() == site.write(reports, "2024Q4", "en").read_bytes()


@pytest.mark.parametrize(("name", "lang"), [("2024Q3", "en"), ("2024Q4", "es")])
def test_a_report_that_is_not_there_is_named(reports, name, lang):
    with pytest.raises(UsageError, match=f"no report {name} in {lang}: make it first"):
        site.write(reports, name, lang)


def test_a_page_that_is_not_ours_is_named(reports):
    (reports / "2024Q4" / "en" / "second.html").write_text("<h1>Title</h1>", encoding="utf-8")
    with pytest.raises(PageError, match=r"second\.html has no content"):
        site.write(reports, "2024Q4", "en")
