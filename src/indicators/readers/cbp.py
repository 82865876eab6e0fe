"""CBP's monthly tables: encounters, and seizures of drugs, weapons and currency.

A file has a window of fiscal years (October to September, named after their end); the last one is open, and
marked ``2026 (FYTD)``, until its final file. An absent row means zero, but not an absent month (the rule is in
``readers.base``): there the file is cut, and is refused before anything is counted.
"""

from __future__ import annotations

import polars as pl

from indicators import catalog
from indicators.errors import DataError
from indicators.periods import MONTHS_EN, Clock, month_end
from indicators.readers.base import Release, Tidy, located, traced, with_codes
from indicators.readers.columns import CHECK, decimals, every_key_once, refuse, whole_numbers
from indicators.readers.files import LINE

MONTHS = {name[:3].upper(): number for number, name in enumerate(MONTHS_EN, 1)}
REGIONS = {"southwest": "US-SWB", "northern": "US-NLB", "other": "US-OTB"}
PERIOD = ["place", "period_start", "period_end", "clock"]
ENCOUNTERS = ["land_border_region", "component", "demographic", "citizenship", "authority", "encounter_type"]
DRUGS = ["component", "region", "land_filter", "branch", "drug"]
WEAPONS = ["component", "region", "direction", "mode", "seizure_type", "category"]
CURRENCY = ["component", "region", "land_filter", "direction"]


def tidy_encounters(rows: pl.DataFrame, release: Release) -> Tidy:
    """Return the rows of ``encounters``. Raises DataError."""
    by_state = release.layout == "nationwide_state"
    rows = rows.with_columns(pl.col("citizenship").str.to_uppercase())  # Title Case in the Southwest table
    rows = with_codes(rows, release, [name for name in ENCOUNTERS if name in rows.columns])
    rows = whole_numbers(rows, ["encounters"], release, blanks=False)
    if by_state:
        rows = _by_state(rows, release).with_columns(component=pl.lit("all"), encounter_type=pl.lit("all"))
    elif release.layout == "nationwide_area":
        rows = _by_area(rows, release)
    else:
        rows = rows.with_columns(place=pl.lit("US-SWB"), land_border_region=pl.lit("southwest"))
    if not by_state:  # the release of October 2022 called expulsions of FY2022 apprehensions
        expelled = pl.when(pl.col("authority") == "title_42").then(pl.lit("expulsion"))
        rows = rows.with_columns(encounter_type=expelled.otherwise("encounter_type"))
    rows = months(rows, release, release.layout)
    parts = covered(rows, release, each="land_border_region" if by_state else "component")
    return Tidy(above_zero(rows, release, ["dataset", *ENCOUNTERS], ["encounters"]), parts)


def tidy_drugs(rows: pl.DataFrame, release: Release) -> Tidy:
    """Return the rows of ``drug_seizures``. Raises DataError."""
    rows = with_codes(rows, release, ["component", "region", "land_filter", "drug"])
    if release.layout == "air_and_marine":
        region = pl.col("region").replace_strict(REGIONS, return_dtype=pl.String)
        rows = with_codes(rows, release, ["branch"]).with_columns(place=region)
    else:
        rows = _by_area(rows, release).with_columns(branch=pl.lit("not_applicable"))
    rows = whole_numbers(rows, ["events"], release, blanks=False)
    rows = months(decimals(rows, ["seized_lb"], release, blanks=False), release, release.layout)
    parts = covered(rows, release, each="component")
    return Tidy(above_zero(rows, release, ["dataset", *DRUGS], ["events", "seized_lb"]), parts)


def tidy_weapons(rows: pl.DataFrame, release: Release) -> Tidy:
    """Return the rows of ``weapon_seizures``, equal lines added up. Raises DataError."""
    rows = rows.with_columns(pl.col("direction").str.to_lowercase())  # capitals in this table alone
    rows = whole_numbers(with_codes(rows, release, WEAPONS), ["items"], release)
    rows = months(_by_area(rows, release), release, "weapons")
    parts = covered(rows, release, each="component")
    facts = rows.group_by(*PERIOD, *WEAPONS, "maturity", "part", maintain_order=True).agg(
        pl.col("items").sum(),
        line_items=pl.len().cast(pl.Int64),
        line_items_without_quantity=pl.col("items").null_count().cast(pl.Int64),
        **{name: pl.col(name) for name in traced(rows, release)},
    )
    blank = rows.filter(pl.col("items").is_null())[LINE].sort().cast(pl.String)
    notes = [("quantity_blank", {"lines": " ".join(blank)})] if len(blank) else []
    return Tidy(facts, parts, notes)


