"""Every true release is accepted as it came, and the altered files of the reported cases are not."""

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import real_releases
from command import Run
from indicators.paths import Home
from indicators.readers import recognise
from indicators.readers.files import unpack
from indicators.releases import ingest, store

pytestmark = pytest.mark.real

RECEIVED = date(2026, 11, 1)
OCT24 = "mx/sesnsp/estatal-victimas-reconstructed/vintage-2024-10"
AUG24 = "mx/sesnsp/estatal-delitos/vintage-2024-08"
SBO24 = "us/cbp_sbo_encounters/vintage-2024-12"
CDC19 = "us/cdc_vsrr/vintage-2019-04-csv"


def in_order_of_release(raw: Path) -> list[Path]:
    """The published files, oldest release first."""
    request = ingest.IngestRequest(received=RECEIVED)

    def released(path: Path) -> tuple[date, date, str]:
        match = recognise(path.name, unpack(path.name, path.read_bytes())[1])
        day = ingest.release_day(path, match, request)
        return day.released, day.data_month or date.min, str(path)

    return sorted(real_releases.published(raw), key=released)


def test_no_cry_of_wolf_every_published_release_is_accepted_in_its_order(real_raw: Path, tmp_path: Path) -> None:
    """A true release that is refused teaches its analyst to write --accept without reading."""
    home = Home(tmp_path)
    request = ingest.IngestRequest(received=RECEIVED, cache=home.cache)
    outcomes = [ingest.add(path, home.raw, request) for path in in_order_of_release(real_raw)]
    refused = [(one.path.name, str(one.error)) for one in outcomes if one.status != "added"]
    assert refused == []
    assert all(one.accepted == "" for one in store.all_vintages(home.raw))


@pytest.fixture
def case(real_raw: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Make the files of a reported case from the real releases, and return their folder."""

    def make(number: str) -> Path:
        found = sorted(real_raw.parent.glob(f"cases/{number}-*/make.py"))
        if not found:
            pytest.skip(f"case {number} is not at hand: no {real_raw.parent / 'cases'}/{number}-*/make.py")
        out = tmp_path / "made"
        subprocess.run([sys.executable, found[0], real_raw, out], check=True)
        return out

    return make


def add_all(run: Run, raw: Path, *folders: str) -> None:
    assert run("add", *(raw / one for one in folders)).code == 0


def test_case_01_two_places_exchanged_are_both_named(run: Run, real_raw: Path, case: Callable[[str], Path]) -> None:
    made = case("01")
    add_all(run, real_raw, OCT24, CDC19)
    for name, more, places in (
        ("IDVFC_NM_nov24.csv", [], ("Guanajuato", "Baja California Sur")),
        ("VSRR_Provisional_Drug_Overdose_Death_Counts.csv", ["--released", "2019-06-12"], ("California", "Texas")),
    ):
        said = run("add", made / name, *more)
        assert said.code == 1, name
        assert all(place in said.out for place in places), said.out


def test_case_02_two_labels_exchanged_are_both_named(run: Run, real_raw: Path, case: Callable[[str], Path]) -> None:
    made = case("02")
    add_all(run, real_raw, OCT24, SBO24)
    files = ingest.files_under([made])
    assert files
    for path in files:
        said = run("add", path)
        assert said.code == 1, path
        assert "--accept" in said.out


def test_case_05_newest_month_copied_has_a_banner(run: Run, real_raw: Path, case: Callable[[str], Path]) -> None:
    made = case("05")
    add_all(run, real_raw, SBO24)
    said = run("add", made / "sbo-encounters-fy22-fy25-aug.csv")
    assert "banner" in said.out
    assert "August 2025" in said.out


def test_case_06_smallest_rows_cut(run: Run, real_raw: Path, case: Callable[[str], Path]) -> None:
    made = case("06")
    add_all(run, real_raw, SBO24)
    said = run("add", made / "sbo-encounters-fy22-fy25-aug.csv")
    assert said.code == 1
    assert "rows" in said.out.lower()


def test_case_09_name_of_december_over_data_of_august(run: Run, real_raw: Path, case: Callable[[str], Path]) -> None:
    made = case("09")
    add_all(run, real_raw, AUG24)
    said = run("add", made / "IDEFC_NM_dic24.csv")
    assert said.code == 1
    assert "2024-12" in said.out
    assert "2024-08" in said.out


def test_case_10_reissue_is_in_effect_or_asks_for_its_day(
    run: Run, tmp_path: Path, case: Callable[[str], Path]
) -> None:
    """August 2025 is 11,235 in the corrected file; the metric stayed at 9,740."""
    made = case("10")
    home = Home(tmp_path)
    assert run("add", made / "sbo-encounters-fy22-fy25-aug.csv").code == 0
    (old,) = store.all_vintages(home.raw)
    assert f"--replaces {old.id}" in run("add", made / "reissue").out
    assert run("add", made / "reissue", "--replaces", old.id).code == 0
    assert run("build").code == 0
    said = run("metric", "sw_encounters", "--place", "US-SWB", "--format", "csv")
    (line,) = [line for line in said.out.splitlines() if "2025-08-01,2025-08-31" in line]
    assert ",11235" in line
