"""Currency seizures: to be run on the first real release that is put beside the others."""

from pathlib import Path

import pytest

from indicators.catalog.models import ReleaseNaming
from indicators.catalog.tables import validate
from indicators.readers import recognise, tidy
from indicators.releases.store import release_day

pytestmark = pytest.mark.real


def test_every_release_at_hand_is_read_within_the_contract(real_raw: Path) -> None:
    paths = sorted((real_raw / "us").rglob("currency-seizures-*.csv*"))
    if not paths:
        pytest.skip("real releases not at hand: no currency-seizures-*.csv under us/")
    for path in paths:
        match = recognise(path.name, path.read_bytes())
        assert match.source.id == "cbp_currency"
        day = release_day(path, ReleaseNaming(token="data", folder="released"))
        assert day is not None
        found = tidy(match, released=day.released, data_month=day.data_month)
        validate("currency_seizures", found.facts, path.name)
        assert found.facts["seized_usd"].sum() > 0
