import gzip
import json
import re
from datetime import date

import nbformat.v4 as nb
import polars as pl
import pytest
from nbformat import from_dict
from plotly.offline import get_plotlyjs_version

from indicators.charts import bars
from indicators.charts.tables import Badge, Caption, Column, Table
from indicators.i18n import Text
from indicators.paths import Home
from indicators.report import page as assets
from indicators.report.outputs import payloads
from indicators.report.page import Facts, PageError, Prose, render, slug
from rendered import count_outputs, count_rendered

NASTY = "</script><script>alert('x')</script>&<b>"


def chart(lang="en", name="deaths", title="Deaths fell"):
    frame = pl.DataFrame({"label": ["A", NASTY], "value": [2.0, 1.0]})
    return bars(frame, Text(lang), Caption(name, title, source_line="Source: us."), unit="deaths")


def table(lang="en", name="scorecard", title="Where things stand"):
    columns = (Column("Indicator"), Column("Reading"))
    rows = ((NASTY, Badge("worse", "bad")),)
    return Table(name, title, columns, rows, csv="a\n1\n", lang=lang)


def shown(thing, source="show()", tags=()):
    output = nb.new_output("execute_result", data=thing._repr_mimebundle_(), execution_count=1)
    return nb.new_code_cell(source, outputs=[output], metadata={"tags": list(tags)})


def prose(words, lang="en"):
    return nb.new_markdown_cell(words, metadata={"tags": [f"lang-{lang}"]})


def notebook(*cells, lang="en"):
    start = [prose("# Title\n\nThe lead & more.", "en"), prose("# Título\n\nLa entrada.", "es")]
    return nb.new_notebook(cells=[*start, *(cells or [shown(chart(lang)), shown(table(lang))])])


def page(book=None, lang="en", **changes):
    facts = {"lang": lang, "name": "deaths", "quarter": "2024Q4", "as_of": date(2025, 1, 31)} | changes
    return render(book or notebook(lang=lang), Facts(**facts))


def test_the_same_notebook_gives_the_same_bytes():
    assert page() == page()


def test_a_page_speaks_one_language():
    english, spanish = page(), page(lang="es")
    assert '<html lang="es">' in spanish
    assert "Cuarto trimestre de 2024" in spanish
    assert "Título" in spanish
    assert "Título" not in english
    assert 'href="../es/deaths.html"' in english
    assert 'href="../en/deaths.html"' in spanish


def test_words_without_a_language_are_shown_in_both():
    cells = [*notebook().cells, nb.new_markdown_cell("Sin language")]
    for lang in ("en", "es"):
        book = nb.new_notebook(cells=[cell for cell in cells if cell.cell_type == "markdown"])
        assert "<p>Sin language</p>" in page(book, lang=lang)


def test_every_chart_and_table_of_the_notebook_is_on_the_page():
    shown_ids = re.findall(r'<(?:figure|div|section)[^>]* id="(?:figure|table)-([^"]+)"', page())
    assert shown_ids == [one["id"] for one in payloads(notebook())] == ["deaths", "scorecard"]


def test_figures_and_tables_are_counted_on_both_sides():
    assert count_outputs(notebook()) == count_rendered(page()) == {"figure": 1, "table": 1}


def test_a_chart_in_a_hidden_cell_is_refused():
    with pytest.raises(PageError, match="cell 4 is hidden and shows a chart or a table"):
        page(notebook(shown(chart()), shown(chart(name="other"), tags=["hide"])))


def test_a_figure_without_data_or_a_table_without_body_is_not_counted():
    empty = page().replace('"data":[{', '"data":[],"was":[{').replace("<tbody", "<tfoot")
    assert count_rendered(empty) == {}


