"""The command that asks the agencies: `indicators fetch`."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from indicators.cli.app import app
from indicators.cli.options import day_of_receipt
from indicators.errors import UsageError
from indicators.paths import home

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from indicators.catalog import Source
    from indicators.fetch import Outcome
    from indicators.fetch.client import Progress as Advance


@app.command()
def fetch(
    sources: Annotated[list[str] | None, typer.Argument(help="Ids of sources.toml; all by default.")] = None,
    only_list: Annotated[bool, typer.Option("--list", help="Say what would be asked; ask nothing.")] = False,
) -> None:
    """Ask the agencies for their newest files. The only command that uses the network.

    One request at a time to each host; what did not change is not downloaded again.
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    from indicators import fetch as fetching
    from indicators.fetch.client import Client

    wanted = fetching.chosen(sources or [])
    console = Console(highlight=False, markup=False, soft_wrap=True)
    if only_list:
        return _list(wanted, date.today(), console)
    today = day_of_receipt()
    name = TextColumn("{task.description}", markup=False)
    bar = Progress(name, BarColumn(), DownloadColumn(), console=console, transient=True)
    client = Client(progress=_advance(bar))
    try:
        with bar:
            outcomes = fetching.fetch(wanted, home(), client, today, lambda one: _tell(one, today, console))
    finally:
        client.close()
    _sum_up(outcomes, console)


def _list(wanted: list[Source], today: date, console: Console) -> None:
    from indicators import fetch as fetching

    for source in wanted:
        for way in source.fetch:
            note = " (only where the one above fails)" if way.fallback else ""
            console.print(f"{source.id}: {way.kind}{note}")
            for address in fetching.addresses(way, today):
                console.print(f"    {address}")


def _advance(bar: Progress) -> Advance:
    """A bar for every address that is being read."""
    tasks = {}

    def advance(url: str, got: int, total: int | None) -> None:
        if url not in tasks:
            tasks[url] = bar.add_task(url.split("?")[0].rsplit("/", 1)[-1][:40])
        bar.update(tasks[url], completed=got, total=total, visible=total is None or got < total)

    return advance


def _tell(outcome: Outcome, today: date, console: Console) -> None:
    if outcome.error:
        where = f"{outcome.url}\n" if outcome.name else ""
        console.print(f"failed     {outcome.source}: {where}{outcome.error}", style="red")
    elif outcome.vintage:
        said = f"{outcome.rows:,} rows" if outcome.status == "fetched" else f"checked on {today}"
        console.print(f"{outcome.status:10} {outcome.name}: {outcome.vintage.id}, {said}")


def _sum_up(outcomes: list[Outcome], console: Console) -> None:
    """Raises UsageError where anything failed."""
    from indicators.releases import store

    count = Counter(one.status for one in outcomes)
    console.print(f"{count['fetched']} fetched, {count['unchanged']} unchanged, {count['failed']} failed")
    fetched = {one.vintage.id: one.source for one in outcomes if one.status == "fetched" and one.vintage}
    for source in dict.fromkeys(fetched.values()):
        if {one.id for one in store.all_vintages(home().raw, source)} <= fetched.keys():
            console.print(
                f"note: {source} now stands on what was fetched, no longer on the edition: add its older "
                "releases too, or what was known on past days is lost from view"
            )
    if fetched:
        console.print("Next: indicators build")
    if count["failed"]:
        raise UsageError(f"{count['failed']} could not be fetched; the others are in the store")
