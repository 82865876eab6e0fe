"""Charts of the report: a figure in one look, with its words, its table and its numbers.

``trend``, ``bars_over_time``, ``small_multiples``, ``bars``, ``signal`` and ``funnel`` each return a Chart.
"""

from indicators.charts.bars import bars
from indicators.charts.chart import MIME, Chart
from indicators.charts.funnel import funnel
from indicators.charts.points import default_title, named, population_notes
from indicators.charts.process import signal
from indicators.charts.small_multiples import small_multiples
from indicators.charts.tables import Caption
from indicators.charts.trend import bars_over_time, trend

__all__ = [
    "MIME", "Caption", "Chart", "bars", "bars_over_time", "default_title", "funnel", "named", "population_notes",
    "signal", "small_multiples", "trend",
]  # fmt: skip
