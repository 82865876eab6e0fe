"""A metric: one line of the catalogue of metrics, and what an entry of each kind says."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from indicators.catalog.entries import Bilingual, Entry
from indicators.periods import Clock

Rule = Literal[
    "in_twelve_months",  # how many events in the twelve months to each quarter's end
    "by_year",  # how many events, or how much of their quantities, in each year that has any
    "so_far",  # how many events since the first one
    "latest",  # the quantity the newest event gives
    "share",  # the quantity of an event over the whole it gives
    "framework",  # joint objectives with a complete public metric over those that were coded
]


class Slice(Entry):
    """The rows of a fact in which a metric is counted for some places.

    ``place`` is one id, ``each`` (every place of these rows), or ``corridor`` (the places that belong to each
    corridor as a whole, added up under it); ``sum`` adds all their places up under it.
    The periods these rows cover are the periods of the metric: in them, no row of its category means zero
    (where the source says so).
    """

    place: str
    where: dict[str, list[str]] = {}
    sum: bool = False


FROM_FACTS = {"table", "measure", "slices"}
NEEDS = {  # what an entry of each kind says, and no entry of another kind may
    "count": FROM_FACTS,
    "amount": FROM_FACTS,
    "stock": FROM_FACTS,
    "rate": FROM_FACTS | {"population"},
    "share": FROM_FACTS | {"of"},
    "ratio": FROM_FACTS | {"over_years"},
    "quotient": {"over"},
    "published": {"slices"},
    "ledger": {"slices", "rule"},
}


class Metric(Entry):
    """One line of the catalogue of metrics.

    ``family`` is the line of the published catalogue that several metrics make up, one a variant;
    ``over_years`` is how many earlier fiscal years a ``ratio`` is set against; ``over`` names the two metrics
    of a ``quotient``, what the first counts over what the second does, never a sum of both.
    ``rule`` says how a ledger metric is made from the events in ``where``; ``minutes_of`` names the metric
    whose figures are divided by the minutes of their period; ``searched`` says, where no public figure was
    found, what was searched for it; with ``equal_age`` two periods are comparable only as seen the same time
    after their end (a register that fills late and empties as people are found).
    """

    id: str
    tier: Literal["A", "B", "C"]
    objective: str
    klass: Literal["outcome", "outcome_with_target", "output", "context", "guard", "ledger"] = Field(
        alias="class"
    )
    kind: Literal["count", "amount", "rate", "share", "ratio", "quotient", "stock", "published", "ledger"]
    good: Literal["up", "down", "none"]
    unit: str
    clock: Clock
    table: str | None = None
    measure: str | None = None
    where: dict[str, list[str]] = {}
    of: dict[str, list[str]] = {}
    slices: list[Slice] = []
    population: str | None = None
    over_years: int | None = None
    over: tuple[str, ...] = ()
    family: str = ""
    companion: str | None = None
    rule: Rule | None = None
    minutes_of: str | None = None
    searched: Bilingual | None = None
    equal_age: bool = False
    owner_us: str = ""
    owner_mx: str = ""
    name: Bilingual
    definition: Bilingual
    caveat: Bilingual

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        said = {name for name in set().union(*NEEDS.values()) if getattr(self, name)}
        if lacking := sorted(NEEDS[self.kind] - said):
            raise ValueError(f"a {self.kind} needs {', '.join(lacking)}")
        if strange := sorted(said - NEEDS[self.kind]):
            raise ValueError(f"a {self.kind} has no {', '.join(strange)}")
        return self

    def places(self) -> list[str]:
        return [piece.place for piece in self.slices]
