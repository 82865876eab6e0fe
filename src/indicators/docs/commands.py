"""The commands and the parameters of the notebooks, as pages."""

from __future__ import annotations

import ast
from enum import EnumType
from pathlib import Path
from typing import Any

import typer

from indicators.docs.page import page
from indicators.markdown import code, table
from indicators.report.notebooks import read as read_notebook
from indicators.report.outputs import tags

PARAMETERS = {  # of notebooks, where the cell says nothing of them
    "lang": "the language: en or es",
    "warehouse": "the file that is read",
    "corridor": "a corridor of places.csv",
}


def commands(app: typer.Typer) -> str:
    found = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group, typed as a command
    return page(
        "Commands",
        "`indicators COMMAND --help` says the same. Days are written `2025-08-31`.",
        *(_command(name, command) for name, command in sorted(found.items())),
    )


def _command(name: str, command: Any) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    usage = " ".join(["indicators", name, *map(_argument, arguments), *(["[OPTIONS]"] if options else [])])
    rows = [[f"`{_argument(one)}`", one.help or "", ""] for one in arguments]
    rows += [[code(one.opts), _choices(one), _default(one)] for one in options]
    explained = table(["parameter", "meaning", "unless given"], rows) if rows else ""
    return "\n\n".join(filter(None, [f"## {name}", command.help, f"```\n{usage}\n```", explained]))


def _argument(one: Any) -> str:
    name = (one.metavar or one.name.upper()) + ("…" if one.nargs != 1 else "")
    return name if one.required else f"[{name}]"


def _choices(one: Any) -> str:
    kind = one.type_descriptor.annotation
    choices = f" One of {code(map(str, kind))}." if isinstance(kind, EnumType) else ""
    return (one.help or "") + choices


def _default(one: Any) -> str:
    return "" if one.default in (None, False, "") else f"`{one.default}`"


def notebooks(folder: Path) -> str:
    taken: dict[str, list[str]] = {}
    rows = []
    for path in sorted(folder.glob("[0-9]*.ipynb")):
        cells = read_notebook(path).cells
        declared = _parameters(next(one.source for one in cells if "parameters" in tags(one)))
        taken |= declared
        rows.append([f"`{path.stem}`", code(declared)])
    return page(
        "Notebooks and their parameters",
        "Each notebook is a chapter of the report, run once in each language; one with a `corridor` is run "
        "once for each corridor.",
        table(["notebook", "parameters"], rows),
        table(
            ["parameter", "type", "unless given", "meaning"],
            [[f"`{name}`", *words] for name, words in taken.items()],
        ),
    )


def _parameters(source: str) -> dict[str, list[str]]:
    """Type, default and meaning of each parameter in a notebook's cell of parameters."""
    lines, found = source.splitlines(), {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign) and node.value:
            name = ast.unparse(node.target)
            comment = lines[node.lineno - 1][node.end_col_offset :].strip(" #")
            meaning = comment or PARAMETERS[name]
            found[name] = [ast.unparse(node.annotation), f"`{ast.unparse(node.value)}`", meaning]
    return found
