"""Paths of the project folder that ``home`` finds."""

import os
from pathlib import Path

MARK = Path("data", "raw", "ledger", "events.csv")  # a file that only this project's folder contains


class Home:
    """The folders and files of one project, by its folder ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.raw = root / "data" / "raw"
        self.processed = root / "data" / "processed"
        self.edition = self.processed / "edition"
        self.warehouse = self.processed / "warehouse.duckdb"
        self.cache = self.processed / "cache"
        self.notebooks = root / "notebooks"
        self.reports = root / "reports"


def home() -> Home:
    """Return the project of this call.

    It is the folder that ``INDICATORS_HOME`` names, or else the one around the working directory, or else the checkout
    that contains this code.
    """
    if root := os.environ.get("INDICATORS_HOME"):
        return Home(Path(root).absolute())
    here = Path.cwd()
    around = (folder for folder in (here, *here.parents) if (folder / MARK).is_file())
    return Home(next(around, Path(__file__).resolve().parents[2]))
