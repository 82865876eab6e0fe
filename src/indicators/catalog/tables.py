"""Declarations of the tables: fact tables, filled by the releases of the agencies, and tables entered by hand.

A table is declared here and nowhere else: columns, key, units, allowed values, and values that may be added up.
"""

from __future__ import annotations

import polars as pl

from indicators import catalog
from indicators.catalog.schema import (
    MISSING,
    Column,
    Table,
    amount,
    count,
    day,
    fact,
    hand_kept,
    period,
    text,
)
from indicators.errors import DataError
from indicators.periods import Clock

SEX = ["female", "male", "not_identified", "all"]
BORDERS = ["southwest", "northern", "other"]
COMPONENTS = ["border_patrol", "field_operations"]
DIRECTIONS = ["inbound", "outbound", "other"]
CROSSING = [
    "trucks", "truck_containers_loaded", "truck_containers_empty", "trains", "train_passengers",
    "rail_containers_loaded", "rail_containers_empty", "personal_vehicles", "personal_vehicle_passengers",
    "buses", "bus_passengers", "pedestrians",
]  # fmt: skip
STATUSES = [
    "missing", "disappeared", "not_located", "located", "located_alive", "located_dead", "registered",
]  # fmt: skip
FIGURE_MATURITY = ["final", "estimate", "provisional", "target"]  # of published figures, firmest first
GRADES = ["A", "B", "C"]
GRADE = text("A the publisher itself, B an established outlet or archive, C a reprint", GRADES)
EVENT_STATUS = ["held", "planned", "committed"]
EVENT_KINDS = [
    "cabinet_meeting", "meeting", "joint_statement", "benchmark_commitment", "joint_review", "report",
    "methodology_break", "legal_milestone", "designation", "transfer", "exercise", "training", "most_wanted",
    "information_sharing", "information_protection", "technology_transfer", "firearm_tracing",
    "network_dismantled", "arms_prosecution",
]  # fmt: skip
ELEMENTS = ["indicator", "baseline", "target", "period", "responsible"]  # of a metric that is wholly public
REGION = text("Border in whose region the seizure was made, airports there included", BORDERS)
DIRECTION = text("Into or out of the United States", DIRECTIONS)
CRIME = {
    "methodology": text("The instrument of registration", ["CNSP/38/15", "RNID"]),
    "crime_type": text("Tipo de delito, as published"),
    "subtype": text("Subtipo de delito, as published"),
    "modality": text("Modalidad, as published; all: added up"),
}

