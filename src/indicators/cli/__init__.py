"""The command line: `indicators …`. Words in, one call down, words out; no sums here."""

from __future__ import annotations

import gc
import sys

from indicators.cli import ask, check, fetch, make, releases
from indicators.cli.app import app
from indicators.errors import IndicatorsError

__all__ = ["app", "ask", "check", "fetch", "main", "make", "releases"]


def main() -> None:
    """Run the command line; bad input ends with a message and exit code 1, never with a traceback."""
    gc.set_threshold(100_000)  # imports make many objects and no garbage: looking for it costs 5 % of a query
    try:
        app(prog_name="indicators")
    except (IndicatorsError, OSError) as error:  # OSError: a full disk, a folder that may not be written
        print(f"indicators: {error}", file=sys.stderr)
        sys.exit(1)
