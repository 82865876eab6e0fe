"""docs/benchmarks.md from what was measured: never typed by hand."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from measure import Cost

from indicators.catalog.tables import FACTS

LIBRARIES = ["duckdb", "polars", "pandas", "pyarrow", "papermill", "nbconvert"]
TYPES = {"String": "varchar", "Date": "date", "Int64": "bigint", "Float64": "double", "Boolean": "boolean"}
TABLE = "municipal_crime_cases"
FAST_START = 1.8  # times the processor time of importing polars and duckdb
Costs = Mapping[str, Cost]


def text(found: Mapping[str, Costs], asked: argparse.Namespace) -> str:
    """The page; parts that were not measured are not on it."""
    writers = {"municipal": _municipal, "raw": _raw, "report": _report, "start": _start, "growth": _growth}
    blocks = [
        "# How fast it is",
        "Written by `make bench` (tests/bench), which runs every line of a table in turn, each in a process of its "
        "own, and takes medians. What counts are the ratios to the line in bold: seconds are of one machine and day. "
        "Processor time is that of a command and of all processes that it starts.",
        *_about(asked),
    ]
    for name, costs in found.items():
        blocks += writers[name](costs, asked)
    return "\n\n".join([*blocks, *_engines()]) + "\n"


def _about(asked: argparse.Namespace) -> Iterator[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    yield _table(
        ["", ""],
        [
            ["day", asked.date],
            ["machine", f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}"],
            ["versions", f"Python {platform.python_version()}, {versions}"],
            ["rounds", f"{asked.rounds}; of whole reports {asked.report_rounds}"],
            ["load when it ended", f"{os.getloadavg()[1]:.1f} (five minutes; its own work included)"],
        ],
    )
    if asked.note:
        yield asked.note


def _processor() -> str:
    known = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    named = [line.partition(": ")[2] for line in known.splitlines() if line.startswith("model name")]
    return named[0] if named else platform.machine()


def _municipal(costs: Costs, asked: argparse.Namespace) -> Iterator[str]:
    size = costs["size"].said
    yield "## The municipal table"
    yield (
        f"{size['rows']:,.0f} rows, {size['megabytes']:,.0f} MB in latin-1, generated to the real shape over "
        f"{asked.years} years. Seconds without the start of Python."
    )
    yield _against(
        costs,
        "scan",
        {
            "scan": "DuckDB's bare scan: two aggregates",
            "ours": "disk to a fact table that can be asked",
            "polars": "polars: read_csv and unpivot, zeros dropped",
            "pandas": "pandas: read_csv and melt",
            "sha256": "sha256 of the file",
            "add_and_build": "`add` (hashed, stored, checked) and `build`",
        },
    )
    yield _targets(
        [
            ("a fact table in at most 2.5 × the bare scan", *_ratios(costs, "ours", "scan"), 2.5),
            ("at most 1/8 of pandas", *_ratios(costs, "ours", "pandas"), 1 / 8),
            ("under 1 GB of memory", costs["ours"].peak_mb / 1000, None, 1),
        ]
    )
    floor = costs["scan"].seconds / costs["pandas"].seconds
    if floor > 1 / 8:
        yield (
            f"An eighth of pandas is out of reach: the bare scan alone, which keeps nothing, takes {floor:.2f} of its "
            "time. The target was set when pandas needed 19 s and 10.7 GB for such a file."
        )


def _raw(costs: Costs, asked: argparse.Namespace) -> Iterator[str]:
    said, latency = costs["add_and_build"].said, costs["latency"].said
    yield "## Real releases, and metrics asked"
    yield (
        f"{said['files']:.0f} files, of which {said['releases']:.0f} are releases that a reader takes; the others are "
        f"read and refused. Of the time, {said['add']:.1f} s to add and {said['build']:.1f} s to build. "
        f"{latency['questions']:.0f} questions (metrics × places × days) over one open connection: median "
        f"{latency['median_ms']:.0f} ms, one in twenty above {latency['p95_ms']:.0f} ms."
    )
    names = {
        "sha256": "sha256 of all files",
        "hash_and_scan": "the floor: sha256, and DuckDB's bare scan of each",
        "add_and_build": "every file added, and the warehouse built",
    }
    yield _against(costs, "hash_and_scan", names)
    yield _targets(
        [
            ("add and build in at most 3 × the floor", *_ratios(costs, "add_and_build", "hash_and_scan"), 3),
            ("a metric in under 50 ms at the median", latency["median_ms"], None, 50),
        ]
    )


def _report(costs: Costs, asked: argparse.Namespace) -> Iterator[str]:
    yield "## The report"
    yield (
        f"{costs['size'].said['notebooks']:.0f} notebooks in two languages, from the edition, with HTML and data "
        "files, no caches. papermill runs each notebook once a language; the report also makes its index, and a page "
        "for every corridor."
    )
    names = {
        "report": "`indicators report`, nothing there before",
        "again": "`indicators report`, nothing changed",
        "papermill": "papermill's command line, one notebook after another, then nbconvert",
    }
    yield _against(costs, "papermill", names)
    yield _targets(
        [
            ("a whole report in at most 1/9", *_ratios(costs, "report", "papermill"), 1 / 9),
            ("nothing changed: at most 0.7 s", costs["again"].seconds, costs["again"].cpu_seconds, 0.7),
        ]
    )


def _start(costs: Costs, asked: argparse.Namespace) -> Iterator[str]:
    yield "## Starting"
    names = {"python": "Python alone", "import": "`import indicators`", "help": "`indicators --help`"}
    yield _against(costs, "python", names)
    yield _targets(
        [(f"{names[one]} under 0.3 s", costs[one].seconds, costs[one].cpu_seconds, 0.3) for one in ("import", "help")]
    )
    floor, metric = costs["libraries"].cpu_seconds, costs["metric"].cpu_seconds
    yield _table(
        ["fast start", "processor s", "ratio", "target", "met"],
        [
            ['**`python -c "import polars, duckdb"`**', f"{floor:.2f}", "1.00", "", ""],
            [
                "`indicators metric mx_homicide_victims`, the warehouse built before",
                f"{metric:.2f}",
                f"{metric / floor:.2f}",
                f"{FAST_START:g}",
                "yes" if metric <= FAST_START * floor else "**no**",
            ],
        ],
    )


def _growth(costs: Costs, asked: argparse.Namespace) -> Iterator[str]:
    yield "## Growth"
    yield (
        "The municipal table added and built at two years, then doubled and doubled again: in years, in municipalities "
        "(up to the 997 that a state has codes for), in releases. The last columns divide by the smallest; nothing may "
        "grow faster than its input."
    )
    rows = []
    for name, cost in costs.items():
        least = costs[f"{name.split()[0]} 1"]
        input_mb = cost.said["megabytes"]
        times = [
            input_mb / least.said["megabytes"],
            cost.seconds / least.seconds,
            cost.cpu_seconds / least.cpu_seconds,
            cost.peak_mb / least.peak_mb,
        ]
        rows.append(
            [
                name.replace(" ", " × "),
                f"{input_mb:,.0f}",
                f"{cost.seconds:.1f}",
                f"{cost.cpu_seconds:.1f}",
                f"{cost.peak_mb:,.0f}",
                *(f"{ratio:.2f}" for ratio in times),
            ]
        )
    yield _table(["", "input MB", "s", "processor s", "peak MB", "input ×", "time ×", "processor ×", "memory ×"], rows)
    large = costs["years 4"]
    held = large.peak_mb / large.said["megabytes"]
    beside = costs["releases 4"].peak_mb / costs["releases 1"].peak_mb
    yield (
        "## Where one machine ends\n\n"
        f"A release is read whole, one at a time: the largest here held {held:.1f} bytes of memory for each of "
        "its own, those of the libraries included, so that a machine with 16 GB takes a single file of "
        f"{16 / held:.0f} GB at least. Four releases take {beside:.2f} times "
        "the memory of one. Beyond that, the rows are read where they lie by an engine that is there already."
    )


def _engines() -> Iterator[str]:
    columns = {name: TYPES[str(one.type)] for name, one in FACTS[TABLE].columns.items()}
    listed = ",\n    ".join(f"{name} {kind}" for name, kind in {**columns, "vintage": "varchar"}.items())
    yield (
        "## The same rows in another engine\n\n"
        "`data/processed/cache/<table>/<vintage>.parquet` holds each stored release as rows of its fact table: the "
        "columns of the [data dictionary](reference/data-dictionary.md), and `vintage`. It is made by `indicators add` "
        "or `build` and can be deleted at any time. `data/processed/edition/<table>.parquet` has the same columns for "
        f"what ships. For `{TABLE}`, copied to a bucket where the engine does not see the disk:"
    )
    yield (
        f"DuckDB, and MotherDuck after `ATTACH 'md:'`:\n\n```sql\nCREATE TABLE {TABLE} AS\n"
        f"FROM read_parquet('data/processed/cache/{TABLE}/*.parquet');\n```"
    )
    yield f"Spark:\n\n```sql\nCREATE TABLE {TABLE} USING parquet LOCATION 'data/processed/cache/{TABLE}';\n```"
    yield (
        f"Trino, through its Hive connector:\n\n```sql\nCREATE TABLE hive.crime.{TABLE} (\n    {listed}\n)\n"
        f"WITH (format = 'PARQUET', external_location = 's3://bucket/cache/{TABLE}');\n```"
    )


def _against(costs: Costs, floor: str, names: Mapping[str, str]) -> str:
    least = costs[floor]
    rows = [
        [
            f"**{label}**" if one == floor else label,
            f"{(cost := costs[one]).seconds:.2f}",
            f"{cost.seconds / least.seconds:.2f}",
            f"{cost.cpu_seconds:.2f}",
            f"{cost.cpu_seconds / least.cpu_seconds:.2f}",
            f"{cost.peak_mb:,.0f}",
        ]
        for one, label in names.items()
    ]
    return _table(["", "s", "ratio", "processor s", "ratio", "peak MB"], rows)


def _ratios(costs: Costs, one: str, other: str) -> tuple[float, float]:
    """One cost over another, by the clock and by the processors' time."""
    above, below = costs[one], costs[other]
    return above.seconds / below.seconds, above.cpu_seconds / below.cpu_seconds


def _targets(checked: list[tuple[str, float, float | None, float]]) -> str:
    """Whether each target is met by the clock; beside it, what the processors' time says."""
    rows = [
        [
            name,
            f"{limit:.3g}",
            f"{by_clock:.3g}",
            "" if by_processor is None else f"{by_processor:.3g}",
            "yes" if by_clock <= limit else "**no**",
        ]
        for name, by_clock, by_processor, limit in checked
    ]
    return _table(["target", "limit", "by the clock", "by processor time", "met by the clock"], rows)


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
