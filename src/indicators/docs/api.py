"""What ``import indicators`` offers, as a page."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable

import indicators
from indicators.docs.page import page


def api() -> str:
    return page(
        "Python",
        "What `import indicators` offers a notebook; `notebooks/explore.ipynb` is a tour of it. Frames are those of "
        "polars, `.to_pandas()` makes them pandas'. Without `as_of` everything is shown as of the newest release.",
        *(_function(name, getattr(indicators, name)) for name in indicators.__all__),
    )


def _function(name: str, function: Callable[..., object]) -> str:
    source = inspect.getsource(function)
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef)
    head = "\n".join(source.splitlines()[: definition.body[0].lineno - 1])
    words = re.sub(r"``(.+?)``", r"`\1`", inspect.getdoc(function) or "")
    return f"## {name}\n\n```python\n{head.removeprefix('def ').removesuffix(':')}\n```\n\n{words}"
