"""Goals, lines and official targets of the scorecard, read from ``scorecard.toml``."""

from datetime import date
from functools import cache
from typing import Self

from pydantic import model_validator

from indicators import catalog
from indicators.catalog import Bilingual, Entry

FILE = "scorecard.toml"


class Line(Entry):
    """One metric at one place, with its official target if there is one; a headline is shown on the index.

    ``or_metric`` takes the line where its figure is newer: an agency announces totals that it publishes in no table.
    The figure of ``newer_metric`` is shown where it is newer, and the line is judged on ``metric`` all the same. A line
    of published years names its own metric there: half a year of it is out before the whole year.
    """

    metric: str
    place: str
    or_metric: str | None = None
    newer_metric: str | None = None
    target: str | None = None
    headline: bool = False

    @model_validator(mode="after")
    def _one_age(self) -> Self:
        """Refuse a headline of months that are comparable at equal age only: it rises as old reports are settled."""
        metric = catalog.metrics().get(self.metric)
        if self.headline and metric and metric.equal_age:
            raise ValueError(f"{self.metric} is compared at equal age only: it can't be a headline")
        return self


class Goal(Entry):
    """One goal of the Framework, or governance."""

    id: str
    name: Bilingual
    lines: list[Line]


class OfficialTarget(Entry):
    """A target that a government set: ``value`` by ``due``, from the baseline period on."""

    id: str
    value: float
    due: date
    baseline_first: date
    baseline_last: date
    set_by: Bilingual
    url: str


@cache
def goals() -> tuple[Goal, ...]:
    """Return the goals in their order."""
    path = catalog.HERE / FILE
    read = catalog.read_toml(path)["goals"]
    return tuple(catalog.entry(Goal, path, f"goals.{one.get('id')}", one) for one in read)


@cache
def targets() -> dict[str, OfficialTarget]:
    """Return the official targets by their id."""
    return catalog.entries(OfficialTarget, FILE, "targets")
