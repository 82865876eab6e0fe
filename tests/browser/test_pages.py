"""Pages in a real browser: charts draw, nothing is asked of the network, and nobody is shut out."""

import json
import os
import shutil
from datetime import date
from pathlib import Path

import nbformat.v4 as nb
import pytest
from nbclient import NotebookClient

from indicators.report import page as assets
from indicators.report import site as single
from indicators.report.outputs import payloads
from indicators.report.page import Facts, render

pytestmark = pytest.mark.browser
WIDTHS = {"screen": 1280, "phone": 390}
DRAWN = "html[data-charts=done]"

SETUP = """
from datetime import date
import polars as pl
from indicators.catalog import Bilingual, Break
from indicators.charts import bars, bars_over_time, signal, small_multiples, trend
from indicators.metrics.series import COLUMNS, Series
from indicators.periods import Clock, add_months, month_end
from indicators.charts.tile_map import tile_map
from indicators.charts.tile_map import grid
from indicators.charts.tables import Badge, Caption, Column, Quantity, Table
from indicators.i18n import Text

text = Text(lang)
new_form = Break(id="b", sources=["s"], first=date(2022, 1, 1), last=date(2022, 1, 1),
                 reason=Bilingual(en="a new form", es="un formato nuevo"))

def series(place, level):
    rows = []
    for n in range(72):
        start, value = add_months(date(2019, 1, 1), n), float(level + n % 7)
        missing = n == 20
        rows.append({"period_start": start, "period_end": month_end(start), "value": None if missing else value,
                     "lower": None if missing else value - 2, "upper": None if missing else value + 2,
                     "maturity": "final" if n < 66 else "provisional",
                     "missing_code": "suppressed" if missing else None,
                     "vintage": "sesnsp_victims-2025-01-20-0a1b2c3d"})
    frame = pl.DataFrame(rows, schema=COLUMNS)
    return Series("m", place, "sesnsp_victims", Clock.MONTH, "victims", "count", frame, (new_form,))

states = sorted(grid("MX"))
both = series("MX", 20), series("MX-COL", 50)
"""
CELLS = [
    "trend(both[:1], text, Caption('line', 'A long title that says what the chart shows, and goes on for a while'))",
    "trend(both, text, Caption('lines', 'Lines'))",
    "bars_over_time(both[:1], text, Caption('over-time', 'Bars over time'))",
    "small_multiples([series(place, n) for n, place in enumerate(states)], text, Caption('panels', 'Panels'))",
    "bars(pl.DataFrame({'label': states, 'value': [float(n) for n in range(32)], 'lower': [n * 0.8 for n in range(32)],"
    " 'upper': [n * 1.2 for n in range(32)]}), text, Caption('ranking', 'Ranking', source_line='S'), unit='victims')",
    "signal(both[0].frame.select('period_start', 'period_end', 'value', mean=pl.lit(23.0), lower=pl.lit(20.5),"
    " upper=pl.lit(25.5)).with_columns(flag=pl.col('value') > 25), text, Caption('signal', 'Signal', source_line='S'),"
    " unit='victims')",
    "tile_map(pl.DataFrame({'place': states[1:], 'value': [float(n) for n in range(31)]}), text,"
    " Caption('mx', 'Mexico', source_line='S'), unit='victims', country='MX')",
    "tile_map(pl.DataFrame({'place': list(grid('US')), 'value': [float(n) for n in range(51)]}), text,"
    " Caption('us', 'United States', source_line='S'), unit='deaths', country='US')",
    "Table('scorecard', 'Scorecard',"
    " (Column('Indicator'), *(Column(f'Column {n}', True) for n in range(9)), Column('Reading')),"
    " (('A', *['1,234,567'] * 9, Badge('worse', 'bad')),"
    " ('B', Quantity('1', 'weapon, 2024'), *['–'] * 8, Badge('better', 'good'))), groups=(('A goal', 2),), lang=lang)",
    "Table('prose', 'Prose', tuple(Column(f'Column {n}') for n in range(3)),"
    " (('A', 'some_long_id_of_a_metric', 'A sentence that a phone has no column for. ' * 3),), lang=lang)",
    "Table('wide', 'Wide', tuple(Column(f'Column {n}') for n in range(12)), (('x' * 12,) * 12,) * 3, lang=lang)",
]  # fmt: skip
PROSE = {
    "en": ("# Is it getting better?\n\nA lead of one sentence.", "## Trend {#trend}\n\nWords and `code`."),
    "es": (
        "# ¿Está mejorando?\n\nUna entrada de una frase.",
        "## Tendencia {#trend}\n\nPalabras y `código`.",
    ),
}


