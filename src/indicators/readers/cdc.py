"""CDC's two tables of deaths: drug overdoses (VSRR, data.cdc.gov xkb8-kh2a), and injuries (t6u2-f84c, fpsi-y8tj).

Overdoses: every value is the sum of the twelve months that end with its month: months are never added. Drug classes
overlap and are never added either. The state of New York excludes New York City, which has rows of its own.

Injuries: homicides, suicides and overdoses, for the nation by month, for the states by year and in the last twelve
months. Its overdoses are of another definition than those of VSRR (74,831 and 79,385 in 2024): never on one line.
"""

from __future__ import annotations

import polars as pl

from indicators import catalog
from indicators.errors import DataError
from indicators.periods import MONTHS_EN, Clock
from indicators.readers.base import Release, Tidy, located, parts_of, traced, with_codes
from indicators.readers.columns import CHECK, decimals, every_key_once, refuse, whole_numbers

WITHHELD = "1-9"  # a count of a state under ten
SHARE = "drugs_specified_pct"  # published as an indicator of its own; here a column of its state and month
PERIOD = ["state", "period_end"]


def tidy(rows: pl.DataFrame, release: Release) -> Tidy:
    """Return the rows of ``overdose_deaths``. Raises DataError."""
    rows = rows.with_columns(pl.col("month").str.to_lowercase(), pl.col("complete_pct").str.replace(r"\+$", ""))
    rows = with_codes(rows, release, ["state", "month", "indicator", "maturity", "period"])
    rows = whole_numbers(rows, ["year"], release, (1999, release.released.year), blanks=False)
    rows = decimals(rows, ["complete_pct", "pending_pct"], release)
    every_key_once(rows, ["state", "year", "month", "indicator"], release.file)
    month = pl.date("year", pl.col("month").replace_strict(MONTHS_EN, range(1, 13)), 1)
    rows = rows.with_columns(period_start=month.dt.offset_by("-11mo"), period_end=month.dt.month_end())
    _refuse_holes(rows, release.file)
    is_share = pl.col("indicator") == SHARE
    shares = decimals(rows.filter(is_share), ["reported_deaths"], release).select(
        *PERIOD, pl.col("reported_deaths").alias(SHARE)
    )
    deaths = whole_numbers(rows.filter(~is_share), ["reported_deaths", "predicted_deaths"], release)
    withheld = deaths.filter(pl.col("reported_deaths") == 0, _why_withheld() != "not_published")
    todo = "an empty cell was saved as zero: download the file again, and add it as it came"
    refuse(withheld, release, "reported_deaths", "an empty cell, as the footnote beside it says", todo)
    facts = deaths.join(shares, on=PERIOD, how="left").select(
        pl.col("state").alias("place"),
        "period_start",
        "period_end",
        pl.lit(str(Clock.TWELVE_MONTH_ENDING)).alias("clock"),
        "indicator",
        "reported_deaths",
        "predicted_deaths",
        "complete_pct",
        "pending_pct",
        SHARE,
        "maturity",
        *traced(deaths, release),
        missing_code=pl.when(pl.col("reported_deaths").is_null()).then(_why_withheld()),
        part=pl.lit("all"),
    )
    return Tidy(facts, parts_of(facts))


def _refuse_holes(rows: pl.DataFrame, file: str) -> None:
    """Refuse a month without a row between two with one: it was cut, as a withheld count has a row and a footnote."""
    series = rows.sort("state", "indicator", "period_end").with_columns(
        pl.col("period_end").shift(-1).over("state", "indicator").alias("next"),
        pl.col("period_end").dt.offset_by("1mo").dt.month_end().alias("due"),
    )
    holes = series.filter(pl.col("next") > pl.col("due")).sort("due", "state", "indicator")
    if not holes.is_empty():
        hole = holes.row(0, named=True)
        expected = f"{hole['indicator']} of {hole['state']} in every month between its first and its last"
        todo = "the file was cut or filtered: download it again, whole"
        raise DataError(file, expected, f"none in {hole['due']:%Y-%m}", todo)


def _why_withheld() -> pl.Expr:
    """Return the reason of a blank count, from the footnote beside it (the wording of September 2019 on)."""
    note = pl.col("footnote").str.to_lowercase()
    return (
        pl.when(note.str.contains("suppressed"))
        .then(pl.lit("suppressed"))
        .when(note.str.contains("low data quality"))
        .then(pl.lit("low_quality"))
        .otherwise(pl.lit("not_published"))
    )


