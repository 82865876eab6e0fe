"""Write the reference pages and the licences in docs/ from the code and the catalogue: ``make docs``."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Sequence
from enum import EnumType
from pathlib import Path
from typing import Any

import typer

import indicators
from data_dictionary import data_dictionary
from indicators import catalog, cli
from indicators.catalog import Layout, Metric, Source
from indicators.i18n import LANGUAGES, Text
from indicators.paths import Home, home
from indicators.readers import READERS
from indicators.report.notebooks import read as read_notebook
from indicators.report.outputs import tags
from markdown_blocks import code, page, rows, table

FOLDER = Path("docs")
LICENCES = "data-licences.{lang}.md"
TEMPLATES = Path(__file__).parent / "templates"
CONTENTS = """\
- [commands](commands.md)
- [Python](python.md)
- [notebooks and their parameters](notebooks.md)
- [metrics](metrics.md)
- [sources](sources.md)
- [data dictionary](data-dictionary.md)"""
TIERS = {
    "A": "Tier A: public tables, by month or quarter",
    "B": "Tier B: public figures, by year or irregular",
    "C": "Tier C: what is only told in words, kept as a dated ledger",
}
PARAMETERS = {  # meanings that the notebooks' cells of parameters leave out
    "lang": "the language: en or es",
    "warehouse": "the file that is read",
    "corridor": "a corridor of places.csv",
}


def main() -> None:
    """Write the pages that are out of date and print how many there were."""
    print(f"{home().root / FOLDER}: {write(home())} pages changed")


def write(project: Home) -> int:
    """Write every page that is missing or out of date; return the number of pages written."""
    texts = {project.root / FOLDER / name: text for name, text in pages(project).items()}
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path], encoding="utf-8")
    return len(stale)


def pages(project: Home) -> dict[str, str]:
    """Return the text of every page by its path below docs/."""
    reference = {
        "README.md": page("Reference", CONTENTS),
        "commands.md": commands(),
        "data-dictionary.md": data_dictionary(),
        "metrics.md": metrics(),
        "notebooks.md": notebooks(project.notebooks),
        "python.md": api(),
        "sources.md": sources(),
    }
    return {
        **{LICENCES.format(lang=lang): licences(lang) for lang in LANGUAGES},
        **{f"reference/{name}": text for name, text in reference.items()},
    }


def commands() -> str:
    """Return the page of the commands and their parameters."""
    found = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]  # a group, typed as a command
    return page(
        "Commands",
        "`indicators COMMAND --help` says the same. Days are written `2025-08-31`.",
        *(_command(name, command) for name, command in sorted(found.items())),
    )


def _command(name: str, command: Any) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    usage = " ".join(["indicators", name, *map(_argument, arguments), *(["[OPTIONS]"] if options else [])])
    lines = [[f"`{_argument(one)}`", one.help or "", ""] for one in arguments]
    lines += [[code(one.opts), _choices(one), _default(one)] for one in options]
    explained = table(["parameter", "meaning", "unless given"], lines) if lines else ""
    return "\n\n".join(filter(None, [f"## {name}", command.help, f"```\n{usage}\n```", explained]))


def _argument(argument: Any) -> str:
    name = (argument.metavar or argument.name.upper()) + ("…" if argument.nargs != 1 else "")
    return name if argument.required else f"[{name}]"


def _choices(option: Any) -> str:
    kind = option.type_descriptor.annotation
    choices = f" One of {code(map(str, kind))}." if isinstance(kind, EnumType) else ""
    return (option.help or "") + choices


def _default(option: Any) -> str:
    return "" if option.default in (None, False, "") else f"`{option.default}`"


def api() -> str:
    """Return the page of the public functions of the package."""
    return page(
        "Python",
        "What `import indicators` offers a notebook; `notebooks/explore.ipynb` is a tour of it. Frames are those of "
        "polars, `.to_pandas()` makes them pandas'. Without `as_of` everything is shown as of the newest release.",
        *(_function(name, getattr(indicators, name)) for name in indicators.__all__),
    )


def _function(name: str, function: Callable[..., object]) -> str:
    source = inspect.getsource(function)
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef)
    head = "\n".join(source.splitlines()[: definition.body[0].lineno - 1])
    return f"## {name}\n\n```python\n{head.removeprefix('def ').removesuffix(':')}\n```\n\n{_docstring(function)}"


def _docstring(documented: object) -> str:
    return re.sub(r"``(.+?)``", r"`\1`", inspect.getdoc(documented) or "")


def notebooks(folder: Path) -> str:
    """Return the page of the notebooks in ``folder`` and their parameters."""
    meanings: dict[str, list[str]] = {}
    lines = []
    for path in sorted(folder.glob("[0-9]*.ipynb")):
        cells = read_notebook(path).cells
        declared = _parameters(next(cell.source for cell in cells if "parameters" in tags(cell)))
        meanings |= declared
        lines.append([f"`{path.stem}`", code(declared)])
    return page(
        "Notebooks and their parameters",
        "Each notebook is a chapter of the report, run once in each language; one with a `corridor` is run "
        "once for each corridor.",
        table(["notebook", "parameters"], lines),
        table(
            ["parameter", "type", "unless given", "meaning"],
            [[f"`{name}`", *words] for name, words in meanings.items()],
        ),
    )


def _parameters(source: str) -> dict[str, list[str]]:
    """Return type, default and meaning of each parameter in the source of a cell of parameters."""
    lines, found = source.splitlines(), {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign) and node.value:
            name = ast.unparse(node.target)
            comment = lines[node.lineno - 1][node.end_col_offset :].strip(" #")
            meaning = comment or PARAMETERS[name]
            found[name] = [ast.unparse(node.annotation), f"`{ast.unparse(node.value)}`", meaning]
    return found


def metrics() -> str:
    """Return the page of the metrics of the catalogue."""
    found = catalog.metrics().values()
    tiers = [
        block
        for tier, title in TIERS.items()
        for block in [f"## {title}", *(_metric(metric) for metric in found if metric.tier == tier)]
    ]
    return page(
        "Metrics",
        f"The {len(found)} metrics of `src/indicators/catalog`. *Objective* is that of the Bicentennial "
        "Framework's statement (G: governance). *Class* says how a status is told "
        "([rates and change](../methods/change.en.md)); outputs and context are never good or bad.",
        *tiers,
    )


def _metric(metric: Metric) -> str:
    facts = [
        ("class", metric.klass.replace("_", " ")),
        ("objective", metric.objective),
        ("better", "" if metric.good == "none" else metric.good),
        ("kind", metric.kind + (f", {metric.rule}" if metric.rule else "")),
        ("unit", f"{Text('en').unit(metric.unit)} / {Text('es').unit(metric.unit)}"),
        ("clock", str(metric.clock)),
        ("places", _places(metric)),
        (
            "from",
            f"[{metric.table}](data-dictionary.md#{metric.table}), `{metric.measure}`" if metric.table else "",
        ),
        ("quotient of", " over ".join(f"[{name}](#{name})" for name in metric.over)),
        ("beside", f"[{metric.companion}](#{metric.companion})" if metric.companion else ""),
        ("in charge", "; ".join(filter(None, [metric.owner_us, metric.owner_mx]))),
    ]
    return "\n\n".join(
        [
            f"### {metric.id}",
            f"**{metric.name.en}** / *{metric.name.es}*",
            " · ".join(f"{label}: {text}" for label, text in facts if text),
            f"{metric.definition.en} **{metric.caveat.en}**",
            f"*{metric.definition.es}* ***{metric.caveat.es}***",
        ]
    )


def _places(metric: Metric) -> str:
    words = {"each": "each place of its table", "corridor": "corridors"}
    return ", ".join(dict.fromkeys(words.get(place, place) for place in metric.places()))


def sources() -> str:
    """Return the page of the sources of the catalogue."""
    return page(
        "Sources",
        "Each series as `src/indicators/catalog/sources.toml` has it, with what its reader says of it. A file is "
        "recognised by its header alone. A *part* is what a newer release replaces as a whole; what a newer "
        "release has no part of stays as it was.",
        *(_source(source) for source in catalog.sources().values()),
    )


def _source(source: Source) -> str:
    reader = READERS[source.id]
    module = sys.modules[reader.__module__]
    named = "the last of its data" if source.release.token == "data" else "that of the release"
    facts = [
        ["agency", f"{source.agency.en} / {source.agency.es}"],
        ["address", f"<{source.url}>"],
        [
            "fetched from",
            ", ".join(f"<{url}>" for url in dict.fromkeys(way.page for way in source.fetch)) or "by hand",
        ],
        ["licence", f"{source.licence.en} / {source.licence.es}"],
        ["a release is due", f"{source.cadence_days} days after the last"],
        ["table", f"[{source.table}](data-dictionary.md#{source.table})"],
        ["no row means", "zero, in the months covered" if source.zeros == "implied" else "not published"],
        ["a part is", f"{source.part.en} / {source.part.es}"],
        ["a month in a file's name is", named],
    ]
    if source.note:
        facts.append(["note", f"{source.note.en} / {source.note.es}"])
    blocks = [
        f"## {source.id}",
        f"**{source.name.en}** / *{source.name.es}*",
        table(["", ""], facts),
        _docstring(module),
        _docstring(reader),
        *(f"### {source.id}, layout {name}\n\n{_layout(layout)}" for name, layout in source.layouts.items()),
    ]
    return "\n\n".join(blocks)


def _layout(layout: Layout) -> str:
    lines = [[f"`{name}`", _headers(headers)] for name, headers in layout.columns.items()]
    lines += [[f"`{name}_2024`, …", _headers(header)] for name, header in layout.by_year.items()]
    if layout.months:
        lines.append(["`month_01` to `month_12`", _headers(layout.months)])
    if layout.ignored:
        lines.append(["not read", _headers(layout.ignored)])
    sheets = f"Sheets {code(layout.sheets)}, read together.\n\n" if layout.sheets else ""
    shape = "keys of the JSON answer" if layout.format == "json" else "header"
    return sheets + table(["our name", shape], lines)


def _headers(headers: str | Sequence[str]) -> str:
    return code([headers] if isinstance(headers, str) else headers)


def licences(lang: str) -> str:
    """Return the page of licences in ``lang``: the terms of the code, and those of each source."""
    lines = [
        [f"`{source.id}`", source.agency[lang], source.licence[lang], f"<{source.url}>"]
        for source in catalog.sources().values()
    ]
    template = (TEMPLATES / LICENCES.format(lang=lang)).read_text(encoding="utf-8")
    return template.format(sources=rows(lines))


if __name__ == "__main__":
    main()
