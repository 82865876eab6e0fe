"""The rules of plausibility as ``checks.toml`` declares them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from indicators.catalog.entries import Entry, entry, read_toml

Severity = Literal["note", "banner", "refusal"]
FILE = Path(__file__).parent / "checks.toml"


class Rules(Entry):
    """How grave each thing is that can be noticed."""

    scaled: Severity
    rows_doubled: Severity
    periods_shifted: Severity
    far_from_last: Severity
    outside_band: Severity
    closed_year_moved: Severity
    closed_year_touched: Severity
    newest_far_off: Severity
    newest_unusual: Severity
    newest_empty: Severity
    ends_earlier: Severity
    periods_gone: Severity
    place_gone: Severity
    place_to_zero: Severity
    place_not_in_release: Severity
    label_gone: Severity

    def severity(self, code: str) -> Severity:
        found: Severity = getattr(self, code)
        return found


class Limits(Entry):
    """From where on a figure of a source is noticed; the comments of ``checks.toml`` say what each is."""

    least: float
    least_far: float
    least_of_place: float
    recent: float
    settled: float
    far_recent: float
    far_settled: float
    closed_year: float
    step: float
    far_step: float
    scaled: float
    margin: float
    floor: float
    pairs: int


@cache
def rules() -> Rules:
    """The severity of every rule. Raises DataError."""
    return entry(Rules, FILE, "rules", read_toml(FILE)["rules"])


@cache
def limits(source: str) -> Limits:
    """The limits of one source: its own lines over the default ones. Raises DataError."""
    declared = read_toml(FILE)["limits"]
    return entry(Limits, FILE, f"limits.{source}", declared["default"] | declared.get(source, {}))
