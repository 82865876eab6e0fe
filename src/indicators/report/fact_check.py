"""The fact-check page: what was said, what our data say of it today, and what they said that day."""

from __future__ import annotations

from typing import Literal

from indicators import catalog
from indicators.charts import tables
from indicators.charts.tables import Badge, Column, Link
from indicators.metrics import claims
from indicators.metrics.claims import Checked, Reading
from indicators.report.view import View, current

TONES: dict[str, Literal["good", "bad", "flat", "unknown"]] = {
    "confirmed": "good", "revised": "flat", "contradicted": "bad", "not_checkable": "unknown",
}  # fmt: skip
CHANGES = {"percent_change": "percent", "difference": "level", "periods_higher": "count", "level": "level"}


def table() -> tables.Table:
    """Every claim of the catalogue with its verdict, in the order of the founding articles' list."""
    view = current()
    text = view.text
    checked = claims.check_all(view.connection, view.as_of)
    rows = tuple(
        (
            f"{one.claim.row} · {one.claim.claim[text.lang]}"
            if one.claim.row
            else one.claim.claim[text.lang],
            Link(f"{one.claim.who[text.lang]}, {_said(view, one)}", one.claim.url),
            _reading(view, one, one.today),
            _reading(view, one, one.then),
            Badge(text.t(f"verdict.{one.verdict}"), TONES[one.verdict]),
            _why(view, one),
        )
        for one in checked
    )
    counted = {verdict: sum(one.verdict == verdict for one in checked) for verdict in TONES}
    names = ("claim", "who", "today", "then", "verdict", "why")
    return tables.Table(
        id="claims",
        title=text.t("verdict.title", n=len(checked), **counted),
        columns=tuple(Column(text.t(f"verdict.column.{name}")) for name in names),
        rows=rows,
        notes=(text.t("verdict.note"),),
        csv=tables.to_csv(claims.table(checked)),
        lang=text.lang,
    )


def _said(view: View, one: Checked) -> str:
    return view.text.loose_day(one.claim.said) if one.claim.said else view.text.t("verdict.undated")


def _reading(view: View, one: Checked, reading: Reading) -> str:
    """Our own number, worded as what was claimed: a level, a change in per cent, a count of periods."""
    text = view.text
    if reading.value is None:
        return text.t("verdict.no_number")
    kind = CHANGES[one.claim.measure]
    if kind == "percent":
        return text.signed_percent(reading.value / 100)
    if kind == "count":
        return text.t("verdict.higher", n=int(reading.value))
    return text.value(reading.value, catalog.metrics()[one.claim.metric].unit)


def _why(view: View, one: Checked) -> str:
    """The evidence of a judged verdict, the reason of an unplain one, and the note of the claim."""
    text, parts = view.text, []
    if one.reason == "judged" and one.claim.evidence:
        parts.append(one.claim.evidence[text.lang])
    elif one.reason:
        parts.append(text.t(f"verdict.reason.{one.reason}"))
    if one.claim.note:
        parts.append(one.claim.note[text.lang])
    return " ".join(parts)
