"""Mexico's register of missing persons (RNPDNO, CNB/SEGOB), by state, sex and status.

The register is alive: any cell changes any day, in both directions, and the agency publishes no past. So every
table is a snapshot of its day. It reaches us in four shapes, of which two have the stock:

- ``months``: municipality by month of disappearance, one status a table. Records without a month are in
  none of them, so their sum is never the stock and no stock is made of it (2015 to 2025 in April 2026:
  92,486 still missing, when the register had more than 130,000).
- ``months_of_year``: the same table for all statuses, one year of disappearance a file, as a third party asked the
  dashboard for it in July 2026. Each file repeats the records without a month, which do not enter.
- ``years``: state by year of disappearance, with a bucket for records that have no year: all buckets
  together are the stock, the years are rows of their own.
- ``dashboard``: the answers of the public dashboard in one JSON, with the parameters that were asked.
  Only an answer asked without a filter is the stock.

A state is the finest place that enters. Three in five cells of a municipality, month and sex are one person,
whose name and face are on a public search notice: the cell would say who was found, and whether alive.

Stock rows are in parts that carry their day, so that no snapshot replaces another; month and year rows
are those of the newest snapshot. The newest six months are incomplete, for reports come in late.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from indicators import catalog
from indicators.errors import DataError
from indicators.periods import Clock, add_months
from indicators.readers.base import CELL, Notes, Release, Tidy, entry, parts_of, traced, with_codes
from indicators.readers.columns import Origin, categories, every_key_once, refuse, whole_numbers
from indicators.readers.files import COLUMN, LINE

SEXES = ["male", "female", "not_identified"]
HALVES = {
    "missing": ["disappeared", "not_located"],
    "located": ["located_alive", "located_dead"],
    "registered": ["disappeared", "not_located", "located_alive", "located_dead"],
}
INCOMPLETE_MONTHS = 6
UNDATED = "SIN_FECHA"  # the records without a month of disappearance
AGAIN = "fetch the whole table again: the register changes while it is being read, and a cut table looks whole"


def tidy(content: pl.DataFrame | dict[str, Any], release: Release) -> Tidy:
    """Return the rows of ``missing_persons``. Raises DataError."""
    if isinstance(content, dict):
        return _dashboard(content, release)
    readers = {"months": _months, "months_of_year": _months_of_year, "years": _years}
    return readers[release.layout](content, release)


def _months(rows: pl.DataFrame, release: Release) -> Tidy:
    headers = release.headers
    rows = _counted(rows.with_columns(pl.col("municipality").str.zfill(5)), [*SEXES, "total"], release)
    odd = rows.filter(pl.col("municipality").str.head(2) != pl.col("code"))
    refuse(odd, release, "municipality", f"a municipality of the state in {headers['state']}", AGAIN)
    odd = rows.filter(pl.col("total") != pl.sum_horizontal(SEXES))
    refuse(odd, release, "total", f"the sum of {', '.join(headers[sex] for sex in SEXES)}", AGAIN)
    rows = whole_numbers(rows, ["year"], release, (1, release.released.year), blanks=False)
    rows = whole_numbers(rows, ["month"], release, blanks=False)
    odd = rows.filter(~pl.col("month").is_between(1, 12))
    refuse(odd, release, "month", "a month from 1 to 12", AGAIN)
    every_key_once(rows, ["municipality", "year", "month", "status"], release.file)
    rows = rows.with_columns(period_start=pl.date("year", "month", 1))
    _refuse_after(rows, "month", release)
    _refuse_without_state(rows, release.file)
    counts = _long(rows, ["place", "status", "period_start"], release)
    facts = _monthly_facts(counts, add_months(counts["period_start"].max(), 1 - INCOMPLETE_MONTHS))  # type: ignore[arg-type]
    return Tidy(facts, _parts(facts, release.released), _without_state(counts))


def _months_of_year(rows: pl.DataFrame, release: Release) -> Tidy:
    undated = rows.filter(pl.col("month") == UNDATED)
    states = {one.code for one in catalog.places().values() if one.country == "MX" and one.kind == "state"} | {"33"}
    rows = _counted(rows, ["persons"], release)
    _refuse_partial(undated, states, release)
    asked = str(rows["asked_on"].max())
    todo = f"add the file with --released {asked}"
    refuse(
        rows.filter(asked != str(release.released)),
        release,
        "asked_on",
        f"the day of the release, {release.released}",
        todo,
    )
    rows = rows.filter(pl.col("month") != UNDATED)
    odd = rows.filter(~pl.col("month").str.contains(r"^[12][0-9]{3}-(0[1-9]|1[0-2])$"))
    refuse(odd, release, "month", f"a month such as 2026-01, or {UNDATED}", AGAIN)
    odd = rows.filter((pl.col("municipality") != "") & (pl.col("municipality").str.head(2) != pl.col("code")))
    refuse(odd, release, "municipality", f"a municipality of the state in {release.headers['state']}", AGAIN)
    rows = categories(rows, "sex", release.source.categories["sex"], release, entry(release, "sex"))
    # a municipality of another state has a name and no code: Sinaloa and Zacatecas among those of Durango in 2024
    every_key_once(rows, ["code", "municipality", "municipality_name", "month", "status", "sex"], release.file)
    rows = rows.with_columns(period_start=pl.col("month").str.to_date("%Y-%m"))
    _refuse_after(rows, "month", release)
    first = rows["period_start"].min()
    odd = rows.filter(pl.col("period_start").dt.year() != first.year)  # type: ignore[union-attr]
    refuse(odd, release, "month", f"months of {first.year} alone", AGAIN)  # type: ignore[union-attr]
    counts = rows.select("place", "status", "period_start", "sex", "persons", *traced(rows, release))
    facts = _monthly_facts(counts, add_months(release.released.replace(day=1), 1 - INCOMPLETE_MONTHS))
    year = date(first.year, 1, 1), min(date(first.year, 12, 31), release.released)  # type: ignore[union-attr]
    parts = parts_of(facts).with_columns(period_from=pl.lit(year[0]), period_through=pl.lit(year[1]))
    return Tidy(facts, parts, _without_state(counts))


def _refuse_partial(undated: pl.DataFrame, states: set[str], release: Release) -> None:
    """Refuse a file without the undated records of each state and status: a table cut at its end looks whole."""
    answered = set(undated.select("state", "status").iter_rows())
    labels = {status for _, status in answered}
    absent = sorted({(state, status) for state in states for status in labels} - answered)
    if absent or not labels:
        found = f"none for {', '.join(f'{state} {status}' for state, status in absent[:3])}" if absent else "none"
        raise DataError(release.file, f"a row {UNDATED} for each state and status", found, AGAIN)


def _monthly_facts(counts: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return the rows of months of disappearance, of which those from ``cutoff`` on are incomplete."""
    return _facts(
        counts,
        Clock.MONTH,
        end=pl.col("period_start").dt.month_end(),
        incomplete=pl.col("period_start") >= cutoff,
        part=pl.format("month {}", "status"),
    )