FACTS: dict[str, Table] = {
    "overdose_deaths": fact(
        "Drug overdose deaths in the United States in twelve months, by state of occurrence (CDC)",
        [Clock.TWELVE_MONTH_ENDING],
        {
            "indicator": text("Drug class; classes overlap and are never added up"),
            "reported_deaths": count("deaths", "Deaths reported so far", nullable=True),
            "predicted_deaths": count("deaths", "CDC's own adjustment for delay", nullable=True),
            "complete_pct": amount("percent", "Share of death records received (99.5+ is 99.5)", nullable=True),
            "pending_pct": amount("percent", "Share of death records pending investigation", nullable=True),
            "drugs_specified_pct": amount(
                "percent", "Share of overdose deaths whose certificate names a drug", nullable=True
            ),
            "missing_code": text("Why reported_deaths is absent", MISSING, nullable=True),
        },
        apart=("indicator",),
    ),
    "crime_victims": fact(
        "Victims in investigation files opened by Mexico's state prosecutors, by month of opening (SESNSP)",
        [Clock.MONTH],
        {
            **CRIME,
            "sex": text("Sex of the victim; all: added up", SEX),
            "age_group": text("Age band as published; all: added up"),
            "victims": count("victims", "Victims"),
        },
        apart=("methodology",),
        category=("crime_type", "subtype"),
    ),
    "crime_cases": fact(
        "Investigation files opened by Mexico's state prosecutors, by month of opening (SESNSP)",
        [Clock.MONTH],
        {
            **CRIME,
            "cases": count("cases", "Investigation files (carpetas)"),
        },
        apart=("methodology",),
        category=("crime_type", "subtype"),
    ),
    "municipal_crime_cases": fact(
        "Investigation files opened by Mexico's state prosecutors, by municipality and month of opening (SESNSP)",
        [Clock.MONTH],
        {
            "municipality_code": text("INEGI's five digits; 998 and 999 at the end are no municipality"),
            **CRIME,
            "modality": text("Modalidad, as published"),
            "cases": count("cases", "Investigation files (carpetas)", nullable=True),
            "missing_code": text("Why cases is absent", MISSING, nullable=True),
        },
        apart=("methodology",),
        category=("crime_type", "subtype"),
    ),
    "federal_offences": fact(
        "Offences under federal law in files opened by Mexico's federal prosecutors, by month (SESNSP)",
        [Clock.MONTH],
        {
            "law": text("Ley, as published; all: added up"),
            "concept": text("Concepto, as published; all: added up"),
            "offence": text("Tipo, as published; all: added up"),
            "offences": count("offences", "Offences"),
        },
        category=("law", "concept", "offence"),
    ),
    "missing_persons": fact(
        "People in Mexico's register of missing persons (RNPDNO), by day, month or year of disappearance",
        [Clock.STOCK, Clock.YEAR, Clock.MONTH],
        {
            "status": text(
                "Status in the register",
                STATUSES,
            ),
            "sex": text("Sex", SEX),
            "persons": count("persons", "Records of persons"),
        },
        apart=("clock", "status"),
    ),
    "encounters": fact(
        "CBP encounters: events, not persons",
        [Clock.MONTH],
        {
            "dataset": text(
                "One of CBP's three tables; they contain the same events and are never added up",
                ["southwest", "nationwide_state", "nationwide_area"],
            ),
            "land_border_region": text(
                "Land border of the encounter; other: at airports, sea ports or inland (CBP's own column)",
                BORDERS,
            ),
            "component": text("Component of CBP; all: not in the table", [*COMPONENTS, "all"]),
            "demographic": text(
                "Group", ["single_adult", "family_unit", "unaccompanied_minor", "accompanied_minor", "all"]
            ),
            "citizenship": text("Citizenship as published, upper case; all: added up"),
            "authority": text("Title of authority", ["title_8", "title_42"]),
            "encounter_type": text("Type; all: not in the table", ["apprehension", "inadmissible", "expulsion", "all"]),
            "encounters": count("encounters", "Encounters (events, not persons)"),
        },
        apart=("dataset",),
        category=("land_border_region", "component"),
    ),
    "encounters_long": fact(
        "Border Patrol encounters since fiscal year 2000, rounded to ten: a series of its own (DHS, OHSS)",
        [Clock.MONTH],
        {"encounters": count("encounters", "Encounters (events, not persons), rounded to ten")},
        apart=("clock",),
    ),
    "drug_seizures": fact(
        "CBP drug seizures",
        [Clock.MONTH],
        {
            "dataset": text(
                "One of CBP's two tables; a seizure may be in both, so they are never added up",
                ["land_components", "air_and_marine"],
            ),
            "component": text("Component of CBP", [*COMPONENTS, "air_and_marine"]),
            "region": REGION,
            "land_filter": text("At the land border, or elsewhere; all: added up", ["land", "other", "all"]),
            "branch": text(
                "Branch of Air and Marine Operations; not_applicable to the other components; all: added up"
            ),
            "drug": text("Drug; one event can concern several"),
            "events": count("events", "Seizure events; not added across drugs"),
            "seized_lb": amount("pounds", "Weight seized"),
        },
        apart=("dataset", "drug"),
    ),
    "weapon_seizures": fact(
        "CBP seizures of weapons, ammunition and gun parts",
        [Clock.MONTH],
        {
            "component": text("Component of CBP", COMPONENTS),
            "region": REGION,
            "direction": DIRECTION,
            "mode": text("Mode of transport; all: added up", ["air", "land", "sea", "other", "all"]),
            "seizure_type": text("Type of seizure", ["weapons", "ammunition_and_parts"]),
            "category": text("Kind of item"),
            "items": count("items", "Items seized, of lines with a number"),
            "line_items": count("lines", "Lines of the table that were added up"),
            "line_items_without_quantity": count("lines", "Lines among them whose number is blank"),
        },
        category=("direction", "seizure_type"),
    ),
    "currency_seizures": fact(
        "CBP seizures of currency and other monetary instruments",
        [Clock.MONTH],
        {
            "component": text("Component of CBP", COMPONENTS),
            "region": REGION,
            "land_filter": text(
                "At the land border, or elsewhere; all: not in the table, or added up",
                ["land", "other", "all"],
            ),
            "direction": DIRECTION,
            "events": count("events", "Seizure events"),
            "seized_usd": amount("U.S. dollars", "Amount seized, in dollars of the day"),
        },
        category=("direction",),
    ),
    "population": fact(
        "Resident population on one day of the year (Census Bureau, 1 July; CONAPO, mid-year)",
        [Clock.STOCK],
        {"population_persons": count("persons", "Residents on that day")},
    ),
    "border_crossings": fact(
        "Inbound crossings at the land ports of entry of the United States, by state of the port (BTS)",
        [Clock.MONTH],
        {
            "region": text("Border at which the port of entry lies", BORDERS),
            "port_code": text("Port of entry, CBP's four digits; two ports are called Eastport"),
            "category": text("Kind of crossing; vehicles, containers and persons are never added up", CROSSING),
            "crossings": count("crossings", "Crossings into the United States; those out of it are not counted"),
        },
        apart=("category",),
        category=("region",),
    ),
}