def tidy_currency(rows: pl.DataFrame, release: Release) -> Tidy:
    """Return the rows of ``currency_seizures``. Raises DataError."""
    rows = rows.with_columns(pl.col("direction").str.to_lowercase())
    rows = with_codes(rows, release, [name for name in CURRENCY if name in rows.columns])
    if "land_filter" not in rows.columns:
        rows = rows.with_columns(land_filter=pl.lit("all"))
    rows = whole_numbers(rows, ["events"], release, blanks=False)
    rows = decimals(rows, ["seized_usd"], release, blanks=False)
    rows = months(_by_area(rows, release), release, "currency")
    parts = covered(rows, release, each="component")
    return Tidy(above_zero(rows, release, CURRENCY, ["events", "seized_usd"]), parts)


def months(rows: pl.DataFrame, release: Release, dataset: str) -> pl.DataFrame:
    """Add dataset, period, clock, maturity and part (``<dataset> FY2024``) from ``fiscal_year`` and ``month``.

    October to December of a fiscal year lie in the calendar year before it. Raises DataError for text that is
    no fiscal year or month, and for months later than the file can reach.
    """
    odd = rows.filter(~pl.col("fiscal_year").str.contains(r"^20[0-9]{2}( \(FYTD\))?$"))
    refuse(odd, release, "fiscal_year", 'a fiscal year such as "2024" or "2024 (FYTD)"', CHECK)
    odd = rows.filter(~pl.col("month").is_in(list(MONTHS)))
    refuse(odd, release, "month", f"one of {' '.join(MONTHS)}", CHECK)
    year = pl.col("fiscal_year").str.head(4).cast(pl.Int32)
    month = pl.col("month").replace_strict(MONTHS, return_dtype=pl.Int8)
    first = pl.date(year - (month >= 10).cast(pl.Int32), month, 1)
    is_open = pl.col("fiscal_year").str.ends_with("(FYTD)")
    dated = rows.with_columns(
        dataset=pl.lit(dataset),
        period_start=first,
        period_end=first.dt.month_end(),
        clock=pl.lit(str(Clock.MONTH)),
        maturity=pl.when(is_open).then(pl.lit("provisional")).otherwise(pl.lit("final")),
        part=pl.format("{} FY{}", pl.lit(dataset), year),
    )
    limit = release.data_month or month_end(release.released)
    expected = f"months up to {limit:%Y-%m}, the last that this release can have"
    todo = "check the month in the file's name, or the release day it was added with"
    refuse(dated.filter(pl.col("period_start") > limit), release, "month", expected, todo)
    return dated


def covered(rows: pl.DataFrame, release: Release, *, each: str) -> pl.DataFrame:
    """Return the parts that dated rows cover: a closed fiscal year whole, the open one through its last month.

    Refuses a file in which some value of the column ``each`` has no row in a month of that range (the tables
    are sorted: a cut one loses whole months or components), and a fiscal year both open and closed.
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
    through = pl.when("closed").then(pl.date("year", 9, 30)).otherwise(pl.col("last").dt.month_end())
    first = pl.date(pl.col("year") - 1, 10, 1)
    parts = years.select("part", period_from=first, period_through=through).sort("part")
    _refuse_gaps(rows, parts, release, each)
    return parts


def above_zero(rows: pl.DataFrame, release: Release, labels: list[str], measures: list[str]) -> pl.DataFrame:
    """Return the facts with some measure above zero, from dated rows. Raises DataError for a key that comes twice."""
    every_key_once(rows, ["place", "period_start", *labels], release.file)
    above = rows.filter(pl.any_horizontal(pl.col(measures) > 0))
    return above.select(*PERIOD, *labels, *measures, "maturity", "part", *traced(above, release))


def _by_area(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    """Add ``place``: the field office or sector, which the tables write in capitals or in Title Case."""
    known = {one.code: one.id for one in catalog.places().values() if one.kind in ("office", "sector")}
    rows = rows.with_columns(pl.col("area").str.to_uppercase())
    return located(rows, release, "area", known, "the offices")


def _by_state(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    """Add ``place`` from the postal code of a state or territory."""
    places = [one for one in catalog.places().values() if one.country == "US"]
    known = {one.short: one.id for one in places if one.kind in ("state", "territory")}
    return located(rows, release, "state", known, "the states")


def _refuse_gaps(rows: pl.DataFrame, parts: pl.DataFrame, release: Release, each: str) -> None:
    """Refuse a file in which some value of ``each`` has no row in a month that its parts cover."""
    span = pl.date_ranges("period_from", "period_through", "1mo").alias("period_start")
    due = parts.select("part", span).explode("period_start").join(rows.select(each).unique(), how="cross")
    keys = ["part", "period_start", each]
    missing = due.join(rows.select(keys).unique(), on=keys, how="anti").sort(keys)
    if not missing.is_empty():
        part, month, value = missing.row(0)
        expected = f"rows of {value} in every month of {part}"
        todo = "the file was cut or filtered: download it again, whole"
        raise DataError(release.file, expected, f"none in {month:%Y-%m}", todo)
