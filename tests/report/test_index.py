"""The index beside real reports: it leads to each of them, and to the first chapter first."""

import re

from indicators.paths import Home
from small_report import OVERDOSES, QUARTER, make, write


def test_index_lists_every_report_newest_first_and_its_links_lead_somewhere(home: Home) -> None:
    make(home, quarter="2016Q1", publish=True)
    make(home, quarter="2016Q1-r1")
    make(home, quarter="2016Q2")
    text = (home.reports / "index.html").read_text(encoding="utf-8")
    links = [link for link in re.findall(r'href="([^"]+)"', text) if not link.startswith(("#", "data:"))]
    assert all((home.reports / link).exists() for link in links), links
    newest, *listed = [link.split("/")[0] for link in links if "/en/" in link][:4]
    assert newest == "2016Q1"  # the one that is published is what a reader is sent to
    assert listed == ["2016Q2", "2016Q1-r1", "2016Q1"]


def test_first_page_is_the_first_chapter(home: Home) -> None:
    """Not the first by name."""
    write(home, "10_overdoses", OVERDOSES)
    index = make(home).index.read_text(encoding="utf-8")
    assert f'href="{QUARTER}/en/overdoses.html"' in index
