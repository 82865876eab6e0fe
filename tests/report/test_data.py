"""The data beside the pages: what is said of each file is so, and no value is there twice or in two versions."""

import csv
import json
import re
from datetime import date
from hashlib import sha256
from io import StringIO
from pathlib import Path

import nbformat.v4 as nb
import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import indicators
from indicators.charts.tables import FORMULA_STARTS, Column, Table, to_csv
from indicators.metrics import compute, frames
from indicators.paths import Home
from indicators.report import data_package
from indicators.report.data_package import KEY, SCHEMA
from indicators.report.outputs import PageError
from indicators.warehouse import query

QUARTER, AS_OF, ENDS = "2016Q3", date(2020, 12, 31), date(2016, 9, 30)


def notebook(*things):
    outputs = [nb.new_output("display_data", data=one._repr_mimebundle_()) for one in things]
    return nb.new_notebook(cells=[nb.new_code_cell("show()", outputs=outputs)])


def table(id="notes", rows="a,b\n1,2020-01-31\n", lang="en"):
    return Table(id, "Notes", (Column("A"),), (("x",),), csv=rows, lang=lang)


def books(home, lang):
    indicators.use(quarter=QUARTER, lang=lang, as_of=AS_OF, warehouse=str(home.warehouse))
    chart = indicators.chart(indicators.metric("mx_homicide_victims", "MX"))
    return [notebook(chart), notebook(table(lang=lang))]


@pytest.fixture(scope="module")
def written(small_home: Home, tmp_path_factory: pytest.TempPathFactory):
    """A data folder in both languages, and what it says for a page's head."""
    folder = tmp_path_factory.mktemp("report") / "data"
    with query.connect(small_home.warehouse) as connection:
        shown = {lang: books(small_home, lang) for lang in ("en", "es")}
        return folder, data_package.write(folder, connection, QUARTER, AS_OF, shown)


def read_as_said(path: Path, resource):
    """A file read as its description says it is to be read."""
    if resource["format"] == "parquet":
        return pl.read_parquet(path)
    types = {
        "string": pl.String,
        "date": pl.Date,
        "number": pl.Float64,
        "integer": pl.Int64,
        "boolean": pl.Boolean,
    }
    schema = {field["name"]: types[field["type"]] for field in resource["schema"]["fields"]}
    frame = pl.read_csv(path, schema=schema)
    assert list(frame.schema.items()) == list(schema.items())
    return frame


def check_package(folder: Path) -> int:
    """Hold every file of a data folder against its ``datapackage.json``; return how many there are."""
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["$schema"].endswith("/2.0/datapackage.json")
    assert set(package) >= {"name", "title", "version", "licenses", "sources", "resources"}
    assert all(one["title"] and one["path"].startswith("https://") for one in package["sources"])
    names = [one["name"] for one in package["resources"]]
    assert len(set(names)) == len(names)
    for one in package["resources"]:
        path = folder / one["path"]
        content = path.read_bytes()
        assert (one["bytes"], one["hash"]) == (len(content), f"sha256:{sha256(content).hexdigest()}")
        frame = read_as_said(path, one)
        assert one["rows"] == frame.height, one["path"]
        assert frame.columns == [field["name"] for field in one["schema"]["fields"]]
        key = one["schema"].get("primaryKey")
        assert not key or frame.select(key).is_duplicated().sum() == 0
    files = {str(path.relative_to(folder)) for path in folder.rglob("*.*") if path.is_file()}
    assert files == {one["path"] for one in package["resources"]} | {"datapackage.json", "CITATION.cff"}
    return len(names)


def test_every_file_is_as_its_description_says(written):
    folder, _ = written
    assert check_package(folder) == 2 + 2 * 2


def test_every_file_that_ships_with_a_report_is_as_said(shipped_report: Home):
    (folder,) = shipped_report.reports.glob("[0-9]*/data")
    assert check_package(folder) > 100
    pages = [path.read_text(encoding="utf-8") for path in folder.parent.glob("??/*.html")]
    heads = [re.search(r'<script type="application/ld\+json">(.*?)</script>', page) for page in pages]
    assert {json.loads(head[1])["@type"] for head in heads} == {"Dataset"}
    offered = {address for page in pages for address in re.findall(r'href="\.\./data/([^"]+)"', page)}
    assert [one for one in offered if not (folder / one).exists()] == []


def test_csv_and_parquet_hold_the_same_values(written):
    folder, _ = written
    frame = pl.read_parquet(folder / "metric_value.parquet")
    assert frame.schema == pl.Schema(SCHEMA)
    assert frame.equals(pl.read_csv(folder / "metric_value.csv", schema=SCHEMA))


