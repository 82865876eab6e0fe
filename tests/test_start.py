"""What is loaded before anything is asked for: nothing that takes its time."""

import subprocess
import sys

import pytest

HEAVY = {
    "babel", "duckdb", "httpx", "jinja2", "nbformat", "numpy", "pandas", "pandera", "papermill", "plotly", "polars",
    "pyarrow", "pydantic", "rich", "scipy", "statsmodels",
}  # fmt: skip
LOADED = f"import sys; print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
HELP = "import sys; sys.argv[1:] = {words!r}\nfrom indicators.cli import main\ntry: main()\nexcept SystemExit: pass"


@pytest.mark.parametrize(
    ("code", "loaded"),
    [
        ("import indicators", []),
        ("import indicators.cli", []),
        (HELP.format(words=["--help"]), []),
        (HELP.format(words=["report", "--help"]), ["pydantic"]),  # typer reads a command's parameters with it
        (HELP.format(words=["report", "--wrong"]), ["pydantic"]),
        ("from indicators import inputs, paths; inputs.read(paths.home())", []),
    ],
)
def test_nothing_heavy_is_loaded(code: str, loaded: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", f"{code}\n{LOADED}"], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == str(loaded), done.stderr
    assert done.returncode == 0
