"""Which lines may stand on the front page."""

import pytest
from pydantic import ValidationError

from indicators.catalog.scorecard import Line


def test_the_newly_missing_are_no_headline() -> None:
    """The line rose fourfold on the front page: old months fall as people are located, new ones have not yet."""
    assert not Line(metric="mx_missing_new", place="MX").headline
    with pytest.raises(ValidationError, match="equal age"):
        Line(metric="mx_missing_new", place="MX", headline=True)
