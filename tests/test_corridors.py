"""Which states and CBP areas stand on each side of a corridor, and which it shares with others."""

import pytest

from indicators import catalog
from indicators.catalog import corridors
from indicators.errors import UsageError

BORDER_STATES = {
    "US-CA", "US-AZ", "US-NM", "US-TX", "MX-BCN", "MX-SON", "MX-CHH", "MX-COA", "MX-NLE", "MX-TAM",
}  # fmt: skip


def test_six_corridors_from_west_to_east() -> None:
    assert corridors.ids() == [
        "california_baja_california",
        "arizona_sonora",
        "new_mexico_west_texas_chihuahua",
        "texas_coahuila",
        "texas_nuevo_leon",
        "texas_tamaulipas",
    ]


def test_both_sides_of_a_corridor() -> None:
    found = corridors.corridor("arizona_sonora")
    assert [one.id for one in found.states_of("US")] == ["US-AZ"]
    assert [one.id for one in found.states_of("MX")] == ["MX-SON"]
    assert [one.id for one in found.areas] == ["US-OFO-TUCSON", "US-USBP-TUCSON"]
    assert [one.id for one in found.shared] == ["US-USBP-YUMA"]
    assert found.at_ports()


def test_laredo_is_shared_by_three_corridors_and_added_to_none() -> None:
    for name in ("texas_coahuila", "texas_nuevo_leon", "texas_tamaulipas"):
        found = corridors.corridor(name)
        assert [one.id for one in found.shared_states("US")] == ["US-TX"]
        assert {"US-OFO-LAREDO", "US-USBP-LAREDO"} <= {one.id for one in found.shared}
        assert not found.at_ports()
    assert corridors.corridor("texas_nuevo_leon").areas == ()


def test_every_border_place_is_in_one_corridor_or_spans_some() -> None:
    known = set(corridors.ids())
    areas = {one.id for one in catalog.places().values() if one.kind in corridors.AREAS and one.parent == "US-SWB"}
    for one in catalog.places().values():
        spans = one.touches.split()
        assert {one.corridor} - {""} | set(spans) <= known, one.id
        if one.id in BORDER_STATES | areas:
            assert bool(one.corridor) != (len(spans) > 1), one.id
            assert one.assignment_en, one.id
            assert one.assignment_es, one.id
        else:
            assert not one.corridor, one.id
            assert not spans, one.id


def test_every_corridor_has_a_mexican_state_of_its_own() -> None:
    assert all(len(corridors.corridor(one).states_of("MX")) == 1 for one in corridors.ids())


def test_an_unknown_corridor_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="texas_tamaulipas"):
        corridors.corridor("florida_cuba")
