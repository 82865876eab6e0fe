"""Mexico's register of missing persons (RNPDNO, CNB/SEGOB), by state, sex and status.

The register is alive: any cell changes any day, in both directions, and the agency keeps no past. So every
table is a snapshot of its day. It reaches us in three shapes, of which two hold the stock:

- ``months``: municipality by month of disappearance, one status a table. Records without a month are in
  none of them, so their sum is never the stock and no stock is made of it (2015 to 2025 in April 2026:
  92,486 still missing, when the register held more than 130,000).
- ``years``: state by year of disappearance, with a bucket for records that have no year: all buckets
  together are the stock, the known years are rows of their own.
- ``dashboard``: the answers of the public dashboard in one JSON, with the parameters they were asked with.
  Only an answer asked without a filter is the stock.

A state is the finest place that enters. Three in five cells of a municipality, month and sex are one person,
whose name and face are on a public search notice: the cell would tell who was found, and whether alive.

Stock rows stand in parts that carry their day, so that no snapshot replaces another; month and year rows
are those of the newest snapshot. The newest six months are incomplete, for reports come in late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from indicators import catalog
from indicators.errors import DataError
from indicators.periods import Clock, add_months
from indicators.readers.base import Release, Tidy, parts_of
from indicators.readers.columns import categories, every_key_once, refuse, whole_numbers
from indicators.readers.files import LINE

SEXES = ["male", "female", "not_identified"]
HALVES = {
    "missing": ["disappeared", "not_located"],
    "located": ["located_alive", "located_dead"],
    "registered": ["disappeared", "not_located", "located_alive", "located_dead"],
}
INCOMPLETE_MONTHS = 6
AGAIN = (
    "fetch the whole table again: the register changes while it is being read, and a cut table looks whole"
)


def tidy(content: pl.DataFrame | dict[str, Any], release: Release) -> Tidy:
    """Rows of ``missing_persons``. Raises DataError."""
    if isinstance(content, dict):
        return _dashboard(content, release)
    return {"months": _months, "years": _years}[release.layout](content, release)


def _months(rows: pl.DataFrame, release: Release) -> Tidy:
    file, headers = release.file, release.headers
    rows = _counted(rows.with_columns(pl.col("municipality").str.zfill(5)), [*SEXES, "total"], release)
    odd = rows["municipality"].str.slice(0, 2) != rows["code"]
    expected = f"a municipality of the state in {headers['state']}"
    refuse(rows, odd, file, "municipality", headers["municipality"], expected, AGAIN)
    odd = rows["total"] != rows.select(pl.sum_horizontal(SEXES)).to_series()
    expected = f"the sum of {', '.join(headers[sex] for sex in SEXES)}"
    refuse(rows, odd, file, "total", headers["total"], expected, AGAIN)
    last_year = release.released.year
    rows = whole_numbers(rows, ["year"], file, headers, least=1, most=last_year, blanks=False)
    rows = whole_numbers(rows, ["month"], file, headers, least=1, blanks=False)
    refuse(rows, rows["month"] > 12, file, "month", headers["month"], "a month from 1 to 12", AGAIN)
    every_key_once(rows, ["municipality", "year", "month", "status"], file)
    rows = rows.with_columns(period_start=pl.date("year", "month", 1))
    _not_after(rows, "month", release)
    _every_state(rows, file)
    counts = _long(rows, ["place", "status", "period_start"])
    cutoff = add_months(counts["period_start"].max(), 1 - INCOMPLETE_MONTHS)  # type: ignore[arg-type]
    facts = _facts(
        counts,
        Clock.MONTH,
        end=pl.col("period_start").dt.month_end(),
        incomplete=pl.col("period_start") >= cutoff,
        part=pl.concat_str(pl.lit("month "), "status"),
    )
    return Tidy(facts, _parts(facts, release.released), _without_state(counts))


def _years(rows: pl.DataFrame, release: Release) -> Tidy:
    rows = _counted(rows, SEXES, release)
    every_key_once(rows, ["code", "year", "status"], release.file)
    rows = _with_year(rows, release)
    _every_state(rows, release.file)
    stock = _long(rows, ["place", "status"])
    years = _long(rows.drop_nulls("period_start"), ["place", "status", "period_start"])
    undated = _long(rows.filter(pl.col("period_start").is_null()), ["status"])
    return _snapshot(stock, years, undated, release)


def _dashboard(content: dict[str, Any], release: Release) -> Tidy:
    answer = read(content, release)
    by_year = _with_year(answer.by_year, release)
    halves = {one: answer.totals[one] for one in HALVES.get(answer.status, [])}
    total = answer.totals[answer.status]
    summed = {
        "espacial": answer.by_state["persons"].sum(),
        "anual": by_year["persons"].sum(),
        "totales": sum(halves.values()) if halves else total,
    }
    for section, found in summed.items():
        if found != total:
            expected = f"parts that add up to {total:,} {answer.status}, the total in totales"
            raise DataError(release.file, expected, f"{found:,}", AGAIN, column=section)
    status = pl.lit(answer.status)
    by_state = answer.by_state.select("place", "sex", "persons", status=status)
    by_year = by_year.select("period_start", "sex", "persons", status=status, place=pl.lit("MX"))
    _every_state(by_state, release.file)
    # the two halves of a status are published for the nation only, and not by sex
    national = pl.DataFrame(
        [("MX", "all", persons, half) for half, persons in halves.items()], by_state.schema, orient="row"
    )
    undated = pl.col("period_start").is_null()
    return _snapshot(
        pl.concat([by_state, national]), by_year.filter(~undated), by_year.filter(undated), release
    )


def _counted(rows: pl.DataFrame, counts: list[str], release: Release) -> pl.DataFrame:
    """Counts as numbers, the status as our code, the place of the state's code."""
    file, headers = release.file, release.headers
    rows = rows.with_columns(pl.col("state").str.zfill(2))
    known, mexico = release.source.categories, catalog.places().values()
    codes = {one.code: one.id for one in mexico if one.country == "MX" and one.parent}
    assert isinstance(known["state_code"], dict)
    codes |= known["state_code"]
    placed = categories(rows, "state", codes, file, headers, where="[rnpdno.categories.state_code]")
    rows = rows.rename({"state": "code"}).with_columns(place=placed["state"])
    rows = categories(rows, "status", known["status"], file, headers, where="[rnpdno.categories.status]")
    return whole_numbers(rows, counts, file, headers, blanks=False)


