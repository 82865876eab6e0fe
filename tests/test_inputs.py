"""What a report is made of is told by content, and whether a table of the warehouse passes through it."""

import os
from pathlib import Path

import pytest

from indicators.paths import Home
from indicators.warehouse import fingerprint


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("notebooks/20_homicides.ipynb", True),
        ("requirements.lock", True),
        ("data/raw/published/framework_objectives.csv", True),
        ("data/raw/rnpdno/2017-02-28-00000000/vintage.json", True),
        ("data/raw/rnpdno/checked.csv", True),
        ("data/processed/edition/vintage.parquet", True),
        ("notebooks/.hidden.ipynb", False),
        ("notebooks/note.txt", False),
    ],
)
def test_inputs_are_told_by_their_content(tmp_path: Path, changed: str, again: bool) -> None:
    """Not by a file's time: an edit in the same second, or one that keeps the time, is seen."""
    home = Home(tmp_path)
    path = home.root / changed
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"before")
    os.utime(path, (1, 1))
    before = fingerprint.read(home)
    path.write_bytes(b"after.")
    os.utime(path, (1, 1))
    assert (fingerprint.read(home).report_sha256 != before.report_sha256) == again
    assert fingerprint.read(home).program_sha256 == before.program_sha256 or changed == "requirements.lock"


@pytest.mark.parametrize(
    ("changed", "rebuilds"),
    [
        ("sources/cbp.py", True),
        ("published/__init__.py", True),
        ("catalog/sources.toml", True),
        ("a_part_of_tomorrow/module.py", True),
        ("catalog/text/en.toml", False),
        ("report/templates/page.html.j2", False),
    ],
)
def test_code_that_no_table_passes_through_does_not_build_the_warehouse_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str, rebuilds: bool
) -> None:
    package = tmp_path / "package"
    path = package / changed
    path.parent.mkdir(parents=True)
    monkeypatch.setattr(fingerprint, "PACKAGE", package)
    hashes = []
    for content in ("before", "after"):
        path.write_text(content)
        hashes.append(fingerprint.read(Home(tmp_path)))
    assert hashes[0].report_sha256 != hashes[1].report_sha256
    assert (hashes[0].warehouse_sha256 != hashes[1].warehouse_sha256) == rebuilds
