"""The catalogue: every file loads, every name in it exists, every text stands in both languages."""

import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from pydantic import BaseModel

from indicators import catalog
from indicators.catalog import Bilingual, corridors
from indicators.catalog.tables import FACTS
from indicators.errors import DataError
from indicators.periods import Clock
from indicators.readers import READERS

LOADERS: dict[str, Callable[[], object]] = {
    "sources.toml": catalog.sources,
    "metrics.toml": catalog.metrics,
    "breaks.toml": catalog.breaks,
    "articles.toml": catalog.articles,
    "glossary.toml": catalog.glossary,
    "places.csv": catalog.places,
}
FROM_FACTS = [one for one in catalog.metrics().values() if one.table]
FACT_CLOCKS = {Clock.MONTH, Clock.STOCK, Clock.YEAR, Clock.TWELVE_MONTH_ENDING, Clock.TWELVE_MONTH_ROLLING}


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the catalogue that is read instead of the project's."""
    shutil.copytree(catalog.HERE, tmp_path / "catalog")
    monkeypatch.setattr(catalog, "HERE", tmp_path / "catalog")
    for load in LOADERS.values():
        load.cache_clear()  # type: ignore[attr-defined]
    yield tmp_path / "catalog"
    for load in LOADERS.values():
        load.cache_clear()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", LOADERS)
def test_every_file_loads_and_holds_something(name: str) -> None:
    assert len(LOADERS[name]()) >= 5  # type: ignore[arg-type]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new", "named"),
    [
        ("sources.toml", "cadence_days = 31", "cadence = 31", "cdc_overdose.cadence_days"),
        ("sources.toml", "cadence_days = 31", "cadence_days = 0", "cdc_overdose.cadence_days"),
        ("sources.toml", 'zeros = "stated"', 'zeros = "maybe"', "cdc_overdose.zeros"),
        ("sources.toml", 'token = "released"', 'tokens = "released"', "cdc_overdose.release.tokens"),
        ("metrics.toml", 'name.es = "Muertes', 'name.fr = "Muertes', "us_overdose_deaths_12m.name.es"),
        ("metrics.toml", 'kind = "count"', 'kind = "number"', "us_overdose_deaths_12m.kind"),
        (
            "metrics.toml",
            'clock = "12_month_ending"',
            'clock = "year_ending"',
            "us_overdose_deaths_12m.clock",
        ),
        ("metrics.toml", 'measure = "reported_deaths"', "", "us_overdose_deaths_12m"),
        ("metrics.toml", 'population = "population_us"', "", "us_overdose_rate"),
        ("metrics.toml", 'of = { modality = ["Con arma de fuego"] }', "", "mx_homicide_firearm_share"),
        (
            "metrics.toml",
            'measure = "reported_deaths"',
            'measure = "a"\nover_years = 5',
            "us_overdose_deaths_12m",
        ),
        ("breaks.toml", "first = 2026-01-01", 'first = "New Year"', "sesnsp_rnid_2026.first"),
        ("breaks.toml", "\nsplits = true", "\nsplit = true", "sesnsp_rnid_2026.split"),
        ("places.csv", "US-TX,state", "US-TX,republic", "US-TX.kind"),
    ],
)
def test_wrong_key_or_value_names_file_and_entry(copy: Path, name: str, old: str, new: str, named: str) -> None:
    edit(copy / name, old, new)
    with pytest.raises(DataError) as caught:
        LOADERS[name]()
    assert caught.value.file == name
    assert caught.value.todo == f"mend the key {named}"


def test_what_is_no_toml_names_the_line(copy: Path) -> None:
    edit(copy / "breaks.toml", "first = 2026-01-01", "first = = 2026-01-01")
    with pytest.raises(DataError, match=r"breaks\.toml(.|\n)*line \d+"):
        catalog.breaks()


def test_file_saved_in_another_encoding_is_named(copy: Path) -> None:
    text = (copy / "breaks.toml").read_text(encoding="utf-8")
    (copy / "breaks.toml").write_bytes(text.encode("cp1252"))
    with pytest.raises(DataError, match="UTF-8"):
        catalog.breaks()


@pytest.mark.parametrize(
    "row",
    [
        "US-TX,state,US,Texas,Texas,TX,48,US,,,,,",  # a second Texas
        "US-TT,territory,US,Turks, Caicos,Turcas,TT,,US,,,,,",  # a comma that is not quoted
        "US-TT,territory,US",
    ],
)
def test_broken_row_of_the_places_names_its_line(copy: Path, row: str) -> None:
    with (copy / "places.csv").open("a", encoding="utf-8") as file:
        file.write(row + "\n")
    lines = (copy / "places.csv").read_text(encoding="utf-8").splitlines()
    with pytest.raises(DataError) as caught:
        catalog.places()
    assert (caught.value.file, caught.value.line) == ("places.csv", len(lines))


def test_metric_that_two_files_have_is_named(copy: Path) -> None:
    text = (copy / "metrics.toml").read_text(encoding="utf-8")
    first = re.search(r"\[us_overdose_rate\](.|\n)*?\n\n", text)
    assert first
    (copy / "metrics" / "again.toml").write_text(first[0], encoding="utf-8")
    with pytest.raises(DataError, match=r"metrics/again\.toml(.|\n)*us_overdose_rate"):
        catalog.metrics()


