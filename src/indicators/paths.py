"""Paths of the project folder that ``home`` finds."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

MARK = Path("data", "raw", "ledger", "events.csv")  # a file that only this project's folder contains


@dataclass(frozen=True)
class Home:
    """The folders and files of one project."""

    root: Path

    @property
    def raw(self) -> Path:
        return self.root / "data" / "raw"

    @property
    def processed(self) -> Path:
        return self.root / "data" / "processed"

    @property
    def edition(self) -> Path:
        return self.processed / "edition"

    @property
    def warehouse(self) -> Path:
        return self.processed / "warehouse.duckdb"

    @property
    def cache(self) -> Path:
        return self.processed / "cache"

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    @property
    def reports(self) -> Path:
        return self.root / "reports"


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