def _years(rows: pl.DataFrame, release: Release) -> Tidy:
    rows = _counted(rows, SEXES, release)
    every_key_once(rows, ["code", "year", "status"], release.file)
    rows = _with_year(rows, release)
    _refuse_without_state(rows, release.file)
    return _snapshot(
        _long(rows, ["place", "status"], release), _long(rows, ["place", "status", "period_start"], release), release
    )


def _dashboard(content: dict[str, Any], release: Release) -> Tidy:
    layout, labels = release.source.layouts[release.layout], release.source.categories
    section = {name: str(key) for name, key in layout.columns.items()}
    asked = _status_asked(content[section["asked"]], section["asked"], release)
    totals = _totals(content[section["totals"]], section["totals"], release)
    by_state = _cells(content, section["by_state"], "place", release)
    origin = Origin(release.file, {"place": section["by_state"]})
    by_state = categories(by_state, "place", labels["state"], origin, entry(release, "state"))
    by_year = _with_year(_cells(content, section["by_year"], "year", release), release)
    halves = {half: totals[half] for half in HALVES.get(asked, [])}
    total = totals[asked]
    summed = {
        "espacial": by_state["persons"].sum(),
        "anual": by_year["persons"].sum(),
        "totales": sum(halves.values()) if halves else total,
    }
    for name, found in summed.items():
        if found != total:
            expected = f"parts that add up to {total:,} {asked}, the total in totales"
            raise DataError(release.file, expected, f"{found:,}", AGAIN, column=name)
    status = pl.lit(asked)
    cell = traced(by_state, release)
    by_state = by_state.select("place", "sex", "persons", *cell, status=status)
    by_year = by_year.select("period_start", "sex", "persons", *cell, status=status, place=pl.lit("MX"))
    _refuse_without_state(by_state, release.file)
    # the two halves of a status are published for the nation only, and not by sex
    national = [{"place": "MX", "sex": "all", "persons": persons, "status": half} for half, persons in halves.items()]
    stock = pl.concat([by_state, pl.DataFrame(national, by_state.schema)])
    return _snapshot(stock, by_year, release)


