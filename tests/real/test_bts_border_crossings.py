"""Border crossings: to be run on the first real release that is put beside the others."""

from pathlib import Path

import pytest

from indicators.catalog.models import ReleaseNaming
from indicators.catalog.tables import validate
from indicators.readers import recognise, tidy
from indicators.releases.store import release_day

pytestmark = pytest.mark.real


def test_every_release_at_hand_is_read_within_the_contract(real_raw: Path) -> None:
    paths = sorted((real_raw / "us").rglob("Border_Crossing_Entry_Data*.csv*"))
    if not paths:
        pytest.skip("real releases not at hand: no Border_Crossing_Entry_Data*.csv under us/")
    for path in paths:
        match = recognise(path.name, path.read_bytes())
        assert match.source.id == "bts_border_crossings"
        day = release_day(path, ReleaseNaming(token="released", folder="released"))
        assert day is not None
        found = tidy(match, released=day.released)
        validate("border_crossings", found.facts, path.name)
        assert set(found.facts["region"]) == {"southwest", "northern"}
