"""Fuzz every reader and the hand-kept loaders: ``python tests/fuzz/readers.py SECONDS`` (``make fuzz``).

Guided by coverage where atheris is installed; else the same mutations, blindly. An input is a file's name, a line
end, and its bytes. Whatever is tried: no exception but DataError, no input slower than TIME_LIMIT_SECONDS, and what
is accepted keeps the contract of its table and comes out the same when it is read again.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
import re
import sys
import tempfile
import time
import zipfile
from collections import Counter
from contextlib import nullcontext, suppress
from datetime import date
from importlib import import_module
from pathlib import Path

try:
    import atheris
except ImportError:  # no wheel for this machine
    atheris = None

with atheris.instrument_imports(include=["indicators"]) if atheris else nullcontext():
    from indicators import catalog, contracts, published
    from indicators.errors import HIDDEN, DataError
    from indicators.sources import Tidy, recognise, tidy

    for (
        one
    ) in catalog.sources():  # a reader is imported when it is needed: here, so that its branches are seen
        import_module(f"indicators.sources.{one}")

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures"
HAND_KEPT = HERE.parents[1] / "data" / "raw"
TIME_LIMIT_SECONDS = 20
RELEASED = date(2026, 12, 31)
MOST_BYTES = 300_000
NASTY = [
    "", " ", "-1", "1,5", "1.234,5", "1e309", "nan", "inf", "9" * 400, "0x10", "1_000", "١٢", "NULL", "=1+1", "@x",
    "<script>alert(1)</script>", "[a](javascript:b)", "\u202eabc", "\u0000", "\x1b[2J", '"', '""', "\ufffd", "é" * 99,
    "a" * 5000, "2024-02-30", "99999", "True", "12 month-ending", "FYTD", "2024 (FYTD)", "\n", "\r\n", "|", ";",
]  # fmt: skip
tally: Counter[str] = Counter()


def check_one(name: str, data: bytes) -> str:
    """``accepted`` or ``refused``. Anything else that happens is a fault of ours."""
    try:
        if name.startswith(("published/", "ledger/")):
            return _hand_kept(name, data)
        facts = _facts(name, data)
    except DataError as error:
        said = str(error)
        assert len(said) < 6_000, f"a message of {len(said)} characters"
        assert not re.search(HIDDEN, said), "a message that hides or turns text"
        return "refused"
    assert _facts(name, data).facts.equals(facts.facts), "another frame the second time"
    return "accepted"


def _facts(name: str, data: bytes) -> Tidy:
    match = recognise(name, data)
    found = tidy(match, released=RELEASED)
    contracts.validate(match.source.table, found.facts, name)
    assert found.parts["part"].is_unique().all(), "a part that is told twice"
    return found


def _hand_kept(name: str, data: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.parent.mkdir()
        path.write_bytes(data)
        rows = sum(frame.height for frame in published.load(Path(folder)).values())
        assert rows == sum(frame.height for frame in published.load(Path(folder)).values())
    return "accepted"


def one_input(data: bytes) -> None:
    name, _, content = data.partition(b"\n")
    began = time.monotonic()
    tally[check_one(Path(name.decode("utf-8", "replace") or "x").as_posix().replace("\0", ""), content)] += 1
    assert time.monotonic() - began < TIME_LIMIT_SECONDS, "too slow"
    if tally.total() % 500 == 0:
        print(f"fuzz: {tally.total():,} inputs, {dict(tally)}", file=sys.stderr, flush=True)


def mutate(data: bytes, most: int, seed: int) -> bytes:
    """Another file of about the same shape: a few changes to its cells, rows, columns or bytes."""
    rng = random.Random(seed)
    name, _, content = data.partition(b"\n")
    with suppress(UnicodeDecodeError, csv.Error):
        if rng.random() < 0.8:
            text = content.decode("utf-8" if rng.random() < 0.9 else "latin-1")
            rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
            for _ in range(rng.choice([1, 1, 1, 2, 5])):
                rows = _mutated_table(rows, rng)
            content = _written(rows, rng)
    if rng.random() < 0.2:
        content = _mutated_bytes(content, rng)
    if rng.random() < 0.05:
        content = rng.choice([gzip.compress, _zipped])(content)
    if rng.random() < 0.02:
        name = rng.choice([b"a.csv", b"a.xlsx", b"a.zip", b"0_Pob_Inicio.csv", b"a.json"])
    return (name + b"\n" + content)[:most]


def _mutated_table(rows: list[list[str]], rng: random.Random) -> list[list[str]]:
    if len(rows) < 2 or not rows[0]:
        return rows
    width, at = len(rows[0]), rng.randrange(1, len(rows))
    column, other = rng.randrange(width), rng.randrange(width)
    kind = rng.randrange(11)
    if kind == 0:
        return rows[:at]
    if kind == 1:
        return [*rows[:at], *rows[at + rng.randrange(1, 9) :]]
    if kind == 2:
        return [*rows, *rows[at : at + rng.randrange(1, 9)]]
    if kind == 3:
        return [[one for number, one in enumerate(row) if number != column] for row in rows]
    if kind == 4:
        return [[*row, "new" if number == 0 else rng.choice(NASTY)] for number, row in enumerate(rows)]
    rows = [list(row) for row in rows]
    if kind == 5:
        rows[0][column] = rng.choice([rows[0][column].lower(), rows[0][other], *NASTY])
    elif kind == 6:
        for row in rows:
            if max(column, other) < len(row):
                row[column], row[other] = row[other], row[column]
    elif kind == 7:
        for row in rows[1:]:
            if column < len(row) and row[column].isdecimal():
                row[column] = str(int(row[column]) * rng.choice([10, 1000, -1]))
    elif kind == 8:
        donor = rows[rng.randrange(1, len(rows))]
        rows[at][column : column + 1] = donor[column : column + 1]
    else:
        rows[at][column : column + 1] = [rng.choice(NASTY)]
    return rows


def _written(rows: list[list[str]], rng: random.Random) -> bytes:
    stream = io.StringIO()
    delimiter = rng.choice([","] * 20 + [";", "\t"])
    csv.writer(stream, delimiter=delimiter, lineterminator=rng.choice(["\n", "\r\n"])).writerows(rows)
    encoding = rng.choice(["utf-8"] * 12 + ["utf-8-sig", "cp1252", "utf-16", "latin-1"])
    return stream.getvalue().encode(encoding, "replace")


def _mutated_bytes(data: bytes, rng: random.Random) -> bytes:
    found = bytearray(data)
    for _ in range(rng.choice([1, 2, 8])):
        at = rng.randrange(len(found) + 1)
        if rng.random() < 0.5:
            found[at : at + rng.choice([0, 1, 4, 64])] = rng.randbytes(rng.choice([0, 1, 2]))
        else:
            found[at:at] = rng.choice(NASTY).encode()
    return bytes(found)


def _zipped(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("inside.csv", data)
    return stream.getvalue()


def seeds() -> list[bytes]:
    """The small files written for the tests, what stands in ``seeds/``, and the heads of the hand-kept tables."""
    found = [f"{path.name}\n".encode() + path.read_bytes() for path in sorted(FIXTURES.glob("*/*.*"))]
    found += [gzip.decompress(path.read_bytes()) for path in sorted(HERE.glob("seeds/*.gz"))]
    for path in sorted([*HAND_KEPT.glob("published/*.csv"), *HAND_KEPT.glob("ledger/*.csv")]):
        head = b"".join(path.read_bytes().splitlines(keepends=True)[:4])
        found.append(f"{path.parent.name}/{path.name}\n".encode() + head)
    return found


def main(seconds: int) -> None:
    if atheris is None:
        print(
            "fuzz: atheris is not installed here; the same mutations, not guided by coverage", file=sys.stderr
        )
        rng, began, known = random.Random(), time.monotonic(), seeds()
        while time.monotonic() - began < seconds:
            one_input(mutate(rng.choice(known), MOST_BYTES, rng.randrange(2**32)))
        print(f"fuzz: {tally.total():,} inputs, {dict(tally)}")
        return
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds()):
            (Path(corpus) / f"seed{number:03}").write_bytes(seed)
        options = [f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", f"-timeout={TIME_LIMIT_SECONDS}"]
        options += [
            f"-artifact_prefix={tempfile.gettempdir()}/fuzz-",
            "-rss_limit_mb=3000",
            "-print_final_stats=1",
        ]
        atheris.Setup([sys.argv[0], *options, corpus], one_input, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
