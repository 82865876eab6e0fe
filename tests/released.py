"""Releases in the official labels, as readers give them: each cell with a level and a wave of its own."""

import math
from collections.abc import Callable, Sequence
from datetime import date
from itertools import product

import polars as pl

from indicators import catalog
from indicators.catalog.tables import FACTS, validate
from indicators.periods import add_months
from indicators.readers.base import parts_of
from indicators.releases import checks
from indicators.releases.checks import Finding
from indicators.releases.totals import Totals, add_up

MONTHS = [add_months(date(2021, 1, 1), number) for number in range(42)]  # through June 2024
Edit = Callable[[pl.DataFrame], pl.DataFrame]
Of = tuple[str, dict[str, Sequence[str]], dict[str, str]]  # source, labels by column, columns that are the same
VICTIMS: Of = (
    "sesnsp_victims",
    {
        "place": ("MX-CHH", "MX-SON", "MX-BCN", "MX-GUA"),
        "subtype": ("Homicidio doloso", "Homicidio culposo", "Feminicidio", "Lesiones dolosas"),
        "sex": ("male", "female"),
    },
    {"methodology": "CNSP/38/15", "modality": "all", "age_group": "all", "part": "CNSP/38/15"},
)
ENCOUNTERS: Of = (
    "cbp_encounters",
    {
        "component": ("border_patrol", "field_operations"),
        "demographic": ("single_adult", "family_unit", "unaccompanied_minor"),
        "citizenship": ("MEXICO", "HONDURAS", "CUBA"),
    },
    {
        "place": "US-SWB", "dataset": "southwest", "land_border_region": "southwest", "authority": "title_8",
        "encounter_type": "all", "part": "southwest",
    },
)  # fmt: skip
DRUGS: Of = (
    "cbp_drugs",
    {"place": ("US-OFO-LAREDO", "US-OFO-EL-PASO", "US-OFO-TUCSON"), "drug": ("Fentanyl", "Methamphetamine")},
    {
        "dataset": "land_components", "component": "field_operations", "region": "southwest", "land_filter": "land",
        "branch": "not_applicable", "part": "land_components",
    },
)  # fmt: skip
DEATHS: Of = (
    "cdc_overdose",
    {"place": ("US", "US-AZ", "US-TX"), "indicator": ("overdose", "opioids", "synthetic_opioids")},
    {"part": "all"},
)
REGISTER: Of = (
    "rnpdno",
    {
        "place": ("MX-JAL", "MX-CHH", "MX-SON"),
        "status": ("registered", "missing", "located_alive", "located_dead"),
        "sex": ("male", "female"),
    },
    {},
)
CRIMES = {"Homicidio doloso": "Homicidio", "Homicidio culposo": "Homicidio", "Lesiones dolosas": "Lesiones"}
OTHERWISE: dict[str, dict[str, pl.Expr]] = {  # the columns that follow from the others
    "sesnsp_victims": {"crime_type": pl.col("subtype").replace(CRIMES)},
    "cbp_drugs": {"seized_lb": pl.col("count") * 3.7},
    "rnpdno": {"part": pl.format("month {}", "status")},
    "cdc_overdose": {
        "clock": pl.lit("12_month_ending"),
        "period_start": pl.col("period_start").dt.offset_by("-11mo"),
        "predicted_deaths": (pl.col("count") * 1.02).round().cast(pl.Int64),
    },
}
SHARES = {  # of the level of a cell, so that no label has the figures of another
    "MX-CHH": 1.0,
    "MX-SON": 1.6,
    "MX-BCN": 2.4,
    "MX-GUA": 3.3,
    "MX-JAL": 2.2,
    "Homicidio culposo": 0.6,
    "Feminicidio": 0.2,
    "Lesiones dolosas": 4.1,
    "female": 0.22,
    "field_operations": 0.3,
    "family_unit": 0.5,
    "unaccompanied_minor": 0.2,
    "HONDURAS": 0.55,
    "CUBA": 0.3,
    "US-OFO-EL-PASO": 0.6,
    "US-OFO-TUCSON": 0.3,
    "Methamphetamine": 1.5,
    "US": 60.0,
    "US-AZ": 14.0,
    "US-TX": 32.0,
    "opioids": 0.75,
    "synthetic_opioids": 0.6,
    "registered": 1.0,
    "missing": 0.3,
    "located_alive": 0.64,
    "located_dead": 0.06,
}


