"""Commands about releases: take them in, build on them, say what is held and what an agency changed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from indicators.cli.app import app
from indicators.cli.options import AsOf, Format, FormatOption, as_of_day, day_of_receipt, show, warehouse_file
from indicators.errors import UsageError
from indicators.paths import home
from indicators.periods import parse_day


@app.command()
def add(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.", exists=True)],
    released: Annotated[str | None, typer.Option(help="The day the agency published it, YYYY-MM-DD.")] = None,
    source: Annotated[str | None, typer.Option(help="Refuse anything but this source.")] = None,
    accept: Annotated[
        str,
        typer.Option(
            metavar="REASON",
            help="Take releases that the checks refuse; the reason is kept with them and shown in the report.",
        ),
    ] = "",
) -> None:
    """Take releases into the store. The source is recognised by the table's header."""
    from rich.console import Console

    from indicators.i18n import Text
    from indicators.releases import checks, ingest

    day = parse_day(released) if released else None
    console = Console(highlight=False, soft_wrap=True)
    refused = 0
    files = ingest.files_under(paths)
    if not files:
        raise UsageError(f"no file to add in {', '.join(map(str, paths))}")
    today = day_of_receipt()
    for path in files:
        outcome = ingest.add(
            path,
            home().raw,
            received=today,
            released=day,
            source=source,
            accept=accept.strip(),
            kept_in=home().cache,
        )
        if outcome.error:
            refused += 1
            console.print(f"refused    {outcome.error}", markup=False, style="red")
        elif outcome.status == "unchanged":
            console.print(
                f"unchanged  {path.name}: already here as {outcome.vintage and outcome.vintage.id}",
                markup=False,
            )
        elif outcome.vintage:
            about = " (estimated)" if outcome.held().released_estimated else ""
            console.print(
                f"added      {path.name}: {outcome.held().id}, released {outcome.held().released}{about}, "
                f"{outcome.rows:,} rows",
                markup=False,
            )
            for one in outcome.findings:
                words = checks.sentence(one.code, one.facts, Text("en"))
                console.print(f"  {one.severity:8} {words}", markup=False)
    if refused:
        raise UsageError(f"{refused} of {len(files)} files were refused; the others are in the store")


@app.command()
def build(as_of: AsOf = None) -> None:
    """Build the warehouse from every release in the store, or source by source from the edition."""
    from indicators import warehouse

    day = parse_day(as_of) if as_of else None
    inputs = "" if day else warehouse.fingerprint(home())
    ids = warehouse.build(
        home().raw, home().edition, home().warehouse, as_of=day, fingerprint=inputs, kept_in=home().cache
    )
    print(f"{home().warehouse}: {len(ids)} releases")


@app.command()
def status(as_of: AsOf = None, form: FormatOption = Format.TABLE) -> None:
    """Say what is held of each source: last release, data through, and days overdue."""
    from indicators import warehouse
    from indicators.warehouse import freshness

    with warehouse.connect(warehouse_file()) as connection:
        show(freshness.status(connection, home().raw, as_of_day(as_of)), form)


@app.command()
def diff(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="An id of sources.toml.")],
    old: Annotated[str | None, typer.Argument(metavar="OLD", help="The earlier release.")] = None,
    new: Annotated[str | None, typer.Argument(metavar="NEW", help="The later release.")] = None,
    rows: Annotated[int, typer.Option(help="How many rows of each table to print.")] = 10,
    as_of: AsOf = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say what an agency changed between two releases (ids or release days; by default the two newest)."""
    from indicators import warehouse
    from indicators.warehouse import compare

    day = parse_day(as_of) if as_of else date.max
    with warehouse.connect(warehouse_file()) as connection:
        found = compare.compare(*compare.pair(connection, source, old, new, day))
    if form is not Format.TABLE:
        return show(found.cells, form)
    moved = [f"{count:,} {kind}" for kind, count in found.rows().items() if count] or ["0 moved"]
    print(f"{found.old}  ->  {found.new}\nrows: {', '.join(moved)}")
    for title, table in found.tables(rows):
        print(f"\n{title}")
        show(table, form)


@app.command()
def export_edition() -> None:
    """Write the edition (data/processed/edition/) from the warehouse."""
    from indicators.warehouse import edition

    size = edition.export(warehouse_file(), home().edition)
    print(f"{home().edition}: {size:,} bytes")
