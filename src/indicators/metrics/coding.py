"""The joint objectives as coded by the rubric: how many have their metric whole in public, and how far two
codings agree.

Rubric and limits: docs/methods/framework-coverage.en.md.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from indicators.catalog.tables import ELEMENTS
from indicators.warehouse.query import select

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]

STATEMENT = "statement_2021"  # the text whose objectives were all read, and are all coded


def objectives(connection: duckdb.DuckDBPyConnection, as_of: date) -> pl.DataFrame:
    """The coded joint objectives known on a day. Columns of the table ``framework_objectives``."""
    return select(
        connection, "FROM framework_objectives_asof($day) ORDER BY known_from, code, coder", {"day": as_of}
    )


def coverage(coded: pl.DataFrame) -> pl.DataFrame:
    """For each day of coding: objectives of the statement whose metric every coding of the day finds whole.

    The note tells how many objectives have each element in every coding. No interval: every objective of the
    text is coded.
    """
    agreed = (
        coded.filter(level=STATEMENT)
        .group_by("known_from", "code")
        .agg(*(pl.col(name).all() for name in ELEMENTS), pl.col("coder"))
        .with_columns(whole=pl.all_horizontal(*ELEMENTS))
    )
    tally = [pl.col(name).sum().alias(name) for name in ELEMENTS]
    elements = " ".join(f"{name}={{}}" for name in ELEMENTS)
    coders = pl.col("coder").explode().unique().sort().str.join(", ")
    return (
        agreed.group_by(period_end="known_from")
        .agg(
            *tally,
            numerator=pl.col("whole").sum().cast(pl.Float64),
            denominator=pl.len().cast(pl.Float64),
            vintage=pl.format("coding: {}", coders),
        )
        .sort("period_end")
        .with_columns(
            period_start="period_end",
            value=pl.col("numerator") / pl.col("denominator"),
            note=pl.format(elements, *ELEMENTS),
        )
    )


def agreement(coded: pl.DataFrame) -> pl.DataFrame:
    """How far the two newest codings of the statement's objectives agree; no rows where there is only one.

    Columns: what (one of ELEMENTS), n (objectives), yes_first, yes_second, agreed, kappa (Cohen 1960; null where
    both codings say the same of every objective: chance would then agree always, and there is nothing to
    correct for). No kappa is taken over all elements: their shares of yes differ so much that it would flatter.
    """
    ours = coded.filter(level=STATEMENT)
    coders = ours["coder"].unique().sort().to_list()[-2:]
    if len(coders) < 2:
        return pl.DataFrame()
    first, second = (
        ours.filter(coder=one).sort("known_from").unique("code", keep="last").sort("code") for one in coders
    )
    both = first.join(second, on="code", suffix="_second")
    rows = []
    for name in ELEMENTS:
        one, other = both[name], both[f"{name}_second"]
        rows.append(
            {
                "what": name,
                "n": len(both),
                "yes_first": int(one.sum()),
                "yes_second": int(other.sum()),
                "agreed": int((one == other).sum()),
                "kappa": _kappa(one.to_numpy(), other.to_numpy()),
            }
        )
    return pl.DataFrame(rows, schema_overrides={"kappa": pl.Float64})


def _kappa(one: Flags, other: Flags) -> float | None:
    """Cohen's kappa of two codings in yes and no."""
    by_chance = float(one.mean() * other.mean() + (1 - one.mean()) * (1 - other.mean()))
    return None if by_chance == 1 else (float((one == other).mean()) - by_chance) / (1 - by_chance)
