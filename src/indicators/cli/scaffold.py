"""The command that begins a source."""

from __future__ import annotations

from typing import Annotated

import typer

from indicators.cli.app import app
from indicators.paths import home


@app.command()
def new_source(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Agency and series, such as bts_border_crossings.")
    ],
    table: Annotated[
        str, typer.Option(help="The fact its rows go to; without it, the name without its agency.")
    ] = "",
    measure: Annotated[
        str, typer.Option(help="What is counted; without it, the last word of the name.")
    ] = "",
) -> None:
    """Begin a source: stubs of every file it needs, each failing until it is written."""
    from indicators import new_source as stubs

    print("\n".join(stubs.begin(home().root, name, table, measure)))
    print("Next: docs/add-a-source.en.md, step 1")
