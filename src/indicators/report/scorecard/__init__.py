"""The scorecard: every line with its latest value, its change with an interval, its signal and its status."""

from indicators.report.scorecard.lines import Line, lines
from indicators.report.scorecard.table import TONES, accountability, table
from indicators.report.scorecard.words import answer, in_words

__all__ = ["TONES", "Line", "accountability", "answer", "in_words", "lines", "table"]
