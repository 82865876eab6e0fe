"""The calibration as a page in Markdown, in both languages from the same numbers."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import polars as pl
from scipy import stats

from indicators import markdown
from indicators.metrics import false_alarms
from indicators.metrics.calibration.intervals import BAND
from indicators.metrics.calibration.months import SEED

HERE = Path(__file__).parent
SAID = {
    "en": {
        "outside": "Outside the band: {}.",
        "inside": "Every regime lies inside the band.",
        "stray": "Further from 95 % than luck explains: {}.",
        "at": "{signals:.1f} at {rho:g}",
        "percent": "{:.1f} %",
    },
    "es": {
        "outside": "Fuera de la banda: {}.",
        "inside": "Todos los regímenes quedan dentro de la banda.",
        "stray": "Más lejos de 95% de lo que explica el azar: {}.",
        "at": "{signals:.1f} con {rho:g}",
        "percent": "{:.1f}%",
    },
}


@cache
def _spanish() -> dict[str, dict[str, str]]:
    return tomllib.loads((HERE / "spanish.toml").read_text(encoding="utf-8"))


def _in(lang: str, label: str, kind: str = "rows") -> str:
    """A label of the tables in a language. Raises KeyError for one that has no words yet."""
    return label if lang == "en" else _spanish()[kind][label]


def _table(frame: pl.DataFrame, percent: Iterable[str], lang: str) -> str:
    def cell(name: str, value: object) -> str:
        if value is None:
            return "–"
        if isinstance(value, str):
            return _in(lang, value)
        if not isinstance(value, float):
            return str(value)
        return SAID[lang]["percent"].format(100 * value) if name in percent else f"{value:.4g}"

    rows = [[cell(name, row[name]) for name in frame.columns] for row in frame.iter_rows(named=True)]
    header = [_in(lang, name, "columns") for name in frame.columns]
    return markdown.table(header, rows, numeric=True)


def page(
    covered: pl.DataFrame,
    told: pl.DataFrame,
    dated: pl.DataFrame,
    places: pl.DataFrame,
    counts: tuple[int, int, int, int],
    lang: str,
) -> str:
    """The tables of intervals, alarms, dates and places with what they mean; ``counts`` of series behind each."""
    count, told_count, dated_count, places_count = counts
    said = SAID[lang]
    inside = pl.col("coverage").is_between(*BAND)
    held = covered.with_columns(verdict=pl.when(inside).then(pl.lit("inside")).otherwise(pl.lit("outside")))
    low, high = _luck(count)
    outside, strays = (
        "; ".join(_in(lang, one) for one in held.filter(~within)["regime"])
        for within in (inside, pl.col("coverage").is_between(low, high))
    )
    signals = {rho: false_alarms.expected([rho] * 30) for rho in (0.0, 0.2, 0.4)}
    return (HERE / f"page.{lang}.md").read_text(encoding="utf-8").format(
        seed=SEED,
        count=count,
        luck_low=100 * low,
        luck_high=100 * high,
        verdict=said["outside"].format(outside) if outside else said["inside"],
        stray=said["stray"].format(strays) if strays else "",
        covered=_table(held, ("coverage", "told apart"), lang),
        told_count=told_count,
        told=_table(told, told.columns[1:], lang),
        board=", ".join(said["at"].format(signals=many, rho=rho) for rho, many in signals.items()),
        dated_count=dated_count,
        dated=_table(dated, ("found", "held"), lang),
        places_count=places_count,
        places=_table(places, ("outside 95", "outside 99.8", "odd one outside 99.8"), lang),
    )  # fmt: skip


def _luck(count: int) -> tuple[float, float]:
    low, high = stats.binom.interval(0.95, count, 0.95)
    return float(low / count), float(high / count)
