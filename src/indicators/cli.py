"""The commands: ask for numbers, update the data, make the report.

A command imports its modules when it runs, so that ``--help`` and every other command stay fast.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections import Counter
from contextlib import closing
from datetime import date
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from indicators.errors import IndicatorsError, UsageError, of_the_disk
from indicators.paths import home
from indicators.periods import Clock, parse_day
from indicators.releases.store import Provenance

if TYPE_CHECKING:
    import duckdb
    import polars as pl
    from rich.console import Console
    from rich.progress import Progress

    from indicators.catalog import Source
    from indicators.fetch import Outcome
    from indicators.fetch.client import Progress as Advance

app = typer.Typer(
    help="Cross-border crime indicators, United States and Mexico.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # with rich, `--help` would take twice as long
)

TABLE_STYLE: dict[str, Any] = {  # options of polars: every row and column, and numbers as an analyst writes them
    "tbl_rows": -1, "tbl_cols": -1, "tbl_width_chars": 200, "fmt_str_lengths": 80, "fmt_float": "full",
    "thousands_separator": ",", "tbl_hide_dataframe_shape": True, "tbl_hide_column_data_types": True,
}  # fmt: skip
BORDERS = "┌─┬┐│┆╞═╪╡└┴┘"  # of polars


class Format(StrEnum):
    """The ways to print a table."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", help="Use only releases out by DAY; without it, by the day of the newest one.", metavar="DAY"
    ),
]
Today = Annotated[
    str | None,
    typer.Option("--as-of", help="Count the days until DAY; without it, until today.", metavar="DAY"),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print it.")]
MetricName = Annotated[str, typer.Argument(metavar="METRIC", help="An id that `indicators metrics` lists.")]
PlaceOption = Annotated[str | None, typer.Option("--place", help="MX, US, US-SWB, or a state such as MX-CHH.")]
WindowOption = Annotated[Clock | None, typer.Option("--window", help="Sum the months over these windows.")]


@app.command()
def metrics() -> None:
    """List the metrics of the catalogue."""
    from indicators import catalog

    for one in catalog.metrics().values():
        print(f"{one.id:42} {one.tier}  {one.name.en}")


@app.command()
def metric(
    name: MetricName,
    place: PlaceOption = None,
    window: WindowOption = None,
    as_of: AsOf = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Print one metric: its values, intervals, maturity and the releases behind them."""
    with _open_warehouse() as connection:
        from indicators.metrics import compute, frames

        day = _day(connection, as_of)
        chosen = place or compute.default_place(connection, name, day)
        rows = frames.rows(compute.series(connection, name, chosen, day, window))
    _show(frames.in_words(rows) if form is Format.TABLE else rows, form)


@app.command()
def explain(
    name: MetricName,
    place: PlaceOption = None,
    period: Annotated[str | None, typer.Option(help="Such as 2025-03, 2025 or 2025Q1; without it, the newest.")] = None,
    window: WindowOption = None,
    lang: Annotated[str, typer.Option(help="The language: en or es.")] = "en",
    as_of: AsOf = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show where one number comes from: formula, breaks, releases, and the cells of the file that are added up."""
    with _open_warehouse() as connection:
        from indicators.i18n import Text
        from indicators.report import explain as explaining
        from indicators.report import view

        _set_encoding(form)
        opened = view.View(connection, "", _day(connection, as_of), Text(lang))
        print(explaining.chain(opened, name, place, period, window).written(form))


@app.command()
def sql(
    statement: Annotated[str, typer.Argument(metavar="STATEMENT", help="One statement of SQL.")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Ask the warehouse, read-only. Each fact also has a macro: FROM crime_victims_asof('2024-12-31')."""
    from indicators.warehouse import query

    with _open_warehouse() as connection:
        _show(query.answer(connection, statement), form)


@app.command()
def status(
    as_of: Today = None,
    form: FormatOption = Format.TABLE,
    lines: Annotated[bool, typer.Option("--lines", help="List the scorecard's lines by the age of figures.")] = False,
) -> None:
    """List the newest release of each source, the end of its data, and the days overdue today."""
    from indicators.warehouse import freshness

    day = parse_day(as_of) if as_of else date.today()
    if lines:
        from indicators.report import scorecard, view

        return _show(scorecard.ages(view.opened(home().warehouse, None, "en", day)), form)
    with _open_warehouse() as connection:
        _show(freshness.status(connection, home().raw, day), form)


@app.command()
def fetch(
    sources: Annotated[list[str] | None, typer.Argument(help="Ids of sources.toml; without them, all.")] = None,
    only_list: Annotated[bool, typer.Option("--list", help="List the addresses; use no network.")] = False,
) -> None:
    """Ask the agencies for their newest files. The only command that uses the network.

    Each host gets one request at a time; an unchanged file is not downloaded again.
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    from indicators import fetch as fetching
    from indicators.fetch.client import Client

    chosen = fetching.chosen(sources or [])
    console = Console(highlight=False, markup=False, soft_wrap=True)
    if only_list:
        return _print_addresses(chosen, console)
    today = _today()
    name = TextColumn("{task.description}", markup=False)
    bar = Progress(name, BarColumn(), DownloadColumn(), console=console, transient=True)
    with closing(Client(progress=_advance(bar))) as client, bar:
        outcomes = fetching.fetch(
            chosen, home(), client, today, lambda one: console.print(one.line(today), style="red" if one.error else "")
        )
    _sum_up(outcomes, console)


@app.command()
def add(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.", exists=True)],
    released: Annotated[str | None, typer.Option(help="The day the agency published it, YYYY-MM-DD.")] = None,
    source: Annotated[str | None, typer.Option(help="Refuse any other source.")] = None,
    accept: Annotated[
        str,
        typer.Option(metavar="REASON", help="Add releases that the checks refuse; the report shows the reason."),
    ] = "",
    replaces: Annotated[
        str, typer.Option(metavar="RELEASE", help="The release of the same day that this file corrects.")
    ] = "",
    provenance: Annotated[Provenance, typer.Option(help="How it reached you.")] = Provenance.AS_RECEIVED,
    found_at: Annotated[str, typer.Option(metavar="URL", help="Where it was found, if not at the agency.")] = "",
) -> None:
    """Add releases to the store. The header of a table names its source."""
    from rich.console import Console

    from indicators.releases import ingest

    console = Console(highlight=False, markup=False, soft_wrap=True)
    refused = 0
    if not (files := ingest.files_under(paths)):
        raise UsageError(f"no file to add in {', '.join(map(str, paths))}")
    request = ingest.IngestRequest(
        received=_today(),
        released=parse_day(released) if released else None,
        source=source,
        accept=accept.strip(),
        replaces=replaces.strip(),
        provenance=provenance,
        found_at=found_at.strip(),
        cache=home().cache,
    )
    for path in files:
        outcome = ingest.add(path, home().raw, request)
        refused += outcome.status == "refused"
        for line in outcome.lines():
            console.print(line, style="red" if outcome.status == "refused" else None)
    if refused:
        raise UsageError(f"{refused} of {len(files)} files were refused; the others are in the store")


@app.command()
def build(as_of: AsOf = None) -> None:
    """Build the warehouse from every release of the store and of the edition."""
    from indicators.warehouse import build, query

    day = parse_day(as_of) if as_of else None
    inputs = "" if day else query.fingerprint(home())
    ids = build.build(
        build.BuildInputs(home().raw, home().edition, as_of=day, fingerprint=inputs, cache=home().cache),
        home().warehouse,
    )
    print(f"{home().warehouse}: {len(ids)} releases")


@app.command()
def diff(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="An id of sources.toml.")],
    old: Annotated[str | None, typer.Argument(metavar="OLD", help="The earlier release.")] = None,
    new: Annotated[str | None, typer.Argument(metavar="NEW", help="The later release.")] = None,
    rows: Annotated[int, typer.Option(help="The number of rows of each table.")] = 10,
    as_of: AsOf = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what an agency changed between two releases (ids or release days; without them, the two newest)."""
    from indicators.warehouse import compare

    with _open_warehouse() as connection:
        found = compare.compare(*compare.pair(connection, source, old, new, _day(connection, as_of)))
    if form is not Format.TABLE:
        return _show(found.cells, form)
    moved = [f"{count:,} {kind}" for kind, count in found.rows().items() if count] or ["0 moved"]
    print(f"{found.old}  ->  {found.new}\nrows: {', '.join(moved)}")
    for title, table in found.tables(rows):
        print(f"\n{title}")
        _show(table, form)


@app.command()
def check(
    source: Annotated[str, typer.Argument(help="An id of sources.toml; without it, all.")] = "",
    lang: Annotated[str, typer.Option(help="The language of the findings: en or es.")] = "en",
    as_of: AsOf = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List the findings of the readers and checks in the releases: note, banner or refusal."""
    import polars as pl

    from indicators import catalog
    from indicators.i18n import Text
    from indicators.releases import checks
    from indicators.warehouse import query

    if source and source not in catalog.sources():
        raise UsageError(f'no source is called "{source}": one of {", ".join(catalog.sources())}')
    text = Text(lang)
    with _open_warehouse() as connection:
        found = query.select(
            connection,
            "SELECT finding.* FROM finding JOIN vintage USING (vintage)"
            " WHERE released <= $day AND $source IN ('', finding.source) ORDER BY ALL",
            {"day": _day(connection, as_of), "source": source},
        )
    words = [checks.sentence(row["code"], json.loads(row["facts"]), text) for row in found.iter_rows(named=True)]
    _show(found.select("severity", "vintage", "code", pl.Series("finding", words, pl.String)), form)


@app.command()
def claims(as_of: AsOf = None, form: FormatOption = Format.TABLE) -> None:
    """Check published figures against the data, as of the day and as of their publication."""
    from indicators.metrics import claims as fact_checks

    with _open_warehouse() as connection:
        _show(fact_checks.table(fact_checks.check_all(connection, _day(connection, as_of))), form)


@app.command()
def report(
    quarter: Annotated[str, typer.Argument(help="Such as 2025Q2; without it, the last one covered.")] = "",
    lang: Annotated[str, typer.Option(help="Languages, with commas.")] = "en,es",
    as_of: AsOf = None,
    publish: Annotated[bool, typer.Option("--publish", help="Make it immutable from now on.")] = False,
    note: Annotated[str, typer.Option(help="The reason of a correction, for its readers.")] = "",
    signed_by: Annotated[str, typer.Option(metavar="NAME", help="Who signs headlines of rebuilt files off.")] = "",
    reason: Annotated[str, typer.Option(metavar="TEXT", help="The reason of a sign-off, for readers.")] = "",
    single_file: Annotated[
        bool, typer.Option("--single-file", help="Also write one file in each language, for a mail.")
    ] = False,
    engine: Annotated[
        str, typer.Option(help="in_process (fast) or kernel (a Jupyter kernel for each notebook).")
    ] = "in_process",
) -> None:
    """Make the quarterly report. It never uses the network."""
    from indicators.report import publish as press

    day = parse_day(as_of) if as_of else None
    if publish:
        today = _today()
        if day and day > today:
            raise UsageError(
                f"--as-of {day} is in the future (today is {today}); a report cannot be published for a future date"
            )
    asked = press.ReportRequest(quarter, day, lang.split(","), engine, publish, note, signed_by, reason)
    made = press.make(home(), asked, progress=_note)
    if not made.pages:
        print(f"Nothing changed: {made.quarter} is up to date.")
    else:
        print(f"{made.quarter}: {made.pages} pages in {made.folder}")
    if single_file:
        from indicators.report import site

        for one in lang.split(","):
            path = site.write(home().reports, made.quarter, one.strip())
            print(f"To mail: {path} ({path.stat().st_size / 1e6:.1f} MB)")
    print(f"Open {made.index}")


def main() -> None:
    """Run the command line; end with a message and exit code 1, without a traceback, after bad input."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # their search reads every package
    gc.set_threshold(100_000)  # imports leave no garbage: looking for it costs 5 % of a query
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal or pipe of another encoding lacks some characters
            stream.reconfigure(errors="replace")
    try:
        app(prog_name="indicators")
    except (IndicatorsError, OSError) as error:
        said = of_the_disk(error) if isinstance(error, OSError) else error
        print(f"indicators: {said}", file=sys.stderr)
        sys.exit(1)
    except UnicodeEncodeError as error:  # a stored name with an accent, under a locale of plain ASCII
        print(
            f"indicators: a file's name does not fit the locale ({error.encoding}): set PYTHONUTF8=1", file=sys.stderr
        )
        sys.exit(1)


def _open_warehouse() -> duckdb.DuckDBPyConnection:
    """Open the warehouse; print a note if it was built from other inputs than those that are there now."""
    if "duckdb" not in sys.modules:  # a command that opens the warehouse first ends sooner
        import polars  # noqa: F401

        from indicators import catalog

        catalog.metrics()
        gc.freeze()  # the collection at exit leaves all this out; DuckDB would report its frozen objects as leaks
    from indicators.warehouse import query

    connection = query.connect(home().warehouse)
    if query.built_from(connection) != query.fingerprint(home()):
        _note("note: the warehouse is older than the releases or the code: run `indicators build`")
    return connection


def _note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _day(connection: duckdb.DuckDBPyConnection, as_of: str | None) -> date:
    """Return the day of ``--as-of``; without it, the day of the newest release."""
    from indicators.warehouse.freshness import newest_release

    return parse_day(as_of) if as_of else newest_release(connection)


def _today() -> date:
    """Return today, the day of new records. Raise DataError if this machine's clock was set back."""
    from indicators.releases import store

    today = date.today()
    store.refuse_clock_set_back(home().raw, today)
    return today


def _set_encoding(form: Format) -> None:
    if form is not Format.TABLE and isinstance(sys.stdout, TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")  # data for another program, which lose no character


def _show(frame: pl.DataFrame, form: Format) -> None:
    import polars as pl

    _set_encoding(form)
    if form is Format.CSV:
        print(frame.write_csv(), end="")
    elif form is Format.JSON:
        print(frame.write_json())
    else:
        drawn = BORDERS.encode(sys.stdout.encoding or "utf-8", "replace").decode(sys.stdout.encoding or "utf-8")
        style = TABLE_STYLE if drawn == BORDERS else TABLE_STYLE | {"tbl_formatting": "ASCII_FULL_CONDENSED"}
        with pl.Config(**style):
            print(frame)


def _print_addresses(sources: list[Source], console: Console) -> None:
    from indicators.fetch import methods

    for source in sources:
        for way in source.fetch:
            note = " (only if the one above fails)" if way.fallback else ""
            console.print(f"{source.id}: {way.kind}{note}")
            for address in methods.addresses(way, date.today()):
                console.print(f"    {address}")


def _advance(bar: Progress) -> Advance:
    """Return a function that draws one bar for each address."""
    tasks = {}

    def advance(url: str, got: int, total: int | None) -> None:
        if url not in tasks:
            tasks[url] = bar.add_task(url.split("?")[0].rsplit("/", 1)[-1][:40])
        bar.update(tasks[url], completed=got, total=total, visible=total is None or got < total)

    return advance


def _sum_up(outcomes: list[Outcome], console: Console) -> None:
    """Print the number of files by outcome and the next step. Raise UsageError after a failure."""
    count = Counter(one.status for one in outcomes)
    console.print(f"{count['fetched']} fetched, {count['unchanged']} unchanged, {count['failed']} failed")
    if count["fetched"]:
        console.print("Next: indicators build")
    if count["failed"]:
        raise UsageError(f"{count['failed']} could not be fetched; the others are in the store")
