"""Cells run in a worker process: the outputs of a kernel, errors by name, and no process left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from indicators.report import notebooks
from indicators.report.notebooks import IN_PROCESS, KERNEL, Job, NotebookError

pytestmark = pytest.mark.kernels
PARAMETERS = 'lang: str = "en"'
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a notebook of code cells, the first of them its parameters."""

    def make(*cells: str, name: str = "10_tiny") -> Path:
        notebook = nbformat.v4.new_notebook()
        parameters = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
        notebook.cells = [parameters, *map(nbformat.v4.new_code_cell, cells)]
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(notebook, path)
        return path

    return make


def run(path: Path, engine: str = IN_PROCESS) -> list[list[dict[str, Any]]]:
    """The outputs of each cell after the parameters."""
    job = Job(path, {"lang": "es"})
    executed = notebooks.run_all([[job]], engine=engine)[job]
    assert executed.cells[1].source.strip().endswith('lang = "es"')
    return [[dict(one) for one in cell.outputs] for cell in executed.cells[2:]]


SHOWS_EVERYTHING = [
    'print("before"); print("twice")',
    "import sys\nfrom IPython.display import HTML, Markdown, display\n"
    'print("one")\ndisplay(Markdown("*two*"))\nprint("three", file=sys.stderr)\nHTML("<b>four</b>")',
    "lang",
    "lang;",
    "None",
    "x = 1\nx + 1",
    "class Chart:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
    '        return {"application/vnd.test+json": {"a": [1, 2.5, None]}, "text/plain": "chart"}\nChart()',
    "import polars as pl\npl.DataFrame({'a': [1, 2]})",
    "sorted(p for p in __import__('os').listdir('.'))",
    "",
]


def test_same_outputs_as_a_kernel(write: Write) -> None:
    path = write(*SHOWS_EVERYTHING)
    here, kernel = run(path), run(path, KERNEL)
    for source, ours, theirs in zip(SHOWS_EVERYTHING, here, kernel, strict=True):
        assert ours == theirs, source
    assert [one["output_type"] for one in here[1]] == ["stream", "display_data", "stream", "execute_result"]
    assert here[2][0]["data"]["text/plain"] == "'es'"
    assert here[3] == here[4] == []
    assert here[8][0]["data"]["text/plain"] == "['10_tiny.ipynb']"


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ('print("Traceback of my own")\n1 / 0', "ZeroDivisionError: division by zero"),
        ("x = = 1", "SyntaxError: invalid syntax"),
        ("raise MemoryError", "MemoryError: "),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt: "),
        (
            "from indicators.errors import UsageError\nraise UsageError('no such quarter')",
            "UsageError: no such quarter",
        ),
    ],
)
def test_error_in_a_cell_names_notebook_cell_and_error(write: Write, source: str, error: str) -> None:
    with pytest.raises(NotebookError) as caught:
        run(write("'first'", source, "'never'"))
    assert str(caught.value).startswith(f"10_tiny (es), in {source.splitlines()[0]!r}: {error}")


@pytest.mark.parametrize("source", ["1 / 0", "raise SystemExit(3)", "raise SystemExit(0)"])
def test_error_is_told_as_with_a_kernel(write: Write, source: str) -> None:
    told = []
    for engine in (IN_PROCESS, KERNEL):
        with pytest.raises(NotebookError) as caught:
            run(write(source, "'never'"), engine)
        told.append(str(caught.value))
    assert told[0] == told[1]


@pytest.mark.parametrize("source", ["raise SystemExit", "raise SystemExit(0)", "import sys; sys.exit()"])
def test_quiet_exit_in_the_middle_is_no_success(write: Write, source: str) -> None:
    """Papermill takes it for one, and the rest of the page would be missing."""
    with pytest.raises(NotebookError, match="stopped before \"'never'\""):
        run(write(source, "'never'"))


@pytest.mark.parametrize("source", ["import os; os._exit(7)", "import os; os.kill(os.getpid(), 9)"])
def test_process_that_dies_is_an_error(write: Write, source: str) -> None:
    with pytest.raises(NotebookError, match=r"10_tiny \(es\): its process died"):
        run(write("'first'", source, "'never'"))


