"""A file or a folder is there as a whole or not at all, and what was there stays until then."""

import os
import sys
from pathlib import Path

import pytest

from indicators import files


def test_a_file_takes_the_place_of_the_one_before_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "made" / "here.json"
    for content in ("old", "new"):
        with files.replace_file(target) as beside:
            beside.write_text(content)
    assert target.read_text() == "new"
    assert os.listdir(target.parent) == ["here.json"]


def test_the_file_before_stays_until_the_new_one_is_written(tmp_path: Path) -> None:
    target = tmp_path / "here.json"
    target.write_text("old")
    with files.replace_file(target) as beside:
        beside.write_text("ne")
        assert target.read_text() == "old"
        beside.write_text("new")
    assert target.read_text() == "new"


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_file_that_could_not_be_written_leaves_the_one_before_alone(
    tmp_path: Path, error: type[BaseException]
) -> None:
    target = tmp_path / "here.json"
    target.write_text("old")

    def write_half() -> None:
        with files.replace_file(target) as beside:
            beside.write_text("ne")
            raise error

    with pytest.raises(error):
        write_half()
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["here.json"]


def test_a_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    """The index of the reports is served by others than who made it: a temporary file's 0600 would shut them out."""
    with files.replace_file(tmp_path / "here.html") as beside:
        beside.write_text("")
    (tmp_path / "plain.html").write_text("")
    assert (tmp_path / "here.html").stat().st_mode == (tmp_path / "plain.html").stat().st_mode


def filled(folder: Path, content: str) -> Path:
    folder.mkdir()
    (folder / "file").write_text(content)
    return folder


@pytest.fixture(params=["in one step", "in two"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that exchanges two folders in one step, and one that can't."""
    if request.param == "in two":
        monkeypatch.setattr(files, "exchange_folders", lambda one, other: False)


@pytest.mark.usefixtures("system")
@pytest.mark.parametrize("before", [True, False])
def test_a_folder_takes_the_place_of_the_one_before(tmp_path: Path, before: bool) -> None:
    if before:
        filled(tmp_path / "here", "old")
    files.replace_folder(filled(tmp_path / "new", "new"), tmp_path / "here")
    assert (tmp_path / "here" / "file").read_text() == "new"
    assert os.listdir(tmp_path) == ["here"]


@pytest.mark.usefixtures("system")
def test_a_folder_that_cannot_be_moved_brings_the_one_before_back(tmp_path: Path) -> None:
    """The edition that was there went with the temporary folder when the new one could not be moved."""
    filled(tmp_path / "here", "old")
    with pytest.raises(FileNotFoundError):
        files.replace_folder(tmp_path / "never made", tmp_path / "here")
    assert (tmp_path / "here" / "file").read_text() == "old"
    assert os.listdir(tmp_path) == ["here"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux exchanges two folders in one step")
def test_there_is_no_moment_without_the_folder(tmp_path: Path) -> None:
    """A report that was killed between two moves was gone until the next run."""
    one, other = filled(tmp_path / "one", "old"), filled(tmp_path / "other", "new")
    assert files.exchange_folders(one, other)
    assert [(path / "file").read_text() for path in (one, other)] == ["new", "old"]
    assert not files.exchange_folders(one, tmp_path / "never made")
    assert (one / "file").read_text() == "new"
