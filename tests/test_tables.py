import csv
import io
import json
from datetime import date

import polars as pl
import pytest

from indicators.charts import tables
from indicators.charts.tables import MIME, Badge, Caption, Column, Link, Quantity, Table, from_frame, to_csv
from indicators.errors import UsageError
from indicators.i18n import Text

NASTY = "<script>alert('x')</script>"


def table(**changes):
    fields = {
        "name": "t",
        "title": NASTY,
        "columns": (Column("Place & time"), Column("Deaths", numeric=True), Column("Status")),
        "rows": ((NASTY, "1,234", Badge("worse", "bad")), ("B", "n/a", Link("more", 'x.html?a=1&b="2"'))),
        "notes": (NASTY,),
        "source_line": NASTY,
    }
    return Table(**(fields | changes))


def html_of(**changes):
    return tables.html(table(**changes).payload())


def test_the_html_is_a_real_table_and_escaped():
    html = html_of()
    assert "<script" not in html
    assert "<caption>&lt;script&gt;" in html
    assert '<th scope="col" role="columnheader">Place &amp; time</th>' in html
    assert '<td role="cell" data-label="Deaths">n/a</td>' in html
    assert 'href="x.html?a=1&amp;b=&#34;2&#34;"' in html
    assert "worse</span>" in html


def test_a_plain_table_carries_no_more_than_it_needs():
    html = html_of(rows=(("A", "1", "x"),))
    assert '<table class="n2"><caption>' in html
    assert '<tr><th scope="row">A</th><td>1</td><td>x</td></tr>' in html


def test_a_notebook_gets_html_and_our_own_form_which_round_trips():
    bundle = table(csv="a\n1\n")._repr_mimebundle_()
    assert "<script" not in bundle["text/html"]
    packed = json.loads(json.dumps(bundle[MIME]))
    assert packed == table(csv="a\n1\n").payload()
    assert bundle["text/html"].startswith(tables.html(packed))


def test_groups_stand_over_their_rows_and_a_quantity_over_its_words():
    made = table(
        rows=(("A", Quantity("7", "minutes, 2004"), Badge("x", "shown")),) * 3,
        groups=(("G & H", 2), ("I", 1)),
    )
    html = tables.html(made.payload())
    assert html.count("<tbody") == 2
    assert '<th scope="rowgroup" colspan="3" role="rowheader"><span>G &amp; H</span></th>' in html
    assert '<span class="quantity"><b>7</b> <small>minutes, 2004</small></span>' in html
    assert tables.html(json.loads(json.dumps(made.payload()))) == html


def test_a_table_with_sentences_is_laid_out_for_a_phone_and_one_with_words_is_not():
    """Definitions stood three words wide beside each other, and the last column beyond the edge."""
    assert '<table role="table" class="stacked n2">' in html_of(rows=(("A", "1", "word " * 15),))
    assert "stacked" not in html_of(rows=(("A", "1", "word " * 9),))
    assert "stacked" not in html_of(rows=(("word " * 15, "1", "2"),))


def test_an_id_may_be_broken_where_it_has_a_joint():
    assert "us_<wbr>overdose" in html_of(rows=(("us_overdose", "", ""),))


@pytest.mark.parametrize(
    "changes", [{"rows": (("only one",),)}, {"name": "../up"}, {"name": "A b"}, {"groups": (("G", 1),)}]
)
def test_a_table_that_does_not_fit_is_refused(changes):
    with pytest.raises(UsageError):
        table(**changes)


@pytest.mark.parametrize("href", ["javascript:alert(1)", "//x.org", "data:text/html,x"])
def test_a_link_leads_to_a_page_or_nowhere(href):
    with pytest.raises(UsageError):
        Link("x", href)


def test_csv_neutralises_formulas_in_texts_and_headers_but_keeps_numbers():
    texts = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "plain", "a=b"]
    frame = pl.DataFrame({"=name": texts, "number": [-1.5] * 8, "day": [date(2024, 1, 31)] * 8})
    header, *rows = csv.reader(io.StringIO(to_csv(frame), newline=""))
    assert header == ["'=name", "number", "day"]
    assert [row[0] for row in rows] == [f"'{x}" for x in texts[:6]] + texts[6:]
    assert {(row[1], row[2]) for row in rows} == {("-1.5", "2024-01-31")}


def test_a_frame_becomes_words_in_the_language():
    frame = pl.DataFrame(
        {"place": ["Jalisco", None], "rate": [24.14, None], "day": [date(2024, 8, 31)] * 2, "hidden": [1, 2]}
    )
    made = from_frame(
        frame,
        Text("es"),
        Caption("t", "T"),
        headers={"day": "Día", "place": "Lugar", "rate": "Tasa"},
        units={"rate": "deaths_per_100k"},
    )
    assert made.columns == (Column("Día"), Column("Lugar"), Column("Tasa", numeric=True))
    assert made.rows[0] == ("31 de agosto de 2024", "Jalisco", "24.1")
    assert made.rows[1][1:] == ("n. d.", "n. d.")
    assert made.csv.splitlines()[0] == "place,rate,day,hidden"


def test_a_cell_that_is_no_word_is_refused():
    with pytest.raises(UsageError, match="True"):
        from_frame(pl.DataFrame({"a": [True]}), Text("en"), Caption("t", "T"), {"a": "A"})


@pytest.mark.parametrize(
    ("numeric", "stacked"),
    [
        ([False, True, True, True, True], True),  # of Cohen's kappa, a phone showed four columns of five
        (
            [False, True, False, False],
            True,
        ),  # what others publish: cards in Spanish, four thin columns in English
        ([False, True, True, False], False),
    ],
)
def test_a_phone_gets_cards_by_the_number_of_columns_in_whatever_language(numeric, stacked):
    columns = tuple(Column(f"c{n}", one) for n, one in enumerate(numeric))
    html = tables.html(Table("t", "T", columns, (tuple("x" for _ in columns),)).payload())
    assert ("stacked" in html) is stacked