def test_memory_that_is_not_there_is_an_error_of_the_cell(write: Write) -> None:
    source = (
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))\n"
        "held = [bytearray(2**28) for _ in range(64)]"
    )
    with pytest.raises(NotebookError, match="MemoryError"):
        run(write(source, "'never'"))


def test_notebook_past_its_time_is_an_error_and_its_process_is_gone(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebooks, "TIMEOUT_SECONDS", 6)
    source = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\nwhile True: time.sleep(1)"
    with pytest.raises(NotebookError, match=r"10_tiny \(es\) ran longer than 6 seconds"):
        run(write(source))
    assert gone(int((tmp_path / "pid").read_text()))


def gone(pid: int) -> bool:
    """Whether a process ends within a few seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_a_notebook_has_no_variable_of_the_one_before(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    path = write(
        "import os\nseen = ['leak' in globals(), os.path.exists('10_tiny.ipynb')]\nleak = 1\nos.chdir('/')\nseen"
    )
    jobs = [Job(path, {"lang": "en"}), Job(path, {"lang": "es"})]
    executed = notebooks.run_all([jobs, [Job(path, {"lang": "en"})]])
    shown = [one.cells[-1].outputs[0].data["text/plain"] for one in executed.values()]
    assert shown == ["[False, True]"] * 3


def test_working_directory_of_this_process_stays(write: Write) -> None:
    before = os.getcwd()
    jobs = [Job(write("import time; time.sleep(0.2)", name=f"1{i}_tiny"), {"lang": "es"}) for i in range(3)]
    notebooks.run_all([[job] for job in jobs])
    assert os.getcwd() == before


def test_nothing_is_written_into_the_history_of_the_analyst(write: Write) -> None:
    source = "from IPython import get_ipython\nget_ipython().history_manager.enabled"
    assert run(write(source))[0][0]["data"]["text/plain"] == "False"


def test_script_that_asks_for_it_is_not_run_again_by_the_child(write: Write, tmp_path: Path) -> None:
    """Multiprocessing runs the caller's script in each child: one without a guard would start over and over."""
    script = tmp_path / "quarter.py"
    script.write_text(
        "from pathlib import Path\nfrom indicators.report import notebooks\n"
        "with open('runs', 'a') as file: file.write('x')\n"
        "job = notebooks.Job(Path('10_tiny.ipynb'), {'lang': 'es'})\n"
        "print(notebooks.run_all([[job]])[job].cells[-1].outputs[0].data['text/plain'])\n"
    )
    write("lang")
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.returncode) == ("'es'\n", 0), done.stderr
    assert (tmp_path / "runs").read_text() == "x"


INTERRUPTED = """
import sys
from pathlib import Path
from indicators.report import notebooks
notebooks.run_all([[notebooks.Job(Path(path), {"lang": "es"})] for path in sys.argv[1:]])
"""


@pytest.mark.parametrize("to_the_group", [True, False])
def test_interrupt_leaves_no_process_behind(write: Write, tmp_path: Path, to_the_group: bool) -> None:
    """Ctrl-C reaches the whole group; a scheduler's signal only the parent."""
    source = "import os, time\nopen(f'{os.getpid()}.pid', 'w')\ntime.sleep(60)"
    paths = [str(write(source, name=f"1{number}_tiny")) for number in range(3)]
    running = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, *paths], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("*.pid")) and time.monotonic() < deadline:
            time.sleep(0.1)
        if to_the_group:
            os.killpg(running.pid, signal.SIGINT)
        else:
            running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=20)
    finally:
        running.kill()
    assert "KeyboardInterrupt" in said
    children = [int(path.stem) for path in tmp_path.glob("*.pid")]
    assert children
    assert all(gone(pid) for pid in children)


def test_failure_of_one_notebook_ends_the_others(write: Write, tmp_path: Path) -> None:
    slow = write("import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(60)", name="10_slow")
    wrong = write(
        "import time\nfrom pathlib import Path\nwhile not Path('pid').exists(): time.sleep(0.05)\n1 / 0",
        name="20_wrong",
    )
    began = time.monotonic()
    with pytest.raises(NotebookError, match=r"20_wrong.*ZeroDivisionError"):
        notebooks.run_all([[Job(slow, {"lang": "es"})], [Job(wrong, {"lang": "es"})]])
    assert time.monotonic() - began < 30
    assert gone(int((tmp_path / "pid").read_text()))
