"""SESNSP's investigation files by state, as the tests read them."""

from datetime import date
from functools import partial

import polars as pl

import reading
from indicators.readers import Tidy
from sesnsp_tables import as_csv

MARCH_2016 = date(2016, 3, 31)


def tidied(
    table: pl.DataFrame | bytes,
    name: str = "IDEFC_NM_mar16.csv",
    *,
    data_month: date | None = MARCH_2016,
    released: date = date(2016, 4, 30),
) -> Tidy:
    data = table if isinstance(table, bytes) else as_csv(table)
    return reading.tidied("sesnsp_cases", name, data, released=released, data_month=data_month)


refused = partial(reading.refused, tidied)


def rnid_tidied(table: pl.DataFrame | bytes, data_month: date = date(2026, 3, 31)) -> Tidy:
    name = "RNID-Delitos_Estatal-2026.csv"
    return tidied(table, name, data_month=data_month, released=date(2026, 9, 15))


def total(facts: pl.DataFrame, **where: str | date) -> int:
    return int(facts.filter(**where)["cases"].sum())
