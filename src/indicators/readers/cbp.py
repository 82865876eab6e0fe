"""What CBP's monthly tables have in common: fiscal years, month abbreviations, areas, and what a file covers.

A file holds a window of fiscal years (October to September, named after their end); the last one is open, and
marked ``2026 (FYTD)``, until its final file. A row that is not there means zero: so a whole month that is not
there means that the file is cut, and is refused before anything is counted.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from indicators import catalog
from indicators.errors import DataError
from indicators.periods import MONTHS_EN, Clock, fiscal_year_bounds, month_end
from indicators.readers.base import Release, Tidy
from indicators.readers.columns import categories, decimals, every_key_once, refuse, whole_numbers

MONTHS = {name[:3].upper(): number for number, name in enumerate(MONTHS_EN, 1)}


def known_labels(rows: pl.DataFrame, release: Release, names: list[str]) -> pl.DataFrame:
    """Replace the labels of these columns by the codes declared for them; an unknown label is refused."""
    for name in names:
        entry = f"[{release.source.id}.categories.{name}]"
        known = release.source.categories[name]
        rows = categories(rows, name, known, release.file, release.headers, where=entry)
    return rows


def areas(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    """Add ``place``: the field office or sector, which the tables write in capitals or in Title Case."""
    known = {one.code: one.id for one in catalog.places().values() if one.kind in ("office", "sector")}
    rows = rows.with_columns(pl.col("area").str.to_uppercase())
    rows = categories(
        rows, "area", known, release.file, release.headers, where="the offices", catalogue="places.csv"
    )
    return rows.rename({"area": "place"})


def states(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    """Add ``place`` from the postal code of a state or territory."""
    known = {
        one.short: one.id
        for one in catalog.places().values()
        if one.country == "US" and one.kind in ("state", "territory")
    }
    rows = categories(
        rows, "state", known, release.file, release.headers, where="the states", catalogue="places.csv"
    )
    return rows.rename({"state": "place"})


def months(rows: pl.DataFrame, release: Release, dataset: str) -> pl.DataFrame:
    """Add period, clock, maturity and part (``<dataset> FY2024``) from ``fiscal_year`` and ``month``.

    October to December of a fiscal year lie in the calendar year before it. Raises DataError for text that is
    no fiscal year or month, and for months later than the file can hold.
    """
    file, headers = release.file, release.headers
    todo = "check the cell against the agency's own file"
    odd = ~rows["fiscal_year"].str.contains(r"^20[0-9]{2}( \(FYTD\))?$")
    expected = 'a fiscal year such as "2024" or "2024 (FYTD)"'
    refuse(rows, odd, file, "fiscal_year", headers["fiscal_year"], expected, todo)
    odd = ~rows["month"].is_in(list(MONTHS))
    refuse(rows, odd, file, "month", headers["month"], f"one of {' '.join(MONTHS)}", todo)

    year = pl.col("fiscal_year").str.head(4).cast(pl.Int32)
    month = pl.col("month").replace_strict(MONTHS, return_dtype=pl.Int8)
    first = pl.date(year - (month >= 10).cast(pl.Int32), month, 1)
    dated = rows.with_columns(
        period_start=first,
        period_end=first.dt.month_end(),
        clock=pl.lit(str(Clock.MONTH)),
        maturity=pl.when(pl.col("fiscal_year").str.ends_with("(FYTD)"))
        .then(pl.lit("provisional"))
        .otherwise(pl.lit("final")),
        part=pl.format("{} FY{}", pl.lit(dataset), year),
    )
    limit = release.data_month or month_end(release.released)
    late = dated["period_start"] > limit
    expected = f"months up to {limit:%Y-%m}, the last that this release can hold"
    todo = "check the month in the file's name, or the release day it was added with"
    refuse(dated, late, file, "month", headers["month"], expected, todo)
    return dated


def covered(rows: pl.DataFrame, release: Release, *, each: str) -> pl.DataFrame:
    """The parts that dated rows cover: a closed fiscal year whole, the open one through its last month.

    Refuses a file in which some value of the column ``each`` has no row in a month of that range (the tables
    are sorted: a cut one loses whole months or components), a fiscal year both open and closed, and a file
    that ends before the month its name says it reaches.
    """
    years = rows.group_by("part").agg(
        pl.col("fiscal_year").n_unique().alias("spellings"),
        (pl.col("maturity") == "final").all().alias("closed"),
        pl.col("fiscal_year").first().str.head(4).cast(pl.Int32).alias("year"),
        pl.col("period_start").max().alias("last"),
    )
    for part in years.filter(pl.col("spellings") > 1)["part"]:
        todo = "the file was joined from two releases: add each as it was published"
        raise DataError(release.file, f"{part} either open or closed", "both", todo)
    bounds = [
        (part, *fiscal_year_bounds(year), closed, last)
        for part, closed, year, last in years.select("part", "closed", "year", "last").rows()
    ]
    parts = pl.DataFrame(
        [(part, first, end if closed else month_end(last)) for part, first, end, closed, last in bounds],
        schema={"part": pl.String, "period_from": pl.Date, "period_through": pl.Date},
        orient="row",
    ).sort("part")
    _refuse_gaps(rows, parts, release, each)
    _refuse_early_end(parts, release)
    return parts


def _refuse_gaps(rows: pl.DataFrame, parts: pl.DataFrame, release: Release, each: str) -> None:
    span = pl.date_ranges("period_from", "period_through", "1mo").alias("period_start")
    expected = (
        parts.select("part", span).explode("period_start").join(rows.select(each).unique(), how="cross")
    )
    keys = ["part", "period_start", each]
    missing = expected.join(rows.select(keys).unique(), on=keys, how="anti").sort(keys)
    if not missing.is_empty():
        part, month, value = missing.row(0)
        todo = "the file was cut or filtered: download it again, whole"
        raise DataError(
            release.file, f"rows of {value} in every month of {part}", f"none in {month:%Y-%m}", todo
        )


def _refuse_early_end(parts: pl.DataFrame, release: Release) -> None:
    through = parts["period_through"].max()
    assert isinstance(through, date)
    if release.data_month and through < release.data_month:
        expected = f"months through {release.data_month:%Y-%m}, as the file's name says"
        todo = "the file was cut, or its name changed: download it again"
        raise DataError(release.file, expected, f"the last is {through:%Y-%m}", todo)


ENCOUNTER_LABELS = [
    "land_border_region",
    "component",
    "demographic",
    "citizenship",
    "authority",
    "encounter_type",
]


def tidy_encounters(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``encounters``. Raises DataError."""
    dataset = release.layout
    rows = rows.with_columns(pl.col("citizenship").str.to_uppercase())  # Title Case in the Southwest table
    rows = known_labels(rows, release, [name for name in ENCOUNTER_LABELS if name in rows.columns])
    rows = whole_numbers(rows, ["encounters"], release.file, release.headers, blanks=False)
    rows = months(_placed(rows, release), release, dataset)
    parts = covered(rows, release, each="component" if "component" in rows.columns else "land_border_region")
    if dataset == "nationwide_state":
        rows = rows.with_columns(component=pl.lit("all"), encounter_type=pl.lit("all"))
    else:
        rows = rows.with_columns(encounter_type=_encounter_type())
    every_key_once(rows, ["place", "period_start", *ENCOUNTER_LABELS], release.file)
    facts = rows.filter(pl.col("encounters") > 0).select(
        "place",
        "period_start",
        "period_end",
        "clock",
        pl.lit(dataset).alias("dataset"),
        *ENCOUNTER_LABELS,
        "encounters",
        "maturity",
        "part",
    )
    return Tidy(facts, parts)


