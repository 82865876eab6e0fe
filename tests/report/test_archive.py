"""The index and the feed: what every reader and every feed reader finds, in both languages."""

import json
import re
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from indicators.charts.sparkline import headlines
from indicators.i18n import Text
from indicators.periods import add_months, month_end
from indicators.report import record, site
from indicators.report.data_package import SCHEMA
from indicators.report.site import feed

ATOM = "{http://www.w3.org/2005/Atom}"
TWO = ["en", "es"]


def values(**changes):
    """A metric_value of monthly homicide victims over five years, the last three months provisional."""
    rows = []
    for number in range(60):
        start = add_months(date(2020, 1, 1), number)
        rows.append({
            "metric": "mx_homicide_victims", "place": "MX", "clock": "month",
            "period_start": start, "period_end": month_end(start), "value": 2000.0 + number, "unit": "victims",
            "maturity": "final" if number < 57 else "provisional",
            "vintage": "sesnsp_victims-2025-01-20-0a1b2c3d", **changes,
        })  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA)


def put(reports: Path, quarter: str, frame: pl.DataFrame | None = None, **changes) -> None:
    """A report of which only the record and the values are there."""
    run = {
        "quarter": quarter,
        "as_of": "2025-01-31",
        "languages": TWO,
        "published": True,
        "pages": ["scorecard"],
    }
    (reports / quarter / "data").mkdir(parents=True)
    (reports / quarter / "run.json").write_text(json.dumps(run | changes), encoding="utf-8")
    if frame is not None:
        frame.write_parquet(reports / quarter / site.VALUES)


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    put(tmp_path, "2024Q3", values())
    put(tmp_path, "2024Q3-r1", values(), note="Two months of <homicides> were read twice.")
    put(tmp_path, "2024Q4", values(), published=False, languages=["es"], as_of="2025-02-01")
    site.write_index(tmp_path)
    return tmp_path


def section(html: str, lang: str) -> str:
    return re.search(rf'<section id="{lang}".*?</section>', html, re.DOTALL)[0]


def test_each_language_has_a_section_of_its_own_words(reports):
    html = (reports / "index.html").read_text(encoding="utf-8")
    english, spanish = section(html, "en"), section(html, "es")
    assert "Third quarter of 2024, correction 1" in english
    assert "Tercer trimestre de 2024, corrección 1" in spanish
    assert "1,968" not in english
    assert "2,059" in english
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(set(ids)) == len(ids)


def test_it_tells_draft_from_published_and_what_a_correction_corrects(reports):
    html = section((reports / "index.html").read_text(encoding="utf-8"), "en")
    rows = re.findall(r"<tr .*?</tr>", html[html.index('class="editions') :], re.DOTALL)[1:]
    assert [re.search("draft|published", row)[0] for row in rows] == ["draft", "published", "published"]
    assert "Two months of &lt;homicides&gt; were read twice." in rows[1]
    assert "/en/" not in rows[0]
    assert 'href="2024Q4/es/scorecard.html"' in rows[0]


def test_a_reader_is_sent_to_the_newest_published_report(reports):
    html = section((reports / "index.html").read_text(encoding="utf-8"), "en")
    assert re.search(r'class="read" href="([^"]+)"', html)[1] == "2024Q3-r1/en/scorecard.html"


def test_a_report_without_data_is_listed_and_has_no_headlines(tmp_path):
    put(tmp_path, "2024Q3")
    html = site.write_index(tmp_path).read_text(encoding="utf-8")
    assert "2024Q3/en/scorecard.html" in html
    assert "<svg" not in html
    assert "metric_value.csv" not in html


def test_a_search_engine_finds_every_report_that_has_data(reports):
    """The pages described their data for machines, the index that leads to them did not."""
    html = site.write_index(reports).read_text(encoding="utf-8")
    (found,) = re.findall(r'<script type="application/ld\+json">(.+?)</script>', html, re.DOTALL)
    catalogue = json.loads(found)
    assert catalogue["@type"] == "DataCatalog"
    assert catalogue["dataset"]
    for one in catalogue["dataset"]:
        for file in one["distribution"]:
            quarter, _, name = file["contentUrl"].partition("/data/")
            assert (reports / quarter / "run.json").exists()
            assert name in ("metric_value.csv", "metric_value.parquet")
        assert (reports / quarter / site.VALUES).exists()