def test_every_page_of_the_shipped_report_has_the_figures_and_tables_of_its_notebook(shipped_report: Home):
    made, pages = [], []
    for path in (shipped_report.cache / "notebooks").glob("*.json"):
        executed = from_dict(json.loads(path.read_text(encoding="utf-8").partition("\n")[2]))
        made.append((executed.metadata.papermill.parameters.lang, count_outputs(executed)))
    for path in shipped_report.reports.glob("*/*/*.html"):
        pages.append((path.parent.name, count_rendered(path.read_text(encoding="utf-8"))))
    assert len(pages) > 40
    in_order = [sorted(found, key=lambda one: (one[0], sorted(one[1].items()))) for found in (made, pages)]
    assert in_order[0] == in_order[1]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([prose("# Second title")], "one title"),
        ([shown(chart("es"))], "is in es on a page in en"),
        ([shown(chart()), shown(chart())], "used twice"),
        ([prose("![x](https://example.org/x.png)")], "loads no picture"),
        (
            [nb.new_code_cell("x", outputs=[nb.new_output("stream", text="Out[4]: Line chart of deaths\n")])],
            "Line chart of deaths",
        ),
        (
            [nb.new_code_cell("x", outputs=[nb.new_output("display_data", data={"text/plain": "Chart(id='x')"})])],
            "should have shown",
        ),
        (
            [nb.new_code_cell("x", outputs=[nb.new_output("display_data", data={"image/png": "AAAA"})])],
            "image/png",
        ),
        (
            [
                nb.new_code_cell(
                    "x", outputs=[nb.new_output("display_data", data={"application/vnd.plotly.v1+json": {}})]
                )
            ],
            "plotly",
        ),
        (
            [nb.new_code_cell("x", outputs=[nb.new_output("error", ename="ValueError", evalue="v", traceback=[])])],
            "ValueError",
        ),
    ],
)
def test_what_would_be_lost_or_wrong_on_a_page_is_refused(cells, words):
    with pytest.raises(PageError, match=words):
        page(notebook(*cells))


def test_everything_is_escaped():
    html = page(
        notebook(
            prose(f"## Heading {NASTY}\n\n{NASTY} [bad](javascript:alert(1))"),
            shown(chart(title=NASTY), source=f"x = {NASTY!r}"),
            shown(table(title=NASTY)),
        ),
        warnings=(NASTY,),
        vintages=NASTY,
        pages=(("deaths", NASTY),),
        json_ld={"name": NASTY},
    )
    assert "<script>alert" not in html
    assert "javascript:" not in html
    assert len(re.findall("<script", html)) == len(re.findall("</script>", html)) == 3


def test_only_what_belongs_to_the_reader_is_shown():
    html = page(
        notebook(
            nb.new_code_cell("secret = 1", metadata={"tags": ["parameters"]}),
            nb.new_code_cell("secret = 2", metadata={"tags": ["injected-parameters"]}),
            nb.new_code_cell("secret = 3", metadata={"tags": ["hide"]}),
            nb.new_code_cell("print('hello')", outputs=[nb.new_output("stream", text="hello there")]),
        )
    )
    assert "secret" not in html
    assert re.search(r'<details class="code">.*print\(&#39;hello&#39;\).*hello there.*</details>', html, re.DOTALL)


def test_headings_make_sections_and_contents_with_stable_addresses():
    html = page(notebook(prose("## Qué cambió\n\na\n\n## Places {#where}\n\nb\n\n## Qué cambió")))
    assert re.findall(r'<li><a href="#([^"]+)">([^<]+)<', html) == [
        ("que-cambio", "Qué cambió"), ("where", "Places"), ("que-cambio-2", "Qué cambió"),
    ]  # fmt: skip
    assert html.count("<section") == 4
    assert "{#where}" not in html


def test_generated_markdown_is_prose():
    output = nb.new_output("display_data", data={"text/markdown": "Deaths **fell**.", "text/plain": "x"})
    assert "Deaths <strong>fell</strong>." in page(notebook(nb.new_code_cell("say()", outputs=[output])))


def test_the_policy_lets_nothing_out_and_the_page_asks_for_nothing():
    html = page()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1]
    assert "default-src &#39;none&#39;" in policy
    assert not re.search(r"https?:", policy)
    loaded = re.findall(r'(?:src|<link rel="stylesheet" href)="([^"]+)"', html)
    assert loaded
    assert all(address.startswith("../../assets/") for address in loaded)


