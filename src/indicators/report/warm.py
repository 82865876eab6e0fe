"""What the fork server imports once, so that no notebook has to. Imports only: nothing here may start a thread."""

import duckdb  # noqa: F401
import IPython.core.interactiveshell
import IPython.utils.capture  # noqa: F401
import pandas  # noqa: F401
import plotly.graph_objects  # noqa: F401
import polars  # noqa: F401
import ruptures  # noqa: F401
import statsmodels.tsa.seasonal  # noqa: F401

import indicators.report.corridor
import indicators.report.evidence
import indicators.report.quality
import indicators.report.scorecard  # noqa: F401
