"""How many of a board's process charts show a signal in their latest month though nothing happened.

``false_alarms.csv`` holds the share of simulated steady series that do, by the correlation of neighbouring months:
months that hang together alarm more often. `make calibrate` writes it.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from indicators.metrics.signals import CHART_MONTHS, rules, without_season

TABLE = Path(__file__).with_suffix(".csv")
CORRELATIONS = [round(-0.2 + step / 10, 1) for step in range(11)]  # those the table has
MONTHS = 72  # of each series, so that its season can be told
SEED = 20220614


def expected(correlations: Sequence[float]) -> float:
    """How many false alarms to expect, given the correlation of neighbouring months of each chart (a Change
    carries it; 0 where unknown). Beyond those of the table the last one counts."""
    known, shares = _table()
    return float(np.interp(correlations, known, shares).sum())


@cache
def _table() -> tuple[list[float], list[float]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [float(row["correlation"]) for row in rows], [float(row["share"]) for row in rows]


def simulated_share(correlation: float, series: int) -> float:
    """The share of steady ``series`` with a signal in their latest month: normal months, from which the season is
    taken as from real ones."""
    quiet = np.random.default_rng(SEED).standard_normal((series, MONTHS))
    for month in range(1, MONTHS):
        quiet[:, month] = correlation * quiet[:, month - 1] + math.sqrt(1 - correlation**2) * quiet[:, month]
    unseasonal = np.array([without_season(values)[-CHART_MONTHS:] for values in quiet])
    return float(np.any([flag[:, -1] for flag in rules(unseasonal).values()], axis=0).mean())


def write(series: int, path: Path = TABLE) -> None:
    """Simulate the table anew."""
    rows = [[one, round(simulated_share(one, series), 5), series] for one in CORRELATIONS]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["correlation", "share", "series"], *rows])
