"""The published totals of offences under federal law, to the digit."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from indicators.catalog.tables import validate
from indicators.readers import Tidy, recognise, tidy

pytestmark = pytest.mark.real

FILE = "mx/sesnsp/fuero-federal/vintage-2025-07/IDEFF_jul25.csv.gz"


@pytest.fixture(scope="module")
def offences(real_raw: Path) -> Tidy:
    path = real_raw / FILE
    found = tidy(recognise(path.name, path.read_bytes()), released=date(2025, 8, 31), data_month=date(2025, 7, 31))
    validate("federal_offences", found.facts, path.name)
    return found


def test_published_totals(offences: Tidy) -> None:
    totals = dict(offences.facts.group_by("part").agg(pl.col("offences").sum()).rows())
    assert {year: totals[year] for year in ("2012", "2019", "2024", "2025")} == {
        "2012": 125_328,
        "2019": 98_396,
        "2024": 78_645,
        "2025": 48_891,  # January to July
    }
    assert offences.parts["period_through"].max() == date(2025, 7, 31)
    assert offences.notes == []


def test_abroad_is_small_and_in_the_total(offences: Tidy) -> None:
    abroad = offences.facts.filter(place="MX-ABR").group_by("part").agg(pl.col("offences").sum())
    assert abroad.height == 14
    assert 0 < abroad["offences"].max() < 300