def _placed(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    if release.layout == "nationwide_area":
        return areas(rows, release)
    if release.layout == "nationwide_state":
        return states(rows, release)
    return rows.with_columns(place=pl.lit("US-SWB"), land_border_region=pl.lit("southwest"))


def _encounter_type() -> pl.Expr:
    """Title 42 is an expulsion: the release of October 2022 called those of FY2022 apprehensions."""
    return (
        pl.when(pl.col("authority") == "title_42")
        .then(pl.lit("expulsion"))
        .otherwise(pl.col("encounter_type"))
    )


DRUG_LABELS = ["component", "region", "land_filter", "branch", "drug"]
PLACES = {"southwest": "US-SWB", "northern": "US-NLB", "other": "US-OTB"}


def tidy_drugs(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``drug_seizures``. Raises DataError."""
    dataset = release.layout
    rows = known_labels(rows, release, ["component", "region", "land_filter", "drug"])
    if dataset == "air_and_marine":
        rows = known_labels(rows, release, ["branch"]).with_columns(
            place=pl.col("region").replace_strict(PLACES, return_dtype=pl.String)
        )
    else:
        rows = areas(rows, release).with_columns(branch=pl.lit("not_applicable"))
    rows = whole_numbers(rows, ["events"], release.file, release.headers, blanks=False)
    rows = decimals(rows, ["seized_lb"], release.file, release.headers, blanks=False)
    rows = months(rows, release, dataset)
    parts = covered(rows, release, each="component")
    every_key_once(rows, ["place", "period_start", *DRUG_LABELS], release.file)
    facts = rows.filter((pl.col("events") > 0) | (pl.col("seized_lb") > 0)).select(
        "place",
        "period_start",
        "period_end",
        "clock",
        pl.lit(dataset).alias("dataset"),
        *DRUG_LABELS,
        "events",
        "seized_lb",
        "maturity",
        "part",
    )
    return Tidy(facts, parts)


WEAPON_LABELS = ["component", "region", "direction", "mode", "seizure_type", "category"]


def tidy_weapons(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``weapon_seizures``. Raises DataError."""
    rows = rows.with_columns(pl.col("direction").str.to_lowercase())  # in capitals here, not in the others
    rows = known_labels(rows, release, WEAPON_LABELS)
    rows = whole_numbers(rows, ["items"], release.file, release.headers)
    rows = months(areas(rows, release), release, "weapons")
    parts = covered(rows, release, each="component")
    facts = rows.group_by(
        "place",
        "period_start",
        "period_end",
        "clock",
        *WEAPON_LABELS,
        "maturity",
        "part",
        maintain_order=True,
    ).agg(
        pl.col("items").sum(),
        pl.len().cast(pl.Int64).alias("line_items"),
        pl.col("items").null_count().cast(pl.Int64).alias("line_items_without_quantity"),
    )
    return Tidy(facts, parts, _notes(rows))


def _notes(rows: pl.DataFrame) -> list[tuple[str, dict[str, str]]]:
    blank = rows.filter(pl.col("items").is_null()).sort("line")
    if blank.is_empty():
        return []
    return [("quantity_blank", {"lines": " ".join(map(str, blank["line"]))})]


CURRENCY_LABELS = ["component", "region", "land_filter", "direction"]


def tidy_currency(rows: pl.DataFrame, release: Release) -> Tidy:
    """Rows of ``currency_seizures``. Raises DataError."""
    rows = rows.with_columns(pl.col("direction").str.to_lowercase())
    rows = known_labels(rows, release, [name for name in CURRENCY_LABELS if name in rows.columns])
    if "land_filter" not in rows.columns:
        rows = rows.with_columns(land_filter=pl.lit("all"))
    rows = whole_numbers(rows, ["events"], release.file, release.headers, blanks=False)
    rows = decimals(rows, ["seized_usd"], release.file, release.headers, blanks=False)
    rows = months(areas(rows, release), release, "currency")
    parts = covered(rows, release, each="component")
    every_key_once(rows, ["place", "period_start", *CURRENCY_LABELS], release.file)
    facts = rows.filter((pl.col("events") > 0) | (pl.col("seized_usd") > 0)).select(
        "place",
        "period_start",
        "period_end",
        "clock",
        *CURRENCY_LABELS,
        "events",
        "seized_usd",
        "maturity",
        "part",
    )
    return Tidy(facts, parts)
