"""Releases as a comparison takes them, from a few cells each."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from indicators import catalog
from indicators.catalog.tables import FACTS
from indicators.periods import month_end
from indicators.warehouse.compare import Snapshot

GUN, KNIFE, OTHER = "Con arma de fuego", "Con arma blanca", "Con otro elemento"
ADULTS, MINORS = "Adultos (18 y más)", "Menores de edad (0-17)"
MAY, JUNE, JULY = date(2024, 5, 1), date(2024, 6, 1), date(2024, 7, 1)
Cell = tuple[str, date, str, str, int]


def victims(
    *cells: Cell, through: date, subtype: str = "Homicidio doloso", label: str = "release", since: date = MAY
) -> Snapshot:
    """A release of SESNSP's victims: (state, month, modality, age group, victims), all men."""
    rows = [
        {
            "place": place,
            "period_start": month,
            "period_end": month_end(month),
            "clock": "month",
            "part": "CNSP/38/15",
            "methodology": "CNSP/38/15",
            "crime_type": "Homicidio",
            "subtype": subtype,
            "modality": modality,
            "sex": "male",
            "age_group": ages,
            "victims": count,
            "maturity": "provisional",
        }
        for place, month, modality, ages, count in cells
    ]
    return known("sesnsp_victims", rows, {"CNSP/38/15": (since, month_end(through))}, label)


def known(
    source: str,
    rows: Sequence[dict[str, object]],
    parts: dict[str, tuple[date, date]],
    label: str = "release",
) -> Snapshot:
    one = catalog.sources()[source]
    schema = {name: kind for name, kind in FACTS[one.table].empty().schema.items() if name != "vintage"}
    bounds = [(part, first, last) for part, (first, last) in parts.items()]
    covered = {"part": pl.String, "period_from": pl.Date, "period_through": pl.Date}
    return Snapshot(label, one, pl.DataFrame(rows, schema), pl.DataFrame(bounds, covered, orient="row"))
