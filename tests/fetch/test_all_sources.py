"""Census and CONAPO; and all sources together, one request at a time to each host."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from indicators import catalog
from indicators.catalog.downloads import Dated
from indicators.fetch import Outcome

Ask = Callable[..., list[Outcome]]
CENSUS = "https://www2.census.gov/programs-surveys/popest/datasets/"


def test_census_is_asked_from_this_year_back(agencies: Any, ask: Ask, fixtures: Path) -> None:
    folder = fixtures / "population_us"
    newest = f"{CENSUS}2020-2024/state/totals/NST-EST2024-ALLDATA.csv"
    agencies.on(newest, (folder / "NST-EST2024-ALLDATA.csv").read_bytes())
    agencies.on(f"{CENSUS}2010-2020/state/totals/nst-est2020.csv", (folder / "nst-est2020.csv").read_bytes())
    new, old = ask("population_us")
    assert (new.status, new.url) == ("fetched", newest), new.error
    assert new.vintage is not None
    assert new.vintage.released == date(2024, 12, 31)
    assert old.vintage is not None, old.error
    assert old.vintage.released == date(2020, 12, 31)
    assert agencies.times(f"{CENSUS}2020-2026/state/totals/NST-EST2026-ALLDATA.csv") == 1


def test_conapo_has_the_day_of_its_edition(agencies: Any, ask: Ask, fixtures: Path) -> None:
    way = catalog.sources()["population_mx"].fetch[0]
    assert isinstance(way, Dated)
    data = (fixtures / "population_mx" / "00_Pob_Mitad_1950_2070.csv").read_bytes()
    agencies.on(way.address, data, Last_Modified="Wed, 14 Oct 2026 15:05:45 GMT")
    (outcome,) = ask("population_mx")
    assert outcome.vintage is not None, outcome.error
    assert outcome.vintage.released == date(2023, 12, 31)


def test_one_source_that_fails_stops_no_other_and_no_host_is_asked_twice_at_once(
    agencies: Any, ask: Ask, fixtures: Path, drugs_url: str, drugs_csv: bytes
) -> None:
    agencies.on(drugs_url, drugs_csv)
    way = catalog.sources()["population_mx"].fetch[0]
    assert isinstance(way, Dated)
    agencies.on(way.address, (fixtures / "population_mx" / "00_Pob_Mitad_1950_2070.csv").read_bytes())
    agencies.on("https://data.cdc.gov/api/views/xkb8-kh2a.json", status=500)
    outcomes = ask(*[one.id for one in catalog.sources().values() if one.fetch])
    by_status = {status: {one.source for one in outcomes if one.status == status} for status in ("fetched", "failed")}
    assert by_status["fetched"] == {"cbp_drugs", "population_mx"}
    assert {"cdc_overdose", "cbp_encounters", "sesnsp_victims", "rnpdno", "ohss_encounters"} <= by_status["failed"]
    assert len(agencies.most_at_once) >= 7
    assert set(agencies.most_at_once.values()) == {1}
    assert all("to do:" in str(one.error) for one in outcomes if one.status == "failed")
