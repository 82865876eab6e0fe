"""Every page of the report is found in a group, and a reader sees where they are."""

from pathlib import Path

import pytest

from indicators import i18n
from indicators.paths import Home
from indicators.report import chapters, page
from indicators.report.page import GROUPS, group_of, grouped

PROJECT = Path(__file__).parents[2]
PAGES = (("scorecard", "Is it getting better?"), ("states", "State by state"), ("corridor-x", "Corridors"))


def test_every_page_that_ships_has_a_group_that_names_it():
    """A page that no group names would stand among the methods, where nobody looks for it."""
    named = tuple(begins for group in GROUPS.values() for begins in group)
    assert [one.name for one in chapters.chapters(Home(PROJECT)) if not one.name.startswith(named)] == []


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_group_has_a_title(lang):
    assert {f"nav.{id}" for id in GROUPS} <= set(i18n.leaves(lang))


def test_a_group_stands_where_its_pages_are_and_knows_that_it_is_open():
    groups = list(grouped(PAGES, "corridor-y"))
    assert [(one.id, one.current) for one in groups] == [("overview", False), ("places", True)]
    assert groups[1].pages == PAGES[1:]


def test_an_unknown_page_is_not_lost():
    assert group_of("anything") == page.OTHER
    assert next(grouped([("anything", "Anything")], "anything")).pages == (("anything", "Anything"),)
