"""Where things are kept. ``INDICATORS_HOME`` moves the whole project folder; by default it is the checkout."""

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
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    @property
    def reports(self) -> Path:
        return self.root / "reports"


def home() -> Home:
    """The project that this call works on."""
    given = os.environ.get("INDICATORS_HOME")
    return Home(Path(given).absolute() if given else Path(__file__).resolve().parents[2])