def test_the_scorecard_is_counted_above_its_table():
    """The first screen answers, and says aloud that no line gets worse; fifty lines had eleven counts."""
    badges = [Badge("better", "good"), Badge("met", "good"), *[Badge("no release", "unknown")] * 3]
    rows = tuple((f"Line {n}", badge) for n, badge in enumerate(badges))
    columns = (Column("A"), Column("B"))
    html = page(notebook(shown(Table("scorecard", "T", columns, rows, lang="en"))))
    told = re.findall(r'<li class="(\w+)">[^<]+ <strong>(\d)</strong></li>', html)
    assert told == [("good", "2"), ("bad", "0"), ("flat", "0"), ("shown", "0"), ("unknown", "3")]
    assert 'class="tally"' not in page(notebook(shown(Table("verdicts", "T", columns, rows, lang="en"))))


def test_grave_warnings_are_seen_and_many_overdue_sources_folded():
    html = page(warnings=("A grave one",), overdue=("One", "Two", "Three"))
    assert "<li>A grave one</li>" in html.partition("<details>")[0]
    assert f"<details><summary>{Text('en').t('page.overdue_count', n=3)}</summary>" in html
    assert f"<details open><summary>{Text('en').t('page.overdue_count', n=2)}<" in page(overdue=("One", "Two"))


def test_pages_are_offered_in_groups_and_all_at_the_foot():
    pages = (("scorecard", "Card"), ("deaths", "Deaths"), ("states", "States"), ("corridor-a", "Corridors"))
    html = page(name="corridor-b", pages=pages)
    assert re.findall(r'<li><a href="([a-z-]+)\.html"(?: aria-current="(\w+)")?>', html) == [
        ("scorecard", ""), ("states", "true"), ("deaths", ""), ("states", ""), ("corridor-a", "true"),
    ]  # fmt: skip
    assert html.count('<dd><a href="') == 4


def test_a_correction_says_so():
    assert "Fourth quarter of 2024, correction 2" in page(quarter="2024Q4-r2")


def test_a_page_offers_the_csv_of_what_it_shows():
    made = {payload["id"]: payload["csv"] for payload in payloads(notebook())}
    assert set(made) == {"deaths", "scorecard"}
    assert made["deaths"].startswith("label,value\nA,2.0\n")
    assert 'href="../data/en/deaths.csv" download' in page()


def test_lists_that_traces_share_are_written_once():
    html = page()
    content = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert content["data"][0]["y"] == [0, 1]
    assert "<" not in json.dumps(content["layout"]["yaxis"]["ticktext"]).replace("\\u003c", "")


def test_slugs():
    assert [slug(words) for words in ("¿Qué cambió, y cuánto?", "中", "A  b")] == [
        "que-cambio-y-cuanto",
        "section",
        "a-b",
    ]
    assert Prose().html("a <i>b</i>") == "<p>a &lt;i&gt;b&lt;/i&gt;</p>\n"


def test_the_bundle_is_the_version_inside_the_wheel_and_small_enough_for_git():
    version = get_plotlyjs_version()
    assert f"-{version}.min.js" in assets.PLOTLY
    assert f"plotly.js (cartesian - minified) v{version}" in assets.assets()[assets.PLOTLY].decode()[:200]
    packed = assets.asset(f"{assets.PLOTLY}.gz")
    assert len(packed) < 1_000_000
    assert gzip.decompress(packed) == assets.assets()[assets.PLOTLY]


def test_assets_are_written_once_and_mended(tmp_path):
    assert len(assets.write_assets(tmp_path)) == 4
    assert assets.write_assets(tmp_path) == []
    (tmp_path / "assets" / assets.PLOTLY).write_text("broken")
    assert [path.name for path in assets.write_assets(tmp_path)] == [assets.PLOTLY]
    assert sorted(path.name for path in (tmp_path / "assets").iterdir()) == sorted(assets.assets())


def test_the_style_sheet_defines_every_colour_that_it_uses():
    sheet = assets.assets()[assets.asset_name("report.css")].decode()
    used, defined = (set(re.findall(pattern, sheet)) for pattern in (r"var\((--[\w-]+)", r"(--[\w-]+):"))
    assert used - defined == {"--narrow", "--wide"}  # the heights of a chart, on its own element
