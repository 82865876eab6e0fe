"""The number of process charts on a board that show a signal in their latest month by chance alone.

``false_alarms.csv`` contains the share of simulated steady series with such a signal, by the correlation of
neighboring months: correlated months raise more alarms. `make calibrate` writes the file.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

TABLE = Path(__file__).with_suffix(".csv")


def expected(correlations: Sequence[float]) -> float:
    """Return the number of false alarms to expect, from the correlation of neighboring months of each chart.

    A correlation outside the table counts as the nearest one in the table.
    """
    tabulated, shares = _table()
    return float(np.interp(correlations, tabulated, shares).sum())


@cache
def _table() -> tuple[list[float], list[float]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [float(row["correlation"]) for row in rows], [float(row["share"]) for row in rows]