@pytest.mark.parametrize("one", FROM_FACTS, ids=lambda one: one.id)
def test_metric_asks_for_columns_and_labels_that_its_table_has(one: catalog.Metric) -> None:
    assert one.table in FACTS
    columns = FACTS[one.table].columns
    measure = columns[str(one.measure)]
    assert measure.type in (pl.Int64, pl.Float64)
    assert measure.type == pl.Int64 or one.kind in ("amount", "ratio"), "pounds are no events"
    assert one.clock in FACT_CLOCKS
    for where in (one.where, one.of, *(piece.where for piece in one.slices)):
        for name, labels in where.items():
            assert name in columns, name
            allowed = set(columns[name].allowed)
            assert not allowed or set(labels) <= allowed, name
            assert set(labels) <= allowed or set(labels) <= known_labels(one.table), (name, labels)


def known_labels(table: str) -> set[str]:
    """The codes and labels that the source of a table can give, of all its columns."""
    known: set[str] = set()
    for source in catalog.sources().values():
        if source.table.startswith(("crime_", table)) or source.table == table:
            for labels in source.categories.values():
                for label in labels.values() if isinstance(labels, dict) else labels:
                    known |= {label, *(part.strip() for part in label.split("|"))}
    return known


@pytest.mark.parametrize("one", catalog.metrics().values(), ids=lambda one: one.id)
def test_metric_names_places_populations_and_companions_that_exist(one: catalog.Metric) -> None:
    for piece in one.slices:
        assert piece.place in catalog.places() or piece.place in ("each", "corridor")
        assert not (piece.sum and piece.place in ("each", "corridor"))
    assert len(set(one.places())) == len(one.places())
    assert one.population is None or catalog.sources()[one.population].table == "population"
    for other in (one.companion, one.minutes_of):
        assert other is None or other in catalog.metrics()
    assert one.klass not in ("output", "guard") or one.good == "none", "enforcement is neither good nor bad"


def test_each_source_fills_one_declared_table_and_has_its_reader() -> None:
    tables = [one.table for one in catalog.sources().values() if one.table != "population"]
    assert len(set(tables)) == len(tables)
    assert list(READERS) == sorted(catalog.sources())
    for source in catalog.sources().values():
        assert source.table in FACTS
        assert source.layouts
        assert source.url.startswith("https://")


def test_layouts_give_each_header_one_meaning() -> None:
    for source in catalog.sources().values():
        for name, layout in source.layouts.items():
            accepted = layout.accepted()
            headers = sum(1 if isinstance(one, str) else len(one) for one in layout.columns.values())
            assert len(accepted) == headers + len(layout.months) + len(layout.by_year), (source.id, name)
            assert len(layout.months) in (0, 12)
            assert not [one for one in accepted if layout.ignores(one)]


def test_breaks_name_known_sources_and_metrics_and_are_in_order() -> None:
    breaks = catalog.breaks()
    assert [one.first for one in breaks] == sorted(one.first for one in breaks)
    for one in breaks:
        assert one.first <= one.last
        assert set(one.sources) <= set(catalog.sources())
        assert set(one.metrics) <= set(catalog.metrics())
        assert one.sources or one.metrics
        assert one.blocks or not one.splits


def test_breaks_of_a_source_are_those_of_its_clock() -> None:
    stock = catalog.breaks_of("rnpdno", Clock.STOCK)
    assert {one.id for one in stock} >= {"rnpdno_census_2023"}
    assert "rnpdno_census_2023" not in {one.id for one in catalog.breaks_of("rnpdno", Clock.MONTH)}
    assert catalog.breaks_of("population_us", Clock.STOCK) == ()


def texts(value: object) -> Iterator[Bilingual]:
    """Every bilingual text inside an entry."""
    if isinstance(value, Bilingual):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from texts(getattr(value, name))
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from texts(one)


@pytest.mark.parametrize("name", ["sources.toml", "metrics.toml", "breaks.toml", "articles.toml", "glossary.toml"])
def test_every_text_stands_in_both_languages(name: str) -> None:
    found = list(texts(LOADERS[name]()))
    assert len(found) > 5
    for one in found:
        for lang in ("en", "es"):
            assert one[lang].strip() == one[lang] != "", one
            assert "  " not in one[lang], one
            assert "{" not in one[lang], one


def test_sentences_are_not_left_in_the_other_language() -> None:
    """Two long texts that are letter for letter the same were not translated."""
    same = [one.en for name in LOADERS if name != "places.csv" for one in texts(LOADERS[name]()) if one.en == one.es]
    assert [text for text in same if len(text) > 40] == []


def test_places_lie_in_places_and_have_both_names() -> None:
    places = catalog.places()
    for one in places.values():
        assert one.name_en.strip()
        assert one.name_es.strip()
        assert not one.parent or one.parent in places
        assert not one.corridor or one.corridor in corridors.ids()
    states = [one for one in places.values() if one.kind == "state"]
    assert len([one for one in states if one.country == "MX"]) == 32
    assert len([one for one in states if one.country == "US"]) == 51  # with the District of Columbia
    codes = [(one.country, one.code) for one in states]
    assert len(set(codes)) == len(codes)


def test_every_label_of_a_state_is_a_place() -> None:
    for source in catalog.sources().values():
        for name in ("state", "state_code"):
            labels = source.categories.get(name, {})
            assert isinstance(labels, dict)
            assert set(labels.values()) <= set(catalog.places()), source.id


def test_edition_ships_tables_columns_and_sources_that_exist() -> None:
    grain = tomllib.loads((catalog.HERE / "edition.toml").read_text(encoding="utf-8"))
    assert set(grain.pop("releases")) <= set(catalog.sources())
    assert set(grain) <= set(FACTS)
    for table, entries in grain.items():
        for one in entries:
            assert set(one) <= {"where", "all"}
            for column in one.get("all", []):
                assert column in FACTS[table].key, (table, column)
                labels = FACTS[table].columns[column].allowed
                assert not labels or "all" in labels, (table, column)