def _status_asked(asked: Any, section: str, release: Release) -> str:
    """Return the status that the answer is about. Raises DataError for an answer to a narrower question."""
    labels = release.source.categories
    if not isinstance(asked, dict) or "id_estatus_victima" not in asked:
        todo = "save the parameters with the answer: they alone say what was counted"
        raise DataError(release.file, "the status that was asked for", "none", todo, column=section)
    filters = [
        f'{name} "{value}"'
        for name, value in asked.items()
        if name not in labels["not_a_filter"] and str(value) not in labels["no_filter"]
    ]
    if filters:
        todo = "ask without dates and other filters; an answer between dates has lost all records without one"
        found = "asked with " + ", ".join(filters)
        raise DataError(release.file, "an answer for the whole register", found, todo, column=section)
    row = _rows([(str(asked["id_estatus_victima"]),)], "status")
    origin = Origin(release.file, {"status": section})
    row = categories(row, "status", labels["status"], origin, entry(release, "status"))
    return str(row["status"][0])


def _totals(totals: Any, section: str, release: Release) -> dict[str, int]:
    """Return the nation's persons by status, of which only the status asked for and its halves were counted."""
    labels, found = release.source.categories["total"], totals if isinstance(totals, dict) else {}
    rows = _rows([(label, str(found.get(label, ""))) for label in labels], "label", "persons")
    origin = Origin(release.file, {"persons": section})
    rows = whole_numbers(rows, ["persons"], origin, blanks=False)
    rows = categories(rows, "label", labels, origin, entry(release, "total"))
    return dict(rows.select("label", "persons").rows())


def _cells(content: dict[str, Any], section: str, label: str, release: Release) -> pl.DataFrame:
    """Return the counts of one section of the answer, by sex and ``label``, each with its path in the answer."""
    series = content[section]
    if not isinstance(series, dict) or not all(isinstance(counts, dict) for counts in series.values()):
        todo = "fetch the answer again, and do not change its form: {sex: {label: count}}"
        raise DataError(release.file, "counts by sex and label", type(series).__name__, todo, column=section)
    cells = [
        (sex, name.strip(), str(count), f"{section}/{sex}/{name}")
        for sex, counts in series.items()
        for name, count in counts.items()
    ]
    rows = _rows(cells, "sex", label, "persons", COLUMN)
    origin = Origin(release.file, {"sex": section, "persons": section})
    rows = categories(rows, "sex", release.source.categories["sex"], origin, entry(release, "sex"))
    return whole_numbers(rows, ["persons"], origin, blanks=False)


def _rows(cells: Sequence[tuple[str, ...]], *names: str) -> pl.DataFrame:
    """Return rows of text that have no line."""
    rows = pl.DataFrame(cells, dict.fromkeys(names, pl.String), orient="row")
    return rows.with_columns(pl.lit(None, pl.Int64).alias(LINE))


def _counted(rows: pl.DataFrame, counts: list[str], release: Release) -> pl.DataFrame:
    """Return counts as numbers, the status as our code, and the place of the state's code."""
    mexico = [one for one in catalog.places().values() if one.country == "MX" and one.parent]
    unknown = release.source.categories["state_code"]
    assert isinstance(unknown, dict)
    codes = {one.code: one.id for one in mexico} | unknown
    rows = rows.with_columns(pl.col("state").str.zfill(2))
    placed = categories(rows, "state", codes, release, entry(release, "state_code"))
    rows = rows.rename({"state": "code"}).with_columns(place=placed["state"])
    return whole_numbers(with_codes(rows, release, ["status"]), counts, release, blanks=False)


