"""The command that asks the agencies: `indicators fetch`."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from indicators.cli.app import app
from indicators.errors import UsageError
from indicators.paths import home


@app.command()
def fetch(
    sources: Annotated[list[str] | None, typer.Argument(help="Ids of sources.toml; all by default.")] = None,
    only_list: Annotated[bool, typer.Option("--list", help="Say what would be asked; ask nothing.")] = False,
) -> None:
    """Ask the agencies for their newest files. The only command that uses the network.

    One request at a time to each host; what did not change is not downloaded again.
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

    from indicators import fetch as fetching
    from indicators import vintages
    from indicators.fetch.client import Client

    wanted, today = fetching.chosen(sources or []), date.today()
    console = Console(highlight=False, soft_wrap=True)
    if only_list:
        for source in wanted:
            for way in source.fetch:
                note = " (only where the one above fails)" if way.fallback else ""
                console.print(f"{source.id}: {way.kind}{note}", markup=False)
                for address in fetching.addresses(way, today):
                    console.print(f"    {address}", markup=False)
        return
    held = {one.source for one in vintages.all_vintages(home().raw)}
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), console=console, transient=True
    )
    tasks: dict[str, TaskID] = {}

    def advance(url: str, got: int, total: int | None) -> None:
        if url not in tasks:
            tasks[url] = bar.add_task(url.split("?")[0].rsplit("/", 1)[-1][:40])
        bar.update(tasks[url], completed=got, total=total, visible=total is None or got < total)

    def tell(outcome: fetching.Outcome) -> None:
        if outcome.error:
            where = f"{outcome.url}\n" if outcome.name else ""
            console.print(f"failed     {outcome.source}: {where}{outcome.error}", markup=False, style="red")
        elif outcome.vintage:
            said = f"{outcome.rows:,} rows" if outcome.status == "fetched" else f"checked on {today}"
            text = f"{outcome.status:10} {outcome.name}: {outcome.vintage.id}, {said}"
            console.print(text, markup=False)

    client = Client(progress=advance)
    try:
        with bar:
            outcomes = fetching.fetch(wanted, home(), client, today, tell)
    finally:
        client.close()
    count = {kind: sum(one.status == kind for one in outcomes) for kind in ("fetched", "unchanged", "failed")}
    console.print(", ".join(f"{number} {kind}" for kind, number in count.items()), markup=False)
    for new in dict.fromkeys(one.source for one in outcomes if one.status == "fetched"):
        if new not in held:
            print(
                f"note: {new} now stands on the store alone: add its older releases too, or what was "
                "known on past days is lost from view"
            )
    if count["fetched"]:
        print("Next: indicators build")
    if count["failed"]:
        raise UsageError(f"{count['failed']} could not be fetched; the others are in the store")
