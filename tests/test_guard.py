"""Nothing about single persons and no large file is committed; and what is committed today keeps that."""

import subprocess
from pathlib import Path

import pytest

from indicators.readers import privacy

ROOT = Path(__file__).parents[1]
CURP = "XXXX" + "000229" + "HDF" + "XXX" + "09"  # of nobody, and in pieces: this file is guarded too
RFC = "XXXX" + "000229" + "ABC"


def test_what_is_committed_passes() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    files = [ROOT / one for one in listed if one and (ROOT / one).is_file()]
    assert len(files) > 100
    assert [line for path in files for line in privacy.findings(path)] == []


@pytest.mark.parametrize(("text", "what"), [(CURP, "a CURP"), (RFC, "the RFC of a person")])
def test_an_identifier_of_a_person_is_found_and_not_repeated(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "notes.md"
    path.write_text(f"harmless\nsee {text}, please\n", encoding="utf-8")
    assert privacy.findings(path) == [f"{path}, line 2: {what}"]


@pytest.mark.parametrize("text", ["XXXX001332HDFXXX09", "ABC000229XY1", "sha256:ab12000229cd34ef", "FY2024 OCT"])
def test_codes_that_are_nobodys_pass(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notes.md"
    path.write_text(text, encoding="utf-8")
    assert privacy.findings(path) == []


@pytest.mark.parametrize(("name", "header"), [("a.csv", '"Primer Apellido",Año'), ("a.tsv", "Año\tCURP")])
def test_a_table_of_persons_is_found_by_its_header(tmp_path: Path, name: str, header: str) -> None:
    path = tmp_path / name
    path.write_text(f"{header}\n", encoding="utf-8")
    assert len(privacy.findings(path)) == 1
    assert "rows are persons" in privacy.findings(path)[0]


def test_a_release_of_an_agency_is_too_large(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "release.csv.gz"
    path.write_bytes(b"\x00" * (privacy.LARGEST_BYTES + 1))
    assert privacy.main([str(path)]) == 1
    assert "data/raw" in capsys.readouterr().err


def test_a_table_of_counts_passes(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("name_en,victims\nTexas,5\n", encoding="utf-8")
    assert privacy.main([str(path)]) == 0
