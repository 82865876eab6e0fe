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
from indicators.catalog.tables import validate
from indicators.files import replace_file
from indicators.readers import recognise, tidy
from indicators.readers.base import Match, Tidy
from indicators.readers.files import unpack
from indicators.releases.store import ReleaseDay, Vintage, libraries
from indicators.releases.totals import Totals, add_up, covered

PACKAGE = Path(__file__).parents[1]
READERS = ["readers/*.py", "releases/*.py", "catalog/*.py", "catalog/sources.toml", "catalog/tables.toml"]
READERS += ["catalog/places.csv", "errors.py", "files.py", "periods.py"]
TOTALS = ("nation", "cells")
FRAMES = ("parts", "municipalities", "unreported")  # of Tidy


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
