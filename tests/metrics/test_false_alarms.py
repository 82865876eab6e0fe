"""What a board is told of false alarms comes from a table, which the simulation must bear out."""

import csv

import pytest
from scipy import stats

import calibration
from indicators.metrics import process_chart


def test_months_that_hang_together_alarm_more_often() -> None:
    assert 0.3 < process_chart.expected([0.0] * 30) < 2.5
    assert process_chart.expected([0.4] * 30) > 2 * process_chart.expected([0.0] * 30)
    assert process_chart.expected([]) == 0
    assert process_chart.expected([-0.9, 0.99]) == process_chart.expected([-0.2, 0.8])


@pytest.mark.parametrize("correlation", [-0.2, 0.0, 0.4])
def test_the_table_is_what_the_simulation_gives(correlation: float) -> None:
    """From a hundred of the table's draws, simulated again: the luck of so few is allowed for."""
    alarms = round(100 * calibration.false_alarm_share(correlation, 100))
    low, high = stats.binom.interval(0.999, 100, process_chart.expected([correlation]))
    assert low <= alarms <= high


def test_every_row_of_the_table_stands_on_as_many_series() -> None:
    with process_chart.TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["correlation"]) for row in rows] == calibration.CORRELATIONS
    assert {row["series"] for row in rows} == {"4000"}
