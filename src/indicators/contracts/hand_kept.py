"""The tables kept by hand: published figures, dated events, the coding of the Framework's objectives."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from indicators.contracts.columns import amount, day, hand_kept, plain, text
from indicators.periods import Clock

FIGURE_MATURITY = ["final", "estimate", "provisional", "target"]  # of published figures, firmest first
GRADES = ["A", "B", "C"]
EVENT_STATUS = ["held", "planned", "committed"]
EVENT_KINDS = [
    "cabinet_meeting",
    "meeting",
    "joint_statement",
    "benchmark_commitment",
    "joint_review",
    "report",
    "methodology_break",
    "legal_milestone",
    "designation",
    "transfer",
    "exercise",
    "training",
    "most_wanted",
    "information_sharing",
    "information_protection",
    "technology_transfer",
    "firearm_tracing",
    "network_dismantled",
    "arms_prosecution",
]
ELEMENTS = ["indicator", "baseline", "target", "period", "responsible"]  # of a metric that is public whole
HAND_KEPT: dict[str, pa.DataFrameSchema] = {
    "published_figures": hand_kept(
        "Figures published by somebody and entered by hand, one row a figure; publishers who disagree stay apart",
        ["metric", "place", "period_start", "period_end", "clock", "publisher", "document", "published_on"],
        {
            "metric": text("Metric, an id of the catalogue of kind published"),
            "place": text("Place, an id of places.csv"),
            "period_start": day("First day of the period"),
            "period_end": day("Last day of the period"),
            "clock": text("How the periods follow each other", [str(clock) for clock in Clock]),
            "value": plain("The figure as published, in the unit beside it", pl.Float64),
            "unit": text("Unit of the figure; percent where the metric is a share"),
            "lower": plain("Lower bound as published", pl.Float64, nullable=True),
            "upper": plain("Upper bound as published", pl.Float64, nullable=True),
            "maturity": text("How settled the figure is", FIGURE_MATURITY),
            "publisher": text("Who made the figure"),
            "document": text("The document or outlet in which it was read"),
            "published_on": text("Year, month or day of publication; read and a day where it is not known"),
            "grade": text("A the publisher itself, B an established outlet or archive, C a reprint", GRADES),
        },
    ),
    "ledger_events": hand_kept(
        "Dated events of the cooperation and of its statistics, one row an event",
        ["event"],
        {
            "event": text("Id of the event"),
            "kind": text("Kind of event", EVENT_KINDS),
            "status": text("Whether it took place, was planned, or is a promise", EVENT_STATUS),
            "first_day": day("First day its date allows"),
            "last_day": day("Last day its date allows"),
            "title_en": text("What happened, in English"),
            "title_es": text("What happened, in Spanish"),
            "actors": text("Who took part"),
            "quantity": amount("", "How many or how much, in the unit beside it", nullable=True),
            "of_quantity": amount("", "The whole the quantity is a part of", nullable=True),
            "unit": text("Unit of the quantity", nullable=True),
            "publisher": text("Who says so"),
            "grade": text("A the publisher itself, B an established outlet or archive, C a reprint", GRADES),
        },
    ),
    "framework_objectives": hand_kept(
        "Joint objectives of the Bicentennial Framework and which parts of a metric are public for each",
        ["code", "coder", "known_from"],
        {
            "code": text("Place of the objective in the statement or plan"),
            "level": text("Which text lists it", ["statement_2021", "action_plan_2022"]),
            "goal_en": text("Goal, in English"),
            "goal_es": text("Goal, in Spanish"),
            "objective_en": text("The objective in our words, in English"),
            "objective_es": text("The objective in our words, in Spanish"),
            **{name: plain(f"Whether its {name} is public", pl.Boolean) for name in ELEMENTS},
            **{f"{name}_evidence": text(f"Address of the {name}, or none found") for name in ELEMENTS},
            "coder": text("Which coding this is"),
        },
    ),
}
