"""The Framework's joint objectives: which elements of a metric are public for each, and how far codings agree."""

from __future__ import annotations

from typing import Any

import polars as pl

from indicators.catalog.tables import ELEMENTS
from indicators.charts import tables
from indicators.charts.tables import Cell, Column, Link
from indicators.metrics import ledger
from indicators.report.sentences import Words
from indicators.report.view import View, current

Row = dict[str, Any]


def objectives() -> tables.Table:
    """Each objective with its elements: public in every coding, in one of them, or in none."""
    view = current()
    text = view.text
    coded = ledger.objectives(view.connection, view.as_of).filter(level=ledger.STATEMENT)
    newest = coded.filter(pl.col("known_from") == coded["known_from"].max())
    by_objective = newest.partition_by("code", maintain_order=True)
    rows = tuple(
        (
            f"{one['code'][0]} · {one[f'objective_{text.lang}'][0]}",
            *(_element(view, one.to_dicts(), name) for name in ELEMENTS),
        )
        for one in by_objective
    )
    whole = sum(all(one[name].all() for name in ELEMENTS) for one in by_objective)
    return tables.Table(
        id="framework-objectives",
        title=text.t("evidence.framework", n=len(rows), whole=whole),
        columns=tuple(Column(text.t(f"evidence.column.{name}")) for name in ("objective", *ELEMENTS)),
        rows=rows,
        notes=(text.t("evidence.framework_note"),),
        csv=tables.to_csv(newest),
        lang=text.lang,
    )


def _element(view: View, codings: list[Row], name: str) -> Cell:
    public = [row for row in codings if row[name]]
    if not public:
        return view.text.t("view.no")
    key = "view.yes" if len(public) == len(codings) else "framework.disputed"
    return Link(view.text.t(key), str(public[0][f"{name}_evidence"]))


def agreement() -> tables.Table | Words:
    """How far the two codings agree, element by element; words where there is only one."""
    view = current()
    text = view.text
    found = ledger.agreement(ledger.objectives(view.connection, view.as_of))
    if found.is_empty():
        return Words(text.t("framework.one_coding"))
    least = found.sort("agreed", maintain_order=True).row(0, named=True)
    rows = tuple(
        (
            text.t(f"evidence.column.{row['what']}"),
            text.number(row["yes_first"]),
            text.number(row["yes_second"]),
            text.t("sentence.ledger.of", part=text.number(row["agreed"]), whole=text.number(row["n"])),
            text.t("framework.undefined") if row["kappa"] is None else text.number(row["kappa"], 2),
        )
        for row in found.iter_rows(named=True)
    )
    names = ("element", "yes_first", "yes_second", "agreed", "kappa")
    return tables.Table(
        id="framework-agreement",
        title=text.t(
            "framework.agreement",
            agreed=found["agreed"].sum(),
            n=found["n"].sum(),
            least=text.t(f"evidence.column.{least['what']}").lower(),
            least_agreed=least["agreed"],
            least_n=least["n"],
        ),
        columns=tuple(Column(text.t(f"framework.column.{name}"), name != "element") for name in names),
        rows=rows,
        notes=(text.t("framework.same_project"), text.t("framework.kappa")),
        csv=tables.to_csv(found),
        lang=text.lang,
    )
