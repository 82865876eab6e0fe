"""Where things are kept: all of it in one project folder, which ``home`` finds."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """The folders of one project."""

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


MARK = Path("data", "raw", "ledger", "events.csv")  # a file that no other project's folder has


def home() -> Home:
    """The project that this call works on: the folder that ``INDICATORS_HOME`` names, else the one around the working
    directory (in a notebook, the notebook's own), else the checkout that this code is read from."""
    if given := os.environ.get("INDICATORS_HOME"):
        return Home(Path(given).absolute())
    here = Path.cwd()
    around = (folder for folder in (here, *here.parents) if (folder / MARK).is_file())
    return Home(next(around, Path(__file__).resolve().parents[2]))
