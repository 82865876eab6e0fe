"""`make bench`: our commands beside the usual tools and the floor under both, in turn, in one run.

Writes docs/benchmarks.md from what it measured. Everything is made in a folder outside the checkout.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from measure import Cost, case, in_turn, run

PROJECT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
LANGUAGES = ("en", "es")
Costs = dict[str, Cost]


def main() -> None:
    asked = arguments()
    found: dict[str, Costs] = {}
    with tempfile.TemporaryDirectory(prefix="indicators-bench-", dir=asked.folder) as name:
        folder = Path(name)
        if "municipal" in asked.only:
            found["municipal"] = municipal_table(folder, asked.rounds, asked.years)
        if "raw" in asked.only and asked.raw:
            found["raw"] = real_releases(folder, asked.rounds, asked.raw)
        if "report" in asked.only:
            found["report"] = report(folder, asked.report_rounds, asked.notebooks)
        if "start" in asked.only:
            found["start"] = start(folder, asked.rounds)
        if "growth" in asked.only:
            found["growth"] = growth(folder)
    import page  # not before: a child counts the memory of the parent it was forked from

    text = page.text(found, asked)
    (PROJECT / "docs" / "benchmarks.md").write_text(text, encoding="utf-8")
    print(text)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    whole = ["municipal", "raw", "report", "start", "growth"]
    parser.add_argument("--only", nargs="+", choices=whole, default=whole, help="parts to measure")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each case; the median counts")
    parser.add_argument("--report-rounds", type=int, default=5, help="the same for whole reports: minutes each")
    parser.add_argument("--notebooks", type=int, default=99, help="how many notebooks, in the order of their names")
    parser.add_argument("--years", type=int, default=11, help="years of the municipal table")
    parser.add_argument("--raw", type=Path, default=real_folder(), help="folder of real releases")
    parser.add_argument("--folder", type=Path, default=None, help="where to work: some 5 GB, outside the checkout")
    parser.add_argument("--date", default=date.today().isoformat(), help="the day to write on the page")
    parser.add_argument("--note", default="", help="what a reader must know of this run")
    return parser.parse_args()


def real_folder() -> Path | None:
    given = os.environ.get("INDICATORS_REAL_RAW")
    folder = Path(given) if given else PROJECT.parent / "shared" / "raw"
    return folder if folder.is_dir() else None


def municipal_table(folder: Path, rounds: int, years: int) -> Costs:
    """The largest public table: to a fact table, by us and by others; into the store and the warehouse."""
    file = folder / "large" / f"IDM_NM_dic{2014 + years}.csv"
    file.parent.mkdir()
    size = case("generate", file, years)
    costs = in_turn(
        rounds,
        {
            "scan": lambda: case("scan", file),
            "ours": lambda: case("ours", file, folder / "ours.duckdb"),
            "polars": lambda: case("polars", file),
            "pandas": lambda: case("pandas", file),
            "sha256": lambda: case("sha256", file.parent),
            "add_and_build": lambda: fresh(folder, lambda home: case("add_and_build", home, file.parent)),
        },
    )
    file.unlink()
    return {**costs, "size": size}


def fresh(folder: Path, measured: Callable[[Path], Cost]) -> Cost:
    """Something measured in a home that has what ships and nothing else."""
    home = new_home(folder)
    try:
        return measured(home)
    finally:
        shutil.rmtree(home)


def new_home(folder: Path) -> Path:
    home = Path(tempfile.mkdtemp(prefix="home-", dir=folder))
    for name in ("data/processed/edition", "data/raw/published", "data/raw/ledger"):
        shutil.copytree(PROJECT / name, home / name)
    (home / "notebooks").mkdir()
    shutil.copy(PROJECT / "requirements.lock", home)
    return home


def real_releases(folder: Path, rounds: int, raw: Path) -> Costs:
    """Every real release added and the warehouse built; then metrics asked of it."""
    home = new_home(folder)
    costs = in_turn(
        rounds,
        {
            "sha256": lambda: case("sha256", raw),
            "hash_and_scan": lambda: case("hash_and_scan", raw),
            "add_and_build": lambda: fresh(folder, lambda other: case("add_and_build", other, raw)),
        },
    )
    case("add_and_build", home, raw)
    database = home / "data/processed/warehouse.duckdb"
    return costs | in_turn(rounds, {"latency": lambda: case("latency", database)})


def report(folder: Path, rounds: int, count: int) -> Costs:
    """A whole report in both languages; made again with nothing changed; and by papermill and nbconvert."""
    chosen = sorted((PROJECT / "notebooks").glob("[0-9]*.ipynb"))[:count]
    home = new_home(folder)
    for path in chosen:
        shutil.copy(path, home / "notebooks")

    def made() -> Cost:
        for name in ("reports", "data/processed/cache"):
            shutil.rmtree(home / name, ignore_errors=True)
        (home / "data/processed/warehouse.duckdb").unlink(missing_ok=True)
        return run([str(BIN / "indicators"), "report"], home)

    costs = in_turn(
        rounds,
        {
            "report": made,
            "again": lambda: run([str(BIN / "indicators"), "report"], home),
            "papermill": lambda: by_papermill(home, chosen),
        },
    )
    return {**costs, "size": Cost(0, 0, 0, {"notebooks": len(chosen)})}


def by_papermill(home: Path, notebooks: list[Path]) -> Cost:
    """papermill's command line, one notebook after another, then nbconvert: a kernel for each."""
    out = home / "papermill"
    out.mkdir(exist_ok=True)
    database = home / "data/processed/warehouse.duckdb"
    costs = []
    for lang in LANGUAGES:
        for path in notebooks:
            done = out / f"{path.stem}-{lang}.ipynb"
            parameters = ["-p", "lang", lang, "-r", "warehouse", str(database)]
            kernel = ["-k", "python3", "--cwd", str(path.parent), "--no-progress-bar"]
            costs.append(run([str(BIN / "papermill"), str(path), str(done), *parameters, *kernel], home))
            costs.append(run([str(BIN / "jupyter"), "nbconvert", "--to", "html", str(done)], home))
    took = sum(cost.seconds for cost in costs), sum(cost.cpu_seconds for cost in costs)
    return Cost(*took, max(cost.peak_mb for cost in costs), {})


