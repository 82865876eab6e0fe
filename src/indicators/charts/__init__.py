"""Charts of the report: one look, and with each its words, its table and its numbers.

``trend``, ``small_multiples``, ``bars``, ``signal`` and ``funnel`` each return a Chart.
"""

from indicators.charts.bars import bars
from indicators.charts.chart import MIME, Chart
from indicators.charts.funnel import funnel
from indicators.charts.points import default_title, named, population_notes, source_line
from indicators.charts.process import signal
from indicators.charts.small_multiples import small_multiples
from indicators.charts.trend import trend

__all__ = [
    "MIME", "Chart", "bars", "default_title", "funnel", "named", "population_notes", "signal", "small_multiples",
    "source_line", "trend",
]  # fmt: skip
