"""One command of the program, run in this process as the installed program runs it."""

import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from indicators import cli
from indicators.paths import Home


class Said(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Said]


def runner(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], default: Home) -> Run:
    """Run a command in the home given, else in the default one; a traceback is never an answer."""

    def run(*words: object, home: Home = default) -> Said:
        monkeypatch.setenv("INDICATORS_HOME", str(home.root))
        monkeypatch.setattr(sys, "argv", ["indicators", *map(str, words)])
        capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(code, said.out, said.err)

    return run
