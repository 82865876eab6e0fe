"""English pages write a date month first, wherever its words are kept: texts, catalogue, hand-kept tables."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from indicators import catalog
from indicators.i18n import leaves
from indicators.periods import MONTHS_EN
from indicators.readers import hand_kept

DAY_FIRST = re.compile(rf"\b\d{{1,2}} ({'|'.join(MONTHS_EN)})\b", re.IGNORECASE)
RAW = Path(__file__).parents[2] / "data" / "raw"


def english(value: Any, here: str = "") -> Iterator[tuple[str, str]]:
    """Every text under a key ``en``, with where it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from ([(here, inner)] if key == "en" and isinstance(inner, str) else english(inner, f"{here}.{key}"))
    elif isinstance(value, list):
        for inner in value:
            yield from english(inner, here)


def day_first(texts: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(where, said) for where, said in texts if DAY_FIRST.search(said)]


@pytest.mark.parametrize("path", sorted(catalog.HERE.rglob("*.toml")), ids=lambda path: path.stem)
def test_the_catalogue_writes_the_month_first(path: Path) -> None:
    assert day_first(english(tomllib.loads(path.read_text(encoding="utf-8")))) == []


def test_the_texts_write_the_month_first() -> None:
    assert day_first((key, str(leaf)) for key, leaf in leaves("en").items()) == []


@pytest.mark.parametrize("table", ["published_figures", "ledger_events", "framework_objectives"])
def test_the_hand_kept_tables_write_the_month_first(table: str) -> None:
    """«In force 1 January 2025» stood beside «December 31, 2024»."""
    rows = hand_kept.load(RAW)[table]
    written = rows.select(pl.selectors.ends_with("_en")).unpivot().drop_nulls()
    assert day_first((name, said) for name, said in written.iter_rows()) == []
