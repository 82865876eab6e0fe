"""The cache of releases as rows of their fact table: read once, then written as Parquet until bytes or code change.

``data/processed/cache/<table>/<vintage>-<hash>.parquet`` has the columns of the fact table and ``vintage``;
``cache/totals`` has the release added up, and the checksum of rows and sums, by which a damaged file is noticed.
The hash is of the release, of the code that reads it and of its libraries. Every file of the cache can be deleted
at any time: the next reading makes the same file again.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import polars as pl

from indicators import catalog
from indicators.catalog.tables import FACTS, validate
from indicators.errors import DataError
from indicators.files import replace_file
from indicators.readers import recognise, tidy
from indicators.readers.base import CELL, Match, Tidy
from indicators.readers.files import COLUMN, LINE, SHEET, TextTable, unpack
from indicators.releases.store import ReleaseDay, Vintage, libraries
from indicators.releases.totals import Totals, add_up, covered

PACKAGE = Path(__file__).parents[1]
READERS = ["readers/*.py", "releases/*.py", "catalog/*.py", "catalog/sources.toml", "catalog/tables.toml"]
READERS += ["catalog/places.csv", "errors.py", "files.py", "periods.py"]
TOTALS = ("nation", "cells")
FRAMES = ("parts", "municipalities", "unreported")  # of Tidy
PLACED = ("place", "period_start", "period_end")


@dataclass(frozen=True)
class Stored:
    """A release of the store, as it goes into the warehouse.

    ``rows`` are those of its fact table with ``vintage``, or the Parquet file that has them; ``height`` is their
    number. The other fields are those of Tidy.
    """

    rows: pl.DataFrame | Path
    height: int
    parts: pl.DataFrame
    notes: list[tuple[str, dict[str, str]]]
    municipalities: pl.DataFrame
    unreported: pl.DataFrame
    totals: Totals


def table_of(match: Match, day: ReleaseDay) -> Tidy:
    """Return the rows of a recognised file, checked by their table. Raise DataError for a fault."""
    found = tidy(match, released=day.released, data_month=day.data_month)
    facts = validate(match.source.table, found.facts, match.content.file)
    return replace(found, facts=facts)


def read(raw: Path, vintage: Vintage, cache_folder: Path | None = None) -> Stored:
    """Return a stored release: from ``cache_folder`` where it is there, else read again and written there.

    Raise DataError where the bytes of the stored file have changed.
    """
    if cache_folder and (cached := _cached(cache_folder, vintage)):
        vintage.verify(raw)
        return cached
    match = recognise(vintage.file, unpack(vintage.file, vintage.read(raw))[1])
    found = table_of(match, ReleaseDay(vintage.released, vintage.released_estimated, vintage.data_month))
    totals = add_up(match.source, vintage.id, found.facts, found.parts, vintage.released)
    if cache_folder:
        write(cache_folder, vintage, found, totals)
    rows = found.facts.with_columns(vintage=pl.lit(vintage.id))
    return Stored(rows, rows.height, found.parts, found.notes, found.municipalities, found.unreported, totals)


def cells(raw: Path, vintage: Vintage, measure: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the cells of a stored file that ``rows`` of its fact table are made of, in the order of the file.

    A cell has the place and period of its row; ``sheet``, ``line`` (the header is line 1) and ``column`` of the file;
    its ``text``, and the ``number`` that the text says. Cells of zero are left out of sums. The file is read again, and
    nothing is cached. Raise DataError where the file does not have the rows.
    """
    match = recognise(vintage.file, unpack(vintage.file, vintage.read(raw))[1])
    key = list(FACTS[match.source.table].key)
    facts = tidy(match, released=vintage.released, data_month=vintage.data_month, traced=True).facts
    found = facts.join(rows, on=key, how="semi", maintain_order="left")
    if found.height != rows.height:
        expected, todo = f"{rows.height:,} rows of the warehouse", "run `indicators build`, then ask again"
        raise DataError(vintage.file, expected, f"{found.height:,} of them", todo)
    found = found.explode([name for name in CELL if isinstance(found.schema.get(name), pl.List)])
    column = pl.col(COLUMN) if COLUMN in found.columns else pl.lit(measure)
    found = found.with_columns(column.replace(match.headers).alias(COLUMN))
    if isinstance(match.content, TextTable):
        at = [name for name in (SHEET, LINE) if name in found.columns]
        used = match.content.rows.join(found, on=at, how="semi")
        texts = used.unpivot(on=found[COLUMN].unique(), index=at, variable_name=COLUMN, value_name="text")
        found = found.join(texts, on=[*at, COLUMN], how="left", maintain_order="left")
    else:  # its numbers are plain, and its text is not in memory
        found = found.with_columns(text=pl.col(measure).cast(pl.String))
    number = pl.col("text").str.replace_all(",", "").cast(pl.Float64, strict=False)
    sheet = pl.col(SHEET) if SHEET in found.columns else pl.lit(None, pl.String).alias(SHEET)
    shown = found.select(*PLACED, sheet, LINE, COLUMN, "text", measure, number=number)
    added = shown.filter(pl.col("number").is_null() | (pl.col("number") != 0) | (pl.col(measure) == 0))
    return added.drop(measure).sort(SHEET, LINE, maintain_order=True)


