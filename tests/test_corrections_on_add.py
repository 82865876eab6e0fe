"""A correction under the old name is in effect, whatever its hash, in whatever order files are added."""

import hashlib
import itertools
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from command import Run
from indicators import cli
from indicators.paths import Home
from indicators.releases import ingest, store
from indicators.warehouse import build, query

NAME = "sbo-encounters-fy22-fy23-nov.csv"
CELL = "2023 (FYTD),FYTD,NOV,U.S. Border Patrol,Single Adults,El Salvador,Title 8,Apprehensions,"
FIRST_DAY, LATER = date(2023, 1, 9), date(2023, 1, 20)


@pytest.fixture(scope="module")
def published(fixtures: Path) -> str:
    return (fixtures / "cbp_encounters" / NAME).read_bytes().decode()


def with_count(text: str, count: int) -> bytes:
    """The table of CBP with another count in the newest month."""
    lines = text.splitlines(keepends=True)
    (at,) = [number for number, line in enumerate(lines) if line.startswith(CELL)]
    end = lines[at][len(lines[at].rstrip()) :]
    lines[at] = f"{CELL}{count}{end}"
    return "".join(lines).encode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module", params=["its hash sorts before", "its hash sorts after"])
def pair(request: pytest.FixtureRequest, published: str) -> tuple[bytes, bytes, int]:
    """A file, its correction, and the corrected count."""
    first = with_count(published, 130)
    before = request.param == "its hash sorts before"
    count = next(count for count in range(131, 160) if (sha256(with_count(published, count)) < sha256(first)) is before)
    return first, with_count(published, count), count


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    """Set this machine's clock."""

    def _set(day: date) -> None:
        monkeypatch.setattr(cli, "date", SimpleNamespace(today=lambda: day))

    return _set


def file(tmp_path: Path, folder: str, data: bytes, name: str = NAME) -> Path:
    path = tmp_path / folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def of_newest_month(home: Home) -> float:
    """Encounters of November 2022 by every release in the store."""
    build.build(build.BuildInputs(home.raw, home.edition), home.warehouse)
    sql = "SELECT sum(encounters) FROM encounters_asof(DATE '2024-01-01') WHERE period_start = DATE '2022-11-01'"
    return float(query.query(home.warehouse, sql).item())


def rest(published: str) -> int:
    """Return the sum of the cells of November 2022 beside the corrected one."""
    return sum(
        round(float(line.rsplit(",", 1)[1]))
        for line in published.splitlines()
        if line.startswith("2023 (FYTD),FYTD,NOV") and not line.startswith(CELL)
    )


def test_corrected_file_received_later_is_in_effect_whatever_its_hash(
    run: Run,
    tmp_path: Path,
    clock: Callable[[date], None],
    pair: tuple[bytes, bytes, int],
    published: str,
) -> None:
    """The tie of two files with one estimated day was broken by the hash: half of all corrections were lost."""
    first, correction, count = pair
    clock(FIRST_DAY)
    assert run("add", file(tmp_path, "first", first)).code == 0
    (old,) = store.all_vintages(Home(tmp_path).raw)
    clock(LATER)
    said = run("add", file(tmp_path, "again", correction))
    assert said.code == 0
    assert f"in effect from {old.released} on, in place of {old.id}" in said.out
    assert of_newest_month(Home(tmp_path)) == count + rest(published)
    value = run("metric", "sw_encounters", "--place", "US-SWB", "--format", "csv", "--as-of", "2024-01-01")
    (line,) = [line for line in value.out.splitlines() if "2022-11-01" in line]
    assert f",{count + rest(published)}" in line


