"""The command that says what is odd about the releases in the store."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from indicators.cli.app import app
from indicators.cli.options import AsOf, Format, FormatOption, as_of_day, show, warehouse_file


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

    from indicators import catalog, warehouse
    from indicators.errors import UsageError
    from indicators.i18n import Text
    from indicators.releases import checks

    if source and source not in catalog.sources():
        raise UsageError(f'no source is called "{source}": one of {", ".join(catalog.sources())}')
    text = Text(lang)
    with warehouse.connect(warehouse_file()) as connection:
        found = warehouse.select(
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
