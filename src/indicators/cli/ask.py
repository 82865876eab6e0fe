"""Commands that ask: metrics, SQL, and what became of published figures."""

from __future__ import annotations

from typing import Annotated

import typer

from indicators.cli.app import app
from indicators.cli.options import AsOf, Format, FormatOption, as_of_day, show, warehouse_file
from indicators.periods import Clock


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
    from indicators.metrics import compute, frames

    day = as_of_day(as_of)
    with warehouse.connect(warehouse_file()) as connection:
        chosen = place or compute.default_place(connection, name, day)
        found = compute.series(connection, name, chosen, day, window)
    show(frames.rows(found), form)


@app.command()
def sql(
    statement: Annotated[str, typer.Argument(metavar="STATEMENT", help="One statement of SQL.")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Ask the warehouse, read-only. Each fact also has a macro: FROM crime_victims_asof('2024-12-31')."""
    from indicators import warehouse

    show(warehouse.query(warehouse_file(), statement), form)


@app.command()
def claims(as_of: AsOf = None, form: FormatOption = Format.TABLE) -> None:
    """Check published figures against our data: what they say today, and what they said then."""
    from indicators import warehouse
    from indicators.metrics import claims as fact_checks

    with warehouse.connect(warehouse_file()) as connection:
        show(fact_checks.table(fact_checks.check_all(connection, as_of_day(as_of))), form)
