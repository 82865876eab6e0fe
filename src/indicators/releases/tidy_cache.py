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
SHIPPED = "data/processed/edition/{table}.parquet"
CELLS: dict[str, type[pl.DataType]] = {
    "release": pl.String, "file": pl.String, "place": pl.String, "period_start": pl.Date, "period_end": pl.Date,
    SHEET: pl.String, LINE: pl.UInt32, COLUMN: pl.String, "text": pl.String, "number": pl.Float64,
}  # fmt: skip


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
    """Return the cells of a stored file that ``rows`` of its fact table are made of: columns of CELLS, by line.

    The header is line 1; ``number`` is what the ``text`` says. Cells of zero in a sum are left out. The file is read
    again, and nothing is cached. Raise DataError where the file does not have the rows.
    """
    match = recognise(vintage.file, unpack(vintage.file, vintage.read(raw))[1])
    facts = tidy(match, released=vintage.released, data_month=vintage.data_month, traced=True).facts
    found = _found(facts, rows, list(FACTS[match.source.table].key), vintage.file)
    if lists := [name for name in CELL if isinstance(found.schema.get(name), pl.List)]:
        found = found.explode(lists)
    column = pl.col(COLUMN) if COLUMN in found.columns else pl.lit(measure)
    found = found.with_columns(column.replace(match.headers).alias(COLUMN), text=pl.col(measure).cast(pl.String))
    if isinstance(match.content, TextTable):  # other numbers are plain, and no text of theirs is in memory
        at = [name for name in (SHEET, LINE) if name in found.columns]
        used = match.content.rows.join(found, on=at, how="semi")
        texts = used.unpivot(found[COLUMN].unique().to_list(), index=at, variable_name=COLUMN, value_name="text")
        found = found.drop("text").join(texts, on=[*at, COLUMN], how="left", maintain_order="left")
    number = pl.col("text").str.replace_all(",", "").cast(pl.Float64, strict=False)
    found = found.with_columns(number=number, release=pl.lit(vintage.id), file=pl.lit(vintage.file))
    added = found.filter(pl.col("number").is_null() | (pl.col("number") != 0) | (pl.col(measure) == 0))
    return _as_cells(added).sort(SHEET, LINE, maintain_order=True)


def shipped_cells(root: Path, table: str, measure: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return ``rows`` of the edition's file of a table as ``cells`` does; line 1 is the first row of that file."""
    if rows.is_empty():
        return pl.DataFrame(schema=CELLS)
    file = SHIPPED.format(table=table)
    facts = pl.read_parquet(root / file).with_row_index(LINE, offset=1)
    found = _found(facts, rows, [*FACTS[table].key, "vintage"], file)
    text, number = pl.col(measure).cast(pl.String), pl.col(measure)
    names = {"file": pl.lit(file), "release": pl.col("vintage"), COLUMN: pl.lit(measure)}
    return _as_cells(found.with_columns(text=text, number=number, **names))


def _found(facts: pl.DataFrame, rows: pl.DataFrame, key: list[str], file: str) -> pl.DataFrame:
    """Return the facts with the keys of ``rows``. Raise DataError where one is missing."""
    found = facts.join(rows, on=key, how="semi", maintain_order="left")
    if found.height != rows.height:
        expected, todo = f"{rows.height:,} rows of the warehouse", "run `indicators build`, then ask again"
        raise DataError(file, expected, f"{found.height:,} of them", todo)
    return found


def _as_cells(found: pl.DataFrame) -> pl.DataFrame:
    sheet = {} if SHEET in found.columns else {SHEET: pl.lit(None, pl.String)}
    return found.with_columns(**sheet).select(list(CELLS)).cast(pl.Schema(CELLS))


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
