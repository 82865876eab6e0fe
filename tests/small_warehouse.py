"""A warehouse in memory that a test fills with what matters to it."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from indicators.catalog.tables import FACTS
from indicators.i18n import Text
from indicators.periods import add_months, month_end
from indicators.report.sentences import Words
from indicators.report.view import View, set_current
from indicators.warehouse import build

FIRST, MONTHS, QUARTER = date(2019, 7, 1), 72, "2025Q2"
RELEASED = date(2025, 7, 20)
WAVE = [math.sin(1.7 * step) + math.sin(0.6 * step * step) for step in range(MONTHS)]  # noise that is the same each run
LANGUAGES = ["en", "es"]
VICTIM = {
    "place": "MX-CHH", "clock": "month", "methodology": "CNSP/38/15", "crime_type": "Homicidio",
    "subtype": "Homicidio doloso", "modality": "Con arma de fuego", "sex": "male", "age_group": "all",
    "maturity": "final", "part": "CNSP/38/15",
}  # fmt: skip
ENCOUNTER = {
    "place": "US-SWB", "clock": "month", "dataset": "southwest", "land_border_region": "southwest",
    "component": "border_patrol", "demographic": "single_adult", "citizenship": "Mexico", "authority": "title_8",
    "encounter_type": "apprehensions", "maturity": "final", "part": "southwest",
}  # fmt: skip
DEATHS = {
    "place": "US", "clock": "12_month_ending", "indicator": "overdose", "part": "all", "maturity": "final",
}  # fmt: skip
MISSING = {"place": "MX-JAL", "sex": "male", "status": "missing", "maturity": "provisional"}
Row = dict[str, Any]


class Small:
    """A warehouse in memory, filled by hand, with the hand-kept tables of ``raw``: none, unless it is given."""

    def __init__(self, raw: Path = Path("nowhere")) -> None:
        self.connection = duckdb.connect()
        build.create_tables(self.connection, "")
        build.add_hand_kept(self.connection, raw, None)

    def add(
        self,
        table: str,
        source: str,
        rows: Sequence[Row],
        released: date = RELEASED,
        covered: Mapping[str, tuple[date, date]] | None = None,
    ) -> str:
        """Put one release in, and say its id; ``covered`` is what of each part, else what its rows reach."""
        vintage = f"{source}-{released}-0a1b2c3d"
        whole = [{"period_end": month_end(row["period_start"]), "vintage": vintage, **row} for row in rows]
        frame = pl.DataFrame(whole, schema=FACTS[table].empty().schema)
        reach = covered or {
            str(part): (some["period_start"].min(), some["period_end"].max())
            for (part,), some in frame.group_by("part")
        }
        parts = [(vintage, table, part, *bounds) for part, bounds in reach.items()]
        known = {
            "vintage": vintage, "source": source, "released": released, "released_estimated": False,
            "data_through": frame["period_end"].max(), "release_order": (released - date(2000, 1, 1)).days,
        }  # fmt: skip
        build.insert(self.connection, table, frame)
        build.insert(self.connection, "vintage_part", pl.DataFrame(parts, build.PART_SCHEMA, orient="row"))
        build.insert(self.connection, "vintage", pl.DataFrame([known], build.VINTAGE_SCHEMA))
        return vintage

    def came(self, provenance: str, *vintages: str) -> None:
        """Set the provenance of some releases; without names, of all."""
        asked = "UPDATE vintage SET provenance = $provenance WHERE len($vintages) = 0 OR vintage IN $vintages"
        self.connection.execute(asked, {"provenance": provenance, "vintages": list(vintages)})

    def view(self, lang: str = "en", quarter: str = QUARTER, as_of: date = date(2025, 9, 1)) -> View:
        """Return the figures of one quarter, seen from one day, in one language."""
        return View(self.connection, quarter, as_of, Text(lang))

    def use(self, lang: str = "en", quarter: str = QUARTER, as_of: date = date(2025, 9, 1)) -> View:
        """Set the view of all later calls, and return it."""
        view = self.view(lang, quarter, as_of)
        set_current(view)
        return view


def months(counts: Sequence[float], measure: str, row: Row, **more: Any) -> list[Row]:
    starts = [add_months(FIRST, step) for step in range(len(counts))]
    return [
        {**row, "period_start": start, measure: round(count), **more}
        for start, count in zip(starts, counts, strict=True)
    ]


def homicides(small: Small, level: Callable[[int], float], **more: Any) -> None:
    """Daily averages around ``level`` of the month's number, with a little noise."""
    days = [month_end(add_months(FIRST, step)).day for step in range(MONTHS)]
    counts = [days[step] * (level(step) + WAVE[step]) for step in range(MONTHS)]
    small.add("crime_victims", "sesnsp_victims", months(counts, "victims", VICTIM, **more))


def words(shown: object) -> str:
    """What a step says that draws nothing."""
    assert isinstance(shown, Words)
    return shown.markdown
