"""A municipal table of SESNSP for the bench: the real shape, made-up counts, streamed to disk.

98 crimes for each of some 2,500 municipalities and every year, 99 of 100 cells zero, latin-1, two pseudo-
municipalities a state (998, 999) and the two cells of -1 that the agency's own table has.
"""

from __future__ import annotations

import random
from pathlib import Path

from indicators import catalog

# Municipalities of each state, in the order of its code, as INEGI counts them.
MUNICIPALITIES = [
    11, 7, 5, 13, 38, 10, 124, 67, 16, 39, 46, 81, 84, 125, 125, 113, 36, 20, 51, 570, 217, 18, 11, 58, 20, 72,
    17, 43, 60, 212, 106, 58,
]  # fmt: skip
PSEUDO = {998: "No Especificado", 999: "Otros Municipios"}
MINUS_ONE = {("27011", 2018): 5, ("09006", 2017): 9}  # Jonuta and Iztacalco, and the month
ROWS_WITH_CASES, CELLS_WITH_CASES = 0.04, 0.25  # of all rows, and of the cells of such a row


def write(path: Path, *, years: int = 11, detail: int = 1, revision: int = 0) -> int:
    """Write the table of ``years`` years from 2015 on and return its rows.

    ``detail`` multiplies the municipalities, up to the 997 for which a state has codes;
    releases of one table that differ by ``revision`` differ in one cell.
    """
    layout = catalog.sources()["sesnsp_municipal"].layouts["municipality_months"]
    categories = catalog.sources()["sesnsp_cases"].categories
    states = [(int(catalog.places()[place].code), name) for name, place in dict(categories["state"]).items()]
    crimes = [_labels(line) for line in categories["CNSP/38/15 crime"]]
    draw = random.Random(7)
    rows = 0
    with path.open("w", encoding="latin-1", newline="\r\n") as file:
        file.write(",".join([*map(str, layout.columns.values()), *layout.months]) + "\n")
        for year in range(2015, 2015 + years):
            for state, name in sorted(states):
                numbers = range(1, 1 + min(997, MUNICIPALITIES[state - 1] * detail))
                for number in (*numbers, *PSEUDO):
                    called = PSEUDO.get(number, f"Municipio {number}")
                    place = f"{year},{state},{name},{state}{number:03},{called},"
                    file.write("".join(f"{place}{crime}{_months(draw)}\n" for crime in crimes[1:]))
                    revised, revision = revision, 0
                    below = MINUS_ONE.get((f"{state:02}{number:03}", year))
                    months = _months(draw)
                    if below or revised:
                        months = _one_cell(below, -1) if below else _one_cell(1, revised)
                    file.write(f"{place}{crimes[0]}{months}\n")
                    rows += len(crimes)
    return rows


def _labels(line: str) -> str:
    labels = [f'"{label}"' if "," in label else label for label in line.split(" | ")]
    return ",".join([*labels, *labels[-1:] * (4 - len(labels))])


def _months(draw: random.Random) -> str:
    if draw.random() > ROWS_WITH_CASES:
        return ",0" * 12
    return "".join(f",{draw.randint(1, 40)}" if draw.random() < CELLS_WITH_CASES else ",0" for _ in range(12))


def _one_cell(month: int, cases: int) -> str:
    return "".join(f",{cases}" if number == month else ",0" for number in range(1, 13))
