"""The index in a real browser: one language at a time, at both widths, nobody shut out."""

import json
import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from indicators.periods import add_months, month_end
from indicators.report import page as assets
from indicators.report import site
from indicators.report.data_package import SCHEMA

pytestmark = pytest.mark.browser


def months(metric, place, unit):
    """Five years of a metric, the last three months not final."""
    return [
        {
            "metric": metric, "place": place, "clock": "month", "unit": unit, "value": 2000.0 + number,
            "period_start": add_months(date(2020, 1, 1), number),
            "period_end": month_end(add_months(date(2020, 1, 1), number)),
            "maturity": "final" if number < 57 else "provisional",
        }
        for number in range(60)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    root = tmp_path_factory.mktemp("reports")
    assets.write_assets(root)
    for quarter, note in (("2024Q4", None), ("2024Q4-r1", "A month of homicides was read twice. " * 4)):
        run = {"quarter": quarter, "as_of": "2025-01-31", "languages": ["en", "es"], "published": True}
        run |= {"pages": ["scorecard"]} | ({"note": note} if note else {})
        (root / quarter / "data").mkdir(parents=True)
        (root / quarter / "run.json").write_text(json.dumps(run), encoding="utf-8")
        rows = [
            *months("mx_homicide_victims", "MX", "victims"),
            *months("sw_encounters", "US-SWB", "encounters"),
        ]
        pl.DataFrame(rows, schema=SCHEMA).write_parquet(root / quarter / site.VALUES)
    return site.write_index(root)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(("fragment", "lang"), [("", "en"), ("#es", "es"), ("#editions-es", "es")])
def test_index_shows_one_language_whole_and_shuts_nobody_out(browser, index, fragment, lang, width):
    """A link inside the Spanish half must not bring the English one back."""
    page, asked = browser.new_page(viewport={"width": width, "height": 900}), []
    page.on("request", lambda one: asked.append(one.url))
    page.goto(index.as_uri() + fragment)
    shown = [one for one in ("en", "es") if page.locator(f"section#{one}").is_visible()]
    assert shown == [lang]
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert [one for one in asked if not one.startswith(("file:", "data:"))] == []
    axe = Path(os.environ.get("AXE_CORE", "no axe-core at hand"))
    if axe.is_file():
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        page.evaluate(axe.read_text(encoding="utf-8") + "; 0")
        found = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
    page.close()


def test_the_language_is_switched_without_scripts(browser, index):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(index.as_uri())
    page.get_by_role("link", name="Español").first.click()
    assert page.locator("section#es").is_visible()
    assert not page.locator("section#en").is_visible()
    context.close()
