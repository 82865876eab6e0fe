"""The ledger: dated events, and the joint objectives as coded by the rubric."""

from __future__ import annotations

import re

from indicators.catalog.tables import ELEMENTS, EVENT_KINDS, EVENT_STATUS, GRADES
from indicators.published.rows import Cells, Row

EVENT_COLUMNS = [
    "event", "date", "kind", "status", "title_en", "title_es", "actors", "quantity", "of", "unit",
    "publisher", "published_on", "url", "grade", "note_en", "note_es",
]  # fmt: skip
OBJECTIVE_COLUMNS = [
    "code", "level", "goal_en", "goal_es", "objective_en", "objective_es",
    *(column for name in ELEMENTS for column in (name, f"{name}_evidence")),
    "coder", "coded_on", "url", "note_en", "note_es",
]  # fmt: skip
NONE_FOUND = "none found"


def event(row: Row) -> Cells:
    """One row as a row of ``ledger_events``. Raises DataError."""
    first, last = row.days("date")
    status = row.one_of("status", EVENT_STATUS, "whether it took place")
    if row.cells["published_on"]:
        known_from = row.days("published_on")[1]
        if status == "held" and known_from < first:
            row.refuse("published_on", f"a date not before {first}", "what was not held yet is planned")
    elif status == "held":
        known_from = last
    else:
        row.refuse(
            "published_on", "the date of the announcement", "a plan is known from its announcement only"
        )
    quantity, whole = row.number("quantity"), row.number("of")
    if (quantity is None) != (not row.cells["unit"]):
        row.refuse("unit", "a unit where there is a quantity, and only there", "fill in both or neither")
    if whole is not None and (quantity is None or whole < quantity):
        row.refuse("of", "a whole not smaller than its part", "check both numbers")
    if not re.fullmatch(r"[a-z0-9_]+", row.text("event")):
        row.refuse("event", "small letters, digits and _", "give the event an id such as sig_3")
    return {
        "event": row.text("event"),
        "kind": row.one_of("kind", EVENT_KINDS, "a kind of event"),
        "status": status,
        "first_day": first,
        "last_day": last,
        "title_en": row.text("title_en"),
        "title_es": row.text("title_es"),
        "actors": row.text("actors"),
        "quantity": quantity,
        "of_quantity": whole,
        "unit": row.optional("unit"),
        "publisher": row.text("publisher"),
        "grade": row.one_of("grade", GRADES, "a grade of the source"),
        "url": row.url("url"),
        "known_from": known_from,
        **row.notes(),
    }


def objective(row: Row) -> Cells:
    """One row as a row of ``framework_objectives``. Raises DataError."""
    coded: Cells = {}
    for name in ELEMENTS:
        public = row.one_of(name, ["yes", "no"], "yes or no") == "yes"
        evidence = f"{name}_evidence"
        if public:
            row.url(evidence)
        else:
            row.one_of(evidence, [NONE_FOUND], f"for a no the words {NONE_FOUND}")
        coded |= {name: public, evidence: row.text(evidence)}
    words = ["code", "goal_en", "goal_es", "objective_en", "objective_es", "coder"]
    return {
        **{name: row.text(name) for name in words},
        "level": row.one_of("level", ["statement_2021", "action_plan_2022"], "the text that lists it"),
        **coded,
        "url": row.url("url"),
        "known_from": row.day("coded_on"),
        **row.notes(),
    }