def test_the_index_asks_for_nothing_but_its_own_style(reports):
    html = (reports / "index.html").read_text(encoding="utf-8")
    assert set(re.findall(r"<script[^>]*>", html)) <= {'<script type="application/ld+json">'}
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html
    assert re.findall(r'<link rel="stylesheet" href="([^"]+)"', html)[0].startswith("assets/report-")


@pytest.mark.parametrize("lang", TWO)
def test_a_headline_is_drawn_told_and_tabled(lang):
    (one,) = headlines(values(), Text(lang))
    drawing = ElementTree.fromstring(one.svg)
    paths = [path.get("class") for path in drawing.iter("path")]
    assert paths == ["line", "line unsettled"]
    assert '<circle class="unsettled"' in one.svg, "the last point is hollow, as in the report"
    assert {"2,000", "2,059"} <= set(re.findall(r"\d,\d{3}", drawing.get("aria-label")))
    assert one.table.count("<tr") == 1 + 25
    assert one.notes  # the metric's caveat


def test_a_headline_is_cut_at_a_break_and_says_why():
    """Encounters before and under Title 42 were once joined by a line."""
    (one,) = headlines(values(metric="sw_encounters", place="US-SWB", unit="encounters"), Text("en"))
    drawing = ElementTree.fromstring(one.svg)
    assert [path.get("class") for path in drawing.iter("path")].count("break") == 2
    assert sum((path.get("class") or "").startswith("line") for path in drawing.iter("path")) >= 4
    assert sum(note.startswith(("1. ", "2. ")) for note in one.notes) == 2


def test_a_month_without_value_is_a_gap():
    frame = values().with_columns(
        value=pl.when(pl.col("period_start") == date(2021, 6, 1)).then(None).otherwise("value")
    )
    (one,) = headlines(frame, Text("en"))
    assert [path.get("class") for path in ElementTree.fromstring(one.svg).iter("path")].count("line") == 2


def test_the_feed_is_what_the_standard_asks_for(reports):
    """RFC 4287: one id, title and updated each, an author, and no two alternates of one kind and language."""
    root = ElementTree.parse(reports / "feed.xml").getroot()
    assert root.tag == f"{ATOM}feed"
    assert root.find(f"{ATOM}author/{ATOM}name").text
    entries = root.findall(f"{ATOM}entry")
    for one in [root, *entries]:
        for tag in ("id", "title", "updated"):
            (found,) = one.findall(ATOM + tag)
            assert found.text
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", one.find(f"{ATOM}updated").text)
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", one.find(f"{ATOM}id").text)
    for one in entries:
        links = [link.attrib for link in one.findall(f"{ATOM}link")]
        assert [(link["rel"], link["hreflang"]) for link in links] == [
            ("alternate", "en"),
            ("alternate", "es"),
        ]
    assert len({one.find(f"{ATOM}id").text for one in entries}) == len(entries)


def test_the_feed_tells_of_what_is_published_only(reports):
    root = ElementTree.parse(reports / "feed.xml").getroot()
    titles = [one.text for one in root.findall(f"{ATOM}entry/{ATOM}title")]
    assert titles == [
        "Third quarter of 2024, correction 1 · Tercer trimestre de 2024, corrección 1",
        "Third quarter of 2024 · Tercer trimestre de 2024",
    ]
    assert "read twice" in root.find(f"{ATOM}entry/{ATOM}summary").text


def test_an_entry_keeps_its_id(reports):
    """A reader of the feed would take a changed id for a new report."""
    found = ElementTree.fromstring(feed(record.all_runs(reports)).encode())
    assert found.findall(f"{ATOM}entry/{ATOM}id")[-1].text == "urn:uuid:2a9fb88a-3187-57e7-b8cb-eb309083dbd3"


def test_a_feed_without_reports_is_a_feed():
    assert ElementTree.fromstring(feed([]).encode()).find(f"{ATOM}updated").text == "1970-01-01T00:00:00Z"
