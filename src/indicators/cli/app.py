"""The application that every command registers with."""

from __future__ import annotations

import typer

app = typer.Typer(
    help="Cross-border crime indicators, United States and Mexico.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich alone would take longer than everything else `--help` does
)
