"""Running notebooks: parameters that fit or are refused, and what comes back for each job."""

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from indicators.errors import UsageError
from indicators.report import notebooks
from indicators.report.notebooks import Job

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a notebook with a parameters cell (or none) and one more."""

    def make(parameters: str | None, source: str = "lang + quarter", name: str = "10_tiny") -> Path:
        notebook = nbformat.v4.new_notebook()
        tagged = {"metadata": {"tags": ["parameters"]}} if parameters is not None else {}
        notebook.cells = [
            nbformat.v4.new_code_cell(parameters or "lang = quarter = ''", **tagged),
            nbformat.v4.new_code_cell(source),
        ]
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(notebook, path)
        return path

    return make


BOTH = 'quarter: str = ""  # such as "2025Q2"\nlang: str = "en"'


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"lang": "en", "quarter": "", "language": "es"}, "wrong or missing: language"),
        ({"lang": "en"}, "wrong or missing: quarter"),
        ({}, "wrong or missing: lang, quarter"),
    ],
)
def test_unknown_or_missing_parameter_is_refused(write: Write, parameters: dict[str, str], named: str) -> None:
    """Papermill only logs an unknown one, and runs the notebook with its own default."""
    job = Job(write(BOTH), parameters)
    with pytest.raises(UsageError, match=f"10_tiny.ipynb takes lang, quarter; {named}"):
        notebooks.run_all([[job]])


def test_every_job_of_a_notebook_is_checked(write: Write) -> None:
    path = write(BOTH)
    jobs = [Job(path, {"lang": "en", "quarter": ""}), Job(path, {"lang": "es"})]
    with pytest.raises(UsageError, match="wrong or missing: quarter"):
        notebooks.run_all([jobs])


def test_notebook_without_parameters_cell_is_refused(write: Write) -> None:
    with pytest.raises(UsageError, match=r"10_tiny\.ipynb has no cell tagged parameters"):
        notebooks.run_all([[Job(write(None), {"lang": "en", "quarter": ""})]])


def test_each_job_gets_its_own_parameters_and_comes_back_in_order(write: Write) -> None:
    path = write(BOTH)
    jobs = [Job(path, {"lang": lang, "quarter": quarter}) for lang in ("en", "es") for quarter in ("2025Q1", "2025Q2")]
    done: list[Job] = []
    executed = notebooks.run_all([jobs[:2], jobs[2:]], done=lambda job, _: done.append(job))
    assert list(executed) == jobs
    assert set(done) == set(jobs)
    shown = [notebook.cells[-1].outputs[0].data["text/plain"] for notebook in executed.values()]
    assert shown == ["'en2025Q1'", "'en2025Q2'", "'es2025Q1'", "'es2025Q2'"]


def test_text_that_looks_like_code_stays_text(write: Write) -> None:
    odd = '"; import os; os.remove("10_tiny.ipynb") #\n{lang} \\'
    path = write(BOTH, "quarter")
    executed = notebooks.run(Job(path, {"lang": "en", "quarter": odd}), notebooks.IN_PROCESS)
    assert executed.cells[-1].outputs[0].data["text/plain"] == repr(odd)
    assert path.exists()


def test_notebook_in_a_folder_with_braces(write: Write, tmp_path: Path) -> None:
    """Papermill takes a path for a format string."""
    folder = tmp_path / "{quarter} of {somebody}"
    folder.mkdir()
    path = write(BOTH).rename(folder / "10_tiny.ipynb")
    executed = notebooks.run_all([[Job(path, {"lang": "en", "quarter": "2025Q2"})]])
    assert [one.cells[-1].execution_count for one in executed.values()] == [3]


def test_notebook_on_disk_stays_as_it_was(write: Write) -> None:
    path = write(BOTH)
    before = path.read_bytes()
    notebooks.run(Job(path, {"lang": "en", "quarter": "2025Q2"}), notebooks.IN_PROCESS)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_nothing_is_printed_beside_the_progress(write: Write, capfd: pytest.CaptureFixture[str]) -> None:
    """Papermill has a progress bar, loggers and warnings of its own."""
    notebooks.run_all([[Job(write(BOTH, 'print("inside")'), {"lang": "en", "quarter": "2025Q2"})]])
    assert capfd.readouterr() == ("", "")


def test_unknown_engine_is_refused(write: Write) -> None:
    with pytest.raises(UsageError, match="steam"):
        notebooks.run_all([[Job(write(BOTH), {"lang": "en", "quarter": ""})]], engine="steam")


def test_broken_notebook_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "10_tiny.ipynb").write_text("{")
    with pytest.raises(UsageError, match=r"10_tiny\.ipynb is no notebook"):
        notebooks.run_all([[Job(tmp_path / "10_tiny.ipynb", {"lang": "en"})]])