HAND_KEPT: dict[str, Table] = {
    "published_figures": hand_kept(
        "Published figures entered by hand, one row a figure; publishers who disagree have rows of their own",
        ("metric", "place", "period_start", "period_end", "clock", "publisher", "document", "published_on"),
        {
            "metric": text("Metric, an id of the catalogue of kind published"),
            **period(Clock),
            "value": Column(pl.Float64, "Figure as published, in the column unit"),
            "unit": text("Unit of the figure; percent if the metric is a share"),
            "lower": Column(pl.Float64, "Lower bound as published", nullable=True),
            "upper": Column(pl.Float64, "Upper bound as published", nullable=True),
            "maturity": text("Maturity of the figure", FIGURE_MATURITY),
            "publisher": text("Publisher of the figure"),
            "document": text("Document or outlet that contains the figure"),
            "published_on": text("Year, month or day of publication; read and a day if it is missing"),
            "grade": GRADE,
        },
    ),
    "ledger_events": hand_kept(
        "Dated events of the cooperation and of its statistics, one row an event",
        ("event",),
        {
            "event": text("Id of the event"),
            "kind": text("Kind of event", EVENT_KINDS),
            "status": text("The event took place, was planned, or is promised", EVENT_STATUS),
            "first_day": day("First day that the date allows"),
            "last_day": day("Last day that the date allows"),
            "title_en": text("Event, in English"),
            "title_es": text("Event, in Spanish"),
            "actors": text("Participants"),
            "quantity": amount("", "Quantity, in the column unit", nullable=True),
            "of_quantity": amount("", "Whole of which the quantity is a part", nullable=True),
            "unit": text("Unit of the quantity", nullable=True),
            "publisher": text("Publisher of the source"),
            "grade": GRADE,
        },
    ),
    "framework_objectives": hand_kept(
        "Joint objectives of the Bicentennial Framework, and the parts of a metric that are public for each",
        ("code", "coder", "known_from"),
        {
            "code": text("Place of the objective in the statement or plan"),
            "level": text("Text that lists the objective", ["statement_2021", "action_plan_2022"]),
            "goal_en": text("Goal, in English"),
            "goal_es": text("Goal, in Spanish"),
            "objective_en": text("The objective in our words, in English"),
            "objective_es": text("The objective in our words, in Spanish"),
            **{name: Column(pl.Boolean, f"True if its {name} is public") for name in ELEMENTS},
            **{f"{name}_evidence": text(f"Address of the {name}, or none found") for name in ELEMENTS},
            "coder": text("Name of the coding"),
        },
    ),
}


def validate(table: str, rows: pl.DataFrame, file: str) -> pl.DataFrame:
    """Return the rows of ``file`` with the columns in the order of the table. Raise DataError for a fault."""
    declared = (FACTS | HAND_KEPT)[table]
    fault = declared.fault(rows)
    if not fault and table in FACTS and (strange := set(rows["place"].unique()) - set(catalog.places())):
        fault = f"places that places.csv does not list: {', '.join(sorted(strange))}"
    if fault:
        todo = f"correct the reader of this source, or the declaration of {table} in catalog/tables.py"
        raise DataError(file, f"rows as {table} is declared", fault, todo)
    return rows.select(list(declared.columns))
