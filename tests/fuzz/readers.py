"""Fuzz every reader, the hand-kept tables and the pages that list files: ``make fuzz FOR=SECONDS``.

Guided by coverage where atheris is installed; else the same mutations, blindly. An input is a file's name, a line
end, and its bytes. Whatever is tried: no exception but DataError, no input that takes TIME_LIMIT_SECONDS of the
processor's time, and what is accepted keeps the contract of its table and comes out the same when it is read again.
"""

from __future__ import annotations

import gzip
import random
import re
import sys
import tempfile
import time
from collections import Counter
from contextlib import nullcontext, suppress
from datetime import date
from pathlib import Path

from fuzz.mutations import mutate

try:
    import atheris
except ImportError:  # no wheel for this machine
    atheris = None

with atheris.instrument_imports(include=["indicators"]) if atheris else nullcontext():
    from indicators import catalog
    from indicators.catalog.downloads import Listing
    from indicators.catalog.tables import validate
    from indicators.errors import HIDDEN, DataError
    from indicators.fetch import methods
    from indicators.fetch.client import Answer, Client, Problem
    from indicators.readers import Tidy, hand_kept, recognise, tidy


HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures"
HAND_KEPT = HERE.parents[1] / "data" / "raw"
TIME_LIMIT_SECONDS = 20
RELEASED = date(2026, 12, 31)
MOST_BYTES = 600_000  # the largest seed, a whole table of SESNSP, has 490,000
CLIENT = Client()  # asks nothing here: it says which addresses it would ask
tally: Counter[str] = Counter()


def check_one(name: str, data: bytes) -> str:
    """``accepted`` or ``refused``. Anything else that happens is a fault of ours."""
    try:
        if name.startswith(("published/", "ledger/")):
            return _hand_kept(name, data)
        if name.startswith("listing/"):
            return _listing(name, data)
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
    validate(match.source.table, found.facts, name)
    assert found.parts["part"].is_unique().all(), "a part that is told twice"
    return found


def _hand_kept(name: str, data: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.parent.mkdir()
        path.write_bytes(data)
        rows = sum(frame.height for frame in hand_kept.load(Path(folder)).values())
        assert rows == sum(frame.height for frame in hand_kept.load(Path(folder)).values())
    return "accepted"


def _listing(name: str, data: bytes) -> str:
    """Which links of an agency's page count: addresses that lead nowhere else, and folders that are none."""
    source, found = catalog.sources()[Path(name).stem], []
    ways = [way for way in source.fetch if isinstance(way, Listing)]
    for way in ways:
        for link in methods.newest(way, source, Answer(way.page, 200, {}, data)):
            found.append(link)
            assert re.fullmatch(r"(vintage-\d{4}-\d\d)?", link.folder), "a folder of a stranger's name"
            with suppress(Problem):  # an address that is refused before anything is asked
                request = CLIENT._request("GET", link.url, way.reached())
                assert request.url.scheme == "https"
                assert request.url.host in way.reached(), "an address of another host"
    assert found == [link for way in ways for link in methods.newest(way, source, Answer(way.page, 200, {}, data))]
    return "accepted" if found else "refused"


def one_input(data: bytes) -> None:
    name, _, content = data.partition(b"\n")
    began = time.process_time()
    tally[check_one(Path(name.decode("utf-8", "replace") or "x").as_posix().replace("\0", ""), content)] += 1
    assert time.process_time() - began < TIME_LIMIT_SECONDS, "too slow"
    if tally.total() % 500 == 0:
        print(f"fuzz: {tally.total():,} inputs, {dict(tally)}", file=sys.stderr, flush=True)


def seeds() -> list[bytes]:
    """The small files of the tests, what stands in ``seeds/``, pages that list files, heads of the hand-kept tables."""
    found = [f"{path.name}\n".encode() + path.read_bytes() for path in sorted(FIXTURES.glob("*/*.*"))]
    found += [gzip.decompress(path.read_bytes()) for path in sorted(HERE.glob("seeds/*.gz"))]
    for path in sorted([*HAND_KEPT.glob("published/*.csv"), *HAND_KEPT.glob("ledger/*.csv")]):
        head = b"".join(path.read_bytes().splitlines(keepends=True)[:4])
        found.append(f"{path.parent.name}/{path.name}\n".encode() + head)
    found += [f"listing/{path.name}\n".encode() + path.read_bytes() for path in sorted(HERE.glob("seeds/listing/*"))]
    return found


def main(seconds: int) -> None:
    if atheris is None:
        print("fuzz: atheris is not installed here; the same mutations, not guided by coverage", file=sys.stderr)
        rng, began, known = random.Random(), time.monotonic(), seeds()
        small_first = [1 / len(one) for one in known]  # a whole table takes as long as a hundred small ones
        while time.monotonic() - began < seconds:
            (seed,) = rng.choices(known, small_first)
            one_input(mutate(seed, MOST_BYTES, rng.randrange(2**32)))
        print(f"fuzz: {tally.total():,} inputs, {dict(tally)}")
        return
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds()):
            (Path(corpus) / f"seed{number:03}").write_bytes(seed)
        options = [
            f"-max_total_time={seconds}",
            f"-max_len={MOST_BYTES}",
            f"-timeout={5 * TIME_LIMIT_SECONDS}",
        ]
        options += [
            f"-artifact_prefix={tempfile.gettempdir()}/fuzz-",
            "-rss_limit_mb=3000",
            "-print_final_stats=1",
        ]
        atheris.Setup([sys.argv[0], *options, corpus], one_input, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