def notebook(lang):
    """A notebook with one of everything, executed by a real kernel."""
    words = [
        nb.new_markdown_cell(PROSE[each][n], metadata={"tags": [f"lang-{each}"]}) for n in (0, 1) for each in PROSE
    ]
    setup = nb.new_code_cell(f"lang = {lang!r}\n{SETUP}", metadata={"tags": ["hide"]})
    cells = [*words[:2], setup, *words[2:], *(nb.new_code_cell(source) for source in CELLS)]
    book = nb.new_notebook(cells=cells)
    return NotebookClient(book, timeout=120, kernel_name="python3").execute()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder of reports with one page in both languages, as one page and as a single file."""
    root = tmp_path_factory.mktemp("reports")
    assets.write_assets(root)
    for lang in PROSE:
        folder = root / "2024Q4" / lang
        data = root / "2024Q4" / "data" / lang
        folder.mkdir(parents=True)
        data.mkdir(parents=True)
        book = notebook(lang)
        facts = Facts(
            lang, "page", "2024Q4", date(2025, 1, 31), (("page", "Violence in Mexico"), ("other", "Methods")),
            "Edition of five sources", ("Six months are provisional.",), "CC BY 4.0",
        )  # fmt: skip
        (folder / "page.html").write_text(render(book, facts), encoding="utf-8")
        for one in payloads(book):
            (data / f"{one['id']}.csv").write_text(one["csv"], encoding="utf-8")
    run = {
        "quarter": "2024Q4", "as_of": "2025-01-31", "languages": list(PROSE), "published": True, "pages": ["page"],
    }  # fmt: skip
    (root / "2024Q4" / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return root


def opened(browser, site, lang, size):
    """A drawn page in one language at one width, with what it asked for and complained of."""
    context = browser.new_context(viewport={"width": WIDTHS[size], "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.asked, page.errors = [], []
    page.on("request", lambda one: page.asked.append(one.url))
    page.on("console", lambda one: page.errors.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda one: page.errors.append(str(one)))
    page.goto((site / "2024Q4" / lang / "page.html").as_uri())
    page.mouse.move(9, 9)
    page.wait_for_selector(DRAWN)
    yield page
    context.close()


@pytest.fixture(scope="module", params=[(lang, size) for lang in PROSE for size in WIDTHS], ids="-".join)
def seen(request, browser, site):
    """A page to be looked at only: shared by the tests."""
    yield from opened(browser, site, *request.param)


@pytest.fixture(params=[("en", "screen"), ("es", "phone")], ids="-".join)
def view(request, browser, site):
    """A page to be used, fresh for each test."""
    yield from opened(browser, site, *request.param)


def axe():
    """The text of axe-core, from AXE_CORE or a node_modules folder above the tests."""
    places = [Path(folder, "node_modules/axe-core/axe.min.js") for folder in Path(__file__).parents]
    found = next((one for one in (Path(os.environ.get("AXE_CORE", "")), *places) if one.is_file()), None)
    if found is None:
        pytest.skip("no axe-core at hand: npm install axe-core@4.14.1, or set AXE_CORE to its axe.min.js")
    return found.read_text(encoding="utf-8")


def test_every_chart_draws_and_nothing_complains(seen):
    charts = seen.locator("figure.chart")
    assert charts.count() == 6
    assert set(charts.evaluate_all("all => all.map(one => one.dataset.drawn)")) == {"yes"}
    paths = charts.evaluate_all("all => all.map(one => one.querySelectorAll('.plot svg path').length)")
    assert min(paths) > 3
    assert seen.errors == []


def test_nothing_is_asked_of_the_network(seen):
    assert seen.asked
    assert [one for one in seen.asked if not one.startswith(("file:", "data:", "blob:"))] == []


def test_the_policy_stops_what_would_leave(view):
    view.evaluate("fetch('http://127.0.0.1:9/x').catch(() => null)")
    view.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/x.png'}))")
    view.wait_for_timeout(200)
    assert any("Content Security Policy" in one for one in view.errors)
    assert len([one for one in view.errors if "violates" in one]) >= 2


def test_the_page_never_scrolls_sideways(seen):
    assert seen.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    outside = seen.locator(".plot").evaluate_all(
        "all => all.filter(one => one.querySelector('svg').getBoundingClientRect().right > window.innerWidth).length"
    )
    assert outside == 0


def test_axe_finds_nothing(seen):
    seen.evaluate(axe() + "; 0")
    for opened in (False, True):
        seen.evaluate("open => document.querySelectorAll('details').forEach(one => { one.open = open; })", opened)
        found = seen.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_numbers_and_code_unfold(view):
    assert not view.locator("#figure-line table").is_visible()
    view.locator("#figure-line details.numbers summary").click()
    assert view.locator("#figure-line table").is_visible()
    assert not view.locator("details.code").first.is_visible()
    view.locator("#toggle-code").click()
    assert view.locator("details.code pre").first.is_visible()


def test_a_tile_tells_its_value_when_it_has_the_focus(view):
    tile = view.locator("#figure-mx .tile").nth(3)
    readout = tile.locator(".readout text").first
    assert not readout.is_visible()
    tile.focus()
    assert readout.is_visible()


@pytest.mark.parametrize(
    ("figure", "words"),
    [("line", ["2019", "24", "22", "26"]), ("panels", ["Aguascalientes", "2019", "4"])],
)
def test_a_point_says_its_name_period_value_and_interval(view, figure, words):
    plot = view.locator(f"#figure-{figure} .plot")
    told = plot.evaluate(
        """plot => {
            const line = plot._fullData.findIndex((trace) => trace.hovertemplate && trace.hoverinfo !== "skip");
            Plotly.Fx.hover(plot, [{ curveNumber: line, pointNumber: 4 }]);
            return plot.querySelector(".hoverlayer").textContent;
        }"""
    )
    assert [word for word in words if word not in told] == []


@pytest.mark.parametrize("kind", ["png", "svg"])
@pytest.mark.parametrize("name", ["lines", "mx"])
def test_pictures_are_saved(view, name, kind, tmp_path):
    with view.expect_download() as saving:
        view.locator(f"#figure-{name} [data-save={kind}]").click()
    path = tmp_path / saving.value.suggested_filename
    saving.value.save_as(path)
    assert path.name == f"{name}.{kind}"
    start = b"\x89PNG" if kind == "png" else b"<svg"
    assert path.read_bytes().startswith(start)
    if kind == "svg":
        assert {"lines": "Lines", "mx": "Mexico"}[name] in path.read_text(encoding="utf-8")


def test_charts_follow_the_window(view):
    view.set_viewport_size({"width": 700, "height": 900})
    view.wait_for_timeout(1500)
    off = view.locator(".plot").evaluate_all(
        "all => all.map(one => Math.abs(one.querySelector('svg').getBoundingClientRect().width - one.clientWidth))"
    )
    assert max(off) < 2


def test_a_phone_reads_the_chart_library_when_a_chart_is_near(browser, site):
    """A megabyte and a half, and most of the work of opening a page, for charts that nobody may scroll to."""
    page = browser.new_page(viewport={"width": WIDTHS["phone"], "height": 60})
    asked = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto((site / "2024Q4" / "en" / "page.html").as_uri())
    page.wait_for_timeout(300)
    assert [one for one in asked if one.endswith(assets.PLOTLY)] == []
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")  # nobody there, so numbers are printed
    assert page.locator("#figure-line table").is_visible()
    page.evaluate("document.querySelector('#figure-line .plot').scrollIntoView()")
    page.wait_for_selector(DRAWN)
    assert len([one for one in asked if one.endswith(assets.PLOTLY)]) == 1
    page.close()


@pytest.mark.parametrize("lang", PROSE)
@pytest.mark.parametrize("size", WIDTHS)
def test_a_single_file_stands_alone(browser, site, lang, size, tmp_path):
    """From a mail: nothing beside it, no network, every chart drawn, nobody shut out."""
    alone = shutil.copy(single.write(site, "2024Q4", lang), tmp_path / "mail.html")
    page = browser.new_page(viewport={"width": WIDTHS[size], "height": 900})
    asked, errors = [], []
    page.on("request", lambda one: asked.append(one.url))
    page.on("pageerror", lambda one: errors.append(str(one)))
    page.on("console", lambda one: errors.append(one.text) if one.type == "error" else None)
    page.goto(Path(alone).as_uri())
    page.mouse.move(9, 9)
    page.wait_for_selector(DRAWN)
    assert page.locator("figure.chart[data-drawn=yes]").count() == 6
    assert [one for one in asked if not one.startswith(("data:", "blob:"))] == [Path(alone).as_uri()]
    assert errors == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.evaluate(axe() + "; 0")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    page.close()


def test_without_scripts_the_tables_show(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "2024Q4" / "en" / "page.html").as_uri())
    assert page.locator("#figure-line table").is_visible()
    assert not page.locator("#figure-line .plot").is_visible()
    context.close()


def test_a_chart_that_cannot_be_drawn_says_so_and_shows_its_numbers(browser, site):
    broken = site / "2024Q4" / "en" / "broken.html"
    html = (site / "2024Q4" / "en" / "page.html").read_text(encoding="utf-8")
    broken.write_text(html.replace(assets.PLOTLY, "gone.js"), encoding="utf-8")
    page = browser.new_page()
    page.goto(broken.as_uri())
    page.mouse.move(9, 9)
    page.wait_for_selector(DRAWN)
    assert page.locator("#figure-line .failed").is_visible()
    assert page.locator("#figure-line table").is_visible()
    page.close()


def test_the_language_switch_keeps_the_place(browser, site):
    page = browser.new_page()
    page.goto((site / "2024Q4" / "en" / "page.html").as_uri() + "#trend")
    page.mouse.move(9, 9)
    page.wait_for_selector(DRAWN)
    page.get_by_role("link", name="Español").click()
    page.wait_for_url("**/es/page.html#trend")
    assert page.locator("html").get_attribute("lang") == "es"
    page.close()
