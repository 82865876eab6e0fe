"""The modules that a start loads: none that take long before something is asked, and few for a query."""

import os
import subprocess
import sys

import pytest

from indicators.paths import Home

HEAVY = {
    "babel", "duckdb", "httpx", "jinja2", "nbformat", "numpy", "pandas", "pandera", "papermill", "plotly", "polars",
    "pyarrow", "pydantic", "rich", "scipy", "statsmodels",
}  # fmt: skip
NOT_FOR_A_QUERY = {
    "pandas", "pandera", "scipy.stats", "plotly", "nbconvert", "papermill", "statsmodels", "ruptures", "IPython",
    "babel", "bs4", "dataframely", "httpx", "jinja2", "nbformat", "tomllib", "indicators.charts", "indicators.readers",
}  # fmt: skip
FOR_NO_COUNT = {"numpy", "pyarrow", "scipy"}  # nor for counts, of which no interval is computed
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
        (
            "from indicators.paths import home; from indicators.warehouse import fingerprint; fingerprint.read(home())",
            [],
        ),
    ],
)
def test_nothing_heavy_is_loaded(code: str, loaded: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", f"{code}\n{LOADED}"], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == str(loaded), done.stderr
    assert done.returncode == 0


def loaded_by(code: str, home: Home) -> set[str]:
    """Return every module that a fresh interpreter has loaded after some code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules, file=sys.stderr)"],
        env={**os.environ, "INDICATORS_HOME": str(home.root)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    "code",
    [
        HELP.format(words=["metric", "mx_homicide_victims"]),
        "import indicators; print(indicators.metric('mx_homicide_victims'))",
    ],
)
def test_a_query_loads_the_libraries_that_answer_it_and_no_other(code: str, small_home: Home) -> None:
    loaded = loaded_by(code, small_home)
    assert {"polars", "duckdb"} <= loaded
    assert not loaded & (NOT_FOR_A_QUERY | FOR_NO_COUNT)


def test_a_command_loads_nothing_of_the_report(small_home: Home) -> None:
    loaded = loaded_by(HELP.format(words=["metric", "mx_homicide_victims"]), small_home)
    assert not [name for name in loaded if name.startswith(("indicators.report", "indicators.i18n"))]


def test_a_rate_loads_special_functions_and_no_statistics(small_home: Home) -> None:
    loaded = loaded_by("import indicators; print(indicators.metric('us_overdose_rate', 'US'))", small_home)
    assert "scipy.special" in loaded
    assert not loaded & NOT_FOR_A_QUERY