def _with_year(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    """Add the first day of the year of disappearance as period_start; null where the register has no year."""
    undated = release.source.categories["year"]
    assert isinstance(undated, dict)
    years = rows.filter(pl.col("year").str.contains(r"^[12][0-9]{3}$"))["year"].unique()
    labels = {**undated, **{year: year for year in years}}
    rows = categories(rows, "year", labels, release, entry(release, "year"))
    year = pl.col("year").cast(pl.Int32, strict=False)
    rows = rows.with_columns(period_start=pl.when(year.is_not_null()).then(pl.date(year, 1, 1)))
    _refuse_after(rows, "year", release)
    return rows


def _refuse_after(rows: pl.DataFrame, column: str, release: Release) -> None:
    late = rows.filter(pl.col("period_start") > release.released)
    todo = "give the day of the snapshot with --released, or fetch the table again"
    refuse(late, release, column, f"nothing after the snapshot of {release.released}", todo)


def _refuse_without_state(rows: pl.DataFrame, file: str) -> None:
    """Refuse a table that lacks a state: rows of zero are left out, but no state has none in all periods."""
    states = {one.id for one in catalog.places().values() if one.country == "MX" and one.kind == "state"}
    for (status,), part in rows.group_by("status"):
        if absent := sorted(states - set(part["place"])):
            found = f"none of status {status} for {', '.join(absent[:5])}"
            raise DataError(file, "rows for all 32 states", found, AGAIN)


def _long(rows: pl.DataFrame, keys: list[str], release: Release) -> pl.DataFrame:
    """Return one row for each row and sex."""
    index = [*keys, *traced(rows, release)]
    long = rows.unpivot(on=SEXES, index=index, variable_name="sex", value_name="persons")
    return long.with_columns(pl.col("sex").alias(COLUMN)) if release.traced else long


def _snapshot(stock: pl.DataFrame, by_year: pl.DataFrame, release: Release) -> Tidy:
    """Return the stock on the day of the snapshot, and the years of disappearance where they are recorded."""
    day = pl.lit(release.released)
    year_end = pl.col("period_start").dt.offset_by("1y").dt.offset_by("-1d")
    cutoff = add_months(release.released, 1 - INCOMPLETE_MONTHS)
    stocks = _facts(
        stock.with_columns(period_start=day),
        Clock.STOCK,
        end=day,
        incomplete=pl.lit(False),
        part=pl.format("stock {} {}", "status", pl.lit(str(release.released))),
    )
    years = _facts(
        by_year.drop_nulls("period_start"),
        Clock.YEAR,
        end=year_end,
        incomplete=year_end >= cutoff,
        part=pl.format("year {}", "status"),
    )
    facts = pl.concat([stocks, years])
    undated = by_year.filter(pl.col("period_start").is_null())
    notes = [*_without_state(stock), *_note("persons_without_year", undated)]
    return Tidy(facts, _parts(facts, release.released), notes)


def _facts(counts: pl.DataFrame, clock: Clock, *, end: pl.Expr, incomplete: pl.Expr, part: pl.Expr) -> pl.DataFrame:
    """Return the rows of the fact table: municipalities and buckets added up, zeros left out."""
    cell = [name for name in CELL if name in counts.columns]
    summed = counts.group_by("place", "period_start", "status", "sex").agg(pl.col("persons").sum(), *cell)
    rows = summed.filter(pl.col("persons") > 0).select(
        "place",
        "period_start",
        end.alias("period_end"),
        pl.lit(str(clock)).alias("clock"),
        "status",
        "sex",
        "persons",
        *cell,
        maturity=pl.when(incomplete).then(pl.lit("incomplete")).otherwise(pl.lit("provisional")),
        part=part,
    )
    return rows.sort("part", "place", "period_start", "sex")


def _parts(facts: pl.DataFrame, released: date) -> pl.DataFrame:
    """Return what each part covers: the snapshot's own month or year no further than its day."""
    return parts_of(facts).with_columns(pl.min_horizontal("period_through", pl.lit(released)))


def _without_state(counts: pl.DataFrame) -> Notes:
    return _note("persons_without_state", counts.filter(place="MX-UNK"))


def _note(code: str, counts: pl.DataFrame) -> Notes:
    by_status = counts.group_by("status").agg(pl.col("persons").sum()).sort("status").rows()
    return [(code, {status: str(persons) for status, persons in by_status})] if by_status else []
