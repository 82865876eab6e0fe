"""What `add` and `check` make of what was noticed: a refusal wants a reason, and is kept."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from command import Run
from indicators.errors import DataError
from indicators.paths import Home
from indicators.releases import ingest, store
from indicators.warehouse import build, query

# What `add` makes of it


@pytest.fixture
def scaled(small_releases: Path, tmp_path: Path) -> Path:
    """CDC's later release of the small ones, in thousands."""
    rows = pl.read_csv(small_releases / "VSRR_20170315.csv", infer_schema=False)
    thousands = [pl.col(name).cast(pl.Int64) * 1000 for name in ("Data Value", "Predicted Value")]
    path = tmp_path / "VSRR_20170315.csv"
    rows.with_columns(thousands).write_csv(path)
    return path


def test_add_refuses_what_cannot_be_right_and_says_how_to_take_it(
    small_releases: Path, scaled: Path, tmp_path: Path
) -> None:
    raw, day = tmp_path / "raw", date(2021, 1, 4)
    ingest.add(small_releases / "VSRR_20161114.csv", raw, ingest.IngestRequest(received=day))
    refused = ingest.add(scaled, raw, ingest.IngestRequest(received=day))
    assert refused.status == "refused"
    assert isinstance(refused.error, DataError)
    assert "Thousands for units" in refused.error.found
    assert '--accept "reason"' in refused.error.todo
    assert len(store.all_vintages(raw)) == 1


def test_reason_given_for_a_release_is_kept_and_found_in_the_warehouse(
    small_releases: Path, scaled: Path, tmp_path: Path
) -> None:
    home, day = Home(tmp_path), date(2021, 1, 4)
    ingest.add(small_releases / "VSRR_20161114.csv", home.raw, ingest.IngestRequest(received=day))
    held = ingest.add(scaled, home.raw, ingest.IngestRequest(received=day, accept="CDC says so on its page")).stored()
    assert held.accepted == "CDC says so on its page"
    assert store.all_vintages(home.raw)[-1] == held
    build.build(build.BuildInputs(home.raw, home.edition), home.warehouse)
    rows = query.query(home.warehouse, "SELECT severity, code, facts FROM finding ORDER BY ALL").rows()
    assert ("note", "accepted", '{"reason": "CDC says so on its page"}') in rows
    assert {row[:2] for row in rows} >= {("refusal", "scaled")}


def test_reason_is_not_kept_where_nothing_was_refused(small_releases: Path, tmp_path: Path) -> None:
    path = small_releases / "VSRR_20161114.csv"
    assert (
        ingest.add(path, tmp_path, ingest.IngestRequest(received=date(2021, 1, 4), accept="why not")).stored().accepted
        == ""
    )


def test_an_older_release_is_held_against_the_one_after_it(small_releases: Path, scaled: Path, tmp_path: Path) -> None:
    """Releases are often added newest first."""
    raw, day = tmp_path / "raw", date(2021, 1, 4)
    request = ingest.IngestRequest(received=day, accept="its own months jump, too")
    assert ingest.add(scaled, raw, request).status == "added"
    older = ingest.add(small_releases / "VSRR_20161114.csv", raw, ingest.IngestRequest(received=day))
    assert older.status == "refused"
    assert "Thousands for units" in str(older.error)


def test_check_lists_what_was_noticed_in_each_language(look: Run) -> None:
    english = look("check", "cbp_encounters", "--format", "csv")
    assert "banner,cbp_encounters-2016-12-31-" in english.out
    assert "for its revisions" in english.out + english.err
    spanish = look("check", "--lang", "es")
    assert "agosto" in spanish.out or "octubre" in spanish.out
    assert 'no source is called "cbp"' in look("check", "cbp").err
