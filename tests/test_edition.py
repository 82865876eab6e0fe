"""The edition: what ships is declared, whole, small, the same each time, and says what the store says."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

import edition
from indicators import catalog
from indicators.catalog.tables import FACTS, validate
from indicators.errors import UsageError
from indicators.metrics import compute, frames
from indicators.paths import Home, home
from indicators.warehouse import build, query

AS_OF = date(2021, 1, 4)
WHOLE = (
    "overdose_deaths",
    "crime_victims",
    "missing_persons",
    "encounters",
)  # facts that the grain below ships
GRAIN = """
releases = {}
[[overdose_deaths]]
[[crime_victims]]
where = "subtype IN ('Homicidio doloso', 'Feminicidio')"
all = ["age_group"]
[[crime_victims]]
where = "subtype NOT IN ('Homicidio doloso', 'Feminicidio')"
all = ["age_group", "sex", "modality"]
[[missing_persons]]
[[encounters]]
where = "dataset = 'southwest'"
all = ["citizenship"]
[[encounters]]
where = "dataset = 'nationwide_state'"
all = ["citizenship", "demographic"]
[[drug_seizures]]
all = ["land_filter", "branch"]
[[population]]
"""


@pytest.fixture
def declared(tmp_path: Path) -> Path:
    path = tmp_path / "edition.toml"
    path.write_text(GRAIN, encoding="utf-8")
    return path


@pytest.fixture
def shipped(small_home: Home, declared: Path, tmp_path: Path) -> Home:
    """A home that has the edition of the small home and nothing else."""
    home = Home(tmp_path / "fresh")
    edition.export(small_home.warehouse, home.edition, declared)
    build.ensure(home)
    return home


def state(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_metrics_from_the_edition_are_those_from_the_store(small_home: Home, shipped: Home) -> None:
    compared = 0
    with query.connect(small_home.warehouse) as store, query.connect(shipped.warehouse) as fresh:
        for name, one in catalog.metrics().items():
            if one.table not in WHOLE:
                continue
            ours = compute.all_series(store, name, AS_OF)
            theirs = compute.all_series(fresh, name, AS_OF)
            assert list(theirs) == list(ours), name
            for place, series in ours.items():
                assert frames.rows(theirs[place]).equals(frames.rows(series)), (name, place)
                compared += series.frame.height
    assert compared > 5_000


def test_the_edition_is_written_where_the_next_build_reads(
    small_home: Home, declared: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = Home(declared.parent)
    project.warehouse.parent.mkdir(parents=True)
    project.warehouse.symlink_to(small_home.warehouse)
    monkeypatch.setenv("INDICATORS_HOME", str(project.root))
    monkeypatch.setattr(edition.export, "__defaults__", (declared,))
    edition.main()
    assert capsys.readouterr().out.startswith(f"{project.edition}: ")
    assert (project.edition / "encounters.parquet").exists()


def test_same_warehouse_gives_the_same_bytes(small_home: Home, declared: Path, tmp_path: Path) -> None:
    sizes = [edition.export(small_home.warehouse, tmp_path / name, declared) for name in ("one", "two")]
    assert state(tmp_path / "one") == state(tmp_path / "two")
    assert sizes[0] == sizes[1] == sum(len(data) for data in state(tmp_path / "one").values())


def test_edition_written_from_an_edition_is_the_same(shipped: Home, declared: Path, tmp_path: Path) -> None:
    edition.export(shipped.warehouse, tmp_path / "again", declared)
    assert state(tmp_path / "again") == state(shipped.edition)


def test_weights_are_added_up(fixtures: Path, declared: Path, tmp_path: Path) -> None:
    """A weight is a float, and no column to group by."""
    from indicators.releases import ingest

    home = Home(tmp_path / "drugs")
    for name in ("nationwide-drugs-fy22-fy23-nov.csv", "amo-drug-seizures-fy22-fy23-oct.csv"):
        ingest.add(fixtures / "cbp_drugs" / name, home.raw, ingest.IngestRequest(received=AS_OF.replace(year=2023)))
    build.ensure(home)
    edition.export(home.warehouse, home.edition, declared)
    rows = pl.read_parquet(home.edition / "drug_seizures.parquet")
    whole = query.query(home.warehouse, "SELECT sum(seized_lb), sum(events) FROM drug_seizures").row(0)
    assert (rows["seized_lb"].sum(), rows["events"].sum()) == pytest.approx(whole)
    assert rows.height < query.query(home.warehouse, "FROM drug_seizures").height
    for vintage, facts in rows.group_by("vintage"):
        validate("drug_seizures", facts.drop("vintage"), str(vintage))


def test_percents_are_never_added_up(small_home: Home, declared: Path, tmp_path: Path) -> None:
    declared.write_text('releases = {}\n[[overdose_deaths]]\nall = ["indicator"]\n')
    with pytest.raises(UsageError, match="complete_pct of overdose_deaths is in percent"):
        edition.export(small_home.warehouse, tmp_path / "edition", declared)


def test_edition_that_would_be_too_big_leaves_the_one_before(
    small_home: Home, shipped: Home, declared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(shipped.edition)
    monkeypatch.setattr(edition, "MAX_BYTES", 10_000)
    with pytest.raises(UsageError, match=r"more than 10,000: take less in edition\.toml"):
        edition.export(small_home.warehouse, shipped.edition, declared)
    assert state(shipped.edition) == before
    assert not [path for path in shipped.processed.iterdir() if path.name.startswith(".edition")]


def test_table_that_ships_no_more_is_gone(small_home: Home, shipped: Home, declared: Path) -> None:
    declared.write_text("releases = {}\n[[population]]\n")
    edition.export(small_home.warehouse, shipped.edition, declared)
    assert set(state(shipped.edition)) == {
        "README.md", "population.parquet", "vintage.parquet", "vintage_part.parquet", "finding.parquet",
    }  # fmt: skip


def test_release_that_is_declared_and_not_there_is_an_error(small_home: Home, declared: Path, tmp_path: Path) -> None:
    declared.write_text(GRAIN.replace("{}", '{ cdc_overdose = ["2016-11-14", "2016-12-14"] }'))
    with pytest.raises(UsageError, match="no release of cdc_overdose of 2016-12-14"):
        edition.export(small_home.warehouse, tmp_path / "edition", declared)
    assert not (tmp_path / "edition").exists()


def test_only_the_declared_releases_ship(small_home: Home, declared: Path, tmp_path: Path) -> None:
    declared.write_text(GRAIN.replace("{}", '{ cdc_overdose = ["2016-11-14"] }'))
    edition.export(small_home.warehouse, tmp_path / "edition", declared)
    known = pl.read_parquet(tmp_path / "edition" / "vintage.parquet")
    assert known.filter(source="cdc_overdose")["released"].to_list() == [date(2016, 11, 14)]
    for name in ("overdose_deaths", "vintage_part", "finding"):
        rows = pl.read_parquet(tmp_path / "edition" / f"{name}.parquet")
        assert set(rows["vintage"]) <= set(known["vintage"])


def test_readme_names_agency_release_and_licence(small_home: Home, shipped: Home) -> None:
    text = (shipped.edition / "README.md").read_text(encoding="utf-8")
    for released, source in query.query(small_home.warehouse, "SELECT released, source FROM vintage").rows():
        entry = catalog.sources()[source]
        assert any(
            all(word in line for word in (source, f"~{released}", entry.agency.en, entry.licence.en))
            for line in text.splitlines()
        )


def test_findings_of_the_readers_ship(shipped: Home) -> None:
    assert query.query(shipped.warehouse, "SELECT code FROM finding WHERE source = 'population_us'").rows()


def test_edition_in_the_project_keeps_the_contracts() -> None:
    """Aggregates only, each release within its contract, at most three megabytes in all."""
    folder = home().edition
    assert sum(path.stat().st_size for path in folder.iterdir()) <= edition.MAX_BYTES
    known = pl.read_parquet(folder / "vintage.parquet")
    assert set(known["source"]) <= set(catalog.sources())
    assert set(known["how"]) == {"edition"}
    read = 0
    for table in FACTS:
        path = folder / f"{table}.parquet"
        if path.exists():
            for (vintage,), facts in pl.read_parquet(path).group_by("vintage"):
                validate(table, facts.drop("vintage"), f"{table} of {vintage}")
                assert vintage in known["vintage"]
                read += facts.height
    assert read > 100_000
