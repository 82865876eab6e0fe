"""Which lines the scorecard has, in which order, and which may stand on the front page."""

import pytest
from pydantic import ValidationError

from indicators import catalog
from indicators.catalog.scorecard import Goal, Line, goals


def test_the_newly_missing_are_no_headline() -> None:
    """The line rose fourfold on the front page: old months fall as people are located, new ones have not yet."""
    assert not Line(metric="mx_missing_new", place="MX").headline
    with pytest.raises(ValidationError, match="equal age"):
        Line(metric="mx_missing_new", place="MX", headline=True)


@pytest.mark.parametrize("goal", goals(), ids=lambda goal: goal.id)
def test_lines_stand_in_the_order_of_their_objectives(goal: Goal) -> None:
    """The first goal told 1.1, 1.3, 1.2, 1.3 and 1.2 again."""
    objectives = [catalog.metrics()[line.metric].objective for line in goal.lines]
    assert objectives == sorted(objectives)
