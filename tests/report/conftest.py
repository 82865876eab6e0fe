"""What the tests of the report share."""

import pytest

from indicators import catalog
from indicators.report import data


@pytest.fixture(autouse=True)
def few_metrics_beside_those_shown(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small reports leave out nearly all metrics that none of their pages shows: three seconds each.

    What happens to all of them is for test_data.py, which keeps them.
    """
    if request.path.name != "test_data.py":
        not_shown, few = data._not_shown, {"mx_homicide_cases", "sw_encounters"}
        monkeypatch.setattr(
            data, "_not_shown", lambda shown, *rest: not_shown(shown | (set(catalog.metrics()) - few), *rest)
        )
