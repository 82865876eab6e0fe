"""The scorecard's goals, lines and targets, read from ``scorecard.toml``."""

from datetime import date
from functools import cache
from typing import Self

from pydantic import model_validator

from indicators import catalog
from indicators.catalog import Bilingual, Entry


class Line(Entry):
    """One metric at one place, held against an official target where there is one; the index draws headlines."""

    metric: str
    place: str
    target: str | None = None
    headline: bool = False

    @model_validator(mode="after")
    def _one_age(self) -> Self:
        """Months that may be compared at the same age only make no line: it rises because old reports are settled."""
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
    """The goals in their order."""
    path = catalog.HERE / "scorecard.toml"
    return tuple(
        catalog.entry(Goal, path, f"goals.{fields.get('id')}", fields)
        for fields in catalog.read_toml(path)["goals"]
    )


@cache
def targets() -> dict[str, OfficialTarget]:
    """The official targets, by their id."""
    path = catalog.HERE / "scorecard.toml"
    return {
        key: catalog.entry(OfficialTarget, path, f"targets.{key}", {"id": key, **fields})
        for key, fields in catalog.read_toml(path)["targets"].items()
    }