def test_first_file_added_after_its_correction_stays_behind_it(
    run: Run, tmp_path: Path, clock: Callable[[date], None], pair: tuple[bytes, bytes, int], published: str
) -> None:
    """The days that are given count, not the order of `add`."""
    first, correction, count = pair
    clock(LATER)
    assert run("add", file(tmp_path, "again", correction), "--released", "2023-01-12").code == 0
    (new,) = store.all_vintages(Home(tmp_path).raw)
    said = run("add", file(tmp_path, "first", first))
    assert said.code == 0
    assert f"{new.id}, a newer release, stays in effect for the figures of both" in said.out
    assert of_newest_month(Home(tmp_path)) == count + rest(published)


def test_corrected_file_of_the_same_day_is_refused_until_the_analyst_says_which_is_right(
    run: Run, tmp_path: Path, clock: Callable[[date], None], pair: tuple[bytes, bytes, int], published: str
) -> None:
    first, correction, count = pair
    home = Home(tmp_path)
    clock(FIRST_DAY)
    run("add", file(tmp_path, "first", first))
    (old,) = store.all_vintages(home.raw)
    path = file(tmp_path, "again", correction)
    refused = run("add", path)
    assert refused.code == 1
    assert f"other figures than in {old.id}" in refused.out
    assert f"--replaces {old.id}" in refused.out
    assert "--released" in refused.out
    assert store.all_vintages(home.raw) == [old]
    said = run("add", path, "--replaces", old.id)
    assert said.code == 0
    assert f"in place of {old.id}" in said.out
    assert [one.replaces for one in store.all_vintages(home.raw)] == ["", old.id]
    assert of_newest_month(home) == count + rest(published)


def test_corrected_file_of_the_same_day_with_a_day_of_its_own_is_taken(
    run: Run, tmp_path: Path, clock: Callable[[date], None], pair: tuple[bytes, bytes, int], published: str
) -> None:
    first, correction, count = pair
    clock(LATER)
    run("add", file(tmp_path, "first", first))
    assert run("add", file(tmp_path, "again", correction), "--released", "2023-01-12").code == 0
    assert of_newest_month(Home(tmp_path)) == count + rest(published)


def test_release_replaced_by_one_that_is_replaced_itself(tmp_path: Path, published: str) -> None:
    """Three files of one day, each the correction of the one before: the last one is in effect."""
    home, replaces = Home(tmp_path), ""
    for count in (130, 133, 131):
        path = file(tmp_path, str(count), with_count(published, count))
        request = ingest.IngestRequest(received=FIRST_DAY, replaces=replaces)
        replaces = ingest.add(path, home.raw, request).stored().id
    assert [one.id for one in store.all_vintages(home.raw)][-1] == replaces
    assert of_newest_month(home) == 131 + rest(published)


def test_replaces_with_an_unknown_release_is_a_plain_refusal(run: Run, tmp_path: Path, published: str) -> None:
    said = run("add", file(tmp_path, "one", published.encode()), "--replaces", "cbp_encounters-2022-12-31-00000000")
    assert said.code == 1
    assert "found:    cbp_encounters-2022-12-31-00000000" in said.out
    assert "name one of its releases in" in said.out
    assert store.all_vintages(Home(tmp_path).raw) == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_order_of_add_never_counts(tmp_path: Path, published: str, order: tuple[int, ...]) -> None:
    """Three releases with days of their own, added in any order, give the same figures as of every day."""
    home = Home(tmp_path)
    days = [date(2022, 12, 14), date(2023, 1, 9), date(2023, 2, 15)]
    counts = [130, 133, 131]
    for number in order:
        path = file(tmp_path, str(number), with_count(published, counts[number]))
        outcome = ingest.add(
            path, home.raw, ingest.IngestRequest(received=LATER.replace(year=2024), released=days[number])
        )
        assert outcome.status == "added", outcome.error
    build.build(build.BuildInputs(home.raw, home.edition), home.warehouse)
    for day, count in zip(days, counts, strict=True):
        sql = f"""
            SELECT sum(encounters), any_value(released) FROM encounters_asof(DATE '{day}') JOIN vintage USING (vintage)
            WHERE period_start = DATE '2022-11-01'"""
        assert query.query(home.warehouse, sql).row(0) == (count + rest(published), day)
