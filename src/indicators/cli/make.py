"""The command that makes the report."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from indicators.cli.app import app
from indicators.cli.options import AsOf, day_of_receipt
from indicators.errors import UsageError
from indicators.paths import home
from indicators.periods import parse_day


@app.command()
def report(
    quarter: Annotated[
        str, typer.Argument(help="Such as 2025Q2; without it, the last quarter covered.")
    ] = "",
    lang: Annotated[str, typer.Option(help="Languages, with commas.")] = "en,es",
    as_of: AsOf = None,
    publish: Annotated[bool, typer.Option("--publish", help="Make it immutable from now on.")] = False,
    note: Annotated[str, typer.Option(help="Why a correction is made, for its readers.")] = "",
    single_file: Annotated[
        bool, typer.Option("--single-file", help="Also make one file of it in each language, for a mail.")
    ] = False,
    engine: Annotated[
        str, typer.Option(help="in_process (fast) or kernel (a Jupyter kernel for each notebook).")
    ] = "in_process",
) -> None:
    """Make the quarterly report. It never touches the network."""
    from indicators.report import publish as press

    day = parse_day(as_of) if as_of else None
    if publish:
        today = day_of_receipt()
        if day and day > today:
            raise UsageError(f"nobody knows yet what will be known on {day}: today is {today}")
    made = press.make(
        home(),
        quarter=quarter,
        as_of=day,
        langs=lang.split(","),
        engine_name=engine,
        publish=publish,
        note=note,
        progress=lambda line: print(line, file=sys.stderr, flush=True),
    )
    if not made.pages:
        print(f"Nothing changed: {made.quarter} stands as it is.")
    else:
        print(f"{made.quarter}: {made.pages} pages in {made.folder}")
    if single_file:
        from indicators.report import site

        for one in lang.split(","):
            path = site.write(home().reports, made.quarter, one.strip())
            print(f"To mail: {path} ({path.stat().st_size / 1e6:.1f} MB)")
    print(f"Open {made.index}")
