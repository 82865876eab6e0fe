"""The fuzz itself, held short: every seed, and some mutations of each, as `make fuzz` tries them by the thousand."""

import random

import pytest

from fuzz import readers
from indicators.errors import DataError

SEEDS = readers.seeds()


def named(seed: bytes) -> str:
    return seed.partition(b"\n")[0].decode()


@pytest.mark.parametrize("seed", SEEDS, ids=named)
def test_every_seed_is_taken_or_refused(seed: bytes) -> None:
    name, _, data = seed.partition(b"\n")
    assert readers.check_one(name.decode(), data) in ("accepted", "refused")


@pytest.mark.parametrize("seed", [one for one in SEEDS if len(one) < 50_000], ids=named)
def test_mutations_of_a_seed_are_taken_or_refused(seed: bytes) -> None:
    rng = random.Random(named(seed))
    for _ in range(8):
        readers.one_input(readers.mutate(seed, readers.MOST_BYTES, rng.randrange(2**32)))


def test_the_fuzz_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that raises what it should not, one that hides text in a message, one that is never the same."""
    data = SEEDS[0].partition(b"\n")[2]

    def raising(error: Exception):
        def recognise(*_: object) -> None:
            raise error

        return recognise

    monkeypatch.setattr(readers, "recognise", raising(KeyError("x")))
    with pytest.raises(KeyError):
        readers.check_one("a.csv", data)
    monkeypatch.setattr(readers, "recognise", raising(DataError("a.csv", "b", "c" * 99, "d" * 99)))
    monkeypatch.setattr(readers, "HIDDEN", "c")
    with pytest.raises(AssertionError, match="hides"):
        readers.check_one("a.csv", data)
