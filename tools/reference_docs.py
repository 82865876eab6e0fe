"""The metrics and the sources of the catalogue, as pages."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from importlib import import_module

from indicators import catalog
from indicators.catalog import Layout, Metric, Source
from indicators.docs.page import page
from indicators.markdown import code, table
from indicators.text import Text

TIERS = {
    "A": "Tier A: public tables, by month or quarter",
    "B": "Tier B: public figures, by year or irregular",
    "C": "Tier C: what is only told in words, kept as a dated ledger",
}


def metrics() -> str:
    found = catalog.metrics().values()
    tiers = [
        block
        for tier, title in TIERS.items()
        for block in [f"## {title}", *(_metric(one) for one in found if one.tier == tier)]
    ]
    return page(
        "Metrics",
        f"The {len(found)} metrics of `src/indicators/catalog`. *Objective* is that of the Bicentennial "
        "Framework's statement (G: governance). *Class* says how a status is told "
        "([rates and change](../methods/change.en.md)); outputs and context are never good or bad.",
        *tiers,
    )


def _metric(one: Metric) -> str:
    facts = [
        ("class", one.klass.replace("_", " ")),
        ("objective", one.objective),
        ("better", "" if one.good == "none" else one.good),
        ("kind", one.kind + (f", {one.rule}" if one.rule else "")),
        ("unit", f"{Text('en').unit(one.unit)} / {Text('es').unit(one.unit)}"),
        ("clock", str(one.clock)),
        ("places", _places(one)),
        ("from", f"[{one.table}](data-dictionary.md#{one.table}), `{one.measure}`" if one.table else ""),
        ("quotient of", " over ".join(f"[{name}](#{name})" for name in one.over)),
        ("beside", f"[{one.companion}](#{one.companion})" if one.companion else ""),
        ("in charge", "; ".join(filter(None, [one.owner_us, one.owner_mx]))),
    ]
    return "\n\n".join(
        [
            f"### {one.id}",
            f"**{one.name.en}** / *{one.name.es}*",
            " · ".join(f"{label}: {text}" for label, text in facts if text),
            f"{one.definition.en} **{one.caveat.en}**",
            f"*{one.definition.es}* ***{one.caveat.es}***",
        ]
    )


def _places(one: Metric) -> str:
    words = {"each": "each place of its table", "corridor": "corridors"}
    return ", ".join(dict.fromkeys(words.get(place, place) for place in one.places()))


def sources() -> str:
    return page(
        "Sources",
        "Each series as `src/indicators/catalog/sources.toml` has it, with what its reader says of it. A file is "
        "recognised by its header alone. A *part* is what a newer release replaces as a whole; what a newer "
        "release has no part of stays as it was.",
        *(_source(one) for one in catalog.sources().values()),
    )


def _source(one: Source) -> str:
    module = import_module(f"indicators.sources.{one.id}")
    named = "the last of its data" if one.release.token == "data" else "that of the release"
    facts = [
        ["agency", f"{one.agency.en} / {one.agency.es}"],
        ["address", f"<{one.url}>"],
        [
            "fetched from",
            ", ".join(f"<{url}>" for url in dict.fromkeys(way.page for way in one.fetch)) or "by hand",
        ],
        ["licence", f"{one.licence.en} / {one.licence.es}"],
        ["a release is due", f"{one.cadence_days} days after the last"],
        ["table", f"[{one.table}](data-dictionary.md#{one.table})"],
        ["no row means", "zero, in the months covered" if one.zeros == "implied" else "not published"],
        ["a part is", f"{one.part.en} / {one.part.es}"],
        ["a month in a file's name is", named],
    ]
    if one.note:
        facts.append(["note", f"{one.note.en} / {one.note.es}"])
    blocks = [
        f"## {one.id}",
        f"**{one.name.en}** / *{one.name.es}*",
        table(["", ""], facts),
        re.sub(r"``(.+?)``", r"`\1`", inspect.getdoc(module) or ""),
        *(f"### {one.id}, layout {name}\n\n{_layout(layout)}" for name, layout in one.layouts.items()),
    ]
    return "\n\n".join(blocks)


def _layout(one: Layout) -> str:
    rows = [[f"`{name}`", _headers(headers)] for name, headers in one.columns.items()]
    rows += [[f"`{name}_2024`, …", _headers(header)] for name, header in one.by_year.items()]
    if one.months:
        rows.append(["`month_01` to `month_12`", _headers(one.months)])
    if one.ignored:
        rows.append(["not read", _headers(one.ignored)])
    sheets = f"Sheets {code(one.sheets)}, read together.\n\n" if one.sheets else ""
    shape = "keys of the JSON answer" if one.format == "json" else "header"
    return sheets + table(["our name", shape], rows)


def _headers(headers: str | Sequence[str]) -> str:
    return code([headers] if isinstance(headers, str) else headers)
