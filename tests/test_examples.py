"""The example in each function's docstring, run on what ships."""

import doctest
import inspect

import pytest

import indicators
from indicators.paths import Home


@pytest.mark.parametrize("name", indicators.__all__)
def test_the_example_of_a_function_gives_what_it_says(
    edition_home: Home, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INDICATORS_HOME", str(edition_home.root))
    function = getattr(indicators, name)
    (example,) = doctest.DocTestFinder(recurse=False).find(function, name, globs={})
    assert len(example.examples) >= 2, "an import, and a call"
    said: list[str] = []
    outcome = doctest.DocTestRunner().run(example, out=said.append)
    assert not outcome.failed, "".join(said)
    assert f"indicators.{name}(" in (inspect.getdoc(function) or "")


def test_the_example_of_the_package_names_functions_that_exist() -> None:
    lines = [line.strip() for line in (indicators.__doc__ or "").splitlines() if "indicators." in line]
    called = [line.partition("indicators.")[2].partition("(")[0] for line in lines if "(" in line]
    assert len(called) >= 5
    assert set(called) <= set(indicators.__all__)