def shipped_cells(edition: Path, table: str, measure: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the cells of the edition's file of a table that are ``rows`` of it, as ``cells`` does; line 1 is a row."""
    key = [*FACTS[table].key, "vintage"]
    found = pl.read_parquet(edition / f"{table}.parquet").with_row_index(LINE, offset=1)
    found = found.join(rows, on=key, how="semi", maintain_order="left")
    text, number = pl.col(measure).cast(pl.String), pl.col(measure).cast(pl.Float64)
    sheet, column = pl.lit(None, pl.String).alias(SHEET), pl.lit(measure).alias(COLUMN)
    return found.select(*PLACED, sheet, LINE, column, text=text, number=number)


def write(cache_folder: Path, vintage: Vintage, found: Tidy, totals: Totals) -> None:
    """Write the rows of a release, its totals, then their checksum, in place of those that other code made."""
    rows, sums, checksum = _paths(cache_folder, vintage)
    for folder in (rows.parent, sums.parent):
        for old in folder.glob(f"{vintage.id}*"):
            old.unlink(missing_ok=True)
    with replace_file(rows) as beside:
        found.facts.with_columns(vintage=pl.lit(vintage.id)).write_parquet(beside)
    frames = {name: getattr(totals, name) for name in TOTALS}
    frames |= {name: getattr(found, name) for name in FRAMES}
    with replace_file(sums) as beside, zipfile.ZipFile(beside, "w") as archive:
        for name, frame in frames.items():
            frame.write_parquet(content := io.BytesIO())
            archive.writestr(name, content.getvalue())
        archive.writestr("notes", json.dumps(found.notes, ensure_ascii=False))
    with replace_file(checksum) as beside:
        beside.write_bytes(_digest(rows, sums))


def _cached(cache_folder: Path, vintage: Vintage) -> Stored | None:
    """Return the cached release; None where its files are missing or do not match their checksum."""
    rows, sums, checksum = _paths(cache_folder, vintage)
    try:
        if checksum.read_bytes() != _digest(rows, sums):
            return None
    except OSError:
        return None
    with zipfile.ZipFile(sums) as archive:
        notes = [(code, facts) for code, facts in json.loads(archive.read("notes"))]
        nation, cells, parts, municipalities, unreported = (
            pl.read_parquet(archive.read(name)) for name in (*TOTALS, *FRAMES)
        )
    days = covered(parts).with_columns(released=pl.lit(vintage.released))
    totals = Totals(vintage.id, catalog.sources()[vintage.source], nation, cells, days)
    height = pl.scan_parquet(rows).select(pl.len()).collect().item()
    return Stored(rows, height, parts, notes, municipalities, unreported, totals)


def _paths(cache_folder: Path, vintage: Vintage) -> tuple[Path, Path, Path]:
    """Return the files of a release in the cache: rows, totals, and the checksum of both."""
    made_from = [vintage.sha256, vintage.file, str(vintage.released), str(vintage.data_month), _code_sha256()]
    name = f"{vintage.id}-{hashlib.sha256(chr(0).join(made_from).encode()).hexdigest()[:16]}"
    sums = cache_folder / "totals" / name
    rows = cache_folder / catalog.sources()[vintage.source].table / f"{name}.parquet"
    return rows, sums.with_suffix(".zip"), sums.with_suffix(".sha256")


def _digest(*paths: Path) -> bytes:
    """Return one hash over the contents of files."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.digest()


@cache
def _code_sha256() -> str:
    """Return one hash over the code and tables that read releases, and the libraries they use."""
    digest = hashlib.sha256(libraries().encode())
    for path in sorted({path for pattern in READERS for path in PACKAGE.glob(pattern)}):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
