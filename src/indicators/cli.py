"""The application that every command registers with."""

from __future__ import annotations

import gc
import json
import sys
from collections import Counter
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from indicators.errors import IndicatorsError, UsageError
from indicators.paths import home
from indicators.periods import Clock, parse_day

app = typer.Typer(
    help="Cross-border crime indicators, United States and Mexico.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich alone would take longer than everything else `--help` does
)


AsOf = Annotated[
    str | None, typer.Option("--as-of", help="See everything as it was known on this day.", metavar="DAY")
]


class Format(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="How to print it.")]


def as_of_day(text: str | None) -> date:
    return parse_day(text) if text else date.today()


def day_of_receipt() -> date:
    """Today, as the day on which something enters the records. Raises DataError where the clock was set back."""
    from indicators.releases import store

    today = date.today()
    store.refuse_clock_set_back(home().raw, today)
    return today


def open_warehouse() -> duckdb.DuckDBPyConnection:
    """Open the warehouse; print a note if it was built from other inputs than those that are there now."""
    if "duckdb" not in sys.modules:  # a command that opens the warehouse first ends sooner
        import polars  # noqa: F401

        from indicators import catalog

        catalog.metrics()
        gc.freeze()  # the collection at exit leaves all this out; DuckDB would report its frozen objects as leaks
    from indicators.warehouse import query

    connection = query.connect(home().warehouse)
    if query.built_from(connection) != query.fingerprint(home()):
        print(
            "note: the warehouse is older than the releases or the code: run `indicators build`",
            file=sys.stderr,
        )
    return connection


def show(frame: object, form: Format) -> None:
    import polars as pl

    assert isinstance(frame, pl.DataFrame)
    if form is Format.CSV:
        print(frame.write_csv(), end="")
    elif form is Format.JSON:
        print(frame.write_json())
    else:
        with pl.Config(
            tbl_rows=-1,
            tbl_cols=-1,
            tbl_hide_dataframe_shape=True,
            tbl_hide_column_data_types=True,
            fmt_str_lengths=80,
            tbl_width_chars=200,
            thousands_separator=",",
            fmt_float="full",
        ):
            print(frame)


@app.command()
def metrics() -> None:
    """List the metrics of the catalogue."""
    from indicators import catalog

    for one in catalog.metrics().values():
        print(f"{one.id:42} {one.tier}  {one.name.en}")


@app.command()
def metric(
    name: Annotated[str, typer.Argument(metavar="METRIC", help="An id that `indicators metrics` lists.")],
    place: Annotated[
        str | None, typer.Option(help="MX, US, US-SWB, or an ISO 3166-2 id such as MX-CHH.")
    ] = None,
    window: Annotated[Clock | None, typer.Option(help="Sum the months over these windows.")] = None,
    as_of: AsOf = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Print one metric: its values, intervals, maturity and the releases they stand on."""
    day = as_of_day(as_of)
    with open_warehouse() as connection:
        from indicators.metrics import compute, frames

        chosen = place or compute.default_place(connection, name, day)
        found = compute.series(connection, name, chosen, day, window)
    show(frames.rows(found), form)


@app.command()
def sql(
    statement: Annotated[str, typer.Argument(metavar="STATEMENT", help="One statement of SQL.")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Ask the warehouse, read-only. Each fact also has a macro: FROM crime_victims_asof('2024-12-31')."""
    from indicators.warehouse import query

    with open_warehouse() as connection:
        show(query.answer(connection, statement), form)


@app.command()
def claims(as_of: AsOf = None, form: FormatOption = Format.TABLE) -> None:
    """Check published figures against our data: what they say today, and what they said then."""
    from indicators.metrics import claims as fact_checks

    with open_warehouse() as connection:
        show(fact_checks.table(fact_checks.check_all(connection, as_of_day(as_of))), form)


@app.command()
def check(
    source: Annotated[
        str, typer.Argument(metavar="[SOURCE]", help="An id of sources.toml; without it, all.")
    ] = "",
    lang: Annotated[str, typer.Option(help="The language of the findings: en or es.")] = "en",
    as_of: AsOf = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List what the readers and checks noticed in the releases: note, banner or refusal."""
    import polars as pl

    from indicators import catalog
    from indicators.errors import UsageError
    from indicators.i18n import Text
    from indicators.releases import checks
    from indicators.warehouse import query

    if source and source not in catalog.sources():
        raise UsageError(f'no source is called "{source}": one of {", ".join(catalog.sources())}')
    text = Text(lang)
    with open_warehouse() as connection:
        found = query.select(
            connection,
            "SELECT finding.* FROM finding JOIN vintage USING (vintage)"
            " WHERE released <= $day AND $source IN ('', finding.source) ORDER BY ALL",
            {"day": as_of_day(as_of), "source": source},
        )
    said = [
        checks.sentence(row["code"], json.loads(row["facts"]), text) for row in found.iter_rows(named=True)
    ]
    show(
        found.select("severity", "vintage", "code").with_columns(finding=pl.Series(said, dtype=pl.String)),
        form,
    )


if TYPE_CHECKING:
    import duckdb
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
    asked = press.ReportRequest(quarter, day, lang.split(","), engine, publish, note)
    made = press.make(home(), asked, progress=lambda line: print(line, file=sys.stderr, flush=True))
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
    from indicators.warehouse import build, query

    day = parse_day(as_of) if as_of else None
    inputs = "" if day else query.fingerprint(home())
    ids = build.build(
        home().raw, home().edition, home().warehouse, as_of=day, fingerprint=inputs, kept_in=home().cache
    )
    print(f"{home().warehouse}: {len(ids)} releases")


@app.command()
def status(as_of: AsOf = None, form: FormatOption = Format.TABLE) -> None:
    """Say what is held of each source: last release, data through, and days overdue."""
    from indicators.warehouse import freshness

    with open_warehouse() as connection:
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
    from indicators.warehouse import compare

    day = parse_day(as_of) if as_of else date.max
    with open_warehouse() as connection:
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

    open_warehouse().close()
    size = edition.export(home().warehouse, home().edition)
    print(f"{home().edition}: {size:,} bytes")


def main() -> None:
    """Run the command line; bad input ends with a message and exit code 1, never with a traceback."""
    gc.set_threshold(100_000)  # imports make many objects and no garbage: looking for it costs 5 % of a query
    try:
        app(prog_name="indicators")
    except (IndicatorsError, OSError) as error:  # OSError: a full disk, a folder that may not be written
        print(f"indicators: {error}", file=sys.stderr)
        sys.exit(1)
