"""One command after another, each in a process of its own: how long it took and how much memory it held."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

CASES = Path(__file__).with_name("cases.py")
MEGABYTE = 1024  # of the kilobytes in which Linux tells memory


@dataclass(frozen=True)
class Cost:
    """What one run took, by the clock and of the processors; a case tells its own, without the start of Python."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    said: Mapping[str, float]


def run(command: list[str], home: Path | None = None) -> Cost:
    """Run a command to its end. Raises RuntimeError with what it said where it fails."""
    env = {**os.environ, **({"INDICATORS_HOME": str(home)} if home else {})}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, env=env)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said = out.read()
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)}: {err.read()[-2000:]}")
    last = said.strip().rpartition("\n")[2]
    told = json.loads(last) if last.startswith('{"seconds"') else {}
    cpu_seconds = usage.ru_utime + usage.ru_stime
    return Cost(
        told.get("seconds", seconds), told.get("cpu_seconds", cpu_seconds), usage.ru_maxrss / MEGABYTE, told
    )


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
