"""The outputs of an executed notebook as blocks of a page, in order; an output that a page cannot show is an error."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from indicators import charts
from indicators.charts import tables, tile_map
from indicators.errors import IndicatorsError
from indicators.i18n import LANGUAGES

KINDS = {charts.MIME: "chart", tile_map.MIME: "map", tables.MIME: "table"}
HIDDEN = {"parameters", "injected-parameters", "hide"}
MARKDOWN = "text/markdown"
# a result that is text alone: the engine captured no display, or the display failed
LOST = re.compile(r"^(Out\[\d+\]:.{0,60}|(Chart|Map|Table)\(.{0,60})|Traceback \(most recent call last\)", re.MULTILINE)


class PageError(IndicatorsError):
    """A notebook that cannot become a page without losing something."""


@dataclass(frozen=True)
class Block:
    """One part of a page: ``prose`` (markdown), ``code`` (with its printed text), ``chart``, ``map`` or ``table``."""

    kind: str
    content: Any
    printed: str = ""


def tags(cell: NotebookNode) -> set[str]:
    """Return the tags of a cell."""
    return set(cell.get("metadata", {}).get("tags", []))


def is_prose_in(cell: NotebookNode, lang: str) -> bool:
    """Return true for a markdown cell that a page in ``lang`` shows: tagged with it, or with no language."""
    languages = tags(cell) & {f"lang-{one}" for one in LANGUAGES}
    return cell.cell_type == "markdown" and (not languages or f"lang-{lang}" in languages)


def blocks(notebook: NotebookNode, lang: str) -> Iterator[Block]:
    """Yield the blocks of a page in one language.

    Raise PageError for an output that is no part of a page (a bare figure, a picture), an output in the other
    language, an error, and an id used twice.
    """
    seen: set[str] = set()
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "markdown":
            if is_prose_in(cell, lang):
                yield Block("prose", cell.source)
        elif cell.cell_type == "code" and tags(cell) & HIDDEN:
            if any(_kind(output.get("data", {})) for output in cell.outputs):
                raise PageError(f"cell {number} is hidden and shows a chart or a table: remove its tag")
        elif cell.cell_type == "code":
            printed = "".join(_printed(output) for output in cell.outputs)
            if lost := LOST.search(printed):
                raise PageError(f"cell {number} printed what it should have shown: {lost[0]}")
            if cell.source.strip():
                yield Block("code", cell.source, printed)
            for output in cell.outputs:
                yield from _shown(output, number, lang, seen)


def _printed(output: Mapping[str, Any]) -> str:
    if output["output_type"] == "stream":
        return str(output["text"])
    data = output.get("data", {})
    return "" if _kind(data) or MARKDOWN in data else f"{data.get('text/plain', '')}\n"


def _kind(data: Mapping[str, Any]) -> str | None:
    return next((mime for mime in KINDS if mime in data), None)


def _shown(output: Mapping[str, Any], number: int, lang: str, seen: set[str]) -> Iterator[Block]:
    if output["output_type"] == "error":
        raise PageError(f"cell {number} stopped with {output['ename']}: {output['evalue']}")
    data = output.get("data", {})
    if mime := _kind(data):
        payload, kind = data[mime], KINDS[mime]
        if payload["lang"] != lang:
            raise PageError(f'cell {number}: {kind} "{payload["id"]}" is in {payload["lang"]} on a page in {lang}')
        if payload["id"] in seen:
            raise PageError(f'cell {number}: the id "{payload["id"]}" is used twice on this page')
        seen.add(payload["id"])
        yield Block(kind, payload)
    elif MARKDOWN in data:
        yield Block("prose", data[MARKDOWN])
    elif foreign := [mime for mime in data if mime.startswith("image/") or "plotly" in mime]:
        raise PageError(
            f"cell {number} shows {foreign[0]}, which has no title, table or text of its own: show a chart instead"
        )


def payloads(notebook: NotebookNode) -> Iterator[Mapping[str, Any]]:
    """Yield the payload of every chart, map and table of an executed notebook, in order."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if mime := _kind(output.get("data", {})):
                yield output["data"][mime]
