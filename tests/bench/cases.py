"""What is measured, each in a process of its own: ``python cases.py NAME ARGUMENT…`` tells its seconds as JSON."""

from __future__ import annotations

import hashlib
import json
import random
import statistics
import sys
import time
from contextlib import suppress
from datetime import date
from pathlib import Path

MONTHS = [
    "Enero", "Febrero", "Marzo", "Abril", "Mayo", "Junio", "Julio", "Agosto", "Septiembre", "Octubre",
    "Noviembre", "Diciembre",
]  # fmt: skip
RECEIVED = date(2026, 11, 1)


def scan(file: str) -> None:
    """DuckDB alone: two aggregates over the file."""
    import duckdb

    start = now()
    duckdb.sql(f"SELECT count(*), sum(Enero) FROM read_csv('{file}', encoding = 'latin-1')").fetchall()
    tell(start)


def ours(file: str, database: str) -> None:
    """From disk to a fact table that can be asked: recognised, tidied, held against the contract, inserted."""
    import duckdb

    from indicators.readers import recognise
    from indicators.releases import tidy_cache
    from indicators.releases.store import ReleaseDay

    start = now()
    path = Path(file)
    month = date(int(path.stem[-4:]), 12, 31)
    match = recognise(path.name, path.read_bytes())
    facts = tidy_cache.table_of(match, ReleaseDay(RECEIVED, False, month)).facts
    Path(database).unlink(missing_ok=True)
    with duckdb.connect(database) as connection:
        connection.register("incoming", facts.to_arrow())
        connection.execute("CREATE TABLE municipal_crime_cases AS FROM incoming")
        rows = connection.sql("SELECT count(*), sum(cases) FROM municipal_crime_cases").fetchall()[0][0]
    tell(start, rows=rows)


def pandas(file: str) -> None:
    """The usual script: read_csv and melt."""
    import pandas as pd

    start = now()
    wide = pd.read_csv(file, encoding="latin-1")
    long = wide.melt([name for name in wide.columns if name not in MONTHS], MONTHS, "month", "cases")
    tell(start, rows=len(long))


def polars(file: str) -> None:
    """The same in polars, with the zeros left out."""
    import polars as pl

    start = now()
    wide = pl.read_csv(file, encoding="latin-1")
    index = [name for name in wide.columns if name not in MONTHS]
    long = wide.unpivot(MONTHS, index=index, variable_name="month", value_name="cases")
    tell(start, rows=long.filter(pl.col("cases") != 0).height)


def hash_and_scan(*folders: str) -> None:
    """The floor of adding: every file hashed, and every table of text scanned by DuckDB with two aggregates."""
    import duckdb

    start = now()
    for path in files(folders):
        data = path.read_bytes()
        hashlib.sha256(data)
        if path.name.endswith((".csv", ".csv.gz")):
            encoding = "utf-8" if is_utf8(path, data) else "latin-1"
            duckdb.sql(
                f"SELECT count(*), count(COLUMNS(*)) FROM read_csv('{path}', encoding = '{encoding}',"
                " all_varchar = true)"
            ).fetchall()
    tell(start)


def is_utf8(path: Path, data: bytes) -> bool:
    import gzip

    try:
        (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    except UnicodeDecodeError:
        return False
    return True


def generate(file: str, years: str, detail: str = "1", revision: str = "0") -> None:
    """The municipal table, made up."""
    import municipal

    start = now()
    path = Path(file)
    rows = municipal.write(path, years=int(years), detail=int(detail), revision=int(revision))
    tell(start, rows=rows, megabytes=path.stat().st_size / 1e6)


def sha256(*folders: str) -> None:
    """Every file read and hashed."""
    start = now()
    for path in files(folders):
        hashlib.sha256(path.read_bytes())
    tell(start)


def files(folders: tuple[str, ...]) -> list[Path]:
    return sorted(path for folder in folders for path in Path(folder).rglob("*") if path.is_file())


def add_and_build(home: str, *folders: str) -> None:
    """Every file of the folders added to an empty store, and the warehouse built."""
    from indicators.paths import Home
    from indicators.releases import ingest, store
    from indicators.warehouse import build

    start = now()
    project = Home(Path(home))
    paths = ingest.files_under(map(Path, folders))
    took = [
        ingest.add(path, project.raw, ingest.IngestRequest(received=RECEIVED, cache=project.cache)) for path in paths
    ]
    added = time.perf_counter()
    build.build(build.BuildInputs(project.raw, project.edition, cache=project.cache), project.warehouse)
    build = time.perf_counter() - added
    tell(
        start,
        add=added - start[0],
        build=build,
        files=len(took),
        releases=len(store.all_vintages(project.raw)),
    )


def latency(database: str, sample: str = "2") -> None:
    """Every computed metric, for a sample of its places, on three days, over one open connection."""
    from indicators import catalog
    from indicators.errors import IndicatorsError
    from indicators.metrics import compute
    from indicators.warehouse import query

    draw, took = random.Random(7), []
    begin = now()
    with query.connect(Path(database)) as connection:
        for one in catalog.metrics().values():
            for day in (date(2021, 6, 30), date(2024, 12, 31), RECEIVED):
                places = compute.offered_places(connection, one.id, day)
                for place in draw.sample(places, min(int(sample), len(places))):
                    start = time.perf_counter()
                    with suppress(IndicatorsError):  # to refuse what can't be told takes time as well
                        compute.series(connection, one.id, place, day)
                    took.append(1000 * (time.perf_counter() - start))
    worst = statistics.quantiles(took, n=20)[-1]
    tell(begin, questions=len(took), median_ms=statistics.median(took), p95_ms=worst)


def now() -> tuple[float, float]:
    """By the clock, and by the processor's time that this process has had."""
    return time.perf_counter(), time.process_time()


def tell(start: tuple[float, float], **more: float) -> None:
    seconds, cpu_seconds = (end - begin for end, begin in zip(now(), start, strict=True))
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, **more}))


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
