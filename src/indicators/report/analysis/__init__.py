"""What the statistics say of a series: signals, lasting changes, outliers, movements of a register, estimates.

Each step shows a chart or a table; where the method must not or cannot be applied, it shows words that say why.
"""

from indicators.report.analysis.estimate import nowcast
from indicators.report.analysis.process import change_points, process_chart
from indicators.report.analysis.register import decomposition, joint, joint_killings, joint_missing
from indicators.report.analysis.states import funnel

__all__ = [
    "change_points",
    "decomposition",
    "funnel",
    "joint",
    "joint_killings",
    "joint_missing",
    "nowcast",
    "process_chart",
]
