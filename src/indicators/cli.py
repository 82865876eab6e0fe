"""The command line: `indicators …`. Words in, one call down, words out; no sums here."""

from __future__ import annotations

import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from indicators.errors import IndicatorsError, UsageError
from indicators.paths import home
from indicators.periods import Clock, parse_day

app = typer.Typer(
    help="Cross-border crime indicators, United States and Mexico.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

AsOf = Annotated[
    str | None, typer.Option("--as-of", help="See everything as it was known on this day.", metavar="DAY")
]


class Format(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="How to print it.")]


def main() -> None:
    """Run the command line; bad input ends with a message and exit code 1, never with a traceback."""
    try:
        app()
    except (IndicatorsError, OSError) as error:  # OSError: a full disk, a folder that may not be written
        print(f"indicators: {error}", file=sys.stderr)
        sys.exit(1)


def _as_of(text: str | None) -> date:
    return parse_day(text) if text else date.today()


def _warehouse() -> Path:
    """The warehouse's file; a note where it does not hold what is in the store now."""
    from indicators import warehouse

    if home().warehouse.exists() and not warehouse.is_current(home()):
        print(
            "note: the warehouse is older than the releases or the code: run `indicators build`",
            file=sys.stderr,
        )
    return home().warehouse


def _print(frame: object, form: Format) -> None:
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
def add(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.", exists=True)],
    released: Annotated[str | None, typer.Option(help="The day the agency published it, YYYY-MM-DD.")] = None,
    source: Annotated[str | None, typer.Option(help="Refuse anything but this source.")] = None,
) -> None:
    """Take releases into the store. The source is recognised by the table's header."""
    from rich.console import Console

    from indicators import intake

    day = parse_day(released) if released else None
    console = Console(highlight=False, soft_wrap=True)
    refused = 0
    files = intake.files_under(paths)
    if not files:
        raise UsageError(f"no file to add in {', '.join(map(str, paths))}")
    for path in files:
        outcome = intake.add(path, home().raw, received=date.today(), released=day, source=source)
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
    if refused:
        raise UsageError(f"{refused} of {len(files)} files were refused; the others are in the store")


@app.command()
def build(as_of: AsOf = None) -> None:
    """Build the warehouse from every release in the store, or source by source from the edition."""
    from indicators import warehouse

    day = parse_day(as_of) if as_of else None
    inputs = "" if day else warehouse.fingerprint(home())
    ids = warehouse.build(home().raw, home().edition, home().warehouse, as_of=day, fingerprint=inputs)
    print(f"{home().warehouse}: {len(ids)} releases")


@app.command()
def sql(
    statement: Annotated[str, typer.Argument(metavar="STATEMENT", help="One statement of SQL.")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Ask the warehouse, read-only. Each fact also has a macro: FROM crime_victims_asof('2024-12-31')."""
    from indicators import warehouse

    _print(warehouse.query(_warehouse(), statement), form)


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
    from indicators import warehouse
    from indicators.metrics import compute, output

    day = _as_of(as_of)
    with warehouse.connect(_warehouse()) as connection:
        chosen = place or compute.default_place(connection, name, day)
        found = compute.series(connection, name, chosen, day, window)
    _print(output.rows(found), form)


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
    from indicators import releases, revisions, warehouse

    day = parse_day(as_of) if as_of else date.max
    with warehouse.connect(_warehouse()) as connection:
        found = revisions.compare(*releases.pair(connection, source, old, new, day))
    if form is not Format.TABLE:
        return _print(found.cells, form)
    moved = [f"{count:,} {kind}" for kind, count in found.rows().items() if count] or ["0 moved"]
    print(f"{found.old}  ->  {found.new}\nrows: {', '.join(moved)}")
    for title, table in found.tables(rows):
        print(f"\n{title}")
        _print(table, form)


@app.command()
def claims(as_of: AsOf = None, form: FormatOption = Format.TABLE) -> None:
    """Check published figures against our data: what they say today, and what they said then."""
    from indicators import claims as fact_checks
    from indicators import warehouse

    with warehouse.connect(_warehouse()) as connection:
        _print(fact_checks.table(fact_checks.check_all(connection, _as_of(as_of))), form)


@app.command()
def status(as_of: AsOf = None, form: FormatOption = Format.TABLE) -> None:
    """Say what is held of each source: last release, data through, and days overdue."""
    from indicators import staleness, warehouse

    with warehouse.connect(_warehouse()) as connection:
        _print(staleness.status(connection, home().raw, _as_of(as_of)), form)


@app.command()
def export_edition() -> None:
    """Write the edition (data/processed/edition/) from the warehouse."""
    from indicators import edition

    size = edition.export(_warehouse(), home().edition)
    print(f"{home().edition}: {size:,} bytes")


@app.command()
def docs() -> None:
    """Write the reference (docs/reference/) from the code and the catalogue."""
    from indicators import docs as reference

    print(f"{home().root / reference.FOLDER}: {reference.write(app, home())} pages changed")


@app.command()
def report(
    quarter: Annotated[
        str, typer.Argument(help="Such as 2025Q2; without it, the last quarter covered.")
    ] = "",
    lang: Annotated[str, typer.Option(help="Languages, with commas.")] = "en,es",
    as_of: AsOf = None,
    publish: Annotated[bool, typer.Option("--publish", help="Make it immutable from now on.")] = False,
    engine: Annotated[
        str, typer.Option(help="forked (fast) or kernel (a Jupyter kernel a notebook).")
    ] = "forked",
) -> None:
    """Make the quarterly report. It never touches the network."""
    from indicators.report import publish as press

    made = press.make(
        home(),
        quarter=quarter,
        as_of=parse_day(as_of) if as_of else None,
        langs=lang.split(","),
        engine_name=engine,
        publish=publish,
        progress=lambda line: print(line, file=sys.stderr, flush=True),
    )
    if not made.pages:
        print(f"Nothing changed: {made.quarter} stands as it is.")
    else:
        print(f"{made.quarter}: {made.pages} pages in {made.folder}")
    print(f"Open {made.index}")
