"""A source is begun whole or not at all, and what is begun fails until it is written, saying what to write."""

import errno
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import new_source
from indicators import catalog
from indicators.catalog.tables import FACTS
from indicators.errors import UsageError

ROOT = Path(__file__).parents[2]
NAME = "atf_firearm_traces"
Tree = dict[str, bytes]


def copied(to: Path) -> Path:
    leave = shutil.ignore_patterns("__pycache__")
    for name in ("src", "tests", "tools"):
        shutil.copytree(ROOT / name, to / name, ignore=leave)
    shutil.copy(ROOT / "pyproject.toml", to)
    return to


def tree(root: Path) -> Tree:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def python(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), "INDICATORS_HOME": str(root)}
    environment.pop("PYTEST_ADDOPTS", None)
    command = [sys.executable, *words]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)


def test_no_stub_is_left_to_write() -> None:
    assert new_source.left_to_write(ROOT) == []


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the tool was run once."""
    root = copied(tmp_path_factory.mktemp("begun"))
    done = python(root, "tools/new_source.py", NAME)
    assert done.returncode == 0, done.stderr
    (root / "printed").write_text(done.stdout, encoding="utf-8")
    return root


def test_the_tool_lists_every_stub_with_its_line(begun: Path) -> None:
    printed = (begun / "printed").read_text(encoding="utf-8").splitlines()
    assert sorted(printed[:-1]) == sorted(new_source.left_to_write(begun))
    for place in (
        "sources.toml",
        "tables.toml",
        "en.toml",
        "es.toml",
        f"test_{NAME}.py",
        "release.csv",
    ):
        assert [line for line in printed if place in line], place


@pytest.fixture(scope="module")
def tested(begun: Path) -> list[str]:
    """What pytest says of the stubs, and of the tests that they must not break."""
    unbroken = ("tests/test_catalog.py", "tests/test_schema.py", "tests/catalog")
    return python(begun, "-m", "pytest", "-n", "0", f"tests/sources/test_{NAME}.py", *unbroken).stdout.splitlines()


def test_every_test_of_the_stubs_fails_and_says_what_to_write(begun: Path, tested: list[str]) -> None:
    stubs = f"tests/sources/test_{NAME}.py"
    assert (begun / stubs).read_text(encoding="utf-8").count("\ndef test_") == 4
    assert len([line for line in tested if line.startswith(f"FAILED {stubs}::")]) == 4
    said = [line for line in tested if line.startswith("E   ")]
    assert len(said) == 4
    assert [line for line in said if new_source.MARK not in line] == []


def test_the_catalogue_and_its_tables_still_load_with_the_stubs(tested: list[str]) -> None:
    assert re.match(r"4 failed, \d{2,} passed in", tested[-1]), tested[-1]


def test_a_release_meets_a_message_and_no_traceback(begun: Path, tmp_path: Path) -> None:
    header = [f"{new_source.MARK} the header of {what}" for what in ("the place", "the year", "the month")]
    header += [f"{new_source.MARK} the header of what separates the rows"]
    header += [f"{new_source.MARK} the header of the number"]
    label = f"{new_source.MARK} every label"
    release = tmp_path / "release.csv"
    release.write_text(f"{','.join(header)}\n{label} of a place that may come,2024,1,{label} that may come,5\n")
    done = python(begun, "-m", "indicators", "add", str(release), "--released", "2024-02-29")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert new_source.MARK in done.stdout


def test_the_stubs_are_in_style(begun: Path) -> None:
    written = [f"src/indicators/readers/{NAME}.py", f"tests/sources/test_{NAME}.py"]
    ruff = [str(Path(sys.executable).with_name("ruff"))]
    for words in (["check"], ["format", "--check"]):
        done = subprocess.run([*ruff, *words, *written], cwd=begun, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_a_second_time_is_refused_and_changes_nothing(begun: Path) -> None:
    before = tree(begun)
    done = python(begun, "tools/new_source.py", NAME)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{NAME} exists already" in done.stderr
    assert tree(begun) == before


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("untouched"))


@pytest.mark.parametrize(
    ("source", "table", "measure", "words"),
    [
        ("Traces", "", "", "cannot name a source"),
        ("../traces", "", "", "cannot name a source"),
        ("atf-traces", "", "", "cannot name a source"),
        ("", "", "", "cannot name a source"),
        ("traces", "", "", "agency and series"),
        ("atf_traces", "lambda", "", "cannot name a table"),
        ("atf_traces", "", "Trace Count", "cannot name a measure"),
        ("atf_traces", "ledger_events", "", "entered by hand"),
        ("cbp_drugs", "", "", "exists already"),
    ],
)
def test_a_name_that_does_not_fit_is_refused_and_nothing_is_written(
    untouched: Path, source: str, table: str, measure: str, words: str
) -> None:
    before = tree(untouched)
    with pytest.raises(UsageError, match=words):
        new_source.begin(untouched, source, table, measure)
    assert tree(untouched) == before


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no checkout"):
        new_source.begin(tmp_path, NAME, "", "")
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_is_there_gets_no_second_contract(tmp_path: Path) -> None:
    root = copied(tmp_path)
    before = tree(root)
    new_source.begin(root, "inegi_population", "population", "population_persons")
    changed = {name for name, data in tree(root).items() if before.get(name) != data}
    assert "src/indicators/catalog/tables.toml" not in changed
    assert "src/indicators/readers/inegi_population.py" in changed


def test_a_file_that_cannot_be_written_leaves_the_tree_as_it_was(
    untouched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, calls = os.replace, []

    def full_disk(old: Path, new: Path) -> None:
        calls.append(new)
        if len(calls) == 6:
            raise OSError(errno.ENOSPC, "no space left on device")
        replace(old, new)

    before = tree(untouched)
    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(OSError, match="no space"):
        new_source.begin(untouched, NAME, "", "")
    assert tree(untouched) == before
    assert not (untouched / "tests" / "fixtures" / NAME).exists()


def test_a_file_without_the_place_for_a_stub_is_named(tmp_path: Path) -> None:
    path = tmp_path / "__init__.py"
    path.write_text("READERS = {}\n")
    with pytest.raises(UsageError, match=r"__init__\.py contains no line"):
        new_source.insert(path, "READERS = {", "}", "x")


def test_several_files_are_written_together(tmp_path: Path) -> None:
    files = {tmp_path / "a": "1", tmp_path / "folder" / "b": "2"}
    new_source.write_all(files)
    assert {path: path.read_text() for path in files} == files
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "folder"]


def test_by_default_table_and_measure_come_from_the_name(begun: Path) -> None:
    assert "firearm_traces" not in FACTS
    text = (begun / "src" / "indicators" / "catalog" / "tables.toml").read_text(encoding="utf-8")
    assert "[facts.firearm_traces]" in text
    assert '\ntraces = { kind = "count"' in text
    assert NAME not in catalog.sources()
