"""Every true release is accepted as it came, and the altered files of the reported cases are not."""

from datetime import date
from pathlib import Path

import pytest

import real_releases
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