def _with_year(rows: pl.DataFrame, release: Release) -> pl.DataFrame:
    """The first day of the year of disappearance as period_start; null where the register has no year."""
    known = release.source.categories["year"]
    assert isinstance(known, dict)
    years = rows.filter(pl.col("year").str.contains(r"^[12][0-9]{3}$"))["year"].unique()
    labels = {**known, **{year: year for year in years}}
    where = "[rnpdno.categories.year]"
    rows = categories(rows, "year", labels, release.file, release.headers, where=where)
    year = pl.col("year").cast(pl.Int32, strict=False)
    rows = rows.with_columns(period_start=pl.when(year.is_not_null()).then(pl.date(year, 1, 1)))
    _not_after(rows, "year", release)
    return rows


def _not_after(rows: pl.DataFrame, column: str, release: Release) -> None:
    late = (rows["period_start"] > release.released).fill_null(False)
    todo = "give the day of the snapshot with --released, or fetch the table again"
    header = release.headers.get(column, column)
    refuse(
        rows, late, release.file, column, header, f"nothing after the snapshot of {release.released}", todo
    )


def _every_state(rows: pl.DataFrame, file: str) -> None:
    """Refuse a table that lacks a state: rows of zero are left out, but no state has none in all periods."""
    states = {one.id for one in catalog.places().values() if one.country == "MX" and one.kind == "state"}
    for (status,), part in rows.group_by("status"):
        if absent := sorted(states - set(part["place"])):
            found = f"none of status {status} for {', '.join(absent[:5])}"
            raise DataError(file, "rows for all 32 states", found, AGAIN)


