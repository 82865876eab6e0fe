"""Figures of 2025 and 2026 that were added up from the agencies' files by hand, by another way than the readers'."""

from datetime import date
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from indicators.metrics import compute
from indicators.paths import Home
from indicators.warehouse import query

NEWEST = date(2026, 8, 31)
MONTHS = [
    "Enero",
    "Febrero",
    "Marzo",
    "Abril",
    "Mayo",
    "Junio",
    "Julio",
    "Agosto",
    "Septiembre",
    "Octubre",
    "Noviembre",
    "Diciembre",
]
CBP_MONTHS = ["OCT", "NOV", "DEC", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL"]
VICTIMS_2025 = [2390, 2101, 2322, 1976, 2005, 1989, 2000, 1846, 1791, 1690, 1651, 1625]
RNID_2026 = [1600, 1383, 1589, 1575]
ENCOUNTERS = [11704, 10960, 9992, 9729, 9613, 11734, 12855, 13538, 12907, 12730]  # October 2025 to July 2026
FEDERAL_2025 = 84_177


def shipped(home: Home, metric: str, place: str, first: date, last: date) -> list[float]:
    """Return the monthly values of a metric from the shipped edition, between two days."""
    with query.connect(home.warehouse) as connection:
        frame = compute.series(connection, metric, place, NEWEST).frame
    return frame.filter(pl.col("period_start").is_between(first, last))["value"].to_list()


def test_victims_of_2025_and_of_the_new_register(edition_home: Home) -> None:
    old = shipped(edition_home, "mx_homicide_victims", "MX", date(2025, 1, 1), date(2025, 12, 31))
    assert (old, sum(old)) == (VICTIMS_2025, 23_386)
    new = shipped(edition_home, "mx_homicide_victims", "MX", date(2026, 1, 1), date(2026, 4, 30))
    assert (new, sum(new)) == (RNID_2026, 6_147)


def test_encounters_to_july_2026(edition_home: Home) -> None:
    assert shipped(edition_home, "sw_encounters", "US-SWB", date(2025, 10, 1), date(2026, 7, 31)) == ENCOUNTERS


def test_federal_offences_of_2025(edition_home: Home) -> None:
    sql = "SELECT sum(offences)::BIGINT AS n FROM federal_offences_asof($day) WHERE year(period_start) = 2025"
    with query.connect(edition_home.warehouse) as connection:
        assert query.select(connection, sql, {"day": NEWEST})["n"].to_list() == [FEDERAL_2025]


@pytest.mark.real
def test_the_files_themselves_add_up_to_these_figures(real_raw: Path) -> None:
    sesnsp = real_raw / "mx" / "sesnsp"

    def intentional(path: Path) -> pd.Series:
        rows = pd.read_csv(path, encoding="latin-1")
        return rows[rows["Subtipo de delito"] == "Homicidio doloso"].set_index("Año")[MONTHS].groupby("Año").sum()

    (old,) = sesnsp.glob("estatal-victimas-reconstructed/vintage-2026-04/*.csv.gz")
    (new,) = sesnsp.glob("rnid-estatal-victimas-reconstructed/vintage-2026-04/*.csv.gz")
    assert intentional(old).loc[2025].tolist() == VICTIMS_2025
    assert intentional(new).loc[2026].tolist()[:4] == RNID_2026
    (federal,) = sesnsp.glob("fuero-federal/vintage-2026-04/*.csv.gz")
    rows = pd.read_csv(federal, encoding="latin-1", thousands=",")
    assert int(rows[rows["AÑO"] == 2025][[month.upper() for month in MONTHS]].sum().sum()) == FEDERAL_2025
    (cbp,) = (real_raw / "us" / "cbp_sbo_encounters" / "vintage-2026-08").glob("*.csv")
    rows = pd.read_csv(cbp)
    year = rows[rows["Fiscal Year"].astype(str).str.startswith("2026")]
    assert year.groupby("Month (abbv)")["Encounter Count"].sum()[CBP_MONTHS].tolist() == ENCOUNTERS
