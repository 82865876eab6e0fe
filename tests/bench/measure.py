"""The time, processor time and peak memory of commands, each in a process of its own."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

CASES = Path(__file__).with_name("cases.py")
LAUNCHER = CASES.with_name("launcher.py")


@dataclass(frozen=True)
class Cost:
    """The cost of one run: seconds by the clock, processor time of all its processes, peak memory of the command.

    A case of cases.py measures its own seconds, without the start of Python, and starts no process.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    said: Mapping[str, float]


def run(command: list[str], home: Path | None = None) -> Cost:
    """Return the cost of a command and all its descendants. Raises RuntimeError for a command that fails."""
    env = {**os.environ, **({"INDICATORS_HOME": str(home)} if home else {})}
    launched = subprocess.run(
        [sys.executable, str(LAUNCHER), *command], stdout=subprocess.PIPE, text=True, env=env, check=True
    )
    found = json.loads(launched.stdout)
    if found["exit_code"]:
        raise RuntimeError(f"{' '.join(command)}: {found['err'][-2000:]}")
    last = found["out"].strip().rpartition("\n")[2]
    said = json.loads(last) if last.startswith('{"seconds"') else {}
    cost = found | said
    return Cost(cost["seconds"], cost["cpu_seconds"], found["peak_mb"], said)


def case(name: str, *arguments: object) -> Cost:
    """Run one function of cases.py in a process of its own."""
    return run([sys.executable, str(CASES), name, *map(str, arguments)])


def in_turn(rounds: int, cases: Mapping[str, Callable[[], Cost]]) -> dict[str, Cost]:
    """Each case once a round, one after the other, so that all meet the same machine; the median of each."""
    seen: dict[str, list[Cost]] = {name: [] for name in cases}
    for number in range(1, rounds + 1):
        for name, measured in cases.items():
            seen[name].append(measured())
            print(f"round {number}: {name}: {seen[name][-1].seconds:.2f} s", file=sys.stderr, flush=True)
    return {name: median(costs) for name, costs in seen.items()}


def median(costs: list[Cost]) -> Cost:
    keys = costs[0].said
    return Cost(
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.cpu_seconds for cost in costs),
        statistics.median(cost.peak_mb for cost in costs),
        {key: statistics.median(cost.said[key] for cost in costs) for key in keys},
    )