def test_values_are_those_of_the_metric_shown_or_not(written, small_home):
    values = pl.read_parquet(written[0] / "metric_value.parquet")
    with query.connect(small_home.warehouse) as connection:
        for name, place in (("mx_homicide_victims", "MX"), ("sw_encounters", "US-SWB")):
            series = compute.series(connection, name, place, AS_OF)
            rows = frames.rows(series).filter(pl.col("period_end") <= AS_OF)
            found = values.filter(metric=name, place=place).select(rows.columns)
            assert rows.height
            assert found.equals(rows.sort(KEY))
            assert values.filter(metric=name)["unit"].unique().to_list() == [series.unit]
    assert ENDS < values["period_end"].max() <= AS_OF  # each series to its newest period


def test_each_value_and_source_has_a_provenance_by_its_code(written):
    """A user of the CSV saw a vintage and had to look up in another file how it had come."""
    folder, _ = written
    values = pl.read_csv(folder / "metric_value.csv", schema=SCHEMA)
    assert values.filter(metric="mx_homicide_victims")["provenance"].unique().to_list() == ["as_received"]
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert {one["provenance"] for one in package["sources"]} == {"as_received"}
    chart = pl.read_csv(folder / "en" / "mx-homicide-victims-mx.csv")
    assert chart["provenance"].unique().to_list() == ["as_received"]


def test_the_same_inputs_give_the_same_bytes(written, small_home, tmp_path):
    folder, _ = written
    with query.connect(small_home.warehouse) as connection:
        shown = {lang: books(small_home, lang) for lang in ("en", "es")}
        data_package.write(tmp_path / "again", connection, QUARTER, AS_OF, shown)
    for path in folder.rglob("*.*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "again" / path.relative_to(folder)).read_bytes(), path.name


def test_one_id_with_two_contents_is_refused(small_home, tmp_path):
    """The page of what can be measured and that of data quality both wrote coverage.csv; the last one won."""
    twice = [notebook(table()), notebook(table(rows="a,b\n2,2020-01-31\n"))]
    with (
        query.connect(small_home.warehouse) as connection,
        pytest.raises(PageError, match='two pages show different data under the id "notes"'),
    ):
        data_package.write(tmp_path / "data", connection, QUARTER, AS_OF, {"en": twice})


def test_two_pages_that_contradict_each_other_are_refused(small_home, monkeypatch):
    monkeypatch.setattr(data_package, "_not_shown", lambda *_: ())
    header = ",".join(frames.CSV_COLUMNS)
    files = [
        f"{header}\nmx_homicide_victims,MX,2016-01-01,2016-01-31,month,{value},,,final,,v,,\n" for value in (1.0, 2.0)
    ]
    with (
        query.connect(small_home.warehouse) as connection,
        pytest.raises(PageError, match="two pages give mx_homicide_victims, MX, month 2016-01-31 as"),
    ):
        data_package.metric_values(files, connection, AS_OF)


def test_the_head_of_a_page_gets_a_dataset_in_its_language(written):
    folder, described = written
    for lang, name in (("en", "Mexico"), ("es", "México")):
        head = described[lang]
        assert (head["@type"], head["inLanguage"], head["version"]) == ("Dataset", lang, AS_OF.isoformat())
        assert name in {place["name"] for place in head["spatialCoverage"]}
        assert head["temporalCoverage"].endswith("/2020-07-31")
        assert {"name", "description", "license", "creator"} <= set(head)
        assert len(head["description"]) >= 50  # schema.org's readers take no shorter one
        for one in head["distribution"]:
            assert (folder / "en" / one["contentUrl"].replace("../data/", "../")).exists()


def test_the_citation_is_whole(written):
    cited = yaml.safe_load((written[0] / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "version", "date-released", "license"} <= set(cited)
    assert "2016Q3" in cited["title"]
    assert all(one["title"] and one["authors"] and one["url"] for one in cited["references"])


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=1))
def test_no_text_is_run_by_a_spreadsheet_and_none_is_lost(texts):
    cells = list(csv.reader(StringIO(to_csv(pl.DataFrame({"a": ["x", *texts], "b": 1.5})))))[1:]
    assert not [cell for cell, _ in cells if cell.startswith(FORMULA_STARTS)]
    assert [cell.removeprefix("'") for cell, _ in cells[1:]] == [one.removeprefix("'") for one in texts]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_stay_the_same_numbers(numbers):
    """A negative number begins with a minus and is no formula."""
    lines = to_csv(pl.DataFrame({"a": numbers})).splitlines()[1:]
    assert [float(line) for line in lines] == numbers
