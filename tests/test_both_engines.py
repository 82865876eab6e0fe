"""The whole report by real kernels, which share nothing and keep nothing, is the report that forked children make."""

import shutil
from pathlib import Path

import pytest

from indicators.paths import Home
from indicators.report import publish, record

pytestmark = pytest.mark.thorough


def everything(folder: Path) -> dict[str, bytes]:
    """All files of a report by their path."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_kernels_make_the_same_report_byte_for_byte(shipped_report: Home, tmp_path: Path) -> None:
    root = tmp_path / "home"
    shutil.copytree(shipped_report.root, root, ignore=shutil.ignore_patterns("reports", "cache"))
    made = publish.make(Home(root), engine_name="kernel")
    assert made.pages > 40
    forked, by_kernels = everything(shipped_report.reports / made.quarter), everything(made.folder)
    assert by_kernels.keys() == forked.keys()
    differing = [name for name, content in by_kernels.items() if content != forked[name]]
    assert differing == []
    assert record.read_run(made.folder) == record.read_run(shipped_report.reports / made.quarter)