def rows(of: Of, size: float = 200.0, months: Sequence[date] = MONTHS) -> pl.DataFrame:
    """The rows of a source's fact table: every cell in every month, about ``size`` where its shares are one."""
    source, labels, same = of
    table = FACTS[catalog.sources()[source].table]
    found = []
    for number, cell in enumerate(product(*labels.values())):
        level = size * math.prod(SHARES.get(label, 1.0) for label in cell)
        for step, month in enumerate(months):
            wave = 0.12 * math.sin(1.7 * step + number) + 0.05 * math.sin(0.6 * step * step + 2 * number)
            wave = 0.01 * step if source == "cdc_overdose" else wave  # a sum of twelve months is no wave
            found.append({**dict(zip(labels, cell, strict=True)), "period_start": month, "count": level * (1 + wave)})
    provisional = pl.col("period_start") >= add_months(months[-1], -11)
    frame = pl.DataFrame(found).with_columns(
        period_end=pl.col("period_start").dt.month_end(),
        clock=pl.lit("month"),
        maturity=pl.when(provisional).then(pl.lit("provisional")).otherwise(pl.lit("final")),
        **{name: pl.lit(value) for name, value in same.items()},
    )
    schema = table.empty().schema
    made = {name: pl.col("count").round().cast(schema[name]) for name in table.measures} | OTHERWISE.get(source, {})
    frame = frame.with_columns(**made).drop("count")
    absent = [name for name in table.columns if name not in frame.columns]
    return frame.with_columns(pl.lit(None, schema[name]).alias(name) for name in absent)


def totals(source: str, facts: pl.DataFrame, vintage: str = "new", released: date | None = None) -> Totals:
    """A release with these rows, added up; its parts cover what its rows reach."""
    one = catalog.sources()[source]
    facts = validate(one.table, facts, vintage)
    return add_up(one, vintage, facts, parts_of(facts), released)


def noticed(*releases: Totals) -> list[Finding]:
    """Return the findings about the last of some releases."""
    return [one for one in checks.findings_of(releases) if one.vintage == releases[-1].vintage]


def planted(of: Of, fault: Edit, size: float = 200.0) -> list[Finding]:
    """Return the findings about a release with a fault, after one without it."""
    true = rows(of, size)
    return noticed(totals(of[0], true, "old"), totals(of[0], fault(true)))


def codes(found: Sequence[Finding], severity: str = "") -> set[str]:
    return {one.code for one in found if one.severity == (severity or one.severity)}


def named(found: Sequence[Finding], code: str) -> set[str]:
    """The places and labels that the findings of a rule name."""
    facts = [one.facts for one in found if one.code == code]
    names = {one[name] for one in facts for name in ("label", "other", "place", "within") if one.get(name)}
    return {part for name in names for part in name.split(", ")}


def exchange(column: str, one: str, other: str, *within: pl.Expr) -> Edit:
    """Give two labels of a column each other's figures."""
    swapped = pl.col(column).replace({one: other, other: one})
    inside = pl.all_horizontal(pl.lit(True), *within)
    return lambda facts: facts.with_columns(pl.when(inside).then(swapped).otherwise(pl.col(column)).alias(column))


def multiply(measure: str, factor: float, *within: pl.Expr) -> Edit:
    """Multiply the figures of some rows; the rows without a figure go, as zero is an absent row."""
    figure = (pl.col(measure) * factor).round().cast(pl.Int64)
    inside = pl.all_horizontal(*within)
    return lambda facts: facts.with_columns(pl.when(inside).then(figure).otherwise(measure).alias(measure)).filter(
        pl.col(measure) > 0
    )
