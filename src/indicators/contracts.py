"""The contract of every table: columns, types, units, keys and allowed values, one schema object each.

The same object validates on load, makes the DuckDB table, and is printed as the data dictionary.
A column's unit is in its name and in its metadata; ``part`` is what a newer release replaces as a whole.
"""

from __future__ import annotations

import math

import pandera.polars as pa
import polars as pl

from indicators import catalog
from indicators.errors import DataError
from indicators.periods import Clock

MATURITY = ["final", "provisional", "incomplete"]
MISSING = ["suppressed", "not_published", "low_quality", "not_applicable"]
FIGURE_MATURITY = ["final", "estimate", "provisional", "target"]  # of published figures, firmest first
GRADES = ["A", "B", "C"]
EVENT_STATUS = ["held", "planned", "committed"]
EVENT_KINDS = [
    "cabinet_meeting",
    "meeting",
    "joint_statement",
    "benchmark_commitment",
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
SEX = ["female", "male", "not_identified", "all"]
BORDERS = ["southwest", "northern", "other"]
COMPONENTS = ["border_patrol", "field_operations"]
DIRECTIONS = ["inbound", "outbound", "other"]
Column = pa.Column


def text(description: str, allowed: list[str] | None = None, *, nullable: bool = False) -> Column:
    checks = [pa.Check.isin(allowed)] if allowed else []
    return Column(pl.String, checks, description=description, nullable=nullable, metadata={"unit": ""})


def day(description: str, *, nullable: bool = False) -> Column:
    return Column(pl.Date, description=description, nullable=nullable, metadata={"unit": "day"})


def count(unit: str, description: str, *, nullable: bool = False) -> Column:
    metadata = {"unit": unit}
    return Column(pl.Int64, pa.Check.ge(0), description=description, nullable=nullable, metadata=metadata)


def amount(unit: str, description: str, *, nullable: bool = False) -> Column:
    metadata = {"unit": unit}
    return Column(
        pl.Float64,
        [pa.Check.ge(0), pa.Check.lt(math.inf)],
        description=description,
        nullable=nullable,
        metadata=metadata,
    )


def fact(
    description: str, clocks: list[Clock], key: list[str], columns: dict[str, Column]
) -> pa.DataFrameSchema:
    """The schema of a fact table: place and period first, then its own columns, then what every fact has."""
    first = {
        "place": text("Place, an id of places.csv"),
        "period_start": day("First day of the period"),
        "period_end": day("Last day of the period"),
        "clock": text("How the periods follow each other", [str(clock) for clock in clocks]),
    }
    last = {
        "maturity": text("How settled the value is", MATURITY),
        "part": text("What a newer release replaces as a whole"),
    }
    unique = ["place", "period_start", "period_end", "clock", "part", *key]
    return pa.DataFrameSchema(
        {**first, **columns, **last}, description=description, unique=unique, strict=True, ordered=False
    )


FACTS: dict[str, pa.DataFrameSchema] = {
    "overdose_deaths": fact(
        "Drug overdose deaths in the United States in twelve months, by state of occurrence (CDC)",
        [Clock.TWELVE_MONTH_ENDING],
        ["indicator"],
        {
            "indicator": text("Drug class; classes overlap and are never added"),
            "reported_deaths": count("deaths", "Deaths reported so far", nullable=True),
            "predicted_deaths": count("deaths", "CDC's own adjustment for delay", nullable=True),
            "complete_pct": amount(
                "percent", "Share of death records received (99.5+ is 99.5)", nullable=True
            ),
            "pending_pct": amount("percent", "Share of death records pending investigation", nullable=True),
            "drugs_specified_pct": amount(
                "percent", "Share of overdose deaths whose certificate names a drug", nullable=True
            ),
            "missing_code": text("Why reported_deaths is absent", MISSING, nullable=True),
        },
    ),
    "crime_victims": fact(
        "Victims in investigation files opened by Mexico's state prosecutors, by month of opening (SESNSP)",
        [Clock.MONTH],
        ["methodology", "crime_type", "subtype", "modality", "sex", "age_group"],
        {
            "methodology": text("The instrument of registration", ["CNSP/38/15", "RNID"]),
            "crime_type": text("Tipo de delito, as published"),
            "subtype": text("Subtipo de delito, as published"),
            "modality": text("Modalidad, as published; all: added up"),
            "sex": text("Sex of the victim; all: added up", SEX),
            "age_group": text("Age band as published; all: added up"),
            "victims": count("victims", "Victims"),
        },
    ),
    "crime_cases": fact(
        "Investigation files opened by Mexico's state prosecutors, by month of opening (SESNSP)",
        [Clock.MONTH],
        ["methodology", "crime_type", "subtype", "modality"],
        {
            "methodology": text("The instrument of registration", ["CNSP/38/15", "RNID"]),
            "crime_type": text("Tipo de delito, as published"),
            "subtype": text("Subtipo de delito, as published"),
            "modality": text("Modalidad, as published; all: added up"),
            "cases": count("cases", "Investigation files (carpetas)"),
        },
    ),
    "federal_offences": fact(
        "Offences under federal law in files opened by Mexico's federal prosecutors, by month (SESNSP)",
        [Clock.MONTH],
        ["law", "concept", "offence"],
        {
            "law": text("Ley, as published; all: added up"),
            "concept": text("Concepto, as published; all: added up"),
            "offence": text("Tipo, as published; all: added up"),
            "offences": count("offences", "Offences"),
        },
    ),
    "missing_persons": fact(
        "People in Mexico's register of missing persons (RNPDNO), by day, month or year of disappearance",
        [Clock.STOCK, Clock.YEAR, Clock.MONTH],
        ["status", "sex"],
        {
            "status": text(
                "Status in the register",
                [
                    "missing",
                    "disappeared",
                    "not_located",
                    "located",
                    "located_alive",
                    "located_dead",
                    "registered",
                ],
            ),
            "sex": text("Sex", SEX),
            "persons": count("persons", "Records of persons"),
        },
    ),
    "encounters": fact(
        "CBP encounters: events, not persons",
        [Clock.MONTH],
        [
            "dataset",
            "land_border_region",
            "component",
            "demographic",
            "citizenship",
            "authority",
            "encounter_type",
        ],
        {
            "dataset": text(
                "Which of CBP's three tables; they hold the same events and are never added",
                ["southwest", "nationwide_state", "nationwide_area"],
            ),
            "land_border_region": text("Border", BORDERS),
            "component": text("Component of CBP; all: the table does not tell", [*COMPONENTS, "all"]),
            "demographic": text(
                "Group", ["single_adult", "family_unit", "unaccompanied_minor", "accompanied_minor", "all"]
            ),
            "citizenship": text("Citizenship as published, upper case; all: added up"),
            "authority": text("Title of authority", ["title_8", "title_42"]),
            "encounter_type": text(
                "Type; all: the table does not tell", ["apprehension", "inadmissible", "expulsion", "all"]
            ),
            "encounters": count("encounters", "Encounters (events, not persons)"),
        },
    ),
    "encounters_long": fact(
        "Border Patrol encounters since fiscal year 2000, rounded to ten: a series of its own (DHS, OHSS)",
        [Clock.MONTH],
        [],
        {"encounters": count("encounters", "Encounters (events, not persons), rounded to ten")},
    ),
    "drug_seizures": fact(
        "CBP drug seizures",
        [Clock.MONTH],
        ["dataset", "component", "region", "land_filter", "branch", "drug"],
        {
            "dataset": text(
                "Which of CBP's two tables; seizures may be in both, so they are never added",
                ["land_components", "air_and_marine"],
            ),
            "component": text("Component of CBP", [*COMPONENTS, "air_and_marine"]),
            "region": text("Border", BORDERS),
            "land_filter": text("At the land border, or elsewhere; all: added up", ["land", "other", "all"]),
            "branch": text(
                "Branch of Air and Marine Operations; not_applicable to the other components; all: added up"
            ),
            "drug": text("Drug; one event can hold several"),
            "events": count("events", "Seizure events; not added across drugs"),
            "seized_lb": amount("pounds", "Weight seized"),
        },
    ),
    "weapon_seizures": fact(
        "CBP seizures of weapons, ammunition and gun parts",
        [Clock.MONTH],
        ["component", "region", "direction", "mode", "seizure_type", "category"],
        {
            "component": text("Component of CBP", COMPONENTS),
            "region": text("Border", BORDERS),
            "direction": text("Into or out of the United States", DIRECTIONS),
            "mode": text("Mode of transport; all: added up", ["air", "land", "sea", "other", "all"]),
            "seizure_type": text("Type of seizure", ["weapons", "ammunition_and_parts"]),
            "category": text("Kind of item"),
            "items": count("items", "Items seized, where their number is given"),
            "line_items": count("lines", "Lines of the table that were added up"),
            "line_items_without_quantity": count("lines", "Lines among them whose number is blank"),
        },
    ),
    "currency_seizures": fact(
        "CBP seizures of currency and other monetary instruments",
        [Clock.MONTH],
        ["component", "region", "land_filter", "direction"],
        {
            "component": text("Component of CBP", COMPONENTS),
            "region": text("Border", BORDERS),
            "land_filter": text(
                "At the land border, or elsewhere; all: not told, or added up", ["land", "other", "all"]
            ),
            "direction": text("Into or out of the United States", DIRECTIONS),
            "events": count("events", "Seizure events"),
            "seized_usd": amount("U.S. dollars", "Amount seized, in dollars of the day"),
        },
    ),
    "population": fact(
        "Resident population on one day of the year (Census Bureau, 1 July; CONAPO, mid-year)",
        [Clock.STOCK],
        [],
        {"population_persons": count("persons", "Residents on that day")},
    ),
}


def plain(description: str, kind: type[pl.DataType], *, nullable: bool = False) -> Column:
    return Column(kind, description=description, nullable=nullable, metadata={"unit": ""})


def hand_kept(description: str, key: list[str], columns: dict[str, Column]) -> pa.DataFrameSchema:
    """The schema of a table kept by hand: its own columns, then where each row comes from."""
    last = {
        "url": text("Address at which it was read"),
        "known_from": day("Known from this day: the last one its date of publication allows"),
        "note_en": text("What a reader must know, in English", nullable=True),
        "note_es": text("What a reader must know, in Spanish", nullable=True),
        "file": text("The file of data/raw it stands in"),
        "line": count("", "The line it stands on"),
    }
    return pa.DataFrameSchema({**columns, **last}, description=description, unique=key, strict=True)


ELEMENTS = ["indicator", "baseline", "target", "period", "responsible"]
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
            "published_on": text("Year, month or day of publication"),
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
        ["code", "known_from"],
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


def zero_rows(table: str) -> pl.DataFrame:
    """An empty frame of a fact table, vintage column included."""
    columns = {name: column.dtype.type for name, column in FACTS[table].columns.items()}
    return pl.DataFrame(schema={**columns, "vintage": pl.String})


def validate(table: str, facts: pl.DataFrame, file: str) -> pl.DataFrame:
    """Hold a tidied frame against its table's contract; columns in the contract's order. Raises DataError."""
    schema = FACTS[table]
    todo = f"mend the reader of this source: its rows break the contract of {table}"
    try:
        schema.validate(facts)
    except (pa.errors.SchemaError, pa.errors.SchemaErrors) as error:
        raise DataError(file, f"the contract of {table}", str(error)[:500], todo) from None
    if strange := set(facts["place"].unique()) - set(catalog.places()):
        raise DataError(file, "places of places.csv", ", ".join(sorted(strange)), todo)
    return facts.select(list(schema.columns))
