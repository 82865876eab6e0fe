"""The pages of the newest report, in both languages and at two widths: one a kind, all of them when thorough."""

import os
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from indicators.paths import home

pytestmark = pytest.mark.browser
WIDTHS = (1280, 390)
MOST_BYTES = 300_000
MOST_STOPS = 2000
SAME_LINE_PX = 60  # of links in one line, one may stand lower than the next
STOP = """() => {
    const here = document.activeElement
    if (!here || here === document.body) return null
    const box = here.getBoundingClientRect(), style = getComputedStyle(here)
    const tile = here.querySelector(".box")
    return {
        text: `${here.tagName} ${here.textContent.trim().slice(0, 40)}`,
        top: box.top + scrollY,
        seen: box.bottom > 0 && box.top < innerHeight,
        ring: style.outlineStyle !== "none" || (tile && parseFloat(getComputedStyle(tile).strokeWidth) >= 3),
        column: !!here.closest("footer, nav.contents"),
    }
}"""


def pages():
    """Every page of every report in the reports folder; ``make report`` puts one there."""
    reports = Path(os.environ.get("INDICATORS_REPORTS", home().reports))
    return sorted(reports.glob("[0-9]*/[a-z][a-z]/*.html"))


WALKED = (
    "scorecard",
    "homicides",
    "states",
    "corridor-texas-tamaulipas",
    "methods",
)  # one page a kind of content


def relative(path):
    return "/".join(path.parts[-3:])


def walked(paths, names=WALKED):
    """The pages as parameters: a page a kind now, every other one with the thorough tests."""
    return [pytest.param(p, id=relative(p), marks=[] if p.stem in names else pytest.mark.thorough) for p in paths]


def test_a_report_was_made():
    if not pages():
        pytest.skip("no report is there to look at: run make report first")


@pytest.mark.parametrize("path", walked(pages()))
def test_page_draws_whole_and_shuts_nobody_out(browser, path):
    assert path.stat().st_size <= MOST_BYTES
    axe = Path(os.environ.get("AXE_CORE", "no axe-core at hand"))
    for width in WIDTHS:
        context = browser.new_context(viewport={"width": width, "height": 900})
        page, asked, errors = context.new_page(), [], []
        page.on("request", lambda one, asked=asked: asked.append(one.url))
        page.on("pageerror", lambda one, errors=errors: errors.append(str(one)))
        page.goto(path.as_uri())
        page.mouse.move(9, 9)  # somebody is there: charts far below are drawn too
        page.wait_for_selector("html[data-charts=done]")
        drawn = page.locator("figure.chart").evaluate_all("all => all.map(one => one.dataset.drawn)")
        assert set(drawn) <= {"yes"}, f"{drawn.count('yes')} of {len(drawn)} charts drawn at {width}"
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, width
        assert [one for one in asked if not one.startswith(("file:", "data:", "blob:"))] == []
        assert errors == []
        if axe.is_file():
            page.evaluate(axe.read_text(encoding="utf-8") + "; 0")
            found = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")
            assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == [], width
        context.close()


@pytest.mark.parametrize("path", walked([one for one in pages() if one.parent.name == "en"], WALKED[:2]))
def test_the_tab_key_walks_the_page_in_order(browser, path):
    """Each stop is on the screen, has a ring, and stands after the one before; the last one leaves the page."""
    page = browser.new_page(viewport={"width": WIDTHS[0], "height": 900})
    page.goto(path.as_uri())
    page.mouse.move(9, 9)
    page.wait_for_selector("html[data-charts=done]")
    stops = []
    while len(stops) < MOST_STOPS:
        page.keyboard.press("Tab")
        if not (stop := page.evaluate(STOP)):
            break
        stops.append(stop)
    page.close()
    assert 10 < len(stops) < MOST_STOPS
    assert [one["text"] for one in stops if not (one["seen"] and one["ring"])] == []
    down = [one for one in stops if not one["column"]]  # the footer goes column by column, the contents are one beside
    back = [(a["text"], b["text"]) for a, b in pairwise(down) if b["top"] < a["top"] - SAME_LINE_PX]
    assert back == []


class Links(HTMLParser):
    """The addresses a page leads to inside the reports folder."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        address = dict(attrs).get("href") or dict(attrs).get("src")
        if address and not address.startswith(("http", "#", "data:")):
            self.found.append(address.split("#")[0])


def test_every_link_of_the_index_and_of_the_pages_resolves():
    index = home().reports / "index.html"
    if not index.exists():
        pytest.skip("no report is there to look at: run make report first")
    for path in [index, *pages()]:
        links = Links()
        links.feed(path.read_text(encoding="utf-8"))
        missing = [one for one in links.found if one and not (path.parent / one).exists()]
        assert missing == [], relative(path)