def start(folder: Path, rounds: int) -> Costs:
    """Starts of Python with and without the package; a metric asked of a warehouse that is built already."""
    home = new_home(folder)
    run([str(BIN / "indicators"), "build"], home)
    return in_turn(
        rounds,
        {
            "python": lambda: run([sys.executable, "-c", "pass"]),
            "import": lambda: run([sys.executable, "-c", "import indicators"]),
            "help": lambda: run([str(BIN / "indicators"), "--help"]),
            "libraries": lambda: run([sys.executable, "-c", "import polars, duckdb"]),
            "metric": lambda: run([str(BIN / "indicators"), "metric", "mx_homicide_victims"], home),
        },
    )


def growth(folder: Path) -> Costs:
    """The municipal table doubled twice: in years, in municipalities, in releases."""
    costs: Costs = {}
    for kind in ("years", "detail", "releases"):
        for factor in (1, 2, 4):
            years = 2 * factor if kind == "years" else 2
            inbox = folder / f"{kind}-{factor}"
            inbox.mkdir()
            for number in range(factor if kind == "releases" else 1):
                file = inbox / f"{number}" / f"IDM_NM_dic{2014 + years}.csv"
                file.parent.mkdir()
                case("generate", file, years, factor if kind == "detail" else 1, number)
            size = sum(path.stat().st_size for path in inbox.rglob("*.csv")) / 1e6
            cost = fresh(folder, lambda home, inbox=inbox: case("add_and_build", home, inbox))
            stored, given = cost.said["releases"], cost.said["files"]
            assert stored == given, f"{given - stored:.0f} of {given:.0f} generated releases were refused"
            costs[f"{kind} {factor}"] = replace(cost, said={"megabytes": size})
            print(f"{kind} x {factor}: {cost.seconds:.1f} s, {cost.peak_mb:.0f} MB", file=sys.stderr, flush=True)
            shutil.rmtree(inbox)
    return costs


if __name__ == "__main__":
    main()