def _long(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """One row for each row and sex."""
    return rows.unpivot(on=SEXES, index=keys, variable_name="sex", value_name="persons")


def _snapshot(stock: pl.DataFrame, years: pl.DataFrame, undated: pl.DataFrame, release: Release) -> Tidy:
    """The stock on the day of the snapshot, and the known years of disappearance."""
    day = pl.lit(release.released)
    year_end = pl.col("period_start").dt.offset_by("1y").dt.offset_by("-1d")
    cutoff = add_months(release.released, 1 - INCOMPLETE_MONTHS)
    facts = pl.concat(
        [
            _facts(
                stock.with_columns(period_start=day),
                Clock.STOCK,
                end=day,
                incomplete=pl.lit(False),
                part=pl.concat_str(pl.lit("stock "), "status", pl.lit(f" {release.released}")),
            ),
            _facts(
                years,
                Clock.YEAR,
                end=year_end,
                incomplete=year_end >= cutoff,
                part=pl.concat_str(pl.lit("year "), "status"),
            ),
        ]
    )
    notes = [*_without_state(stock), *_note("persons_without_year", undated)]
    return Tidy(facts, _parts(facts, release.released), notes)


def _facts(
    counts: pl.DataFrame, clock: Clock, *, end: pl.Expr, incomplete: pl.Expr, part: pl.Expr
) -> pl.DataFrame:
    """Rows of the fact table: municipalities and buckets added up, zeros left out."""
    summed = counts.group_by("place", "period_start", "status", "sex").agg(pl.col("persons").sum())
    rows = summed.filter(pl.col("persons") > 0).select(
        "place",
        "period_start",
        end.alias("period_end"),
        pl.lit(str(clock)).alias("clock"),
        "status",
        "sex",
        "persons",
        pl.when(incomplete).then(pl.lit("incomplete")).otherwise(pl.lit("provisional")).alias("maturity"),
        part.alias("part"),
    )
    return rows.sort("part", "place", "period_start", "sex")


def _parts(facts: pl.DataFrame, released: date) -> pl.DataFrame:
    """What each part covers: the snapshot's own month or year no further than its day."""
    return parts_of(facts).with_columns(pl.min_horizontal("period_through", pl.lit(released)))


def _without_state(counts: pl.DataFrame) -> list[tuple[str, dict[str, str]]]:
    return _note("persons_without_state", counts.filter(pl.col("place") == "MX-UNK"))


def _note(code: str, counts: pl.DataFrame) -> list[tuple[str, dict[str, str]]]:
    by_status = counts.group_by("status").agg(pl.col("persons").sum()).sort("status").rows()
    return [(code, {status: str(persons) for status, persons in by_status})] if by_status else []


@dataclass(frozen=True)
class Answer:
    """One answer for the whole register.

    ``status`` is the one asked for; ``totals`` holds the nation's persons by status, of which only ``status``
    and its halves were asked for; ``by_state`` has place, sex and persons; ``by_year`` year (the label as
    published), sex and persons.
    """

    status: str
    totals: dict[str, int]
    by_state: pl.DataFrame
    by_year: pl.DataFrame


def read(content: dict[str, Any], release: Release) -> Answer:
    """Raises DataError where the answer is to a narrower question, or not in the form known."""
    layout, known = release.source.layouts[release.layout], release.source.categories
    section = {name: str(key) for name, key in layout.columns.items()}
    status = _status_asked(content[section["asked"]], section["asked"], release)
    totals = _totals(content[section["totals"]], section["totals"], release)
    by_state = _cells(content, section["by_state"], "place", release)
    names = {"place": section["by_state"]}
    where = "[rnpdno.categories.state]"
    by_state = categories(by_state, "place", known["state"], release.file, names, where=where)
    return Answer(status, totals, by_state, _cells(content, section["by_year"], "year", release))


def _status_asked(asked: Any, section: str, release: Release) -> str:
    known = release.source.categories
    if not isinstance(asked, dict) or "id_estatus_victima" not in asked:
        todo = "keep the parameters with the answer: without them nobody can tell what was counted"
        raise DataError(release.file, "the status that was asked for", "none", todo, column=section)
    filters = [
        f'{name} "{value}"'
        for name, value in asked.items()
        if name not in known["not_a_filter"] and str(value) not in known["no_filter"]
    ]
    if filters:
        todo = "ask without dates and other filters; an answer between dates has lost all records without one"
        found = "asked with " + ", ".join(filters)
        raise DataError(release.file, "an answer for the whole register", found, todo, column=section)
    row = _rows([(str(asked["id_estatus_victima"]),)], "status")
    where = "[rnpdno.categories.status]"
    row = categories(row, "status", known["status"], release.file, {"status": section}, where=where)
    return str(row["status"][0])


def _totals(totals: Any, section: str, release: Release) -> dict[str, int]:
    known, found = release.source.categories["total"], totals if isinstance(totals, dict) else {}
    rows = _rows([(label, str(found.get(label, ""))) for label in known], "label", "persons")
    rows = whole_numbers(rows, ["persons"], release.file, {"persons": section}, blanks=False)
    where = "[rnpdno.categories.total]"
    return dict(
        categories(rows, "label", known, release.file, {}, where=where).select("label", "persons").rows()
    )


def _cells(content: dict[str, Any], section: str, label: str, release: Release) -> pl.DataFrame:
    series = content[section]
    if not isinstance(series, dict) or not all(isinstance(counts, dict) for counts in series.values()):
        todo = "fetch the answer again, and keep its form: {sex: {label: count}}"
        raise DataError(release.file, "counts by sex and label", type(series).__name__, todo, column=section)
    cells = [
        (sex, one.strip(), str(count)) for sex, counts in series.items() for one, count in counts.items()
    ]
    rows = _rows(cells, "sex", label, "persons")
    names = {"sex": section, "persons": section}
    known = release.source.categories["sex"]
    rows = categories(rows, "sex", known, release.file, names, where="[rnpdno.categories.sex]")
    return whole_numbers(rows, ["persons"], release.file, names, blanks=False)


def _rows(cells: Sequence[tuple[str, ...]], *names: str) -> pl.DataFrame:
    """Rows of text that stood on no line."""
    rows = pl.DataFrame(cells, dict.fromkeys(names, pl.String), orient="row")
    return rows.with_columns(pl.lit(None, pl.Int64).alias(LINE))
