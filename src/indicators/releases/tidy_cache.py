"""A release as rows of its fact table: tidied once, then kept as Parquet until its bytes or our code change.

``data/processed/cache/<table>/<vintage>.parquet`` has the columns of the fact table and ``vintage``, and
``cache/totals/<vintage>`` the release added up, what both were made from, and the hashes that tell whether they
are whole. They can be deleted at any time: the next reading makes them again, the same.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from indicators import catalog
from indicators.catalog.tables import validate
from indicators.files import replace_file
from indicators.readers import recognise, tidy
from indicators.readers.base import MUNICIPALITIES, Match, Tidy
from indicators.readers.files import unpack
from indicators.releases.store import ReleaseDay, Vintage, libraries
from indicators.releases.totals import Totals, add_up, from_one

PACKAGE = Path(__file__).parents[1]
READERS = ["readers/*.py", "releases/*.py", "catalog/*.py", "catalog/sources.toml", "catalog/places.csv"]
READERS += ["errors.py", "files.py", "periods.py"]
PARTS = {"part": pl.String, "period_from": pl.Date, "period_through": pl.Date}
FOOTER = "indicators"
DIGEST_BYTES = hashlib.sha256().digest_size


@dataclass(frozen=True)
class Stored:
    """A release of the store, as it goes into the warehouse.

    ``rows`` are those of its fact table with ``vintage``, or the Parquet file that keeps them; ``height`` is their
    number, the rest is as in Tidy.
    """

    rows: pl.DataFrame | Path
    height: int
    parts: pl.DataFrame
    notes: list[tuple[str, dict[str, str]]]
    municipalities: pl.DataFrame
    totals: Totals


def table_of(match: Match, day: ReleaseDay) -> Tidy:
    """Return what the reader of a recognised file makes of it, checked by its table. Raise DataError for a fault."""
    found = tidy(match, released=day.released, data_month=day.data_month)
    facts = validate(match.source.table, found.facts, match.content.file)
    return Tidy(facts, found.parts, found.notes, found.municipalities)


def read(raw: Path, one: Vintage, kept_in: Path | None = None) -> Stored:
    """A stored release: as it is kept in the folder ``kept_in``, else read again and kept there.

    Raises DataError where the stored file is not what was stored.
    """
    if kept_in and (kept := _kept(kept_in, one)):
        one.verify(raw)
        return kept
    match = recognise(one.file, unpack(one.file, one.read(raw))[1])
    tidy = table_of(match, ReleaseDay(one.released, one.released_estimated, one.data_month))
    totals = add_up(match.source, one.id, tidy.facts, tidy.parts)
    if kept_in:
        keep(kept_in, one, tidy, totals)
    rows = tidy.facts.with_columns(vintage=pl.lit(one.id))
    return Stored(rows, rows.height, tidy.parts, tidy.notes, tidy.municipalities, totals)


def keep(kept_in: Path, one: Vintage, tidy: Tidy, totals: Totals) -> None:
    """Write the rows of a release beside those of the others, then what is told of them; each whole or not at all."""
    path = _rows(kept_in, one)
    with replace_file(path) as beside:
        tidy.facts.with_columns(vintage=pl.lit(one.id)).write_parquet(beside)
        rows_sha256 = _sha256(beside)
    told = {
        "made_from": _made_from(one),
        "rows_sha256": rows_sha256,
        "rows": tidy.facts.height,
        "parts": tidy.parts.write_csv(),
        "notes": tidy.notes,
        "municipalities": tidy.municipalities.write_csv(),
    }
    sums = io.BytesIO()
    totals.as_one().write_parquet(sums, metadata={FOOTER: json.dumps(told, ensure_ascii=False)})
    with replace_file(_totals(kept_in, one)) as beside:
        beside.write_bytes(hashlib.sha256(sums.getvalue()).digest() + sums.getvalue())


def _kept(kept_in: Path, one: Vintage) -> Stored | None:
    """What is kept of a release, if it was made from the same bytes by the same code, and is whole."""
    rows = _rows(kept_in, one)
    try:
        content = _totals(kept_in, one).read_bytes()
        digest, kept = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
        if digest != hashlib.sha256(kept).digest():
            return None
        told = json.loads(pl.read_parquet_metadata(io.BytesIO(kept))[FOOTER])
        if told["made_from"] != _made_from(one) or told["rows_sha256"] != _sha256(rows):
            return None
    except OSError:
        return None
    sums = pl.read_parquet(io.BytesIO(kept))
    parts, municipalities = (
        pl.read_csv(io.StringIO(told[name]), schema=schema)
        for name, schema in (("parts", PARTS), ("municipalities", MUNICIPALITIES))
    )
    totals = from_one(catalog.sources()[one.source], one.id, sums, parts)
    notes = [(code, said) for code, said in told["notes"]]
    return Stored(rows, told["rows"], parts, notes, municipalities, totals)


def _rows(kept_in: Path, one: Vintage) -> Path:
    return kept_in / catalog.sources()[one.source].table / f"{one.id}.parquet"


def _totals(kept_in: Path, one: Vintage) -> Path:
    return kept_in / "totals" / one.id


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _made_from(one: Vintage) -> str:
    said = [one.sha256, one.file, str(one.released), str(one.data_month), _code_sha256()]
    return hashlib.sha256("\0".join(said).encode()).hexdigest()


@cache
def _code_sha256() -> str:
    """One hash over the readers, what they read by, and the libraries they read with."""
    digest = hashlib.sha256(libraries().encode())
    for path in sorted({path for pattern in READERS for path in PACKAGE.glob(pattern)}):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
