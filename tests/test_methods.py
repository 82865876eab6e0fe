"""The methods are told in both languages, each family of metrics has its page, and its checks by hand are right."""

import re
from datetime import date
from pathlib import Path

import pytest

from indicators import catalog
from indicators.metrics import compute
from indicators.paths import Home
from indicators.warehouse import query
from indicators.warehouse.freshness import newest_release

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "methods"
PAGES = sorted(path.name.removesuffix(".en.md") for path in FOLDER.glob("*.en.md"))
FAMILIES = {  # the page of each fact table, and of the kinds of metric that have none
    "overdose_deaths": "overdoses",
    "injury_deaths": "overdoses",
    "crime_victims": "homicides",
    "crime_cases": "homicides",
    "federal_offences": "homicides",
    "missing_persons": "missing-persons",
    "encounters": "encounters",
    "encounters_long": "encounters",
    "border_crossings": "encounters",
    "drug_seizures": "seizures",
    "weapon_seizures": "seizures",
    "currency_seizures": "seizures",
    "population": "rates-and-places",
    "published": "published-figures",
    "ledger": "ledger",
}
PARTS = {
    "en": ["What is counted", "Clock and breaks", "What is refused", "How sure it is", "Check one by hand"],
    "es": [
        "Qué se cuenta", "Periodicidad y cambios de metodología", "Qué se rechaza", "Qué tan firme es",
        "Verificar una cifra a mano",
    ],
}  # fmt: skip
CHECKED = re.compile(r"^\| `(\w+)` \| ([A-Z-]+) \| (\d{4}-\d\d-\d\d) \| ([\d.,]+) \|$", re.MULTILINE)


def text(page: str, lang: str) -> str:
    return (FOLDER / f"{page}.{lang}.md").read_text(encoding="utf-8")


def figures(page: str, lang: str) -> list[str]:
    """The numbers of a page, as written but for what the languages write differently."""
    return sorted(re.findall(r"\d+(?:[.,]\d+)*", text(page, lang)))


def test_every_page_is_there_in_both_languages() -> None:
    alone = {path.name for path in FOLDER.glob("*.md")} - {"README.md"}
    assert alone == {f"{page}.{lang}.md" for page in PAGES for lang in ("en", "es")}


def test_the_table_of_contents_names_every_page_in_both_languages() -> None:
    contents = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\((\S+\.e[ns]\.md)\)", contents)) == {
        f"{page}.{lang}.md" for page in PAGES for lang in ("en", "es")
    }


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_say_the_same_numbers_in_the_same_sections(page: str) -> None:
    assert figures(page, "en") == figures(page, "es")
    levels = [re.findall(r"^#+(?= )", text(page, lang), re.MULTILINE) for lang in ("en", "es")]
    assert levels[0] == levels[1]
    for lang, other in (("en", "es"), ("es", "en")):
        assert f"({page}.{other}.md)" in text(page, lang)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_family_of_metrics_is_told_from_source_to_the_check_by_hand(lang: str) -> None:
    metrics = catalog.metrics().values()
    used = {one.table for one in metrics if one.table} | {one.population for one in metrics if one.population}
    tables = {catalog.sources()[name].table if name in catalog.sources() else name for name in used}
    missing = "give each table that metrics are made of its page in docs/methods, and its line in FAMILIES"
    assert tables | {"published", "ledger"} == set(FAMILIES), missing
    for family, page in FAMILIES.items():
        assert f"`{family}`" in text(page, lang).split("\n## ")[0], (family, page)
    for page in set(FAMILIES.values()):
        assert re.findall(r"^## (.+)$", text(page, lang), re.MULTILINE) == PARTS[lang], page
        assert CHECKED.search(text(page, lang)), page


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_source_is_named_where_its_family_is_told(lang: str) -> None:
    heads = "".join(text(page, lang).split("\n## ")[0] for page in set(FAMILIES.values()))
    assert [one for one in catalog.sources() if f"`{one}`" not in heads] == []


def test_the_numbers_checked_by_hand_are_those_of_the_shipped_releases(edition_home: Home) -> None:
    with query.connect(edition_home.warehouse) as connection:
        day = newest_release(connection)
        for page in set(FAMILIES.values()):
            for metric, place, last, said in CHECKED.findall(text(page, "en")):
                found = compute.all_series(connection, metric, day, [place])[place].frame
                value = dict(found.select("period_end", "value").iter_rows())[date.fromisoformat(last)]
                decimals = len(said.partition(".")[2])
                assert f"{value:,.{decimals}f}" == said, (page, metric, last)
