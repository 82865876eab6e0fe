"""``python -m indicators.metrics.calibration [FOLDER]``: simulate, print, and write the page in both languages."""

from __future__ import annotations

import sys
from pathlib import Path

from indicators.metrics import false_alarms
from indicators.metrics.calibration.alarms import SCENARIOS, rule_rates
from indicators.metrics.calibration.dates import SHIFTS, held_dates
from indicators.metrics.calibration.intervals import REGIMES, coverage
from indicators.metrics.calibration.page import page
from indicators.metrics.calibration.places import SPREADS, funnels
from indicators.text import LANGUAGES

FOLDER = Path("docs/methods")
COUNTS = 700, 200, 300, 1000  # simulated for each row of the tables, in their order
STEADY = 4000  # for each row of false_alarms.csv


def main(folder: Path = FOLDER) -> None:
    """Simulate, print, and write the page in both languages."""
    false_alarms.write(STEADY)
    series, told, dated, places = COUNTS
    tables = (
        coverage(REGIMES, series),
        rule_rates(SCENARIOS, told),
        held_dates(SHIFTS, dated),
        funnels(SPREADS, places),
    )
    print(page(*tables, COUNTS, "en"))
    folder.mkdir(parents=True, exist_ok=True)
    for lang in LANGUAGES:
        (folder / f"calibration.{lang}.md").write_text(page(*tables, COUNTS, lang), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
