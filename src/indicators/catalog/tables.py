"""The fact tables: what the agencies' releases are turned into."""

from __future__ import annotations

import pandera.polars as pa

from indicators.contracts.columns import MISSING, amount, count, fact, text
from indicators.periods import Clock

SEX = ["female", "male", "not_identified", "all"]
BORDERS = ["southwest", "northern", "other"]
COMPONENTS = ["border_patrol", "field_operations"]
DIRECTIONS = ["inbound", "outbound", "other"]
CROSSING = [
    "trucks",
    "truck_containers_loaded",
    "truck_containers_empty",
    "trains",
    "train_passengers",
    "rail_containers_loaded",
    "rail_containers_empty",
    "personal_vehicles",
    "personal_vehicle_passengers",
    "buses",
    "bus_passengers",
    "pedestrians",
]

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
    "municipal_crime_cases": fact(
        "Investigation files opened by Mexico's state prosecutors, by municipality and month of opening (SESNSP)",
        [Clock.MONTH],
        ["municipality_code", "methodology", "crime_type", "subtype", "modality"],
        {
            "municipality_code": text("INEGI's five digits; 998 and 999 at the end are no municipality"),
            "methodology": text("The instrument of registration", ["CNSP/38/15", "RNID"]),
            "crime_type": text("Tipo de delito, as published"),
            "subtype": text("Subtipo de delito, as published"),
            "modality": text("Modalidad, as published"),
            "cases": count("cases", "Investigation files (carpetas)", nullable=True),
            "missing_code": text("Why cases is absent", MISSING, nullable=True),
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
            "land_border_region": text(
                "The land border at which it was; other: at airports, sea ports or inland (CBP's own column)",
                BORDERS,
            ),
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
            "region": text("Border in whose region the seizure was made, airports there included", BORDERS),
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
            "region": text("Border in whose region the seizure was made, airports there included", BORDERS),
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
            "region": text("Border in whose region the seizure was made, airports there included", BORDERS),
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
    "border_crossings": fact(
        "Inbound crossings at the land ports of entry of the United States, by state of the port (BTS)",
        [Clock.MONTH],
        ["region", "port_code", "category"],
        {
            "region": text("Border at which the port of entry lies", BORDERS),
            "port_code": text("Port of entry, CBP's four digits; two ports are called Eastport"),
            "category": text("What crossed; vehicles, containers and persons are never added", CROSSING),
            "crossings": count(
                "crossings", "Crossings into the United States; those out of it are not counted"
            ),
        },
    ),
}
