"""Tables of the layouts of which no real release is at hand: the agency's columns and labels, several years of
made-up figures, so that there is a history to hold a changed copy against."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator
from datetime import date

import polars as pl

from indicators import catalog
from indicators.periods import MONTHS_EN
from sesnsp_tables import as_csv, in_municipalities, victims_by_municipality

AREAS = [  # component, region of the currency table, of the table of encounters, area
    ("Office of Field Operations", "Southwest Border", "Southwest Land Border", "El Paso Field Office"),
    ("Office of Field Operations", "Southwest Border", "Southwest Land Border", "Laredo Field Office"),
    ("Office of Field Operations", "Northern Border", "Northern Land Border", "Buffalo Field Office"),
    ("Office of Field Operations", "Central/Coastal/Other", "Other", "Miami Field Office"),
    ("U.S. Border Patrol", "Southwest Border", "Southwest Land Border", "Tucson Sector"),
    ("U.S. Border Patrol", "Southwest Border", "Southwest Land Border", "Yuma Sector"),
    ("U.S. Border Patrol", "Northern Border", "Northern Land Border", "Blaine Sector"),
]
FISCAL_MONTHS = ["OCT", "NOV", "DEC", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP"]
PORTS = [
    ("Texas", "2304", "US-Mexico Border"),
    ("Arizona", "2604", "US-Mexico Border"),
    ("California", "2506", "US-Mexico Border"),
    ("Idaho", "3302", "US-Canada Border"),
    ("Maine", "0103", "US-Canada Border"),
]
MEASURES = [
    "Trucks",
    "Truck Containers Loaded",
    "Trains",
    "Personal Vehicle Passengers",
    "Bus Passengers",
    "Pedestrians",
]
FINAL = "Numbers may differ from published reports using final data. See Technical Notes."
NOT_FINAL = "Underreported due to incomplete data."
Rows = list[list[object]]


NAMES = [
    "Border_Crossing_Entry_Data_20190502.csv",
    "Border_Crossing_Entry_Data_20190503.csv",
    "currency-seizures-fy22-fy25-mar.csv",
    "currency-seizures-fy22-fy24-aug.csv",
    "nationwide-encounters-fy22-fy25-mar-aor.csv",
    "VSRR_20250312.csv",
    "IDM_NM_mar16.csv",
    "RNID-Delitos_Municipal-2026-mar2026.csv",
    "RNID-Víctimas_Municipal-2026-mar2026.csv",
]


def tables(nation: Callable[..., pl.DataFrame]) -> dict[str, bytes]:
    """Every such table by the name of its file; ``nation`` makes SESNSP's tables of the 32 states."""
    municipal = nation("sesnsp_cases/IDEFC_one_state.csv", date(2016, 3, 31))
    rnid = nation("sesnsp_cases/RNID-Delitos_one_state.csv", date(2026, 3, 31))
    made = [
        _written("bts_border_crossings", "location", _crossings("location")),
        _written("bts_border_crossings", "coordinates", _crossings("coordinates")),
        _written("cbp_currency", "by_land_filter", _currency(2025, 6, land_filter=True)),
        _written("cbp_currency", "without_land_filter", _currency(2024, 11, land_filter=False)),
        _written("cbp_encounters", "nationwide_area", _encounters()),
        _written("cdc_overdose", "api", _overdose()),
        as_csv(in_municipalities(municipal, 1, 998), "latin-1"),
        as_csv(in_municipalities(rnid, 1), "latin-1"),
        as_csv(victims_by_municipality(rnid)),
    ]
    return dict(zip(NAMES, made, strict=True))


def _written(source: str, layout: str, rows: Rows) -> bytes:
    stream = io.StringIO()
    columns = catalog.sources()[source].layouts[layout].columns
    csv.writer(stream, lineterminator="\n").writerows([columns.values(), *rows])
    return stream.getvalue().encode()


def _fiscal_months(last_year: int, last: int) -> Iterator[tuple[str, str]]:
    """From fiscal year 2022 on: the last year is open, and ends after its month numbered ``last``."""
    for year in range(2022, last_year + 1):
        open_year = year == last_year
        for month in FISCAL_MONTHS[: last if open_year else 12]:
            yield f"{year} (FYTD)" if open_year else str(year), month


def _currency(last_year: int, last: int, land_filter: bool) -> Rows:
    draw, rows = random.Random(7), []
    for year, month in _fiscal_months(last_year, last):
        for component, region, _, area in AREAS:
            land = ["Land Only" if region == "Southwest Border" else "Other"] if land_filter else []
            for direction in ("Inbound", "Outbound"):
                events, dollars = draw.randint(2, 40), round(draw.uniform(9_000, 900_000), 2)
                rows.append([year, month, component, region, *land, area.upper(), direction, events, dollars])
    return rows


def _encounters() -> Rows:
    draw, rows = random.Random(7), []
    for year, month in _fiscal_months(2025, 6):
        for component, _, region, area in AREAS:
            kind = "Apprehensions" if component == "U.S. Border Patrol" else "Inadmissibles"
            for who in ("Single Adults", "FMUA"):
                for citizenship in ("MEXICO", "HONDURAS", "OTHER"):
                    told = [
                        component,
                        region,
                        area,
                        who,
                        citizenship,
                        "Title 8",
                        kind,
                        draw.randint(200, 400),
                    ]
                    rows.append([year, month, *told])
    return rows


def _crossings(layout: str) -> Rows:
    """39 months, in no order, as BTS writes them."""
    draw, rows = random.Random(7), []
    for number in range(39):
        month = date(2016 + number // 12, number % 12 + 1, 1)
        for size, (state, code, border) in enumerate(PORTS, 1):
            for measure in MEASURES:
                newer = layout == "coordinates"
                called = measure if newer else measure.replace("Loaded", "Full")
                when = f"{month:%b %Y}" if newer else f"{month:%m/%d/%Y} 12:00:00 AM"
                count = draw.randint(9_000, 11_000) * (6 - size)
                rows.append([state, code, border, when, called, count, "POINT (-106.68 31.78)"])
    draw.shuffle(rows)
    return rows


def _overdose() -> Rows:
    """The nation and two states, twelve months ending in each month of five years; the last two provisional."""
    rows: Rows = []
    for state, name, size in (
        ("AZ", "Arizona", 2_500),
        ("TX", "Texas", 5_000),
        ("US", "United States", 100_000),
    ):
        for number in range(60):
            year, month = 2020 + number // 12, MONTHS_EN[number % 12].title()
            for share, indicator in ((1, "Number of Drug Overdose Deaths"), (2, "Cocaine (T40.5)")):
                deaths = round(size * 1.02**number / share)
                told = (NOT_FINAL, "*", deaths + 20) if year > 2022 else (FINAL, "**", deaths)
                rows.append([state, year, month, "12 month-ending", indicator, deaths, 100, 0.1, name, *told])
    return rows
