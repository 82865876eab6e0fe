"""A release as rows of its fact table: tidied once, then kept as Parquet until its bytes or our code change.

``data/processed/cache/<table>/<vintage>.parquet`` has the columns of the fact table and ``vintage``; its footer
says what it was made from. It can be deleted at any time: the next reading makes it again, to the same rows.
"""

from __future__ import annotations

import hashlib
import io
import json
from functools import cache
from importlib.metadata import version
from pathlib import Path

import polars as pl

from indicators import catalog, contracts, replacing
from indicators.sources import MUNICIPALITIES, Match, Tidy, recognise, tidy
from indicators.sources.files import unpack
from indicators.vintages import ReleaseDay, Vintage

PACKAGE = Path(__file__).parent
READERS = ["sources/*.py", "contracts/*.py", "catalog/*.py", "catalog/sources.toml", "catalog/places.csv"]
READERS += ["errors.py", "guard.py", "periods.py", "tidied.py"]
LIBRARIES = ["polars", "pyarrow", "python-calamine"]
PARTS = {"part": pl.String, "period_from": pl.Date, "period_through": pl.Date}
FOOTER = "indicators"


def table_of(match: Match, day: ReleaseDay) -> Tidy:
    """What the reader of a recognised file makes of it, held against the contract. Raises DataError."""
    found = tidy(match, released=day.released, data_month=day.data_month)
    facts = contracts.validate(match.source.table, found.facts, match.content.file)
    return Tidy(facts, found.parts, found.notes, found.municipalities)


def read(raw: Path, one: Vintage, kept_in: Path | None = None) -> Tidy:
    """The rows of a stored release: those kept in the folder ``kept_in``, else made again and kept there.

    Raises DataError where the stored file is not what was stored.
    """
    if kept_in and (kept := _kept(_path(kept_in, one), _made_from(one))):
        one.verify(raw)
        return kept
    match = recognise(one.file, unpack(one.file, one.read(raw))[1])
    found = table_of(match, ReleaseDay(one.released, one.released_estimated, one.data_month))
    if kept_in:
        keep(kept_in, one, found)
    return found


def keep(kept_in: Path, one: Vintage, found: Tidy) -> None:
    """Write the rows of a release beside those of the others, whole or not at all."""
    footer = {
        "made_from": _made_from(one),
        "parts": found.parts.write_csv(),
        "notes": found.notes,
        "municipalities": found.municipalities.write_csv(),
    }
    with replacing.file(_path(kept_in, one)) as beside, beside.open("wb") as file:
        found.facts.with_columns(vintage=pl.lit(one.id)).write_parquet(
            file, metadata={FOOTER: json.dumps(footer, ensure_ascii=False)}
        )


def _kept(path: Path, made_from: str) -> Tidy | None:
    """The rows kept at ``path``, if they were made from the same bytes by the same code."""
    try:
        footer = json.loads(pl.read_parquet_metadata(path)[FOOTER])
        if footer["made_from"] != made_from:
            return None
        facts = pl.read_parquet(path).drop("vintage")
    except (OSError, KeyError, ValueError, pl.exceptions.PolarsError):
        return None
    parts, municipalities = (
        pl.read_csv(io.StringIO(footer[name]), schema=schema)
        for name, schema in (("parts", PARTS), ("municipalities", MUNICIPALITIES))
    )
    return Tidy(facts, parts, [(code, said) for code, said in footer["notes"]], municipalities)


def _path(kept_in: Path, one: Vintage) -> Path:
    return kept_in / catalog.sources()[one.source].table / f"{one.id}.parquet"


def _made_from(one: Vintage) -> str:
    said = [one.sha256, one.file, str(one.released), str(one.data_month), _code_sha256()]
    return hashlib.sha256("\0".join(said).encode()).hexdigest()


@cache
def _code_sha256() -> str:
    """One hash over the readers, what they read by, and the libraries they read with."""
    digest = hashlib.sha256("\0".join(f"{name} {version(name)}" for name in LIBRARIES).encode())
    for path in sorted({path for pattern in READERS for path in PACKAGE.glob(pattern)}):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
