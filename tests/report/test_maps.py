import json
import re
from xml.etree import ElementTree

import polars as pl
import pytest

from indicators import catalog
from indicators.charts.style import INK, PAPER, SHADES
from indicators.charts.tables import Caption
from indicators.charts.tile_map import _classes, grid, luminance, svg, tile_map
from indicators.errors import UsageError
from indicators.i18n import Text

STATES = {
    country: {place.id for place in catalog.places().values() if place.kind == "state" and place.country == country}
    for country in ("MX", "US")
}


def made(text=None, country="MX", values=None):
    values = values or {place: float(n) for n, place in enumerate(sorted(grid(country)))}
    frame = pl.DataFrame(
        {"place": list(values), "value": list(values.values())}, schema_overrides={"value": pl.Float64}
    )
    return tile_map(frame, text or Text("en"), Caption("m", "T <&>"), "deaths_per_100k", country)


@pytest.mark.parametrize(("country", "count"), [("MX", 32), ("US", 51)])
def test_every_state_has_one_tile_of_its_own(country, count):
    places = grid(country)
    assert len(places) == count
    assert len(set(places.values())) == count
    assert set(places) <= STATES[country]


def test_mexico_is_whole():
    assert set(grid("MX")) == STATES["MX"]


def test_the_drawing_is_sound_and_every_tile_reads_aloud():
    drawing = svg(made(Text("es")).payload())
    root = ElementTree.fromstring(drawing)
    tiles = [one for one in root.iter() if one.get("class") == "tile"]
    assert len(tiles) == 32
    assert {one.get("tabindex") for one in tiles} == {"0"}
    assert {"Ciudad de México", "Estado de México"} <= {one.get("aria-label").split(": ")[0] for one in tiles}
    assert "T &lt;&amp;&gt;" in drawing


def test_what_is_missing_has_a_pattern_and_a_word():
    one = made(values={"MX-JAL": 1.0, "MX-COL": None})
    labels = re.findall(r'aria-label="([^"]+)"', svg(one.payload()))
    assert "Colima: no data" in labels
    assert svg(one.payload()).count("url(#m-none)") == 30 + 1 + 1  # in the legend too
    assert one.legend[-1] == ("", "no data")
    assert one.table.rows[0] == ("Jalisco", "1.0")


def test_a_reason_is_told_where_there_is_one():
    frame = pl.DataFrame(
        {"place": ["MX-JAL"], "value": [None], "missing_code": ["suppressed"]},
        schema_overrides={"value": pl.Float64},
    )
    one = tile_map(frame, Text("es"), Caption("m", "T"), "deaths", "MX")
    assert "Jalisco: omitido por la institución" in svg(one.payload())


@pytest.mark.parametrize(
    ("places", "words"), [(["US-TX"], "US-TX is no state of MX"), (["MX-JAL", "MX-JAL"], "two rows")]
)
def test_a_map_that_would_mislead_is_refused(places, words):
    frame = pl.DataFrame({"place": places, "value": [1.0] * len(places)})
    with pytest.raises(UsageError, match=words):
        tile_map(frame, Text("en"), Caption("m", "T"), "deaths", "MX")


@pytest.mark.parametrize(
    "values", [[3.0, 97.0], [0.0], [5.5, 5.5], [90.0, 110.0], [0.001, 0.0042], [1e6, 7e6], [-3.0, 4.0], []]
)
def test_classes_are_few_and_hold_all_values(values):
    bounds = _classes(values)
    assert 2 <= len(bounds) <= len(SHADES) + 1
    assert bounds == sorted(set(bounds))
    assert all(bounds[0] <= value <= bounds[-1] for value in values)


@pytest.mark.parametrize("shade", SHADES)
def test_text_on_every_shade_has_contrast(shade):
    ink = PAPER if luminance(shade) < 0.25 else INK
    high, low = sorted((luminance(ink), luminance(shade)), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_a_notebook_shows_it_and_the_page_gets_its_own_form():
    bundle = made()._repr_mimebundle_()
    assert "<svg" in bundle["text/html"]
    assert "T <&>" not in bundle["text/html"]
    assert json.loads(json.dumps(bundle)) == bundle