def tidy_injury(rows: pl.DataFrame, release: Release) -> Tidy:
    """Return the rows of ``injury_deaths``. Raises DataError.

    CDC withholds the counts of states under ten (``1-9``). A year is final from the second year after it on.
    """
    by_state = release.layout == "states"
    rows = with_codes(rows, release, ["intent"])
    if by_state:
        states = [one for one in catalog.places().values() if one.country == "US" and one.kind == "state"]
        codes = {one.code.zfill(2): one.id for one in states}
        rows = located(rows, release, "state", codes, "the states")
        is_year = pl.col("period").str.contains(r"^20[0-9]{2}$")
        refuse(rows.filter(~is_year & (pl.col("period") != "TTM")), release, "period", "a year, or TTM", CHECK)
        rows = rows.with_columns(type=pl.when(is_year).then(pl.lit("year")).otherwise("period"))
    else:
        rows = located(with_codes(rows, release, ["type"]), release, "state", {"USA": "US"}, "the nation")
        rows = rows.filter(pl.col("type") != "TTM")  # sums of its months; in May 2026 two of them named one range
    rows = rows.with_columns(withheld=pl.col("deaths") == WITHHELD)
    rows = rows.with_columns(deaths=pl.when(~pl.col("withheld")).then("deaths"))
    rows = whole_numbers(rows, ["deaths"], release)
    refuse(rows.filter(pl.col("deaths").is_null() & ~pl.col("withheld")), release, "deaths", "a count or 1-9", CHECK)
    rows = _injury_periods(rows, release)
    every_key_once(rows, ["place", "intent", "clock", "period_end"], release.file)
    newest = pl.col("as_of").str.head(4).cast(pl.Int32)
    final = pl.col("period_end").dt.year() <= newest - 2
    facts = rows.select(
        "place", "period_start", "period_end", "clock", "intent", "deaths", *traced(rows, release),
        missing_code=pl.when("withheld").then(pl.lit("suppressed")),
        maturity=pl.when(final).then(pl.lit("final")).otherwise(pl.lit("provisional")),
        part=pl.when(pl.col("clock") == Clock.TWELVE_MONTH_ENDING)
            .then(pl.format("twelve months {}", "period_end")).otherwise(pl.lit(release.layout)),
    )  # fmt: skip
    return Tidy(facts, parts_of(facts))


def _injury_periods(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    """Add period_start, period_end and clock: a month, a calendar year, or twelve months by their range in words."""
    words = pl.col("range").str.to_lowercase().str.extract_groups(r"^(\w+), (20\d{2}) to (\w+), (20\d{2})$")
    is_sum = pl.col("type") == "TTM"
    bad = rows.filter(is_sum & words.struct.field("1").is_null())
    refuse(bad, release, "range", 'twelve months such as "April, 2025 to March, 2026"', CHECK)
    odd = rows.filter(~is_sum & ~pl.col("period").str.contains(r"^20[0-9]{2}(-(0[1-9]|1[0-2])-01T.*)?$"))
    refuse(odd, release, "period", "a year, or the first day of a month", CHECK)
    year = pl.col("period").str.head(4).cast(pl.Int32, strict=False)
    month = pl.col("period").str.slice(5, 2).cast(pl.Int8, strict=False)
    last = words.struct.field("3").replace_strict(MONTHS_EN, range(1, 13), default=None, return_dtype=pl.Int8)
    end = pl.date(words.struct.field("4").cast(pl.Int32), last, 1)
    is_year = pl.col("type") == "year"
    first = pl.date(year, pl.when(is_year).then(1).otherwise(month), 1)
    last_day = pl.when(is_year).then(pl.date(year, 12, 31)).otherwise(first.dt.month_end())
    start = pl.when(is_sum).then(end.dt.offset_by("-11mo")).otherwise(first)
    stop = pl.when(is_sum).then(end.dt.month_end()).otherwise(last_day)
    clocks = {"month": Clock.MONTH, "year": Clock.YEAR, "TTM": Clock.TWELVE_MONTH_ENDING}
    clock = pl.col("type").replace_strict({name: str(one) for name, one in clocks.items()})
    dated = rows.with_columns(period_start=start, period_end=stop, clock=clock)
    late = dated.filter(pl.col("period_start") > release.released)
    refuse(late, release, "period", f"no period after the release of {release.released}", CHECK)
    return dated
