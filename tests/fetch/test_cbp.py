"""CBP's and OHSS's listing pages: names that change every month, and windows that roll."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from indicators import catalog
from indicators.catalog.downloads import Listing
from indicators.fetch import Outcome
from indicators.paths import Home

Ask = Callable[..., list[Outcome]]


def listed(agencies: Any, *names: str) -> str:
    """The agency's page with links to these files."""
    page: str = agencies.page(*((f"/sites/default/files/{name}", "Download") for name in names))
    return page


def test_cbp_takes_the_newest_of_each_window_and_the_last_that_was_put_up_again(
    agencies: Any, ask: Ask, fixtures: Path, home: Home
) -> None:
    source = catalog.sources()["cbp_drugs"]
    source = source.model_copy(update={"fetch": source.fetch[:1]})
    names = [
        "2023-01/nationwide-drugs-fy22-fy23-nov.csv",
        "2023-02/nationwide-drugs-fy22-fy23-nov_0.csv",
        "2023-01/nationwide-drugs-fy22-fy23-oct.csv",
        "2022-10/nationwide-drugs-fy21-fy22.csv",
        "2022-10/nationwide-drugs-data-dictionary.pdf",
        "2022-10/nationwide-drugs-fy19-fy20.csv.zip",
        "assets/documents/2021-Oct/nationwide-drugs-fy20-fy21.csv",  # closed to machines by robots.txt
    ]
    agencies.on(source.fetch[0].page, listed(agencies, *names))
    newest = (fixtures / "cbp_drugs" / "nationwide-drugs-fy22-fy23-nov.csv").read_bytes()
    base = "https://www.cbp.gov/sites/default/files/"
    agencies.on(base + names[1], newest)
    years = ((b"\n2022,", b"\n2021,"), (b"\n2023 (FYTD),", b"\n2022,"))
    older = newest
    for old, new in years:
        older = older.replace(old, new)
    agencies.on(base + names[3], older)
    outcomes = ask(source)
    assert [one.name for one in outcomes] == [
        "nationwide-drugs-fy22-fy23-nov_0.csv",
        "nationwide-drugs-fy21-fy22.csv",
    ]
    assert outcomes[0].status == "fetched", outcomes[0].error
    assert not [path for _, path, _ in agencies.asked if "assets" in path or path.endswith(("oct.csv", "nov.csv"))]


def test_a_closed_window_has_its_day_from_the_folder_of_its_address(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_csv: bytes
) -> None:
    closed = [line for line in drugs_csv.splitlines(keepends=True) if not line.startswith(b"2023")]
    agencies.on(drugs.fetch[0].page, listed(agencies, "2022-10/nationwide-drugs-fy19-fy22.csv"))
    agencies.on("https://www.cbp.gov/sites/default/files/2022-10/nationwide-drugs-fy19-fy22.csv", b"".join(closed))
    (outcome,) = ask(drugs)
    assert outcome.vintage is not None, outcome.error
    assert (outcome.vintage.released, outcome.vintage.released_estimated) == (date(2022, 10, 31), True)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("cbp_encounters", "2025-11/sbo-encounters-fy22-fy25.csv"),
        ("cbp_encounters", "2024-10/nationwide-encounters-fy21-fy24-state.csv"),
        ("cbp_encounters", "2026-09/nationwide-encounters-fy23-fy26-aug-aor_0.csv"),
        ("cbp_drugs", "2026-05/nationwide-drugs-fy23-fy26-apr.csv"),
        ("cbp_drugs", "2026-01/amo-drug-seizures-fy23-fy26-dec.csv"),
        ("cbp_weapons", "2025-06/weapons-ammunition-seizures-fy22-fy25-may.csv"),
        ("cbp_currency", "2025-06/currency-seizures-fy22-fy25-may_1.csv"),
        ("ohss_encounters", "2025-01/KHSM%20Encounters%20%28USBP%29%20fy25m11.xlsx"),
    ],
)
def test_names_that_agencies_have_used_are_known(agencies: Any, ask: Ask, source: str, name: str) -> None:
    entry = catalog.sources()[source]
    for page in {way.page for way in entry.fetch}:
        agencies.on(page, listed(agencies, name))
    host = entry.fetch[0].page.split("/")[2]
    ask(source)
    assert agencies.times(f"https://{host}/sites/default/files/{name}") == 1


def test_a_listing_that_links_to_another_host_is_not_followed(agencies: Any, ask: Ask, drugs: catalog.Source) -> None:
    way = drugs.fetch[0]
    assert isinstance(way, Listing)
    path = "sites/default/files/2022-12/nationwide-drugs-fy22-fy23-nov.csv"
    links = [(f"https://evil.example/{path}", "Download"), ("http://[bad", "Download")]
    agencies.on(way.page, agencies.page(*links))
    (outcome,) = ask(drugs)
    assert "https to www.cbp.gov" in str(outcome.error)
    assert len(agencies.asked) == 1
