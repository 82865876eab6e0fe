"""The calibration as a page in Markdown."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
from scipy import stats

from indicators.metrics import false_alarms
from indicators.metrics.calibration.intervals import BAND
from indicators.metrics.calibration.months import SEED


def _table(frame: pl.DataFrame, percent: Iterable[str]) -> str:
    def cell(name: str, value: object) -> str:
        if value is None:
            return "–"
        if not isinstance(value, float):
            return str(value)
        return f"{100 * value:.1f} %" if name in percent else f"{value:.4g}"

    rows = [[cell(name, row[name]) for name in frame.columns] for row in frame.iter_rows(named=True)]
    lines = [frame.columns, ["---", *["--:"] * (len(frame.columns) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def page(
    covered: pl.DataFrame,
    told: pl.DataFrame,
    dated: pl.DataFrame,
    places: pl.DataFrame,
    counts: tuple[int, int, int, int],
) -> str:
    """The tables of intervals, alarms, dates and places with what they mean; ``counts`` of series behind each."""
    count, told_count, dated_count, places_count = counts
    held = covered.with_columns(
        verdict=pl.when(pl.col("coverage").is_between(*BAND))
        .then(pl.lit("inside"))
        .otherwise(pl.lit("outside"))
    )
    outside = held.filter(pl.col("verdict") == "outside")["regime"].to_list()
    verdict = f"Outside the band: {'; '.join(outside)}." if outside else "Every regime lies inside the band."
    low, high = _luck(count)
    luck = f"{100 * low:.1f} to {100 * high:.1f}"
    strays = held.filter(~pl.col("coverage").is_between(low, high))["regime"].to_list()
    stray = f"Further from 95 % than luck explains: {'; '.join(strays)}." if strays else ""
    board = [f"{false_alarms.expected([rho] * 30):.1f} at {rho:g}" for rho in (0.0, 0.2, 0.4)]
    return f"""# Calibration: what the intervals and the alarms are worth

Written by `make calibrate` (seed {SEED}); do not edit. Each series is simulated with a season, more noise than
Poisson's (phi) and months that hang together (rho), and goes through the functions that make the report.

## Do the 95 % intervals of change hold the truth?

{count} series a regime; the latest twelve months against the twelve before. Coverage must lie in 93–97 %; by
the luck of {count} draws alone a true 95 % shows as {luck} %. "Told apart" is how often the interval excludes
no change: a false alarm where the true change is 1, a detection elsewhere. {verdict}
{stray}

{_table(held, ("coverage", "told apart"))}

Where months hang together strongly, or a few of them make the year, the noise is found a little too small.
Where a regime lies above 95 %, its interval is wider than it need be: phi is never taken below 1, so with
Poisson's noise alone it can only be found too large. Few months leave phi and rho uncertain, for which Student's
quantile pays.

## How often does each rule say that something happened?

{told_count} series a scenario, six years of months. A false alarm where nothing happened, a detection elsewhere.
"Outcome" is the year-on-year rule. "With target" compares with a baseline year that ended two years ago: "moved"
by the interval, "met" where the value itself has reached the target (−20 %), as Healthy People has it; the
smallest state shows what that is worth with few events. The rest are the process chart's latest month and the
search for change points.

{_table(told, told.columns[1:])}

On a board of 30 steady charts, expect this many signals in the latest month though nothing happened, by the
correlation of neighbouring months: {", ".join(board)}.

## Does the interval of a change point hold the month of the change?

{dated_count} series a shift. "Found" is how often a change point was found at all; "held" how often the 95 %
interval of the nearest one holds the true month, of those found; "width" the median number of months in it. The
likeliest month always lies in the interval. What is found is conditional: small shifts are found late or not at all.

{_table(dated, ("found", "held"))}

## Do places of one spread stay within the funnel?

{places_count} funnels a row, of 32 places with populations like those of Mexico's states. Of ordinary places 5 % should
lie outside the 95 % limits and 0.2 % outside the 99.8 % limits; an odd one outside the latter, the more often the
odder.

{_table(places, ("outside 95", "outside 99.8", "odd one outside 99.8"))}

The limits take tau for known, which 32 places tell only roughly: a few more than 0.2 % lie outside the 99.8 % limits.
Where one place is odd, tau is found a little too large and the limits are a little too wide.

## What this settled

- The season in the process chart is held fixed (STL of degree 0). A season that may move (the usual 7 or 13)
  takes up to half of the newest month into itself and narrows the limits: in trials beside this run it raised
  false alarms from about 5 % to between 12 and 72 %.
- Phi and rho come from one regression with a factor for each month of the year and a trend that bends once a
  year, and are corrected for what that fit takes out of the residuals.
- The penalty of the change points counts autocorrelation; without that, in the same trials, a third (rho 0.3)
  to three quarters (rho 0.5) of steady series had a change point that was not there.
"""


def _luck(count: int) -> tuple[float, float]:
    low, high = stats.binom.interval(0.95, count, 0.95)
    return float(low / count), float(high / count)
