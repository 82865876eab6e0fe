"""What moved between two labels is told apart from what was revised; laws of every comparison."""

from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.warehouse import compare
from indicators.warehouse.compare import Snapshot
from known_releases import ADULTS, GUN, JUNE, KNIFE, MAY, MINORS, victims


def test_an_age_swap_is_relabelled_and_leaves_the_reported_total() -> None:
    """Chihuahua, October 2024: the age columns were swapped, and swapped back later."""
    old = victims(("MX-CHH", MAY, GUN, MINORS, 94), ("MX-CHH", MAY, GUN, ADULTS, 5), through=MAY)
    new = victims(("MX-CHH", MAY, GUN, MINORS, 5), ("MX-CHH", MAY, GUN, ADULTS, 94), through=MAY)
    found = compare.compare(old, new)
    assert found.totals("move", "along").select("move", "along", "net", "gross").rows() == [
        ("relabelled", "age_group", 0, 178)
    ]
    assert found.reported.is_empty()


def test_a_swap_is_seen_beside_a_revision_of_the_same_crime() -> None:
    old = victims(
        ("MX-CHH", MAY, GUN, MINORS, 94),
        ("MX-CHH", MAY, GUN, ADULTS, 5),
        ("MX-CHH", MAY, KNIFE, ADULTS, 1),
        through=MAY,
    )
    new = victims(
        ("MX-CHH", MAY, GUN, MINORS, 5),
        ("MX-CHH", MAY, GUN, ADULTS, 94),
        ("MX-CHH", MAY, KNIFE, ADULTS, 3),
        through=MAY,
    )
    found = compare.compare(old, new)
    assert found.cells.select("modality", "move").rows() == [
        (KNIFE, "revised"),
        (GUN, "relabelled"),
        (GUN, "relabelled"),
    ]
    assert found.reported["change"].to_list() == [2]


def test_equal_moves_of_two_states_are_revisions() -> None:
    old = victims(("MX-CHH", MAY, GUN, ADULTS, 9), ("MX-JAL", MAY, GUN, ADULTS, 5), through=MAY)
    new = victims(("MX-CHH", MAY, GUN, ADULTS, 5), ("MX-JAL", MAY, GUN, ADULTS, 9), through=MAY)
    assert set(compare.compare(old, new).cells["move"]) == {"revised"}


def test_a_move_between_two_reported_crimes_is_reclassified() -> None:
    cell = ("MX-CHH", MAY, GUN, ADULTS)
    old, new = (
        Snapshot(
            "release",
            wilful.source,
            pl.concat([wilful.facts, victims((*cell, other), through=MAY, subtype="Homicidio culposo").facts]),
            wilful.parts,
        )
        for wilful, other in ((victims((*cell, 10), through=MAY), 4), (victims((*cell, 7), through=MAY), 7))
    )
    found = compare.compare(old, new)
    assert set(found.cells["move"]) == {"reclassified"}
    assert found.reported["change"].to_list() == [3, -3]


CELLS = st.dictionaries(
    st.tuples(
        st.sampled_from(["MX-CHH", "MX-JAL"]),
        st.sampled_from([MAY, JUNE]),
        st.sampled_from([GUN, KNIFE]),
        st.sampled_from([ADULTS, MINORS]),
    ),
    st.integers(1, 50),
    max_size=10,
)


def release_of(cells: dict[tuple[str, date, str, str], int]) -> Snapshot:
    return victims(*((*key, count) for key, count in cells.items()), through=JUNE)


@settings(max_examples=15)
@given(CELLS)
def test_a_release_does_not_differ_from_itself(cells: dict[tuple[str, date, str, str], int]) -> None:
    found = compare.compare(release_of(cells), release_of(cells))
    assert found.cells.is_empty()
    assert found.reported.is_empty()


@settings(max_examples=40)
@given(CELLS, CELLS)
def test_laws_of_a_comparison(
    one: dict[tuple[str, date, str, str], int], other: dict[tuple[str, date, str, str], int]
) -> None:
    there, back = (compare.compare(release_of(a), release_of(b)) for a, b in ((one, other), (other, one)))
    net, gross = there.cells["change"].sum(), there.cells["change"].abs().sum()
    assert net == sum(other.values()) - sum(one.values()) == -back.cells["change"].sum()
    assert gross == back.cells["change"].abs().sum() >= abs(net)
    assert there.reported["change"].sum() == net
    assert gross >= there.reported["change"].abs().sum()
    relabelled = there.cells.filter(pl.col("move") != "revised")
    assert relabelled["change"].sum() == 0
