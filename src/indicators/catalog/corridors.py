"""Corridors: the six stretches of the border, and the states and CBP areas on each side of them.

A place belongs to a corridor as a whole, or spans several; what spans several is shown beside a corridor and
never added to it. Each assignment has its reason in places.csv.
"""

from __future__ import annotations

from dataclasses import dataclass

from indicators import catalog
from indicators.catalog import Place
from indicators.errors import UsageError

AREAS = ("office", "sector")


@dataclass(frozen=True)
class Corridor:
    """One stretch of the border: ``states`` and ``areas`` (field offices and sectors) are wholly in it;
    ``shared`` places touch other corridors as well."""

    place: Place
    states: tuple[Place, ...]
    areas: tuple[Place, ...]
    shared: tuple[Place, ...]

    def states_of(self, country: str) -> tuple[Place, ...]:
        """The states of one country, ``MX`` or ``US``, that are wholly in the corridor."""
        return tuple(one for one in self.states if one.country == country)

    def shared_states(self, country: str) -> tuple[Place, ...]:
        """The states of one country that the corridor shares with others."""
        return tuple(one for one in self.shared if one.country == country and one.kind == "state")

    def at_ports(self) -> bool:
        """Whether its sums hold what is seized at ports of entry: whether a field office is wholly in it."""
        return any(one.kind == "office" for one in self.areas)


def corridor(name: str) -> Corridor:
    """One corridor by its id. Raises UsageError naming those there are."""
    place = catalog.places().get(name)
    if place is None or place.kind != "corridor":
        raise UsageError(f'no corridor is called "{name}": choose one of {", ".join(ids())}')
    everywhere = catalog.places().values()
    inside = [one for one in everywhere if one.corridor == name]
    return Corridor(
        place,
        states=tuple(one for one in inside if one.kind == "state"),
        areas=tuple(one for one in inside if one.kind in AREAS),
        shared=tuple(one for one in everywhere if name in one.touches.split()),
    )


def ids() -> list[str]:
    """The corridors from west to east."""
    return [one.id for one in catalog.places().values() if one.kind == "corridor"]


def corridor_of_areas() -> dict[str, str]:
    """The corridor of every field office and sector that belongs to one as a whole."""
    return {one.id: one.corridor for one in catalog.places().values() if one.kind in AREAS and one.corridor}
