"""Making a report never touches the network: not its command, not its fork server, not a notebook."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from indicators.paths import Home

ASKS = """
import sys
from pathlib import Path
from indicators.report import notebooks
notebooks.run(notebooks.Job(Path(sys.argv[1]), {"lang": "en"}), "in_process")
"""


def test_no_socket_is_opened_from_the_edition_to_the_report(shipped_report: Home) -> None:
    """The run itself refuses sockets and fails on the first (see ``shipped_report``): here its result is there."""
    assert (shipped_report.reports / "index.html").exists()
    assert not (shipped_report.root / "opened").exists()


@pytest.mark.kernels
def test_the_guard_reaches_into_notebooks(tmp_path: Path, offline: dict[str, str]) -> None:
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell('lang: str = "en"', metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("import socket\nsocket.socket().connect(('127.0.0.1', 9))"),
    ]
    nbformat.write(notebook, tmp_path / "10_tiny.ipynb")
    environment = {**offline, "SOCKETS_OPENED": str(tmp_path / "opened")}
    done = subprocess.run(
        [sys.executable, "-c", ASKS, tmp_path / "10_tiny.ipynb"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "OSError: the network was asked for" in done.stderr
    assert "127.0.0.1" in (tmp_path / "opened").read_text()


def test_pages_ask_for_nothing_off_the_machine(shipped_report: Home) -> None:
    """No page has an address in a place from which a browser loads by itself."""
    pages = sorted(shipped_report.reports.rglob("*.html"))
    assert len(pages) > 10
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "Content-Security-Policy" in text, page.name
        for attribute in ('src="http', "src='http", 'src="//', 'data="http', "url(http", "@import"):
            assert attribute not in text, (page.name, attribute)
        for link in text.split("<link ")[1:]:
            tag = link.split(">")[0]
            assert 'href="http' not in tag or 'rel="canonical"' in tag or 'rel="license"' in tag, tag
