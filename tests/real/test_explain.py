"""The cells of the agencies' own files make the number: each metric of their tables, each line of the scorecard."""

from pathlib import Path

import pytest

import indicators
from cells import wrong
from indicators import catalog
from indicators.catalog.scorecard import goals
from indicators.errors import NotHeld

pytestmark = pytest.mark.real

FROM_TABLES = [one.id for one in catalog.metrics().values() if one.table or one.over]
LINES = {line.metric: line.place for goal in goals() for line in goal.lines}
WITHOUT_A_RELEASE = ("currency", "sw_inbound")  # no true file of these two sources is among the pinned ones


@pytest.mark.parametrize(("metric", "place"), [(one, LINES.get(one)) for one in FROM_TABLES])
def test_the_newest_value_is_the_sum_of_cells_of_the_agencys_file(
    current_warehouse: Path, monkeypatch: pytest.MonkeyPatch, metric: str, place: str | None
) -> None:
    monkeypatch.setenv("INDICATORS_HOME", str(current_warehouse.parents[2]))
    if metric.startswith(WITHOUT_A_RELEASE):
        with pytest.raises(NotHeld):
            indicators.explain(metric, place)
        return
    found = indicators.explain(metric, place)
    assert wrong(found) == []
    assert not found.cells["file"].str.contains("edition/").any(), "the file itself, not the edition's rows"
