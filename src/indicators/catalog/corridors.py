"""Corridors: the six stretches of the border, and the states and CBP areas on each side of them.

A place lies wholly in one corridor, or spans several. A place that spans several is shown beside each of them and never
added up. places.csv contains the reason of each assignment.
"""

from dataclasses import dataclass

from indicators import catalog
from indicators.catalog import Place
from indicators.errors import UsageError

AREAS = ("office", "sector")


@dataclass(frozen=True)
class Corridor:
    """One stretch of the border.

    ``states`` and ``areas`` (field offices and sectors) lie wholly in it; ``shared`` places touch other corridors too.
    """

    place: Place
    states: tuple[Place, ...]
    areas: tuple[Place, ...]
    shared: tuple[Place, ...]

    def states_of(self, country: str) -> tuple[Place, ...]:
        """Return the states of one country, ``MX`` or ``US``, that lie wholly in the corridor."""
        return tuple(one for one in self.states if one.country == country)

    def shared_states(self, country: str) -> tuple[Place, ...]:
        """Return the states of one country that the corridor shares with others."""
        return tuple(one for one in self.shared if one.country == country and one.kind == "state")

    def at_ports(self) -> bool:
        """Return true if the sums of the corridor include seizures at ports of entry: a field office lies in it."""
        return any(one.kind == "office" for one in self.areas)


def corridor(name: str) -> Corridor:
    """Return one corridor by its id. Raise UsageError, with the ids of all corridors, for any other name."""
    if name not in ids():
        raise UsageError(f'no corridor is called "{name}": choose one of {", ".join(ids())}')
    everywhere = catalog.places().values()
    inside = [one for one in everywhere if one.corridor == name]
    return Corridor(
        catalog.places()[name],
        states=tuple(one for one in inside if one.kind == "state"),
        areas=tuple(one for one in inside if one.kind in AREAS),
        shared=tuple(one for one in everywhere if name in one.touches.split()),
    )


def ids() -> list[str]:
    """Return the ids of the corridors from west to east."""
    return [one.id for one in catalog.places().values() if one.kind == "corridor"]


def corridor_of_areas() -> dict[str, str]:
    """Return the corridor of every field office and sector that lies wholly in one."""
    return {one.id: one.corridor for one in catalog.places().values() if one.kind in AREAS and one.corridor}
